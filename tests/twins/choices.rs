//! Choices by weight and by popularity against scans of all that can be chosen, with words laid out evenly instead of drawn.

use super::SCHEDULES;
use super::fates::{luck, one_of};
use scaleproof::chance::key::{Draw, Key, Site, site};
use scaleproof::chance::permutation::Permutation;
use scaleproof::chance::popularity::Popularity;
use scaleproof::chance::weights::Weights;

/// Undoes `word ^ (word >> shift)`.
fn unshift(word: u64, shift: u32) -> u64 {
    (0..64 / shift).fold(word, |found, _| word ^ (found >> shift))
}

/// The inverse of an odd number modulo 2⁶⁴ (Newton's iteration doubles the bits that are right).
fn inverse(odd: u64) -> u64 {
    (0..6).fold(odd, |x, _| {
        x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)))
    })
}

/// A draw whose first word is this one: the finaliser of `chance::key`, undone.
fn draw_of(word: u64) -> Draw {
    let word = unshift(word, 31).wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
    let word = unshift(word, 27).wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
    let state = unshift(word, 30).wrapping_sub(0x9e37_79b9_7f4a_7c15);
    Key(state).draw(Site(0))
}

/// The middles of so many equal parts of all words.
fn words(parts: u64) -> impl Iterator<Item = u64> {
    let width = u64::MAX / parts;
    (0..parts).map(move |part| part * width + width / 2)
}

#[test]
fn words_can_be_chosen() {
    for word in words(1000).chain([0, 1, u64::MAX]) {
        assert_eq!(draw_of(word).word(), word);
    }
}

/// Up to eight: the first whose running sum lies above the unit. More: every choice has its share of all words.
#[test]
fn weights_agree_with_a_scan() {
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "weights");
        let number = one_of(draw, &[1, 2, 5, 8, 9, 12, 40]);
        let mut weights: Vec<f64> = (0..number)
            .map(|_| {
                if draw.chance(0.2) {
                    0.0
                } else {
                    draw.unit() * draw.unit() * 100.0
                }
            })
            .collect();
        weights[draw.below(number) as usize] = 1.0 + draw.unit();
        let total: f64 = weights.iter().sum();
        let table = Weights::new(&weights).expect("good weights");
        let scan = |unit: f64| {
            let mut sum = 0.0;
            let upto = weights.iter().map(|weight| {
                sum += weight / total;
                sum
            });
            upto.collect::<Vec<f64>>()
                .iter()
                .position(|&upto| unit < upto)
                .unwrap_or(usize::MAX)
        };
        let parts = 97 * u64::from(number);
        let mut found = vec![0; number as usize];
        for word in words(parts) {
            let picked = table.pick(&mut draw_of(word));
            found[picked] += 1;
            if number <= 8 {
                assert_eq!(
                    picked,
                    scan(draw_of(word).unit()),
                    "schedule {schedule}: {weights:?}"
                );
            }
        }
        // A choice stands in one column of the table by itself and in others for the rest: each of these pieces is cut to the grid.
        for (index, (&found, weight)) in found.iter().zip(&weights).enumerate() {
            let due = weight / total * parts as f64;
            let pieces = 1.0 + due / 97.0 + f64::from(number);
            assert!(
                (f64::from(found) - due).abs() <= pieces && (*weight > 0.0 || found == 0),
                "schedule {schedule}: choice {index} of {weights:?} picked {found} times instead of {due}"
            );
        }
    }
}

/// Shares of the most popular by adding up, and ranks that grow with the word and have their shares.
#[test]
fn popularities_agree_with_adding_up() {
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "popularity");
        let items = one_of(draw, &[1, 2, 30, 999, 1000, 1001, 5000]);
        let law = match draw.below(3) {
            0 => Popularity::Uniform,
            1 => Popularity::Zipf {
                exponent: draw.unit() * 3.0,
            },
            _ => Popularity::HotSet {
                items: 0.001 + 0.9 * draw.unit(),
                requests: draw.unit(),
            },
        };
        let share = |rank: u64| match law {
            Popularity::Uniform => 1.0,
            Popularity::Zipf { exponent } => (rank as f64 + 1.0).powf(-exponent),
            Popularity::HotSet {
                items: hot,
                requests,
            } => {
                let number = (hot * items as f64).round().clamp(1.0, items as f64);
                let requests = if number as u64 == items {
                    1.0
                } else {
                    requests
                };
                if (rank as f64) < number {
                    requests / number
                } else {
                    (1.0 - requests) / (items as f64 - number)
                }
            }
        };
        let ranks = law.over(items);
        let total: f64 = (0..items).map(share).sum();
        for top in [
            0,
            1,
            items / 3,
            items / 2,
            items,
            items + 7,
            u64::from(draw.below(items as u32 + 1)),
        ] {
            let due = (0..top.min(items)).map(share).sum::<f64>() / total;
            let found = ranks.share_of_top(top);
            assert!(
                (found - due).abs() < 1e-9,
                "schedule {schedule}: {law:?}, top {top} of {items}: {found}, {due}"
            );
        }
        if matches!(law, Popularity::Zipf { .. }) {
            continue; // draws by rejection: its frequencies are on trial beside it
        }
        let parts = 1000;
        let picked: Vec<u64> = words(parts)
            .map(|word| ranks.rank(&mut draw_of(word)))
            .collect();
        assert!(
            picked.is_sorted() && picked[999] < items,
            "schedule {schedule}: {law:?}"
        );
        for top in [1, items / 3, items / 2, items] {
            let found = picked.iter().filter(|&&rank| rank < top).count() as f64;
            let due = ranks.share_of_top(top) * parts as f64;
            assert!(
                (found - due).abs() <= 1.0,
                "schedule {schedule}: {law:?}, top {top} of {items}: {found}, {due}"
            );
        }
    }
}

/// The shuffle of Fisher and Yates from the same draw, and beyond a table's worth a bijection.
#[test]
fn permutations_agree_with_a_shuffled_list() {
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "permutation");
        let items = one_of(draw, &[1, 2, 17, 1024, 1025, 1500]);
        let key = Key(draw.word());
        let permutation = Permutation::new(items, key);
        let found: Vec<u64> = (0..items).map(|rank| permutation.object(rank)).collect();
        let mut list: Vec<u64> = (0..items).collect();
        if items <= 1024 {
            let mut draw = key.draw(site(&["shuffle"]));
            for last in (1..items).rev() {
                list.swap(last as usize, draw.below(last as u32 + 1) as usize);
            }
            assert_eq!(found, list, "schedule {schedule}");
        } else {
            let mut sorted = found.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, list, "schedule {schedule}");
            assert_ne!(found, list, "schedule {schedule}");
        }
    }
}

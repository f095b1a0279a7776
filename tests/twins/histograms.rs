//! Histograms against a sorted list: counts exact, quantiles and shares within the bucket that a value falls into.

use super::SCHEDULES;
use super::fates::{luck, one_of};
use scaleproof::measure::Histogram;

/// A bucket is at most this share of its values wide; below 256 every integer has its own.
const WIDTH: f64 = 1.0 / 128.0;

fn count(sorted: &[u64], holds: impl Fn(f64) -> bool) -> f64 {
    sorted.iter().filter(|&&value| holds(value as f64)).count() as f64
}

#[test]
fn histograms_agree_with_a_sorted_list() {
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "histogram");
        let number = 1 + draw.below(300);
        let bits = one_of(draw, &[6, 9, 20, 40, 64]);
        let mut sorted: Vec<u64> = Vec::new();
        let (mut whole, mut parts) = (
            Histogram::default(),
            [Histogram::default(), Histogram::default()],
        );
        for _ in 0..number {
            // Of all sizes, and now and then one that is there already.
            let word = draw.word() >> (64 - bits) >> draw.below(bits.min(12));
            let value = match sorted.last() {
                Some(&last) if draw.chance(0.1) => last,
                _ => word,
            };
            sorted.push(value);
            whole.record(value);
            parts[draw.below(2) as usize].record(value);
        }
        sorted.sort_unstable();
        let [mut merged, other] = parts;
        merged.merge(&other);
        assert_eq!(merged, whole, "schedule {schedule}");
        assert_eq!(whole.count(), u64::from(number));
        assert_eq!(whole.smallest(), sorted.first().copied());
        assert_eq!(whole.largest(), sorted.last().copied());
        let above = u64::from(draw.below(20));
        for p in [0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0, draw.unit()] {
            quantile(&whole, &sorted, p, above, schedule);
        }
        let some = sorted[draw.below(number) as usize];
        for value in [
            some,
            some.saturating_add(1),
            some / 2,
            draw.word() >> (64 - bits),
            u64::MAX,
        ] {
            share(&whole, &sorted, value, schedule);
        }
    }
}

/// The p-quantile lies in the bucket of the ⌈p n⌉-th smallest, whose neighbours in it are less than a bucket away.
fn quantile(whole: &Histogram, sorted: &[u64], p: f64, above: u64, schedule: u32) {
    let target = p * (sorted.len() as f64 + above as f64);
    let rank = (target.ceil() as usize).max(1);
    let found = whole.quantile_with_tail(p, above);
    let Some(&exact) = sorted.get(rank - 1) else {
        assert_eq!(
            found, None,
            "schedule {schedule}: p {p} lies among the {above} above all"
        );
        return;
    };
    let (exact, found) = (exact as f64, found.expect("among those counted"));
    assert!(
        (found - exact).abs() <= exact * WIDTH && (exact >= 256.0 || (found - exact).abs() < 1e-9),
        "schedule {schedule}: p {p} is {found}, by the list {exact}"
    );
}

/// The share below a value differs from the list's by what is within a bucket of it at most.
fn share(whole: &Histogram, sorted: &[u64], value: u64, schedule: u32) {
    let (limit, total) = (value as f64, sorted.len() as f64);
    let slack = if value < 256 { 0.0 } else { limit * WIDTH };
    let least = count(sorted, |other| other < limit - slack) / total;
    let most = count(sorted, |other| other < limit + slack) / total;
    let found = whole.fraction_below(value);
    assert!(
        (least - 1e-12..=most + 1e-12).contains(&found),
        "schedule {schedule}: {found} below {value}, by the list {least} to {most}"
    );
}

//! The fate of a request: keys, sites and the words drawn from them. The ground floor of `chance`.
//!
//! Word k of a draw is `mix13((key ^ site) + (k + 1) φ)`: `SplitMix64` (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014) started at the key and the site, with the finaliser that Stafford
//! published as variant 13. A sampler that rejects walks its own k and moves nobody else's.
//!
//! *Design note.* Hashes with one multiplication are a little faster and fail as soon as two sites are close to each
//! other; a generator kept per component loses its step as soon as two architectures visit the component differently.

use std::convert::Infallible;

use rand::TryRng;

/// 2⁶⁴ divided by the golden ratio, odd: the stride between words.
const PHI: u64 = 0x9e37_79b9_7f4a_7c15;

/// Keeps later attempts apart from numbered keys: attempt 1 is not request 1.
const ATTEMPT: Site = site(&["attempt"]);

/// Stafford's variant 13 of the 64-bit finaliser: a bijection in which every bit of the input moves half the output.
#[inline]
pub(crate) const fn mix13(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The name of a place where something is drawn: component, endpoint, step, purpose, hashed when a model is compiled.
///
/// Made by [`site`]. Two different names with one hash would share their luck, so whoever makes many sites checks that
/// they differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Site(pub u64);

/// Hashes a name in parts: FNV-1a over the bytes, each part closed by a byte that UTF-8 never holds (so that
/// `["ab", "c"]` and `["a", "bc"]` differ), then mixed.
///
/// Names of sites are part of what makes a result: renaming a component changes its luck, moving it in a file does not.
pub const fn site(parts: &[&str]) -> Site {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            hash = (hash ^ bytes[index] as u64).wrapping_mul(PRIME);
            index += 1;
        }
        hash = (hash ^ 0xff).wrapping_mul(PRIME);
        part += 1;
    }
    Site(mix13(hash))
}

/// The key of a replication, from which all its other keys descend.
pub const fn root(seed: u64, replication: u32) -> Key {
    Key(mix13(seed.wrapping_add(PHI))).numbered(replication as u64)
}

/// The fate of a request, a call, a user or an instance: with a [`Site`] it names every draw made on their behalf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Key(pub u64);

impl Key {
    /// The key of something named that belongs to this one: the `ordinal`-th call of a step, the stream of a workload.
    #[inline]
    #[must_use]
    pub const fn child(self, name: Site, ordinal: u64) -> Key {
        Key(self.0 ^ name.0).numbered(ordinal)
    }

    /// The n-th of a row: requests of a workload, cycles of a user, iterations of a loop. Counted from 0.
    #[inline]
    #[must_use]
    pub const fn numbered(self, n: u64) -> Key {
        Key(mix13(
            self.0.wrapping_add(n.wrapping_add(1).wrapping_mul(PHI)),
        ))
    }

    /// The key of a retry or hedge copy. Attempt 0 is the call itself, so that allowing retries disturbs nobody.
    #[inline]
    #[must_use]
    pub const fn attempt(self, attempt: u32) -> Key {
        if attempt == 0 {
            self
        } else {
            self.child(ATTEMPT, attempt as u64)
        }
    }

    /// The words that this key has at `site`, from the first one on.
    #[inline]
    #[must_use]
    #[cfg_attr(test, track_caller)]
    pub fn draw(self, site: Site) -> Draw {
        #[cfg(test)]
        super::ledger::enter(self, site);
        Draw {
            state: self.0 ^ site.0,
        }
    }
}

/// The words of one key at one site, taken one after the other.
///
/// A copy walks on by itself: it gives the same words again. Speaks the traits of `rand`, so that its samplers can be
/// fed from a key as well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Draw {
    /// `(key ^ site) + k φ` before word k (modulo 2⁶⁴).
    state: u64,
}

impl Draw {
    /// The next 64 random bits.
    #[inline]
    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(PHI);
        mix13(self.state)
    }

    /// Uniform on [0, 1): 53 bits of one word.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on (0, 1), symmetric about one half: 52 bits of one word. Safe to take the logarithm of.
    #[inline]
    pub fn open_unit(&mut self) -> f64 {
        ((self.word() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// Uniform on 0..n by multiply and shift: one word, off by less than n/2⁶⁴, and with the same word never smaller
    /// for a larger `n`. Gives 0 for `n` = 0.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        self.below_wide(u64::from(n)) as u32
    }

    /// As [`Draw::below`], for the large.
    #[inline]
    pub fn below_wide(&mut self, n: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`: always for 1 or more, never for 0 or less. What is true stays so for a larger `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }
}

impl TryRng for Draw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::trial::chi_square_z;
    use rand::Rng;

    #[test]
    fn words_are_those_of_splitmix64() {
        // The published first outputs of SplitMix64 seeded with 1234567.
        let mut draw = Key(1_234_567).draw(Site(0));
        let words = [draw.word(), draw.word(), draw.word()];
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn names_in_parts_do_not_run_together() {
        let sites = [
            site(&["ab", "c"]),
            site(&["a", "bc"]),
            site(&["abc"]),
            site(&["abc", ""]),
            site(&[]),
        ];
        for (index, one) in sites.iter().enumerate() {
            assert!(sites[index + 1..].iter().all(|other| other != one));
        }
    }

    #[test]
    fn attempt_zero_is_the_call_itself_and_others_are_neither_it_nor_numbers() {
        let key = root(7, 3).child(site(&["call"]), 2);
        assert_eq!(key.attempt(0), key);
        let others = [
            key.attempt(1),
            key.attempt(2),
            key.numbered(0),
            key.numbered(1),
            key.numbered(2),
        ];
        for (index, one) in others.iter().enumerate() {
            assert_ne!(*one, key);
            assert!(others[index + 1..].iter().all(|other| other != one));
        }
        assert_ne!(root(7, 3), root(3, 7));
        assert_ne!(root(0, 1), root(1, 0));
    }

    #[test]
    fn units_stay_inside_their_interval() {
        let mut lowest = Draw {
            state: PHI.wrapping_neg(),
        };
        assert_eq!(lowest.word(), 0);
        assert!(
            Draw {
                state: PHI.wrapping_neg()
            }
            .unit()
                <= 0.0
        );
        assert!(
            Draw {
                state: PHI.wrapping_neg()
            }
            .open_unit()
                > 0.0
        );
        assert!((u64::MAX >> 11) as f64 * (1.0 / (1u64 << 53) as f64) < 1.0);
        assert!(((u64::MAX >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64) < 1.0);
        let mut draw = root(1, 0).draw(site(&["certain"]));
        assert!((0..10_000).all(|_| draw.chance(1.0) && !draw.chance(0.0)));
    }

    #[test]
    fn below_is_uniform_and_grows_with_its_bound() {
        let key = root(2, 0);
        for n in [2u32, 3, 7, 10, 100, 1000] {
            let mut counts = vec![0u64; n as usize];
            for i in 0..1_000_000 {
                counts[key.numbered(i).draw(site(&["pick"])).below(n) as usize] += 1;
            }
            let z = chi_square_z(&counts, |_| 1.0 / f64::from(n));
            assert!(z.abs() < 4.0, "below({n}): z = {z}");
        }
        for i in 0..1000 {
            let draw = key.numbered(i).draw(site(&["pick"]));
            let picks: Vec<u32> = (1..50).map(|n| { draw }.below(n)).collect();
            assert!(picks.is_sorted());
        }
    }

    /// Two words per request, 8 bits of each: the 65,536 pairs must be equally frequent.
    fn pair_z(shift: u32, mut pair: impl FnMut(Key) -> (u64, u64)) -> f64 {
        let mut counts = vec![0u64; 1 << 16];
        for i in 0..2_000_000 {
            let (one, other) = pair(root(5, 1).numbered(i));
            counts[(((one >> shift) & 255) << 8 | ((other >> shift) & 255)) as usize] += 1;
        }
        chi_square_z(&counts, |_| 1.0 / 65_536.0)
    }

    #[test]
    fn neighbouring_sites_words_requests_and_attempts_are_independent() {
        let here = site(&["web", "compute"]);
        for shift in [0, 28, 56] {
            let mut trials = vec![
                (
                    "word 0, 1",
                    pair_z(shift, |key| {
                        let mut d = key.draw(here);
                        (d.word(), d.word())
                    }),
                ),
                (
                    "retry",
                    pair_z(shift, |key| {
                        (key.draw(here).word(), key.attempt(1).draw(here).word())
                    }),
                ),
                (
                    "child",
                    pair_z(shift, |key| {
                        (key.draw(here).word(), key.child(here, 1).draw(here).word())
                    }),
                ),
                (
                    "names",
                    pair_z(shift, |key| {
                        (
                            key.draw(here).word(),
                            key.draw(site(&["web", "computf"])).word(),
                        )
                    }),
                ),
            ];
            for (name, change) in [("low bit", 1), ("two bits", 3), ("high bit", 1 << 63)] {
                let there = Site(here.0 ^ change);
                trials.push((
                    name,
                    pair_z(shift, |key| (key.draw(here).word(), key.draw(there).word())),
                ));
            }
            for (name, z) in trials {
                assert!(z.abs() < 4.0, "{name}, bits from {shift}: z = {z}");
            }
        }
    }

    #[test]
    fn speaks_the_traits_of_rand() {
        let draw = root(1, 0).draw(site(&["rand"]));
        let (mut mine, mut theirs) = (draw, draw);
        assert_eq!(theirs.next_u64(), mine.word());
        assert_eq!(theirs.next_u32(), (mine.word() >> 32) as u32);
        let mut bytes = [0; 11];
        theirs.fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], mine.word().to_le_bytes());
        assert_eq!(bytes[8..], mine.word().to_le_bytes()[..3]);
    }
}

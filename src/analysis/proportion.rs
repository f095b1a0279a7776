//! Shares of rare or nearly certain things.
//!
//! Failures come in episodes: a full queue, or replicas that are all down, turn away thousands of requests in a row, and none for hours.
//! Requests are not independent then, and counting them as if they were makes intervals that are far too narrow. What is independent are
//! replications, and about so are episodes. So the scatter is that of replications, on the scale of odds (a share cannot leave 0 to 1, and
//! rare things have skewed laws), with no more degrees of freedom than episodes; fewer than ten tell nothing of how long such an
//! episode is, and there is no interval. With compound Poisson laws of exponential sizes, 16 to 180 replications and 8 to 200 episodes
//! expected, 95 to 97 % of 4,000 such intervals held the truth, and of those of constant sizes 93 to 98 %.
//!
//! Where nothing was seen at all, requests close to each other in time saw the same: the rule of three counts stretches of time that
//! are independent. Where things break, that is not enough to go by: an outage of all that stand in for each other is longer and rarer
//! than anything that was seen.

use statrs::distribution::{ContinuousCDF, Normal};

use super::result::{Estimate, Status};

/// With fewer episodes than this nothing is known of how many there are and how long they last.
pub const FEW: u64 = 10;

/// Intervals narrower than this on the scale of odds are the same on that of shares.
const NARROW: f64 = 0.1;

/// Episodes of failure, over all replications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episodes {
    /// How many.
    pub count: u64,
    /// Whether there are things that break, so that what was not seen may well happen.
    pub breaks: bool,
}

/// What was counted for a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    hits: u64,
    of: u64,
    /// Replications that hold any of what is rarer, hits or the others.
    holding: u64,
    /// Times that were looked at independently of each other, if that is known.
    looks: f64,
    /// Of the others than hits or of the hits, whichever are failures.
    episodes: Option<Episodes>,
}

/// What can be known of a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    /// Its scatter over replications says it, which stands on so many independent events.
    Scatter(usize),
    /// Hits, or others, were not seen in so many independent trials.
    None(f64),
    /// Too little: what was counted, and in what.
    Few(Few),
}

/// What there was too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Few {
    /// So many episodes of failure.
    Episodes(u64),
    /// So many outages of all at once.
    Outages(u64),
    /// So many replications with any.
    Replications(u64),
}

impl Few {
    /// As [`Estimate::method`] says it, which is how verdicts know.
    const fn method(self) -> (&'static str, u64) {
        match self {
            Self::Episodes(count) => ("episodes", count),
            Self::Outages(count) => ("outages", count),
            Self::Replications(count) => ("replications", count),
        }
    }
}

impl Share {
    /// `hits[i]` of `of[i]` in replication i.
    pub fn of(hits: &[u64], of: &[u64]) -> Self {
        let (sum, all): (u64, u64) = (hits.iter().sum(), of.iter().sum());
        let rarely_hit = sum <= all.saturating_sub(sum);
        let rarer = |(hits, of): (&u64, &u64)| {
            if rarely_hit {
                *hits
            } else {
                of.saturating_sub(*hits)
            }
        };
        let holding = hits.iter().zip(of).map(rarer).filter(|rarer| *rarer > 0);
        Self {
            hits: sum,
            of: all,
            holding: holding.count() as u64,
            looks: f64::INFINITY,
            episodes: None,
        }
    }

    pub(super) fn in_looks(self, looks: f64) -> Self {
        Self { looks, ..self }
    }

    pub(super) fn in_episodes(self, episodes: Episodes) -> Self {
        Self {
            episodes: Some(episodes),
            ..self
        }
    }

    /// How many of the kind that is rarer.
    fn rarer(&self) -> u64 {
        self.hits.min(self.of.saturating_sub(self.hits))
    }

    /// What can be known of it from so many replications.
    pub fn known(&self, replications: usize) -> Known {
        let few = |episodes: Episodes| {
            let of = if episodes.breaks {
                Few::Outages
            } else {
                Few::Episodes
            };
            Known::Few(of(episodes.count))
        };
        match (self.rarer(), self.episodes) {
            (0, Some(episodes)) if episodes.breaks && episodes.count == 0 && self.of > 0 => {
                few(episodes)
            }
            (0, _) => Known::None(self.looks.min(self.of as f64)),
            // Where most fail, it is successes that are rare.
            (rarer, Some(episodes)) if episodes.count <= rarer => {
                if episodes.count < FEW {
                    few(episodes)
                } else {
                    Known::Scatter(usize::try_from(episodes.count).unwrap_or(usize::MAX))
                }
            }
            _ if self.holding < FEW.min(replications as u64) => {
                Known::Few(Few::Replications(self.holding))
            }
            _ => Known::Scatter(usize::MAX),
        }
    }

    /// Whether the difference of two shares in the same replications says something: one of both has seen enough, or both the same.
    pub fn can_differ(&self, other: &Self, replications: usize) -> bool {
        let known = [self, other].map(|share| share.known(replications));
        let any = |of: fn(&Known) -> bool| known.iter().any(of);
        any(|known| matches!(known, Known::Scatter(_)))
            || !any(|known| matches!(known, Known::Few(_)))
    }
}

/// Without an interval, and what there was too little of.
pub(super) fn too_few(bare: &Estimate, few: Few) -> Estimate {
    let (method, n) = few.method();
    Estimate {
        n,
        method: method.to_owned(),
        status: Status::TooFew,
        ..*bare
    }
}

/// All or none in so many independent trials: the rule of three.
pub(super) fn none_seen(bare: &Estimate, trials: f64) -> Estimate {
    let most = rule_of_three(trials, bare.level);
    let all = bare.value.is_some_and(|value| value > 0.5);
    Estimate {
        low: Some(if all { 1.0 - most } else { 0.0 }),
        high: Some(if all { 1.0 } else { most }),
        n: trials as u64,
        method: "rule-of-three".to_owned(),
        ..*bare
    }
}

/// The interval about a share with this standard error, `t` of them wide. Where that is narrow it is what it is everywhere; where it is
/// wide, the odds of what is rarer have about a gamma law, whose quantiles are those of so many events as the error tells, and one more
/// for the upper end (Fay and Feuer, Statistics in Medicine 16, 1997; quantiles by Wilson and Hilferty, Proc. Natl. Acad. Sci. 17, 1931).
pub(super) fn about(share: f64, error: f64, t: f64) -> (f64, f64) {
    let relative = error / (share * (1.0 - share));
    if !(share > 0.0 && share < 1.0 && t * relative > NARROW) {
        return (share - t * error, share + t * error);
    }
    let events = 1.0 / (relative * relative);
    let quantile = |shape: f64, t: f64| {
        let root = 1.0 - 1.0 / (9.0 * shape) + t / (3.0 * shape.sqrt());
        shape * root.max(0.0).powi(3) / events
    };
    let rarer = share.min(1.0 - share);
    let at = |factor: f64| rarer * factor / (1.0 - rarer + rarer * factor);
    let (low, high) = (at(quantile(events, -t)), at(quantile(events + 1.0, t)));
    if share < 0.5 {
        (low, high)
    } else {
        (1.0 - high, 1.0 - low)
    }
}

/// A share of independent trials with its interval: Wilson's, or the rule of three when there is none at all (or nothing else).
pub fn estimate(hits: u64, of: u64, level: f64) -> Estimate {
    let make = |low: f64, high: f64, method: &str| Estimate {
        value: Some(hits as f64 / of as f64),
        low: Some(low.clamp(0.0, 1.0)),
        high: Some(high.clamp(0.0, 1.0)),
        level,
        n: of,
        method: method.to_owned(),
        status: Status::Ok,
    };
    if of == 0 {
        let nothing = make(0.0, 1.0, "none");
        return Estimate {
            value: None,
            low: None,
            high: None,
            status: Status::TooFew,
            ..nothing
        };
    }
    let none = rule_of_three(of as f64, level);
    if hits == 0 {
        make(0.0, none, "rule-of-three")
    } else if hits >= of {
        make(1.0 - none, 1.0, "rule-of-three")
    } else {
        let (low, high) = wilson(hits, of, level);
        make(low, high, "wilson")
    }
}

/// Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927; recommended by Brown, Cai, `DasGupta`, Stat. Sci. 16, 2001).
pub fn wilson(hits: u64, of: u64, level: f64) -> (f64, f64) {
    let (n, share) = (of as f64, hits as f64 / of as f64);
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (share + z * z / (2.0 * n), 1.0 + z * z / n);
    ((middle - spread) / scale, (middle + spread) / scale)
}

/// The largest share that would still show nothing in `of` trials with probability `1 - level`: about 3/n at 95 %
/// (Hanley and Lippman-Hand, J. Am. Med. Assoc. 249, 1983).
pub fn rule_of_three(of: f64, level: f64) -> f64 {
    1.0 - (1.0 - level).powf(1.0 / of)
}

#[cfg(test)]
mod tests {
    use super::super::estimate::Sample;
    use super::super::synthetic::Words;
    use super::super::words;
    use super::*;

    /// Sixteen replications with so many episodes in all on average, each of 200 failures on average, of 100,000 requests each.
    fn outages(words: &mut Words, episodes: f64) -> (Sample, u64, (u64, u64)) {
        let (mut failed, mut count) = ([0_u64; 16], 0);
        for failed in &mut failed {
            let mut clock = words.exponential();
            while clock < episodes / 16.0 {
                *failed += (200.0 * words.exponential()).ceil() as u64;
                count += 1;
                clock += words.exponential();
            }
        }
        let ok = failed.map(|failed| 100_000 - failed);
        let of_episodes = Episodes {
            count,
            breaks: false,
        };
        let sample = Sample::share(&ok, &[100_000; 16]).in_episodes(of_episodes);
        (sample, count, (ok.iter().sum(), 1_600_000))
    }

    #[test]
    fn intervals_of_what_fails_in_episodes_hold_the_truth_95_times_in_100() {
        // An episode has the ceiling of an exponential number of failures: 1/(1 - exp(-1/200)) of them.
        let size = 1.0 / (1.0 - libm::exp(-1.0 / 200.0));
        for episodes in [20.0, 60.0] {
            let truth = 1.0 - episodes * size / 1_600_000.0;
            let (mut words, mut printed, mut held, mut naive) = (Words::new(3), 0, 0, 0);
            for _ in 0..2_000 {
                let (sample, count, (hits, of)) = outages(&mut words, episodes);
                let (low, high) = wilson(hits, of, 0.95);
                naive += u32::from(low <= truth && truth <= high);
                let found = sample.estimate();
                assert_eq!(found.low.is_some(), count >= FEW, "{found:?}");
                let Some((low, high)) = found.low.zip(found.high) else {
                    assert_eq!((found.status, found.n), (Status::TooFew, count));
                    continue;
                };
                printed += 1;
                held += u32::from(low <= truth && truth <= high);
            }
            let covered = f64::from(held) / f64::from(printed);
            assert!((0.93..=0.98).contains(&covered), "{episodes}: {covered}");
            assert!(naive < 600, "requests are not independent: {naive}");
        }
    }

    #[test]
    fn too_few_say_what_of() {
        let ok = [[1_000; 13].as_slice(), &[990, 980, 995]].concat();
        let share = |breaks| {
            let episodes = Episodes { count: 3, breaks };
            Sample::share(&ok, &[1_000; 16])
                .in_episodes(episodes)
                .estimate()
        };
        let said = |estimate: &Estimate| words::too_few(estimate).unwrap_or_default();
        assert_eq!(said(&share(true)), "too few outages of all at once: 3");
        assert_eq!(said(&share(false)), "too few episodes of failure: 3");
        let counted = Sample::share(&ok, &[1_000; 16]).estimate();
        assert_eq!(
            said(&counted),
            "too few replications in which it happened: 3"
        );
        // None at all: a bound by what is independent, but nothing where things break.
        let none = |breaks| {
            let episodes = Episodes { count: 0, breaks };
            let sample = Sample::share(&[1_000; 16], &[1_000; 16]).in_looks(300.0);
            sample.in_episodes(episodes).estimate()
        };
        assert_eq!(said(&none(true)), "too few outages of all at once: 0");
        assert!((none(false).low.unwrap_or(0.0) - 0.99).abs() < 1e-4);
        // A difference is known when one side has seen enough, or neither anything.
        let sample = |count, failed: u64| {
            let ok: Vec<u64> = (0..16).map(|at| 1_000 - failed * (at % 2)).collect();
            let breaks = false;
            Sample::share(&ok, &[1_000; 16]).in_episodes(Episodes { count, breaks })
        };
        let differ = |one: (u64, u64), two: (u64, u64)| {
            sample(one.0, one.1)
                .less(&sample(two.0, two.1))
                .estimate()
                .low
                .is_some()
        };
        assert!(differ((0, 0), (0, 0)) && differ((40, 9), (3, 1)) && !differ((3, 1), (0, 0)));
    }

    #[test]
    fn shares_near_all_have_lopsided_intervals() {
        let ok: Vec<u64> = (0..16).map(|at| 1_000 - at * (at % 3)).collect();
        let found = Sample::share(&ok, &[1_000; 16]).estimate();
        let ends = found.value.zip(found.low).zip(found.high);
        let ((value, low), high) = ends.unwrap_or_default();
        assert!(
            value - low > 1.3 * (high - value) && high < 1.0,
            "{low} {value} {high}"
        );
        assert!(
            words::estimate(&found, "share").starts_with("99.28 % (98."),
            "{found:?}"
        );
        // Where it is narrow it is about the middle.
        let (low, high) = about(0.3, 0.005, 2.0);
        assert!((low - 0.29).abs() < 1e-12 && (high - 0.31).abs() < 1e-12);
        // Ten independent events: 4.80 to 18.39 of them (Garwood, Biometrika 28, 1936), whichever side is rare.
        let error = 10_f64.sqrt() * 1e-6;
        let (low, high) = about(1e-5, error, 1.96);
        assert!(
            (low * 1e6 - 4.80).abs() < 0.05 && (high * 1e6 - 18.39).abs() < 0.05,
            "{low} {high}"
        );
        let (low, high) = about(1.0 - 1e-5, error, 1.96);
        assert!((1.0 - high - 4.80e-6).abs() < 1e-7 && (1.0 - low - 18.39e-6).abs() < 1e-7);
    }

    #[test]
    fn wilson_gives_the_published_numbers() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        for (hits, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(hits, of, 0.95);
            assert!(
                (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
                "{found:?}"
            );
        }
    }

    #[test]
    fn nothing_seen_is_not_nothing() {
        let none = estimate(0, 1_000, 0.95);
        assert_eq!(
            (none.value, none.low, none.method.as_str()),
            (Some(0.0), Some(0.0), "rule-of-three")
        );
        assert!((none.high.unwrap_or(0.0) - 0.003).abs() < 1e-5);
        let all = estimate(1_000, 1_000, 0.95);
        assert_eq!((all.value, all.high), (Some(1.0), Some(1.0)));
        assert!((all.low.unwrap_or(0.0) - 0.997).abs() < 1e-5);
    }

    #[test]
    fn nothing_tried_says_nothing() {
        let estimate = estimate(0, 0, 0.95);
        assert_eq!(
            (estimate.value, estimate.low, estimate.status),
            (None, None, Status::TooFew)
        );
    }
}

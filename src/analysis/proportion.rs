//! Shares of rare or nearly certain things, from counts alone.
//!
//! The scatter over replications is worthless when a replication holds a failure or two. Counts need an assumption instead: that
//! the failures are independent. It is marked by the method's name, because failures often come in clusters.

use statrs::distribution::{ContinuousCDF, Normal};

use super::result::{Estimate, Status};

/// With at least this many on either side, the scatter over replications is used instead.
pub const PLENTY: u64 = 20;

/// A share with its interval: Wilson's, or the rule of three when there is none at all (or nothing else).
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
    let none = rule_of_three(of, level);
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
pub fn rule_of_three(of: u64, level: f64) -> f64 {
    1.0 - (1.0 - level).powf(1.0 / of as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

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

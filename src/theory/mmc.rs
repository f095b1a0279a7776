//! M/M/c: Poisson arrivals, exponential service, c servers, one line, first come, first served.
//!
//! Erlang (1917); Kleinrock, "Queueing Systems" vol. 1 (1975), 3.2 and 3.5; Shortle, Thompson, Gross and Harris, "Fundamentals of
//! Queueing Theory" (5th ed., 2018), 3.3 and 3.4.

use super::erlang;

/// A stable M/M/c queue. Times are in the unit of the mean service time, rates in its inverse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mmc {
    rate: f64,
    mean: f64,
    servers: u32,
    waits: f64,
}

impl Mmc {
    /// `rate` arrivals per unit of time, each served for `mean` on average by one of `servers`; `None` when more arrives than is
    /// served, or nothing does.
    pub fn new(rate: f64, mean: f64, servers: u32) -> Option<Self> {
        let sound = rate > 0.0 && mean > 0.0 && servers > 0;
        (sound && rate * mean < f64::from(servers)).then(|| Self {
            rate,
            mean,
            servers,
            waits: erlang::c(servers, rate * mean),
        })
    }

    /// Busy share of the servers.
    pub fn utilisation(&self) -> f64 {
        self.rate * self.mean / f64::from(self.servers)
    }

    /// Probability that an arrival finds all servers busy (Erlang C).
    pub fn waits(&self) -> f64 {
        self.waits
    }

    /// Rate at which a wait ends: cμ - λ.
    fn relief(&self) -> f64 {
        f64::from(self.servers) / self.mean - self.rate
    }

    /// Mean time in the line, of all arrivals.
    pub fn wait(&self) -> f64 {
        self.waits / self.relief()
    }

    /// Mean time in the system.
    pub fn sojourn(&self) -> f64 {
        self.wait() + self.mean
    }

    /// Mean number in the system.
    pub fn present(&self) -> f64 {
        self.rate * self.sojourn()
    }

    /// The time in the line that a share `p` of all arrivals stays below or at; 0 where so many do not wait at all.
    pub fn wait_percentile(&self, p: f64) -> f64 {
        if 1.0 - p >= self.waits {
            return 0.0;
        }
        libm::log(self.waits / (1.0 - p)) / self.relief()
    }

    /// Probability of a longer time in the system.
    pub fn sojourn_tail(&self, time: f64) -> f64 {
        let (service, relief) = (1.0 / self.mean, self.relief());
        // Of a wait with rate θ and a service with rate μ: (θ exp(-μt) - μ exp(-θt)) / (θ - μ), with its limit where they meet.
        let gap = (relief - service) * time;
        let served = libm::exp(-service * time);
        let both = if gap.abs() < 1.0 {
            let span = if gap == 0.0 {
                1.0
            } else {
                -libm::expm1(-gap) / gap
            };
            served * (1.0 + service * time * span)
        } else {
            (relief * served - service * libm::exp(-relief * time)) / (relief - service)
        };
        (1.0 - self.waits) * served + self.waits * both
    }

    /// The time in the system that a share `p` of all arrivals stays below.
    pub fn sojourn_percentile(&self, p: f64) -> f64 {
        percentile(p, self.sojourn(), |time| self.sojourn_tail(time))
    }
}

/// Where a tail that only falls comes down to 1 - `p`, by halving; `scale` is a time of the right magnitude.
pub(super) fn percentile(p: f64, scale: f64, tail: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, scale);
    while tail(high) > 1.0 - p && high < scale * 1e9 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > 1.0 - p {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::near;
    use super::*;

    /// Kleinrock (1975), chapter 3: the sojourn is exponential with rate μ - λ.
    #[test]
    fn one_server() {
        for (rate, mean, [wait, sojourn, p50, p95, p99, p999, wait95]) in [
            (
                0.5,
                1.0,
                [
                    1.0, 2.0, 1.386_294, 5.991_465, 9.210_34, 13.815_51, 4.605_17,
                ],
            ),
            (
                0.8,
                1.0,
                [
                    4.0, 5.0, 3.465_736, 14.978_66, 23.025_85, 34.538_78, 13.862_94,
                ],
            ),
            (
                0.9,
                1.0,
                [
                    9.0, 10.0, 6.931_472, 29.957_32, 46.051_7, 69.077_55, 28.903_72,
                ],
            ),
            (
                180.0,
                0.005,
                [
                    0.045,
                    0.05,
                    0.034_657_36,
                    0.149_786_6,
                    0.230_258_5,
                    0.345_387_8,
                    0.144_518_6,
                ],
            ),
        ] {
            let queue = Mmc::new(rate, mean, 1).unwrap();
            near(queue.utilisation(), rate * mean);
            near(queue.wait(), wait);
            near(queue.sojourn(), sojourn);
            near(queue.present(), rate * sojourn);
            for (p, time) in [(0.5, p50), (0.95, p95), (0.99, p99), (0.999, p999)] {
                near(queue.sojourn_percentile(p), time);
            }
            near(queue.wait_percentile(0.95), wait95);
        }
    }

    /// Shortle et al. (2018), 3.3; λ 9, μ 5, c 2 is asserted in the `queueing` package of GNU Octave, too (qsmmm).
    #[test]
    fn several_servers() {
        for (rate, mean, servers, [waits, wait, p50, p95, p99, wait95, wait99]) in [
            (
                1.6,
                1.0,
                2,
                [
                    0.711_111_1,
                    1.777_778,
                    2.040_031,
                    7.910_684,
                    11.937_37,
                    6.637_014,
                    10.660_61,
                ],
            ),
            (
                9.0,
                1.0,
                10,
                [
                    0.668_731_5,
                    0.668_731_5,
                    1.329_092,
                    4.360_867,
                    6.249_877,
                    2.593_36,
                    4.202_798,
                ],
            ),
            (
                9.0,
                0.2,
                2,
                [
                    0.852_631_6,
                    0.852_631_6,
                    0.753_831_9,
                    3.059_448,
                    4.668_886,
                    2.836_305,
                    4.445_742,
                ],
            ),
            (
                0.475,
                10.0,
                5,
                [
                    0.877_799, 35.111_96, 33.546_43, 126.122_6, 190.500_6, 114.615_8, 178.993_3,
                ],
            ),
        ] {
            let queue = Mmc::new(rate, mean, servers).unwrap();
            near(queue.waits(), waits);
            near(queue.wait(), wait);
            near(queue.sojourn(), wait + mean);
            for (p, time) in [(0.5, p50), (0.95, p95), (0.99, p99)] {
                near(queue.sojourn_percentile(p), time);
            }
            near(queue.wait_percentile(0.95), wait95);
            near(queue.wait_percentile(0.99), wait99);
        }
    }

    #[test]
    fn most_arrivals_may_not_wait_at_all() {
        let queue = Mmc::new(1.0, 1.0, 10).unwrap();
        assert_eq!(queue.wait_percentile(0.95).to_bits(), 0.0_f64.to_bits());
        near(queue.sojourn_percentile(0.5), std::f64::consts::LN_2);
    }

    #[test]
    fn a_tail_far_out_stays_a_number() {
        let queue = Mmc::new(0.999_9, 1.0, 1).unwrap();
        near(queue.sojourn_percentile(0.999), 1_000_f64.ln() * 1e4);
        // Where the rates of wait and service meet: λ 1, μ 1, c 2.
        let meeting = Mmc::new(1.0, 1.0, 2).unwrap();
        near(
            meeting.sojourn_tail(1.0),
            libm::exp(-1.0) * (2.0 / 3.0 + 1.0 / 3.0 * 2.0),
        );
    }

    #[test]
    fn an_overload_has_no_answer() {
        assert_eq!(Mmc::new(2.0, 1.0, 2), None);
        assert_eq!(Mmc::new(0.0, 1.0, 2), None);
    }
}

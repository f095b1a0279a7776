//! M/M/c/K: as M/M/c with room for K in all, waiting or in service; who finds it full is refused. K = c is Erlang's loss system.
//!
//! Kleinrock, "Queueing Systems" vol. 1 (1975), 3.6; Shortle, Thompson, Gross and Harris, "Fundamentals of Queueing Theory"
//! (5th ed., 2018), 3.5 and 3.6.

use statrs::function::gamma::{gamma_lr, gamma_ur};

use super::mmc::percentile;

/// Room above which the probabilities are not written out.
const MOST_ROOM: u64 = 1_000_000;
/// Waiting room up to which percentiles are computed: a sum over all lengths of the line.
const MOST_SUMMED: usize = 500;

/// An M/M/c/K queue: always stable. Times are in the unit of the mean service time, rates in its inverse.
#[derive(Debug, Clone, PartialEq)]
pub struct Mmck {
    rate: f64,
    mean: f64,
    servers: u32,
    /// Probability of so many present, 0 to K.
    states: Vec<f64>,
}

impl Mmck {
    /// `rate` arrivals per unit of time, `mean` service time, `servers`, and room for so many in all (at least `servers`).
    /// `None` for numbers that make no queue, or room for more than a million.
    pub fn new(rate: f64, mean: f64, servers: u32, room: u64) -> Option<Self> {
        let sound = rate > 0.0 && mean > 0.0 && servers > 0;
        if !sound || room < u64::from(servers) || room > MOST_ROOM {
            return None;
        }
        // In logarithms: with hundreds of erlangs the plain products have no floating point number.
        let offered = libm::log(rate * mean);
        let mut logs = vec![0.0];
        for present in 1..=room {
            let busy = present.min(u64::from(servers)) as f64;
            logs.push(logs[logs.len() - 1] + offered - libm::log(busy));
        }
        let largest = logs.iter().copied().fold(f64::MIN, f64::max);
        let mut states: Vec<f64> = logs.iter().map(|log| libm::exp(log - largest)).collect();
        let total: f64 = states.iter().sum();
        for state in &mut states {
            *state /= total;
        }
        Some(Self {
            rate,
            mean,
            servers,
            states,
        })
    }

    /// Probability that an arrival is refused.
    pub fn refused(&self) -> f64 {
        self.states[self.states.len() - 1]
    }

    /// Served per unit of time.
    pub fn throughput(&self) -> f64 {
        self.rate * (1.0 - self.refused())
    }

    /// Busy share of the servers.
    pub fn utilisation(&self) -> f64 {
        self.throughput() * self.mean / f64::from(self.servers)
    }

    /// Mean number present.
    pub fn present(&self) -> f64 {
        self.states
            .iter()
            .enumerate()
            .map(|(n, p)| n as f64 * p)
            .sum()
    }

    /// Mean time in the system of those who are let in.
    pub fn sojourn(&self) -> f64 {
        self.present() / self.throughput()
    }

    /// Mean time in the line of those who are let in.
    pub fn wait(&self) -> f64 {
        (self.sojourn() - self.mean).max(0.0)
    }

    /// The time in the system that a share `p` of those who are let in stays below; `None` with room for more than 500 to wait.
    pub fn sojourn_percentile(&self, p: f64) -> Option<f64> {
        let waiting = self.states.len() - 1 - self.servers as usize;
        (waiting <= MOST_SUMMED)
            .then(|| percentile(p, self.sojourn(), |time| self.sojourn_tail(time)))
    }

    /// Probability that one who is let in stays longer: alone with a server, or behind an Erlang number of departures.
    fn sojourn_tail(&self, time: f64) -> f64 {
        let (service, servers) = (1.0 / self.mean, f64::from(self.servers));
        let alone = libm::exp(-service * time);
        let behind = |ahead: usize| {
            let stages = ahead as f64;
            let waiting = gamma_ur(stages, servers * service * time);
            if self.servers == 1 {
                // As many stages again as there are ahead, and one of one's own.
                return gamma_ur(stages + 1.0, service * time);
            }
            let growth = stages * libm::log(servers / (servers - 1.0)) - service * time;
            waiting + libm::exp(growth) * gamma_lr(stages, (servers - 1.0) * service * time)
        };
        let letting_in = &self.states[..self.states.len() - 1];
        let tail = letting_in.iter().enumerate().map(|(present, p)| {
            let ahead = (present + 1).saturating_sub(self.servers as usize);
            p * if ahead == 0 || time <= 0.0 {
                alone
            } else {
                behind(ahead)
            }
        });
        tail.sum::<f64>() / (1.0 - self.refused())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{erlang, mmc::Mmc, near};
    use super::*;

    /// The vignette "Queueing Systems" of simmer (M/M/2/3), Octave's `queueing` (M/M/3/7, qsmmmk), and Shortle et al. (M/M/1/20).
    #[test]
    fn published_queues() {
        for (rate, mean, servers, room, [refused, empty, present, through, busy, sojourn, p99]) in [
            (
                3.0,
                0.25,
                2,
                3,
                [
                    0.049_360_15,
                    0.468_007_3,
                    0.762_34,
                    2.851_92,
                    0.356_489_9,
                    0.267_307_7,
                    1.183_444,
                ],
            ),
            (
                40.0,
                1.0 / 30.0,
                3,
                7,
                [
                    0.003_931_315,
                    0.255_036_9,
                    1.454_938,
                    39.842_75,
                    0.442_697_2,
                    0.036_517_01,
                    0.159_301_7,
                ],
            ),
            (
                0.95,
                1.0,
                1,
                20,
                [
                    0.027_181_15,
                    0.075_822_1,
                    8.154_719,
                    0.924_177_9,
                    0.924_177_9,
                    8.823_755,
                    25.451_82,
                ],
            ),
        ] {
            let queue = Mmck::new(rate, mean, servers, room).unwrap();
            near(queue.refused(), refused);
            near(queue.states[0], empty);
            near(queue.present(), present);
            near(queue.throughput(), through);
            near(queue.utilisation(), busy);
            near(queue.sojourn(), sojourn);
            near(queue.wait(), sojourn - mean);
            near(queue.sojourn_percentile(0.99).unwrap(), p99);
        }
    }

    /// Shortle et al. (2018), 3.5: the loss system.
    #[test]
    fn no_room_to_wait_is_erlang_b() {
        for (servers, offered, carried) in [
            (5, 3.0, 2.669_837),
            (10, 5.0, 4.908_077),
            (100, 90.0, 87.573_84),
        ] {
            let queue = Mmck::new(offered, 1.0, servers, u64::from(servers)).unwrap();
            near(queue.refused(), erlang::b(servers, offered));
            near(queue.throughput(), carried);
            assert!(queue.wait() < 1e-9);
        }
    }

    #[test]
    fn much_room_is_no_limit() {
        let limited = Mmck::new(9.0, 1.0, 10, 400).unwrap();
        let free = Mmc::new(9.0, 1.0, 10).unwrap();
        near(limited.wait(), free.wait());
        near(
            limited.sojourn_percentile(0.99).unwrap(),
            free.sojourn_percentile(0.99),
        );
        // A thousand erlangs, and ten times too many.
        near(
            Mmck::new(1e4, 1.0, 1000, 2000).unwrap().throughput(),
            1000.0,
        );
    }

    #[test]
    fn what_is_no_queue_is_refused() {
        assert_eq!(Mmck::new(1.0, 1.0, 3, 2), None);
        assert_eq!(Mmck::new(1.0, 1.0, 0, 2), None);
    }
}

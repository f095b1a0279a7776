//! One place with Poisson arrivals (or others, approximately): which formula it is, and what follows.

use super::allen_cunneen;
use super::answer::{DELAY, ERLANG_B, Formula, GGC, MG1, MM1, MMC, MMCK, SHARED, SHARED_CORES};
use super::erlang;
use super::mg1::Mg1;
use super::mmc::Mmc;
use super::mmck::Mmck;
use super::places::Moments;
use super::sharing::Sharing;

/// Who comes: how often per second, and what they need.
pub(super) type Job = (f64, Moments);

/// How they are served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Service {
    /// Nobody waits.
    Free,
    /// So many at a time, in an order that does not depend on what they need.
    InOrder {
        servers: u32,
        /// Places in all, if there is a limit.
        room: Option<u64>,
        /// Whether another order than that of arrival is possible: means are the same, percentiles are not.
        unordered: bool,
    },
    /// All at once, on so many cores.
    Shared { cores: f64 },
}

/// How arrivals come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Coming {
    /// Squared coefficient of variation of the gaps; 1 at random.
    pub(super) cv2: f64,
    /// Whether they are random.
    pub(super) random: bool,
}

/// A law of the time in the system.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tail {
    Unlimited(Mmc),
    Limited(Mmck),
}

impl Tail {
    pub(super) fn percentile(&self, p: f64) -> Option<f64> {
        match self {
            Self::Unlimited(queue) => Some(queue.sojourn_percentile(p)),
            Self::Limited(queue) => queue.sojourn_percentile(p),
        }
    }
}

/// What is known of one station.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Solved {
    pub(super) formula: Formula,
    /// Share of arrivals refused.
    pub(super) refused: f64,
    /// Mean time in the line of those who are served \[s\].
    pub(super) wait: f64,
    /// By how much sharing stretches what is alone.
    pub(super) stretch: f64,
    /// Mean number waiting for a server or the rest of a core.
    pub(super) waiting: f64,
    /// Law of the time in the system, if it is known.
    pub(super) tail: Option<Tail>,
}

/// The whole of several kinds of jobs: rate, moments of the mixture.
fn mixture(jobs: &[Job]) -> Job {
    let rate: f64 = jobs.iter().map(|(rate, _)| rate).sum();
    let weighted = |of: fn(Moments) -> f64| {
        jobs.iter()
            .map(|(each, job)| each / rate * of(*job))
            .sum::<f64>()
    };
    let (mean, second) = (weighted(|job| job.mean), weighted(Moments::second));
    let alike = |job: &Moments| job.exponential && (job.mean / mean - 1.0).abs() < 1e-9;
    let exponential = jobs.iter().all(|(_, job)| alike(job));
    let variance = second - mean * mean;
    (
        rate,
        Moments {
            mean,
            variance,
            exponential,
        },
    )
}

/// Whether a station hands on Poisson streams when it gets them (quasi-reversible; Kelly 1979, 3.2).
pub(super) fn hands_on(service: Service, jobs: &[Job]) -> bool {
    match service {
        Service::Free | Service::Shared { .. } => true,
        Service::InOrder { room, .. } => room.is_none() && mixture(jobs).1.exponential,
    }
}

/// Solves one station.
///
/// # Errors
/// Why there is no formula, as the rest of a sentence that begins with its name.
pub(super) fn solve(
    service: Service,
    jobs: &[Job],
    coming: Coming,
) -> Result<Solved, &'static str> {
    let (rate, job) = mixture(jobs);
    match service {
        Service::Free => Ok(free(DELAY)),
        Service::Shared { cores } => shared(rate * job.mean, cores, coming),
        Service::InOrder {
            servers,
            room,
            unordered,
        } => {
            let mut solved = in_order(rate, job, servers, room, coming)?;
            if unordered {
                solved.tail = None;
            }
            Ok(solved)
        }
    }
}

fn free(formula: Formula) -> Solved {
    Solved {
        formula,
        refused: 0.0,
        wait: 0.0,
        stretch: 1.0,
        waiting: 0.0,
        tail: None,
    }
}

const OVERLOADED: &str = "gets more than it can serve: there is no steady state";

fn shared(offered: f64, cores: f64, coming: Coming) -> Result<Solved, &'static str> {
    if !coming.random {
        return Err(
            "shares its cores between requests that do not come at random: there is no formula",
        );
    }
    let one = (cores - 1.0).abs() < 1e-12;
    let found = Sharing::new(offered, cores).ok_or(OVERLOADED)?;
    Ok(Solved {
        stretch: found.stretch(),
        waiting: found.present() - offered,
        ..free(if one { SHARED } else { SHARED_CORES })
    })
}

fn in_order(
    rate: f64,
    job: Moments,
    servers: u32,
    room: Option<u64>,
    coming: Coming,
) -> Result<Solved, &'static str> {
    if job.mean == 0.0 {
        return Ok(free(DELAY));
    }
    let full = room.is_some_and(|room| room == u64::from(servers));
    if let Some(room) = room {
        if !coming.random {
            return Err("has little room, and requests do not come at random: there is no formula");
        }
        if full && !job.exponential {
            let refused = erlang::b(servers, rate * job.mean);
            return Ok(Solved {
                refused,
                ..free(ERLANG_B)
            });
        }
        if !job.exponential {
            return Err(
                "has room for some to wait, and the time they take is not exponential: there is no formula",
            );
        }
        let queue = Mmck::new(rate, job.mean, servers, room)
            .ok_or("has more room than the formula can take")?;
        return Ok(Solved {
            refused: queue.refused(),
            wait: queue.wait(),
            waiting: queue.wait() * queue.throughput(),
            tail: Some(Tail::Limited(queue)),
            ..free(if full { ERLANG_B } else { MMCK })
        });
    }
    if coming.random && job.exponential {
        let queue = Mmc::new(rate, job.mean, servers).ok_or(OVERLOADED)?;
        return Ok(Solved {
            wait: queue.wait(),
            waiting: queue.wait() * rate,
            tail: Some(Tail::Unlimited(queue)),
            ..free(if servers == 1 { MM1 } else { MMC })
        });
    }
    if rate * job.mean >= f64::from(servers) {
        return Err(OVERLOADED);
    }
    if job.variance.is_nan() {
        return Err("is held for a time whose law depends on the way a program takes");
    }
    let (formula, wait) = if coming.random && servers == 1 {
        (
            MG1,
            Mg1::new(rate, job.mean, job.second()).map(|queue| queue.wait()),
        )
    } else {
        let service = job.variance / job.mean / job.mean;
        (
            GGC,
            allen_cunneen::wait(rate, coming.cv2, job.mean, service, servers),
        )
    };
    let wait = wait.ok_or("takes times of infinite variance: its mean wait is infinite")?;
    Ok(Solved {
        wait,
        waiting: wait * rate,
        ..free(formula)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::near;
    use super::*;

    const RANDOM: Coming = Coming {
        cv2: 1.0,
        random: true,
    };

    fn exponential(mean: f64) -> Moments {
        Moments {
            mean,
            variance: mean * mean,
            exponential: true,
        }
    }

    fn line(servers: u32, room: Option<u64>) -> Service {
        Service::InOrder {
            servers,
            room,
            unordered: false,
        }
    }

    #[test]
    fn alike_exponential_jobs_are_one_queue() {
        let jobs = [(0.3, exponential(1.0)), (0.5, exponential(1.0))];
        let found = solve(line(1, None), &jobs, RANDOM).unwrap();
        assert_eq!(found.formula, MM1);
        near(found.wait, 4.0);
        near(found.tail.unwrap().percentile(0.99).unwrap(), 23.025_85);
    }

    /// Two kinds of exponential jobs are a hyper-exponential law: Pollaczek and Khinchine, and no percentile.
    #[test]
    fn unlike_jobs_are_a_mixture() {
        let jobs = [
            (0.443_649_2, exponential(1.0 / 1.774_596_67)),
            (0.056_350_83, exponential(1.0 / 0.225_403_33)),
        ];
        let found = solve(line(1, None), &jobs, RANDOM).unwrap();
        assert_eq!((found.formula, found.tail), (MG1, None));
        near(found.wait, 2.5);
        assert_eq!(solve(line(2, None), &jobs, RANDOM).unwrap().formula, GGC);
        assert!(!hands_on(line(1, None), &jobs) && hands_on(Service::Shared { cores: 1.0 }, &jobs));
    }

    #[test]
    fn no_room_takes_any_law() {
        let constant = Moments {
            mean: 1.0,
            variance: 0.0,
            exponential: false,
        };
        let found = solve(line(5, Some(5)), &[(3.0, constant)], RANDOM).unwrap();
        assert_eq!(found.formula, ERLANG_B);
        near(found.refused, 0.110_054_3);
        assert!(solve(line(5, Some(6)), &[(3.0, constant)], RANDOM).is_err());
    }

    #[test]
    fn what_has_no_formula_says_so() {
        let paced = Coming {
            cv2: 0.0,
            random: false,
        };
        let jobs = [(0.8, exponential(1.0))];
        let found = solve(line(1, None), &jobs, paced).unwrap();
        assert_eq!(found.formula, GGC);
        near(found.wait, 2.0);
        assert!(solve(Service::Shared { cores: 1.0 }, &jobs, paced).is_err());
        assert_eq!(
            solve(line(1, None), &[(1.5, exponential(1.0))], RANDOM),
            Err(OVERLOADED)
        );
    }
}

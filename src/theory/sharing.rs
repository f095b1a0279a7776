//! M/G/1-PS and M/G/c-PS: jobs share the cores evenly, and none gets more than one. Means do not depend on the law of the work.
//!
//! One core: Kleinrock, "Queueing Systems" vol. 2 (1976), 4.4; Harchol-Balter, "Performance Modeling and Design of Computer Systems"
//! (2013), chapter 30 (and 22 for networks). Several: the discipline is symmetric in the sense of Kelly, "Reversibility and Stochastic
//! Networks" (1979), 3.3, so that only the total rate min(n, c) counts: the number present has the law of M/M/c. So has a part of a
//! core, or two and a half.

/// A stable processor under sharing. Work is in core-seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharing {
    offered: f64,
    cores: f64,
    present: f64,
}

impl Sharing {
    /// `offered`: core-seconds asked for per second, all jobs together; `cores`: how many there are, parts allowed. `None` when more
    /// is asked for than there is, or nothing.
    pub fn new(offered: f64, cores: f64) -> Option<Self> {
        let busy = offered / cores;
        if !(offered > 0.0 && busy < 1.0) {
            return None;
        }
        // Relative to the probability of as many jobs as whole cores, from there down to none: these stay in range.
        let whole = cores.floor();
        let (mut weight, mut total, mut jobs) = (1.0, 0.0, 0.0);
        let mut present = whole;
        loop {
            total += weight;
            jobs += weight * present;
            if present < 1.0 || weight < total * 1e-18 {
                break;
            }
            weight *= present / offered;
            present -= 1.0;
        }
        // Above, each is the last one times the utilisation.
        let beyond = busy / (1.0 - busy);
        total += beyond;
        jobs += whole * beyond + busy / ((1.0 - busy) * (1.0 - busy));
        Some(Self {
            offered,
            cores,
            present: jobs / total,
        })
    }

    /// Busy share of the cores.
    pub fn utilisation(&self) -> f64 {
        self.offered / self.cores
    }

    /// Mean number of jobs present.
    pub fn present(&self) -> f64 {
        self.present
    }

    /// By how much sharing stretches the time that a job would take on a core of its own: a job of x core-seconds stays x times this
    /// on average, whatever x is.
    pub fn stretch(&self) -> f64 {
        self.present / self.offered
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{mmc::Mmc, near};
    use super::*;

    /// Harchol-Balter (2013), chapter 22, and a bounded Pareto as in chapter 20.
    #[test]
    fn one_core() {
        let shared = Sharing::new(0.8, 1.0).unwrap();
        near(shared.present(), 4.0);
        near(shared.stretch() * 0.5, 2.5);
        near(shared.stretch() * 3.0, 15.0);
        near(
            Sharing::new(0.5 * 0.979_229_4, 1.0).unwrap().stretch() * 0.979_229_4,
            1.918_608,
        );
    }

    /// Baskett, Chandy, Muntz and Palacios (1975): three classes on one server.
    #[test]
    fn each_class_is_stretched_alike() {
        let shared = Sharing::new(0.9, 1.0).unwrap();
        for (rate, mean, sojourn, present) in [
            (3.0, 0.1, 1.0, 3.0),
            (1.0, 0.3, 3.0, 3.0),
            (0.05, 6.0, 60.0, 3.0),
        ] {
            near(shared.stretch() * mean, sojourn);
            near(rate * shared.stretch() * mean, present);
        }
    }

    #[test]
    fn several_cores_are_a_queue_of_several_servers() {
        for (rate, servers) in [(1.6, 2), (9.0, 10), (0.7, 1), (950.0, 1000)] {
            let shared = Sharing::new(rate, f64::from(servers)).unwrap();
            near(
                shared.present(),
                Mmc::new(rate, 1.0, servers).unwrap().present(),
            );
        }
    }

    /// A part of a core is a slower one; two and a half are a birth-death chain, here summed one by one.
    #[test]
    fn parts_of_cores() {
        near(Sharing::new(0.1, 0.2).unwrap().present(), 1.0);
        let (offered, cores) = (2.0, 2.5);
        let (mut weight, mut total, mut jobs) = (1.0, 1.0, 0.0);
        for present in 1..2000 {
            weight *= offered / f64::from(present).min(cores);
            total += weight;
            jobs += weight * f64::from(present);
        }
        near(
            Sharing::new(offered, cores).unwrap().present(),
            jobs / total,
        );
    }

    #[test]
    fn an_overload_has_no_answer() {
        assert_eq!(Sharing::new(2.0, 2.0), None);
        assert_eq!(Sharing::new(0.0, 2.0), None);
    }
}

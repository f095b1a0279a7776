//! M/G/1: Poisson arrivals, any law of service, one server, first come, first served: the formula of Pollaczek and Khinchine.
//!
//! Kleinrock, "Queueing Systems" vol. 1 (1975), 5.6; Harchol-Balter, "Performance Modeling and Design of Computer Systems" (2013),
//! chapter 23. The mean wait is the same in any order that does not look at service times (last come, first served; random).

/// A stable M/G/1 queue. Times are in the unit of the mean service time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mg1 {
    rate: f64,
    mean: f64,
    second: f64,
}

impl Mg1 {
    /// `rate` arrivals per unit of time, mean and second moment of the service time. `None` when more arrives than is served, or the
    /// second moment is infinite: then so is the mean wait.
    pub fn new(rate: f64, mean: f64, second: f64) -> Option<Self> {
        let sound = rate > 0.0 && mean > 0.0 && second.is_finite();
        (sound && rate * mean < 1.0).then_some(Self { rate, mean, second })
    }

    /// Busy share of the server.
    pub fn utilisation(&self) -> f64 {
        self.rate * self.mean
    }

    /// Mean time in the line.
    pub fn wait(&self) -> f64 {
        self.rate * self.second / (2.0 * (1.0 - self.utilisation()))
    }

    /// Mean time in the system.
    pub fn sojourn(&self) -> f64 {
        self.wait() + self.mean
    }

    /// Mean number in the system.
    pub fn present(&self) -> f64 {
        self.rate * self.sojourn()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::near;
    use super::*;
    use crate::chance::law::Law;

    fn of(rate: f64, law: &Law) -> Mg1 {
        let mean = law.mean();
        Mg1::new(rate, mean, law.variance() + mean * mean).unwrap()
    }

    /// M/D/1 (Kleinrock 1975), M/H₂/1 and M/lognormal/1 of squared coefficient of variation 4.
    #[test]
    fn published_queues() {
        let constant = Law::Constant(1.0);
        let mixed = Law::HyperExponential { mean: 1.0, cv: 2.0 };
        let lognormal = Law::Lognormal { mean: 1.0, cv: 2.0 };
        for (rate, law, wait, present) in [
            (0.5, &constant, 0.5, 0.75),
            (0.8, &constant, 2.0, 2.4),
            (0.9, &constant, 4.5, 4.95),
            (0.5, &mixed, 2.5, 1.75),
            (0.7, &lognormal, 5.833_333, 4.783_333),
        ] {
            let queue = of(rate, law);
            near(queue.wait(), wait);
            near(queue.sojourn(), wait + 1.0);
            near(queue.present(), present);
        }
    }

    /// A bounded Pareto as in Harchol-Balter (2013), chapter 20.
    #[test]
    fn heavy_tails() {
        let law = Law::Pareto {
            min: 0.332_47,
            shape: 1.5,
            max: Some(1000.0),
        };
        let queue = of(0.5, &law);
        near(queue.utilisation(), 0.489_614_7);
        near(queue.sojourn(), 9.725_09);
    }

    #[test]
    fn without_a_second_moment_there_is_no_mean_wait() {
        let law = Law::Pareto {
            min: 0.1,
            shape: 1.5,
            max: None,
        };
        let mean = law.mean();
        assert_eq!(Mg1::new(0.5, mean, law.variance() + mean * mean), None);
        assert_eq!(Mg1::new(1.0, 1.0, 2.0), None);
    }
}

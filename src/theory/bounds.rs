//! Bounds from demands alone: asymptotic ones, which hold for nearly everything, and those of balanced jobs, for product form.
//!
//! Lazowska, Zahorjan, Graham and Sevcik, "Quantitative System Performance" (1984), chapter 5 (tables 5.1 and 5.2); Zahorjan, Sevcik,
//! Eager and Galler, "Balanced job bound analysis of queueing networks", Communications of the ACM 25 (1982).

/// What a request needs: times per request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Time of a request alone in the system, thinking excluded.
    pub total: f64,
    /// Time that the busiest station gives a request, over the number of its servers.
    pub largest: f64,
    /// Mean over the stations of the same; for balanced job bounds.
    pub average: f64,
    /// Thinking.
    pub think: f64,
}

/// A lower and an upper bound.
pub type Range = (f64, f64);

impl Demand {
    /// Asymptotic bounds on the throughput of so many customers.
    ///
    /// The lower one needs only that somebody is served at full speed whenever anybody is there.
    pub fn throughput(&self, customers: u32) -> Range {
        let all = f64::from(customers);
        let most = (all / (self.total + self.think)).min(1.0 / self.largest);
        (all / (all * self.total + self.think), most)
    }

    /// Asymptotic bounds on the mean response time of so many customers.
    pub fn response(&self, customers: u32) -> Range {
        let all = f64::from(customers);
        let least = self.total.max(all * self.largest - self.think);
        (least, all * self.total)
    }

    /// Balanced job bounds on the throughput of so many customers: for single servers of product form.
    pub fn balanced_throughput(&self, customers: u32) -> Range {
        let all = f64::from(customers);
        let others = all - 1.0;
        let low = self.total
            + self.think
            + others * self.largest / (1.0 + self.think / (all * self.total));
        let high =
            self.total + self.think + others * self.average / (1.0 + self.think / self.total);
        (all / low, (all / high).min(1.0 / self.largest))
    }

    /// The rate above which no open system is stable.
    pub fn capacity(&self) -> f64 {
        1.0 / self.largest
    }

    /// Balanced job bounds on the mean response time of an open system of product form; `None` when it is unstable.
    pub fn balanced_response(&self, rate: f64) -> Option<Range> {
        let bound = |demand: f64| self.total / (1.0 - rate * demand);
        (rate < self.capacity()).then(|| (bound(self.average), bound(self.largest)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::mva::{self, Network};
    use super::super::{mmc::Mmc, near};
    use super::*;

    fn of(demands: &[f64], think: f64) -> Demand {
        let total: f64 = demands.iter().sum();
        Demand {
            total,
            largest: demands.iter().copied().fold(0.0, f64::max),
            average: total / demands.len() as f64,
            think,
        }
    }

    /// The interactive system of Jain (1991), example 34.2, at every population: each bound holds, and balanced ones are tighter.
    #[test]
    fn closed_bounds_hold_the_truth() {
        let demands = [2.0, 3.0, 1.0];
        for think in [0.0, 4.0, 40.0] {
            let demand = of(&demands, think);
            for customers in [1, 2, 5, 20, 100] {
                let network = Network {
                    population: vec![customers],
                    think: vec![think],
                    demands: demands.iter().map(|demand| vec![*demand]).collect(),
                    servers: vec![1.0; 3],
                };
                let found = mva::exact(&network, 1000).unwrap();
                let exact = found.throughput[0];
                let (wide, tight) = (
                    demand.throughput(customers),
                    demand.balanced_throughput(customers),
                );
                let ends = [wide.0, tight.0, exact, tight.1, wide.1];
                assert!(
                    ends.windows(2)
                        .all(|pair| pair[0] <= pair[1] * (1.0 + 1e-9)),
                    "{think} {customers}: {ends:?}"
                );
                let response = found.response(&network, 0);
                let (low, high) = demand.response(customers);
                assert!(low <= response * (1.0 + 1e-9) && response <= high * (1.0 + 1e-9));
            }
        }
    }

    /// 20 users: the knee lies where the work of a request over that of the busiest station says.
    #[test]
    fn closed_bounds_are_the_asymptotes() {
        let demand = of(&[2.0, 3.0, 1.0], 4.0);
        near(demand.throughput(20).1, 1.0 / 3.0);
        near(demand.throughput(2).1, 0.2);
        near(demand.response(20).0, 56.0);
        near(demand.response(1).1, 6.0);
    }

    #[test]
    fn open_bounds_hold_the_truth() {
        let demands = [0.5, 0.3, 0.1];
        let demand = of(&demands, 0.0);
        near(demand.capacity(), 2.0);
        for rate in [0.1, 1.0, 1.9] {
            let exact: f64 = demands
                .iter()
                .map(|mean| Mmc::new(rate, *mean, 1).unwrap().sojourn())
                .sum();
            let (low, high) = demand.balanced_response(rate).unwrap();
            assert!(demand.total <= low && low <= exact && exact <= high);
        }
        assert_eq!(demand.balanced_response(2.0), None);
    }
}

//! Closed networks with several servers, exactly: the normalising constant of the product form, station by station.
//!
//! Buzen, "Computational algorithms for closed queueing networks with exponential servers", Communications of the ACM 16 (1973);
//! several classes: Reiser and Kobayashi (1975). Bolch, Greiner, de Meer and Trivedi, "Queueing Networks and Markov Chains" (2006), 8.1.
//! Mean value analysis with several servers subtracts probabilities and loses all digits near saturation; here everything is added.

use super::mva::{Network, Solution};

/// Logarithms of weights, one for each population from none to all.
type Weights = Vec<f64>;

/// Exact mean values for any number of servers. Takes time as the square of the product of all populations; `None` where that
/// product is more than `most`.
pub fn exact(network: &Network, most: usize) -> Option<Solution> {
    let states = network.states().filter(|states| *states <= most)?;
    let (classes, stations) = (network.classes(), network.demands.len());
    let strides = network.strides();
    let table = Table {
        network,
        strides,
        states,
    };
    let alone: Vec<Weights> = (0..stations)
        .map(|station| table.station(station))
        .collect();
    // All stations before and after each one, so that it can be left out.
    let mut before = vec![table.delays()];
    for weights in &alone {
        before.push(table.product(&before[before.len() - 1], weights));
    }
    let all = &before[stations];
    let full = states - 1;
    let throughput: Vec<f64> = (0..classes)
        .map(|class| match network.population[class] {
            0 => 0.0,
            _ => libm::exp(all[full - table.strides[class]] - all[full]),
        })
        .collect();
    let mut present = vec![vec![0.0; classes]; stations];
    let mut after = table.nothing();
    for station in (0..stations).rev() {
        let others = table.product(&before[station], &after);
        for (state, weight) in alone[station].iter().enumerate() {
            let probability = libm::exp(weight + others[full - state] - all[full]);
            for (class, held) in present[station].iter_mut().enumerate() {
                *held += probability * f64::from(network.customers(&table.strides, state, class));
            }
        }
        after = table.product(&after, &alone[station]);
    }
    Some(Solution {
        throughput,
        present,
    })
}

struct Table<'n> {
    network: &'n Network,
    strides: Vec<usize>,
    states: usize,
}

impl Table<'_> {
    fn counts(&self, state: usize) -> impl Iterator<Item = (usize, u32)> + '_ {
        let classes = 0..self.network.classes();
        classes.map(move |class| (class, self.network.customers(&self.strides, state, class)))
    }

    /// Nobody anywhere.
    fn nothing(&self) -> Weights {
        let mut weights = vec![f64::NEG_INFINITY; self.states];
        weights[0] = 0.0;
        weights
    }

    /// Π Zⁿ/n!
    fn delays(&self) -> Weights {
        let weight = |state: usize| -> f64 {
            let each = |(class, many): (usize, u32)| {
                power(self.network.think[class], many) - factorial(many)
            };
            self.counts(state).map(each).sum()
        };
        (0..self.states).map(weight).collect()
    }

    /// n! Π (Dᵢⁿⁱ/nᵢ!) / Π min(j, c)
    fn station(&self, station: usize) -> Weights {
        let servers = self.network.servers[station];
        let demands = &self.network.demands[station];
        let all: u32 = self.network.population.iter().sum();
        let mut paced = vec![0.0];
        for present in 1..=all {
            // n over the rate at n: 1 up to the number of servers.
            let rate = f64::from(present).min(servers);
            paced.push(paced[paced.len() - 1] + libm::log(f64::from(present) / rate));
        }
        let weight = |state: usize| -> f64 {
            let each = |(class, many): (usize, u32)| power(demands[class], many) - factorial(many);
            let people: u32 = self.counts(state).map(|(_, many)| many).sum();
            paced[people as usize] + self.counts(state).map(each).sum::<f64>()
        };
        (0..self.states).map(weight).collect()
    }

    /// Every way of dealing the customers to the one and the other.
    fn product(&self, one: &Weights, other: &Weights) -> Weights {
        let mut terms = Vec::with_capacity(self.states);
        let sum = |state: usize| {
            terms.clear();
            for part in 0..=state {
                if self.fits(part, state) {
                    terms.push(one[part] + other[state - part]);
                }
            }
            let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if largest == f64::NEG_INFINITY {
                return largest;
            }
            let total: f64 = terms.iter().map(|term| libm::exp(term - largest)).sum();
            largest + libm::log(total)
        };
        (0..self.states).map(sum).collect()
    }

    /// Whether a population is part of another.
    fn fits(&self, part: usize, state: usize) -> bool {
        self.network.classes() == 1
            || self
                .counts(part)
                .zip(self.counts(state))
                .all(|((_, part), (_, whole))| part <= whole)
    }
}

fn power(base: f64, exponent: u32) -> f64 {
    if exponent == 0 {
        0.0
    } else {
        f64::from(exponent) * libm::log(base)
    }
}

fn factorial(number: u32) -> f64 {
    libm::lgamma(f64::from(number) + 1.0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{mva, near};
    use super::*;

    /// Bolch et al. (2006), example 8.4: three jobs, two servers at the first node, the last one a delay.
    #[test]
    fn several_servers() {
        let network = Network {
            population: vec![3],
            think: vec![1.0],
            demands: vec![vec![0.5], vec![0.3], vec![0.4]],
            servers: vec![2.0, 1.0, 1.0],
        };
        let found = exact(&network, 1000).unwrap();
        near(found.throughput[0], 1.217_461);
        for (station, present) in [0.623_679_5, 0.472_872_2, 0.685_987_6]
            .into_iter()
            .enumerate()
        {
            near(found.present_at(station), present);
        }
        near(found.response(&network, 0) + 1.0, 2.464_145);
    }

    /// The machine repairman with 8 servers: 100 users who think 9 s.
    #[test]
    fn a_crowd_at_several_servers() {
        let network = Network {
            population: vec![100],
            think: vec![9.0],
            demands: vec![vec![1.0]],
            servers: vec![8.0],
        };
        let found = exact(&network, 1000).unwrap();
        near(found.throughput[0], 7.988_251);
        near(found.response(&network, 0), 3.518_385);
        near(found.present_at(0), 28.105_74);
    }

    /// With one server each, it is what mean value analysis says, however many classes.
    #[test]
    fn a_twin_of_mean_value_analysis() {
        let network = Network {
            population: vec![4, 3, 2],
            think: vec![1.0, 0.0, 5.0],
            demands: vec![
                vec![0.3, 0.2, 0.0],
                vec![0.1, 0.7, 0.4],
                vec![0.0, 0.5, 0.9],
            ],
            servers: vec![1.0, 0.5, 1.0],
        };
        let (one, other) = (
            exact(&network, 1000).unwrap(),
            mva::exact(&network, 1000).unwrap(),
        );
        for (class, rate) in one.throughput.iter().enumerate() {
            near(*rate, other.throughput[class]);
            for station in 0..3 {
                assert!((one.present[station][class] - other.present[station][class]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_saturated_station_keeps_its_digits() {
        let network = Network {
            population: vec![800],
            think: vec![1.0],
            demands: vec![vec![1.0], vec![0.1]],
            servers: vec![4.0, 2.0],
        };
        let found = exact(&network, 1000).unwrap();
        near(found.throughput[0], 4.0);
        near(found.present_at(0) + found.present_at(1) + 4.0, 800.0);
        assert_eq!(exact(&network, 800), None);
    }
}

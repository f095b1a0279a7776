//! Closed networks of single servers and delays: mean value analysis, exact and approximate.
//!
//! Exact: Reiser and Lavenberg, "Mean-value analysis of closed multichain queueing networks", Journal of the ACM 27 (1980). An arrival
//! sees the network as it is with one customer of its class less. Approximate: what it sees is guessed from the full network, after
//! Schweitzer (1979) and Bard (1979); Lazowska, Zahorjan, Graham and Sevcik, "Quantitative System Performance" (1984), 7.4. Several
//! servers: exactly by [`super::convolution`]; here, approximately, a faster server and a delay (Seidmann, Schweitzer and
//! Shalev-Oren 1987).

/// A closed network of product form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Customers of each class.
    pub population: Vec<u32>,
    /// Mean time of each class in delays, per cycle: thinking and all else where nobody waits.
    pub think: Vec<f64>,
    /// Mean work that each station does for a customer, per cycle: by station, by class.
    pub demands: Vec<Vec<f64>>,
    /// Servers of each station; parts of one are allowed where they are shared.
    pub servers: Vec<f64>,
}

/// What is known of a closed network.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Cycles per unit of time, by class.
    pub throughput: Vec<f64>,
    /// Mean number present, by station, by class.
    pub present: Vec<Vec<f64>>,
}

impl Solution {
    /// Mean time of a cycle outside of delays, of a class.
    pub fn response(&self, network: &Network, class: usize) -> f64 {
        if self.throughput[class] > 0.0 {
            f64::from(network.population[class]) / self.throughput[class] - network.think[class]
        } else {
            0.0
        }
    }

    /// Mean number of all classes present at a station.
    pub fn present_at(&self, station: usize) -> f64 {
        self.present[station].iter().sum()
    }
}

impl Network {
    pub(super) fn classes(&self) -> usize {
        self.population.len()
    }

    /// Populations from none to all: how many there are, each class up to its own; `None` beyond `usize`.
    pub(super) fn states(&self) -> Option<usize> {
        let mut sizes = self.population.iter().map(|&many| many as usize + 1);
        sizes.try_fold(1_usize, usize::checked_mul)
    }

    /// How far apart two populations are that differ by one customer of a class, and the size of the table.
    pub(super) fn strides(&self) -> Vec<usize> {
        let mut stride = 1;
        let strides = self.population.iter().map(|&many| {
            let own = stride;
            stride *= many as usize + 1;
            own
        });
        strides.collect()
    }

    /// Customers of a class in a state.
    pub(super) fn customers(&self, strides: &[usize], state: usize, class: usize) -> u32 {
        (state / strides[class] % (self.population[class] as usize + 1)) as u32
    }
}

/// Exact mean values of a network whose stations have one server each, population by population.
///
/// Takes time and memory as the product of all populations; `None` where that is more than `most` states, or a station has more than
/// one server.
pub fn exact(network: &Network, most: usize) -> Option<Solution> {
    let single = network.servers.iter().all(|&servers| servers <= 1.0);
    let states = network
        .states()
        .filter(|states| *states <= most && single)?;
    let (classes, stations) = (network.classes(), network.demands.len());
    let strides = network.strides();
    // A part of a server is a slower one.
    let demand =
        |station: usize, class: usize| network.demands[station][class] / network.servers[station];
    let mut present = vec![0.0; states * stations];
    let mut throughput = vec![0.0; classes];
    let mut held = vec![vec![0.0; classes]; stations];
    for state in 1..states {
        for class in 0..classes {
            let customers = network.customers(&strides, state, class);
            throughput[class] = 0.0;
            for station in &mut held {
                station[class] = 0.0;
            }
            if customers == 0 {
                continue;
            }
            let seen = (state - strides[class]) * stations;
            let stays: Vec<f64> = (0..stations)
                .map(|station| demand(station, class) * (1.0 + present[seen + station]))
                .collect();
            let cycle = network.think[class] + stays.iter().sum::<f64>();
            throughput[class] = f64::from(customers) / cycle;
            for (station, stay) in stays.iter().enumerate() {
                held[station][class] = throughput[class] * stay;
            }
        }
        for station in 0..stations {
            present[state * stations + station] = held[station].iter().sum();
        }
    }
    Some(Solution {
        throughput,
        present: held,
    })
}

/// Rounds of the fixed point at most; it is there to four digits after a few.
const ROUNDS: usize = 10_000;

/// Approximate mean values, for any population and several servers.
pub fn approximate(network: &Network) -> Solution {
    let (classes, stations) = (network.classes(), network.demands.len());
    let people: Vec<f64> = network
        .population
        .iter()
        .map(|&many| f64::from(many))
        .collect();
    let servers = &network.servers;
    let queued = |station: usize, class: usize| network.demands[station][class] / servers[station];
    // The rest of the service time is a delay: nobody waits for it.
    let spread =
        |station: usize, class: usize| queued(station, class) * (servers[station] - 1.0).max(0.0);
    let mut waiting = vec![vec![0.0; classes]; stations];
    for row in &mut waiting {
        for (class, held) in row.iter_mut().enumerate() {
            *held = people[class] / stations.max(1) as f64;
        }
    }
    let mut throughput = vec![0.0; classes];
    for _ in 0..ROUNDS {
        let mut next = waiting.clone();
        for class in 0..classes {
            let seen = |station: usize| {
                let own = waiting[station][class] / people[class].max(1.0);
                waiting[station].iter().sum::<f64>() - own
            };
            let stays: Vec<f64> = (0..stations)
                .map(|station| queued(station, class) * (1.0 + seen(station)))
                .collect();
            let delays: f64 = (0..stations).map(|station| spread(station, class)).sum();
            let cycle = network.think[class] + delays + stays.iter().sum::<f64>();
            throughput[class] = if cycle > 0.0 {
                people[class] / cycle
            } else {
                0.0
            };
            for station in 0..stations {
                next[station][class] = throughput[class] * stays[station];
            }
        }
        let moved = next.iter().flatten().zip(waiting.iter().flatten());
        let moved = moved
            .map(|(new, old)| (new - old).abs())
            .fold(0.0, f64::max);
        waiting = next;
        if moved < 1e-10 * people.iter().sum::<f64>() {
            break;
        }
    }
    for (station, row) in waiting.iter_mut().enumerate() {
        for (class, held) in row.iter_mut().enumerate() {
            *held += throughput[class] * spread(station, class);
        }
    }
    Solution {
        throughput,
        present: waiting,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::near;
    use super::*;

    fn single(population: u32, think: f64, demands: &[f64]) -> Network {
        Network {
            population: vec![population],
            think: vec![think],
            demands: demands.iter().map(|demand| vec![*demand]).collect(),
            servers: vec![1.0; demands.len()],
        }
    }

    /// Jain, "The Art of Computer Systems Performance Analysis" (1991), example 34.2: 20 users who think 4 s, processor and two discs.
    fn jain() -> Network {
        single(20, 4.0, &[16.0 * 0.125, 10.0 * 0.3, 5.0 * 0.2])
    }

    #[test]
    fn an_interactive_system() {
        let network = jain();
        let found = exact(&network, 1000).unwrap();
        near(found.throughput[0], 0.333_246_5);
        near(found.response(&network, 0), 56.015_63);
        for (station, present) in [1.990_623, 16.176_65, 0.499_739_5].into_iter().enumerate() {
            near(found.present_at(station), present);
        }
    }

    /// Bolch et al. (2006), example 8.3: central server, 6 jobs.
    #[test]
    fn a_central_server() {
        let found = exact(&single(6, 0.0, &[0.02, 0.08, 0.08, 0.06]), 1000).unwrap();
        near(found.throughput[0], 9.919_836);
        for (station, present) in [0.243_615_3, 2.261_038, 2.261_038, 1.234_309]
            .into_iter()
            .enumerate()
        {
            near(found.present_at(station), present);
        }
    }

    /// Lazowska et al. (1984), page 138: two classes of one job each.
    #[test]
    fn two_classes() {
        let network = Network {
            population: vec![1, 1],
            think: vec![0.0, 0.0],
            demands: vec![vec![1.0, 2.0], vec![3.0, 4.0]],
            servers: vec![1.0, 1.0],
        };
        let found = exact(&network, 1000).unwrap();
        for (class, [rate, first, second]) in [
            [0.157_894_7, 0.210_526_3, 0.789_473_7],
            [0.105_263_2, 0.263_157_9, 0.736_842_1],
        ]
        .into_iter()
        .enumerate()
        {
            near(found.throughput[class], rate);
            near(found.present[0][class], first);
            near(found.present[1][class], second);
        }
        assert_eq!(exact(&network, 3), None);
    }

    /// The machine repairman: 10 users who think 9 s and share a server of 1 s.
    #[test]
    fn the_repairman() {
        let network = single(10, 9.0, &[1.0]);
        let found = exact(&network, 1000).unwrap();
        near(found.throughput[0], 0.832_036_8);
        near(found.response(&network, 0), 3.0187);
        near(found.present_at(0), 2.511_669);
    }

    /// The fixed point is known; so is how far it lies from the truth: 1 % here, 3 % with several servers.
    #[test]
    fn the_approximation_is_near() {
        let network = jain();
        let (rough, fine) = (approximate(&network), exact(&network, 1000).unwrap());
        near(rough.throughput[0], 0.329_756_7);
        near(rough.response(&network, 0), 56.650_78);
        assert!((rough.throughput[0] / fine.throughput[0] - 1.0).abs() < 0.011);
        // 100 users who think 9 s, 8 servers of 1 s: 7.988 is exact.
        let many = Network {
            servers: vec![8.0],
            ..single(100, 9.0, &[1.0])
        };
        let rough = approximate(&many);
        near(rough.throughput[0], 7.747_673);
        near(rough.present_at(0) + 9.0 * rough.throughput[0], 100.0);
    }

    #[test]
    fn a_lone_customer_is_alone() {
        let rough = approximate(&single(1, 2.0, &[1.0, 1.0]));
        near(rough.throughput[0], 0.25);
    }
}

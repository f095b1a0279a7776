//! Open networks: the traffic equations. With Poisson arrivals from outside and stations of product form (exponential first come,
//! first served; sharing; delays), each station has the law that it would have alone under its total rate.
//!
//! Jackson, "Networks of waiting lines", Operations Research 5 (1957); Baskett, Chandy, Muntz and Palacios, "Open, closed, and mixed
//! networks of queues with different classes of customers", Journal of the ACM 22 (1975).

/// From where to where, and how many visits one visit leads to on average (a probability, in a network of queues).
pub type Route = (usize, usize, f64);

/// Rounds after which visits that still grow are taken to grow without end.
const ROUNDS: usize = 100_000;

/// Total rates of all stations, λ = γ + λP, from what arrives from outside. `None` when visits lead to more visits without end.
pub fn rates(outside: &[f64], routes: &[Route]) -> Option<Vec<f64>> {
    let mut total = outside.to_vec();
    let mut round = outside.to_vec();
    let start: f64 = outside.iter().sum();
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; total.len()];
        for (from, to, visits) in routes {
            next[*to] += round[*from] * visits;
        }
        let moved: f64 = next.iter().sum();
        total
            .iter_mut()
            .zip(&next)
            .for_each(|(sum, more)| *sum += more);
        if moved <= start * 1e-15 {
            return Some(total);
        }
        round = next;
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{mmc::Mmc, near};
    use super::*;

    /// Bolch, Greiner, de Meer and Trivedi, "Queueing Networks and Markov Chains" (2006), example 7.4: processor, two discs, printer.
    #[test]
    fn four_stations_with_feedback() {
        let routes = [
            (0, 1, 0.5),
            (0, 2, 0.5),
            (1, 0, 1.0),
            (2, 0, 0.6),
            (3, 0, 1.0),
        ];
        let found = rates(&[0.0, 0.0, 0.0, 4.0], &routes).unwrap();
        let mut in_all = 0.0;
        for ((rate, mean), [exact, present, sojourn]) in
            found.iter().zip([0.04, 0.03, 0.06, 0.05]).zip([
                [20.0, 4.0, 0.2],
                [10.0, 0.428_571_4, 0.042_857_14],
                [10.0, 1.5, 0.15],
                [4.0, 0.25, 0.062_5],
            ])
        {
            near(*rate, exact);
            let station = Mmc::new(*rate, mean, 1).unwrap();
            near(station.present(), present);
            near(station.sojourn(), sojourn);
            in_all += station.present();
        }
        near(in_all / 4.0, 1.544_643);
    }

    /// A fifth of those who are done comes back; and Burke's tandem of M/M/1 at 1 and 1.25.
    #[test]
    fn feedback_and_tandem() {
        let found = rates(&[0.7], &[(0, 0, 0.2)]).unwrap();
        near(found[0], 0.875);
        near(Mmc::new(found[0], 1.0, 1).unwrap().present() / 0.7, 10.0);
        let found = rates(&[0.8, 0.0], &[(0, 1, 1.0)]).unwrap();
        let sojourn = |at: usize, mean| Mmc::new(found[at], mean, 1).unwrap().sojourn();
        near(sojourn(0, 1.0) + sojourn(1, 0.8), 7.222_222);
    }

    #[test]
    fn endless_visits_are_found_out() {
        assert_eq!(rates(&[1.0], &[(0, 0, 1.0)]), None);
    }
}

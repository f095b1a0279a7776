//! Erlang's formulas B and C: the probability that all servers are busy, when those who find them so are lost, or wait.
//!
//! Erlang (1917); Kleinrock, "Queueing Systems" vol. 1 (1975), 3.5 and 3.6. Jagerman's recursion keeps them exact for any number of
//! servers ("Some properties of the Erlang loss function", Bell System Technical Journal 53, 1974). B holds for any law of service
//! (Sevastyanov 1957).

/// Erlang B: the probability that an arrival is lost, for `offered` erlangs on so many servers.
pub fn b(servers: u32, offered: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, server| {
        offered * lost / (f64::from(server) + offered * lost)
    })
}

/// Erlang C: the probability that an arrival waits; 1 where more is offered than there are servers.
pub fn c(servers: u32, offered: f64) -> f64 {
    let busy = offered / f64::from(servers);
    if busy >= 1.0 {
        return 1.0;
    }
    let lost = b(servers, offered);
    lost / (1.0 - busy * (1.0 - lost))
}

/// The fewest servers at which at most this share of arrivals waits: Erlang C turned round (Harchol-Balter, "Performance Modeling
/// and Design of Computer Systems" (2013), chapter 15, where the square root of the load is the rule of thumb).
///
/// `None` when no number up to a million is enough.
pub fn staffing(offered: f64, most_waiting: f64) -> Option<u32> {
    let mut lost = 1.0;
    for servers in 1..=1_000_000_u32 {
        lost = offered * lost / (f64::from(servers) + offered * lost);
        let busy = offered / f64::from(servers);
        if busy < 1.0 && lost / (1.0 - busy * (1.0 - lost)) <= most_waiting {
            return Some(servers);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::near;
    use super::*;

    /// Shortle et al. (2018), 3.5.
    #[test]
    fn losses() {
        near(b(5, 3.0), 0.110_054_3);
        near(b(10, 5.0), 0.018_384_57);
        near(b(100, 90.0), 0.026_957_38);
        near(b(1, 1.0), 0.5);
    }

    /// Harchol-Balter (2013), chapter 15: 100 erlangs, at most one in five waits.
    #[test]
    fn servers_for_a_promise() {
        assert_eq!(staffing(100.0, 0.2), Some(111));
        near(c(111, 100.0), 0.199_787_3);
        near(c(110, 100.0), 0.237_007_5);
    }

    #[test]
    fn an_overload_always_waits() {
        near(c(2, 2.0), 1.0);
        assert!(c(2, 1.999_999) < 1.0);
    }
}

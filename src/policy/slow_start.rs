//! Replicas that have come back get their share of requests by and by: caches fill, connections open, code is compiled.
//!
//! As in Envoy (docs, "Slow start mode", read 2026-11): the part of its weight that a replica has grows in proportion to the time that it has
//! been back, from a tenth on, until the window is over; to rules that look at loads it seems busier by as much: (load + 1)/part requests
//! where the others have load + 1.
//!
//! Not modelled: growth that is not linear, and a replica that is in fact slower while it is new.

/// The least part.
const LEAST: f64 = 0.1;

/// The part of its weight that a replica has which has been back for so long \[ns\].
pub fn part(since: u64, window: u64) -> f64 {
    if since >= window {
        return 1.0;
    }
    (since as f64 / window as f64).max(LEAST)
}

/// The load that it seems to have.
pub fn seeming(load: u32, part: f64) -> u32 {
    if part >= 1.0 {
        return load;
    }
    ((f64::from(load) + 1.0) / part - 1.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::{part, seeming};

    #[test]
    fn it_grows_from_a_tenth_to_the_whole() {
        let at = |since| part(since, 200);
        let found = [at(0), at(10), at(50), at(100), at(200), at(999)];
        let wanted = [0.1, 0.1, 0.25, 0.5, 1.0, 1.0];
        let mut pairs = found.iter().zip(wanted);
        assert!(
            pairs.all(|(one, other)| (one - other).abs() < 1e-12),
            "{found:?}"
        );
    }

    #[test]
    fn an_idle_newcomer_seems_busy() {
        assert_eq!(
            [
                seeming(0, 0.1),
                seeming(0, 0.5),
                seeming(3, 0.5),
                seeming(3, 1.0)
            ],
            [9, 1, 7, 3]
        );
    }
}

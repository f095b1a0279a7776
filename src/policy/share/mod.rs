//! How cores are shared by parties of alike jobs: each rule says how fast a job of each party gets on.
//!
//! Not modelled: the time that switching takes, and caches of the processor that a switch empties (but see [`usl`]); shares finer than those
//! who have them.

pub mod fair;
pub mod least_attained;
pub mod usl;
pub mod weighted;

/// Jobs that get on at the same speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Party {
    /// How many.
    pub jobs: u32,
    /// What the party, or each of its jobs, gets compared with the others.
    pub weight: f64,
    /// Cores that one job has; at most 1.
    pub rate: f64,
}

impl Party {
    /// Nobody yet.
    pub fn new(weight: f64) -> Self {
        Self {
            jobs: 0,
            weight,
            rate: 0.0,
        }
    }
}

/// Divides cores by the weight of each job, no job more than one core: what a job cannot use goes to the others.
fn divide(parties: &mut [Party], cores: f64, weight_of_job: impl Fn(&Party) -> f64) {
    let mut left = cores;
    for party in &mut *parties {
        party.rate = 0.0;
    }
    // A party that has got whole cores is settled; the others divide what is left.
    let open = |party: &Party| party.jobs > 0 && party.rate < 1.0;
    loop {
        let total: f64 = parties
            .iter()
            .filter(|party| open(party))
            .map(|party| f64::from(party.jobs) * weight_of_job(party))
            .sum();
        if total <= 0.0 {
            return;
        }
        let scale = left.max(0.0) / total;
        let mut settled = true;
        for party in parties.iter_mut().filter(|party| open(party)) {
            party.rate = scale * weight_of_job(party);
            if party.rate >= 1.0 {
                party.rate = 1.0;
                left -= f64::from(party.jobs);
                settled = false;
            }
        }
        if settled {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 cores, one job of weight 3 and two of weight 1: the first could have 6/5 cores and gets 1, the others share the other one.
    #[test]
    fn no_job_has_more_than_a_core() {
        let mut parties = [Party::new(3.0), Party::new(1.0), Party::new(9.0)];
        (parties[0].jobs, parties[1].jobs) = (1, 2);
        weighted::rates(&mut parties, 2.0);
        assert_eq!((parties[0].rate, parties[1].rate), (1.0, 0.5));
        weighted::rates(&mut parties, f64::INFINITY);
        assert_eq!((parties[0].rate, parties[1].rate), (1.0, 1.0));
    }
}

//! Who has had the least so far comes first, in equal parts among equals (foreground-background, least attained service: Kleinrock
//! vol. 2, 1976, 4.6; Nuyens and Wierman, "The Foreground-Background queue: a survey", 2008).

use super::Party;

/// Parties in falling order of what their jobs have had: those with the least come last and are given their cores first.
pub fn rates(parties: &mut [Party], cores: f64) {
    let mut left = cores;
    for party in parties.iter_mut().rev() {
        let jobs = f64::from(party.jobs);
        party.rate = (left / jobs).clamp(0.0, 1.0);
        left -= jobs * party.rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_that_the_first_cannot_use_go_to_the_next() {
        let mut parties = [Party::new(1.0), Party::new(1.0), Party::new(1.0)];
        (parties[0].jobs, parties[1].jobs, parties[2].jobs) = (3, 4, 1);
        rates(&mut parties, 3.0);
        let rate: Vec<f64> = parties.iter().map(|party| party.rate).collect();
        assert_eq!(rate, [0.0, 0.5, 1.0]);
    }
}

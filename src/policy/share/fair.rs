//! A share of the cores for each party that has jobs, in equal parts within the party (generalized processor sharing: Parekh and
//! Gallager 1993; group scheduling of completely fair schedulers).
//!
//! Not modelled: the slices of time of a real scheduler, and the hard caps that some put on a group. What a party does not use
//! goes to the others by their shares.

use super::{Party, divide};

/// A party with twice the share gets twice as much, however many jobs it has.
pub fn rates(parties: &mut [Party], cores: f64) {
    divide(parties, cores, |party| {
        party.weight / f64::from(party.jobs.max(1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_the_party_not_of_the_job() {
        let mut parties = [Party::new(0.75), Party::new(0.25)];
        (parties[0].jobs, parties[1].jobs) = (5, 10);
        rates(&mut parties, 1.0);
        assert!((parties[0].rate - 0.15).abs() < 1e-12);
        assert!((parties[1].rate - 0.025).abs() < 1e-12);
        parties[0].jobs = 0;
        rates(&mut parties, 1.0);
        assert!((parties[1].rate - 0.1).abs() < 1e-12);
    }
}

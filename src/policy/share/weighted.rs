//! Everybody at once, each job at a part by the weight of its party (discriminatory processor sharing: Kleinrock 1967; Fayolle,
//! Mitrani and Iasnogorodski, "Sharing a processor among many job classes", 1980).

use super::{Party, divide};

/// A job of a party with twice the weight gets twice as much.
pub fn rates(parties: &mut [Party], cores: f64) {
    divide(parties, cores, |party| party.weight);
}

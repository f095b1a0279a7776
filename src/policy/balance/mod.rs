//! Which replica a request is sent to: one file per rule.
//!
//! A balancer sees how many candidates there are, how busy each is as far as the caller may know, the request's own draw and one
//! counter of its own. It returns a position among the candidates. To add one: a file here with a `pick`, a variant of
//! [`Balance`] and its line in [`Balance::pick`].

pub mod least_requests;
pub mod power_of_d;
pub mod random;
pub mod ring;
pub mod round_robin;

use crate::chance::key::Draw;
pub use ring::Ring;

/// How busy candidates are.
pub trait Loads {
    /// Requests in progress or queued at the candidate in this position.
    fn load(&self, position: u32) -> u32;
}

/// How a replica is picked.
#[derive(Debug, Clone)]
pub enum Balance {
    /// Uniformly.
    Random,
    /// In turn.
    RoundRobin,
    /// The one with the fewest requests in progress or queued; ties at random.
    LeastRequests(View),
    /// The better of `choices` picked at random.
    PowerOfD {
        /// How many are looked at.
        choices: u32,
        /// Whether they are different ones.
        distinct: bool,
        /// What is known of them.
        view: View,
    },
    /// They wait at the balancer; a replica with a free slot takes the next (ties at random).
    SharedQueue,
    /// By the request's object, on a hash ring.
    Ring(Ring),
}

/// What a balancer knows of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// The true numbers.
    #[default]
    Central,
    /// Only the calls of the calling replica itself.
    Caller,
}

impl Balance {
    /// Position of the candidate to send a request to, of `count` ≥ 1. `object` is the hash of the request's object, for keyed rules.
    #[inline]
    pub fn pick(
        &self,
        count: u32,
        loads: &impl Loads,
        turn: &mut u32,
        object: u64,
        draw: &mut Draw,
    ) -> u32 {
        match self {
            Self::Random => random::pick(count, draw),
            Self::RoundRobin => round_robin::pick(count, turn),
            Self::LeastRequests(_) | Self::SharedQueue => least_requests::pick(count, loads, draw),
            Self::PowerOfD {
                choices, distinct, ..
            } => power_of_d::pick(count, *choices, *distinct, loads, draw),
            Self::Ring(ring) => ring.pick(object),
        }
    }

    /// What it knows of replicas.
    pub fn view(&self) -> View {
        match self {
            Self::LeastRequests(view) | Self::PowerOfD { view, .. } => *view,
            _ => View::Central,
        }
    }
}

#[cfg(test)]
pub(crate) mod trial {
    /// Loads given by a slice.
    pub(crate) struct Given<'a>(pub(crate) &'a [u32]);
    impl super::Loads for Given<'_> {
        fn load(&self, position: u32) -> u32 {
            self.0[position as usize]
        }
    }
}

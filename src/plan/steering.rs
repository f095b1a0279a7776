//! Who is sent where first: areas of replicas, in the order in which callers of each place prefer them.

use super::ids::{ComponentId, PoolId, StationId};
use crate::chance::key::Site;

/// What decides among the tiers of a pool's candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Steering {
    /// The route, or the service whose callers prefer some of its replicas.
    pub component: ComponentId,
    /// The pool.
    pub pool: PoolId,
    /// The areas.
    pub areas: Vec<Area>,
    /// By the caller's zone: the area of each tier; `None` = it is of several.
    pub orders: Vec<Vec<Option<u32>>>,
    /// The weight of each area, where callers are dealt to them by weight; empty = in their order.
    pub weights: Vec<f64>,
    /// When an area sends calls on.
    pub spill: Option<Spill>,
    /// How it is known that nobody works in an area.
    pub sight: Sight,
    /// How old what callers go by may be \[ns\].
    pub ttl: u64,
    /// Name of the draws.
    pub site: Site,
}

/// Replicas that are near each other: of a zone, or of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// The replicas in it.
    pub stations: Vec<StationId>,
}

/// When an area sends calls on because it is busy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spill {
    /// The share of its cores or slots that may be busy in the mean of an interval.
    pub above: f64,
    /// Which of the two.
    pub of: Busy,
    /// The interval \[ns\].
    pub every: u64,
}

/// What is looked at to tell how busy replicas are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// Cores.
    Cores,
    /// Slots.
    Slots,
}

/// How it is known that nobody works in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// At once.
    AtOnce,
    /// After so many looks in a row that say so, one every so many \[ns\].
    Checks {
        /// Time between two.
        every: u64,
        /// How many.
        fails: u32,
    },
    /// Never.
    Never,
}

impl Spill {
    /// The least part that an area keeps: with nothing at all it would never know that it could have more.
    pub const LEAST: f64 = 0.01;

    /// The part of its calls that an area keeps from now on, which kept so much and was so busy with it.
    pub fn keeps(&self, kept: f64, busy: f64) -> f64 {
        if busy <= 0.0 {
            return 1.0;
        }
        (kept * self.above / busy).clamp(Self::LEAST, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Busy, Spill};

    /// 90 % busy with everything, 60 % allowed: two thirds are kept; 30 % busy with a half: everything; idle: everything.
    #[test]
    fn an_area_keeps_what_would_have_kept_it_as_busy_as_allowed() {
        let spill = Spill {
            above: 0.6,
            of: Busy::Cores,
            every: 1,
        };
        assert!((spill.keeps(1.0, 0.9) - 2.0 / 3.0).abs() < 1e-12);
        assert!((spill.keeps(0.5, 0.3) - 1.0).abs() < 1e-12);
        assert!((spill.keeps(0.2, 0.0) - 1.0).abs() < 1e-12);
        assert!((spill.keeps(0.011, 1.0) - Spill::LEAST).abs() < 1e-12);
    }
}

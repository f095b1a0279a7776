//! Who asks, for what, and with which attributes.

use super::ids::{AttributeId, CountId, DemandId, EntryId, KeyspaceId, StepId, ZoneId};
use crate::chance::count::CountSampler;
use crate::chance::key::Site;
use crate::chance::law::Sampler;
use crate::chance::popularity::Ranks;
use crate::chance::weights::Weights;
use crate::policy::arrive::Arrivals;
use crate::replay::{Recording, SECOND};
use std::sync::Arc;

/// A source of requests.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its name in the model.
    pub name: String,
    /// Name of its requests' fates.
    pub site: Site,
    /// How requests come.
    pub load: Load,
    /// What they ask for: weights over `entries`.
    pub mix: Weights,
    /// Its lines of the mix.
    pub entries: Vec<EntryId>,
    /// The outside place it calls from.
    pub zone: ZoneId,
    /// Priority of its requests.
    pub priority: u8,
    /// Attribute overrides: range of [`super::Plan::assigns`].
    pub with: (u32, u32),
}

/// How requests come.
#[derive(Debug, Clone)]
pub enum Load {
    /// At epochs that do not depend on the answers.
    Open {
        /// The epochs.
        arrivals: Arrivals,
        /// Requests per epoch; `NONE` = 1.
        batch: CountId,
    },
    /// As they were recorded.
    Replay(Replay),
    /// By users who wait for the answer, think, and ask again.
    Closed {
        /// How many.
        users: u32,
        /// Between an answer and the next request \[ns\]; `NONE` = 0.
        think: DemandId,
        /// Users who start per second; 0 = all at the start.
        ramp: f64,
    },
}

/// Recorded requests that are asked for again.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The requests.
    pub recording: Arc<Recording>,
    /// The attributes whose keys they name.
    pub keys: Vec<AttributeId>,
    /// How long after the first request of all recordings of the model its first one comes \[ns\].
    pub after: u64,
    /// How many times as fast as they were recorded requests come.
    pub faster: f64,
}

impl Replay {
    /// When a request comes, from the beginning of the run \[ns\]; `None` after the last.
    #[inline]
    pub fn at(&self, number: usize) -> Option<u64> {
        let request = self.recording.requests().get(number)?;
        Some(self.scaled(self.after + request.at))
    }

    /// Whole seconds that all requests come within \[ns\].
    pub fn lasts(&self) -> u64 {
        let last = self.scaled(self.after + self.recording.lasts());
        (last / SECOND + 1) * SECOND
    }

    /// Requests per second on average, from its own first request on.
    pub fn rate(&self) -> f64 {
        let own = self.lasts() - self.scaled(self.after);
        self.recording.requests().len() as f64 * SECOND as f64 / own as f64
    }

    fn scaled(&self, time: u64) -> u64 {
        if (self.faster - 1.0).abs() < f64::EPSILON {
            return time;
        }
        (time as f64 / self.faster + 0.5) as u64
    }
}

/// A line of a workload's mix.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Journey or `component.endpoint`.
    pub name: String,
    /// Of which workload.
    pub workload: super::WorkloadId,
    /// Its share of the mix, 0 to 1.
    pub share: f64,
    /// First step of the program run on the user's side.
    pub entry: StepId,
}

/// An attribute that every root request has.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name in the model.
    pub name: String,
    /// Name of its draws.
    pub site: Site,
    /// What it is.
    pub kind: AttributeKind,
}

/// What an attribute is.
#[derive(Debug, Clone)]
pub enum AttributeKind {
    /// An object of a keyspace: its id.
    Key(KeyspaceId),
    /// A number from a law.
    Number(Sampler),
    /// A whole number.
    Count(CountSampler),
    /// The user's number (closed), or the request's own number (open).
    User,
    /// The request's priority, 0 = most urgent.
    Priority,
    /// Which attempt of its call this is, 0 = first.
    Attempt,
    /// Not set by the engine: the number of messages in a batch, 1 for a call.
    Batch,
}

/// A set of objects that change places in the order of their popularity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// Which set.
    pub keyspace: KeyspaceId,
    /// How often \[ns\].
    pub every: u64,
    /// Pairs that swap each time.
    pub swaps: u64,
    /// Name of the draws.
    pub site: Site,
}

/// A set of objects.
#[derive(Debug, Clone)]
pub struct Keyspace {
    /// Its name in the model.
    pub name: String,
    /// Objects in it.
    pub items: u64,
    /// Which are asked for.
    pub popularity: Ranks,
    /// Size in bytes by object id; `NONE` = 0, or as recorded.
    pub size: DemandId,
    /// Where its popularity, and with it the objects' sizes, come from.
    pub recording: Option<Arc<Recording>>,
    /// Name of its draws.
    pub site: Site,
    /// The attribute of the same name.
    pub attribute: AttributeId,
    /// The attribute that says whose object a request is about; `NONE` = nobody owns them.
    pub owner: AttributeId,
}

impl Keyspace {
    /// Size in bytes by object, where it was recorded.
    pub fn sizes(&self) -> Option<&[u64]> {
        Some(self.recording.as_ref()?.sizes()?)
    }

    /// Whether its objects have a size.
    pub fn has_sizes(&self) -> bool {
        self.size.is_some() || self.sizes().is_some()
    }

    /// Mean size of an object in bytes, each counted once; 0 without sizes. `demands` are those of the plan.
    pub fn mean_size(&self, demands: &[super::Demand]) -> f64 {
        match self.sizes() {
            Some(sizes) => {
                sizes.iter().map(|&size| size as f64).sum::<f64>() / sizes.len().max(1) as f64
            }
            None => demands
                .get(self.size.index())
                .map_or(0.0, |size| size.law.mean()),
        }
    }
}

/// Some of the objects of a set.
#[derive(Debug, Clone, Default)]
pub struct ObjectSet {
    /// A bit for each object.
    bits: Vec<u64>,
    /// What the architect said of them, as `is under 7`.
    pub words: String,
}

impl ObjectSet {
    /// The objects for which `holds` has `true` at their place.
    pub fn of(holds: impl IntoIterator<Item = bool>, words: String) -> Self {
        let mut bits = Vec::new();
        for (object, holds) in holds.into_iter().enumerate() {
            if object % 64 == 0 {
                bits.push(0);
            }
            if let Some(last) = bits.last_mut() {
                *last |= u64::from(holds) << (object % 64);
            }
        }
        Self { bits, words }
    }

    /// Whether an object is one of them.
    #[inline]
    pub fn holds(&self, object: u64) -> bool {
        let word = self.bits.get((object / 64) as usize);
        word.is_some_and(|word| word >> (object % 64) & 1 == 1)
    }
}

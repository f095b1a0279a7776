//! Object storage: tiers, and which objects are in which of them.

use super::ids::{ChoiceId, ComponentId, DemandId, KeyspaceId};

/// A store of objects.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    /// Which component it is.
    pub component: ComponentId,
    /// What it keeps.
    pub keyspace: KeyspaceId,
    /// Its tiers, as written.
    pub tiers: Vec<Tier>,
    /// The choice that stands for where an object is: one way for each tier, and a last one where objects may be gone.
    pub choice: ChoiceId,
    /// Age of an object \[ns\]; `NONE` = 0.
    pub age: DemandId,
    /// From this age on objects are gone \[ns\]; `u64::MAX` = never.
    pub retention: u64,
    /// Share of the objects that is gone, 0 to 1.
    pub gone: f64,
    /// The first of its meters: reads of each tier, then reads of what was gone, then writes.
    pub meter: u32,
}

/// A tier.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Its name in the model.
    pub name: String,
    /// Objects of this age or older are here, unless they are in a tier for still older ones \[ns\].
    pub from: u64,
    /// From a request to the first byte; `NONE` = at once.
    pub first_byte: DemandId,
    /// Share of the data set's objects that is here by their ages, 0 to 1.
    pub objects: f64,
    /// For a GiB kept for a month; `None` without a price.
    pub price: Option<f64>,
    /// For a GiB read; `None` without a price.
    pub retrieval: Option<f64>,
}

impl ObjectStore {
    /// Position of the tier that objects of an age are in \[ns\]; `None` when they are gone.
    pub fn tier_at(&self, age: u64) -> Option<usize> {
        if age >= self.retention {
            return None;
        }
        let open = (0..self.tiers.len()).filter(|&tier| self.tiers[tier].from <= age);
        open.max_by_key(|&tier| self.tiers[tier].from)
    }

    /// The meter for reads of a tier; of what is gone when there is none.
    pub fn reads(&self, tier: Option<usize>) -> u32 {
        let number = tier.unwrap_or(self.tiers.len());
        self.meter + u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The meter for writes.
    pub fn writes(&self) -> u32 {
        self.reads(None) + 1
    }

    /// Its number of meters.
    pub fn meters(&self) -> u32 {
        self.writes() + 1 - self.meter
    }

    /// Whether anything of it has a price.
    pub fn is_priced(&self) -> bool {
        let priced = |tier: &Tier| tier.price.is_some() || tier.retrieval.is_some();
        self.tiers.iter().any(priced)
    }
}

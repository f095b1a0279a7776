//! What is paid for beside the machines of components that are all alike.

use super::ids::ComponentId;
use super::{Component, Plan, Price};

/// Further prices of a plan.
#[derive(Debug, Clone, Default)]
pub struct Bill {
    /// Machines of groups of replicas that have one of their own.
    pub machines: Vec<(ComponentId, Price)>,
    /// What a request to an external system costs.
    pub fees: Vec<(ComponentId, f64)>,
    /// What is paid for whether or not it is used.
    pub charges: Vec<Charge>,
}

/// Something that costs the same each month.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// Its name.
    pub name: String,
    /// How many there are.
    pub count: u64,
    /// What all of them cost per month.
    pub per_month: f64,
    /// Where the price was read.
    pub source: String,
}

impl Bill {
    /// Whether there is nothing on it.
    pub fn is_empty(&self) -> bool {
        self.machines.is_empty() && self.fees.is_empty() && self.charges.is_empty()
    }
}

impl Plan {
    /// The prices of a component's machines: one, unless groups of its replicas have others.
    pub fn machines_of(&self, id: ComponentId) -> impl Iterator<Item = &Price> {
        let all = self.components.get(id.index());
        let alike = all.and_then(|row: &Component| row.price.as_ref());
        let own = self.bill.machines.iter().filter(move |row| row.0 == id);
        alike.into_iter().chain(own.map(|row| &row.1))
    }
}

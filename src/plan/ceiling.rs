//! What bounds the work that can be done, and how much of each bound today's load asks for.
//!
//! Not a bound here: links, whose bandwidth makes every message take longer but which have no queue of their own.

use super::Plan;
use super::ids::{AccountId, ComponentId, GroupId, QuantityId};

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Cores of a processor: of a replica, or of a host.
    Cores,
    /// Slots of a replica, or of all instances of a function.
    Slots,
    /// Units of a pool of a replica: threads, connections, disks; or row locks, at the row that is asked for most.
    Units(QuantityId),
    /// Batches that the partitions of a topic, or the consumers of a queue, have at once.
    Batches(GroupId),
    /// Tokens of a rate limit, by its row.
    Tokens(u32),
    /// Instances that the functions of an account have at once.
    Account(AccountId),
}

/// One bound of one component, at its busiest copy: the replica, host, leader, shard, partition or row that most is asked of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceiling {
    /// Whose it is.
    pub component: ComponentId,
    /// What is bounded.
    pub resource: Resource,
    /// What all load asks for if nobody ever waited, over what there is: open workloads as they come, closed ones with all of their
    /// users. 1 = full; the load can grow by 1/asked.
    pub asked: f64,
    /// What is used of it at today's load, which for closed workloads is what their asymptotic bound allows; above 1 it cannot keep up.
    pub today: f64,
    /// The part of `asked` that open workloads ask for.
    pub open: f64,
    /// The part of that which comes whatever happens: nothing on its way sheds what is too much (a rate limit, a bounded `backlog`,
    /// `patience`, a timeout that calls work off, `retention`). Above 1 something grows without end, and the load cannot be served.
    pub unshed: f64,
    /// What open workloads bring there per second \[1/s\], at all copies together: jobs, requests, acquisitions or messages.
    pub comes: f64,
}

impl Resource {
    /// What is short where this is full: `cores`, `slots`, `disk`, `row locks`.
    pub fn noun(self, plan: &Plan) -> String {
        match self {
            Self::Cores => "cores".to_owned(),
            Self::Slots => "slots".to_owned(),
            Self::Units(id) => {
                let quantity = &plan.quantities[id.index()];
                let owner = plan.components.get(quantity.component.index());
                let suffix = owner.map(|owner| format!(" of {}", owner.name));
                let short = suffix.and_then(|suffix| quantity.name.strip_suffix(&suffix));
                short.unwrap_or(&quantity.name).to_owned()
            }
            Self::Batches(id) => {
                let run = plan.calls[plan.groups[id.index()].run.index()].endpoint;
                let reader = super::component::endpoint_name(plan, run);
                format!("batches of `{reader}`")
            }
            Self::Tokens(_) => "rate limit".to_owned(),
            Self::Account(id) => format!("account `{}`", plan.accounts[id.index()].name),
        }
    }
}

impl Ceiling {
    /// The component, with what is short of it where that is not its cores: `` `web` ``, `` `web` (slots) ``.
    pub fn name(&self, plan: &Plan) -> String {
        let name = super::component::component_name(plan, self.component);
        match self.resource {
            Resource::Cores => format!("`{name}`"),
            resource => format!("`{name}` ({})", resource.noun(plan)),
        }
    }
}

impl super::StaticLoad {
    /// What is full first as load grows.
    pub fn fullest(&self) -> Option<&Ceiling> {
        let mut all = self.ceilings.iter().filter(|row| row.asked > 0.0);
        // The first of equals, so that the order of rows decides and not that of comparison.
        let first = all.next()?;
        Some(all.fold(
            first,
            |most, row| {
                if row.asked > most.asked { row } else { most }
            },
        ))
    }

    /// What is asked for more than there is by load that nothing sheds, the most asked first: today's load cannot be served.
    pub fn unserved(&self) -> Option<&Ceiling> {
        let over = self.ceilings.iter().filter(|row| row.unshed > 1.0);
        over.max_by(|one, other| one.unshed.total_cmp(&other.unshed))
    }

    /// The component that saturates first, and the factor on today's load at which it does; below 1 it is saturated already.
    pub fn saturates(&self) -> Option<(ComponentId, f64)> {
        self.fullest().map(|row| (row.component, 1.0 / row.asked))
    }
}

impl Plan {
    /// The component whose units they are; of connections that users hold, the one that these lead to.
    pub fn whose_units(&self, id: QuantityId) -> ComponentId {
        let own = self.quantities[id.index()].component;
        if own.is_some() {
            return own;
        }
        let mut connections = self.guards.connections.iter();
        let held = connections.find(|(_, hold)| self.holds[hold.index()].quantity == id);
        held.map_or(own, |(call, _)| {
            let endpoint = self.calls[call.index()].endpoint;
            self.endpoints[endpoint.index()].component
        })
    }
}

//! What the architect named, and its entry points.

use super::ids::{ComponentId, EndpointId, PoolId, StationId, StepId};

/// A named part of the architecture.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its name in the model.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// Its stations are `first .. first + replicas`.
    pub first: StationId,
    /// How many.
    pub replicas: u32,
    /// What it costs, if known.
    pub price: Option<Price>,
}

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComponentKind {
    /// A service.
    Service,
    /// Instances made on demand.
    Function,
    /// A service of somebody else.
    External,
    /// A database.
    Database,
    /// A cache.
    Cache,
    /// A log of messages.
    Topic,
    /// A queue of messages.
    Queue,
    /// The sites of a content delivery network.
    Cdn,
    /// The cache between such sites and their origin.
    Shield,
    /// Object storage.
    Store,
    /// A host whose processor is shared.
    Host,
    /// A director of traffic between the regions of a service.
    Route,
}

/// The price of a component.
#[derive(Debug, Clone)]
pub struct Price {
    /// Catalogue row or name in `prices:`.
    pub machine: String,
    /// Machines of this kind (replicas, or hosts).
    pub machines: u32,
    /// Per machine and hour.
    pub per_hour: f64,
    /// Three letters.
    pub currency: String,
    /// Date and source of the price.
    pub source: String,
}

/// An entry point of a component.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Of what.
    pub component: ComponentId,
    /// Its name in the model; empty never.
    pub name: String,
    /// First step of its program.
    pub entry: StepId,
    /// The replicas that serve it.
    pub pool: PoolId,
    /// Priority that the component gives all its work.
    pub priority: Option<u8>,
    /// Whether its requests need no slot: they only ask others (the coordinator of a query to several copies).
    pub coordinates: bool,
    /// False for internal programs (replication, cache stores) that reports leave out.
    pub shown: bool,
}

impl Component {
    /// The ids of its stations.
    pub fn stations(&self) -> impl Iterator<Item = StationId> + use<> {
        let first = self.first.0;
        (first..first.wrapping_add(self.replicas)).map(StationId)
    }
}

/// `component.endpoint`, as the model writes it.
pub fn endpoint_name(plan: &super::Plan, id: EndpointId) -> String {
    let endpoint = &plan.endpoints[id.index()];
    format!(
        "{}.{}",
        component_name(plan, endpoint.component),
        endpoint.name
    )
}

/// The component's name.
pub fn component_name(plan: &super::Plan, id: ComponentId) -> &str {
    &plan.components[id.index()].name
}

//! Functions: components whose stations are instances made on demand.

use super::ids::{AccountId, ComponentId, DemandId, PoolId};
use crate::chance::key::Site;
pub use crate::policy::instances::{Take, WaitsFor};

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Whose: its stations are all the instances that there can be.
    pub component: ComponentId,
    /// Where its requests come and wait.
    pub pool: PoolId,
    /// Whose limit it shares; [`AccountId::NONE`] for no other limit than its own.
    pub account: AccountId,
    /// Instances that are always there.
    pub provisioned: u32,
    /// Time to start one.
    pub cold_start: DemandId,
    /// How long one stays without a request \[ns\]; `u64::MAX` = for ever.
    pub keep_alive: u64,
    /// Who takes a request.
    pub take: Take,
    /// What a request waits for.
    pub waits_for: WaitsFor,
    /// Starts at once, and further ones per ns.
    pub scale_up: Option<(u32, f64)>,
    /// Whether requests wait for which no instance may be started; otherwise they are turned away.
    pub queues: bool,
    /// Its price.
    pub price: Option<UsePrice>,
    /// Name of the draws of its starts.
    pub site: Site,
}

/// An account whose functions share a limit.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// How many instances may start, have requests or be provisioned at once.
    pub most: u32,
}

/// A price by use.
#[derive(Debug, Clone, PartialEq)]
pub struct UsePrice {
    /// For a request.
    pub per_request: f64,
    /// For a second of an instance that starts or has a request.
    pub per_second: f64,
    /// For a second of a provisioned instance.
    pub provisioned_per_second: f64,
    /// Memory of an instance \[GiB\], for the bill's words.
    pub memory_gib: f64,
}

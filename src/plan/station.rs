//! Where work is done: pools, stations, processors, places and links.

use super::ids::{AttributeId, ComponentId, DatabaseId, DemandId, ProcessorId, ZoneId};
use crate::chance::key::Site;
pub use crate::policy::balance::{Balance, Deal, Homes, Looks, Ring, RingLaw, View};
pub use crate::policy::queue::Discipline;
use crate::policy::resend::Resend;
pub use crate::policy::share::usl::{Over, Usl};
use std::fmt;

/// A candidate set with a balancer.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Whose replicas.
    pub component: ComponentId,
    /// How one is picked.
    pub balance: Balance,
    /// The database whose shards have this pool and the next ones, for calls that find theirs by key; `NONE` = this is all.
    pub database: DatabaseId,
    /// Behind the leader by no more than this \[ns\] must a copy be to be picked; `u64::MAX` = by anything.
    pub fresh_within: u64,
    /// The attribute whose object a keyed balancer looks at; `NONE` = that of the call, if any.
    pub key: AttributeId,
    /// Weight of each replica of the component; empty = all alike.
    pub weights: Vec<f64>,
    /// For a shared queue: places to wait at the balancer; `u32::MAX` = no limit.
    pub backlog: u32,
    /// Candidates by the caller's zone (index = zone).
    pub candidates: Vec<Candidates>,
    /// Name of the balancer's draws.
    pub site: Site,
    /// First row of the balancer's own counters: one per calling place for `view: caller`, else one.
    pub row: u32,
}

impl Pool {
    /// Weight of a replica among its like.
    #[inline]
    pub fn weight(&self, replica: u32) -> f64 {
        self.weights.get(replica as usize).copied().unwrap_or(1.0)
    }
}

/// The stations a caller in one zone may be sent to, those that are preferred first.
#[derive(Clone, Default)]
pub struct Candidates {
    /// All of them.
    pub stations: Vec<super::StationId>,
    /// Where each tier of them ends: those of a later tier are for when an earlier one does not do. Empty = there is only one.
    pub tiers: Vec<u32>,
}

impl Candidates {
    /// Those who are asked while nothing is wrong with them.
    pub fn near(&self) -> &[super::StationId] {
        let end = self.tiers.first().map_or(usize::MAX, |end| *end as usize);
        &self.stations[..end.min(self.stations.len())]
    }

    /// The positions of each tier.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<u32>> + '_ {
        let all = self.stations.len() as u32;
        let (one, ends) = (self.tiers.is_empty(), self.tiers.iter().copied());
        let mut first = 0;
        ends.chain(one.then_some(all))
            .map(move |end| std::mem::replace(&mut first, end)..end)
    }
}

impl From<Vec<super::StationId>> for Candidates {
    fn from(stations: Vec<super::StationId>) -> Self {
        Self {
            stations,
            tiers: Vec::new(),
        }
    }
}

/// Shows tiers only where there are some: a plan without them keeps its hash.
impl fmt::Debug for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("Candidates");
        shown.field(&self.stations);
        if !self.tiers.is_empty() {
            shown.field(&self.tiers);
        }
        shown.finish()
    }
}

/// A replica: slots and a queue in front of them.
#[derive(Debug, Clone)]
pub struct Station {
    /// Of what.
    pub component: ComponentId,
    /// Which of it, from 0.
    pub replica: u32,
    /// Where.
    pub zone: ZoneId,
    /// Its processor.
    pub processor: ProcessorId,
    /// Requests at once; `u32::MAX` = no limit.
    pub concurrency: u32,
    /// Places to wait; `u32::MAX` = no limit.
    pub backlog: u32,
    /// Who is next.
    pub discipline: Discipline,
    /// How long a request waits for a slot before it leaves; `NONE` = for ever.
    pub patience: DemandId,
    /// Whether the queue is at the balancer (index of the pool), else `None`.
    pub shared: Option<super::PoolId>,
    /// Name of its own draws (`service/replica`).
    pub site: Site,
}

/// A processor.
#[derive(Debug, Clone)]
pub struct Processor {
    /// For reports: the host, or `service/replica`.
    pub name: String,
    /// The host or the component it belongs to.
    pub component: ComponentId,
    /// Cores.
    pub cores: Capacity,
    /// Core-seconds a core does per second.
    pub speed: f64,
    /// Who computes.
    pub discipline: CpuDiscipline,
}

/// A number of cores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Capacity {
    /// So many (fractions are a fluid share).
    Cores(f64),
    /// As many as there are jobs.
    Unlimited,
}

/// Who computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CpuDiscipline {
    /// All at once, at equal speed.
    #[default]
    Ps,
    /// First come, first served, one core each.
    Fifo,
    /// Most urgent first.
    Priority {
        /// Whether a more urgent job interrupts.
        preempt: bool,
    },
    /// Last come, first served.
    Lifo {
        /// Whether a newcomer interrupts.
        preempt: bool,
    },
    /// The job that needs least (still) first.
    Shortest {
        /// Whether a shorter job interrupts.
        preempt: bool,
    },
    /// All at once, at equal speed, and all the slower the more there are: a row of [`super::Plan::slowdowns`].
    Slowed(u32),
    /// Who has had the least so far.
    LeastAttained,
    /// All at once, by a weight for each priority: a row of [`super::Plan::shares`].
    Weighted {
        /// The row.
        weights: u32,
    },
    /// A share for each of those who have jobs: a row of [`super::Plan::shares`].
    Fair {
        /// The row.
        shares: u32,
        /// Who has shares.
        among: Sharers,
    },
}

/// Who has shares of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharers {
    /// Priorities.
    Priorities,
    /// Services on a host.
    Services,
}

impl CpuDiscipline {
    /// Whether all jobs present are served at once.
    pub fn is_shared(self) -> bool {
        matches!(
            self,
            Self::Ps
                | Self::Slowed(_)
                | Self::LeastAttained
                | Self::Weighted { .. }
                | Self::Fair { .. }
        )
    }
}

/// A place.
#[derive(Debug, Clone)]
pub struct Zone {
    /// `region/zone`, or `outside/workload`.
    pub name: String,
    /// Its region's name; empty for a workload without one.
    pub region: String,
}

impl Zone {
    /// Whether it is a zone of a region, and no outside place.
    pub fn is_inside(&self) -> bool {
        !self.name.starts_with("outside/")
    }
}

/// A direction of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards the callee.
    Up,
    /// Towards the caller.
    Down,
}

/// A kind of network link.
#[derive(Clone)]
pub struct Link {
    /// For reports: `same-zone`, `eu-us`.
    pub name: String,
    /// Round trip \[ns\], half each way; `NONE` = 0.
    pub rtt: DemandId,
    /// A constant half round trip \[ns\], used when `rtt` is constant (and `rtt` is then `NONE`).
    pub half: u64,
    /// Bytes per second towards the callee; 0 = no limit.
    pub up: f64,
    /// Bytes per second towards the caller; 0 = no limit.
    pub down: f64,
    /// What becomes of lost messages; `None` when none are.
    pub resend: Option<Resend>,
    /// Names of the draws of losses: towards the callee, and back.
    pub losses: [Site; 2],
    /// Price per GiB carried, in the model's currency.
    pub egress: f64,
    /// The direction that is never paid for, if any.
    pub free: Option<Direction>,
}

/// Shows losses and a free direction only where there are some: a plan without them keeps its hash.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            rtt,
            half,
            up,
            down,
            resend,
            losses,
            egress,
            free,
        } = self;
        let mut shown = f.debug_struct("Link");
        shown.field("name", name).field("rtt", rtt);
        shown.field("half", half).field("up", up);
        shown.field("down", down).field("egress", egress);
        if let Some(resend) = resend {
            shown.field("resend", resend).field("losses", losses);
        }
        if let Some(free) = free {
            shown.field("free", free);
        }
        shown.finish()
    }
}

impl Link {
    /// What losses add to the time there and back in the mean \[ns\].
    pub fn resending(&self) -> f64 {
        2.0 * self.resend.map_or(0.0, |resend| resend.mean())
    }
}

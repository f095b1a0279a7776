//! What breaks and is repaired, and how databases then find another leader.

use super::Plan;
use super::ids::{ComponentId, DatabaseId, PoolId, ProcessorId, StationId};
use crate::chance::key::Site;
use crate::chance::law::Law;

/// What of a plan can break; most plans have nothing here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Breakdowns {
    /// Kinds of things that break.
    pub wear: Vec<Wear>,
    /// Databases whose leaders can be replaced.
    pub failovers: Vec<Failover>,
}

/// Things of one kind: the replicas of a component, the machines of a host, or a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Wear {
    /// Whose; `NONE` for a place.
    pub component: ComponentId,
    /// The region or zone, if it is one.
    pub place: String,
    /// Its row among those that are told of: components first, then places.
    pub told: u32,
    /// Time to failure \[ns\].
    pub up: Law,
    /// Time of repair \[ns\].
    pub down: Law,
    /// Whether only time with requests counts towards failure.
    pub only_busy: bool,
    /// What becomes of work.
    pub work: Interrupted,
    /// How many can be under repair at once; `u32::MAX` = all.
    pub crews: u32,
    /// Name of the draws.
    pub site: Site,
    /// The things.
    pub units: Vec<Unit>,
}

/// A thing that breaks as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The stations that go down with it.
    pub stations: Vec<StationId>,
    /// Its processor; `NONE` for a place.
    pub processor: ProcessorId,
}

/// What becomes of work at a thing that breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupted {
    /// It goes on after the repair.
    Resume,
    /// It begins anew after the repair.
    Restart,
    /// It fails.
    Lost,
}

/// How the copies of a database, all of which can break, find another leader.
#[derive(Debug, Clone, PartialEq)]
pub struct Failover {
    /// Whose.
    pub database: DatabaseId,
    /// The pools of its copies: first the leaders' of all shards, then one copy after the other.
    pub seats: PoolId,
    /// Time until somebody notices \[ns\].
    pub detect: Law,
    /// Time of the election \[ns\].
    pub elect: Law,
    /// Whether writes wait for the new leader; else they fail.
    pub waits: bool,
    /// Whether followers have a write when they have applied it; else when their readers see it, as nobody waits for them.
    pub synchronous: bool,
    /// Name of the draws.
    pub site: Site,
}

impl Breakdowns {
    /// Whether nothing breaks.
    pub fn is_empty(&self) -> bool {
        self.wear.is_empty()
    }

    /// What wears a component out, itself or the host that it runs on.
    pub fn of(&self, component: ComponentId) -> Option<&Wear> {
        self.wear.iter().find(|wear| wear.component == component)
    }

    /// How a database finds another leader, if it can.
    pub fn failover_of(&self, database: DatabaseId) -> Option<&Failover> {
        let mut rows = self.failovers.iter();
        rows.find(|failover| failover.database == database)
    }

    /// Regions and zones that can be lost.
    pub fn places(&self) -> impl Iterator<Item = &Wear> {
        self.wear.iter().filter(|wear| !wear.place.is_empty())
    }

    /// Whether something of a component can break, in whatever way.
    pub fn reach(&self, component: &super::Component) -> bool {
        let own = component.first.0..component.first.0.saturating_add(component.replicas);
        let units = self.wear.iter().flat_map(|wear| &wear.units);
        let mut stations = units.flat_map(|unit| &unit.stations);
        stations.any(|station| own.contains(&station.0))
    }

    /// Whether processors stop and go on later.
    pub fn stop_processors(&self) -> bool {
        self.wear.iter().any(Wear::stops)
    }

    /// By processor, of so many: the share of its time in which it serves. What loses its work when it breaks takes no more on while it is
    /// down, so it loses no time to breakdowns.
    pub fn kept(&self, processors: usize) -> Vec<f64> {
        let mut kept = vec![1.0; processors];
        for wear in self.wear.iter().filter(|wear| wear.stops()) {
            for unit in &wear.units {
                if let Some(kept) = kept.get_mut(unit.processor.index()) {
                    *kept *= wear.availability();
                }
            }
        }
        kept
    }

    /// Breakdowns and repairs per second, all together.
    pub fn rate(&self) -> f64 {
        let rate = |wear: &Wear| 2e9 * wear.units.len() as f64 / wear.cycle();
        self.wear.iter().map(rate).sum()
    }
}

impl Wear {
    /// What breaks, by its name in the model.
    pub fn name(&self, plan: &Plan) -> String {
        if self.place.is_empty() {
            super::component::component_name(plan, self.component).to_owned()
        } else {
            self.place.clone()
        }
    }

    /// Whether work waits for the repair.
    pub fn stops(&self) -> bool {
        self.work != Interrupted::Lost
    }

    /// Mean time from one breakdown to the next \[ns\], when repairs never wait.
    pub fn cycle(&self) -> f64 {
        (self.up.mean() + self.down.mean()).max(1.0)
    }

    /// Time in which one of them forgets whether it worked \[ns\], when both times are exponential: of two states left at rates f and r,
    /// 1/(f + r).
    pub fn relaxation(&self) -> f64 {
        self.up.mean() * self.down.mean() / self.cycle()
    }

    /// Share of time for which one of them works, when repairs never wait and it ages all the time.
    pub fn availability(&self) -> f64 {
        self.up.mean() / self.cycle()
    }
}

impl Plan {
    /// How a station's database finds another leader, and the shard; `None` where leaders stay.
    pub fn moving(&self, station: StationId) -> Option<(usize, &Failover)> {
        let component = self.stations[station.index()].component;
        let mut rows = self.breakdowns.failovers.iter();
        let row =
            rows.position(|row| self.databases[row.database.index()].component == component)?;
        Some((row, &self.breakdowns.failovers[row]))
    }
}

//! Where programs queue: every component as slots, as cores, or as a place where nobody waits; and what its visitors need.

use super::program::{Program, What};
use crate::chance::law::Law;
use crate::plan::{
    Capacity, ComponentId, ComponentKind, CpuDiscipline, Deal, DemandId, Discipline, EndpointId,
    Plan, PoolId, ScaleLaw, Source, Station,
};

/// Moments of a time or of work \[s\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: f64,
    pub(super) variance: f64,
    pub(super) exponential: bool,
}

impl Moments {
    pub(super) const NONE: Self = Self {
        mean: 0.0,
        variance: 0.0,
        exponential: false,
    };

    pub(super) fn second(self) -> f64 {
        self.variance + self.mean * self.mean
    }

    pub(super) fn times(self, factor: f64) -> Self {
        Self {
            mean: self.mean * factor,
            variance: self.variance * factor * factor,
            ..self
        }
    }

    /// The sum of two independent ones.
    fn and(self, other: Self) -> Self {
        if self == Self::NONE {
            return other;
        }
        Self {
            mean: self.mean + other.mean,
            variance: self.variance + other.variance,
            exponential: false,
        }
    }
}

/// What is known of a demand; `None` when the request carries it.
pub(super) fn moments(plan: &Plan, demand: DemandId) -> Option<Moments> {
    let Some(row) = plan.demands.get(demand.index()) else {
        return Some(Moments::NONE);
    };
    if row.source != Source::Law {
        return None;
    }
    let factor = match row.scale {
        None => 1.0,
        Some(scale) => {
            let f = |x: f64| match scale.law {
                ScaleLaw::Linear => x,
                ScaleLaw::Log => libm::log1p(x),
                ScaleLaw::Sqrt => x.sqrt(),
                ScaleLaw::NLogN => x * libm::log1p(x),
                ScaleLaw::Quadratic => x * x,
            };
            f(scale.with.ok()?) / f(scale.at)
        }
    };
    let exponential = matches!(
        row.law,
        Law::Exponential { .. } | Law::Erlang { stages: 1, .. }
    );
    let plain = Moments {
        mean: row.law.mean(),
        variance: row.law.variance(),
        exponential,
    };
    Some(plain.times(factor / 1e9))
}

/// What a component is to those who come.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Nobody waits.
    Free,
    /// They wait for its slots and hold one for their whole stay.
    Slots,
    /// They wait for its cores, or those of its host.
    Cores(CpuDiscipline),
    /// No formula: why, as a sentence.
    Unknown(String),
}

/// The plan as theory sees it.
pub(super) struct Places<'p> {
    pub(super) plan: &'p Plan,
    /// By [`crate::plan::EntryId`].
    pub(super) entries: Vec<Program>,
    /// By [`EndpointId`].
    pub(super) endpoints: Vec<Program>,
    /// By [`ComponentId`].
    pub(super) shapes: Vec<Shape>,
}

impl<'p> Places<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let mut places = Self {
            plan,
            entries: plan
                .entries
                .iter()
                .map(|entry| Program::read(plan, entry.entry))
                .collect(),
            endpoints: plan
                .endpoints
                .iter()
                .map(|end| Program::read(plan, end.entry))
                .collect(),
            shapes: Vec::new(),
        };
        places.shapes = (0..plan.components.len())
            .map(|id| places.shape(id.into()).unwrap_or_else(Shape::Unknown))
            .collect();
        places
    }

    pub(super) fn name(&self, component: ComponentId) -> &'p str {
        &self.plan.components[component.index()].name
    }

    pub(super) fn endpoint_name(&self, endpoint: EndpointId) -> String {
        crate::plan::component::endpoint_name(self.plan, endpoint)
    }

    /// Endpoints of a component.
    pub(super) fn endpoints_of(
        &self,
        component: ComponentId,
    ) -> impl Iterator<Item = EndpointId> + '_ {
        let all = self.plan.endpoints.iter().enumerate();
        all.filter(move |(_, row)| row.component == component)
            .map(|(id, _)| id.into())
    }

    pub(super) fn stations_of(
        &self,
        component: ComponentId,
    ) -> impl Iterator<Item = &'p Station> + use<'p> {
        let plan = self.plan;
        let ids = plan.components[component.index()].stations();
        ids.filter_map(|id| plan.stations.get(id.index()))
    }

    /// Whose processors a component's requests use: its own, or its host's.
    pub(super) fn owner(&self, component: ComponentId) -> ComponentId {
        let mut stations = self.stations_of(component);
        let processor =
            stations.find_map(|station| self.plan.processors.get(station.processor.index()));
        processor.map_or(component, |processor| processor.component)
    }

    /// Those whose requests use a component's processors.
    pub(super) fn guests(&self, owner: ComponentId) -> Vec<ComponentId> {
        (0..self.plan.components.len())
            .map(ComponentId::from)
            .filter(|id| self.owner(*id) == owner && self.plan.components[id.index()].replicas > 0)
            .filter(|id| self.plan.components[id.index()].kind != ComponentKind::Host)
            .collect()
    }

    fn shape(&self, id: ComponentId) -> Result<Shape, String> {
        let name = self.name(id);
        let breaks = self
            .plan
            .breakdowns
            .reach(&self.plan.components[id.index()]);
        if breaks || self.plan.breakdowns.of(id).is_some() {
            return Err(format!(
                "`{name}` breaks and is repaired: there is no formula here."
            ));
        }
        if self.plan.components[id.index()].kind == ComponentKind::Host {
            return self.cores(id);
        }
        if self.plan.components[id.index()].kind == ComponentKind::Function {
            return Err(format!(
                "The instances of `{name}` come and go: there is no formula here."
            ));
        }
        let limited = |station: &Station| station.concurrency != u32::MAX;
        let slots = self
            .stations_of(id)
            .filter(|station| limited(station))
            .count();
        for endpoint in self.endpoints_of(id) {
            let program = &self.endpoints[endpoint.index()];
            if let Some(flaw) = program.flaw {
                return Err(format!("`{}` {flaw}.", self.endpoint_name(endpoint)));
            }
            let carried = |piece: &super::program::Piece| match piece.what {
                What::Work(demand) | What::Delay(demand) => moments(self.plan, demand).is_none(),
                _ => false,
            };
            if program.pieces.iter().any(carried) {
                let which = self.endpoint_name(endpoint);
                return Err(format!(
                    "`{which}` takes a time that the request itself carries, so that its times go together."
                ));
            }
        }
        if self
            .stations_of(id)
            .any(|station| station.patience.is_some())
        {
            return Err(format!(
                "Who waits at `{name}` may lose patience and leave."
            ));
        }
        if self.plan.guards.limit_before(id).is_some() {
            return Err(format!(
                "A rate limit lets some of the requests for `{name}` in, and not at random."
            ));
        }
        if slots == 0 {
            return match self.owner(id) {
                owner if owner == id => self.cores(id),
                host => Ok(Shape::Unknown(format!(
                    "`{name}` computes on `{}`: see there.",
                    self.name(host)
                ))),
            };
        }
        self.slots(id)
    }

    /// Cores that those who compute share or wait for.
    fn cores(&self, owner: ComponentId) -> Result<Shape, String> {
        let name = self.name(owner);
        let mut own = self
            .plan
            .processors
            .iter()
            .filter(|row| row.component == owner);
        let Some(first) = own.next() else {
            return Ok(Shape::Free);
        };
        if own.any(|row| row.discipline != first.discipline) {
            return Err(format!(
                "The replicas of `{name}` differ in who computes first."
            ));
        }
        if self.plan.components[owner.index()].kind == ComponentKind::Host {
            for guest in self.guests(owner) {
                if self
                    .stations_of(guest)
                    .any(|station| station.concurrency != u32::MAX)
                {
                    let guest = self.name(guest);
                    return Err(format!(
                        "Who wants to compute on `{name}` may have to wait for a slot of `{guest}` first."
                    ));
                }
            }
        }
        match first.discipline {
            CpuDiscipline::Priority { .. } if self.plan.priorities.len() > 1 => Err(format!(
                "The most urgent compute first on `{name}`: the formulas here know no priorities."
            )),
            CpuDiscipline::Slowed(_) => Err(format!(
                "Those who compute on `{name}` slow each other down: there is no formula here."
            )),
            _ if first.cores == Capacity::Unlimited => Ok(Shape::Free),
            CpuDiscipline::Ps => Ok(Shape::Cores(CpuDiscipline::Ps)),
            CpuDiscipline::Fifo | CpuDiscipline::Priority { .. } => {
                Ok(Shape::Cores(CpuDiscipline::Fifo))
            }
            _ => Err(format!(
                "Who computes first on `{name}` depends on more than who came first: there is no formula here."
            )),
        }
    }

    /// Slots that are held from the start to the end.
    fn slots(&self, id: ComponentId) -> Result<Shape, String> {
        let name = self.name(id);
        for endpoint in self.endpoints_of(id) {
            let program = &self.endpoints[endpoint.index()];
            let mut pieces = program.pieces.iter();
            let call = pieces.find_map(|piece| match piece.what {
                What::Call(call) => Some(call),
                _ => None,
            });
            if let Some(call) = call {
                let callee =
                    self.plan.endpoints[self.plan.calls[call.index()].endpoint.index()].component;
                return Err(format!(
                    "`{name}` holds its slot while it calls `{}`, so it is not a queue on its own.",
                    self.name(callee)
                ));
            }
            if !program.is_alone() {
                return Err(format!(
                    "`{name}` computes in several branches at once on one slot."
                ));
            }
        }
        if self.owner(id) != id {
            return Err(format!(
                "Who has a slot of `{name}` may have to wait for a core of `{}` as well.",
                self.name(self.owner(id))
            ));
        }
        if self
            .stations_of(id)
            .any(|station| station.concurrency == u32::MAX)
        {
            return Err(format!(
                "Some replicas of `{name}` have a limit of slots, and some have none."
            ));
        }
        if self
            .stations_of(id)
            .any(|station| station.discipline == Discipline::Priority)
            && self.plan.priorities.len() > 1
        {
            return Err(format!(
                "The most urgent are next at `{name}`: the formulas here know no priorities."
            ));
        }
        if (self.stations_of(id)).any(|station| {
            let discipline = station.discipline;
            matches!(discipline, Discipline::Shortest | Discipline::Codel(_))
                || matches!(discipline, Discipline::Fair(_)) && self.plan.priorities.len() > 1
                || discipline == Discipline::Deadline
        }) {
            return Err(format!(
                "Who is next at `{name}` depends on more than who came first: there is no formula here."
            ));
        }
        if self.stations_of(id).any(|station| self.is_ruled(station)) {
            return Err(format!(
                "Who computes at `{name}` depends on more than who came first: there is no formula here."
            ));
        }
        if self.shared_queue(id).is_some() {
            let short = |station: &Station| !self.slots_are_servers(station);
            if self.stations_of(id).any(short) {
                return Err(format!(
                    "`{name}` has one queue for all replicas, and fewer cores than slots."
                ));
            }
        }
        let tight = self
            .stations_of(id)
            .any(|station| !self.slots_are_servers(station));
        let one_job = |endpoint: EndpointId| {
            matches!(self.endpoints[endpoint.index()].only(), Some(What::Work(_)))
        };
        if tight && !self.endpoints_of(id).all(one_job) {
            return Err(format!(
                "`{name}` has more slots than cores, and its requests do more than compute once: they wait for two things."
            ));
        }
        Ok(Shape::Slots)
    }

    /// Whether those who have slots compute by a rule that the formulas do not know.
    fn is_ruled(&self, station: &Station) -> bool {
        let processor = self.plan.processors.get(station.processor.index());
        processor.is_some_and(|row| match row.discipline {
            CpuDiscipline::Ps | CpuDiscipline::Fifo => false,
            CpuDiscipline::Slowed(_) => true,
            CpuDiscipline::Priority { .. } if self.plan.priorities.len() == 1 => false,
            _ => !self.slots_are_servers(station),
        })
    }

    /// Whether who has a slot never waits for a core.
    pub(super) fn slots_are_servers(&self, station: &Station) -> bool {
        let computes = |endpoint: EndpointId| {
            let mut pieces = self.endpoints[endpoint.index()].pieces.iter();
            pieces.any(|piece| matches!(piece.what, What::Work(_)))
        };
        let processor = self.plan.processors.get(station.processor.index());
        match processor.map(|row| row.cores) {
            None | Some(Capacity::Unlimited) => true,
            Some(Capacity::Cores(cores)) => {
                f64::from(station.concurrency) <= cores
                    || !self.endpoints_of(station.component).any(computes)
            }
        }
    }

    /// The pool whose balancer keeps one queue for all replicas.
    pub(super) fn shared_queue(&self, id: ComponentId) -> Option<PoolId> {
        self.stations_of(id).find_map(|station| station.shared)
    }

    /// Time of a visit that never waits, given the speed of the processor: all that its program does itself.
    pub(super) fn visit(&self, endpoint: EndpointId, speed: f64) -> Moments {
        let program = &self.endpoints[endpoint.index()];
        let known = |demand| moments(self.plan, demand).unwrap_or(Moments::NONE);
        let times = program.pieces.iter().filter_map(|piece| match piece.what {
            What::Work(demand) => Some((known(demand).times(1.0 / speed), piece.times)),
            What::Delay(demand) => Some((known(demand), piece.times)),
            _ => None,
        });
        if program.certain {
            return times.fold(Moments::NONE, |sum, (one, _)| sum.and(one));
        }
        // Which pieces go together is not known, and so only the mean is.
        let mean = times.map(|(one, often)| one.mean * often).sum();
        Moments {
            mean,
            variance: f64::NAN,
            exponential: false,
        }
    }

    /// How a caller's requests are dealt to the replicas of a pool: the share of each, and of how many gaps in turn each gets one.
    pub(super) fn split(&self, pool: PoolId) -> Result<Split, String> {
        let row = &self.plan.pools[pool.index()];
        if row.database.is_some() {
            return Err(format!(
                "Which shard of `{}` is asked depends on the object, and some objects are asked for more.",
                self.name(row.component)
            ));
        }
        let name = self.name(row.component);
        let mut lists = row
            .candidates
            .iter()
            .map(|list| &list.stations)
            .filter(|list| !list.is_empty());
        let Some(first) = lists.next() else {
            return Err(format!("Nobody can reach `{name}`."));
        };
        if lists.any(|list| list != first) {
            return Err(format!(
                "Callers in different places reach different replicas of `{name}`."
            ));
        }
        let count = first.len();
        let in_turn = match row.balance.deal() {
            _ if count == 1 => 1,
            Deal::AtRandom | Deal::AtTheBalancer => 1,
            Deal::InTurn => count,
            Deal::ByWeight => {
                return Err(format!(
                    "The balancer of `{name}` gives its {count} replicas unequal shares."
                ));
            }
            Deal::ByLoad(_) => {
                return Err(format!(
                    "The balancer of `{name}` looks at the queues of its {count} replicas, so none of them is a queue on its own."
                ));
            }
            Deal::ByObject(_) => {
                return Err(format!(
                    "Which replica of `{name}` is asked depends on the object, and some objects are asked for more."
                ));
            }
        };
        Ok(Split {
            stations: first.iter().map(|station| station.index()).collect(),
            in_turn,
        })
    }
}

/// How the requests to a pool are dealt out: evenly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// Positions in [`Plan::stations`].
    pub(super) stations: Vec<usize>,
    /// 1 at random; n when every n-th goes to the same one.
    pub(super) in_turn: usize,
}

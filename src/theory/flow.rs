//! Who arrives where, how often, and whether at random: what each place is fed by.
//!
//! Random means a Poisson process, or what counts as one in a network of product form: arrivals that come by way of stations which
//! hand on Poisson streams (Burke 1956; Kelly, "Reversibility and Stochastic Networks" (1979), chapter 3).

use super::jackson;
use super::places::Places;
use super::program::{Piece, Program, What};
use crate::plan::{Abandon, Call, ComponentId, Load, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// What a stream of requests has been through.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Feed {
    /// Components where it may have queued.
    pub(super) places: BTreeSet<usize>,
    /// Why it is no Poisson process, whatever those do: a sentence.
    pub(super) regular: Option<String>,
    /// Why its rate is not known: a sentence.
    pub(super) unknown: Option<String>,
}

impl Feed {
    fn join(&mut self, other: &Self) {
        self.places.extend(&other.places);
        if self.regular.is_none() {
            self.regular.clone_from(&other.regular);
        }
        if self.unknown.is_none() {
            self.unknown.clone_from(&other.unknown);
        }
    }
}

/// Rates and feeds of everything.
pub(super) struct Flow {
    /// Visits per second by endpoint.
    pub(super) rates: Vec<f64>,
    /// Requests per second by line of a mix.
    pub(super) entries: Vec<f64>,
    /// What reaches a component's queue, by component.
    pub(super) at: Vec<Feed>,
    /// What an answered call has been through, by endpoint.
    pub(super) after: Vec<Feed>,
}

/// Visits of every endpoint that roots lead to, by line of a mix: rates of lines in, rates of endpoints out.
pub(super) fn visits(places: &Places<'_>, entries: &[f64]) -> Option<Vec<f64>> {
    let lines = places.entries.len();
    let mut outside = entries.to_vec();
    outside.resize(lines + places.endpoints.len(), 0.0);
    let mut routes = Vec::new();
    for (node, program) in programs(places) {
        for piece in &program.pieces {
            if let Some(call) = piece.what.call() {
                let callee = places.plan.calls[call.index()].endpoint.index();
                routes.push((node, lines + callee, piece.times));
            }
        }
    }
    let mut rates = jackson::rates(&outside, &routes)?;
    Some(rates.split_off(lines))
}

/// All programs: those of users first, then those of endpoints.
fn programs<'a>(places: &'a Places<'_>) -> impl Iterator<Item = (usize, &'a Program)> {
    places.entries.iter().chain(&places.endpoints).enumerate()
}

impl Flow {
    /// Follows the requests of open workloads.
    ///
    /// # Errors
    /// A sentence why no stream is steady.
    pub(super) fn of(places: &Places<'_>) -> Result<Self, String> {
        let plan = places.plan;
        let mut entries = vec![0.0; plan.entries.len()];
        let mut starts = vec![Feed::default(); plan.entries.len() + plan.endpoints.len()];
        for workload in &plan.workloads {
            let name = &workload.name;
            let (arrivals, batch) = match &workload.load {
                Load::Open { arrivals, batch } => (arrivals, batch),
                Load::Replay(_) => {
                    return Err(format!(
                        "The requests of `{name}` come as they were recorded."
                    ));
                }
                Load::Closed { .. } => continue,
            };
            let steady = arrivals
                .steady()
                .ok_or_else(|| format!("The rate of `{name}` changes over time."))?;
            for id in &workload.entries {
                entries[id.index()] = steady.rate * plan.entries[id.index()].share;
                let start = &mut starts[id.index()];
                if batch.is_some() {
                    start.regular = Some(format!("The requests of `{name}` come in batches."));
                    start.unknown = start.regular.clone();
                } else if !steady.poisson {
                    start.regular =
                        Some(format!("The requests of `{name}` are no Poisson process."));
                }
            }
        }
        let rates = visits(places, &entries).ok_or("Calls lead to calls without end.")?;
        let mut flow = Self {
            at: vec![Feed::default(); plan.components.len()],
            after: vec![Feed::default(); plan.endpoints.len()],
            rates,
            entries,
        };
        // Sets only grow: it ends.
        loop {
            let before = (starts.clone(), flow.at.clone(), flow.after.clone());
            flow.round(places, &mut starts);
            if before == (starts.clone(), flow.at.clone(), flow.after.clone()) {
                return Ok(flow);
            }
        }
    }

    fn round(&mut self, places: &Places<'_>, starts: &mut [Feed]) {
        let lines = places.entries.len();
        for (node, program) in programs(places) {
            let endpoint = node.checked_sub(lines);
            let rate = endpoint.map_or_else(|| self.entries[node], |id| self.rates[id]);
            if rate <= 0.0 {
                continue;
            }
            let own = endpoint.map(|id| places.plan.endpoints[id].component);
            let after = self.program(places, program, own, starts[node].clone(), starts);
            if let Some(endpoint) = endpoint {
                self.after[endpoint].join(&after);
            }
        }
    }

    /// Follows one program from what it is fed by to what it hands on.
    fn program(
        &mut self,
        places: &Places<'_>,
        program: &Program,
        own: Option<ComponentId>,
        start: Feed,
        starts: &mut [Feed],
    ) -> Feed {
        // Slots are waited for once, at the door; cores in every piece of work.
        let at_door = own.filter(|own| {
            places
                .stations_of(*own)
                .any(|station| station.concurrency != u32::MAX)
        });
        let mut feed = start;
        if let Some(flaw) = program.flaw {
            let why =
                format!("How often it is visited depends on a program before it, which {flaw}.");
            feed.unknown.get_or_insert(why);
        }
        if let Some(own) = at_door {
            self.enter(own, &mut feed);
            refusals(places, own, &mut feed);
        }
        let core = own
            .filter(|_| at_door.is_none())
            .map(|own| places.owner(own));
        let mut trail = Trail::new(&feed);
        for piece in &program.pieces {
            trail.turn(piece, &mut feed);
            let fed = feed.clone();
            match piece.what {
                What::Work(_) => {
                    if let Some(core) = core {
                        self.enter(core, &mut feed);
                    }
                }
                What::Delay(_) => {}
                What::Call(id) | What::Forward(id) | What::Send(id) => {
                    self.call(places, &places.plan.calls[id.index()], &mut feed, starts);
                    if let What::Send(_) = piece.what {
                        feed.join(&Feed {
                            regular: Some(
                                "A message and its sender go on at the same time.".into(),
                            ),
                            ..fed
                        });
                    }
                }
            }
            for place in trail.note(piece, &feed) {
                self.at[place]
                    .regular
                    .get_or_insert("Branches of one request meet there.".to_owned());
            }
        }
        self.around(places, program, core, &trail, starts);
        trail.leave(&mut feed);
        feed
    }

    /// In a loop, what comes first is fed by what comes last, too.
    fn around(
        &mut self,
        places: &Places<'_>,
        program: &Program,
        core: Option<ComponentId>,
        trail: &Trail,
        starts: &mut [Feed],
    ) {
        let lines = places.entries.len();
        for (at, piece) in program
            .pieces
            .iter()
            .enumerate()
            .filter(|(at, piece)| piece.until > *at)
        {
            let fed = &trail.feeds[piece.until.max(at)];
            match (piece.what.call(), core) {
                (Some(call), _) => {
                    starts[lines + places.plan.calls[call.index()].endpoint.index()].join(fed);
                }
                (None, Some(core)) if matches!(piece.what, What::Work(_)) => {
                    self.at[core.index()].join(fed);
                }
                _ => {}
            }
        }
    }

    fn enter(&mut self, place: ComponentId, feed: &mut Feed) {
        self.at[place.index()].join(feed);
        feed.places.insert(place.index());
    }

    fn call(&self, places: &Places<'_>, call: &Call, feed: &mut Feed, starts: &mut [Feed]) {
        let callee = call.endpoint.index();
        let component = places.plan.endpoints[callee].component;
        let name = places.endpoint_name(call.endpoint);
        let mut given = feed.clone();
        if is_guarded(places.plan, call) {
            let ends =
                format!("Calls of `{name}` may be given up: what follows is not followed here.");
            feed.unknown.get_or_insert(ends);
            if call.retry.is_some() || call.abandon != Abandon::Ignore || call.propagate_deadline {
                let again = format!(
                    "Calls of `{name}` may be tried again or cancelled: how often depends on how slow it is."
                );
                given.unknown.get_or_insert(again);
            }
        }
        starts[places.entries.len() + callee].join(&given);
        feed.join(&self.after[callee]);
        refusals(places, component, feed);
    }
}

/// Whether a call may end before its callee does, or be more than one.
pub(super) fn is_guarded(plan: &Plan, call: &Call) -> bool {
    plan.limit_of(call).is_some()
        || call.timeout > 0
        || call.deadline > 0
        || call.retry.is_some()
        || call.hedge.is_some()
}

/// What a guarded call may come to, as the rest of a sentence.
pub(super) fn guard(call: &Call) -> &'static str {
    if call.retry.is_some() {
        "may be tried again"
    } else if call.hedge.is_some() {
        "may be sent more than once"
    } else {
        "may be given up before they are answered"
    }
}

/// Notes that not everybody gets through a component.
fn refusals(places: &Places<'_>, component: ComponentId, feed: &mut Feed) {
    if may_refuse(places, component) {
        let name = places.name(component);
        let refused = format!("`{name}` may refuse requests: what follows is not followed here.");
        feed.unknown.get_or_insert(refused);
    }
}

/// Whether a component has no room for everybody, or some who wait leave.
pub(super) fn may_refuse(places: &Places<'_>, component: ComponentId) -> bool {
    let limited = |backlog: u32, slots: u32| backlog != u32::MAX && slots != u32::MAX;
    let pools = places
        .plan
        .pools
        .iter()
        .filter(|pool| pool.component == component);
    let slots = places
        .stations_of(component)
        .map(|row| row.concurrency)
        .min()
        .unwrap_or(u32::MAX);
    places.plan.guards.limit_before(component).is_some()
        || pools.into_iter().any(|pool| limited(pool.backlog, slots))
        || places
            .stations_of(component)
            .any(|row| limited(row.backlog, row.concurrency) || row.patience.is_some())
}

/// Where a program has been, piece by piece, and in which branches.
struct Trail {
    feeds: Vec<Feed>,
    /// What the present parallel block began with.
    base: Feed,
    present: Option<(crate::plan::ForkId, usize)>,
    /// The branch that first reached a place.
    reached: BTreeMap<usize, usize>,
    /// All branches of the present block together.
    joined: Feed,
}

impl Trail {
    fn new(start: &Feed) -> Self {
        Self {
            feeds: Vec::new(),
            base: start.clone(),
            present: None,
            reached: BTreeMap::new(),
            joined: Feed::default(),
        }
    }

    /// Before a piece: a branch begins with what its block began with.
    fn turn(&mut self, piece: &Piece, feed: &mut Feed) {
        if piece.branch == self.present {
            return;
        }
        let (old, new) = (self.present.map(|of| of.0), piece.branch.map(|of| of.0));
        if old.is_some() && old != new {
            self.leave(feed);
        }
        if old == new {
            self.joined.join(feed);
            *feed = self.base.clone();
        } else if new.is_some() {
            self.base = feed.clone();
        }
        self.present = piece.branch;
    }

    /// After a piece: places that another branch has reached, too. Two branches are no independent streams there.
    fn note(&mut self, piece: &Piece, feed: &Feed) -> Vec<usize> {
        self.feeds.push(feed.clone());
        let Some((_, branch)) = piece.branch else {
            return Vec::new();
        };
        let new = feed.places.difference(&self.base.places);
        new.copied()
            .filter(|place| *self.reached.entry(*place).or_insert(branch) != branch)
            .collect()
    }

    /// Behind a parallel block.
    fn leave(&mut self, feed: &mut Feed) {
        if self.present.take().is_some() {
            feed.join(&self.joined);
            feed.regular
                .get_or_insert("What comes after a join does not come at random.".to_owned());
            self.joined = Feed::default();
            self.reached.clear();
        }
    }
}

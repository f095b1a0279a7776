//! What a twin needs to know of a run: who asked when, with which fate, and what became of it.

use super::common;
use scaleproof::chance::key::{Draw, Key, root, site};
use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::plan::{DemandId, Plan, Step};

const SEED: u64 = 11;

/// Luck of a schedule: which model is made up.
pub(crate) fn luck(schedule: u32, what: &str) -> Draw {
    root(77, schedule).draw(site(&["schedule", what]))
}

/// One of several.
pub(crate) fn one_of<T: Copy>(draw: &mut Draw, choices: &[T]) -> T {
    choices[draw.below(choices.len() as u32) as usize]
}

/// A law of this mean, from bursty to nearly regular, without ties.
pub(crate) fn law(draw: &mut Draw, mean_ms: f64) -> String {
    match draw.below(4) {
        0 => format!("{{ exponential: {mean_ms}ms }}"),
        1 => format!("{{ uniform: {{ from: 0ms, to: {}ms }} }}", 2.0 * mean_ms),
        2 => format!("{{ lognormal: {{ mean: {mean_ms}ms, cv: 2 }} }}"),
        _ => format!("{{ gamma: {{ mean: {mean_ms}ms, cv: 0.3 }} }}"),
    }
}

/// A request whose one call goes to one endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    pub(crate) birth: u64,
    pub(crate) workload: usize,
    pub(crate) priority: u8,
    /// Fate of the whole request.
    pub(crate) root: Key,
    /// Fate of its call.
    pub(crate) call: Key,
}

/// What became of a request: birth, end, outcome. Requests of one batch are told apart by nothing else.
pub(crate) type End = (u64, u64, Outcome);

/// A run, as it was told.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) until: u64,
    /// In the order in which they were born.
    pub(crate) requests: Vec<Request>,
    /// By workload and birth.
    pub(crate) ends: Vec<(usize, End)>,
    pub(crate) caches: [u64; 5],
}

#[derive(Default)]
struct Ear {
    births: Vec<(u32, u64)>,
    ends: Vec<(usize, End)>,
    /// Hits, misses, coalesced, stored, evicted.
    caches: [u64; 5],
}

impl Probe for Ear {
    fn born(&mut self, entry: u32, at: u64) {
        self.births.push((entry, at));
    }
    fn settled(&mut self, entry: u32, birth: u64, now: u64, outcome: Outcome) {
        self.ends.push((entry as usize, (birth, now, outcome)));
    }
    fn hit(&mut self, _cache: u32, _now: u64) {
        self.caches[0] += 1;
    }
    fn miss(&mut self, _cache: u32, _now: u64, _expired: bool) {
        self.caches[1] += 1;
    }
    fn coalesced(&mut self, _cache: u32, _now: u64) {
        self.caches[2] += 1;
    }
    fn stored(&mut self, _cache: u32, _now: u64, evicted: u64) {
        self.caches[3] += 1;
        self.caches[4] += evicted;
    }
}

/// Run a model whose workloads are open, with one line in the mix each.
pub(crate) fn run(text: &str, schedule: u32, until: u64) -> Run {
    let plan = common::plan(text);
    let mut engine = Engine::new(&plan, SEED, schedule, 1 << 20, Ear::default());
    engine.run_until(until).expect("room for all");
    let ear = engine.probe;
    let mut numbers = vec![0; plan.workloads.len()];
    let requests = ear.births.iter().map(|&(entry, birth)| {
        let entry = &plan.entries[entry as usize];
        let workload = entry.workload.index();
        let spec = &plan.workloads[workload];
        let root = universe(schedule)
            .child(spec.site, 0)
            .numbered(numbers[workload]);
        numbers[workload] += 1;
        let call = plan.steps[entry.entry.index()..]
            .iter()
            .find_map(|step| match step {
                Step::Call(call) => Some(&plan.calls[call.index()]),
                _ => None,
            })
            .expect("a call");
        Request {
            birth,
            workload,
            priority: spec.priority,
            root,
            call: root.child(call.name, u64::from(call.ordinal)),
        }
    });
    let requests = requests.collect();
    let mut ends = ear.ends;
    ends.sort_unstable_by_key(|&(workload, (birth, end, _))| (workload, birth, end));
    Run {
        until,
        requests,
        ends,
        caches: ear.caches,
        plan,
    }
}

/// The key of all chance of a schedule's run.
pub(crate) fn universe(schedule: u32) -> Key {
    root(SEED, schedule)
}

impl Run {
    /// The value of a demand for a fate.
    pub(crate) fn amount(&self, id: DemandId, key: Key) -> f64 {
        let demand = &self.plan.demands[id.index()];
        demand.sampler.sample(&mut key.draw(demand.site))
    }

    /// The first demand of the one program, of the kind that `pick` says.
    pub(crate) fn demand(&self, pick: impl Fn(&Step) -> Option<DemandId>) -> DemandId {
        let entry = self.plan.endpoints[0].entry.index();
        self.plan.steps[entry..]
            .iter()
            .find_map(pick)
            .expect("such a step")
    }

    /// Compare with what a twin says became of all requests.
    pub(crate) fn assert_exactly(&self, schedule: u32, text: &str, mut told: Vec<(usize, End)>) {
        told.retain(|(_, (_, end, _))| *end < self.until);
        told.sort_unstable_by_key(|&(workload, (birth, end, _))| (workload, birth, end));
        for (index, (engine, twin)) in self.ends.iter().zip(&told).enumerate() {
            assert_eq!(engine, twin, "schedule {schedule}, end {index} of\n{text}");
        }
        assert_eq!(self.ends.len(), told.len(), "schedule {schedule}\n{text}");
    }
}

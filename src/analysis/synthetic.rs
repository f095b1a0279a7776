//! Seeded numbers and made-up tallies for the tests of this module and of those below it.

use super::outcome::{Ended, Outcome, Regime, Study};
use crate::chance::key::Site;
use crate::chance::law::Law;
use crate::chance::weights::Weights;
use crate::measure::{
    Moments, Outcomes, ProcessorTally, Span, StationTally, Stopped, Tally, Timeline, Window,
};
use crate::plan::{
    Abandon, AttributeId, Balance, Call, CallId, Capacity, Ceiling, Component, ComponentId,
    ComponentKind, CountId, CpuDiscipline, DatabaseId, Demand, DemandId, Discipline, Endpoint,
    EndpointId, Entry, EntryId, LinkId, Load, Plan, Pool, PoolId, Price, Processor, ProcessorId,
    Resource, RetryId, Shard, Source, StaticLoad, Station, StationId, Step, StepId, Workload,
    WorkloadId, Zone, ZoneId,
};
use crate::policy::arrive::{Arrivals, Rate};

/// A stream of words: `SplitMix64` (Steele, Lea, Flood 2014).
pub(crate) struct Words(u64);

impl Words {
    /// The stream of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    /// Uniform in (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((word ^ (word >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }
}

/// Sojourn times of so many customers of M/M/1 with mean service 1, from an empty queue (Lindley's recursion).
pub(crate) fn sojourns(words: &mut Words, load: f64, customers: usize) -> Vec<f64> {
    let mut sojourn = 0.0_f64;
    let mut next = || {
        let gap = words.exponential() / load;
        sojourn = (sojourn - gap).max(0.0) + words.exponential();
        sojourn
    };
    (0..customers).map(|_| next()).collect()
}

/// A single server in the plan's words: `shoppers` ask `frontend.home` of the component `currency`, at this rate and mean demand.
pub(crate) fn plan(rate: f64, mean_ns: f64) -> Plan {
    let load = rate * mean_ns / 1e9;
    let law = Law::Exponential { mean: mean_ns };
    let call = Call {
        endpoint: EndpointId(0),
        pool: PoolId(0),
        name: Site(1),
        ordinal: 0,
        with: (0, 0),
        body: DemandId::NONE,
        key: AttributeId::NONE,
        priority: None,
        timeout: 0,
        deadline: 0,
        propagate_deadline: false,
        retry: RetryId::NONE,
        abandon: Abandon::Ignore,
        on_failure: StepId::NONE,
        shard: Shard::OfKey,
        hedge: None,
        guarded: false,
    };
    Plan {
        name: "exchange".to_owned(),
        priorities: vec!["normal".to_owned()],
        steps: vec![
            Step::Call(CallId(0)),
            Step::End,
            Step::Compute(DemandId(0)),
            Step::End,
        ],
        demands: vec![Demand {
            law: law.clone(),
            sampler: law.sampler(),
            site: Site(4),
            source: Source::Law,
            scale: None,
        }],
        pools: vec![Pool {
            component: ComponentId(0),
            balance: Balance::RANDOM,
            database: DatabaseId::NONE,
            fresh_within: u64::MAX,
            key: AttributeId::NONE,
            weights: Vec::new(),
            backlog: u32::MAX,
            candidates: vec![vec![StationId(0)].into()],
            site: Site(5),
            row: 0,
        }],
        zones: vec![Zone {
            name: "outside/shoppers".to_owned(),
            region: String::new(),
        }],
        routes: vec![LinkId::NONE],
        calls: vec![call],
        components: vec![Component {
            name: "currency".to_owned(),
            kind: ComponentKind::Service,
            first: StationId(0),
            replicas: 1,
            price: Some(Price {
                machine: "aws/m7g.large".to_owned(),
                machines: 3,
                per_hour: 0.0816,
                currency: "USD".to_owned(),
                source: "a test".to_owned(),
            }),
        }],
        endpoints: vec![Endpoint {
            component: ComponentId(0),
            name: "convert".to_owned(),
            entry: StepId(2),
            pool: PoolId(0),
            priority: None,
            coordinates: false,
            shown: true,
        }],
        stations: vec![Station {
            component: ComponentId(0),
            replica: 0,
            zone: ZoneId(0),
            processor: ProcessorId(0),
            concurrency: u32::MAX,
            backlog: u32::MAX,
            discipline: Discipline::Fifo,
            patience: DemandId::NONE,
            shared: None,
            site: Site(2),
        }],
        processors: vec![Processor {
            name: "currency/0".to_owned(),
            component: ComponentId(0),
            cores: Capacity::Cores(1.0),
            speed: 1.0,
            discipline: CpuDiscipline::Fifo,
        }],
        workloads: vec![Workload {
            name: "shoppers".to_owned(),
            site: Site(3),
            load: Load::Open {
                arrivals: Arrivals::poisson(Rate::constant(rate).expect("a rate")),
                batch: CountId::NONE,
            },
            mix: Weights::new(&[1.0]).expect("a weight"),
            entries: vec![EntryId(0)],
            zone: ZoneId(0),
            priority: 0,
            with: (0, 0),
        }],
        entries: vec![Entry {
            name: "frontend.home".to_owned(),
            workload: WorkloadId(0),
            share: 1.0,
            entry: StepId(0),
        }],
        load: StaticLoad {
            endpoint_rate: vec![rate],
            processor_load: vec![load],
            station_load: vec![0.0],
            relaxation_ns: mean_ns / (1.0 - load.min(0.98).sqrt()).powi(2),
            slowest: Some(ComponentId(0)),
            ceilings: vec![Ceiling {
                component: ComponentId(0),
                resource: Resource::Cores,
                asked: load,
                today: load,
                open: load,
                unshed: load,
                comes: rate,
            }],
            root_rate: rate,
            calls_per_root: 1.0,
            ..StaticLoad::default()
        },
        currency: "USD".to_owned(),
        ..Plan::default()
    }
}

/// One replication of that server by Lindley's recursion (first come, first served, exponential gaps and demands), or `None` when
/// `stop` says so. The words depend on seed and replication alone, so that plans are compared under the same fate.
pub(crate) fn replicate(
    plan: &Plan,
    seed: u64,
    replication: u32,
    span: &Span,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Tally> {
    if stop() {
        return None;
    }
    let rate = plan.load.root_rate;
    let mean = plan.load.processor_load[0] / rate * 1e9;
    let mut words = Words::new(seed ^ (u64::from(replication) << 32));
    let mut tally = Tally {
        replication,
        from: span.from,
        until: span.until,
        entries: vec![Outcomes::default()],
        endpoints: vec![Outcomes::default()],
        waits: vec![Moments::default()],
        stations: vec![StationTally::default()],
        processors: vec![ProcessorTally::default()],
        calls: vec![0],
        ..Tally::default()
    };
    let width = (span.until / u64::from(span.windows.max(1))).max(1);
    tally.timeline = Timeline {
        width,
        windows: vec![Window::default(); span.windows as usize],
    };
    let (mut clock, mut free) = (0.0, 0.0_f64);
    loop {
        clock += words.exponential() * 1e9 / rate;
        let demand = words.exponential() * mean;
        if clock >= span.until as f64 {
            break;
        }
        let start = free.max(clock);
        free = start + demand;
        tally.requests += 1;
        tally.events += 3;
        note(&mut tally.timeline, clock, start, free);
        let (from, until) = (span.from as f64, span.until as f64);
        tally.processors[0].busy += ((free.min(until) - start.max(from)).max(0.0) * 1e3) as u128;
        let ends_inside = u64::from(free >= from && free < until);
        tally.entries[0].done += ends_inside;
        tally.endpoints[0].done += ends_inside;
        if clock < span.from as f64 {
            continue;
        }
        let finished = free < span.until.saturating_add(span.settle) as f64;
        for outcomes in [&mut tally.entries[0], &mut tally.endpoints[0]] {
            outcomes.sent += 1;
            if finished {
                outcomes.ok += 1;
                outcomes.latency.record((free - clock) as u64);
                outcomes.histogram.record((free - clock) as u64);
            } else {
                outcomes.unfinished += 1;
            }
        }
        tally.calls[0] += 1;
        tally.waits[0].record((start - clock) as u64);
        tally.stations[0].arrived += 1;
        tally.stations[0].present += (free - clock) as u128;
        tally.processors[0].waiting += ((start - clock) * 1e3) as u128;
        tally.processors[0].jobs += 1;
    }
    tally.most_flights = 1;
    if tally.entries[0].unfinished > 0 {
        tally.stopped = Stopped::Unsettled;
    }
    Some(tally)
}

/// Enter one request into the windows that it touches.
fn note(timeline: &mut Timeline, born: f64, start: f64, end: f64) {
    let width = timeline.width as f64;
    let first = (born / width) as usize;
    let last = (end / width) as usize;
    for (at, window) in timeline
        .windows
        .iter_mut()
        .enumerate()
        .take(last + 1)
        .skip(first)
    {
        let (low, high) = (at as f64 * width, (at + 1) as f64 * width);
        let overlap = |from: f64, to: f64| (to.min(high) - from.max(low)).max(0.0) as u128;
        window.in_progress += overlap(born, end);
        window.waiting += overlap(born, start);
        window.born += u64::from(at == first);
        window.ok += u64::from(at == last);
        if at == first {
            window.latency.record((end - born) as u64);
        }
    }
}

/// Sixteen replications of 40,000 requests at 12.1 requests/s and a mean demand of 68.6 ms (83 % busy), times `slowness`.
pub(crate) fn queue(slowness: f64, seed: u64) -> (Plan, Outcome) {
    let plan = plan(12.1, 68.6e6 * slowness);
    let span = Span {
        from: 100_000_000_000,
        until: 3_400_000_000_000,
        settle: 3_300_000_000_000,
        windows: 300,
        most_flights: 1 << 20,
    };
    let mut tallies: Vec<Tally> = (0..16)
        .filter_map(|replication| replicate(&plan, seed, replication, &span, &|| false))
        .collect();
    let mut timeline = Timeline::default();
    for tally in &mut tallies {
        super::timeline::merge(&mut timeline, &std::mem::take(&mut tally.timeline));
    }
    let outcome = Outcome {
        tallies,
        timeline,
        timelines: 16,
        minutes: super::busiest::MinuteSums::default(),
        courses: Vec::new(),
        instants: super::instants::Instants::default(),
        luck: false,
        apart: 0,
        leniency: 1.0,
        seed,
        study: Study::Steady,
        regime: Regime::Settled,
        include_failures: false,
        warm_up: span.from,
        measured: span.until - span.from,
        reasons: Vec::new(),
        precision: 0.05,
        reached: None,
        ended: Ended::Cap,
        few_breakdowns: false,
        warnings: Vec::new(),
        wall: 0.0,
        threads: 1,
    };
    (plan, outcome)
}

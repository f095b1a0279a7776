//! Where requests come from: `workloads:`.

use super::count::{Count, CountLaw};
use super::fields::Meaningless;
use super::law::{DurationLaw, Law};
use super::reader::Reader;
use super::shape::{Definitions, Keyed, Shape};
use super::weight::{Weight, check_weights};
use super::word::{Given, Text};
use crate::source::{At, Content, Node};
use crate::units::{Bandwidth, Duration, Factor, Rate, Share};

record! {
    /// A source of requests: open (they come whatever happens), closed (users who wait for their answers) or recorded.
    pub struct Workload {
        /// The region the requests come from.
        from: Option<At<String>>,
        /// The users' own line to that region.
        access: Option<Access>,
        /// Requests arrive by themselves, however the system fares.
        open: Option<Open>,
        /// A fixed number of users who send, wait and think.
        closed: Option<Closed>,
        /// Recorded requests, asked for again at their times.
        replay: Option<Replay>,
        /// What is asked for: endpoints (`web.home`) and journeys with their weights.
        mix: Keyed<Weight>,
        /// Attributes that differ from their own law for these requests.
        with: Keyed<Given> = "{}",
        /// The priority of these requests: one of `priorities:`.
        priority: Option<At<String>>,
        /// What it is multiplied by: the rate of an open workload, the users of a closed one; recorded requests come so many times as fast.
        load: LoadFactor = "1x",
    }
    check: check_workload;
}

fn check_workload(workload: &Workload, node: &Node, reader: &mut Reader<'_>) {
    let kinds = ["open", "closed", "replay"];
    if kinds
        .iter()
        .filter(|kind| node.entry(kind).is_some())
        .count()
        != 1
    {
        reader.exactly_one(node, "a workload", &kinds);
    }
    check_weights(
        workload.mix.iter().map(|(_, weight)| weight),
        node.get("mix"),
        reader,
    );
}

/// How many times the load that is written elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadFactor(pub At<Factor>);

impl Shape for LoadFactor {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let shape = ["stages", "diurnal", "trace"]
            .iter()
            .find_map(|shape| node.entry(shape));
        if let Some(shape) = shape {
            reader.later(
                shape.key.place,
                &format!("load: {{ {}: … }}", shape.key.value),
            );
            return None;
        }
        let factor = At::<Factor>::read(node, reader)?;
        if factor.get() <= 0.0 {
            reader.out_of_range(
                factor.place,
                "without any load there is nothing to see: a factor above 0 is needed here",
            );
            return None;
        }
        Some(Self(factor))
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        Factor::schema(definitions)
    }

    fn show(&self) -> Option<Node> {
        self.0.show()
    }
}

record! {
    /// A file of recorded requests. All files have one clock: the run begins with the first request of all of them.
    pub struct Replay {
        /// The file: `.bin` in the format oracleGeneral of libCacheSim, else CSV with the columns `time`, `key` and `size` (in bytes).
        file: At<Text>,
        /// The unit of its times.
        time_unit: At<TimeUnit> = "s",
    }
    bare: "file";
}

choice! {
    /// What times are counted in.
    pub enum TimeUnit {
        /// Seconds.
        Seconds = "s",
        /// Milliseconds.
        Milliseconds = "ms",
        /// Microseconds.
        Microseconds = "us",
        /// Nanoseconds.
        Nanoseconds = "ns",
    }
}

impl TimeUnit {
    /// The unit \[ns\].
    pub fn ns(&self) -> u64 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Milliseconds => 1_000_000,
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        }
    }
}

record! {
    /// The line between users and the region they enter.
    pub struct Access {
        /// Time to the region and back.
        rtt: DurationLaw = "0s",
        /// What the users can send.
        up: Option<At<Bandwidth>>,
        /// What the users can receive.
        down: Option<At<Bandwidth>>,
        /// The chance that a message is lost and has to be sent again after a retransmission timeout, as TCP does.
        loss: At<Share> = "0%",
    }
}

record! {
    /// Arrivals that do not wait for answers.
    pub struct Open {
        /// Arrivals per time: `450/s`, or stages. Counts arrivals, each of which may bring a batch.
        rate: Option<RateShape>,
        /// The time between arrivals instead of a rate: a renewal process.
        between: Option<DurationLaw>,
        /// How arrivals with a rate are spread.
        process: Process = "poisson",
        /// How many requests one arrival brings.
        batch: CountLaw = "1",
    }
    meaningless: meaningless_between;
    check: check_open;
}

/// A renewal process says itself how arrivals are spread.
fn meaningless_between(open: &Open) -> Option<Meaningless> {
    let reason = "`process` says how a `rate` is spread; with `between` the law says all";
    open.between.as_ref().map(|_| Meaningless {
        fields: &["process"],
        reason,
    })
}

fn check_open(open: &Open, node: &Node, reader: &mut Reader<'_>) {
    if open.rate.is_some() == open.between.is_some() {
        reader.exactly_one(node, "an open workload", &["rate", "between"]);
    }
    if open.batch.law == Count::Unlimited {
        reader.out_of_range(
            open.batch.place,
            "an arrival cannot bring an unlimited batch",
        );
    }
    if matches!(&open.between, Some(between) if between.law == Law::Constant(0.0)) {
        let place = node.get("between").map_or(node.place, |value| value.place);
        reader.out_of_range(
            place,
            "a time of 0 between arrivals is an endless crowd at one instant",
        );
    }
}

choice! {
    /// How arrivals with a given rate are spread in time.
    pub enum Process {
        /// Independent of each other: exponential times between them while the rate is steady.
        Poisson = "poisson",
        /// Evenly spaced, as a load generator sends them.
        Paced = "paced",
        /// In bursts: independent of each other at a rate that a Markov chain multiplies by the factor of its state (a
        /// Markov-modulated Poisson process; Fischer and Meier-Hellstern 1993).
        Mmpp(Mmpp) = "mmpp",
    }
}

record! {
    /// The chain that modulates a rate: it goes through its states in turn and round again, from a state found at random.
    pub struct Mmpp {
        /// The states in turn, at least two.
        states: Vec<MmppState>,
    }
    check: check_mmpp;
}

record! {
    /// A state of the chain.
    pub struct MmppState {
        /// What the rate is multiplied by in this state.
        factor: At<f64>,
        /// How long a stay in this state lasts on average; stays are exponential.
        stay: At<Duration>,
    }
}

fn check_mmpp(mmpp: &Mmpp, node: &Node, reader: &mut Reader<'_>) {
    if mmpp.states.len() < 2 {
        let message = "an mmpp has at least two states; with one it would be `poisson`";
        return reader.out_of_range(node.place, message);
    }
    for state in &mmpp.states {
        if state.stay.ns() == 0 {
            reader.out_of_range(state.stay.place, "a state that lasts no time is no state");
        }
    }
    if mmpp.states.iter().all(|state| state.factor.value == 0.0) {
        let message = "all factors are 0: no request would ever arrive";
        reader.out_of_range(node.place, message);
    }
}

/// Shapes of a rate that the language has and that are not supported yet.
const SHAPES_LATER: [&str; 2] = ["diurnal", "trace"];

/// A rate that is steady or moves in stages.
#[derive(Debug, Clone, PartialEq)]
pub enum RateShape {
    /// The same all the time.
    Constant(At<Rate>),
    /// From `start`, linearly to each stage's target in turn; the last target then holds.
    Stages(StagedRate),
}

impl Shape for RateShape {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.content {
            Content::Map(entries) => match entries
                .iter()
                .find(|entry| SHAPES_LATER.contains(&entry.key.value.as_str()))
            {
                Some(entry) => {
                    reader.later(entry.key.place, &entry.key.value);
                    None
                }
                None => StagedRate::read(node, reader).map(Self::Stages),
            },
            _ => At::<Rate>::read(node, reader).map(Self::Constant),
        }
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        serde_json::json!({ "anyOf": [Rate::schema(definitions), StagedRate::schema(definitions)] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Constant(rate) => rate.show(),
            Self::Stages(stages) => stages.show(),
        }
    }
}

record! {
    /// A rate in stages, with the words of the load generator k6 (k6.io, `ramping-arrival-rate`).
    pub struct StagedRate {
        /// The stages in turn.
        stages: Vec<Stage>,
        /// The rate before the first stage.
        start: At<Rate> = "0/s",
    }
    check: check_stages;
}

fn check_stages(stages: &StagedRate, node: &Node, reader: &mut Reader<'_>) {
    if stages.stages.is_empty() {
        reader.out_of_range(
            node.place,
            "`stages` needs at least one stage: `[{ duration: 5m, target: 50/s }]`",
        );
    } else if stages.start.per_second() == 0.0
        && stages
            .stages
            .iter()
            .all(|stage| stage.target.per_second() == 0.0)
    {
        reader.out_of_range(
            node.place,
            "all stages aim at 0/s: no request would ever arrive",
        );
    }
}

record! {
    /// One stage: the rate moves linearly from where it was to the target.
    pub struct Stage {
        /// How long the stage lasts.
        duration: At<Duration>,
        /// The rate at its end.
        target: At<Rate>,
    }
}

record! {
    /// Users who send a request, wait for its outcome, think and start again.
    pub struct Closed {
        /// How many users.
        users: At<u64>,
        /// The time a user thinks between an outcome and the next request.
        think: DurationLaw = "0s",
        /// How quickly the users appear; all at once when absent.
        ramp: Option<At<Rate>>,
    }
    check: check_closed;
}

fn check_closed(closed: &Closed, _node: &Node, reader: &mut Reader<'_>) {
    if closed.users.value == 0 {
        reader.out_of_range(
            closed.users.place,
            "a closed workload needs at least 1 user",
        );
    }
    if let Some(ramp) = &closed.ramp
        && ramp.per_second() == 0.0
    {
        reader.out_of_range(ramp.place, "with a ramp of 0/s no user ever appears");
    }
}

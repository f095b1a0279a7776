//! What is known about an architecture from elsewhere, and must come out: `expect:`.

use super::percentile;
use super::reader::Reader;
use super::shape::{Definitions, Shape};
use super::word::Text;
use crate::source::{At, Node};
use crate::units::{self, Dimension, Duration, MoneyRate, Per, QuantityError, Rate, Share};
use std::num::NonZeroU64;

record! {
    /// A number that is known: exactly one of `is`, `at-most` and `at-least`, with its source.
    pub struct Expectation {
        /// What is measured: a component (`services.web`), `component.endpoint` or `workloads.name`.
        of: At<String>,
        /// Only this journey or endpoint of the workload's mix.
        journey: Option<At<String>>,
        /// Which number.
        metric: At<Measured>,
        /// At this instant of simulated time, from an empty start, instead of in the long run.
        at: Option<At<Duration>>,
        /// What it is, in the metric's unit.
        is: Option<At<Text>>,
        /// What it does not exceed, in the metric's unit.
        at_most: Option<At<Text>>,
        /// What it does not fall below, in the metric's unit.
        at_least: Option<At<Text>>,
        /// How far off, relative to the value, is still right: for approximations and published measurements.
        within: Option<At<Share>>,
        /// Where the value comes from: a book, a paper, a measurement.
        source: At<Text>,
    }
    check: check_expectation;
}

choice! {
    /// Which number of something.
    pub enum Metric {
        /// The mean of latency, from sending to the outcome.
        LatencyMean = "latency.mean",
        /// The standard deviation of latency, from sending to the outcome.
        LatencySd = "latency.sd",
        /// The largest of latency, from sending to the outcome.
        LatencyMax = "latency.max",
        /// The mean of the time in queues, for a slot and for a core, of calls served.
        WaitMean = "wait.mean",
        /// The standard deviation of the time in queues, for a slot and for a core, of calls served.
        WaitSd = "wait.sd",
        /// The mean of the time from the slot to the program's end without that in queues.
        ServiceMean = "service.mean",
        /// The standard deviation of the time from the slot to the program's end without that in queues.
        ServiceSd = "service.sd",
        /// The mean of the number present, weighted by time: at a component, or of the calls of an endpoint from sending to the outcome.
        InSystemMean = "in-system.mean",
        /// The standard deviation of the number present, weighted by time.
        InSystemSd = "in-system.sd",
        /// The share of time with at least so many present.
        InSystem(NumberPresent) = "in-system",
        /// The mean number waiting, for a slot or for a core.
        Queue = "queue",
        /// The share of calls served that waited at all.
        Waits = "waits",
        /// Successes per time; of an endpoint or a component what it finished, late answers included.
        Throughput = "throughput",
        /// Successes per time for which somebody still waited.
        Goodput = "goodput",
        /// The share of requests that succeed.
        Success = "success",
        /// The share of its processors' time that is used.
        Cpu = "utilisation.cpu",
        /// The share of its slots' time that is used.
        Slots = "utilisation.slots",
        /// The share turned away at a full backlog.
        Refused = "refused",
        /// The share that lost patience in the queue.
        Abandoned = "abandoned",
        /// The share without an answer in time.
        Timeout = "timeout",
        /// The share that failed because the callee said so, or something that it needed failed.
        Error = "error",
        /// The share that found nobody to talk to.
        Unreachable = "unreachable",
        /// The share without a free connection in time.
        NoConnection = "no-connection",
        /// The share turned away by a rate limit.
        Limited = "limited",
        /// The share dropped to shed load.
        Shed = "shed",
        /// Attempts sent over first attempts.
        Amplification = "amplification",
        /// The share of look-ups that found their object, or waited for another's fill.
        Hit = "hit",
        /// The share of the bytes that were asked for that were found, of a cache that is bounded in bytes.
        ByteHit = "byte-hit",
        /// The share of reads of a database's copies that missed a committed write of their object.
        Stale = "stale",
        /// The mean number of objects that a cache holds and would give out; not those beyond their time to live.
        Held = "held",
        /// The load of the busiest replica over the mean one: of processors, or of slots where processors do nothing.
        Imbalance = "imbalance",
        /// The mean number of instances of a function, starting ones included.
        Instances = "instances",
        /// Instances of a function started per request that came.
        ColdStarts = "cold-starts",
        /// The mean number of messages that a group has still to do, those in its hands included.
        Lag = "lag",
        /// How long the oldest of them has been in the log, on average over time; nothing while there is none.
        LagTime = "lag-time",
        /// What it costs per time, by its price.
        Cost = "cost",
    }
    later: ["open-circuit", "cancelled"];
}

/// Which number of something: a percentile, or another one.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A percentile: `latency.p95`.
    Percentile(Spread, f64),
    /// Anything else.
    Other(Metric),
}

/// What has percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// The time from sending to the outcome.
    Latency,
    /// The time in queues, for a slot and for a core, of calls served.
    Wait,
    /// The time from the slot to the program's end without that in queues.
    Service,
    /// The number present, weighted by time.
    InSystem,
}

impl Spread {
    /// All of them with their words and meanings.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (
            Self::Latency,
            "latency",
            "Any percentile of latency, from sending to the outcome: from `latency.p1` to `latency.p99.99`.",
        ),
        (
            Self::Wait,
            "wait",
            "Any percentile of the time in queues, for a slot and for a core, of calls served.",
        ),
        (
            Self::Service,
            "service",
            "Any percentile of the time from the slot to the program's end without that in queues.",
        ),
        (
            Self::InSystem,
            "in-system",
            "Any percentile of the number present, weighted by time.",
        ),
    ];

    fn word(self) -> &'static str {
        let all = Self::ALL.iter();
        all.filter(|(spread, ..)| *spread == self)
            .map(|(_, word, _)| *word)
            .next()
            .unwrap_or_default()
    }
}

impl Measured {
    /// What kind of quantity its values are.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Percentile(Spread::InSystem, _) => Dimension::Number,
            Self::Percentile(..) => Dimension::Duration,
            Self::Other(metric) => metric.dimension(),
        }
    }
}

impl Shape for Measured {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let parts = node.as_text().and_then(|text| text.split_once('.'));
        let of = |word: &str| Spread::ALL.iter().find(|(_, known, _)| *known == word);
        match parts.and_then(|(word, name)| Some((of(word)?, name))) {
            Some(((spread, ..), name)) if percentile::is_meant(name) => {
                let share = percentile::share(name);
                if share.is_none() {
                    reader.out_of_range(node.place, percentile::RULE);
                }
                Some(Self::Percentile(*spread, share?))
            }
            _ => Metric::read(node, reader).map(Self::Other),
        }
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let words = Spread::ALL.map(|(_, word, _)| word).join("|");
        let percentile = serde_json::json!({
            "type": "string", "pattern": percentile::pattern_of(&words),
            "description": "A percentile, from p1 to p99.99: `latency.p95`, `wait.p99.9`.",
        });
        serde_json::json!({ "anyOf": [percentile, Metric::schema(definitions)] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Percentile(spread, share) => {
                let name = percentile::name(*share);
                Some(Node::text(format!("{}.{name}", spread.word())))
            }
            Self::Other(metric) => metric.show(),
        }
    }
}

record! {
    /// How many are present.
    pub struct NumberPresent {
        /// At least so many.
        at_least: NonZeroU64,
    }
}

impl Metric {
    /// What kind of quantity its values are.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::InSystemMean
            | Self::InSystemSd
            | Self::Queue
            | Self::Amplification
            | Self::Held
            | Self::Imbalance
            | Self::Instances
            | Self::Lag => Dimension::Number,
            Self::InSystem(_)
            | Self::Waits
            | Self::Success
            | Self::Cpu
            | Self::Slots
            | Self::Refused
            | Self::Abandoned
            | Self::Timeout
            | Self::Error
            | Self::Unreachable
            | Self::NoConnection
            | Self::Limited
            | Self::Shed
            | Self::ColdStarts
            | Self::Stale
            | Self::ByteHit
            | Self::Hit => Dimension::Share,
            Self::Throughput | Self::Goodput => Dimension::Rate,
            Self::Cost => Dimension::Money,
            _ => Dimension::Duration,
        }
    }
}

/// Reads a value in base units: s, share, 1/s, a plain number; of money as it is written.
fn value(text: &str, dimension: Dimension) -> Result<f64, QuantityError> {
    match dimension {
        Dimension::Duration => text.parse().map(Duration::seconds),
        Dimension::Share => text.parse().map(Share::get),
        Dimension::Rate => text.parse().map(Rate::per_second),
        Dimension::Money => text.parse().map(|money: MoneyRate| money.amount),
        _ => units::number(text),
    }
}

fn check_expectation(expectation: &Expectation, node: &Node, reader: &mut Reader<'_>) {
    let bounds: Vec<_> = expectation.bounds().collect();
    if bounds.len() != 1 {
        reader.exactly_one(node, "an expectation", &["is", "at-most", "at-least"]);
    }
    for (word, bound) in bounds {
        let dimension = expectation.metric.dimension();
        if let Err(error) = value(&bound.value, dimension) {
            if let Some(written) = node.get(word) {
                reader.quantity(written, &error);
            }
        } else if let Ok(money) = bound.parse::<MoneyRate>()
            && !matches!(money.per, Per::Second | Per::Hour | Per::Month)
        {
            reader.out_of_range(
                bound.place,
                format!("a cost is money per time: `900 USD/month`, not `{money}`"),
            );
        }
    }
    if let Some(within) = &expectation.within {
        if expectation.is.is_none() {
            reader.contradiction(
                within.place,
                "`within` is how far off an `is` may be: there is none",
            );
        } else if within.get() <= 0.0 {
            reader.out_of_range(within.place, "a share above 0 is needed here");
        }
    }
    if expectation.source.trim().is_empty() {
        reader.out_of_range(
            expectation.source.place,
            "an expectation without a source is an opinion: say where the value comes from",
        );
    }
}

impl Expectation {
    /// The value of a bound in base units: s, share, 1/s, a plain number; of money the amount as written. Nothing if it
    /// is no quantity of the metric's kind, which reading has complained of.
    pub fn value(&self, bound: &Text) -> Option<f64> {
        value(bound, self.metric.dimension()).ok()
    }

    /// The bounds that are given, with their names in YAML: exactly one once it was read without complaint.
    pub fn bounds(&self) -> impl Iterator<Item = (&'static str, &At<Text>)> {
        let all = [
            ("is", &self.is),
            ("at-most", &self.at_most),
            ("at-least", &self.at_least),
        ];
        all.into_iter()
            .filter_map(|(word, bound)| bound.as_ref().map(|bound| (word, bound)))
    }
}

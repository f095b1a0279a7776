//! Functions: programs that run on instances which are made when they are asked for.

use super::fields::Meaningless;
use super::law::DurationLaw;
use super::number::Positive;
use super::reader::Reader;
use super::shape::{Limit, Named};
use super::station::Cpu;
use super::step::Block;
use crate::source::{At, Node};
use crate::units::{Duration, MoneyRate, Per, Rate, Size};
use std::num::NonZeroU64;

record! {
    /// A component that runs programs on instances made on demand.
    pub struct Function {
        /// What can be called, each with its program.
        endpoints: Named<Block>,
        /// The region it stands in; where absent the only one, or no place at all.
        regions as "in": Vec<At<String>> = "[]",
        /// Memory of one instance, which the price is for.
        memory: Option<At<Size>>,
        /// Cores of one instance; or `unlimited`.
        cores: At<Limit<Positive>> = "1",
        /// How much faster than the one the demands were measured on a core is.
        speed: At<Positive> = "1",
        /// How the processor of an instance is shared by its requests.
        cpu: Cpu = "ps",
        /// Requests at once in one instance.
        per_instance: At<NonZeroU64> = "1",
        /// The most instances that there can be.
        max_instances: At<NonZeroU64>,
        /// Whose limit on all instances at once it shares; none when absent.
        account: Option<At<String>>,
        /// Instances that are always there.
        provisioned: At<u64> = "0",
        /// How long an instance takes to start.
        cold_start: DurationLaw = "0s",
        /// How long an instance stays without a request; or `unlimited`.
        keep_alive: At<Limit<Duration>> = "unlimited",
        /// Which of the instances with room takes a request; those that are provisioned come first.
        take: Take = "newest-idle",
        /// What a request waits for that finds no instance with room.
        waits_for: WaitsFor = "own-instance",
        /// How many instances can be started at once and how fast more are allowed; no limit when absent.
        scale_up: Option<ScaleUp>,
        /// What becomes of a request for which no instance may be started.
        over_limit: OverLimit = "refuse",
        /// How many may wait; the next one is refused at once. Or `unlimited`.
        backlog: At<Limit<u64>> = "unlimited",
        /// How long a request waits before it leaves; for ever when absent.
        patience: Option<DurationLaw>,
        /// What it costs by use.
        price: Option<FunctionPrice>,
    }
    later: ["routines", "pools", "discipline", "groups", "priority", "gc", "reserve"];
    never: {
        "replicas": "instances are made on demand: `max-instances` bounds them",
        "concurrency": "instances are made on demand: `per-instance` says how many requests one serves at once",
        "autoscale": "a function scales by itself: `scale-up` and `keep-alive` say how",
        "balance": "a function picks its own instances: `take` says which",
        "host": "an instance has cores of its own",
        "reliability": "an instance that breaks is replaced by the platform when it is next needed: say `fail` in a program for calls that fail",
        "machine": "a function is paid for by use: `price: { per-million: 0.20 USD, per-gib-s: 0.0000166667 USD }`",
    };
    meaningless: meaningless_when_refused;
    check: check_function;
}

/// Where nobody waits, nothing can be said about waiting. A request that waits for a start is none of these.
fn meaningless_when_refused(function: &Function) -> Option<Meaningless> {
    let nobody_queues =
        function.over_limit == OverLimit::Refuse && function.waits_for == WaitsFor::OwnInstance;
    nobody_queues.then_some(Meaningless {
        fields: &["backlog"],
        reason: "with `over-limit: refuse` nobody waits but for an instance of its own",
    })
}

fn check_function(function: &Function, _node: &Node, reader: &mut Reader<'_>) {
    if function.provisioned.value > function.max_instances.get() {
        reader.contradiction(
            function.provisioned.place,
            "more instances are `provisioned` than there can be by `max-instances`",
        );
    }
    if let Some(price) = &function.price
        && (price.per_gib_s.is_some() || price.provisioned_per_gib_s.is_some())
        && function.memory.is_none()
    {
        reader.contradiction(
            function.max_instances.place,
            "a price by the GiB-second needs the `memory` of an instance",
        );
    }
}

choice! {
    /// Which of the instances with room takes a request.
    pub enum Take {
        /// The one that got room last, so that the others can go.
        NewestIdle = "newest-idle",
        /// The one that has had room longest, so that all stay.
        OldestIdle = "oldest-idle",
    }
}

choice! {
    /// What a request waits for that finds no instance with room.
    pub enum WaitsFor {
        /// The first room there is, in an instance that has started or in one that was busy; a start that nobody waits for any more is called off.
        FirstFree = "first-free",
        /// The instance that is started for it, even if another has room before.
        OwnInstance = "own-instance",
    }
}

choice! {
    /// What becomes of a request for which no instance may be started.
    pub enum OverLimit {
        /// It fails at once (cause `limited`).
        Refuse = "refuse",
        /// It waits for room in one that there is, or until one more may be started.
        Queue = "queue",
    }
}

record! {
    /// An account with a provider, whose functions share a limit (AWS Lambda's "concurrent executions", 1,000 in a region at first: AWS
    /// documentation, 2025). A function with a share reserved for it alone belongs to none: its `max-instances` is the share, and
    /// what is left is the limit here.
    pub struct Account {
        /// How many instances of all its functions may be in use at once: those that start, have requests or are provisioned.
        concurrency: At<NonZeroU64>,
    }
}

record! {
    /// How fast instances can be started: a bucket of so many starts, filled again at a constant rate.
    pub struct ScaleUp {
        /// Starts at once.
        burst: At<NonZeroU64>,
        /// Further starts per time: `1000/10s`.
        then: At<Rate>,
    }
}

record! {
    /// What a function costs by use.
    pub struct FunctionPrice {
        /// For a million requests.
        per_million: Option<At<MoneyRate>>,
        /// For a GiB of memory and second of an instance that starts or has a request.
        per_gib_s: Option<At<MoneyRate>>,
        /// For a GiB of memory and second of a provisioned instance, used or not; added to the others.
        provisioned_per_gib_s: Option<At<MoneyRate>>,
    }
    check: check_price;
}

impl FunctionPrice {
    /// All that are given.
    pub fn all(&self) -> impl Iterator<Item = &At<MoneyRate>> {
        [
            &self.per_million,
            &self.per_gib_s,
            &self.provisioned_per_gib_s,
        ]
        .into_iter()
        .flatten()
    }
}

fn check_price(price: &FunctionPrice, node: &Node, reader: &mut Reader<'_>) {
    let mut given = price.all().peekable();
    if given.peek().is_none() {
        reader.missing(
            node,
            "a price needs an amount, as in `per-million: 0.20 USD`",
            &["per-million", "per-gib-s", "provisioned-per-gib-s"],
        );
    }
    for money in given.filter(|money| money.per != Per::Once) {
        let message = format!(
            "the name says what it is for: `{}` is money and no more",
            money.value
        );
        reader.out_of_range(money.place, message);
    }
}

//! What the architecture must achieve and what its machines cost: `objectives:`, `prices:` and `charges:`.

use super::number::Positive;
use super::percentile::{Percentiles, is_meant};
use super::reader::Reader;
use super::word::Text;
use crate::source::{At, Content, Node};
use crate::units::{Duration, MoneyRate, Per, Rate, Share, Size};
use std::num::NonZeroU64;

record! {
    /// What must hold: `success` and `throughput` at least, all others at most.
    pub struct Objective {
        /// What is judged: a component, `component.endpoint` or `workloads.name`; the whole for `cost`.
        of: Option<At<String>>,
        /// Only this journey or endpoint of the workload's mix.
        journey: Option<At<String>>,
        /// The mean latency, at most.
        mean: Option<At<Duration>>,
        /// The longest latency seen, at most.
        max: Option<At<Duration>>,
        /// The share of requests that succeed, at least.
        success: Option<At<Share>>,
        /// Successes per time, at least.
        throughput: Option<At<Rate>>,
        /// What it costs per time, at most: `900 USD/month`.
        cost: Option<At<MoneyRate>>,
        /// The share of its processors' time that is used, at most.
        utilisation: Option<At<Share>>,
        /// The share of reads that miss a committed write of their object, at most.
        stale: Option<At<Share>>,
        /// The mean number of messages that a group of a topic, or a queue, has still to do, at most.
        lag: Option<At<u64>>,
        /// How long the oldest of them has been there, on average over time, at most.
        lag_time: Option<At<Duration>>,
    }
    flatten {
        /// Percentiles of latency, at most: any from `p1` to `p99.99`.
        percentiles: Percentiles
    }
    later: ["where"];
    check: check_objective;
}

const METRICS: &[&str] = &[
    "mean",
    "p99",
    "max",
    "success",
    "throughput",
    "cost",
    "utilisation",
    "stale",
    "lag",
    "lag-time",
];

fn check_objective(objective: &Objective, node: &Node, reader: &mut Reader<'_>) {
    let mut given = METRICS
        .iter()
        .filter(|metric| node.entry(metric).is_some())
        .peekable();
    // One that is written wrongly has been complained of.
    let percentiles = match &node.content {
        Content::Map(entries) => (entries.iter()).any(|entry| is_meant(&entry.key.value)),
        _ => false,
    };
    if given.peek().is_none() && !percentiles {
        reader.missing(
            node,
            "an objective needs a metric, as in `p99: 800ms`",
            METRICS,
        );
    }
    if objective.of.is_none() && (percentiles || given.any(|metric| *metric != "cost")) {
        reader.missing(
            node,
            "an objective needs `of`, as in `of: web.checkout`; only `cost` can do without",
            &[],
        );
    }
    if let Some(cost) = &objective.cost
        && !matches!(cost.per, Per::Second | Per::Hour | Per::Month)
    {
        reader.out_of_range(
            cost.place,
            format!(
                "a cost objective is money per time: `900 USD/month`, not `{}`",
                cost.value
            ),
        );
    }
}

record! {
    /// A machine that the built-in list does not have, or has otherwise.
    pub struct Price {
        /// What one costs per hour: `0.096 USD`.
        per_hour: At<MoneyRate>,
        /// How many cores it has; what the built-in list says when absent.
        cores: Option<At<Positive>>,
        /// How much memory it has; what the built-in list says when absent.
        memory: Option<At<Size>>,
    }
    check: check_price;
}

fn check_price(price: &Price, _node: &Node, reader: &mut Reader<'_>) {
    if !matches!(price.per_hour.per, Per::Once | Per::Hour) {
        reader.out_of_range(
            price.per_hour.place,
            format!(
                "`per-hour` is money per hour: `0.096 USD`, not `{}`",
                price.per_hour.value
            ),
        );
    }
}

record! {
    /// What is paid for whether or not it is used: a licence, a gateway, a balancer by the hour.
    pub struct Charge {
        /// What one costs per time: `32.85 USD/month`, `0.045 USD/h`.
        cost: At<MoneyRate>,
        /// How many there are.
        count: At<NonZeroU64> = "1",
        /// Where the price was read.
        source: Option<Text>,
    }
    bare: "cost";
    check: check_charge;
}

fn check_charge(charge: &Charge, _node: &Node, reader: &mut Reader<'_>) {
    if !matches!(charge.cost.per, Per::Second | Per::Hour | Per::Month) {
        reader.out_of_range(
            charge.cost.place,
            format!(
                "a charge is money per time: `32.85 USD/month`, not `{}`",
                charge.cost.value
            ),
        );
    }
}

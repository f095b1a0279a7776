//! Expectations: one row each, if its metric can be taken of what it names.

use super::super::draft::Draft;
use super::objectives::{
    LAG_IS_OF, STALE_IS_OF, group_of, per_month, reads_copies, target, which_endpoint,
};
use crate::model::{self, Measured, Metric as Written, SpreadOf};
use crate::plan::{
    Bound, CacheId, Capacity, Claim, ComponentId, ComponentKind, Expectation, Figure, Statistic,
    Target,
};
use crate::policy::Cause;
use crate::source::codes;
use crate::units::MoneyRate;

pub(super) fn declare(draft: &mut Draft<'_>) {
    let model = draft.model;
    for expectation in &model.expect {
        if let Some(row) = lowered(draft, expectation) {
            draft.plan.expectations.push(row);
        }
    }
}

fn lowered(draft: &mut Draft<'_>, written: &model::Expectation) -> Option<Expectation> {
    let target = target(draft, Some(&written.of), written.journey.as_ref())?;
    let figure = figure(&written.metric);
    check_target(draft, written, &target, figure);
    check_instant(draft, written, figure);
    let (side, bound) = written.bounds().next()?;
    let mut value = written.value(bound)?;
    if figure == Figure::Cost
        && let Ok(money) = bound.parse::<MoneyRate>()
    {
        draft.currency(money.currency, bound.place);
        value = per_month(&money);
    }
    let claim = match side {
        "at-most" => Claim::Bounded(Bound::AtMost),
        "at-least" => Claim::Bounded(Bound::AtLeast),
        _ => Claim::Is(written.within.as_ref().map(|within| within.get())),
    };
    let mut of = written.of.value.clone();
    if let Some(journey) = &written.journey {
        of = format!("{of}: {}", journey.value);
    }
    Some(Expectation {
        of,
        target,
        word: word(&written.metric),
        figure,
        at: written.at.as_ref().map(|at| at.ns()),
        claim,
        value,
        text: said(written, side, bound),
        source: written.source.to_string(),
    })
}

/// The claim in words: `is 5s`, `is 6.07s within 5%`, `at least 99%`.
fn said(written: &model::Expectation, side: &str, bound: &model::Text) -> String {
    let claim = format!("{} {bound}", side.replace('-', " "));
    match &written.within {
        Some(within) => format!("{claim} within {}", within.value),
        None => claim,
    }
}

/// A metric as reports print it.
fn word(metric: &Measured) -> String {
    use crate::model::Shape as _;
    match metric {
        Measured::Other(Written::InSystem(present)) => {
            format!("in-system at least {}", present.at_least)
        }
        other => other
            .show()
            .and_then(|node| node.as_text().map(str::to_owned))
            .unwrap_or_default(),
    }
}

fn figure(measured: &Measured) -> Figure {
    let metric = match measured {
        Measured::Percentile(of, share) => {
            let percentile = Statistic::Percentile(*share);
            return match of {
                SpreadOf::Latency => Figure::Latency(percentile),
                SpreadOf::Wait => Figure::Wait(percentile),
                SpreadOf::Service => Figure::Service(percentile),
                SpreadOf::InSystem => Figure::InSystem(percentile),
            };
        }
        Measured::Other(metric) => metric,
    };
    match metric {
        Written::LatencyMean => Figure::Latency(Statistic::Mean),
        Written::LatencySd => Figure::Latency(Statistic::Deviation),
        Written::LatencyMax => Figure::Latency(Statistic::Max),
        Written::WaitMean => Figure::Wait(Statistic::Mean),
        Written::WaitSd => Figure::Wait(Statistic::Deviation),
        Written::ServiceMean => Figure::Service(Statistic::Mean),
        Written::ServiceSd => Figure::Service(Statistic::Deviation),
        Written::InSystemMean => Figure::InSystem(Statistic::Mean),
        Written::InSystemSd => Figure::InSystem(Statistic::Deviation),
        Written::InSystem(present) => Figure::AtLeast(present.at_least.get()),
        Written::Queue => Figure::Queue,
        Written::Lag => Figure::Lag,
        Written::LagTime => Figure::LagTime,
        Written::Waits => Figure::Waits,
        Written::Throughput => Figure::Throughput,
        Written::Goodput => Figure::Goodput,
        Written::Success => Figure::Success,
        Written::Cpu => Figure::Cpu,
        Written::Slots => Figure::Slots,
        Written::Refused => Figure::Failed(Cause::Refused),
        Written::Abandoned => Figure::Failed(Cause::Abandoned),
        Written::Timeout => Figure::Failed(Cause::Timeout),
        Written::Error => Figure::Failed(Cause::Error),
        Written::Unreachable => Figure::Failed(Cause::Unreachable),
        Written::NoConnection => Figure::Failed(Cause::NoConnection),
        Written::Limited => Figure::Failed(Cause::Limited),
        Written::Shed => Figure::Failed(Cause::Shed),
        Written::Amplification => Figure::Amplification,
        Written::Hit => Figure::Hit,
        Written::ByteHit => Figure::ByteHit,
        Written::Stale => Figure::Stale,
        Written::Held => Figure::Held,
        Written::Imbalance => Figure::Imbalance,
        Written::Instances => Figure::Instances,
        Written::ColdStarts => Figure::ColdStarts,
        Written::Cost => Figure::Cost,
    }
}

/// Every number is of requests, of calls or of machines.
fn check_target(
    draft: &mut Draft<'_>,
    written: &model::Expectation,
    target: &Target,
    figure: Figure,
) {
    let wrong = match target {
        Target::All => None,
        _ if figure == Figure::Stale => (!reads_copies(draft, target)).then_some(STALE_IS_OF),
        _ if matches!(figure, Figure::Lag | Figure::LagTime) => {
            group_of(draft, target).is_none().then_some(LAG_IS_OF)
        }
        Target::Workload(_) | Target::Entries(_) => of_requests(figure),
        Target::Endpoint(_) => of_calls(figure),
        Target::Component(component) => of_component(draft, *component, figure),
    };
    let endpoint = match (target, figure) {
        (Target::Component(id), Figure::Latency(_) | Figure::Success) => {
            Some(which_endpoint(draft, *id))
        }
        _ => None,
    };
    if let Some(hint) = endpoint.or(wrong.map(str::to_owned)) {
        let message = format!(
            "`{}` cannot be taken of `{}`",
            word(&written.metric),
            written.of.value
        );
        draft.complain_with(codes::CONTRADICTION, written.metric.place, message, hint);
    }
}

/// Why a number cannot be taken of whole requests.
fn of_requests(figure: Figure) -> Option<&'static str> {
    match figure {
        Figure::Latency(_)
        | Figure::Throughput
        | Figure::Goodput
        | Figure::Success
        | Figure::Failed(_) => None,
        Figure::Wait(_) | Figure::Service(_) | Figure::Waits | Figure::Amplification => {
            Some("it is of calls: `of: web.checkout`")
        }
        _ => Some("it is of a component: `of: services.web`"),
    }
}

/// Why a number cannot be taken of the calls of an endpoint.
fn of_calls(figure: Figure) -> Option<&'static str> {
    match figure {
        Figure::Wait(_)
        | Figure::Service(_)
        | Figure::Waits
        | Figure::Amplification
        | Figure::InSystem(_)
        | Figure::AtLeast(_) => None,
        other => of_requests(other),
    }
}

/// Whether a component is a cache that is bounded in bytes.
fn weighed(draft: &Draft<'_>, id: ComponentId) -> bool {
    let caches = draft.plan.caches.iter().enumerate();
    let mut own = caches.filter(|(_, cache)| cache.component == id);
    own.any(|(cache, _)| draft.plan.byte_meter(CacheId::from(cache)).is_some())
}

/// Why a number cannot be taken of a component.
fn of_component(draft: &Draft<'_>, id: ComponentId, figure: Figure) -> Option<&'static str> {
    let kind = draft.plan.components[id.index()].kind;
    let processors = || {
        let all = draft.plan.processors.iter();
        all.filter(|processor| processor.component == id)
    };
    let stations = || {
        let all = draft.plan.stations.iter();
        all.filter(|station| station.component == id)
    };
    match figure {
        Figure::Failed(Cause::Refused | Cause::Abandoned) if kind != ComponentKind::Host => None,
        Figure::Failed(_) => Some("it is of calls: `of: web.checkout`"),
        Figure::ByteHit if !weighed(draft, id) => Some(
            "only a cache whose `capacity` is in bytes weighs what it finds; of a CDN the report does",
        ),
        Figure::Hit | Figure::Held
            if !matches!(kind, ComponentKind::Cache | ComponentKind::Cdn) =>
        {
            Some("only a cache is looked into: `of: caches.NAME`")
        }
        Figure::Instances | Figure::ColdStarts if kind != ComponentKind::Function => {
            Some("only a function has instances made on demand: `of: functions.NAME`")
        }
        Figure::Cpu if processors().next().is_none() => Some(
            "it has no processors of its own: those of a service on a host are the host's, `of: hosts.NAME`",
        ),
        Figure::Cpu if processors().any(|row| row.cores == Capacity::Unlimited) => Some(
            "its cores are unlimited, so that there is no share of them: `in-system.mean` says how many are busy",
        ),
        Figure::Slots
            if stations().next().is_none() || stations().any(|row| row.concurrency == u32::MAX) =>
        {
            Some("its slots are unlimited: give it a `concurrency`")
        }
        Figure::InSystem(_)
        | Figure::AtLeast(_)
        | Figure::Wait(_)
        | Figure::Service(_)
        | Figure::Waits
        | Figure::Throughput
        | Figure::Goodput
        | Figure::Amplification
            if stations().next().is_none() =>
        {
            Some("nobody calls a host: it is of one of the services on it")
        }
        _ => None,
    }
}

/// The state at an instant is how many are present, or still to do; everything else takes time to measure.
fn check_instant(draft: &mut Draft<'_>, written: &model::Expectation, figure: Figure) {
    let Some(at) = &written.at else { return };
    if !matches!(
        figure,
        Figure::InSystem(_) | Figure::AtLeast(_) | Figure::Lag
    ) {
        draft.complain_with(
            codes::CONTRADICTION,
            at.place,
            format!("`{}` is not the state of an instant", word(&written.metric)),
            "`at` goes with `in-system` and `lag`; for everything else leave it out",
        );
    } else if at.ns() == 0 {
        draft.complain(
            codes::OUT_OF_RANGE,
            at.place,
            "nothing has happened at the first instant: a later one is needed here",
        );
    }
}

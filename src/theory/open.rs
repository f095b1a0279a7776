//! Open workloads: every component as far as it is a queue with a formula, and the time of requests as the sum of its parts.

use super::answer::{
    Answer, Formula, Kind, Metric, NO_WAIT, Reason, Subject, Theory, UTILISATION_LAW, Value,
};
use super::flow::{self, Feed, Flow};
use super::latency::{Latency, Times};
use super::places::{Places, Shape};
use super::program::What;
use super::station::Coming;
use super::units::{self, Solution, Units};
use crate::plan::{Capacity, ComponentId, CpuDiscipline, EndpointId, ZoneId};

/// Percentiles that are told where the law is known.
pub(super) const PERCENTILES: [f64; 3] = [0.5, 0.95, 0.99];

/// Everything that theory says of open workloads.
pub(super) fn answers(places: &Places<'_>, told: &mut Theory) {
    let plan = places.plan;
    let flow = match Flow::of(places) {
        Ok(flow) => flow,
        Err(why) => {
            let of = (0..plan.workloads.len()).map(|id| Subject::Workload(id.into()));
            told.reasons.extend(of.map(|of| Reason {
                of,
                why: why.clone(),
            }));
            return;
        }
    };
    let taken: Vec<Result<Units, String>> = (0..plan.components.len())
        .map(|id| units::take(places, &flow.rates, id.into()))
        .collect();
    let hands_on: Vec<bool> = taken
        .iter()
        .enumerate()
        .map(|(id, taken)| {
            let refuses = flow::may_refuse(places, id.into());
            !refuses && taken.as_ref().is_ok_and(Units::hands_on)
        })
        .collect();
    let mut solutions = Vec::new();
    for (id, taken) in taken.into_iter().enumerate() {
        let component = ComponentId::from(id);
        let solved = component_of(places, &flow, &hands_on, component, taken);
        solutions.push(match solved {
            Ok(solution) => {
                tell(places, &flow, component, solution.as_ref(), told);
                solution
            }
            Err(why) => {
                told.reasons.push(Reason {
                    of: Subject::Component(component),
                    why,
                });
                law_of_utilisation(places, &flow, component, told);
                None
            }
        });
    }
    let times = Times {
        places,
        flow: &flow,
        solutions: &solutions,
    };
    for entry in 0..plan.entries.len() {
        request(&times, entry, told);
    }
    for endpoint in 0..plan.endpoints.len() {
        calls(&times, endpoint.into(), told);
    }
}

/// A component's formula; nothing where nobody comes.
fn component_of(
    places: &Places<'_>,
    flow: &Flow,
    hands_on: &[bool],
    id: ComponentId,
    taken: Result<Units, String>,
) -> Result<Option<Solution>, String> {
    let asked: f64 = places
        .guests(id)
        .iter()
        .flat_map(|guest| places.endpoints_of(*guest))
        .map(|end| flow.rates[end.index()])
        .sum();
    if asked <= 0.0 {
        return Ok(None);
    }
    let feed = &flow.at[id.index()];
    let taken = taken?;
    let name = places.name(id);
    if taken.units.iter().all(|unit| unit.jobs.is_empty()) {
        return Ok(None);
    }
    let coming = coming(places, flow, hands_on, id, feed)?;
    taken
        .solve(coming)
        .map(Some)
        .map_err(|why| format!("`{name}` {why}."))
}

/// How those come that reach a component.
fn coming(
    places: &Places<'_>,
    flow: &Flow,
    hands_on: &[bool],
    id: ComponentId,
    feed: &Feed,
) -> Result<Coming, String> {
    if let Some(why) = &feed.unknown {
        return Err(why.clone());
    }
    let name = places.name(id);
    if let Some(spoils) = feed.places.iter().find(|place| !hands_on[**place]) {
        let by = places.name(ComponentId::from(*spoils));
        return Err(if *spoils == id.index() {
            format!(
                "Requests come back to `{name}`, which does not hand them on as a Poisson process."
            )
        } else {
            format!(
                "Requests reach `{name}` by way of `{by}`, which does not hand them on as a Poisson process."
            )
        });
    }
    match &feed.regular {
        None => Ok(Coming {
            cv2: 1.0,
            random: true,
        }),
        Some(why) => {
            let cv2 = units::direct(places, flow, id).ok_or_else(|| why.clone())?;
            Ok(Coming { cv2, random: false })
        }
    }
}

pub(super) fn answer(of: Subject, metric: Metric, value: f64, formula: Formula) -> Answer {
    Answer {
        of,
        metric,
        value: Value::Of(value),
        kind: formula.kind,
        formula: formula.name,
        source: formula.source,
    }
}

/// What follows from a component's formula.
fn tell(
    places: &Places<'_>,
    flow: &Flow,
    id: ComponentId,
    solution: Option<&Solution>,
    told: &mut Theory,
) {
    let Some(solution) = solution else {
        return;
    };
    let of = Subject::Component(id);
    let formula = solution.formula;
    let mut put = |metric, value, formula| told.answers.push(answer(of, metric, value, formula));
    let exact = Formula {
        kind: Kind::Exact,
        ..formula
    };
    // How busy it is does not depend on the order, nor on the formula for the wait.
    let busy = if formula.kind == Kind::Approximation {
        UTILISATION_LAW
    } else {
        exact
    };
    let share = utilisation(places, &flow.rates, id, solution.refused());
    if let Some(share) = share.filter(|share| *share > 0.0) {
        put(Metric::Utilisation, share, busy);
    }
    let slots = places.shapes[id.index()] == Shape::Slots;
    if slots
        && places
            .stations_of(id)
            .all(|station| places.slots_are_servers(station))
    {
        put(Metric::Slots, solution.busy(), busy);
    }
    let guests = places.guests(id);
    let arrivals: f64 = if guests == [id] {
        places
            .endpoints_of(id)
            .map(|end| flow.rates[end.index()])
            .sum()
    } else {
        solution.throughput()
    };
    put(Metric::Wait, solution.waiting() / arrivals, formula);
    let own_work = places.endpoints_of(id).all(|end| {
        let pieces = &places.endpoints[end.index()].pieces;
        pieces
            .iter()
            .all(|piece| matches!(piece.what, What::Work(_) | What::Forward(_) | What::Send(_)))
    });
    if guests == [id] && (slots || own_work) {
        put(Metric::Present, solution.present(), formula);
    }
    if flow::may_refuse(places, id) {
        put(Metric::Refused, solution.refused(), formula);
    }
}

/// Busy share of a component's cores, where each has the same speed and there is a limit.
pub(super) fn utilisation(
    places: &Places<'_>,
    rates: &[f64],
    id: ComponentId,
    refused: f64,
) -> Option<f64> {
    let plan = places.plan;
    let own: Vec<_> = plan
        .processors
        .iter()
        .filter(|row| row.component == id)
        .collect();
    let speed = own.first()?.speed;
    let mut cores = 0.0;
    for row in &own {
        match row.cores {
            _ if matches!(row.discipline, CpuDiscipline::Slowed(_)) => return None,
            Capacity::Cores(some) if (row.speed - speed).abs() < 1e-12 => cores += some,
            _ => return None,
        }
    }
    let mut work = 0.0;
    for guest in places.guests(id) {
        for endpoint in places.endpoints_of(guest) {
            let program = &places.endpoints[endpoint.index()];
            if program.flaw.is_some() {
                return None;
            }
            for piece in &program.pieces {
                if let What::Work(demand) = piece.what {
                    let needs = super::places::moments(plan, demand)?;
                    work += rates[endpoint.index()] * piece.times * needs.mean;
                }
            }
        }
    }
    Some(work * (1.0 - refused) / (cores * speed))
}

/// How busy a component is, whatever its queue is like: X · S.
fn law_of_utilisation(places: &Places<'_>, flow: &Flow, id: ComponentId, told: &mut Theory) {
    let feed = &flow.at[id.index()];
    let known = feed.unknown.is_none()
        && !places
            .guests(id)
            .iter()
            .any(|guest| flow::may_refuse(places, *guest));
    if !known {
        return;
    }
    if let Some(share) =
        utilisation(places, &flow.rates, id, 0.0).filter(|share| *share > 0.0 && *share < 1.0)
    {
        told.answers.push(answer(
            Subject::Component(id),
            Metric::Utilisation,
            share,
            UTILISATION_LAW,
        ));
    }
}

/// A line of a mix: its mean time, its percentiles, or why not.
fn request(times: &Times<'_>, entry: usize, told: &mut Theory) {
    let of = Subject::Entry(entry.into());
    if times.flow.entries[entry] <= 0.0 {
        return;
    }
    match times.entry(entry) {
        Ok(latency) => tell_latency(of, &latency, told),
        Err(why) => {
            told.reasons.push(Reason { of, why });
            if let Some(least) = times.places.alone(entry) {
                let value = Value::Between(Some(least), None);
                told.answers.push(Answer {
                    value,
                    ..answer(of, Metric::Mean, least, NO_WAIT)
                });
            }
        }
    }
}

fn tell_latency(of: Subject, latency: &Latency, told: &mut Theory) {
    let formula = latency.formula();
    let mean = answer(of, Metric::Mean, latency.low, formula);
    if formula.kind == Kind::Bound {
        let value = Value::Between(Some(latency.low), Some(latency.high));
        told.answers.push(Answer { value, ..mean });
        return;
    }
    told.answers.push(mean);
    if let Some((law, later)) = &latency.law {
        for p in PERCENTILES {
            if let Some(time) = law.percentile(p) {
                told.answers
                    .push(answer(of, Metric::Percentile(p), time + later, formula));
            }
        }
    }
}

/// Calls of an endpoint, unless they are all there is of a request, which says the same.
fn calls(times: &Times<'_>, id: EndpointId, told: &mut Theory) {
    let places = times.places;
    let plan = places.plan;
    if times.flow.rates[id.index()] <= 0.0 || !plan.endpoints[id.index()].shown {
        return;
    }
    let mut callers: Vec<(f64, Option<Latency>)> = Vec::new();
    let mut only_requests = 0;
    let lines = places.entries.iter().zip(&times.flow.entries).enumerate();
    for (entry, (program, rate)) in lines {
        let zone = plan.workloads[plan.entries[entry].workload.index()].zone;
        for piece in &program.pieces {
            if let Some(call) = piece
                .what
                .call()
                .filter(|call| plan.calls[call.index()].endpoint == id)
            {
                only_requests += usize::from(program.pieces.len() == 1);
                callers.push((rate * piece.times, times.call(call, &[zone], 0).ok()));
            }
        }
    }
    for (from, program) in places.endpoints.iter().enumerate() {
        let zones: Vec<ZoneId> = places
            .stations_of(plan.endpoints[from].component)
            .map(|row| row.zone)
            .collect();
        for piece in &program.pieces {
            if let Some(call) = piece
                .what
                .call()
                .filter(|call| plan.calls[call.index()].endpoint == id)
            {
                callers.push((
                    times.flow.rates[from] * piece.times,
                    times.call(call, &zones, 0).ok(),
                ));
            }
        }
    }
    callers.retain(|(rate, _)| *rate > 0.0);
    if callers.len() == 1 && only_requests == 1 {
        return;
    }
    if let [(_, Some(latency))] = callers.as_slice() {
        return tell_latency(Subject::Endpoint(id), latency, told);
    }
    let total: f64 = callers.iter().map(|(rate, _)| rate).sum();
    let mut mean = 0.0;
    let mut formula = None;
    for (rate, latency) in &callers {
        let Some(latency) = latency
            .as_ref()
            .filter(|latency| latency.formula().kind != Kind::Bound)
        else {
            return;
        };
        mean += rate / total * latency.low;
        formula = Some(latency.formula());
    }
    if let Some(formula) = formula {
        told.answers
            .push(answer(Subject::Endpoint(id), Metric::Mean, mean, formula));
    }
}

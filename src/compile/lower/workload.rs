//! Workloads: who asks, how often, and for what.

use super::super::draft::{Draft, Owner};
use super::super::{law, value};
use super::Parts;
use super::network::Places;
use super::steps::{Side, Writer, refs};
use crate::chance::key::site;
use crate::chance::weights::Weights;
use crate::model;
use crate::plan::{
    ComponentId, CountId, DemandId, Entry, EntryId, Load, Replay, Step, StepId, Workload,
    WorkloadId,
};
use crate::policy::arrive::{Arrivals, Modulation, Phase, Rate};
use crate::source::{At, Diagnostic, codes, suggest};
use crate::units::format::number;
use std::collections::BTreeMap;

/// Users of one closed workload at most: each is a flight from the start.
const MOST_USERS: u64 = 10_000_000;

/// Requests that one arrival brings at most, on average: all are born at one instant.
const MOST_AT_ONCE: f64 = 1e6;

/// Arrivals per round of a modulating chain at least: each stay is gone through.
const FEWEST_PER_ROUND: f64 = 1e-3;

/// Journeys first, then the workloads that name them.
pub(super) fn declare(draft: &mut Draft<'_>, parts: &mut Parts, places: &Places) {
    let model = draft.model;
    let mut programs: BTreeMap<String, StepId> = BTreeMap::new();
    for (name, block) in &model.journeys {
        let mut writer = Writer::new(
            draft,
            parts,
            Side::User,
            ComponentId::NONE,
            ["journey", &name.value, ""],
            true,
        );
        let entry = writer.user(block);
        programs.insert(name.value.clone(), entry);
    }
    if model.workloads.is_empty() {
        let hint = "`workloads: { web: { open: { rate: 100/s }, mix: { SERVICE.ENDPOINT: 1 } } }`";
        draft.complain_with(
            codes::NOBODY_ASKS,
            model.name.place,
            "the model has no workload: nobody would ask for anything",
            hint,
        );
    }
    for (position, (name, workload)) in model.workloads.iter().enumerate() {
        let Some(zone) = places.workloads.get(position).copied() else {
            continue;
        };
        let id = WorkloadId::from(position);
        let entries = mix(draft, parts, id, workload, &mut programs);
        let weights: Vec<f64> = entries.iter().map(|(weight, _)| *weight).collect();
        let load = load(draft, &name.value, workload);
        let with = {
            let mut writer = Writer::new(
                draft,
                parts,
                Side::User,
                ComponentId::NONE,
                ["workload", &name.value, ""],
                true,
            );
            writer.assigns(&workload.with, "with")
        };
        let priority = match &workload.priority {
            Some(priority) => draft.priority(priority).unwrap_or(0),
            None => last_priority(draft),
        };
        let (Ok(mix), Some(load)) = (Weights::new(&weights), load) else {
            // Names and rates have been complained of here, weights and missing loads when the model was read.
            draft.has_holes = true;
            continue;
        };
        draft.plan.workloads.push(Workload {
            name: name.value.clone(),
            site: site(&["workload", &name.value]),
            load,
            mix,
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            zone,
            priority,
            with,
        });
    }
}

/// Requests without a priority are the least urgent ones: who names priorities names those that matter.
fn last_priority(draft: &Draft<'_>) -> u8 {
    u8::try_from(draft.model.priorities.len().saturating_sub(1)).unwrap_or(u8::MAX)
}

/// The lines of a mix with their weights.
fn mix(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    workload: WorkloadId,
    written: &model::Workload,
    programs: &mut BTreeMap<String, StepId>,
) -> Vec<(f64, EntryId)> {
    let total: f64 = written.mix.iter().map(|(_, weight)| weight.value).sum();
    let mut entries = Vec::with_capacity(written.mix.len());
    for (line, weight) in &written.mix {
        let Some(entry) = program(draft, parts, line, programs) else {
            continue;
        };
        let id = EntryId::from(draft.plan.entries.len());
        draft.plan.entries.push(Entry {
            name: line.value.clone(),
            workload,
            share: weight.value / total,
            entry,
        });
        entries.push((weight.value, id));
    }
    entries
}

/// The program of a line: a journey's, or a single call's.
fn program(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    line: &At<String>,
    programs: &mut BTreeMap<String, StepId>,
) -> Option<StepId> {
    if let Some(entry) = programs.get(&line.value) {
        return Some(*entry);
    }
    let component = line.value.split('.').next().unwrap_or_default();
    if !line.value.contains('.') && draft.names.position(component).is_none() {
        draft.complaints.push(no_such_line(draft, line));
        return None;
    }
    let endpoint = draft.names.endpoint(line, &mut draft.complaints)?;
    let first = draft.here();
    let mut writer = Writer::new(
        draft,
        parts,
        Side::User,
        ComponentId::NONE,
        [&line.value, "", ""],
        true,
    );
    let call = writer.call_row(endpoint, None, line.place);
    writer.through(call, line);
    writer.direct(call, endpoint);
    draft.emit(Step::End);
    draft.close(line.value.clone(), Owner::User, first, line.place);
    programs.insert(line.value.clone(), first);
    Some(first)
}

fn no_such_line(draft: &Draft<'_>, line: &At<String>) -> Diagnostic {
    let model = draft.model;
    let journeys = model.journeys.iter().map(|(name, _)| name.value.as_str());
    let components = draft
        .names
        .known
        .iter()
        .map(|known| known.name.value.as_str());
    let message = format!(
        "there is no journey and no component `{}`",
        super::super::names::shown(&line.value)
    );
    let complaint = Diagnostic::new(codes::UNKNOWN_COMPONENT, message).at(line.place);
    complaint.maybe_hint(suggest::hint(&line.value, journeys.chain(components)))
}

fn load(draft: &mut Draft<'_>, name: &str, workload: &model::Workload) -> Option<Load> {
    match (&workload.open, &workload.closed, &workload.replay) {
        (Some(open), ..) => open_load(draft, name, open),
        (None, Some(closed), _) => Some(closed_load(draft, name, closed)),
        (None, None, Some(replay)) => replay_load(draft, workload, replay),
        (None, None, None) => None,
    }
}

/// Recorded requests name the keys of the data sets whose popularity is that of the same file.
fn replay_load(
    draft: &mut Draft<'_>,
    workload: &model::Workload,
    replay: &model::Replay,
) -> Option<Load> {
    let recording = draft.recording(&replay.file)?;
    let same = |space: &&crate::plan::Keyspace| {
        let of_space = space.recording.as_ref();
        of_space.is_some_and(|of_space| std::sync::Arc::ptr_eq(of_space, &recording))
    };
    let keys = draft.plan.keyspaces.iter().filter(same);
    let keys: Vec<_> = keys.map(|space| space.attribute).collect();
    if keys.is_empty() && recording.counts().len() > 1 && !draft.plan.keyspaces.is_empty() {
        let file = super::super::names::shown(&replay.file);
        let message =
            format!("the keys in `{file}` are those of no data set: objects are drawn instead");
        let hint = format!("`popularity: {{ trace: {file} }}` of the data set that they are in");
        draft.complain_with(codes::UNUSED_KEYS, replay.file.place, message, hint);
    }
    let replays = (draft.model.workloads.iter()).filter_map(|(_, other)| other.replay.as_ref());
    let begins = replays.filter_map(|other| Some(draft.recording(&other.file)?.begins()));
    let first = begins.min().unwrap_or(0);
    let after = recording.begins() - first;
    Some(Load::Replay(Replay {
        recording,
        keys,
        after,
        faster: workload.load.0.get(),
    }))
}

fn open_load(draft: &mut Draft<'_>, name: &str, open: &model::Open) -> Option<Load> {
    let batch = match open.batch.law {
        model::Count::Constant(1) => CountId::NONE,
        _ => value::count(
            draft,
            &open.batch,
            &refs(&["workload".to_owned(), name.to_owned(), "batch".to_owned()]),
        ),
    };
    if let model::Count::Attribute(attribute) = &open.batch.law {
        draft.complain(codes::OUT_OF_RANGE, attribute.place, "a batch cannot depend on an attribute: its requests have theirs only once they are there");
    }
    let crowd = draft.plan.counts.get(batch.index()).map(|count| count.mean);
    if let Some(mean) = crowd.filter(|mean| *mean > MOST_AT_ONCE) {
        let message = format!(
            "an arrival brings {} requests at one instant; more than {} are too many to simulate",
            number(mean),
            number(MOST_AT_ONCE)
        );
        draft.complain(codes::TOO_MANY, open.batch.place, message);
    }
    let arrivals = if let Some(between) = &open.between {
        let law = law::plain_law(draft, &between.law, between.place)?;
        if law.mean() <= 0.0 {
            draft.complain(
                codes::OUT_OF_RANGE,
                between.place,
                "a mean time of 0 between arrivals is an endless crowd at one instant",
            );
            return None;
        }
        Arrivals::between(&law, Phase::At(1.0))
    } else {
        let rate = rate(draft, open.rate.as_ref()?)?;
        match &open.process {
            model::Process::Poisson => Arrivals::poisson(rate),
            model::Process::Paced => Arrivals::paced(rate, Phase::Random),
            model::Process::Mmpp(mmpp) => modulated(draft, rate, mmpp)?,
        }
    };
    Some(Load::Open { arrivals, batch })
}

/// The chain's states in nanoseconds.
pub(in crate::compile) fn chain(mmpp: &model::Mmpp) -> Vec<Modulation> {
    let state = |state: &model::MmppState| Modulation {
        factor: state.factor.value,
        stay: state.stay.ns_f64(),
    };
    mmpp.states.iter().map(state).collect()
}

/// A modulated rate, if it stays within what can be told apart, and its states change seldom enough to be followed.
fn modulated(draft: &mut Draft<'_>, rate: Rate, mmpp: &model::Mmpp) -> Option<Arrivals> {
    let first = mmpp.states.first()?.factor.place;
    let states = chain(mmpp);
    let highest = states.iter().map(|state| state.factor).fold(0.0, f64::max) * rate.highest();
    if Rate::constant(highest).is_err() {
        let message = format!("the largest factor makes the rate {highest}/s, above 1000000000/s");
        draft.complain(codes::OUT_OF_RANGE, first, message);
        return None;
    }
    let round: f64 = states.iter().map(|state| state.factor * state.stay).sum();
    if rate.highest() > 0.0 && rate.highest() / 1e9 * round < FEWEST_PER_ROUND {
        let message = format!(
            "the states change so fast that less than one request in {} rounds arrives: nobody could tell that from a steady rate",
            (1.0 / FEWEST_PER_ROUND) as u64
        );
        draft.complain_with(
            codes::OUT_OF_RANGE,
            first,
            message,
            "`process: poisson` with the mean rate",
        );
        return None;
    }
    Some(Arrivals::modulated(rate, states))
}

fn rate(draft: &mut Draft<'_>, rate: &model::RateShape) -> Option<Rate> {
    let (made, place) = match rate {
        model::RateShape::Constant(rate) => (Rate::constant(rate.per_second()), rate.place),
        model::RateShape::Stages(staged) => {
            let stages: Vec<(u64, f64)> = staged
                .stages
                .iter()
                .map(|stage| (stage.duration.ns(), stage.target.per_second()))
                .collect();
            let place = staged
                .stages
                .first()
                .map_or(staged.start.place, |stage| stage.duration.place);
            (Rate::stages(staged.start.per_second(), &stages), place)
        }
    };
    match made {
        Ok(rate) => Some(rate),
        Err(reason) => {
            draft.complain(codes::OUT_OF_RANGE, place, reason);
            None
        }
    }
}

fn closed_load(draft: &mut Draft<'_>, name: &str, closed: &model::Closed) -> Load {
    if closed.users.value > MOST_USERS {
        let message = format!(
            "{} users are more than the {MOST_USERS} of one workload",
            closed.users.value
        );
        draft.complain_with(
            codes::TOO_MANY,
            closed.users.place,
            message,
            "that many are better described by the rate they cause: `open: { rate: … }`",
        );
    }
    let think = match closed.think.law {
        model::Law::Constant(0.0) => DemandId::NONE,
        _ => value::time(draft, &closed.think, None, &["workload", name, "think"]),
    };
    Load::Closed {
        users: u32::try_from(closed.users.value).unwrap_or(u32::MAX),
        think,
        ramp: closed.ramp.as_ref().map_or(0.0, |ramp| ramp.per_second()),
    }
}

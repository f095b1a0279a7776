//! From what the architect wrote to what the engine runs: names become ids, programs become steps, mistakes become
//! sentences.
//!
//! ```text
//! model ─► names ─► attributes ─► lower/ (places, stations, programs, workloads, objectives) ─► graph, demand, judge ─► plan
//!          (who)    (what requests carry)                                                       (what follows from it)
//! ```
//! Every pass goes on after an error, so that all of them are said at once; the passes that need a whole plan (`graph`,
//! `demand`, `judge`) come last, and only when there was none. May import everything above `compile` in `lib.rs`.

mod attributes;
mod demand;
mod draft;

mod graph;
mod judge;
mod law;
mod lower;
mod names;
mod replies;
mod value;

use crate::model::Model;
use crate::plan::{Assumption, Plan};
use crate::replay::{Recordings, Unread};
use crate::source::{Diagnostics, codes};
use draft::Draft;
use graph::Graph;
use names::Names;
use std::collections::BTreeSet;

/// Compiles a model that names no recorded requests; as [`compile_with`] otherwise.
pub fn compile(model: &Model) -> (Option<Plan>, Diagnostics) {
    compile_with(model, &Recordings::default())
}

/// Compiles a model: the plan, if there is no error, and everything there is to say, sorted by place.
///
/// A model whose reading left errors can be compiled, too, to hear what else is wrong; its plan is of no use.
pub fn compile_with(model: &Model, recordings: &Recordings) -> (Option<Plan>, Diagnostics) {
    let mut complaints = Diagnostics::new();
    let model = &model.loaded();
    let names = Names::of(model, &mut complaints);
    let mut draft = Draft::new(model, recordings, names, complaints);
    title(&mut draft);
    recorded(&mut draft);
    attributes::declare(&mut draft);
    lower::all(&mut draft);
    replies::check(&mut draft);
    let graph = Graph::of(&draft.plan, &draft.programs);
    graph::cycles(&mut draft, &graph);
    if !draft.has_holes && !draft.complaints.has_errors() {
        follow(&mut draft, &graph);
    }
    let Draft {
        plan,
        mut complaints,
        has_holes,
        ..
    } = draft;
    complaints.sort();
    (
        (!has_holes && !complaints.has_errors()).then_some(plan),
        complaints,
    )
}

/// What follows from a plan in which every name is known.
fn follow(draft: &mut Draft<'_>, graph: &Graph) {
    graph::unreached(draft, graph);
    let demand = demand::solve(draft, graph);
    if draft.complaints.has_errors() {
        // Calls that grow without end have no load that could be judged.
        return;
    }
    judge::all(draft, graph, &demand);
    draft.plan.load = demand.load;
}

/// Complains of recordings that could not be had, of each once.
fn recorded(draft: &mut Draft<'_>) {
    let mut seen = BTreeSet::new();
    for file in draft.model.recordings() {
        let name = file.value.to_string();
        if !seen.insert(name.clone()) {
            continue;
        }
        let shown = names::shown(&name);
        match draft.recordings.0.get(&name) {
            Some(Ok(_)) => {}
            Some(Err(Unread::Wrong(reason))) => {
                let message = format!("`{shown}` cannot be replayed: {reason}");
                draft.complain(codes::BAD_RECORDING, file.place, message);
            }
            Some(Err(Unread::Absent)) | None => draft.complain_with(
                codes::NO_RECORDING,
                file.place,
                format!("there is no file `{shown}` of recorded requests"),
                "put it beside the model, or say where it is: `--data DIR`, or the variable SCALEPROOF_DATA",
            ),
        }
    }
}

/// What the plan takes over as it is.
fn title(draft: &mut Draft<'_>) {
    let model = draft.model;
    draft.plan.name = model.name.to_string();
    draft.plan.about = model
        .about
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    draft.plan.priorities = model
        .priorities
        .iter()
        .map(|priority| priority.value.clone())
        .collect();
    if draft.plan.priorities.is_empty() {
        draft.plan.priorities.push("normal".to_owned());
    }
    draft.plan.assumptions = model
        .assumptions
        .iter()
        .map(|(name, assumption)| Assumption {
            name: name.value.clone(),
            value: written(&assumption.value),
            between: assumption
                .between
                .as_ref()
                .map(|ends| ends.iter().map(written).collect::<Vec<_>>().join(" to ")),
            why: assumption.why.as_ref().map(ToString::to_string),
            source: assumption.source.as_ref().map(ToString::to_string),
        })
        .collect();
}

/// A value as it was written, on one line.
fn written(raw: &crate::model::Raw) -> String {
    let text = crate::source::write::to_yaml(&raw.0);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! What the architect writes: the language of a model, from text to structs.
//!
//! ```text
//! text ─ source::yaml ─► tree ─ setting, assume, machine ─► tree ─ Shape::read ─► Model ─► compile
//!                               (--set)  ($name) (its cores)
//! ```
//! Every map of the language is one `record!`, every choice one `choice!`, every step one of the `verbs!`: a single
//! declaration from which it is read (with places and suggestions), described ([`schema`]) and shown ([`show`]). What
//! the language has and the program does not simulate yet stands in the same declaration, under `later`.
//!
//! Names are not looked up here and programs not understood: that is `compile`. May import `units`, `source` and the catalogue of machines.

#[macro_use]
mod record;
#[macro_use]
mod choice;
#[macro_use]
mod program;
mod prose;

mod assume;
mod balance;
mod cache;
mod cdn;
mod count;
mod data;
mod database;
mod document;
mod eject;
mod expect;
mod fields;
mod function;
mod guard;
mod law;
mod law_forms;
mod law_parts;
mod law_read;
mod law_show;
mod load;
mod loaded;
mod machine;
mod manual;
mod names;
mod network;
mod number;
mod objective;
mod percentile;
mod queue;
mod rate_limit;
mod reader;
mod reliability;
mod route;
mod service;
mod setting;
mod shape;
mod station;
pub mod step;
mod store;
mod synonym;
mod topic;
mod tree;
mod weight;
mod word;

pub use balance::{Balance, View};
pub use cache::{Cache, Capacity, Coalesce, Evict, Failed, InvalidatedBy, Ring, Slru, Start, Ttl};
pub use cdn::{Cdn, CdnPrice, Shield, Sites};
pub use choice::Alternative;
pub use count::{Count, CountLaw};
pub use data::{Assumption, Attribute, Dataset, Drift, HotSet, Popularity, Scale, ScaleLaw, Zipf};
pub use database::{
    Connections, CopySpread, Database, Query, Reach, ReadFrom, Reshard, ShardBy, ShardCount, Write,
};
pub use document::Model;
pub use eject::Eject;
pub use expect::{Expectation, Measured, Metric, NumberPresent, Spread as SpreadOf};
pub use fields::{Extra, Field, Meaningless, Record};
pub use function::{Account, Function, FunctionPrice, OverLimit, ScaleUp, Take, WaitsFor};
pub use guard::{
    After, Backoff, Cancel, Cause, Deadline, Exponential, Hedge, Jitter, Losers, OnFailure, Retry,
};
pub use law::{
    CoxianStage, DurationLaw, HyperBranch, Law, MixturePart, NumberLaw, Percentile, SizeLaw, Spread,
};
pub use load::{
    Access, Closed, LoadFactor, Mmpp, MmppState, Open, Process, RateShape, Replay, Stage,
    StagedRate, TimeUnit, Workload,
};
pub use manual::{Key, Manual, Page};
pub use network::{Between, Link, Network, Region};
pub use number::Positive;
pub use objective::{Charge, Objective, Price};
pub use percentile::{Percent, Percentiles};
pub use program::VerbForm;
pub use queue::Queue;
pub use rate_limit::{Per, RateLimit, ServiceBucket, ServiceLimit, TokenBucket};
pub use reader::Reader;
pub use reliability::{Clock, Failover, Headless, Interrupted, Reliability};
pub use route::{Beyond, Busy, Check, Pick, Prefer, Route, Spill, ZoneSpill};
pub use service::{External, ExternalPrice, Group, Placement, Service};
pub use shape::{Definitions, Keyed, Limit, Named, Shape};
pub use station::{
    AdaptiveLifo, Codel, Cpu, Discipline, Fair, Host, Over, Pool, Preemption, Station, Usl,
    Weighted,
};
pub use step::{Block, Step, Verb};
pub use store::{Move, ObjectStore, Tier};
pub use topic::{
    Append, AppendTimes, Assign, Batch, ConsumerGroup, First, GroupFailure, PartitionBy, Rebalance,
    Redeliver, Topic,
};
pub use tree::Raw;
pub use weight::Weight;
pub use word::{AtOnce, Given, Header, Literal, Text};

use crate::source::{Content, Diagnostic, Diagnostics, Node, Sources, codes, write, yaml};

/// Reads the model that stands in `file`, with settings (path and YAML value) applied to it.
///
/// Everything that is wrong is in the diagnostics, sorted by place; the model is there if its shape could be followed,
/// and may be used only if the diagnostics hold no error.
pub fn read(
    sources: &mut Sources,
    file: u16,
    sets: &[(String, String)],
) -> (Option<Model>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let text = sources
        .get(file)
        .map_or_else(String::new, |source| source.text.clone());
    let model = yaml::parse(&text, file, &mut diagnostics)
        .filter(|root| is_a_model(root, &mut diagnostics))
        .and_then(|mut root| {
            prose::join(&mut root, &text, &mut diagnostics);
            read_tree(root, sources, sets, &mut diagnostics)
        });
    diagnostics.sort();
    (model, diagnostics)
}

fn read_tree(
    mut root: Node,
    sources: &mut Sources,
    sets: &[(String, String)],
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    setting::apply(&mut root, sets, sources, diagnostics);
    let unknown = assume::substitute(&mut root, diagnostics);
    machine::equip(&mut root, diagnostics);
    Model::read(&root, &mut Reader::new(&root, unknown, diagnostics))
}

/// Whether the document claims to be a model; an experiment or a foreign file is not worth a hundred complaints.
fn is_a_model(root: &Node, diagnostics: &mut Diagnostics) -> bool {
    let header = root.get("scaleproof");
    let diagnostic = match (&root.content, header.and_then(Node::as_text)) {
        (Content::Map(_), Some("experiment/1")) => {
            let place = header.map_or(root.place, |node| node.place);
            Diagnostic::new(codes::NOT_SUPPORTED, "experiments are not supported yet").at(place)
        }
        (Content::Map(_), Some(_)) => return true,
        (Content::Map(entries), None) => {
            let place = entries.first().map_or(root.place, |entry| entry.key.place);
            Diagnostic::new(
                codes::WRONG_HEADER,
                "a model begins with `scaleproof: model/1`",
            )
            .at(place)
        }
        _ => Diagnostic::new(
            codes::WRONG_HEADER,
            format!(
                "a model is a map that begins with `scaleproof: model/1`, not {}",
                root.kind()
            ),
        )
        .at(root.place),
    };
    diagnostics.push(diagnostic);
    false
}

/// The JSON Schema (draft 2020-12) of a model, for editors.
pub fn schema() -> serde_json::Value {
    let mut definitions = Definitions::default();
    let root = Model::schema(&mut definitions);
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "scaleproof model",
        "$ref": root["$ref"],
        "$defs": definitions.into_value(),
    })
}

/// The model as YAML text, with everything filled in that was left to its default.
pub fn show(model: &Model) -> String {
    write::to_yaml(&fields::show(model))
}

#[cfg(test)]
mod tests;

//! What several test binaries need: from a model's text to a plan.

use scaleproof::compile::compile;
use scaleproof::model;
use scaleproof::plan::Plan;
use scaleproof::source::{Source, render};

/// Compile a model that must be good.
pub fn plan(text: &str) -> Plan {
    let source = Source::new("model.yaml", text);
    let (model, mut said) = model::read(&source, &[]);
    let plan = model.and_then(|model| {
        let (plan, more) = compile(&model);
        said.extend(more);
        plan
    });
    plan.unwrap_or_else(|| panic!("{}", render::plain(&said, &source)))
}

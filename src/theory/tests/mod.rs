//! Models whose answers stand in books: what is read from the plan must be the queue that they describe.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Metric, Subject, Theory, Value, near, of};

use crate::compile::compile;
use crate::model;
use crate::plan::Plan;
use crate::source::Sources;

mod closed;
mod open;

fn plan(text: &str) -> Plan {
    let mut sources = Sources::new();
    let text = format!("scaleproof: model/1\nname: theory\n{text}");
    let file = sources.add("model.yaml", text);
    let (model, said) = model::read(&mut sources, file, &[]);
    assert!(!said.has_errors(), "{said:?}");
    let (plan, said) = compile(&model.unwrap());
    plan.unwrap_or_else(|| panic!("{said:?}"))
}

/// Requests to `a.e` at a rate, and these services.
fn open(rate: &str, services: &str) -> Theory {
    of(&plan(&format!(
        "workloads: {{ w: {{ open: {{ {rate} }}, mix: {{ a.e: 1 }} }} }}\nservices: {services}"
    )))
}

const REQUEST: Subject = Subject::Entry(crate::plan::EntryId(0));
const FIRST: Subject = Subject::Component(crate::plan::ComponentId(0));
const USERS: Subject = Subject::Workload(crate::plan::WorkloadId(0));

impl Theory {
    fn answer(&self, of: Subject, metric: Metric) -> &super::Answer {
        let mut all = self.answers.iter();
        let found = all.find(|answer| answer.of == of && answer.metric == metric);
        found.unwrap_or_else(|| panic!("no {metric:?} of {of:?} in {self:#?}"))
    }

    fn has(&self, of: Subject, metric: Metric, formula: &str, exact: f64) {
        let answer = self.answer(of, metric);
        assert_eq!(answer.formula, formula);
        match answer.value {
            Value::Of(value) => near(value, exact),
            Value::Between(..) => panic!("bounds: {answer:?}"),
        }
    }

    fn lacks(&self, of: Subject, metric: Metric) {
        let all = &self.answers;
        assert!(
            !all.iter()
                .any(|answer| answer.of == of && answer.metric == metric),
            "{self:#?}"
        );
    }

    fn says(&self, of: Subject, words: &str) {
        let found = self
            .reasons
            .iter()
            .any(|reason| reason.of == of && reason.why.contains(words));
        assert!(found, "no {words:?} of {of:?} in {self:#?}");
    }
}

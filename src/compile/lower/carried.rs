//! What requests carry: attributes that are given values, and steps that depend on them.

use super::steps::Writer;
use crate::chance::key::root;
use crate::model;
use crate::plan::{
    Assign, AssignValue, Attribute, AttributeId, AttributeKind, Condition, ConditionId, EndpointId,
    KeyspaceId, Step, StepId, Test, component,
};
use crate::source::{At, codes};

impl Writer<'_, '_> {
    /// Rows for attributes that are given values; empty ranges are (0, 0).
    pub(super) fn assigns(
        &mut self,
        given: &[(At<String>, model::Given)],
        purpose: &str,
    ) -> (u32, u32) {
        let mut rows = Vec::with_capacity(given.len());
        for (name, value) in given {
            let Some(attribute) = self.draft.attribute(name) else {
                continue;
            };
            if let Some(value) = self.assigned(name, attribute, value, purpose) {
                rows.push(Assign { attribute, value });
            }
        }
        if rows.is_empty() {
            return (0, 0);
        }
        let first = u32::try_from(self.draft.plan.assigns.len()).unwrap_or(u32::MAX);
        self.draft.plan.assigns.append(&mut rows);
        (
            first,
            u32::try_from(self.draft.plan.assigns.len()).unwrap_or(u32::MAX),
        )
    }

    /// The data set whose objects an endpoint is asked for, as those of a CDN are.
    pub(super) fn asked_for(&self, endpoint: EndpointId) -> Option<KeyspaceId> {
        let component = self.draft.plan.endpoints[endpoint.index()].component;
        self.parts.asked.get(&component).copied()
    }

    /// Lets a call ask for the object that an attribute names: below it that is *the* object of the data set.
    pub(super) fn ask_for(
        &mut self,
        key: &At<String>,
        of: KeyspaceId,
        endpoint: EndpointId,
        with: &mut (u32, u32),
    ) {
        let Some(attribute) = self.draft.attribute(key) else {
            return;
        };
        let space = &self.draft.plan.keyspaces[of.index()];
        if self.draft.keyspace_of(attribute) != Some(of) {
            let asked = component::endpoint_name(&self.draft.plan, endpoint);
            let message = format!(
                "`{asked}` is asked for `{}`, but `{}` is no key of that",
                space.name, key.value
            );
            let hint = format!(
                "leave `key` out, or declare `attributes: {{ {}: {{ key: {} }} }}`",
                key.value, space.name
            );
            self.draft
                .complain_with(codes::FOREIGN_KEY, key.place, message, hint);
            return;
        }
        if attribute != space.attribute {
            self.ask_for_another(of, attribute, with);
        }
    }

    /// Lets a call that does not say so itself ask for the object that the query's `key` names.
    pub(super) fn ask_as_query_says(&mut self, endpoint: EndpointId, with: &mut (u32, u32)) {
        let attribute = self.parts.query_keys.get(&endpoint).copied();
        if let Some((attribute, of)) = attribute.zip(self.asked_for(endpoint)) {
            self.ask_for_another(of, attribute, with);
        }
    }

    fn ask_for_another(&mut self, of: KeyspaceId, attribute: AttributeId, with: &mut (u32, u32)) {
        let row = Assign {
            attribute: self.draft.plan.keyspaces[of.index()].attribute,
            value: AssignValue::Of(attribute),
        };
        let rows = &mut self.draft.plan.assigns;
        if with.0 == with.1 {
            let here = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            *with = (here, here);
        }
        // The rows of `with` were written last, so that one more joins them.
        rows.push(row);
        with.1 += 1;
    }

    fn assigned(
        &mut self,
        name: &At<String>,
        attribute: AttributeId,
        given: &model::Given,
        purpose: &str,
    ) -> Option<AssignValue> {
        let kind = self.draft.plan.attributes[attribute.index()].kind.clone();
        let keyspace = match kind {
            AttributeKind::Key(keyspace) => Some(keyspace),
            AttributeKind::Number(_) | AttributeKind::Count(_) => None,
            AttributeKind::Priority => {
                let message = "the priority of a request is not given like other attributes";
                let hint = "say `priority:` on the call, the workload or the service";
                self.draft
                    .complain_with(codes::MISPLACED_STEP, name.place, message, hint);
                return None;
            }
            AttributeKind::User | AttributeKind::Attempt | AttributeKind::Batch => {
                let message = format!(
                    "`{}` says how the request came about: it cannot be given",
                    name.value
                );
                self.draft
                    .complain(codes::MISPLACED_STEP, name.place, message);
                return None;
            }
        };
        match given {
            model::Given::Fresh => Some(AssignValue::Fresh(
                self.site(&format!("{purpose} {}", name.value), name.place),
            )),
            model::Given::Number(number) if self.recorded(attribute).is_some() => {
                let recording = self.recorded(attribute)?;
                let object = self.recorded_object(&recording, &number.to_string(), name.place);
                object.map(AssignValue::Value)
            }
            model::Given::Number(number) => {
                let items =
                    keyspace.map(|keyspace| self.draft.plan.keyspaces[keyspace.index()].items);
                if let Some(items) = items
                    && !(number.fract() == 0.0 && *number >= 0.0 && *number < items as f64)
                {
                    let message = format!(
                        "`{}` is a key from 0 to {}, not {number}",
                        name.value,
                        items - 1
                    );
                    self.draft
                        .complain(codes::OUT_OF_RANGE, name.place, message);
                }
                Some(AssignValue::Value(*number))
            }
            model::Given::Name(other) => {
                let source = self.draft.attribute(other)?;
                if self.draft.keyspace_of(source) != keyspace {
                    let whose = |draft: &super::super::draft::Draft<'_>, attribute: AttributeId| {
                        match draft.keyspace_of(attribute) {
                            Some(keyspace) => format!(
                                "a key of `{}`",
                                draft.plan.keyspaces[keyspace.index()].name
                            ),
                            None => "a number".to_owned(),
                        }
                    };
                    let message = format!(
                        "`{}` is {}, but `{}` is {}",
                        name.value,
                        whose(self.draft, attribute),
                        other.value,
                        whose(self.draft, source)
                    );
                    self.draft
                        .complain(codes::FOREIGN_KEY, other.place, message);
                }
                Some(AssignValue::Of(source))
            }
        }
    }

    pub(super) fn when(&mut self, when: &model::step::When, last: bool) {
        let mut skips: Vec<ConditionId> = Vec::new();
        for (name, condition) in &when.conditions {
            let Some(attribute) = self.draft.attribute(name) else {
                continue;
            };
            let tests = self.tests(name, attribute, condition);
            // Of several values one must be met: each but the last goes on to the next when it is not.
            let mut met = Vec::new();
            for (number, test) in tests.iter().enumerate() {
                let row = ConditionId::from(self.draft.plan.conditions.len());
                let likely = self.likelihood(attribute, *test);
                self.draft.plan.conditions.push(Condition {
                    attribute,
                    test: *test,
                    otherwise: StepId::NONE,
                    likely,
                });
                self.draft.emit(Step::When(row));
                if number + 1 == tests.len() {
                    skips.push(row);
                } else {
                    met.push(self.draft.emit(Step::Jump(StepId::NONE)));
                    self.draft.plan.conditions[row.index()].otherwise = self.draft.here();
                }
            }
            let here = self.draft.here();
            for jump in met {
                self.draft.plan.steps[jump] = Step::Jump(here);
            }
        }
        self.below("do", |writer| writer.block(&when.body, last));
        let jump = when
            .otherwise
            .as_ref()
            .map(|_| self.draft.emit(Step::Jump(StepId::NONE)));
        let otherwise = self.draft.here();
        if let (Some(block), Some(jump)) = (&when.otherwise, jump) {
            self.below("else", |writer| writer.block(block, last));
            self.draft.plan.steps[jump] = Step::Jump(self.draft.here());
        }
        for row in skips {
            self.draft.plan.conditions[row.index()].otherwise = otherwise;
        }
    }

    fn tests(
        &mut self,
        name: &At<String>,
        attribute: AttributeId,
        condition: &model::step::Condition,
    ) -> Vec<Test> {
        let priority = matches!(
            self.draft.plan.attributes[attribute.index()].kind,
            AttributeKind::Priority
        );
        if let Some(bound) = condition
            .under
            .as_ref()
            .or(condition.over.as_ref())
            .filter(|_| priority)
        {
            self.draft.complain_with(
                codes::OUT_OF_RANGE,
                bound.place,
                "priorities have names, not numbers",
                "`is: NAME` or `in: [NAME, …]`",
            );
        }
        let tests = match self.recorded(attribute) {
            Some(recording) => self.recorded_tests(&recording, condition),
            None => self.plain_tests(name, priority, condition),
        };
        if tests.is_empty() && condition.any_of.as_ref().is_some_and(Vec::is_empty) {
            self.draft.complain(
                codes::OUT_OF_RANGE,
                name.place,
                "`in: []` names no value: the block could never run",
            );
        }
        tests
    }

    fn plain_tests(
        &mut self,
        name: &At<String>,
        priority: bool,
        condition: &model::step::Condition,
    ) -> Vec<Test> {
        let literals = condition.is.iter().chain(condition.any_of.iter().flatten());
        let mut tests: Vec<Test> = literals
            .filter_map(|literal| self.literal(name, priority, literal))
            .map(Test::Is)
            .collect();
        let under = condition.under.as_ref();
        tests.extend(under.map(|bound| Test::Under(bound.value)));
        tests.extend(condition.over.as_ref().map(|bound| Test::Over(bound.value)));
        tests
    }

    fn literal(
        &mut self,
        name: &At<String>,
        priority: bool,
        literal: &At<model::Literal>,
    ) -> Option<f64> {
        match (&literal.value, priority) {
            (model::Literal::Number(number), false) => Some(*number),
            (model::Literal::Word(word), true) => self
                .draft
                .priority(&At::new(word.clone(), literal.place))
                .map(f64::from),
            (model::Literal::Word(word), false) => {
                let message = format!("`{}` is a number; `{word}` is none", name.value);
                self.draft
                    .complain(codes::WRONG_DIMENSION, literal.place, message);
                None
            }
            (model::Literal::Number(number), true) => {
                let message = format!("priorities have names, not numbers like {number}");
                self.draft
                    .complain(codes::WRONG_DIMENSION, literal.place, message);
                None
            }
        }
    }

    /// How probable a test is, where that is easy to tell; one half otherwise.
    fn likelihood(&self, attribute: AttributeId, test: Test) -> f64 {
        let model = self.draft.model;
        let row = &self.draft.plan.attributes[attribute.index()];
        let holds = |value: f64| match test {
            // Counts and names of priorities are whole numbers, which compare exactly.
            Test::Is(wanted) => value.to_bits() == wanted.to_bits(),
            Test::Under(bound) => value < bound,
            Test::Over(bound) => value > bound,
            Test::In(from, to) => value >= from && value <= to,
            Test::Among(_) => false, // of recorded keys, which are no counts
        };
        if let Some(recording) = self.recorded(attribute) {
            return self.recorded_share(&recording, test);
        }
        if matches!(row.kind, AttributeKind::Attempt) {
            return f64::from(u8::from(holds(0.0)));
        }
        let written = model
            .attributes
            .iter()
            .find(|(name, _)| name.value == row.name)
            .map(|(_, attribute)| attribute);
        let Some(model::Attribute::Count(count)) = written else {
            return drawn(row, holds);
        };
        match &count.law {
            model::Count::Constant(value) => f64::from(u8::from(holds(*value as f64))),
            model::Count::Weighted(parts) => {
                let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
                parts
                    .iter()
                    .filter(|(value, _)| holds(*value as f64))
                    .map(|(_, weight)| weight)
                    .sum::<f64>()
                    / total
            }
            model::Count::Uniform { from, to } if to - from < 10_000 => {
                (*from..=*to).filter(|value| holds(*value as f64)).count() as f64
                    / (to - from + 1) as f64
            }
            _ => drawn(row, holds),
        }
    }
}

/// How often a value drawn for an attribute is one of these: found by drawing many.
fn drawn(row: &Attribute, holds: impl Fn(f64) -> bool) -> f64 {
    const TRIES: u32 = 20_000;
    let key = root(0, 0).child(row.site, 0);
    let draws = (0..TRIES).map(|number| key.numbered(u64::from(number)).draw(row.site));
    let hits = match &row.kind {
        AttributeKind::Number(law) => draws
            .map(|mut draw| law.sample(&mut draw))
            .filter(|value| holds(*value))
            .count(),
        AttributeKind::Count(law) => draws
            .map(|mut draw| law.sample(&mut draw) as f64)
            .filter(|value| holds(*value))
            .count(),
        // Whose object it is, or who asks, says nothing about numbers.
        AttributeKind::Key(_)
        | AttributeKind::User
        | AttributeKind::Priority
        | AttributeKind::Attempt
        | AttributeKind::Batch => return 0.5,
    };
    hits as f64 / f64::from(TRIES)
}

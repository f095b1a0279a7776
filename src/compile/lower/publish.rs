//! Publishing: the step, and the programs of topics, queues and their groups.

use super::super::draft::{Draft, Owner};
use super::super::value;
use super::Parts;
use super::steps::{Side, Writer, refs};
use super::topic::{self, Broker};
use crate::model::{self, Append, step::Ack};
use crate::plan::{AttributeId, CallId, ComponentId, DemandId, EndpointId, GroupId, Step};
use crate::source::{At, Place, codes};

impl Writer<'_, '_> {
    /// A call of the topic, or a send for those who wait for nothing.
    pub(super) fn publish(&mut self, publish: &model::step::Publish, step: &model::Step) {
        let position = self
            .draft
            .names
            .broker(&publish.to, &mut self.draft.complaints);
        let broker =
            position.and_then(|at| self.parts.brokers.get(&ComponentId::from(at)).cloned());
        let with = self.assigns(&publish.with, "with");
        let body = publish.size.as_ref().map_or(DemandId::NONE, |size| {
            let parts = self.parts_for("size");
            value::size(self.draft, size, &refs(&parts))
        });
        let Some(broker) = broker else { return };
        let key = self.message_key(publish, &broker);
        let endpoint = broker.publish[usize::from(publish.ack == Ack::All)];
        let label = step.label.as_ref().map(|label| label.value.as_str());
        let id = self.call_row(endpoint, label, step.place);
        self.draft.plan.endpoints[endpoint.index()].shown = true;
        let row = &mut self.draft.plan.calls[id.index()];
        row.with = with;
        row.body = body;
        row.key = key;
        match publish.ack {
            Ack::None => {
                self.draft.emit(Step::Send(id));
            }
            Ack::Leader | Ack::All => self.emit_call(id, &publish.on_failure),
        }
    }

    fn message_key(&mut self, publish: &model::step::Publish, broker: &Broker) -> AttributeId {
        let Some(name) = &publish.key else {
            return broker.key;
        };
        if broker.in_turn {
            let message = format!(
                "`{}` deals its messages out without looking at a key",
                publish.to.value
            );
            self.draft
                .complain_with(codes::CONTRADICTION, name.place, message, "leave `key` out");
        }
        topic::key(self.draft, name).unwrap_or(AttributeId::NONE)
    }
}

/// The programs of a topic and its groups.
pub(super) fn compile_topic(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    name: &At<String>,
    topic: &model::Topic,
) {
    let Some(broker) = parts.brokers.get(&component).cloned() else {
        return;
    };
    takes_messages(
        draft,
        parts,
        component,
        name,
        topic.append.as_ref(),
        &broker,
    );
    let first = draft.plan.topics[broker.topic.index()].groups.0;
    for (number, (group, written)) in (first..).zip(&topic.groups) {
        let dead = match &written.on_failure {
            model::GroupFailure::Redeliver(redeliver) => redeliver.then.as_ref(),
            model::GroupFailure::Skip => None,
        };
        let run = broker.runs[(number - first) as usize];
        let names = [name.value.as_str(), group.value.as_str()];
        reads(
            draft,
            parts,
            component,
            names,
            GroupId(number),
            run,
            dead,
            group.place,
        );
    }
}

/// The programs of a queue.
pub(super) fn compile_queue(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    name: &At<String>,
    queue: &model::Queue,
) {
    let Some(broker) = parts.brokers.get(&component).cloned() else {
        return;
    };
    takes_messages(
        draft,
        parts,
        component,
        name,
        queue.append.as_ref(),
        &broker,
    );
    let group = GroupId(draft.plan.topics[broker.topic.index()].groups.0);
    let (run, dead) = (broker.runs[0], queue.then.as_ref());
    let names = [name.value.as_str(), "run"];
    reads(draft, parts, component, names, group, run, dead, name.place);
}

/// What is done with a message: the leader has it, then the copies; it is acknowledged after the one or the other.
fn takes_messages(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    name: &At<String>,
    append: Option<&Append>,
    broker: &Broker,
) {
    for (endpoint, early) in broker.publish.into_iter().zip([true, false]) {
        let first = draft.here();
        let row = &mut draft.plan.endpoints[endpoint.index()];
        row.entry = first;
        let of = row.name.clone();
        let mut writer = Writer::new(
            draft,
            parts,
            Side::Broker,
            component,
            [&name.value, &of, ""],
            false,
        );
        writer.take(append, early, broker);
        let title = format!("{}.{of}", name.value);
        draft.close(title, Owner::Endpoint(endpoint), first, name.place);
    }
}

impl Writer<'_, '_> {
    fn take(&mut self, append: Option<&Append>, early: bool, broker: &Broker) {
        let times = append.map_or([None, None], Append::times);
        for (part, law) in ["leader", "copies"].into_iter().zip(times) {
            if let Some(law) = law {
                let parts = self.parts_for(part);
                let demand = value::time(self.draft, law, None, &refs(&parts));
                if early && part == "copies" {
                    self.draft.emit(Step::Reply(DemandId::NONE));
                }
                self.draft.emit(Step::Sleep(demand));
            }
        }
        self.draft.emit(Step::Append(broker.topic));
        self.draft.emit(Step::End);
    }
}

/// The program of a group: what it runs is called by the engine, batch by batch.
#[expect(
    clippy::too_many_arguments,
    reason = "it is called twice, with what both kinds have"
)]
fn reads(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    [name, group]: [&str; 2],
    id: GroupId,
    run: EndpointId,
    dead: Option<&At<String>>,
    place: Place,
) {
    let first = draft.here();
    let messages = draft.plan.groups[id.index()].messages;
    draft.plan.endpoints[messages.index()].entry = first;
    let mut writer = Writer::new(
        draft,
        parts,
        Side::Broker,
        component,
        [name, group, ""],
        false,
    );
    let message = writer.call_row(messages, Some("message"), place);
    if run.is_some() {
        let run = writer.call_row(run, None, place);
        writer.draft.plan.groups[id.index()].run = run;
    }
    let dead = dead.map_or(CallId::NONE, |to| writer.dead_letters(to, component, place));
    let row = &mut draft.plan.groups[id.index()];
    row.message = message;
    row.dead = dead;
    draft.emit(Step::Read(id));
    draft.emit(Step::End);
    draft.close(
        format!("{name}.{group}"),
        Owner::Endpoint(messages),
        first,
        place,
    );
}

impl Writer<'_, '_> {
    fn dead_letters(&mut self, to: &At<String>, own: ComponentId, place: Place) -> CallId {
        let position = self.draft.names.broker(to, &mut self.draft.complaints);
        let Some(position) = position else {
            return CallId::NONE;
        };
        if own.index() == position {
            let message = format!(
                "dead letters of `{0}` that go to `{0}` are not dead",
                to.value
            );
            self.draft.complain(codes::CONTRADICTION, to.place, message);
            return CallId::NONE;
        }
        let Some(broker) = self
            .parts
            .brokers
            .get(&ComponentId::from(position))
            .cloned()
        else {
            return CallId::NONE;
        };
        let endpoint = broker.publish[0];
        self.draft.plan.endpoints[endpoint.index()].shown = true;
        let call = self.call_row(endpoint, None, place);
        self.draft.plan.calls[call.index()].key = broker.key;
        call
    }
}

//! Topics and queues: stations that acknowledge messages, and a group of consumers for each who reads them.
//!
//! A message is a call of the topic's `publish`; every group has an endpoint by which its messages are counted, from there to the end
//! of their batch, and whose program is to call what the group runs.
//!
//! What is not modelled of them stands in the engine's `broker` and its files.

use super::super::draft::Draft;
use super::super::names::Written;
use super::Parts;
use super::network::Places;
use super::pool::{asked_at_random, hidden_endpoint};
use super::programs::NO_KEY;
use super::station::{begin, regions_of, stand};
use super::steering::judge_precaution;
use crate::chance::key::site;
use crate::model::{self, PartitionBy};
use crate::plan::{
    AttributeId, AttributeKind, CallId, ComponentId, ComponentKind, Delivery, EndpointId, Group,
    PoolId, Topic, TopicId,
};
use crate::source::{At, codes};
use std::num::NonZeroU64;

/// More partitions than this are no topic.
const MOST_PARTITIONS: usize = 100_000;
/// More copies than this are nobody's.
const MOST_COPIES: u64 = 100;
/// The name under which the messages of a queue are counted.
const OF_QUEUE: &str = "run";
/// The endpoint that acknowledges when the leader has a message, and the one that does when all copies have it.
const PUBLISH: [&str; 2] = ["publish", "publish-to-all"];

/// How programs reach a topic or a queue.
#[derive(Clone)]
pub(in super::super) struct Broker {
    pub(super) topic: TopicId,
    /// Who acknowledges when the leader has a message, and who when all copies have it.
    pub(super) publish: [EndpointId; 2],
    /// The attribute whose value is the key of a message that `publish` gives none.
    pub(super) key: AttributeId,
    /// Whether messages are dealt in turn, whatever their key.
    pub(super) in_turn: bool,
    /// What each group runs; none where that is unknown.
    pub(super) runs: Vec<EndpointId>,
}

/// The rows of a topic.
pub(super) fn topic<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    topic: &'m model::Topic,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Topic);
    let pool = stations(draft, name, component, &topic.regions, places);
    let wanted = usize::try_from(topic.partitions.get()).unwrap_or(usize::MAX);
    draft.room(
        wanted,
        MOST_PARTITIONS,
        "partitions in a topic",
        topic.partitions.place,
    );
    let partitions = u32::try_from(topic.partitions.get()).unwrap_or(u32::MAX);
    let mut broker = open(draft, component, pool, partitions);
    let row = &mut draft.plan.topics[broker.topic.index()];
    if let Some(retention) = &topic.retention {
        row.retention = retention.ns();
    }
    row.copies = u32::try_from(topic.replicas.get()).unwrap_or(u32::MAX);
    if topic.replicas.get() > MOST_COPIES {
        let message = format!("at most {MOST_COPIES} copies of a partition");
        draft.complain(codes::OUT_OF_RANGE, topic.replicas.place, message);
    }
    match &topic.partition_by {
        Some(PartitionBy::Hash(by)) => {
            broker.key = key(draft, &by.key).unwrap_or(AttributeId::NONE);
        }
        Some(PartitionBy::RoundRobin) => broker.in_turn = true,
        None => {}
    }
    for (group, written) in &topic.groups {
        let (most, wait) = written
            .batch
            .as_ref()
            .map_or((1, 0), |batch| (batch.most.get(), batch.wait.ns()));
        let redeliver = match &written.on_failure {
            model::GroupFailure::Skip => None,
            model::GroupFailure::Redeliver(redeliver) => Some(redeliver),
        };
        let delivery = Delivery::InOrder {
            after: redeliver.map_or(0, |redeliver| redeliver.after.ns()),
        };
        let attempts = redeliver.map_or(1, |redeliver| attempts(redeliver.most.as_ref()));
        let run = push_group(
            draft,
            &mut broker,
            pool,
            group,
            &written.run,
            delivery,
            attempts,
        );
        let Some(row) = draft.plan.groups.last_mut() else {
            continue;
        };
        row.most = u32::try_from(most).unwrap_or(u32::MAX);
        row.wait = wait;
        idle_consumers(draft, topic, group, run);
        if let Some(written) = &written.rebalance {
            rebalance(draft, run, written);
        }
    }
    parts.brokers.insert(component, broker);
}

/// The group declared last is dealt anew when a replica of its service is lost or back.
fn rebalance(draft: &mut Draft<'_>, run: EndpointId, written: &At<model::Rebalance>) {
    let Some(service) = draft
        .plan
        .endpoints
        .get(run.index())
        .map(|row| row.component)
    else {
        return; // what it runs is wrong, which is said
    };
    if let Written::Service(known) = draft.names.get(service).written {
        judge_precaution(draft, service, known, written.place);
    }
    draft.plan.rebalances.push(crate::plan::Rebalance {
        group: crate::plan::GroupId::from(draft.plan.groups.len() - 1),
        pause: written.pause.ns(),
    });
}

/// The rows of a queue.
pub(super) fn queue(
    draft: &mut Draft<'_>,
    name: &At<String>,
    queue: &model::Queue,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Queue);
    let pool = stations(draft, name, component, &queue.regions, places);
    let mut broker = open(draft, component, pool, 1);
    broker.in_turn = true;
    let delivery = Delivery::Competing {
        visibility: queue
            .visibility
            .as_ref()
            .map_or(u64::MAX, |hidden| hidden.ns()),
        in_flight: u32::try_from(queue.in_flight.get()).unwrap_or(u32::MAX),
    };
    let attempts = attempts(queue.most.as_ref());
    let of = At::new(OF_QUEUE.to_owned(), queue.run.place);
    push_group(
        draft,
        &mut broker,
        pool,
        &of,
        &queue.run,
        delivery,
        attempts,
    );
    parts.brokers.insert(component, broker);
}

fn attempts(most: Option<&At<NonZeroU64>>) -> u32 {
    most.map_or(u32::MAX, |most| {
        u32::try_from(most.get()).unwrap_or(u32::MAX)
    })
}

/// Leaders stand in the zones of the first region that is named, in turn; they take any number of messages at once.
fn stations(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    regions: &[At<String>],
    places: &Places,
) -> PoolId {
    if let Some(second) = regions.get(1) {
        draft.complain(
            codes::CONTRADICTION,
            second.place,
            format!("`{}` is one log, which stands in one region", name.value),
        );
    }
    let regions = regions_of(draft, name, regions, places);
    let zones = regions
        .first()
        .and_then(|region| places.regions.get(*region));
    for zone in zones.into_iter().flatten() {
        stand(draft, component, &name.value, *zone);
    }
    asked_at_random(draft, component, &name.value)
}

/// The row of a topic or a queue without groups, and who takes its messages.
fn open(draft: &mut Draft<'_>, component: ComponentId, pool: PoolId, partitions: u32) -> Broker {
    let publish = PUBLISH.map(|name| hidden_endpoint(draft, component, name, pool, false));
    let first = u32::try_from(draft.plan.groups.len()).unwrap_or(u32::MAX);
    draft.plan.topics.push(Topic {
        component,
        partitions,
        copies: 1,
        groups: (first, first),
        retention: u64::MAX,
    });
    Broker {
        topic: TopicId::from(draft.plan.topics.len() - 1),
        publish,
        key: NO_KEY,
        in_turn: false,
        runs: Vec::new(),
    }
}

/// A group's row; its calls are filled in with its program. Says what it runs.
fn push_group(
    draft: &mut Draft<'_>,
    broker: &mut Broker,
    pool: PoolId,
    name: &At<String>,
    run: &At<String>,
    delivery: Delivery,
    attempts: u32,
) -> EndpointId {
    let topic = &draft.plan.topics[broker.topic.index()];
    let component = topic.component;
    if PUBLISH.contains(&name.value.as_str()) {
        let message = format!(
            "`{}` is what every topic is asked for: a group needs another name",
            name.value
        );
        draft.complain(codes::NAME_TAKEN, name.place, message);
    }
    let runs = consumer(draft, run).unwrap_or(EndpointId::NONE);
    let messages = hidden_endpoint(draft, component, &name.value, pool, true);
    let owner = draft.plan.components[component.index()].name.clone();
    let is_batch = |row: &crate::plan::Attribute| matches!(row.kind, AttributeKind::Batch);
    let batch = draft.plan.attributes.iter().position(is_batch);
    draft.plan.groups.push(Group {
        topic: broker.topic,
        messages,
        message: CallId::NONE,
        run: CallId::NONE,
        most: 1,
        wait: 0,
        delivery,
        attempts,
        dead: CallId::NONE,
        batch: batch.map_or(NO_KEY, AttributeId::from),
        site: site(&["group", &owner, &name.value]),
    });
    draft.plan.topics[broker.topic.index()].groups.1 += 1;
    broker.runs.push(runs);
    runs
}

/// The endpoint that a group runs: one of a service.
fn consumer(draft: &mut Draft<'_>, run: &At<String>) -> Option<EndpointId> {
    let name = run.value.split('.').next().unwrap_or_default();
    if draft.model.routes.get(name).is_some() {
        let message = format!("`{name}` is a route, which reads nothing: name its service");
        draft.complain(codes::WRONG_KIND, run.place, message);
        return None;
    }
    let found = draft.names.endpoint(run, &mut draft.complaints)?;
    let component = draft.plan.endpoints[found.index()].component;
    if draft.plan.components[component.index()].kind != ComponentKind::Service {
        let message = format!(
            "`{}` is no endpoint of a service: only a service's replicas read messages",
            run.value
        );
        draft.complain(codes::WRONG_KIND, run.place, message);
        return None;
    }
    Some(found)
}

/// Consumers beyond the partitions have nothing to do.
fn idle_consumers(
    draft: &mut Draft<'_>,
    topic: &model::Topic,
    group: &At<String>,
    run: EndpointId,
) {
    let Some(endpoint) = draft.plan.endpoints.get(run.index()) else {
        return;
    };
    let service = &draft.plan.components[endpoint.component.index()];
    let (consumers, partitions) = (u64::from(service.replicas), topic.partitions.get());
    if consumers > partitions {
        let there = match partitions {
            1 => "there is 1 partition, which".to_owned(),
            _ => format!("there are {partitions} partitions, and each"),
        };
        let message = format!(
            "{} of the {consumers} replicas of `{}` read nothing: {there} has one reader",
            consumers - partitions,
            service.name
        );
        let hint = format!("`partitions: {consumers}`, or fewer replicas");
        draft.complain_with(codes::IDLE_CONSUMERS, group.place, message, hint);
    }
}

/// An attribute whose value is the key of a message.
pub(super) fn key(draft: &mut Draft<'_>, name: &At<String>) -> Option<AttributeId> {
    let attribute = draft.attribute(name)?;
    if draft.keyspace_of(attribute).is_none() {
        let message = format!("`{}` is no key of a data set: a hash needs one", name.value);
        draft.complain(codes::FOREIGN_KEY, name.place, message);
        return None;
    }
    Some(attribute)
}

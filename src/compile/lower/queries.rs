//! Queries: what they do on their copy, how a write reaches the followers, and how a query to several copies or shards gathers answers.
//!
//! A query that asks several is coordinated where it arrives, without a slot: there it only waits, as the coordinating node of
//! Cassandra or Elasticsearch does. Its parts take slots where they run.

use super::super::draft::{Draft, Owner};
use super::Parts;
use super::database::Copies;
use super::pool::{endpoint, hidden_endpoint};
use super::programs::replies;
use super::steps::{Side, Writer};
use crate::model;
use crate::plan::{
    AttributeId, CallId, ComponentId, CountId, DemandId, EndpointId, Fork, ForkId, Hold, HoldId,
    PoolId, Shard, Step, StepId,
};
use crate::source::{At, codes};

/// The endpoints of the queries, and the hidden ones of their parts.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    database: &'m model::Database,
    component: ComponentId,
    reach: &mut Copies,
) {
    for (query, written) in &database.queries {
        let Some(leader) = reach.pools.first().copied() else {
            endpoint(draft, component, query, PoolId::NONE);
            continue;
        };
        let pool = if written.reads.is_some() {
            reach.reads
        } else {
            leader
        };
        let id = endpoint(draft, component, query, pool);
        let gathers = gathered(draft, name, written, reach.shards).is_some();
        let quorum = written.reads.is_some() && reach.quorum.is_some();
        let part = match (written.writes.is_some(), reach.pools.get(1)) {
            (true, Some(follower)) => Some(("apply", *follower)),
            _ if gathers || quorum => Some(("part", pool)),
            _ => None,
        };
        draft.plan.endpoints[id.index()].coordinates = gathers || quorum;
        if let Some((what, pool)) = part {
            let name = format!("{}/{what}", query.value);
            let part = hidden_endpoint(draft, component, &name, pool, false);
            reach.parts.push((id, part));
        }
    }
}

/// How many shards a read asks at once; `None` = one.
fn gathered(
    draft: &mut Draft<'_>,
    name: &At<String>,
    written: &model::Query,
    shards: usize,
) -> Option<usize> {
    match written.reads.as_ref()? {
        model::Reach::One => None,
        model::Reach::AllShards => (shards > 1).then_some(shards),
        model::Reach::Shards(count) => {
            let number = count.number.get();
            if number < 2 || number > shards as u64 {
                let name = &name.value;
                let message = match shards {
                    1 => format!("`{name}` has one shard, and this asks {number}"),
                    2 => format!("`{name}` has two shards: a read asks `one` or `all-shards`"),
                    _ => {
                        format!("a read asks 2 to {shards} of the shards of `{name}`, not {number}")
                    }
                };
                let hint = "`one` is for a single shard, `all-shards` for as many as there are";
                draft.complain_with(codes::OUT_OF_RANGE, count.number.place, message, hint);
                return None;
            }
            usize::try_from(number).ok()
        }
    }
}

/// Notes whose object each query is about that says so.
pub(super) fn keys(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    component: ComponentId,
    parts: &mut Parts,
    key_of_shards: AttributeId,
) {
    for (query, written) in &database.queries {
        let Some(key) = &written.key else { continue };
        let Some(attribute) = draft.attribute(key) else {
            continue;
        };
        let id = draft.names.known[component.index()]
            .endpoints
            .get(query.value.as_str())
            .copied();
        let of = parts.asked.get(&component).copied();
        if database.shard_by.is_some() && !key_of_shards.is_some() {
            continue; // nothing finds a shard, which has been said
        }
        let Some((of, id)) = of.zip(id) else {
            let other = database.shard_by.as_ref().map(|_| {
                format!(
                    "the shards of `{}` go by an attribute: a query cannot name another one",
                    name.value
                )
            });
            let message = other.unwrap_or_else(|| {
                format!(
                    "`{}` does not know which rows its queries are about: it is `of:` no data set",
                    name.value
                )
            });
            draft.complain(codes::CONTRADICTION, key.place, message);
            continue;
        };
        let space = &draft.plan.keyspaces[of.index()];
        if attribute == space.attribute {
            continue;
        }
        if draft.keyspace_of(attribute) == Some(of) {
            parts.query_keys.insert(id, attribute);
        } else {
            let message = format!(
                "`{}` is asked for `{}`, but `{}` is no key of that",
                name.value, space.name, key.value
            );
            draft.complain(codes::FOREIGN_KEY, key.place, message);
        }
    }
}

/// A query to be compiled.
pub(super) struct Query<'q, 'm> {
    pub(super) component: ComponentId,
    pub(super) database: &'q str,
    pub(super) name: &'q str,
    pub(super) written: &'m model::Query,
    pub(super) id: EndpointId,
    pub(super) delay: bool,
}

impl Query<'_, '_> {
    pub(super) fn compile(&self, draft: &mut Draft<'_>, parts: &mut Parts) {
        let Some(copies) = parts.copies.get(&self.component).cloned() else {
            return;
        };
        let mine = |(query, _): &&(EndpointId, EndpointId)| *query == self.id;
        let part = copies.parts.iter().find(mine).map(|(_, part)| *part);
        self.judge(draft, part.is_some());
        match part {
            Some(apply) if self.written.writes.is_some() => {
                self.write(draft, parts, &copies, apply);
            }
            Some(part) => self.gather(draft, parts, &copies, part),
            None => self.alone(draft, parts, &copies),
        }
    }

    /// Words without an effect here.
    fn judge(&self, draft: &mut Draft<'_>, in_parts: bool) {
        let (database, name) = (self.database, self.name);
        let written = self.written;
        let gathers = !matches!(written.reads, None | Some(model::Reach::One));
        if let Some(need) = written.need.as_ref().filter(|_| !gathers || !in_parts) {
            let message = format!(
                "`need` is of a query that reads several shards: `{database}.{name}` asks one"
            );
            draft.complain(codes::CONTRADICTION, need.place, message);
        }
        if let Some(lock) = written.lock.as_ref().filter(|_| written.writes.is_none()) {
            let message = format!("`lock` is of writes: `{database}.{name}` is a read");
            draft.complain(codes::CONTRADICTION, lock.place, message);
        }
        if !matches!(written.writes, None | Some(model::Reach::One)) {
            let message = "a write to several shards would be a transaction over them, which is not supported yet";
            draft.complain(codes::NOT_SUPPORTED, written.body.place, message);
        }
        let follows = in_parts && replies(&written.body).is_some() && written.writes.is_some();
        if let Some(place) = replies(&written.body).filter(|_| follows) {
            let message = format!(
                "`{database}.{name}` is a write with followers: it replies when its `acks` are met"
            );
            draft.complain_with(
                codes::MISPLACED_STEP,
                place,
                message,
                "leave the `reply` out",
            );
        }
    }

    fn writer<'w, 'd>(
        &self,
        draft: &'w mut Draft<'d>,
        parts: &'w mut Parts,
        program: &str,
    ) -> Writer<'w, 'd> {
        let owner = [self.database, program, ""];
        Writer::new(
            draft,
            parts,
            Side::Database,
            self.component,
            owner,
            self.delay,
        )
    }

    /// On one copy.
    fn alone(&self, draft: &mut Draft<'_>, parts: &mut Parts, copies: &Copies) {
        let first = draft.here();
        draft.plan.endpoints[self.id.index()].entry = first;
        let reads = copies.looked_at
            && self.written.reads.is_some()
            && copies.pools.first() != Some(&copies.reads);
        if reads {
            draft.emit(Step::ReadCopy(copies.database));
        }
        let locked = self.lock(draft, copies);
        let last = !locked && !parts.purges.contains_key(&self.id);
        self.writer(draft, parts, self.name)
            .block(&self.written.body, last);
        self.purge(draft, parts);
        if locked {
            draft.emit(Step::Release);
        }
        self.close(draft, self.id, self.name, first);
    }

    /// What is dropped from caches when the write is acknowledged.
    fn purge(&self, draft: &mut Draft<'_>, parts: &Parts) {
        for row in parts.purges.get(&self.id).into_iter().flatten() {
            draft.emit(Step::Purge(*row));
        }
    }

    /// Takes the lock of the row that is written.
    fn lock(&self, draft: &mut Draft<'_>, copies: &Copies) -> bool {
        let (Some(lock), Some(quantity)) = (&self.written.lock, copies.locks) else {
            return false;
        };
        let key = draft.attribute(lock).unwrap_or(AttributeId::NONE);
        let hold = HoldId::from(draft.plan.holds.len());
        draft.plan.holds.push(Hold {
            quantity,
            units: 1,
            key,
            wait: u64::MAX,
        });
        draft.emit(Step::Acquire(hold));
        true
    }

    fn close(&self, draft: &mut Draft<'_>, id: EndpointId, program: &str, first: StepId) {
        draft.emit(Step::End);
        let name = format!("{}.{program}", self.database);
        draft.close(name, Owner::Endpoint(id), first, self.written.body.place);
    }

    /// On the leader, and then on its followers.
    fn write(&self, draft: &mut Draft<'_>, parts: &mut Parts, copies: &Copies, apply: EndpointId) {
        let first = draft.here();
        draft.plan.endpoints[self.id.index()].entry = first;
        let locked = self.lock(draft, copies);
        let mut writer = self.writer(draft, parts, self.name);
        writer.block(&self.written.body, false);
        let place = self.written.body.place;
        let call = |pool: &PoolId| {
            let call = writer.call_row(apply, None, place);
            let row = &mut writer.draft.plan.calls[call.index()];
            (row.pool, row.shard) = (*pool, Shard::Own);
            call
        };
        let calls: Vec<CallId> = copies.pools.iter().skip(1).map(call).collect();
        let site = writer.site("replication", place);
        if copies.tracked {
            draft.emit(Step::Commit(copies.database));
        }
        if copies.acks > 1 {
            let need = u32::try_from(copies.acks - 1).unwrap_or(u32::MAX);
            ask(draft, calls.clone(), need, site);
        }
        if copies.tracked {
            draft.emit(Step::Acknowledge(copies.database));
        }
        self.purge(draft, parts);
        if locked {
            draft.emit(Step::Release);
        }
        if copies.acks <= 1 {
            draft.emit(Step::Reply(DemandId::NONE));
            for call in calls {
                draft.emit(Step::Send(call));
            }
        }
        self.close(draft, self.id, self.name, first);
        let program = format!("{}/apply", self.name);
        let first = draft.here();
        draft.plan.endpoints[apply.index()].entry = first;
        self.writer(draft, parts, &program)
            .block(&self.written.body, false);
        if copies.tracked {
            draft.emit(Step::Applied(copies.database));
        }
        self.close(draft, apply, &program, first);
    }

    /// On several copies or shards, from where it arrives.
    fn gather(&self, draft: &mut Draft<'_>, parts: &mut Parts, copies: &Copies, part: EndpointId) {
        let first = draft.here();
        draft.plan.endpoints[self.id.index()].entry = first;
        let place = self.written.body.place;
        let asked = match &self.written.reads {
            Some(model::Reach::AllShards) => copies.shards,
            Some(model::Reach::Shards(count)) => count.number.get() as usize,
            _ => 1,
        };
        let several = asked > 1;
        let mut writer = self.writer(draft, parts, self.name);
        let site = writer.site("gather", place);
        let mut targets: Vec<(PoolId, Shard)> = Vec::new();
        if asked == copies.shards && several {
            let pool = |shard: usize| PoolId(copies.reads.0 + shard as u32);
            targets.extend((0..copies.shards).map(|shard| (pool(shard), Shard::Fixed)));
        } else if several {
            targets.extend((0..asked).map(|more| (copies.reads, Shard::After(more as u32))));
        } else {
            targets.extend(copies.pools.iter().map(|pool| (*pool, Shard::OfKey)));
        }
        let call = |(pool, shard): &(PoolId, Shard)| {
            let call = writer.call_row(part, None, place);
            let row = &mut writer.draft.plan.calls[call.index()];
            (row.pool, row.shard) = (*pool, *shard);
            call
        };
        let calls: Vec<CallId> = targets.iter().map(call).collect();
        let need = if several {
            self.need(draft, asked)
        } else {
            copies.quorum.and_then(|quorum| u32::try_from(quorum).ok())
        };
        ask(draft, calls, need.unwrap_or(u32::MAX), site);
        if copies.looked_at && !several {
            draft.emit(Step::Quorum(copies.database));
        }
        self.close(draft, self.id, self.name, first);
        let program = format!("{}/part", self.name);
        let first = draft.here();
        draft.plan.endpoints[part.index()].entry = first;
        if copies.looked_at && !several {
            draft.emit(Step::Peek(copies.database));
        }
        self.writer(draft, parts, &program)
            .block(&self.written.body, true);
        self.close(draft, part, &program, first);
    }

    /// Shards that must succeed; all when it is not said.
    fn need(&self, draft: &mut Draft<'_>, shards: usize) -> Option<u32> {
        let need = self.written.need.as_ref()?;
        if need.get() > shards as u64 {
            let message = format!(
                "`need: {}` exceeds the {shards} shards that are asked: it could never be met",
                need.value
            );
            draft.complain(codes::OUT_OF_RANGE, need.place, message);
        }
        u32::try_from(need.get())
            .ok()
            .filter(|need| *need as usize != shards)
    }
}

/// Asks several at once and goes on when so many have answered.
fn ask(draft: &mut Draft<'_>, calls: Vec<CallId>, need: u32, site: crate::chance::key::Site) {
    let mut row = Fork {
        branches: Vec::new(),
        calls: calls.clone(),
        count: CountId::NONE,
        at_once: u32::MAX,
        need,
        cancel_rest: false,
        shuffle: false,
        site,
        after: StepId::NONE,
    };
    let fork = ForkId::from(draft.plan.forks.len());
    draft.plan.forks.push(row.clone());
    draft.emit(Step::Fork(fork));
    for call in calls {
        row.branches.push(draft.here());
        draft.emit(Step::Call(call));
        draft.emit(Step::Join);
    }
    row.after = draft.here();
    draft.plan.forks[fork.index()] = row;
}

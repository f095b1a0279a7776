//! Asking a cache: a look-up in the same replica, or a call to one of its nodes with a store behind it.

use super::super::draft::Draft;
use super::cache::Reach;
use super::steps::Writer;
use crate::model::{self, OnFailure, Step as WrittenStep};
use crate::plan::{
    AttributeId, CallId, ComponentId, EndpointId, Get, GetId, Refresh, RefreshId, Step, StepId,
};
use crate::source::{At, codes};

impl Writer<'_, '_> {
    pub(super) fn get(&mut self, get: &model::step::Get, step: &WrittenStep) {
        let Some((reach, key)) = self.reach(&get.cache, get.key.as_ref()) else {
            return;
        };
        match reach.per {
            Some(service) => self.get_here(get, step, service, reach.cache, key),
            None if reach.get == EndpointId::NONE => {}
            None => self.get_there(get, step, reach, key),
        }
    }

    /// Stores an object in a cache, or drops it: at once in this replica, else by a call to what `of` says.
    pub(super) fn tell(
        &mut self,
        cache: &At<String>,
        key: Option<&At<String>>,
        step: &WrittenStep,
        of: impl Fn(&Reach) -> EndpointId,
        here: impl Fn(GetId) -> Step,
    ) {
        let Some((reach, key)) = self.reach(cache, key) else {
            return;
        };
        match reach.per {
            Some(service) if self.is_here(cache, service, step) => {
                let row = self.get_row(reach.cache, key, CallId::NONE);
                self.draft.emit(here(row));
            }
            Some(_) => {}
            None if reach.get == EndpointId::NONE => {}
            None => {
                let label = step.label.as_ref().map(|label| label.value.as_str());
                let call = self.call_row(of(&reach), label, step.place);
                self.draft.plan.calls[call.index()].key = key;
                self.draft.emit(Step::Call(call));
            }
        }
    }

    /// How to reach a cache, and the attribute that names the object.
    fn reach(
        &mut self,
        cache: &At<String>,
        key: Option<&At<String>>,
    ) -> Option<(Reach, AttributeId)> {
        let kind = crate::plan::ComponentKind::Cache;
        let names = &self.draft.names;
        let position = names.component(cache, kind, &mut self.draft.complaints)?;
        let reach = self.parts.caches.get(&position).copied()?;
        let key = self.cache_key(cache, key, reach.cache)?;
        Some((reach, key))
    }

    fn get_row(&mut self, cache: crate::plan::CacheId, key: AttributeId, store: CallId) -> GetId {
        let row = GetId::from(self.draft.plan.gets.len());
        self.draft.plan.gets.push(Get { cache, key, store });
        row
    }

    /// The attribute that names the object: the one said, else the data set's own key.
    fn cache_key(
        &mut self,
        name_of_cache: &At<String>,
        key: Option<&At<String>>,
        cache: crate::plan::CacheId,
    ) -> Option<AttributeId> {
        let keyspace = self.draft.plan.caches[cache.index()].keyspace;
        if !keyspace.is_some() {
            return None;
        }
        let own = &self.draft.plan.keyspaces[keyspace.index()];
        let Some(key) = key else {
            return Some(own.attribute);
        };
        let name = own.name.clone();
        let attribute = self.draft.attribute(key)?;
        if self.draft.keyspace_of(attribute) != Some(keyspace) {
            let message = format!(
                "the cache `{}` holds `{name}`, but `{}` is no key of that",
                name_of_cache.value, key.value
            );
            let hint = format!(
                "leave `key` out, or declare `attributes: {{ {}: {{ key: {name} }} }}`",
                key.value
            );
            self.draft
                .complain_with(codes::FOREIGN_KEY, key.place, message, hint);
        }
        Some(attribute)
    }

    /// Whether a cache inside the replicas of a service is asked from there; complains if it is not.
    fn is_here(&mut self, cache: &At<String>, service: usize, step: &WrittenStep) -> bool {
        if ComponentId::from(service) == self.component {
            return true;
        }
        let owner = self.draft.names.known[service].name.value.clone();
        let message = format!(
            "the cache `{}` lives inside the replicas of `{owner}`: nobody else can reach it",
            cache.value
        );
        let hint = format!(
            "call `{owner}`, or give the cache servers of its own: `nodes:` instead of `per:`"
        );
        self.draft
            .complain_with(codes::OUT_OF_REACH, step.place, message, hint);
        false
    }

    /// A cache inside this replica.
    fn get_here(
        &mut self,
        get: &model::step::Get,
        step: &WrittenStep,
        service: usize,
        cache: crate::plan::CacheId,
        key: AttributeId,
    ) {
        if !self.is_here(&get.cache, service, step) {
            return;
        }
        let useless = get
            .timeout
            .as_ref()
            .map(|timeout| timeout.place)
            .or_else(|| get.on_failure.as_ref().map(|_| step.place));
        if let Some(place) = useless {
            let message = format!(
                "`{}` is in the same process: it answers at once and cannot fail",
                get.cache.value
            );
            self.draft.complain_with(
                codes::CONTRADICTION,
                place,
                message,
                "leave out `timeout` and `on-failure`",
            );
        }
        let row = self.get_row(cache, key, CallId::NONE);
        let several = self.several(get, row, CallId::NONE);
        self.draft.emit(Step::Probe(row));
        let hit = self.draft.emit(Step::OnHit(StepId::NONE));
        let miss = self.draft.here();
        self.missed("miss", get, several);
        self.draft.emit(Step::Fill(row));
        found(self.draft, hit, row, miss);
    }

    /// A cache on nodes of its own: a call, a miss that stores by a message, and what happens when nobody answers.
    fn get_there(
        &mut self,
        get: &model::step::Get,
        step: &WrittenStep,
        reach: Reach,
        key: AttributeId,
    ) {
        let label = step.label.as_ref().map(|label| label.value.clone());
        let ask = self.call_row(reach.get, label.as_deref(), step.place);
        let store = self.call_row(
            reach.store,
            label.map(|label| format!("{label} store")).as_deref(),
            step.place,
        );
        self.draft.plan.calls[store.index()].key = key;
        if let Some(timeout) = &get.timeout {
            if timeout.ns() == 0 {
                self.draft.complain(
                    codes::OUT_OF_RANGE,
                    timeout.place,
                    "nothing can be done in no time: leave the limit out or give it time",
                );
            }
            self.draft.timeout_places.insert(ask.0, timeout.place);
        }
        let row = &mut self.draft.plan.calls[ask.index()];
        row.key = key;
        row.timeout = get.timeout.as_ref().map_or(0, |timeout| timeout.ns());
        row.guarded = row.timeout > 0 || !matches!(get.on_failure, Some(OnFailure::Fail));
        let lookup = self.get_row(reach.cache, key, store);
        let several = self.several(get, lookup, ask);
        self.draft.emit(Step::Call(ask));
        let hit = self.draft.emit(Step::OnHit(StepId::NONE));
        // Only one of the two copies of the miss block runs, so calls in both have the same numbers.
        let before = self.ordinals.clone();
        let miss = self.draft.here();
        self.missed("miss", get, several);
        self.draft.emit(Step::Fill(lookup));
        let failed = if let Some(on_failure) = &get.on_failure {
            self.handle(on_failure)
        } else {
            let jump = self.draft.emit(Step::Jump(StepId::NONE));
            let target = self.draft.here();
            let after = std::mem::replace(&mut self.ordinals, before);
            self.apart("uncached", |writer| writer.block(&get.miss, false));
            self.ordinals = after;
            self.draft.plan.steps[jump] = Step::Jump(self.draft.here());
            Some(target)
        };
        self.draft.plan.calls[ask.index()].on_failure = failed.unwrap_or(StepId::NONE);
        found(self.draft, hit, lookup, miss);
    }
}

/// Where a hit goes on: past the block of the miss, and at the refresh of what was found stale where the cache does that.
pub(super) fn found(draft: &mut Draft<'_>, hit: usize, get: GetId, miss: StepId) {
    draft.plan.steps[hit] = Step::OnHit(draft.here());
    let cache = draft.plan.gets[get.index()].cache;
    if draft.plan.graces.iter().any(|grace| grace.cache == cache) {
        let row = RefreshId::from(draft.plan.refreshes.len());
        draft.plan.refreshes.push(Refresh { get, miss });
        draft.emit(Step::Refresh(row));
    }
}

//! Values of laws and attributes for a flight: pure functions of its fate.

use super::{Engine, NONE, Probe};
use crate::chance::key::{Key, Site};
use crate::plan::step::AssignValue;
use crate::plan::{
    AttributeId, AttributeKind, ChanceId, CountId, Demand, DemandId, KeyspaceId, Plan, Scale,
    ScaleLaw, Source, Step, Test,
};

/// Attribute overrides, each linked to the one below; shared by a request and its calls.
#[derive(Debug, Default)]
pub(super) struct Environment {
    rows: Vec<Override>,
    free: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Override {
    attribute: AttributeId,
    value: Given,
    below: u32,
    users: u32,
}

#[derive(Debug, Clone, Copy)]
enum Given {
    Value(f64),
    From(Key),
}

impl Environment {
    fn add(&mut self, attribute: AttributeId, value: Given, below: u32) -> u32 {
        let row = Override {
            attribute,
            value,
            below,
            users: 1,
        };
        if let Some(at) = self.free.pop() {
            self.rows[at as usize] = row;
            at
        } else {
            self.rows.push(row);
            self.rows.len() as u32 - 1
        }
    }

    /// One more flight uses this environment.
    #[inline]
    pub(super) fn share(&mut self, at: u32) -> u32 {
        if at != NONE {
            self.rows[at as usize].users += 1;
        }
        at
    }

    /// One flight less does.
    #[inline]
    pub(super) fn leave(&mut self, mut at: u32) {
        while at != NONE {
            let row = &mut self.rows[at as usize];
            row.users -= 1;
            if row.users > 0 {
                return;
            }
            self.free.push(at);
            at = row.below;
        }
    }

    #[inline]
    fn find(&self, mut at: u32, attribute: AttributeId) -> Option<Given> {
        while at != NONE {
            let row = &self.rows[at as usize];
            if row.attribute == attribute {
                return Some(row.value);
            }
            at = row.below;
        }
        None
    }
}

/// Whether anything in a plan asks for the user's number (it is only then that requests carry it).
pub(super) fn asks_for_user(plan: &Plan) -> bool {
    let scaled = |demand: &crate::plan::Demand| demand.scale.and_then(|scale| scale.with.err());
    let drawn = |demand: &crate::plan::Demand| match demand.source {
        Source::Law => None,
        Source::Attribute(attribute) | Source::ObjectSize(attribute) => Some(attribute),
    };
    let given = |assign: &crate::plan::Assign| match assign.value {
        AssignValue::Of(attribute) => Some(attribute),
        AssignValue::Value(_) | AssignValue::Fresh(_) => None,
    };
    let asked = (plan.demands.iter().filter_map(scaled))
        .chain(plan.demands.iter().filter_map(drawn))
        .chain(plan.assigns.iter().filter_map(given))
        .chain(plan.counts.iter().map(|count| count.attribute))
        .chain(plan.conditions.iter().map(|condition| condition.attribute))
        .chain(plan.calls.iter().map(|call| call.key))
        .chain(plan.pools.iter().map(|pool| pool.key))
        .chain(plan.holds.iter().map(|hold| hold.key))
        .chain(plan.gets.iter().map(|get| get.key));
    let is_user = |id: AttributeId| {
        id.is_some() && matches!(plan.attributes[id.index()].kind, AttributeKind::User)
    };
    asked.into_iter().any(is_user)
}

fn grow(law: ScaleLaw, x: f64) -> f64 {
    match law {
        ScaleLaw::Linear => x,
        ScaleLaw::Log => libm::log1p(x),
        ScaleLaw::Sqrt => x.sqrt(),
        ScaleLaw::NLogN => x * libm::log1p(x),
        ScaleLaw::Quadratic => x * x,
    }
}

impl<P: Probe> Engine<'_, P> {
    /// A random quantity for this flight, in the unit of its law.
    #[inline]
    pub(super) fn amount(&self, flight: u32, id: DemandId) -> f64 {
        let demand = &self.plan.demands[id.index()];
        if let (Source::Law, None) = (demand.source, demand.scale) {
            return self.drawn(flight, demand);
        }
        self.amount_by(flight, demand)
    }

    /// A draw from a demand's law.
    #[inline]
    fn drawn(&self, flight: u32, demand: &Demand) -> f64 {
        let mut draw = self.flights[flight].key.draw(demand.site);
        demand.sampler.sample(&mut draw)
    }

    /// A quantity that an attribute gives, or that grows with one.
    #[inline(never)]
    fn amount_by(&self, flight: u32, demand: &Demand) -> f64 {
        let value = match demand.source {
            Source::Law => self.drawn(flight, demand),
            Source::Attribute(attribute) => self.attribute(flight, attribute),
            Source::ObjectSize(attribute) => self.object_size(flight, attribute),
        };
        match demand.scale {
            None => value,
            Some(scale) => value * self.growth(flight, scale),
        }
    }

    fn growth(&self, flight: u32, scale: Scale) -> f64 {
        let x = match scale.with {
            Ok(items) => items,
            Err(attribute) => self.attribute(flight, attribute),
        };
        grow(scale.law, x) / grow(scale.law, scale.at)
    }

    /// As [`Engine::amount`], rounded to whole units.
    #[inline]
    pub(super) fn demand(&self, flight: u32, id: DemandId) -> u64 {
        (self.amount(flight, id) + 0.5) as u64
    }

    /// A random whole number for this flight.
    pub(super) fn count(&self, flight: u32, id: CountId) -> u64 {
        let count = &self.plan.counts[id.index()];
        if count.attribute.is_some() {
            return (self.attribute(flight, count.attribute) + 0.5) as u64;
        }
        count
            .sampler
            .sample(&mut self.flights[flight].key.draw(count.site))
    }

    /// Whether something of this probability happens to this flight.
    #[inline]
    pub(super) fn happens(&self, flight: u32, id: ChanceId) -> bool {
        let chance = &self.plan.chances[id.index()];
        chance.probability >= 1.0
            || self.flights[flight]
                .key
                .draw(chance.site)
                .chance(chance.probability)
    }

    /// The value that an attribute has for this flight.
    pub(super) fn attribute(&self, flight: u32, id: AttributeId) -> f64 {
        let row = &self.flights[flight];
        match self.environment.find(row.env, id) {
            Some(Given::Value(value)) => value,
            Some(Given::From(key)) => self.attribute_by(flight, key, id),
            None => match self.plan.attributes[id.index()].kind {
                AttributeKind::Priority => f64::from(row.priority),
                AttributeKind::Attempt => f64::from(row.own_attempt),
                _ => self.attribute_by(flight, row.root, id),
            },
        }
    }

    /// The value that a fate gives an attribute; that of an object that belongs to another depends on whose object the flight is about.
    fn attribute_by(&self, flight: u32, key: Key, id: AttributeId) -> f64 {
        let attribute = &self.plan.attributes[id.index()];
        if let AttributeKind::Key(keyspace) = attribute.kind {
            let space = &self.plan.keyspaces[keyspace.index()];
            if space.owner.is_some() {
                let owner = self.attribute(flight, space.owner) as u64;
                let mut draw = key.draw(attribute.site);
                return space.popularity.of_owner(owner, &mut draw) as f64;
            }
        }
        self.attribute_of(key, id)
    }

    pub(super) fn attribute_of(&self, key: Key, id: AttributeId) -> f64 {
        let attribute = &self.plan.attributes[id.index()];
        let mut draw = key.draw(attribute.site);
        match &attribute.kind {
            AttributeKind::Key(keyspace) => {
                let space = &self.plan.keyspaces[keyspace.index()];
                let rank = space.popularity.rank(&mut draw);
                if self.drifts.is_empty() {
                    return rank as f64;
                }
                self.object_of_rank(id, rank) as f64
            }
            AttributeKind::Number(sampler) => sampler.sample(&mut draw),
            AttributeKind::Count(sampler) => sampler.sample(&mut draw) as f64,
            AttributeKind::Batch => 1.0,
            AttributeKind::User | AttributeKind::Priority | AttributeKind::Attempt => 0.0,
        }
    }

    /// Hash of the object that an attribute names: the same wherever it is asked for, another in each replication.
    #[inline]
    pub(super) fn object_hash(&self, keyspace: Site, object: u64) -> u64 {
        self.root.child(keyspace, object).0
    }

    fn object_size(&self, flight: u32, attribute: AttributeId) -> f64 {
        let AttributeKind::Key(keyspace) = self.plan.attributes[attribute.index()].kind else {
            return 0.0;
        };
        self.size_of(keyspace, self.attribute(flight, attribute) as u64)
    }

    /// Size in bytes of an object: a fixed function of the object, another in each replication unless it was recorded.
    pub(super) fn size_of(&self, keyspace: KeyspaceId, object: u64) -> f64 {
        let space = &self.plan.keyspaces[keyspace.index()];
        if let Some(sizes) = space.sizes() {
            return sizes.get(object as usize).map_or(0.0, |&size| size as f64);
        }
        if !space.size.is_some() {
            return 0.0;
        }
        let law = &self.plan.demands[space.size.index()];
        law.sampler
            .sample(&mut self.root.child(space.site, object).draw(law.site))
    }

    /// Whether a test holds for this flight.
    pub(super) fn holds(&self, flight: u32, attribute: AttributeId, test: Test) -> bool {
        let value = self.attribute(flight, attribute);
        match test {
            Test::Is(other) => (value - other).abs() < 1e-9 * other.abs().max(1.0),
            Test::Under(other) => value < other,
            Test::Over(other) => value > other,
            Test::In(low, high) => value >= low && value <= high,
            Test::Among(set) => self.plan.object_sets[set as usize].holds(value as u64),
        }
    }

    /// Give a flight's attributes new values, named by `key` where drawn afresh.
    pub(super) fn assign(&mut self, flight: u32, rows: (u32, u32), key: Key) {
        for row in rows.0..rows.1 {
            let assign = self.plan.assigns[row as usize];
            let value = match assign.value {
                AssignValue::Value(value) => Given::Value(value),
                AssignValue::Fresh(site) if self.drifts_under(assign.attribute) => {
                    Given::Value(self.attribute_of(key.child(site, 0), assign.attribute))
                }
                AssignValue::Fresh(site) => Given::From(key.child(site, 0)),
                AssignValue::Of(other) => Given::Value(self.attribute(flight, other)),
            };
            let below = self.flights[flight].env;
            self.flights[flight].env = self.environment.add(assign.attribute, value, below);
        }
    }

    /// One more object beside the one that an attribute names, drawn by the same popularity and from the same fate: the `number`-th, from 1.
    pub(super) fn another_object(&self, flight: u32, id: AttributeId, number: u64) -> u64 {
        let row = &self.flights[flight];
        let site = self.plan.attributes[id.index()].site;
        let key = match self.environment.find(row.env, id) {
            Some(Given::From(key)) => key,
            Some(Given::Value(object)) => row.root.child(site, object as u64),
            None => row.root,
        };
        self.attribute_by(flight, key.child(site, number), id) as u64
    }

    /// Let a new request carry its user's number, if anything asks for it.
    pub(super) fn name_user(&mut self, flight: u32, number: f64) {
        let plan = self.plan;
        for (index, attribute) in plan.attributes.iter().enumerate() {
            if matches!(attribute.kind, AttributeKind::User) {
                let below = self.flights[flight].env;
                self.flights[flight].env =
                    self.environment
                        .add(AttributeId::from(index), Given::Value(number), below);
            }
        }
    }

    /// Let a request carry a value of an attribute: how many messages it is for, what it asks for.
    pub(super) fn carry(&mut self, flight: u32, attribute: AttributeId, number: f64) {
        let below = self.flights[flight].env;
        let value = Given::Value(number);
        self.flights[flight].env = self.environment.add(attribute, value, below);
    }

    /// Hash of the object that is a flight's value of a key; nothing without a key.
    pub(super) fn key_hash(&self, flight: u32, key: AttributeId) -> Option<u64> {
        let AttributeKind::Key(keyspace) = self.plan.attributes.get(key.index())?.kind else {
            return None;
        };
        let space = self.plan.keyspaces[keyspace.index()].site;
        Some(self.object_hash(space, self.attribute(flight, key) as u64))
    }

    /// Let a new request carry the object that it was recorded with.
    pub(super) fn name_object(&mut self, flight: u32, keys: &[AttributeId], object: u32) {
        for &key in keys {
            let below = self.flights[flight].env;
            let value = Given::Value(f64::from(object));
            self.flights[flight].env = self.environment.add(key, value, below);
        }
    }

    /// Lanes of constant pauses, by demand.
    pub(super) fn sleep_lanes(
        plan: &Plan,
        calendar: &mut super::calendar::Calendar,
    ) -> Vec<super::calendar::Lane> {
        let mut lanes = vec![super::calendar::Lane::NONE; plan.demands.len()];
        for step in &plan.steps {
            if let Step::Sleep(id) = step {
                let demand = &plan.demands[id.index()];
                if let (crate::chance::law::Law::Constant(value), Source::Law, None) =
                    (&demand.law, demand.source, demand.scale)
                {
                    lanes[id.index()] = calendar.lane((*value + 0.5) as u64);
                }
            }
        }
        lanes
    }
}

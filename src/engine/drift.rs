//! Popularity that drifts: objects change places in the order in which they are asked for.
//!
//! At the end of each interval pairs of objects swap their ranks, any pair as likely as the others. What a request asks for is looked up in
//! the order of the moment in which the attribute is drawn: when the request is born, or where `fresh` draws it anew; all its calls then ask
//! for that object.
//!
//! Not modelled: objects that come new or go, a drift that favours some of them, and days and weeks that come round again.

use super::calendar::Class;
use super::{Engine, Probe};
use crate::chance::key::Key;
use crate::plan::{AttributeId, AttributeKind, Drift, Plan};

/// The order of one data set.
#[derive(Debug)]
struct Order {
    /// By rank: the object.
    objects: Vec<u32>,
    /// Intervals that are over.
    rounds: u64,
}

/// All orders that change, and the attributes that go by them.
#[derive(Debug, Default)]
pub(super) struct Drifts {
    orders: Vec<Order>,
    /// Attribute and its order.
    attributes: Vec<(AttributeId, u32)>,
}

impl Drifts {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut drifts = Self::default();
        for (number, drift) in plan.drifts.iter().enumerate() {
            let items = plan.keyspaces[drift.keyspace.index()].items as u32;
            drifts.orders.push(Order {
                objects: (0..items).collect(),
                rounds: 0,
            });
            for (index, attribute) in plan.attributes.iter().enumerate() {
                if matches!(attribute.kind, AttributeKind::Key(keyspace) if keyspace == drift.keyspace)
                {
                    drifts
                        .attributes
                        .push((AttributeId::from(index), number as u32));
                }
            }
        }
        drifts
    }

    /// Whether there are none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    fn order_of(&self, attribute: AttributeId) -> Option<&Order> {
        let (_, order) = self.attributes.iter().find(|(own, _)| *own == attribute)?;
        self.orders.get(*order as usize)
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Intervals begin.
    pub(super) fn start_drifts(&mut self) {
        for (number, drift) in self.plan.drifts.iter().enumerate() {
            self.calendar.push(drift.every, Class::Drift, number as u32);
        }
    }

    /// An interval is over.
    pub(super) fn drift(&mut self, number: u32) {
        let Drift {
            every, swaps, site, ..
        } = self.plan.drifts[number as usize];
        self.toil(swaps);
        let order = &mut self.drifts.orders[number as usize];
        let mut draw = self.root.child(site, order.rounds).draw(site);
        order.rounds += 1;
        let items = order.objects.len() as u32;
        for _ in 0..swaps {
            let one = draw.below(items);
            // Another one: the second counts on from the first.
            let other = (one + 1 + draw.below(items - 1)) % items;
            order.objects.swap(one as usize, other as usize);
        }
        let at = self.now.saturating_add(every);
        self.calendar.push(at, Class::Drift, number);
    }

    /// The object that has a rank now, where ranks change.
    pub(super) fn object_of_rank(&self, attribute: AttributeId, rank: u64) -> u64 {
        let order = self.drifts.order_of(attribute);
        let object = order.and_then(|order| order.objects.get(rank as usize));
        object.map_or(rank, |object| u64::from(*object))
    }

    /// A new request carries what it asks for.
    #[cold]
    pub(super) fn fix_objects(&mut self, flight: u32, key: Key) {
        for at in 0..self.drifts.attributes.len() {
            let (attribute, _) = self.drifts.attributes[at];
            self.fix_object(flight, attribute, key);
        }
    }

    /// From here on a flight's attribute is the object that it names now.
    pub(super) fn fix_object(&mut self, flight: u32, attribute: AttributeId, key: Key) {
        let object = self.attribute_of(key, attribute);
        self.carry(flight, attribute, object);
    }

    /// Whether an attribute's ranks change.
    pub(super) fn drifts_under(&self, attribute: AttributeId) -> bool {
        !self.drifts.is_empty() && self.drifts.order_of(attribute).is_some()
    }
}

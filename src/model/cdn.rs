//! Sites near the users that keep copies of objects: `cdns:`.

use super::cache::{Capacity, Coalesce, Evict, Start, Ttl};
use super::reader::Reader;
use super::shape::{Definitions, Keyed, Shape};
use crate::source::{At, Content, Node};
use crate::units::{MoneyRate, Per};
use std::num::NonZeroU64;

record! {
    /// A content delivery network: sites that each keep objects, and fetch what they lack from the origin. Asked with `call: NAME.get`.
    pub struct Cdn {
        /// The data set it delivers.
        of: At<String>,
        /// How many sites there are in each region; a number alone where there is one region.
        sites: At<Sites>,
        /// What one site can hold: `100000 items` or `400GiB`.
        capacity: At<Capacity>,
        /// What leaves a full site.
        evict: Evict = "lru",
        /// How long an object is good for; for ever when absent.
        ttl: Option<Ttl>,
        /// Whether requests for one object wait at their site for the first of them instead of each fetching it.
        coalesce: Coalesce = "false",
        /// What the sites, and the shield, hold when the run begins.
        start: Start = "cold",
        /// One more cache between all sites and the origin.
        shield: Option<Shield>,
        /// The endpoint that has the objects: `media-origin.fetch`.
        origin: At<String>,
        /// What it costs by use.
        price: Option<CdnPrice>,
    }
    later: ["range"];
    never: {
        "nodes": "a CDN has sites: `sites: { eu: 12 }`",
        "replicas": "a CDN has sites: `sites: { eu: 12 }`",
        "in": "`sites` says how many there are in which region",
        "cores": "the processors of a CDN are somebody else's, and never short",
        "machine": "a CDN is paid for by use: `price: { per-gib: 0.085 USD/GiB }`",
    };
}

record! {
    /// A cache that all sites ask for what they lack, so that the origin is asked once and not by each of them.
    pub struct Shield {
        /// The region it stands in; where absent the only one.
        region as "in": Option<At<String>>,
        /// What it can hold.
        capacity: At<Capacity>,
        /// What leaves it when it is full.
        evict: Evict = "lru",
        /// How long an object is good for; for ever when absent.
        ttl: Option<Ttl>,
        /// Whether requests for one object wait for the first of them instead of each asking the origin.
        coalesce: Coalesce = "false",
    }
}

record! {
    /// What a CDN costs by use.
    pub struct CdnPrice {
        /// For a GiB that the sites send to those who ask; when absent, these bytes cost what `network` says (`internet: { egress }`).
        per_gib: Option<At<MoneyRate>>,
        /// For a million requests to the sites.
        per_million: Option<At<MoneyRate>>,
    }
    check: check_price;
}

fn check_price(price: &CdnPrice, node: &Node, reader: &mut Reader<'_>) {
    if price.per_gib.is_none() && price.per_million.is_none() {
        reader.missing(
            node,
            "a price needs an amount, as in `per-gib: 0.085 USD/GiB`",
            &["per-gib", "per-million"],
        );
    }
    amount(price.per_gib.as_ref(), Per::Gib, reader);
    amount(price.per_million.as_ref(), Per::Once, reader);
}

/// Money whose field says what it is for: it may say so itself, but nothing else.
pub(super) fn amount(money: Option<&At<MoneyRate>>, per: Per, reader: &mut Reader<'_>) {
    if let Some(money) = money
        && money.per != per
        && money.per != Per::Once
    {
        let message = format!(
            "the name says what it is for: `{}` is for something else",
            money.value
        );
        reader.out_of_range(money.place, message);
    }
}

/// How many sites stand where.
#[derive(Debug, Clone, PartialEq)]
pub enum Sites {
    /// So many in the only region.
    Here(At<NonZeroU64>),
    /// So many in each of these regions.
    Each(Keyed<At<NonZeroU64>>),
}

impl Shape for Sites {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.content, Content::Map(_)) {
            return Shape::read(node, reader).map(Self::Here);
        }
        let each = Keyed::<At<NonZeroU64>>::read(node, reader)?;
        if each.is_empty() {
            reader.out_of_range(node.place, "a CDN needs at least one site: `{ eu: 12 }`");
            return None;
        }
        Some(Self::Each(each))
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let (number, each) = (
            NonZeroU64::schema(definitions),
            Keyed::<NonZeroU64>::schema(definitions),
        );
        serde_json::json!({ "anyOf": [number, each] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Here(number) => number.show(),
            Self::Each(each) => each.show(),
        }
    }
}

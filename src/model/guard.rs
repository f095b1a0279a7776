//! What stands round a call: retries, deadlines, cancellation and what a failure does.
//!
//! Guards nest in one fixed order, outermost first: on-failure ( deadline ( retry ( hedge ( rate-limit ( connection ( timeout ( attempt ))))))). What stands
//! inside `retry` is taken for each attempt, and given back before a backoff; what stands inside `hedge`, for each copy. The rate limit is in
//! [`super::rate_limit`], connections are those of databases.

use super::law::DurationLaw;
use super::number::Positive;
use super::percentile;
use super::reader::Reader;
use super::shape::{Definitions, Limit, Shape};
use super::step::Block;
use crate::source::{At, Content, Node};
use crate::units::{Duration, Share};
use std::num::NonZeroU64;

record! {
    /// The time for all attempts and waits of a call together; nothing begins when it is over.
    pub struct Deadline {
        /// How long after the first send.
        after: At<Duration>,
        /// Whether the callee is told, and refuses work that has expired.
        propagate: bool = "false",
    }
    bare: "after";
}

record! {
    /// New attempts after failures.
    pub struct Retry {
        /// How many attempts in all, the first included; or `unlimited`, with a backoff that takes time.
        attempts: At<Limit<NonZeroU64>>,
        /// How long to wait before each new attempt.
        backoff: Backoff = "0s",
        /// The causes that deserve a new attempt.
        when: Vec<At<Cause>> = "[refused, abandoned, timeout, unreachable, no-connection, limited]",
        /// Retries allowed per first attempt, saved up by each calling replica; unlimited when absent.
        budget: Option<At<Share>>,
    }
    bare: "attempts";
}

record! {
    /// Further copies of a slow call, sent to other replicas; the first success counts (Dean and Barroso 2013).
    pub struct Hedge {
        /// After how long without an answer the next copy is sent; `0s` sends all at once. A percentile is that of the last answers to
        /// first copies (1,000 and more), and no copy is sent before there are a hundred, or while more first copies than lie beyond
        /// it are lost or beaten.
        after: At<After>,
        /// How many copies beside the first.
        extra: At<NonZeroU64> = "1",
        /// What becomes of the copies that lose.
        cancel: Losers = "none",
    }
    bare: "after";
}

/// When the next copy of a hedged call is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    /// After such a time.
    Law(DurationLaw),
    /// After this percentile of the times that the first copy has taken of late, as a share.
    Percentile(f64),
}

impl Shape for After {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(name) = node.as_text().filter(|text| percentile::is_meant(text)) else {
            return DurationLaw::read(node, reader).map(Self::Law);
        };
        let share = percentile::share(name);
        if share.is_none() {
            reader.out_of_range(node.place, percentile::RULE);
        }
        share.map(Self::Percentile)
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let percentile = serde_json::json!({
            "type": "string", "pattern": percentile::PATTERN,
            "description": "A percentile of the times that the first copy has taken of late: p95, p999.",
        });
        serde_json::json!({ "anyOf": [percentile, DurationLaw::schema(definitions)] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Law(law) => law.show(),
            Self::Percentile(share) => Some(Node::text(percentile::name(*share))),
        }
    }
}

choice! {
    /// Which copies of a hedged call are called off.
    pub enum Losers {
        /// None: they go on, and their answers find nobody.
        None = "none",
        /// Those that lose: a cancel follows each of them (half an rtt) and removes it and all its own calls.
        Losers = "losers",
    }
}

/// How long to wait before a new attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Backoff {
    /// The same law each time.
    Law(DurationLaw),
    /// Longer each time.
    Exponential(Exponential),
}

impl Shape for Backoff {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get("exponential") {
            Some(value) if matches!(value.content, Content::Map(_)) => {
                reader.single(node, "a backoff is a law or `exponential`")?;
                Exponential::read(value, reader).map(Self::Exponential)
            }
            _ => DurationLaw::read(node, reader).map(Self::Law),
        }
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let growing = Exponential::schema(definitions);
        let growing = definitions.single_keys(
            "Backoff",
            "How long to wait before a new attempt.",
            vec![("exponential", growing)],
        );
        serde_json::json!({ "anyOf": [DurationLaw::schema(definitions), growing] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Law(law) => law.show(),
            Self::Exponential(backoff) => Some(Node::single("exponential", backoff.show()?)),
        }
    }
}

record! {
    /// Waits of base, base·factor, base·factor² …
    pub struct Exponential {
        /// The wait before the second attempt.
        base: At<Duration>,
        /// What each further wait is multiplied by.
        factor: At<Positive> = "2",
        /// The longest wait; no bound when absent.
        most: Option<At<Duration>>,
        /// How each wait is spread.
        jitter: Jitter = "none",
    }
}

choice! {
    /// How a wait is spread, so that clients do not come back together.
    pub enum Jitter {
        /// Not at all.
        None = "none",
        /// Evenly between 0 and the wait (Brooker 2015, "Exponential Backoff And Jitter").
        Full = "full",
        /// Half of the wait, and evenly up to all of it (the same source).
        Equal = "equal",
    }
}

choice! {
    /// Why a request failed.
    pub enum Cause {
        /// No room in the backlog.
        Refused = "refused",
        /// It lost patience in the queue.
        Abandoned = "abandoned",
        /// No answer in time.
        Timeout = "timeout",
        /// The callee said `fail`, or something that it needed failed.
        Error = "error",
        /// There was nobody to talk to.
        Unreachable = "unreachable",
        /// No free connection in time.
        NoConnection = "no-connection",
        /// A rate limit.
        Limited = "limited",
    }
    later: ["open-circuit", "shed", "cancelled"];
}

choice! {
    /// What becomes of an attempt that its caller has given up.
    pub enum Cancel {
        /// It goes on, and its answer finds nobody.
        Ignore = "ignore",
        /// It is dropped if it is still queued when its turn comes.
        AtDequeue = "at-dequeue",
        /// A cancel follows it (half an rtt) and removes it and all its own calls.
        Propagate = "propagate",
    }
}

/// What a failure does to the one who asked.
#[derive(Debug, Clone, PartialEq)]
pub enum OnFailure {
    /// Its own request fails at once with the same cause.
    Fail,
    /// It goes on as though nothing had been asked.
    Continue,
    /// It runs this block instead.
    Do(Block),
}

impl Shape for OnFailure {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.as_word() {
            Some("fail") => Some(Self::Fail),
            Some("continue") => Some(Self::Continue),
            _ => Block::read(node, reader).map(Self::Do),
        }
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let words = serde_json::json!({
            "enum": ["fail", "continue"],
            "description": "fail: the caller's own request fails with that cause; continue: it goes on.",
        });
        serde_json::json!({ "anyOf": [words, Block::schema(definitions)] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Fail => Some(Node::text("fail")),
            Self::Continue => Some(Node::text("continue")),
            Self::Do(block) => block.show(),
        }
    }
}

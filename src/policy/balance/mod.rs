//! Which replica a request is sent to: one file per rule.
//!
//! A balancer sees how many candidates there are, how busy each is as far as the caller may know, the request's own draw and
//! object, and a small state of its own. It returns a position among the candidates. **To add one: a file here with a type that
//! is a [`Balancer`], and its line in the list below.** Its words, settings, schema, listing, reading and running follow from that.
//!
//! Who may be picked at all is decided before: see [`super::eject`], and [`super::slow_start`] for who has just come back.
//!
//! Not modelled: the time that a balancer itself takes (give it a service of its own);
//! stale counts (what a balancer sees is what is so now, with what it has sent; answers on their way back count no more); subsets of replicas.

mod ring;
mod settings;
mod state;
#[cfg(test)]
mod tests;

use crate::chance::key::{Draw, Key};
pub use ring::{Luck, Ring, RingLaw};
pub use settings::{Form, Kind, Refusal, Setting, Settings, Value, View};
pub use state::State;

/// How busy candidates are.
pub trait Seen {
    /// How many there are, at least 1.
    fn count(&self) -> u32;
    /// How many there are in all, those included that may not be picked at present (they have been ejected).
    fn all(&self) -> u32 {
        self.count()
    }
    /// The number, among all, of the candidate in this position among those who may be picked; what is remembered is kept by it.
    fn who(&self, position: u32) -> u32 {
        position
    }
    /// The position of the candidate with this number, if it may be picked.
    fn place(&self, who: u32) -> Option<u32> {
        Some(who)
    }
    /// Requests in progress, queued or on their way at the candidate in this position.
    fn load(&self, position: u32) -> u32;
    /// Its weight among its like.
    fn weight(&self, position: u32) -> f64;
    /// Whether weights differ.
    fn is_weighted(&self) -> bool {
        false
    }
    /// Work that its processor has taken on and not yet done \[ns of one core of speed 1\].
    fn work(&self, position: u32) -> f64;
    /// The time \[ns\].
    fn now(&self) -> u64;
}

/// Among how many of its candidates a rule looks for the less busy ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// All.
    All,
    /// All, but only for those who are idle; when none is, any will do.
    Idle,
    /// So many, chosen at random.
    Some {
        /// How many.
        choices: u32,
        /// Whether they differ.
        distinct: bool,
    },
}

/// How a rule finds the place of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Homes {
    /// New objects in turn.
    InTurn,
    /// On a hash ring.
    OnRing {
        /// Points of each candidate.
        points: u32,
        /// No candidate gets more than so many times the average.
        bound: Option<f64>,
    },
}

/// How a rule deals requests out, for static loads and formulas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Deal {
    /// Each candidate with equal chances, whatever came before.
    AtRandom,
    /// Each in turn, equally often.
    InTurn,
    /// In proportion to the weights.
    ByWeight,
    /// The less busy get more.
    ByLoad(Looks),
    /// By the request's object.
    ByObject(Homes),
    /// Nobody picks: requests wait until a replica takes them.
    AtTheBalancer,
}

/// How a rule spares replicas that have just come back ([`super::slow_start`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomers {
    /// When it picks one, it picks again as often as the part of its weight asks for.
    Again,
    /// They seem to have more requests than they have.
    SeemBusy,
    /// It does not see them but as often as the part of their weight says.
    Unseen,
}

/// A rule of balancing.
pub trait Balancer: Clone + std::fmt::Debug + Sized {
    /// Its words and settings.
    const KIND: Kind;

    /// The rule with these settings.
    ///
    /// # Errors
    /// Says which setting it cannot work with, and why.
    fn new(settings: &Settings) -> Result<Self, Refusal>;

    /// How it deals requests out.
    fn deal(&self) -> Deal;

    /// How it spares replicas that have just come back.
    fn newcomers(&self) -> Newcomers {
        match self.deal() {
            Deal::ByLoad(_) => Newcomers::SeemBusy,
            _ => Newcomers::Again,
        }
    }

    /// What it knows of replicas.
    fn view(&self) -> View {
        View::Central
    }

    /// The attribute or data set whose object it looks at; `None` when it looks at none.
    fn key(&self) -> Option<&str> {
        None
    }

    /// Whether it wants to hear of answers.
    fn learns(&self) -> bool {
        false
    }

    /// Whether it looks at processors rather than at requests.
    fn weighs_work(&self) -> bool {
        false
    }

    /// The component and the number of its candidates are known now.
    #[must_use]
    fn prepared(self, _component: &str, _candidates: u32) -> Self {
        self
    }

    /// What it remembers when the replication with this root begins.
    fn begins(&self, _replication: Key) -> State {
        State::default()
    }

    /// Position of the candidate to send a request to. `object` is the hash of the request's object, if the rule has a key.
    fn pick(&self, state: &mut State, seen: &impl Seen, object: u64, draw: &mut Draw) -> u32;

    /// An answer has come back from a candidate, by its number among all, after so long \[ns\]; for rules that learn.
    fn answered(&self, _state: &mut State, _position: u32, _took: u64, _now: u64) {}
}

macro_rules! balancers {
    ($( $(#[$only:meta])* $module:ident: $Type:ident, )+) => {
        $( $(#[$only])* pub mod $module; )+

        /// A rule with its settings.
        #[derive(Debug, Clone)]
        pub enum Balance {
            $( $(#[$only])* #[doc = concat!("See [`", stringify!($module), "`].")] $Type($module::$Type), )+
        }

        /// All kinds, in the order of the list.
        pub const KINDS: &[Kind] = &[$( $(#[$only])* $module::$Type::KIND, )+];

        impl Balance {
            /// The rule of the kind that one of these words names.
            ///
            /// # Errors
            /// Says which setting the rule cannot work with, and why.
            pub fn new(word: &str, settings: &Settings) -> Result<Self, Refusal> {
                $( $(#[$only])* if $module::$Type::KIND.words.contains(&word) {
                    return $module::$Type::new(settings).map(Self::$Type);
                } )+
                Err(Refusal::of("", format!("there is no balancer `{word}`")))
            }

            /// Position of the candidate to send a request to.
            #[inline]
            pub fn pick(&self, state: &mut State, seen: &impl Seen, object: u64, draw: &mut Draw) -> u32 {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.pick(state, seen, object, draw), )+ }
            }

            /// What it remembers when the replication with this root begins.
            pub fn begins(&self, replication: Key) -> State {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.begins(replication), )+ }
            }

            /// An answer has come back.
            pub fn answered(&self, state: &mut State, position: u32, took: u64, now: u64) {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.answered(state, position, took, now), )+ }
            }

            /// How it deals requests out.
            pub fn deal(&self) -> Deal {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.deal(), )+ }
            }

            /// How it spares replicas that have just come back.
            pub fn newcomers(&self) -> Newcomers {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.newcomers(), )+ }
            }

            /// What it knows of replicas.
            #[inline]
            pub fn view(&self) -> View {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.view(), )+ }
            }

            /// The attribute or data set whose object it looks at.
            pub fn key(&self) -> Option<&str> {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.key(), )+ }
            }

            /// Whether it wants to hear of answers.
            #[inline]
            pub fn learns(&self) -> bool {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.learns(), )+ }
            }

            /// Whether it looks at processors rather than at requests.
            pub fn weighs_work(&self) -> bool {
                match self { $( $(#[$only])* Self::$Type(rule) => rule.weighs_work(), )+ }
            }

            /// With what is known of its candidates.
            #[must_use]
            pub fn prepared(self, component: &str, candidates: u32) -> Self {
                match self { $( $(#[$only])* Self::$Type(rule) => Self::$Type(rule.prepared(component, candidates)), )+ }
            }

            /// The usual word for it.
            pub fn word(&self) -> &'static str {
                match self { $( $(#[$only])* Self::$Type(_) => $module::$Type::KIND.words[0], )+ }
            }
        }
    };
}

balancers! {
    random: Random,
    weighted: Weighted,
    round_robin: RoundRobin,
    smooth_weighted: SmoothWeighted,
    least_requests: LeastRequests,
    power_of_d: PowerOfD,
    join_idle_queue: JoinIdleQueue,
    least_work: LeastWork,
    peak_ewma: PeakEwma,
    consistent_hash: ConsistentHash,
    sticky: Sticky,
    shared_queue: SharedQueue,
    #[cfg(test)] always_last: AlwaysLast,
}

impl Balance {
    /// Uniformly at random.
    pub const RANDOM: Self = Self::Random(random::Random);

    /// Whether requests wait at the balancer.
    pub fn is_shared_queue(&self) -> bool {
        matches!(self, Self::SharedQueue(_))
    }
}

//! Decisions, one file each: parameters, behaviour and tests. A policy gets a view, never the world.

pub mod arrive;
pub mod balance;
pub mod bucket;
pub mod eject;
pub mod evict;
pub mod hedge;
pub mod instances;
pub mod queue;
pub mod resend;
pub mod share;
pub mod slow_start;

/// Why a request or a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// Turned away at a full backlog.
    Refused = 0,
    /// Left the queue: its patience was over.
    Abandoned = 1,
    /// No answer within the time limit.
    Timeout = 2,
    /// The callee said so (`fail:`).
    Error = 3,
    /// No replica to send it to.
    Unreachable = 4,
    /// No unit of a pool (connection, lock) within the wait allowed.
    NoConnection = 5,
    /// Turned away by a rate limit.
    Limited = 6,
    /// Turned away by an open circuit breaker.
    OpenCircuit = 7,
    /// Turned away by load shedding.
    Shed = 8,
    /// Called off.
    Cancelled = 9,
}

/// Number of causes.
pub const CAUSES: usize = 10;

impl Cause {
    /// All of them, by number.
    pub const ALL: [Self; CAUSES] = [
        Self::Refused,
        Self::Abandoned,
        Self::Timeout,
        Self::Error,
        Self::Unreachable,
        Self::NoConnection,
        Self::Limited,
        Self::OpenCircuit,
        Self::Shed,
        Self::Cancelled,
    ];

    /// The word in models and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Abandoned => "abandoned",
            Self::Timeout => "timeout",
            Self::Error => "error",
            Self::Unreachable => "unreachable",
            Self::NoConnection => "no-connection",
            Self::Limited => "limited",
            Self::OpenCircuit => "open-circuit",
            Self::Shed => "shed",
            Self::Cancelled => "cancelled",
        }
    }
}

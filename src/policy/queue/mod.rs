//! Who is next in a queue: a discipline says where a newcomer stands, and the first of the most urgent row is taken; or there are no
//! rows, and one of the crowd is drawn; or those who wait are ranked. Some decide at the turn itself whose turn it is.
//!
//! Not modelled: priorities that grow with the wait, and the time that it takes to choose.

pub mod adaptive_lifo;
pub mod codel;
pub mod deadline;
pub mod fair;
pub mod fifo;
pub mod lifo;
pub mod priority;
pub mod random;
pub mod shortest;

/// Where a newcomer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Row, 0 = taken first.
    pub row: u8,
    /// Before those who stand in the row already.
    pub front: bool,
    /// Where those who wait are ranked: the smallest is taken first, and the first come of equals.
    pub rank: u64,
}

impl Place {
    /// At the end of a row.
    #[inline]
    pub const fn back(row: u8) -> Self {
        Self {
            row,
            front: false,
            rank: 0,
        }
    }

    /// At the head of a row.
    #[inline]
    pub const fn head(row: u8) -> Self {
        Self {
            row,
            front: true,
            rank: 0,
        }
    }

    /// Among the ranked.
    #[inline]
    pub const fn ranked(rank: u64) -> Self {
        Self {
            row: 0,
            front: false,
            rank,
        }
    }
}

/// Who gets the next free slot (or core).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Discipline {
    /// First come, first served.
    #[default]
    Fifo,
    /// Last come, first served.
    Lifo,
    /// Most urgent first, first come within.
    Priority,
    /// Any of those who wait.
    Random,
    /// The least work first.
    Shortest,
    /// The earliest deadline first.
    Deadline,
    /// Each priority has its share of the turns: which row of the plan's table of shares.
    Fair(u32),
    /// First come, first served, and who waited too long for too long is dropped.
    Codel(codel::Codel),
    /// Last come, first served while more than so many wait, else first come, first served.
    AdaptiveLifo(u32),
}

impl Discipline {
    /// Where a newcomer of a priority (0 = most urgent) stands; who is ranked needs more than a priority to know.
    #[inline]
    pub fn place(self, priority: u8) -> Place {
        match self {
            Self::Fifo | Self::Codel(_) | Self::AdaptiveLifo(_) => fifo::place(),
            Self::Lifo => lifo::place(),
            Self::Priority | Self::Fair(_) => priority::place(priority),
            Self::Random => random::place(),
            Self::Shortest | Self::Deadline => Place::ranked(0),
        }
    }

    /// Whether those who wait are ranked by something of their own.
    #[inline]
    pub fn is_ranked(self) -> bool {
        matches!(self, Self::Shortest | Self::Deadline)
    }
}

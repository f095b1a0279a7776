//! Who is next in a queue: a discipline says where a newcomer stands, and the first of the most urgent row is taken; or there are no
//! rows, and one of the crowd is drawn.

pub mod fifo;
pub mod lifo;
pub mod priority;
pub mod random;

/// Where a newcomer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Row, 0 = taken first.
    pub row: u8,
    /// Before those who stand in the row already.
    pub front: bool,
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
}

impl Discipline {
    /// Where a newcomer of a priority (0 = most urgent) stands.
    #[inline]
    pub fn place(self, priority: u8) -> Place {
        match self {
            Self::Fifo => fifo::place(),
            Self::Lifo => lifo::place(),
            Self::Priority => priority::place(priority),
            Self::Random => random::place(),
        }
    }
}

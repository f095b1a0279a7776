//! Happenings become numbers: one [`Tally`] per replication.
//!
//! Everything in a tally is an integer (counts, sums of ns, areas, histogram bins), so that merging cannot depend on order and the
//! digest of a run is the same on every machine and at any number of threads. Floats begin in [`crate::analysis`].

mod append;
pub mod digest;
pub mod episodes;
mod going;
pub mod histogram;
pub mod laws;
mod minutes;
pub mod recorder;
mod replicate;
mod stretches;
pub mod tally;
mod timeline;
pub mod trace;
pub mod watch;
mod when;

pub use going::{Going, Stretching};
pub use histogram::Histogram;
pub use minutes::PARTS;
pub use recorder::Recorder;
pub use replicate::{Span, replicate, replicate_before, try_out};
pub use tally::{
    BreakTally, CacheTally, FirstPart, FunctionTally, GroupTally, HoldTally, Metered, Minutes,
    Moments, Outcomes, Presence, ProcessorTally, ReadTally, Served, StationTally, Stopped, Tally,
    Times, Watched,
};
pub use timeline::{Timeline, Window, followed};

//! Where do two runs part? A hash of everything that happens, and the first happening that differs.
//!
//! A [`Trace`] listens to a run and folds every happening (its kind, ids, times and amounts) into one number. On the way it notes that
//! number at evenly spaced *checkpoints*, a thousand at most. Folding is a bijection of what was there before, so two runs that have
//! parted never agree again by what they have in common: [`first_divergence`] looks for the last checkpoint at which both agree, runs
//! again with checkpoints in that stretch only, and at last keeps the few happenings of the stretch and compares them one by one. Memory
//! is bounded whatever the length; a run of 10⁹ happenings is made four times.
//!
//! The runs may be of two plans, two engines, or with and without something that ought not to matter. For two builds, keep the
//! [`Checkpoints`] of one (they can be written to JSON), ask [`Checkpoints::stretch`] where the other's differ, and trace that stretch in
//! both with [`Trace::within`].
//!
//! ```
//! # use scaleproof::{compile, engine::Engine, model, source::Sources};
//! # let text = "scaleproof: model/1
//! # name: queue
//! # workloads: { jobs: { open: { rate: 8/s }, mix: { worker.do: 1 } } }
//! # services: { worker: { endpoints: { do: { compute: { exponential: 100ms } } } } }";
//! # let mut sources = Sources::new();
//! # let file = sources.add("queue.yaml", text);
//! # let plan = compile::compile(&model::read(&mut sources, file, &[]).0.expect("good")).0.expect("good");
//! use scaleproof::measure::trace::{Comparison, Trace, first_divergence};
//!
//! let run = |lanes: bool| {
//!     let plan = &plan;
//!     move |trace: Trace| {
//!         let mut engine = Engine::with_lanes(plan, 1, 0, 1 << 20, trace, lanes);
//!         engine.run_until(60_000_000_000).expect("room for all");
//!         engine.probe
//!     }
//! };
//! let compared = first_divergence(run(true), run(false));
//! assert!(matches!(compared, Comparison::Same { happenings, .. } if happenings > 1000), "{compared}");
//! ```

mod happening;

pub use happening::Happening;

use crate::chance::key::mix13;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// Checkpoints at most, and happenings kept at most.
const MOST: u64 = 1024;

/// Happenings shown before the first that differs.
const CONTEXT: u64 = 5;

/// A listener that hashes what happens.
#[derive(Debug, Clone)]
pub struct Trace {
    happenings: u64,
    hash: u64,
    /// After how many happenings the next checkpoint is due.
    due: u64,
    checkpoints: Checkpoints,
    /// Numbers of the happenings that are kept, counted from 0.
    keep: Range<u64>,
    kept: Vec<Happening>,
}

/// The hash of a run at evenly spaced places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoints {
    /// They begin after so many happenings.
    pub from: u64,
    /// Happenings from one to the next, a power of two.
    pub stride: u64,
    /// The hash after `from + stride`, `from + 2·stride` … happenings.
    pub hashes: Vec<u64>,
    /// Happenings in all.
    pub happenings: u64,
    /// The hash after all of them.
    pub hash: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}

impl Trace {
    /// A listener to a whole run.
    pub fn new() -> Self {
        Self::over(0, 1, 0..0)
    }

    /// A listener that looks closer at a stretch of happenings, by number from 0: it keeps all of a short one (1024 at most), else it
    /// has its checkpoints there.
    pub fn within(stretch: Range<u64>) -> Self {
        let length = stretch.end.saturating_sub(stretch.start);
        let stride = length.div_ceil(MOST).next_power_of_two();
        let keep = if stride == 1 { stretch.clone() } else { 0..0 };
        Self::over(stretch.start, stride, keep)
    }

    fn over(from: u64, stride: u64, keep: Range<u64>) -> Self {
        Self {
            happenings: 0,
            hash: 0,
            due: from + stride,
            checkpoints: Checkpoints {
                from,
                stride,
                hashes: Vec::with_capacity(MOST as usize),
                happenings: 0,
                hash: 0,
            },
            keep,
            kept: Vec::new(),
        }
    }

    /// One more happening.
    #[inline]
    fn fold(&mut self, happening: &Happening) {
        let mut hash = mix13(self.hash ^ u64::from(happening.kind()));
        for &(_, word) in happening.fields() {
            hash = mix13(hash ^ word);
        }
        self.hash = hash;
        if self.keep.contains(&self.happenings) {
            self.kept.push(*happening);
        }
        self.happenings += 1;
        if self.happenings == self.due {
            self.note();
        }
    }

    #[cold]
    fn note(&mut self) {
        let points = &mut self.checkpoints;
        points.hashes.push(self.hash);
        if points.hashes.len() as u64 == MOST {
            // Every other one is forgotten, the first among them: those at multiples of twice the stride stay.
            points.hashes = points.hashes.iter().skip(1).step_by(2).copied().collect();
            points.stride *= 2;
        }
        self.due = points.from + points.stride * (points.hashes.len() as u64 + 1);
    }

    /// Happenings so far.
    pub fn happenings(&self) -> u64 {
        self.happenings
    }

    /// The hash of all happenings so far, in their order.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The happenings of the stretch that was to be kept.
    pub fn kept(&self) -> &[Happening] {
        &self.kept
    }

    /// The hash on the way.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints {
            happenings: self.happenings,
            hash: self.hash,
            ..self.checkpoints.clone()
        }
    }
}

impl Checkpoints {
    /// The hash after so many happenings, when there is a checkpoint.
    fn after(&self, happenings: u64) -> Option<u64> {
        let beyond = happenings.checked_sub(self.from)?;
        let at = (beyond / self.stride).checked_sub(1)?;
        (beyond % self.stride == 0).then_some(())?;
        self.hashes.get(at as usize).copied()
    }

    /// The numbers of the happenings (from 0) among which the first that differs is; `None` when the runs are the same.
    ///
    /// Both must begin at the same number of happenings.
    pub fn stretch(&self, other: &Self) -> Option<Range<u64>> {
        if (self.happenings, self.hash) == (other.happenings, other.hash) {
            return None;
        }
        let stride = self.stride.max(other.stride);
        let place = |k: u64| self.from + stride * k;
        let agree = |k: u64| {
            let both = (self.after(place(k)), other.after(place(k)));
            both.0.is_some() && both.0 == both.1
        };
        // Once parted, for ever: the checkpoints that agree are the first ones.
        let (mut low, mut high) = (0, MOST + 1);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if agree(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let shorter = self.happenings.min(other.happenings);
        let start = place(low).min(shorter);
        Some(start..place(high).clamp(start + 1, shorter + 1))
    }
}

/// What comes of comparing two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Every happening is the same.
    Same {
        /// How many.
        happenings: u64,
        /// Their hash.
        hash: u64,
    },
    /// They part.
    Differ(Box<Divergence>),
    /// A run was not the same when it was made again: its differences are not of the two.
    Unsteady,
}

/// The first happening that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// Its number, from 0.
    pub number: u64,
    /// What happened in the first run; `None` when it was over.
    pub first: Option<Happening>,
    /// What happened in the other.
    pub other: Option<Happening>,
    /// The last happenings that both have in common.
    pub before: Vec<Happening>,
}

impl Divergence {
    /// Simulated time at which they part \[ns\]: the earlier of the two happenings', else that of the last in common.
    pub fn at(&self) -> Option<u64> {
        let time = |happening: &Option<Happening>| happening.and_then(|row| row.at());
        let parted = [time(&self.first), time(&self.other)];
        (parted.into_iter().flatten().min())
            .or_else(|| self.before.iter().rev().find_map(Happening::at))
    }
}

/// Make two runs, each before the listener it is given and as often as need be, and name the first happening that differs.
pub fn first_divergence(
    mut first: impl FnMut(Trace) -> Trace,
    mut other: impl FnMut(Trace) -> Trace,
) -> Comparison {
    let (mut one, mut two) = (first(Trace::new()), other(Trace::new()));
    let whole = (one.hash, two.hash);
    let Some(mut stretch) = one.checkpoints().stretch(&two.checkpoints()) else {
        return Comparison::Same {
            happenings: one.happenings,
            hash: one.hash,
        };
    };
    while stretch.end - stretch.start > MOST {
        one = first(Trace::within(stretch.clone()));
        two = other(Trace::within(stretch.clone()));
        match one.checkpoints().stretch(&two.checkpoints()) {
            Some(closer) if (one.hash, two.hash) == whole => stretch = closer,
            _ => return Comparison::Unsteady,
        }
    }
    let start = stretch.start.saturating_sub(CONTEXT);
    let close = || Trace::over(start, 1, start..stretch.end);
    (one, two) = (first(close()), other(close()));
    if (one.hash, two.hash) != whole {
        return Comparison::Unsteady;
    }
    Comparison::Differ(Box::new(compare(start, &one.kept, &two.kept)))
}

/// The first difference between two lists that begin at a number and are known to differ.
fn compare(start: u64, one: &[Happening], two: &[Happening]) -> Divergence {
    let same = one
        .iter()
        .zip(two)
        .take_while(|(one, two)| one == two)
        .count();
    Divergence {
        number: start + same as u64,
        first: one.get(same).copied(),
        other: two.get(same).copied(),
        before: one[same.saturating_sub(CONTEXT as usize)..same].to_vec(),
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same { happenings, hash } => {
                write!(text, "the same {happenings} happenings, hash {hash:016x}")
            }
            Self::Differ(divergence) => divergence.fmt(text),
            Self::Unsteady => text.write_str("a run was not the same when it was made again"),
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "happening {} differs", self.number)?;
        if let Some(at) = self.at() {
            write!(text, ", at {at} ns")?;
        }
        for happening in &self.before {
            write!(text, "\n    both: {happening}")?;
        }
        for (name, happening) in [("first", &self.first), ("other", &self.other)] {
            match happening {
                Some(happening) => write!(text, "\n   {name}: {happening}")?,
                None => write!(text, "\n   {name}: over")?,
            }
        }
        Ok(())
    }
}

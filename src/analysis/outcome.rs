//! What many replications of one plan leave behind, before anything is made of it.

use super::band::Course;
use super::busiest::MinuteSums;
use super::estimate::Sample;
use super::instants::Instants;
use super::proportion::Episodes;
use super::result::Status;
use crate::measure::{Tally, Timeline};

/// The replications of one plan and how they were made.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// In order of their numbers; their timelines have been moved to `timeline`.
    pub tallies: Vec<Tally>,
    /// All replications' timelines in one.
    pub timeline: Timeline,
    /// The state at single instants, if that is asked for.
    pub instants: Instants,
    /// How busy processors were by minutes, where the load changes.
    pub minutes: MinuteSums,
    /// Replications in `timeline`: those of `tallies`, and perhaps a few more when the run was interrupted.
    pub timelines: u32,
    /// Every replication over time, in a study of one window; empty otherwise.
    pub courses: Vec<Course>,
    /// Root of all chance.
    pub seed: u64,
    /// What kind of question the run answers.
    pub study: Study,
    /// What became of the steady state.
    pub regime: Regime,
    /// Whether replications keep what chance gave them at the start, so that they differ however long they are.
    pub luck: bool,
    /// Events that more than this lies between are independent of each other \[ns\].
    pub apart: u64,
    /// So few breakdowns were seen of something that breaks that nothing is known of what fails because of it.
    pub few_breakdowns: bool,
    /// How many times wider than usual the intervals of known values may be.
    pub leniency: f64,
    /// Whether latencies are of failures too, at the time at which they failed.
    pub include_failures: bool,
    /// Simulated time cut off at the start of each replication \[ns\].
    pub warm_up: u64,
    /// Simulated time measured in each replication \[ns\].
    pub measured: u64,
    /// Where warm-up and length come from, a sentence each.
    pub reasons: Vec<String>,
    /// Relative half-width asked for.
    pub precision: f64,
    /// Largest relative half-width among the metrics asked to be precise, if any has an interval.
    pub reached: Option<f64>,
    /// Why it ended.
    pub ended: Ended,
    /// What to know before trusting the numbers.
    pub warnings: Vec<String>,
    /// Wall time \[s\].
    pub wall: f64,
    /// Threads used.
    pub threads: usize,
}

/// What kind of question a run answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Study {
    /// How it is in the long run at a load that stays.
    Steady,
    /// What happens in one window of time: a shape of load, a failure.
    Transient,
}

/// Whether there is a steady state to speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// Nothing speaks against it.
    Settled,
    /// Something still moved late in the run, no later than the start-up may take, and the run could not be made longer.
    TooShort,
    /// Something grows or shrinks all the time, long after the start-up ought to be over.
    Trend,
    /// More arrives than is served.
    Overload,
    /// It swings with a period and never rests.
    Periodic,
    /// Chance decides which of two states a replication ends up in (bimodal, metastable).
    TwoStates,
}

impl Regime {
    /// The word in the result.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::TooShort => "too-short",
            Self::Trend => "trend",
            Self::Overload => "overload",
            Self::Periodic => "periodic",
            Self::TwoStates => "two-states",
        }
    }
}

/// Why no more replications were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All metrics asked for are as precise as asked.
    Precise,
    /// The number of replications allowed.
    Cap,
    /// Some metric needs longer replications than allowed; more of them would not help.
    TooShort,
    /// It was asked to stop.
    Interrupted,
    /// The load cannot be served.
    Overloaded,
    /// There is no steady state to be precise about.
    Unstable,
}

impl Ended {
    /// The word in the result.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Precise => "precise",
            Self::Cap => "cap",
            Self::TooShort => "too-short",
            Self::Interrupted => "interrupted",
            Self::Overloaded => "overloaded",
            Self::Unstable => "unstable",
        }
    }
}

impl Outcome {
    /// Simulated time measured in each replication \[s\].
    pub fn seconds(&self) -> f64 {
        self.measured as f64 / 1e9
    }

    /// What the regime does to every number of a steady state.
    pub const fn status(&self) -> Status {
        match self.regime {
            Regime::Settled => Status::Ok,
            Regime::TooShort => Status::TooShort,
            Regime::Trend | Regime::Overload | Regime::Periodic | Regime::TwoStates => {
                Status::Unstable
            }
        }
    }

    /// The mean of something over the replications.
    pub fn mean(&self, of: impl Fn(&Tally) -> f64) -> Sample {
        Sample::mean(self.tallies.iter().map(of).collect())
            .between(0.0, f64::INFINITY)
            .under(self.status())
    }

    /// What the regime does to rates and to shares of capacity in use: what is full goes on at its full speed.
    pub const fn rates(&self) -> Status {
        match self.regime {
            Regime::Overload => Status::Ok,
            _ => self.status(),
        }
    }

    /// The mean of a rate, or of a share of capacity in use, over the replications.
    pub fn rate(&self, of: impl Fn(&Tally) -> f64) -> Sample {
        Sample::mean(self.tallies.iter().map(of).collect())
            .between(0.0, f64::INFINITY)
            .under(self.rates())
    }

    /// A ratio of two totals over the replications.
    pub fn ratio(&self, above: impl Fn(&Tally) -> f64, below: impl Fn(&Tally) -> f64) -> Sample {
        let above: Vec<f64> = self.tallies.iter().map(above).collect();
        let below: Vec<f64> = self.tallies.iter().map(below).collect();
        Sample::ratio(&above, &below).under(self.status())
    }

    /// Something that breakdowns decide: requests that fail in one are not independent, and of a breakdown that was not seen they say
    /// nothing.
    pub fn as_seen(&self, sample: Sample) -> Sample {
        sample.under(self.seen())
    }

    /// What having hardly seen breakdowns does to a number that they decide.
    pub const fn seen(&self) -> Status {
        if self.few_breakdowns {
            Status::TooFew
        } else {
            Status::Ok
        }
    }

    /// How many independent looks all replications together were, had something only to be seen.
    pub fn looks(&self) -> f64 {
        self.tallies.len() as f64 * (self.measured as f64 / self.apart.max(1) as f64).max(1.0)
    }

    /// What failures mean that come in episodes: so many in all.
    pub fn in_episodes(&self, count: u64) -> Episodes {
        let breaks = self.tallies.iter().any(|tally| !tally.breaks.is_empty());
        Episodes { count, breaks }
    }

    /// A share of counts over the replications.
    pub fn share(&self, hits: impl Fn(&Tally) -> u64, of: impl Fn(&Tally) -> u64) -> Sample {
        let hits: Vec<u64> = self.tallies.iter().map(hits).collect();
        let of: Vec<u64> = self.tallies.iter().map(of).collect();
        let share = Sample::share(&hits, &of).in_looks(self.looks());
        self.as_seen(share.under(self.status()))
    }
}

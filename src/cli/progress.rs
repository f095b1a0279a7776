//! What is seen while replications are made: a bar on a terminal, a line elsewhere.

use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::{self, Voice};
use crate::lab::Progress;
use crate::report::format;
use crate::report::text::plain;

/// A bar of replications, on stderr.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar, Voice);

impl Bar {
    /// Begins to show progress of what `title` says.
    pub(super) fn begin(title: &str, voice: Voice) -> Self {
        if voice == Voice::Quiet {
            return Self(ProgressBar::hidden(), voice);
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if bar.is_hidden() {
            console::say(title);
            return Self(bar, voice);
        }
        let style = ProgressStyle::with_template("{prefix}: {wide_bar} {pos}/{len} {msg} {eta:>4}");
        bar.set_style(style.expect("the template is well formed"));
        bar.set_prefix(plain(title));
        Self(bar, voice)
    }
}

impl Progress for Bar {
    fn planned(&self, replications: u32, simulated_ns_each: u64) {
        if self.0.position() >= u64::from(replications) {
            // The first ones proved too short and are made again.
            self.0.reset();
        }
        self.0.set_length(u64::from(replications));
        // Ticks come from a thread of their own, which may not start.
        if !self.0.is_hidden() && thread::Builder::new().spawn(|| ()).is_ok() {
            self.0.enable_steady_tick(Duration::from_millis(100));
        }
        let each = format::duration(simulated_ns_each as f64 / 1e9);
        self.0.set_message(format!("of {each}"));
    }

    fn done(&self, _replication: u32) {
        self.0.inc(1);
    }

    fn fewer_threads(&self, wanted: usize, started: usize) {
        if self.1 == Voice::Quiet {
            return;
        }
        let sentence = format!(
            "the system did not start {}: the run goes on with {}, and its results are the same",
            format::counted(wanted as u64, "thread", "threads"),
            format::count(started as u64)
        );
        self.0.suspend(|| console::say(&sentence));
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_begins_again_when_replications_are_made_again() {
        let bar = Bar::begin("first", Voice::Quiet);
        bar.planned(2, 1_000);
        bar.done(0);
        bar.done(1);
        bar.planned(3, 1_000);
        assert_eq!((bar.0.position(), bar.0.length()), (2, Some(3)));
        bar.done(2);
        bar.planned(2, 2_000);
        assert_eq!((bar.0.position(), bar.0.length()), (0, Some(2)));
    }
}

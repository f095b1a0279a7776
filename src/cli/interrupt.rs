//! Ctrl-C. While replications are made, the first press ends the run in good order: what is complete is kept and printed. The second press
//! ends the process, and so does the first at any other time, when there is nothing to keep.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::console;
use super::ending::{INTERRUPTED, reason};

/// The flag of the run that is being made, if one is.
static RUN: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

fn set(run: Option<Arc<AtomicBool>>) {
    *RUN.lock().unwrap_or_else(PoisonError::into_inner) = run;
}

/// Ends the process at SIGINT, SIGTERM and SIGHUP from here on, with the exit code that scripts know.
pub(super) fn listen() {
    let handler = || {
        let run = RUN.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match run {
            Some(stop) if !stop.swap(true, Ordering::Relaxed) => {
                console::say("interrupted: ending in good order; once more ends at once");
            }
            _ => process::exit(i32::from(INTERRUPTED)),
        }
    };
    // Without it a signal ends the process by itself, only less kindly.
    if let Err(ctrlc::Error::System(error)) = ctrlc::set_handler(handler) {
        let why = reason(&error);
        console::say(&format!("Ctrl-C will end everything at once: {why}"));
    }
}

/// As long as this lives, the first signal only raises a flag.
#[derive(Debug)]
pub(super) struct Gently(Arc<AtomicBool>);

/// From here on the first signal ends a run in good order.
pub(super) fn gently() -> Gently {
    let stop = Arc::new(AtomicBool::new(false));
    set(Some(Arc::clone(&stop)));
    Gently(stop)
}

impl Gently {
    /// What the run has to look at.
    pub(super) fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Whether there was a signal.
    pub(super) fn was_interrupted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Gently {
    fn drop(&mut self) {
        set(None);
    }
}

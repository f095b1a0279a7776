//! Ctrl-C: the first press ends the run in good order, the second ends the process.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::console;
use super::ending::{INTERRUPTED, Result, Trouble};

/// A flag that is raised by the first SIGINT, SIGTERM or SIGHUP from here on.
pub(super) fn watch() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let handler = move || {
        if raised.swap(true, Ordering::Relaxed) {
            process::exit(i32::from(INTERRUPTED));
        }
        console::say("interrupted: ending in good order; once more ends at once");
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Trouble::Because(format!("cannot listen for Ctrl-C: {error}")))?;
    Ok(flag)
}

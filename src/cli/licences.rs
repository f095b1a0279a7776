//! `licences`: whose code is in this program, and under which terms.

use clap::Args;

use super::console;
use super::ending::{Ending, Result};

/// Every package that is linked into the binary with its licence; a test holds it against the lock file.
const LIST: &str = include_str!("licences.txt");

/// Print the licences of everything that is part of this program.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof licences
  scaleproof licences | grep -i apache")]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments) -> Result {
    console::print(LIST)?;
    Ok(Ending::Fine)
}

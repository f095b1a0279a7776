//! `completions`: what shells need to complete the arguments.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::console;
use super::ending::{Ending, Result};

/// Print the completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof completions bash > ~/.local/share/bash-completion/completions/scaleproof
  scaleproof completions fish > ~/.config/fish/completions/scaleproof.fish")]
pub(super) struct Arguments {
    /// Which shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let mut script = Vec::new();
    generate(
        arguments.shell,
        &mut super::Cli::command(),
        "scaleproof",
        &mut script,
    );
    console::print_bytes(&script)?;
    Ok(Ending::Fine)
}

//! `man`: manual pages, made from the same words as `--help`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use super::console;
use super::ending::{Ending, Result, Trouble};

/// Print the manual page, or write a page per command into a directory.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof man | man -l -
  scaleproof man --out ~/.local/share/man/man1")]
pub(super) struct Arguments {
    /// Write scaleproof.1, scaleproof-run.1 and so on into this directory.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let command = super::Cli::command();
    let Some(directory) = &arguments.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .expect("a page in memory can be written");
        console::print_bytes(&page)?;
        return Ok(Ending::Fine);
    };
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory))
        .map_err(|error| {
            Trouble::with_file("write pages into", &directory.display().to_string(), &error)
        })?;
    console::say(&format!("wrote the pages into {}", directory.display()));
    Ok(Ending::Fine)
}

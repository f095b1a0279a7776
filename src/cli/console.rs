//! Stdout for data, stderr for the rest, and whether either likes colour.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;

use super::ending::{Result, Trouble};
use crate::report::terminal::Look;
use crate::report::text::plain;
use crate::source::render::Colour;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// How much a command says on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// Progress, warnings, where the results are.
    Usual,
    /// Errors only.
    Quiet,
}

/// Which of stdout and stderr likes colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    colour_on_stdout: bool,
    colour_on_stderr: bool,
}

/// Columns of a page when nobody says how many there are.
const WIDTH: u16 = 100;

impl Console {
    pub(super) fn new(when: When) -> Self {
        // https://no-color.org: set and not empty.
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = |terminal: bool| match when {
            When::Auto => terminal && !unwanted,
            When::Always => true,
            When::Never => false,
        };
        Self {
            colour_on_stdout: colour(io::stdout().is_terminal()),
            colour_on_stderr: colour(io::stderr().is_terminal()),
        }
    }

    /// Says why the command failed.
    pub(super) fn error(self, why: &str) {
        if self.colour_on_stderr {
            let why = shown(why);
            say_drawn(&format!("\u{1b}[1;31merror\u{1b}[0m: {why}"));
        } else {
            say(&format!("error: {why}"));
        }
    }

    /// How results look on stdout. Shells know how wide they are and may say so in `COLUMNS`.
    pub(super) fn look(self) -> Look {
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok());
        Look {
            width: columns.unwrap_or(WIDTH).clamp(40, 200),
            colour: self.colour_on_stdout,
        }
    }

    /// How diagnostics look on stderr.
    pub(super) fn colour(self) -> Colour {
        if self.colour_on_stderr {
            Colour::Always
        } else {
            Colour::Never
        }
    }
}

/// Writes data to stdout.
pub(super) fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes data to stdout.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Trouble::NoReader,
            _ => Trouble::with_file("write to", "stdout", &error),
        })
}

/// Text whose names may come from anywhere, without what a terminal would obey instead of showing.
pub(super) fn shown(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    lines.join("\n")
}

/// Writes to stderr what is [`shown`]. If that fails there is nobody left to tell.
pub(super) fn say(text: &str) {
    say_drawn(&shown(text));
}

/// Writes to stderr what has colours of its own, and nothing else that a terminal would obey.
pub(super) fn say_drawn(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
}

//! `init`: a small model to start from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::console;
use super::ending::{Ending, Result, Trouble};

/// Write a small model with comments to start from.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof init
  scaleproof init shop.yaml && scaleproof run shop.yaml

Exit codes: 0 fine, 2 when the file exists already (it is left alone) or cannot be written.")]
pub(super) struct Arguments {
    /// The file to write.
    #[arg(default_value = "model.yaml")]
    file: PathBuf,
}

/// The model, which checks without complaint and runs.
const STARTER: &str = include_str!("starter.yaml");

pub(super) fn run(arguments: &Arguments) -> Result {
    let name = arguments.file.display().to_string();
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&arguments.file);
    let mut file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Trouble::Because(format!(
            "`{name}` exists already and is left alone; name another file"
        )),
        _ => Trouble::with_file("write", &name, &error),
    })?;
    if let Err(error) = file.write_all(STARTER.as_bytes()) {
        // Half a model is worse than none.
        let _ = fs::remove_file(&arguments.file);
        return Err(Trouble::with_file("write", &name, &error));
    }
    console::say(&format!("wrote {name}; next: scaleproof run {name}"));
    Ok(Ending::Fine)
}

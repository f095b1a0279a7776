//! The command `scaleproof`: everything it does is in [`scaleproof::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    scaleproof::cli::main()
}

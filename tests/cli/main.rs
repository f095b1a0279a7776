//! The command as its users see it: the real binary, its exit codes, stdout, stderr and files.
#![expect(clippy::unwrap_used, reason = "tests")]

mod asking;
mod comparing;
mod desk;
mod documents;
#[cfg(unix)]
mod interrupting;
mod keeping;
mod licences;
mod pages;
mod running;
mod trouble;
mod validating;

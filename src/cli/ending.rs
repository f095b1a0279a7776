//! How a command ends: the exit codes that scripts rely on.

use std::io;
use std::process::ExitCode;

use super::console::Console;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It did its work: 0.
    Fine,
    /// It did its work, and the answer is no: 1.
    Missed,
    /// It could not do its work: 2.
    Failed,
    /// It was interrupted: 130, as shells say for a process that a signal ended.
    Interrupted,
}

/// Why a command could not go on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It has been said already.
    Told,
    /// In words: what, and what to do about it.
    Because(String),
    /// Nobody reads the output any more, which is nobody's fault.
    NoReader,
}

/// What every command returns.
pub(super) type Result<T = Ending> = std::result::Result<T, Trouble>;

impl Ending {
    /// The end that trouble leads to; says why if that has not been said.
    pub(super) fn of(trouble: &Trouble, console: Console) -> Self {
        match trouble {
            Trouble::NoReader => Self::Fine,
            Trouble::Told => Self::Failed,
            Trouble::Because(why) => {
                console.error(why);
                Self::Failed
            }
        }
    }

    /// 1 if something is missed, else 0.
    pub(super) fn missed_if(missed: bool) -> Self {
        if missed { Self::Missed } else { Self::Fine }
    }

    /// The exit code.
    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Fine => 0,
            Self::Missed => 1,
            Self::Failed => 2,
            Self::Interrupted => INTERRUPTED,
        })
    }
}

/// 128 and the number of SIGINT.
pub(super) const INTERRUPTED: u8 = 130;

impl Trouble {
    /// What a failed operation on a file means.
    pub(super) fn with_file(doing: &str, name: &str, error: &io::Error) -> Self {
        Self::Because(format!("cannot {doing} `{name}`: {}", reason(error)))
    }
}

/// An error of the system in its own words, without the number behind them.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_words() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(reason(&error), "No such file or directory");
        assert_eq!(reason(&io::Error::other("as it is")), "as it is");
    }
}

//! Files of recorded requests: where they are looked for.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::model::Model;
use crate::replay::{Recording, Recordings, Unread};

/// The variable that names the directory of `--data`.
pub(super) const VARIABLE: &str = "SCALEPROOF_DATA";

/// More bytes than a recording may have.
const ENOUGH: u64 = 2 << 30;

/// All recordings that a model names, each from the first of these directories that has it.
pub(super) fn recordings(model: &Model, directories: &[Option<&Path>]) -> Recordings {
    let mut recordings = Recordings::default();
    for file in model.recordings() {
        let name: &str = &file.value;
        if recordings.0.contains_key(name) {
            continue;
        }
        let mut found = Err(Unread::Absent);
        for directory in directories.iter().flatten() {
            found = read(&directory.join(name), model.time_unit(name)).map(Arc::new);
            if found != Err(Unread::Absent) {
                break;
            }
        }
        recordings.0.insert(name.to_owned(), found);
    }
    recordings
}

fn read(path: &Path, unit: u64) -> Result<Recording, Unread> {
    let wrong = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Unread::Absent,
        _ => Unread::Wrong(error.to_string()),
    };
    let facts = fs::metadata(path).map_err(wrong)?;
    if !facts.is_file() {
        return Err(Unread::Wrong("it is no file".to_owned()));
    }
    if facts.len() > ENOUGH {
        return Err(Unread::Wrong("it is larger than 2 GiB".to_owned()));
    }
    let bytes = fs::read(path).map_err(wrong)?;
    Recording::read(&path.display().to_string(), &bytes, unit).map_err(Unread::Wrong)
}

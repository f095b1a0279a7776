//! Requests that were recorded elsewhere, to be asked for again: which object each wanted, and when.
//!
//! | file | what it is |
//! |---|---|
//! | `oracle` | `.bin`: records of 24 bytes, the `oracleGeneral` format of the cache simulator libCacheSim |
//! | `table` | any other name: CSV with the columns `time` (seconds), `key` and `size` (bytes) |
//!
//! Times are in seconds unless somebody says otherwise. Recordings have one clock: what two files call 12:00 is one instant, and a run begins
//! with the first request of all files that it replays. Records with times in whole seconds do not say when within its second each request
//! came: those of one second are spread evenly over it, in the order of the file, since all at its first instant would be a burst that nobody
//! has seen. A table is taken at its word, and rows of one time come together, in the order of the file.
//!
//! Objects are numbered by how often they are asked for, the most popular first; what the file calls them is not forgotten. An object has
//! one size, that of its last request.
//!
//! Not modelled: what a request was (reads and writes are alike), its answer, and how long that took.

mod oracle;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

/// Requests that are read at most: what is larger is cut into pieces.
const MOST: usize = 50_000_000;

/// What a file says of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    /// \[ns\], on any clock.
    at: u64,
    /// The object by any number; each number is one object.
    object: u64,
    /// \[bytes\].
    size: Option<u64>,
}

/// One request of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When, from the first on \[ns\].
    pub at: u64,
    /// What for: a number from 0, by popularity.
    pub object: u32,
}

/// All requests of a file, in the order of time.
#[derive(Clone, PartialEq, Eq)]
pub struct Recording {
    requests: Arc<[Request]>,
    sizes: Option<Arc<[u64]>>,
    /// By object: how often it is asked for, not rising.
    counts: Arc<[u64]>,
    /// By object: what the file calls it.
    keys: Keys,
    /// When the first request came, on the clock of the file \[ns\].
    begins: u64,
    fingerprint: String,
}

/// What a file calls its objects.
#[derive(Clone, PartialEq, Eq)]
enum Keys {
    Numbers(Arc<[u64]>),
    Texts(Arc<[Box<str>]>),
}

impl Recording {
    /// Reads a file by its name and its bytes; its times are in so many nanoseconds, a power of ten.
    ///
    /// # Errors
    /// A sentence without a full stop that says what is wrong, and where.
    pub fn read(name: &str, bytes: &[u8], unit: u64) -> Result<Self, String> {
        let is_binary = name
            .rsplit('.')
            .next()
            .is_some_and(|end| end.eq_ignore_ascii_case("bin"));
        let (rows, names) = if is_binary {
            (oracle::rows(bytes, unit)?, None)
        } else {
            let (rows, names) = table::rows(bytes, unit)?;
            (rows, Some(names))
        };
        if rows.is_empty() {
            return Err("it holds no requests".to_owned());
        }
        if u32::try_from(rows.len()).is_err() || rows.len() > MOST {
            return Err(format!("it holds more than {MOST} requests"));
        }
        let fingerprint = blake3::hash(bytes).to_hex()[..16].to_owned();
        Ok(Self::of(&rows, names, fingerprint))
    }

    /// `names` of objects by their number in the rows, where that is not what the file calls them.
    fn of(rows: &[Row], names: Option<Vec<Box<str>>>, fingerprint: String) -> Self {
        // By first appearance, then by popularity; first come, first among those that are asked for as often.
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut asked: Vec<(u64, u32)> = Vec::new();
        let mut called: Vec<u64> = Vec::new();
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            let number = *numbers.entry(row.object).or_insert(asked.len() as u32);
            if number as usize == asked.len() {
                asked.push((0, number));
                called.push(row.object);
            }
            asked[number as usize].0 += 1;
            objects.push(number);
        }
        asked.sort_by_key(|&(count, number)| (std::cmp::Reverse(count), number));
        let mut ranks = vec![0_u32; asked.len()];
        for (rank, &(_, number)) in asked.iter().enumerate() {
            ranks[number as usize] = rank as u32;
        }
        let mut sizes: Option<Vec<u64>> = Some(vec![0; asked.len()]);
        for (row, &number) in rows.iter().zip(&objects) {
            match (&mut sizes, row.size) {
                (Some(sizes), Some(size)) => sizes[ranks[number as usize] as usize] = size,
                _ => sizes = None,
            }
        }
        let begins = rows.first().map_or(0, |row| row.at);
        let called = asked.iter().map(|&(_, number)| called[number as usize]);
        let keys = match names {
            None => Keys::Numbers(called.collect()),
            Some(names) => Keys::Texts(called.map(|name| names[name as usize].clone()).collect()),
        };
        let request = |(row, &number): (&Row, &u32)| Request {
            at: row.at - begins,
            object: ranks[number as usize],
        };
        Self {
            requests: rows.iter().zip(&objects).map(request).collect(),
            sizes: sizes.map(Arc::from),
            counts: asked.iter().map(|&(count, _)| count).collect(),
            keys,
            begins,
            fingerprint,
        }
    }

    /// The requests in the order of time.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// By object: how often it is asked for, not rising.
    pub fn counts(&self) -> &Arc<[u64]> {
        &self.counts
    }

    /// By object: its size in bytes, if the file says it.
    pub fn sizes(&self) -> Option<&Arc<[u64]>> {
        self.sizes.as_ref()
    }

    /// The object of a key, as the file writes it.
    pub fn object(&self, key: &str) -> Option<u32> {
        let at = match &self.keys {
            Keys::Texts(keys) => keys.iter().position(|known| **known == *key),
            Keys::Numbers(keys) => {
                let key: u64 = key.parse().ok()?;
                keys.iter().position(|known| *known == key)
            }
        };
        at.map(|at| at as u32)
    }

    /// The keys of all objects as numbers, by object; nothing if one is none.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        match &self.keys {
            Keys::Numbers(keys) => Some(keys.iter().map(|&key| key as f64).collect()),
            Keys::Texts(keys) => keys.iter().map(|key| key.parse().ok()).collect(),
        }
    }

    /// When the first request came, on the clock that all recordings share \[ns\].
    pub fn begins(&self) -> u64 {
        self.begins
    }

    /// From the first request to the last \[ns\].
    pub fn lasts(&self) -> u64 {
        self.requests.last().map_or(0, |request| request.at)
    }
}

/// The recordings that a model names, as far as they could be had.
#[derive(Debug, Default)]
pub struct Recordings(pub BTreeMap<String, Result<Arc<Recording>, Unread>>);

/// Why a recording could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// There is no such file.
    Absent,
    /// What is wrong with it: a sentence without a full stop.
    Wrong(String),
}

/// \[ns\].
pub const SECOND: u64 = 1_000_000_000;

/// A recording is known by the fingerprint of its file: it is too long to be shown.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Recording({} requests, {})",
            self.requests.len(),
            self.fingerprint
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::{Recording, Request, SECOND};

    #[test]
    fn objects_are_numbered_by_popularity() {
        let text = "time,key,size\n10,x,5\n10.5,y,7\n12,y,8\n12,z,1\n";
        let recording = Recording::read("some.csv", text.as_bytes(), SECOND).unwrap();
        let request = |at: u64, object: u32| Request { at, object };
        let expected = [
            request(0, 1),
            request(500_000_000, 0),
            request(2_000_000_000, 0),
            request(2_000_000_000, 2),
        ];
        assert_eq!(recording.requests(), expected);
        assert_eq!(recording.counts()[..], [2, 1, 1]);
        // y has the size of its last request.
        assert_eq!(recording.sizes().unwrap()[..], [8, 5, 1]);
        assert_eq!(
            (recording.begins(), recording.lasts()),
            (10 * SECOND, 2 * SECOND)
        );
        assert_eq!(
            (
                recording.object("y"),
                recording.object("z"),
                recording.object("w")
            ),
            (Some(0), Some(2), None)
        );
        assert_eq!(recording.numbers(), None);
    }

    #[test]
    fn nothing_is_no_recording() {
        let said = Recording::read("some.csv", b"time,key\n", SECOND).unwrap_err();
        assert_eq!(said, "it holds no requests");
        assert!(Recording::read("some.bin", b"", SECOND).is_err());
    }
}

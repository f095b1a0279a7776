//! `samples.json`: what each replication says of every number that can be compared with another run's.

use serde::{Deserialize, Serialize};

use crate::analysis::Outcome;
use crate::analysis::compare::{Kept, samples};
use crate::plan::Plan;

/// Its name in a directory of results.
pub(super) const SAMPLES: &str = "samples.json";
/// Its version.
const FORMAT: &str = "scaleproof-samples/1";

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    format: String,
    samples: Vec<Kept>,
}

/// The document of an outcome.
pub(super) fn json(plan: &Plan, outcome: &Outcome) -> Vec<u8> {
    let document = Document {
        format: FORMAT.to_owned(),
        samples: samples((plan, outcome)),
    };
    let mut text = serde_json::to_vec(&document).expect("samples are numbers, text and lists");
    text.push(b'\n');
    text
}

/// The samples of such a document; `None` if it is none of this version.
pub(super) fn read(document: &[u8]) -> Option<Vec<Kept>> {
    let document: Document = serde_json::from_slice(document).ok()?;
    (document.format == FORMAT).then_some(document.samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::synthetic;

    #[test]
    fn samples_come_back_as_they_were() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let document = json(&plan, &outcome);
        assert_eq!(read(&document), Some(samples((&plan, &outcome))));
        let later = String::from_utf8_lossy(&document).replace("samples/1", "samples/2");
        assert_eq!(read(later.as_bytes()), None);
    }
}

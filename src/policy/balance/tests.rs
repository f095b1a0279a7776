//! Candidates with given loads, and what rules pick of them.

use super::{Balance, KINDS, Seen, Settings, State, Value};
use crate::chance::key::{root, site};

/// Candidates as a test wants them.
pub(super) struct Given {
    pub(super) loads: Vec<u32>,
    pub(super) weights: Vec<f64>,
    pub(super) work: Vec<f64>,
}

impl Given {
    pub(super) fn loads(loads: &[u32]) -> Self {
        Self {
            loads: loads.to_vec(),
            weights: vec![1.0; loads.len()],
            work: vec![0.0; loads.len()],
        }
    }

    pub(super) fn weights(weights: &[f64]) -> Self {
        Self {
            weights: weights.to_vec(),
            ..Self::loads(&vec![0; weights.len()])
        }
    }
}

impl Seen for Given {
    fn count(&self) -> u32 {
        self.loads.len() as u32
    }
    fn load(&self, position: u32) -> u32 {
        self.loads[position as usize]
    }
    fn weight(&self, position: u32) -> f64 {
        self.weights[position as usize]
    }
    fn is_weighted(&self) -> bool {
        self.weights
            .windows(2)
            .any(|two| two[0].to_bits() != two[1].to_bits())
    }
    fn work(&self, position: u32) -> f64 {
        self.work[position as usize]
    }
    fn now(&self) -> u64 {
        0
    }
}

/// What a rule picks for so many requests.
pub(super) fn picks(
    word: &str,
    settings: &[(&'static str, Value)],
    given: &Given,
    requests: u64,
) -> Vec<u32> {
    let mut all = vec![("distinct", Value::Switch(true))];
    all.retain(|(name, _)| settings.iter().all(|(own, _)| own != name));
    all.extend_from_slice(settings);
    let rule = Balance::new(word, &Settings(all)).expect("the settings will do");
    let mut state = State::default();
    let pick = |n| {
        let mut draw = root(1, 0).numbered(n).draw(site(&["pick"]));
        rule.pick(&mut state, given, 0, &mut draw)
    };
    (0..requests).map(pick).collect()
}

/// How often each candidate is picked.
pub(super) fn tally(
    word: &str,
    settings: &[(&'static str, Value)],
    given: &Given,
    requests: u64,
) -> Vec<u32> {
    let mut seen = vec![0; given.loads.len()];
    for position in picks(word, settings, given, requests) {
        seen[position as usize] += 1;
    }
    seen
}

#[test]
fn no_two_kinds_share_a_word() {
    let mut words: Vec<&str> = KINDS.iter().flat_map(|kind| kind.words).copied().collect();
    let all = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), all);
}

/// A single candidate is picked whatever the rule.
#[test]
fn the_only_candidate_is_picked() {
    for kind in KINDS {
        if kind.settings.iter().all(|setting| !setting.required) {
            assert_eq!(
                picks(kind.words[0], &[], &Given::loads(&[3]), 3),
                [0, 0, 0],
                "{}",
                kind.words[0]
            );
        }
    }
}

//! By the request's object, on a hash ring (Karger et al. 1997), with bounded loads if asked for (Mirrokni, Thorup and
//! Zadimoghaddam, "Consistent hashing with bounded loads", 2018): no replica has more than `bound` times the average, and what
//! would be too much goes on round the ring.

use super::ring::{Luck, RingLaw};
use super::settings::Form;
use super::{Balancer, Deal, Homes, Kind, Refusal, Seen, Setting, Settings, State};
use crate::chance::key::{Draw, Key};
use std::sync::Arc;

/// Points of all replicas together, at most.
const MOST_POINTS: u64 = 1_000_000;

/// The replica that the request's object belongs to.
#[derive(Debug, Clone)]
pub struct ConsistentHash {
    key: Option<String>,
    points: u32,
    bound: Option<f64>,
    luck: Luck,
    ring: RingLaw,
}

impl ConsistentHash {
    /// On rings whose owners are known already; its key is that of the call.
    pub fn on(ring: RingLaw) -> Self {
        Self {
            key: None,
            points: 0,
            bound: None,
            luck: Luck::default(),
            ring,
        }
    }

    /// What its rings are drawn from.
    pub fn ring(&self) -> &RingLaw {
        &self.ring
    }
}

impl Balancer for ConsistentHash {
    const KIND: Kind = Kind {
        words: &["consistent-hash"],
        about: "The one that the request's object belongs to on a hash ring (Karger et al. 1997), with a bound on its load if wanted (Mirrokni et al. 2018).",
        settings: &[
            Setting {
                name: "key",
                about: "The attribute or data set whose object decides.",
                form: Form::Key,
                default: None,
                required: true,
            },
            Setting {
                name: "points",
                about: "Points of each replica on the ring (virtual nodes): more points, more even shares.",
                form: Form::Count,
                default: Some("100"),
                required: false,
            },
            Setting {
                name: "bound",
                about: "No replica gets more than this times the average load, rounded up; what would be too much goes on round the ring. Without it there is no bound.",
                form: Form::Number,
                default: None,
                required: false,
            },
            Setting {
                name: "luck",
                about: "Whether each replication draws its own ring, so that intervals hold the luck of the ring, or all have the one that belongs to the name: `drawn` or `fixed`.",
                form: Form::Luck,
                default: Some("drawn"),
                required: false,
            },
        ],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        let bound = settings.number("bound");
        if let Some(bound) = bound.filter(|bound| *bound <= 1.0) {
            let message = format!(
                "a `bound` of {bound} leaves no room: it is a multiple of the average load, above 1 (1.25 is usual)"
            );
            return Err(Refusal::of("bound", message));
        }
        let points = settings.count("points").unwrap_or(100);
        if points > MOST_POINTS {
            let message = format!("{points} `points` are more than {MOST_POINTS}: a few hundred make even shares");
            return Err(Refusal::of("points", message));
        }
        Ok(Self {
            key: settings.key(),
            points: u32::try_from(points).unwrap_or(u32::MAX),
            bound,
            luck: settings.luck(),
            ring: RingLaw::default(),
        })
    }

    fn deal(&self) -> Deal {
        Deal::ByObject(Homes::OnRing {
            points: self.ring.each(),
            bound: self.bound,
        })
    }

    fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn prepared(mut self, component: &str, candidates: u32) -> Self {
        if self.ring.points() == 0 {
            let most = (MOST_POINTS / u64::from(candidates.max(1))).max(1);
            let points = self.points.min(u32::try_from(most).unwrap_or(u32::MAX));
            self.ring = RingLaw::new(component, candidates, points, self.luck);
        }
        self
    }

    fn begins(&self, replication: Key) -> State {
        State {
            ring: Arc::new(self.ring.draw(replication)),
            ..State::default()
        }
    }

    #[inline]
    fn pick(&self, state: &mut State, seen: &impl Seen, object: u64, _: &mut Draw) -> u32 {
        let Some(bound) = self.bound else {
            if seen.count() == seen.all() {
                return state.ring.pick(object);
            }
            let next = state.ring.first(object, |who| seen.place(who).is_some());
            return seen.place(next).unwrap_or(0);
        };
        let total: f64 = (0..seen.count()).map(|position| f64::from(seen.load(position))).sum();
        let most = (bound * (total + 1.0) / f64::from(seen.count())).ceil();
        let room = |position: u32| f64::from(seen.load(position)) + 1.0 <= most;
        let first = state.ring.first(object, |who| seen.place(who).is_some_and(room));
        seen.place(first).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::ConsistentHash;
    use crate::chance::key::{root, site};
    use crate::policy::balance::ring::{Ring, RingLaw};
    use crate::policy::balance::tests::Given;
    use crate::policy::balance::{Balancer, State};
    use std::sync::Arc;

    /// Loads 4, 1, 1 with a bound of 1.25: each may have ⌈1.25 · 7/3⌉ = 3, so that the first one's object goes to the next.
    #[test]
    fn a_full_replica_passes_on() {
        let ring = Arc::new(Ring {
            points: vec![(10, 0), (20, 1), (30, 2)],
        });
        let mut rule = ConsistentHash::on(RingLaw::default());
        let pick = |rule: &ConsistentHash, loads: &[u32]| {
            let mut draw = root(1, 0).draw(site(&["pick"]));
            let mut state = State {
                ring: Arc::clone(&ring),
                ..State::default()
            };
            rule.pick(&mut state, &Given::loads(loads), 5, &mut draw)
        };
        assert_eq!(pick(&rule, &[4, 1, 1]), 0);
        rule.bound = Some(1.25);
        assert_eq!(pick(&rule, &[4, 1, 1]), 1);
        assert_eq!(pick(&rule, &[2, 1, 1]), 0);
        assert_eq!(pick(&rule, &[4, 4, 0]), 2);
    }
}

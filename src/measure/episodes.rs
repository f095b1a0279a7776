//! Failures come in episodes: those that follow one another closely in time have one cause, and are one thing that happened.

/// Episodes of failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Episodes {
    /// How many.
    pub count: u64,
    /// Failures belong to one episode when no more than this lies between them \[ns\].
    apart: u64,
    /// When the first failure happened \[ns\].
    first: u64,
    /// When the latest failure happened \[ns\].
    latest: u64,
}

impl Episodes {
    /// None yet, of failures that are of different episodes when more than this lies between them \[ns\].
    pub(super) fn apart(apart: u64) -> Self {
        Self {
            apart,
            ..Self::default()
        }
    }

    /// Those of requests that were born in the stretch of time that follows. One that lasts from the one into the other is one.
    pub(super) fn append(&mut self, later: Self) {
        if self.count == 0 {
            *self = later;
        } else if later.count > 0 {
            let lasts = later.first.saturating_sub(self.latest) <= self.apart;
            self.count += later.count - u64::from(lasts);
            self.latest = self.latest.max(later.latest);
        }
    }

    /// Something failed now.
    #[inline]
    pub(super) fn failed(&mut self, now: u64) {
        let follows = self.count > 0 && now.saturating_sub(self.latest) <= self.apart;
        if self.count == 0 {
            self.first = now;
        }
        self.count += u64::from(!follows);
        self.latest = now;
    }
}

#[cfg(test)]
mod tests {
    use super::Episodes;

    fn of(apart: u64, failures: &[u64]) -> Episodes {
        let mut episodes = Episodes::apart(apart);
        for now in failures {
            episodes.failed(*now);
        }
        episodes
    }

    /// Failures at 10, 12, 15 and 30: three apart at most make one episode of the first three.
    #[test]
    fn failures_close_to_each_other_are_one_episode() {
        let count = |apart: u64| of(apart, &[10, 12, 15, 30]).count;
        assert_eq!([0, 2, 3, 14, 15].map(count), [4, 3, 2, 2, 1]);
        assert_eq!(of(3, &[]).count, 0);
    }

    /// One that lasts from a stretch into the next is one; others are added.
    #[test]
    fn what_follows_is_added() {
        let joined = |apart: u64, earlier: &[u64], later: &[u64]| {
            let mut all = of(apart, earlier);
            all.append(of(apart, later));
            all.count
        };
        assert_eq!(joined(5, &[10, 30], &[33, 50]), 3);
        assert_eq!(joined(2, &[10, 30], &[33, 50]), 4);
        assert_eq!(joined(2, &[], &[33, 50]), 2);
        assert_eq!(joined(2, &[10, 30], &[]), 2);
    }
}

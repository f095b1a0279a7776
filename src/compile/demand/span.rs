//! A time of which a part depends on how fast the processor is.

/// Time that passes in any case, and work for the processor.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Span {
    /// \[ns\]
    fixed: f64,
    /// \[core-ns\]
    work: f64,
}

impl Span {
    pub(super) fn fixed(fixed: f64) -> Self {
        Self { fixed, work: 0.0 }
    }

    pub(super) fn work(work: f64) -> Self {
        Self { fixed: 0.0, work }
    }

    /// How long it takes where one job gets so many core-ns done per ns.
    pub(super) fn at(self, speed: f64) -> f64 {
        // What there is none of takes no time, however slow.
        self.fixed
            + if self.work > 0.0 {
                self.work / speed
            } else {
                0.0
            }
    }

    /// So many times another one more.
    pub(super) fn add(&mut self, other: Self, times: f64) {
        // Endless times of nothing are nothing.
        if times > 0.0 {
            self.fixed += other.fixed * times;
            self.work += other.work * times;
        }
    }

    pub(super) fn times(self, times: f64) -> Self {
        let mut all = Self::default();
        all.add(self, times);
        all
    }

    /// One of so many.
    pub(super) fn over(self, times: f64) -> Self {
        if times > 0.0 {
            self.times(1.0 / times)
        } else {
            Self::default()
        }
    }
}

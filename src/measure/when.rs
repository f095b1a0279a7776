//! Where in time something lies: in the window that is measured, in its first half, in which windows of the timeline.

use super::replicate::Span;

/// The window that is measured, and the windows of the timeline.
#[derive(Debug, Clone)]
pub(super) struct When {
    pub(super) from: u64,
    pub(super) middle: u64,
    pub(super) until: u64,
    /// Whether simulated time is inside the window, kept by whoever drives the run.
    pub(super) inside: bool,
    /// Width of a window of the timeline \[ns\].
    pub(super) width: u64,
    /// The window of the timeline that was touched last: its number, start and end.
    pub(super) current: (usize, u64, u64),
}

impl When {
    pub(super) fn new(span: &Span) -> Self {
        let width = span.width();
        Self {
            from: span.from,
            middle: span.from + span.until.saturating_sub(span.from) / 2,
            until: span.until,
            inside: span.from == 0,
            width,
            current: (0, 0, width),
        }
    }

    /// Whether an instant lies in the window.
    #[inline]
    pub(super) fn counts(&self, at: u64) -> bool {
        at >= self.from && at < self.until
    }

    /// Part of an interval that lies in the window.
    #[inline]
    pub(super) fn overlap(&self, from: u64, to: u64) -> u64 {
        if self.inside && from >= self.from {
            return to - from; // what ends now began in the window: the usual case
        }
        to.min(self.until).saturating_sub(from.max(self.from))
    }

    /// Part of an interval that lies in the first half of the window.
    #[inline]
    pub(super) fn early(&self, from: u64, to: u64) -> u64 {
        to.min(self.middle).saturating_sub(from.max(self.from))
    }

    /// An interval, cut to the window; nothing if it lies outside.
    pub(super) fn cut(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let (from, to) = (from.max(self.from), to.min(self.until));
        (from < to).then_some((from, to))
    }

    /// Whether an instant lies before the window.
    pub(super) fn is_before(&self, at: u64) -> bool {
        at < self.from
    }

    /// Number of the window of the timeline that an instant falls into; most are asked for again and again.
    #[inline]
    pub(super) fn window_at(&mut self, at: u64) -> usize {
        let (index, start, end) = self.current;
        if at >= start && at < end {
            return index;
        }
        let index = at / self.width;
        self.current = (index as usize, index * self.width, (index + 1) * self.width);
        index as usize
    }

    /// Each window of the timeline that an interval touches, with the time that it spends there \[ns\], while `add` knows the window.
    #[inline]
    pub(super) fn spread(&mut self, from: u64, to: u64, mut add: impl FnMut(usize, u128) -> bool) {
        let mut at = from;
        let mut index = self.window_at(from);
        let mut end = self.current.2;
        while at < to {
            let until = to.min(end);
            if !add(index, u128::from(until - at)) {
                return;
            }
            at = until;
            index += 1;
            end += self.width;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_cut_to_the_window_and_to_its_first_half() {
        let when = When::new(&Span {
            from: 100,
            until: 300,
            settle: 0,
            windows: 3,
            most_flights: 1,
        });
        let parts = |from, to| (when.overlap(from, to), when.early(from, to));
        assert_eq!(parts(0, 90), (0, 0));
        assert_eq!(parts(50, 150), (50, 50));
        assert_eq!(parts(150, 250), (100, 50));
        assert_eq!(parts(220, 400), (80, 0));
        assert_eq!(
            (when.cut(0, 100), when.cut(50, 150)),
            (None, Some((100, 150)))
        );
    }
}

//! Recorders of one run that follow each other.

use super::super::replicate::Span;
use super::super::timeline::{Timeline, Window};
use super::Recorder;
use crate::plan::Plan;

impl Recorder {
    /// From now on it counts.
    pub(in super::super) fn enter(&mut self) {
        self.when.inside = true;
    }

    /// Another recorder that counts from now on, where this one's window ends. This one is to be told of what began in it and ends later.
    pub(in super::super) fn follow(&mut self, plan: &Plan, at: u64) -> Self {
        let span = Span {
            from: at,
            until: u64::MAX,
            settle: 0,
            windows: 1,
            most_flights: 0,
        };
        let mut next = Self::new(plan, &span);
        (self.when.until, self.tally.until, self.when.inside) = (at, at, false);
        (next.when.inside, next.when.width, next.when.current) =
            (true, self.when.width, self.when.current);
        next.tally.timeline = std::mem::take(&mut self.tally.timeline);
        next.tally.requests = self.tally.requests;
        for (index, row) in self.tally.stations.iter().enumerate() {
            let (came, went) = self.before[index];
            let left = row.finished + row.refused + row.abandoned;
            next.before[index] = (came + row.arrived, went + left);
        }
        next.watch = self.watch.as_mut().map(|watch| watch.follow(plan, at));
        next
    }

    /// Whether its window lies in a span.
    pub(in super::super) fn lies_in(&self, span: &Span) -> bool {
        self.when.from >= span.from && self.when.until <= span.until
    }

    /// Make the timeline long enough for a span, and for what follows until its requests have settled. Its windows are as wide as those
    /// of the span: as often twice as wide as before as that takes.
    pub(in super::super) fn lengthen(&mut self, span: &Span) {
        let width = span.width();
        let timeline = &mut self.tally.timeline;
        while self.when.width < width {
            timeline.halve();
            self.when.width = timeline.width;
        }
        self.when.current = (0, 0, self.when.width);
        let long = span.until.saturating_add(span.settle);
        let windows = long.div_ceil(self.when.width) as usize + 1;
        if timeline.windows.len() < windows {
            timeline.windows.resize_with(windows, Window::default);
        }
    }

    /// The timeline of the whole run up to the end of a span, and the number of root requests born.
    pub(in super::super) fn into_whole(self, span: &Span) -> (Timeline, u64) {
        let mut timeline = self.tally.timeline;
        let windows = span.until.div_ceil(timeline.width.max(1));
        timeline.windows.truncate(windows as usize);
        (timeline, self.tally.requests)
    }
}

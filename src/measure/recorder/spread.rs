//! What a recorder lays on the windows of the timeline.

use super::super::timeline::{NO_SEAT, Window};
use super::Recorder;

impl Recorder {
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

    /// The window of the timeline that an instant falls into.
    #[inline]
    pub(super) fn window(&mut self, at: u64) -> Option<&mut Window> {
        let index = self.window_at(at);
        self.tally.timeline.windows.get_mut(index)
    }

    /// Add an interval's length to the windows it touches.
    #[inline]
    pub(super) fn spread(&mut self, from: u64, to: u64, add: impl Fn(&mut Window, u128)) {
        let mut at = from;
        let mut index = self.window_at(from);
        let mut end = self.current.2;
        while at < to {
            let Some(window) = self.tally.timeline.windows.get_mut(index) else {
                return;
            };
            let until = to.min(end);
            add(window, u128::from(until - at));
            at = until;
            index += 1;
            end += self.width;
        }
    }

    /// A processor has worked; some are followed over time.
    #[inline]
    pub(super) fn follow_work(&mut self, processor: u32, from: u64, to: u64, milli: u64) {
        let seat = self.seats[processor as usize];
        if seat != NO_SEAT {
            self.spread(from, to, |window, area| {
                window.work(usize::from(seat), area * u128::from(milli));
            });
        }
    }
}

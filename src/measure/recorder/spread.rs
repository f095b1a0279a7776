//! What a recorder lays on the windows of the timeline.

use super::super::timeline::{NO_SEAT, Window};
use super::Recorder;

impl Recorder {
    /// The window of the timeline that an instant falls into.
    #[inline]
    pub(super) fn window(&mut self, at: u64) -> Option<&mut Window> {
        let index = self.when.window_at(at);
        self.tally.timeline.windows.get_mut(index)
    }

    /// Add an interval's length to the windows it touches.
    #[inline]
    pub(super) fn spread(&mut self, from: u64, to: u64, add: impl Fn(&mut Window, u128)) {
        let windows = &mut self.tally.timeline.windows;
        self.when.spread(from, to, |index, time| {
            let window = windows.get_mut(index);
            window.map(|window| add(window, time)).is_some()
        });
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

//! A queue by rank: a heap whose members know where they stand (`previous` of their flight), so that anybody may leave.

use super::flight::Flights;

/// Those who wait, the smallest rank on top, and the first come of equals.
#[derive(Debug, Clone, Default)]
pub(super) struct Ranked {
    members: Vec<(u64, u64, u32)>,
    joined: u64,
}

impl Ranked {
    pub(super) fn join(&mut self, flights: &mut Flights, flight: u32, rank: u64) {
        self.joined += 1;
        self.members.push((rank, self.joined, flight));
        self.rise(flights, self.members.len() - 1);
    }

    /// All who wait, in no particular order.
    pub(super) fn all(&self) -> Vec<u32> {
        self.members.iter().map(|member| member.2).collect()
    }

    pub(super) fn take(&mut self, flights: &mut Flights) -> Option<u32> {
        let first = self.members.first()?.2;
        self.leave(flights, first);
        Some(first)
    }

    pub(super) fn leave(&mut self, flights: &mut Flights, flight: u32) {
        let at = flights[flight].previous as usize;
        debug_assert_eq!(self.members[at].2, flight, "it stands where it thinks");
        self.members.swap_remove(at);
        if at < self.members.len() {
            let at = self.rise(flights, at);
            self.sink(flights, at);
        }
    }

    fn put(&mut self, flights: &mut Flights, at: usize, member: (u64, u64, u32)) {
        self.members[at] = member;
        flights[member.2].previous = at as u32;
    }

    fn rise(&mut self, flights: &mut Flights, mut at: usize) -> usize {
        let member = self.members[at];
        while at > 0 && member < self.members[(at - 1) / 2] {
            let above = self.members[(at - 1) / 2];
            self.put(flights, at, above);
            at = (at - 1) / 2;
        }
        self.put(flights, at, member);
        at
    }

    fn sink(&mut self, flights: &mut Flights, mut at: usize) {
        let member = self.members[at];
        loop {
            let mut below = 2 * at + 1;
            if below + 1 < self.members.len() && self.members[below + 1] < self.members[below] {
                below += 1;
            }
            if below >= self.members.len() || member <= self.members[below] {
                break;
            }
            let next = self.members[below];
            self.put(flights, at, next);
            at = below;
        }
        self.put(flights, at, member);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Flight;
    use super::*;

    #[test]
    fn ranks_come_in_order_equals_as_they_came_and_anybody_may_leave() {
        let mut flights = Flights::default();
        let ids: Vec<u32> = (0..200).map(|_| flights.add(Flight::default())).collect();
        let rank = |id: u32| u64::from(id) * 7919 % 50;
        let mut line = Ranked::default();
        for &id in &ids {
            line.join(&mut flights, id, rank(id));
        }
        for &id in ids.iter().step_by(3) {
            line.leave(&mut flights, id);
        }
        let mut expected: Vec<u32> = ids.iter().copied().filter(|id| id % 3 != 0).collect();
        expected.sort_by_key(|&id| rank(id));
        let taken: Vec<u32> = std::iter::from_fn(|| line.take(&mut flights)).collect();
        assert_eq!(taken, expected);
    }
}

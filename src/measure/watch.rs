//! What only expectations ask for: times of single calls, attempts after the first, and how many are present: at a component, of an
//! endpoint's calls, or of messages.
//!
//! The recorder holds one of these when the plan has such expectations, and otherwise pays a branch for it.

use super::tally::{Presence, Watched};
use crate::plan::{EndpointId, Figure, Plan, Target};

/// Where the number present somewhere is kept: components first, then endpoints, whose calls in progress are counted, or the messages that a
/// group has still to do.
pub fn place(plan: &Plan, target: &Target) -> Option<usize> {
    match target {
        Target::Component(component) => Some(component.index()),
        Target::Endpoint(endpoint) => Some(plan.components.len() + endpoint.index()),
        Target::All | Target::Workload(_) | Target::Entries(_) => None,
    }
}

/// The instants at which a number present is asked for, in ascending order.
pub fn instants(plan: &Plan, at: usize) -> Vec<u64> {
    let asked = plan
        .expectations
        .iter()
        .filter(|row| place(plan, &row.target) == Some(at));
    let mut instants: Vec<u64> = asked.filter_map(|row| row.at).collect();
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// Watches what the plan's expectations ask for.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    from: u64,
    until: u64,
    /// The component of every station.
    owner: Vec<u32>,
    /// Where endpoints begin among the crowds, and the endpoint of every group's messages.
    endpoints: usize,
    groups: Vec<u32>,
    /// Beside [`Watched::present`].
    crowds: Vec<Crowd>,
    watched: Watched,
}

/// How many are at a component now.
#[derive(Debug, Clone, Default)]
struct Crowd {
    present: u64,
    since: u64,
    /// Instants still to come, the next one last.
    ahead: Vec<u64>,
}

impl Watch {
    /// A watch for a plan and a window, if there is anything to watch.
    pub(super) fn of(plan: &Plan, from: u64, until: u64) -> Option<Box<Self>> {
        let places = plan.components.len() + plan.endpoints.len();
        let mut watch = Self {
            from,
            until,
            owner: plan
                .stations
                .iter()
                .map(|station| station.component.0)
                .collect(),
            endpoints: plan.components.len(),
            groups: plan.groups.iter().map(|group| group.messages.0).collect(),
            crowds: (0..places).map(|_| Crowd::default()).collect(),
            watched: Watched {
                served: vec![None; plan.endpoints.len()],
                retried: Vec::new(),
                present: vec![None; places],
            },
        };
        let mut asked = false;
        for row in &plan.expectations {
            asked |= watch.ask(plan, row.figure, &row.target);
        }
        for (id, crowd) in watch.crowds.iter_mut().enumerate() {
            crowd.ahead = instants(plan, id);
            crowd.ahead.reverse();
        }
        asked.then(|| Box::new(watch))
    }

    /// Begin to watch what a figure needs; false when it needs nothing.
    fn ask(&mut self, plan: &Plan, figure: Figure, target: &Target) -> bool {
        match (figure, target) {
            (Figure::Wait(_) | Figure::Service(_) | Figure::Waits, target) => {
                for endpoint in endpoints(plan, target) {
                    self.watched.served[endpoint.index()].get_or_insert_default();
                }
            }
            (Figure::InSystem(_) | Figure::AtLeast(_) | Figure::Lag, target) => {
                let Some(at) = place(plan, target) else {
                    return false;
                };
                self.watched.present[at].get_or_insert_default();
            }
            (Figure::Amplification, _) => self.watched.retried = vec![0; plan.endpoints.len()],
            _ => return false,
        }
        true
    }

    /// A call was served.
    pub(super) fn served(&mut self, endpoint: u32, waited: u64, service: Option<u64>) {
        if let Some(row) = &mut self.watched.served[endpoint as usize] {
            row.waited += u64::from(waited > 0);
            row.wait.record(waited);
            if let Some(service) = service {
                row.service.record(service);
            }
        }
    }

    /// An attempt was sent, which counts as `another` if it is not the first.
    pub(super) fn called(&mut self, endpoint: u32, another: bool, now: u64) {
        let count = self.watched.retried.get_mut(endpoint as usize);
        if let Some(count) = count.filter(|_| another) {
            *count += 1;
        }
        if let Some(crowd) = self.in_progress(endpoint, now) {
            crowd.present += 1;
        }
    }

    /// A call was answered.
    pub(super) fn answered(&mut self, endpoint: u32, now: u64) {
        if let Some(crowd) = self.in_progress(endpoint, now) {
            crowd.present = crowd.present.saturating_sub(1);
        }
    }

    /// The calls of an endpoint in progress; of messages a group says how many there are.
    fn in_progress(&mut self, endpoint: u32, now: u64) -> Option<&mut Crowd> {
        if self.groups.contains(&endpoint) {
            return None;
        }
        self.pass(self.endpoints + endpoint as usize, now)
    }

    /// A group had so many messages to do.
    pub(super) fn lagged(&mut self, group: u32, from: u64, to: u64, messages: u64) {
        let at = self.endpoints + self.groups[group as usize] as usize;
        for (now, present) in [(from, messages), (to, 0)] {
            if let Some(crowd) = self.pass(at, now) {
                crowd.present = present;
            }
        }
    }

    /// One more is at a station.
    pub(super) fn came(&mut self, station: u32, now: u64) {
        if let Some(crowd) = self.pass(self.owner[station as usize] as usize, now) {
            crowd.present += 1;
        }
    }

    /// One less is at a station.
    pub(super) fn left(&mut self, station: u32, now: u64) {
        if let Some(crowd) = self.pass(self.owner[station as usize] as usize, now) {
            crowd.present = crowd.present.saturating_sub(1);
        }
    }

    /// Account for the time up to now in a place; nothing if nobody asks for it.
    fn pass(&mut self, at: usize, now: u64) -> Option<&mut Crowd> {
        let presence = self.watched.present[at].as_mut()?;
        let crowd = &mut self.crowds[at];
        account(crowd, presence, (self.from, self.until), now);
        Some(crowd)
    }

    /// Another watch from now on, where this one's window ends.
    pub(super) fn follow(&mut self, plan: &Plan, at: u64) -> Box<Self> {
        let mut next = Self::of(plan, at, u64::MAX).expect("what is asked for stays so");
        self.until = at;
        for (id, crowd) in self.crowds.iter_mut().enumerate() {
            if let Some(presence) = &mut self.watched.present[id] {
                account(crowd, presence, (self.from, at), at);
            }
            next.crowds[id] = Crowd {
                present: crowd.present,
                since: at,
                ahead: std::mem::take(&mut crowd.ahead),
            };
        }
        next
    }

    /// What was seen, at the end of the window.
    pub(super) fn into_watched(mut self) -> Watched {
        for (crowd, presence) in self.crowds.iter_mut().zip(&mut self.watched.present) {
            if let Some(presence) = presence {
                account(crowd, presence, (self.from, self.until), self.until);
                while crowd.ahead.pop().is_some() {
                    presence.at.push(crowd.present);
                }
            }
        }
        self.watched
    }
}

/// The number present has been the same since the last change; it is that of every instant before now.
fn account(crowd: &mut Crowd, presence: &mut Presence, window: (u64, u64), now: u64) {
    let time = now.min(window.1).saturating_sub(crowd.since.max(window.0));
    if time > 0 {
        let number = crowd.present as usize;
        if presence.times.len() <= number {
            presence.times.resize(number + 1, 0);
        }
        presence.times[number] += time;
    }
    while crowd.ahead.last().is_some_and(|&instant| instant < now) {
        crowd.ahead.pop();
        presence.at.push(crowd.present);
    }
    crowd.since = now;
}

/// The endpoints that a target means: itself, or all that a component shows.
pub fn endpoints(plan: &Plan, target: &Target) -> Vec<EndpointId> {
    let ids = (0..plan.endpoints.len()).map(EndpointId::from);
    match target {
        Target::Endpoint(endpoint) => vec![*endpoint],
        Target::Component(component) => {
            let of_it = |id: &EndpointId| {
                let row = &plan.endpoints[id.index()];
                row.component == *component && row.shown
            };
            ids.filter(of_it).collect()
        }
        Target::All | Target::Workload(_) | Target::Entries(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_by_the_number_present_and_states_are_those_before_the_next_change() {
        let mut crowd = Crowd {
            ahead: vec![20, 12, 5],
            ..Crowd::default()
        };
        let mut presence = Presence::default();
        let mut change = |crowd: &mut Crowd, now, present| {
            account(crowd, &mut presence, (10, 30), now);
            crowd.present = present;
        };
        change(&mut crowd, 4, 1);
        change(&mut crowd, 12, 2); // at 12 it is 2: the state after what happened then
        change(&mut crowd, 25, 1);
        change(&mut crowd, 40, 0);
        assert_eq!(presence.times, [0, 7, 13]);
        assert_eq!(presence.at, [1, 2, 2]);
    }
}

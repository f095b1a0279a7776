//! Controlled delay: first come, first served; when the waits have exceeded a target for an interval, requests are dropped at their
//! turn, more and more often until the waits are short again (Nichols and Jacobson, "Controlling queue delay", ACM Queue 10(5),
//! 2012; RFC 8289, 2018, whose pseudocode this follows).
//!
//! A queue of requests has no bytes: where the RFC spares the last packet, this spares a request after which nobody waits.
//!
//! Not modelled: the adaptive time-outs that "Fail at Scale" (2015) makes of it, where requests are dropped without waiting for their
//! turn.

/// Its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codel {
    /// The wait that is acceptable \[ns\].
    pub target: u64,
    /// For how long it may be exceeded \[ns\].
    pub interval: u64,
}

/// Whoever is at the head of the queue at a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Who.
    pub who: u32,
    /// How long it has waited \[ns\].
    pub waited: u64,
    /// Whether nobody waits behind it.
    pub last: bool,
}

/// What it remembers.
#[derive(Debug, Clone)]
pub struct Control {
    codel: Codel,
    /// When the waits will have been too long for an interval; 0 = they are not too long.
    first_above: u64,
    drop_next: u64,
    count: u64,
    last_count: u64,
    dropping: bool,
}

impl Control {
    /// Before any turn.
    pub fn new(codel: Codel) -> Self {
        Self {
            codel,
            first_above: 0,
            drop_next: 0,
            count: 0,
            last_count: 0,
            dropping: false,
        }
    }

    /// One turn: takes heads off the queue until one is to be served; those before it are dropped.
    pub fn turn(
        &mut self,
        now: u64,
        mut take: impl FnMut() -> Option<Head>,
        mut drop: impl FnMut(u32),
    ) -> Option<u32> {
        let mut head = take();
        let too_late = self.is_too_late(head, now);
        if self.dropping {
            self.dropping = too_late;
            while self.dropping && now >= self.drop_next {
                if let Some(head) = head {
                    drop(head.who);
                }
                self.count += 1;
                head = take();
                self.dropping = self.is_too_late(head, now);
                if self.dropping {
                    self.drop_next = self.after(self.drop_next);
                }
            }
        } else if too_late {
            if let Some(head) = head {
                drop(head.who);
            }
            head = take();
            self.is_too_late(head, now);
            self.start_dropping(now);
        }
        head.map(|head| head.who)
    }

    fn start_dropping(&mut self, now: u64) {
        self.dropping = true;
        // Soon after the last time it goes on at the rate that was then found right.
        let delta = self.count - self.last_count;
        let soon = now.saturating_sub(self.drop_next) < 16 * self.codel.interval;
        self.count = if delta > 1 && soon { delta } else { 1 };
        self.drop_next = self.after(now);
        self.last_count = self.count;
    }

    fn is_too_late(&mut self, head: Option<Head>, now: u64) -> bool {
        let fine = head.is_none_or(|head| head.waited < self.codel.target || head.last);
        if fine {
            self.first_above = 0;
        } else if self.first_above == 0 {
            self.first_above = now + self.codel.interval;
        } else {
            return now >= self.first_above;
        }
        false
    }

    /// The control law: the more were dropped, the sooner the next.
    fn after(&self, at: u64) -> u64 {
        at + (self.codel.interval as f64 / (self.count as f64).sqrt()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// One request a ms comes to a queue and 50 stand there already; each of these waited 50 ms, target 5 ms, interval 100 ms. The
    /// first turn at which one is dropped is the one at 100 ms; then those at 200, 270 (100/√2 later), 327 (100/√3 later).
    #[test]
    fn drops_come_faster_and_faster() {
        let parameters = Codel {
            target: 5,
            interval: 100,
        };
        let mut control = Control::new(parameters);
        let mut dropped = Vec::new();
        for now in 0..340 {
            let mut heads: VecDeque<u32> = (0..50).collect();
            let take = || {
                heads.pop_front().map(|who| Head {
                    who,
                    waited: 50,
                    last: heads.is_empty(),
                })
            };
            let served = control.turn(now, take, |_| dropped.push(now));
            assert!(served.is_some());
        }
        assert_eq!(dropped, [100, 200, 270, 327]);
    }

    #[test]
    fn short_waits_and_the_last_one_are_spared() {
        let parameters = Codel {
            target: 5,
            interval: 100,
        };
        for (waited, last) in [(4, false), (50, true)] {
            let mut control = Control::new(parameters);
            for now in 0..1000 {
                let head = Head {
                    who: 1,
                    waited,
                    last,
                };
                let served = control.turn(now, || Some(head), |_| panic!("dropped"));
                assert_eq!(served, Some(1));
            }
        }
    }
}

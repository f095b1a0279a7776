//! The writes of one shard: which copies have them, which they show, and which were acknowledged.

use crate::policy::evict::Numbered;
use std::collections::VecDeque;

/// A write that a copy does not show yet.
#[derive(Debug, Clone, Copy)]
struct Write {
    committed: u64,
    shown: bool,
    /// It has come, whoever sees it.
    received: bool,
    acknowledged: bool,
}

/// Writes that a copy does not show yet, by number from `base` on.
#[derive(Debug, Default)]
struct Copy {
    base: u64,
    open: VecDeque<Write>,
}

impl Copy {
    fn shows(&self, write: u64) -> bool {
        let at = write.checked_sub(self.base);
        at.is_none_or(|at| self.open.get(at as usize).is_none_or(|row| row.shown))
    }

    fn row(&mut self, write: u64) -> Option<&mut Write> {
        let at = write.checked_sub(self.base)?;
        self.open.get_mut(at as usize)
    }

    /// The write is shown from now on; when it was committed, unless it was shown already.
    fn show(&mut self, write: u64) -> Option<u64> {
        let row = self.row(write)?;
        if std::mem::replace(&mut row.shown, true) {
            return None;
        }
        let committed = row.committed;
        while self.open.front().is_some_and(|row| row.shown) {
            self.open.pop_front();
            self.base += 1;
        }
        Some(committed)
    }
}

/// One shard: its writes, and the last acknowledged one of each object that some copy may not show yet.
#[derive(Debug)]
pub(super) struct Log {
    next: u64,
    acknowledged: Numbered<u64, u64>,
    /// Above this many, objects that all copies show are forgotten.
    tidy_at: usize,
    copies: Vec<Copy>,
    /// Which copy leads.
    leader: u32,
    /// Whether followers have what they have applied; else what they show.
    synchronous: bool,
    /// Without a leader: what followers would show meanwhile, had it not broken.
    late: Option<Vec<(u32, u64)>>,
}

impl Log {
    pub(super) fn new(copies: u32, synchronous: bool) -> Self {
        Self {
            next: 0,
            acknowledged: Numbered::default(),
            tidy_at: 64,
            copies: (0..copies).map(|_| Copy::default()).collect(),
            leader: 0,
            synchronous,
            late: None,
        }
    }

    /// The leader makes a write: its number.
    pub(super) fn commit(&mut self, now: u64) -> u64 {
        let write = self.next;
        self.next += 1;
        for (copy, row) in (0..).zip(&mut self.copies) {
            let leads = copy == self.leader;
            if leads && row.open.is_empty() {
                row.base = self.next;
                continue;
            }
            row.open.push_back(Write {
                committed: now,
                shown: leads,
                received: leads,
                acknowledged: false,
            });
        }
        write
    }

    /// Reads of the object must not miss the write from now on.
    pub(super) fn acknowledge(&mut self, object: u64, write: u64) {
        let last = self.acknowledged.entry(object).or_insert(write);
        *last = (*last).max(write);
        for copy in &mut self.copies {
            if let Some(row) = copy.row(write) {
                row.acknowledged = true;
            }
        }
        self.tidy();
    }

    fn tidy(&mut self) {
        if self.acknowledged.len() > self.tidy_at {
            let shown = self.copies.iter().map(|copy| copy.base).min();
            let shown = shown.unwrap_or(self.next);
            self.acknowledged.retain(|_, write| *write >= shown);
            self.tidy_at = (2 * self.acknowledged.len()).max(64);
        }
    }

    /// A copy has applied a write, whether or not it shows it yet.
    pub(super) fn receive(&mut self, copy: u32, write: u64) {
        if self.late.is_some() {
            return; // what comes after the leader has broken does not come
        }
        if let Some(row) = self.copies[copy as usize].row(write) {
            row.received = true;
        }
    }

    /// A copy shows a write; when it was committed, unless it was shown already.
    pub(super) fn show(&mut self, copy: u32, write: u64) -> Option<u64> {
        if let Some(late) = &mut self.late {
            late.push((copy, write));
            return None;
        }
        self.copies[copy as usize].show(write)
    }

    /// Whether a copy shows the last acknowledged write of an object.
    pub(super) fn is_fresh(&self, copy: u32, object: u64) -> bool {
        copy == self.leader
            || (self.acknowledged.get(&object))
                .is_none_or(|&write| self.copies[copy as usize].shows(write))
    }

    /// For how long a copy has lacked something \[ns\].
    pub(super) fn behind(&self, copy: u32, now: u64) -> u64 {
        if copy == self.leader {
            return 0;
        }
        let first = self.copies[copy as usize].open.front();
        first.map_or(0, |row| now - row.committed)
    }

    // ---- another leader

    fn has(&self, row: &Write) -> bool {
        row.shown || self.synchronous && row.received
    }

    /// The leader has broken: nothing comes from it any more.
    pub(super) fn cut_off(&mut self) {
        self.late = Some(Vec::new());
    }

    /// How many writes a copy does not have.
    pub(super) fn lacks(&self, copy: u32) -> usize {
        let open = &self.copies[copy as usize].open;
        open.iter().filter(|row| !self.has(row)).count()
    }

    /// A copy leads from now on: how many acknowledged writes it lacks, which are lost.
    pub(super) fn lead(&mut self, copy: u32) -> u64 {
        let old = std::mem::replace(&mut self.leader, copy);
        if old == copy {
            return 0;
        }
        self.late = None;
        let base = self.copies[copy as usize].base;
        let open = std::mem::take(&mut self.copies[copy as usize].open);
        self.copies[copy as usize].base = self.next;
        let (mut lost, mut gone) = (0, Vec::new());
        for (write, row) in (base..).zip(&open) {
            if !self.has(row) {
                lost += u64::from(row.acknowledged);
                gone.push(write);
            }
        }
        for write in &gone {
            for copy in &mut self.copies {
                copy.show(*write);
            }
        }
        self.acknowledged
            .retain(|_, write| gone.binary_search(write).is_err());
        lost
    }

    /// The leader that had broken goes on: followers show what was on its way; when each of these writes was committed.
    pub(super) fn rejoin(&mut self) -> Vec<u64> {
        let late = self.late.take().unwrap_or_default();
        let show = |(copy, write): &(u32, u64)| self.copies[*copy as usize].show(*write);
        late.iter().filter_map(show).collect()
    }
}

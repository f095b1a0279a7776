//! Accounts: limits on instances in use at once that several functions share.
//!
//! An instance counts while it starts or has requests; one that is provisioned always does. A request that would need one more finds
//! none, as though its function had no more instances; where it may wait, those of all functions of the account go on in the order
//! in which they came, as instances come out of use. An instance that is in use takes the next of its own function first.
//!
//! What is worked out before the run does not know accounts: it takes each function for as large as its own limit.
//!
//! Not modelled: a share of the limit that is reserved for one function (it belongs to no account, and the limit is what is left for
//! the others); accounts that a provider raises under load.

use super::{Engine, NONE, Probe};
use crate::plan::Plan;

/// The accounts and their functions.
#[derive(Debug)]
pub(super) struct Accounts {
    all: Vec<Account>,
    /// Of each function; [`NONE`] = it has none.
    of: Vec<u32>,
}

#[derive(Debug)]
struct Account {
    most: u32,
    in_use: u32,
    functions: Vec<u32>,
    /// Those whose first request cannot go on, whatever room there is.
    stuck: Vec<u32>,
    dealing: bool,
}

impl Accounts {
    pub(super) fn new(plan: &Plan) -> Self {
        let functions = |at: usize| {
            let own = plan.functions.iter().enumerate();
            own.filter(move |(_, row)| row.account.is_some() && row.account.index() == at)
        };
        let account = |(at, row): (usize, &crate::plan::Account)| Account {
            most: row.most,
            in_use: functions(at).map(|(_, row)| row.provisioned).sum(),
            functions: functions(at).map(|(at, _)| at as u32).collect(),
            stuck: Vec::new(),
            dealing: false,
        };
        Self {
            all: plan.accounts.iter().enumerate().map(account).collect(),
            of: plan.functions.iter().map(|row| row.account.0).collect(),
        }
    }

    fn of(&mut self, function: usize) -> Option<&mut Account> {
        self.all.get_mut(self.of[function] as usize)
    }

    /// Whether one more instance of a function may be used.
    #[inline]
    pub(super) fn has_room(&self, function: usize) -> bool {
        let at = self.of[function];
        at == NONE || self.all[at as usize].has_room()
    }

    /// One more or one less instance of a function is in use.
    pub(super) fn count(&mut self, function: usize, more: bool) {
        if let Some(account) = self.of(function) {
            account.in_use = if more {
                account.in_use + 1
            } else {
                account.in_use - 1
            };
        }
    }
}

impl Account {
    fn has_room(&self) -> bool {
        self.in_use < self.most
    }
}

impl<P: Probe> Engine<'_, P> {
    /// An instance of a function is not in use any more: those who wait for room in its account go on.
    pub(super) fn deal_account(&mut self, function: usize) {
        let Some(account) = self.fleets.accounts.of(function) else {
            return;
        };
        if std::mem::replace(&mut account.dealing, true) {
            return;
        }
        while let Some(next) = self.longest_waiting(function) {
            if !self.serve_first(next as usize)
                && let Some(account) = self.fleets.accounts.of(function)
            {
                account.stuck.push(next);
            }
        }
        if let Some(account) = self.fleets.accounts.of(function) {
            account.stuck.clear();
            account.dealing = false;
        }
    }

    /// The function of the same account whose first request has waited longest of those for which there is room.
    fn longest_waiting(&self, function: usize) -> Option<u32> {
        let at = self.fleets.accounts.of[function] as usize;
        let account = self.fleets.accounts.all.get(at)?;
        let room = |at: usize| account.has_room() || self.has_place(at);
        let able = account
            .functions
            .iter()
            .filter(|at| !account.stuck.contains(at) && room(**at as usize));
        let since = able.filter_map(|&at| {
            let pool = self.plan.functions[at as usize].pool.index();
            let first = self.queues[pool].first()?;
            Some((self.flights[first].since, at))
        });
        since.min().map(|(_, at)| at)
    }
}

//! Who draws what: a list of all draws of a thread, for the tests that hold every draw to its name.

use super::key::{Key, Site};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::Location;

/// How often each key was drawn from at each site, by the line of code that did.
pub(crate) type Ledger = BTreeMap<(Key, Site), BTreeMap<(&'static str, u32), u32>>;

thread_local! {
    static LEDGER: RefCell<Option<Ledger>> = const { RefCell::new(None) };
}

/// Note a draw, if anybody keeps a list.
#[track_caller]
pub(super) fn enter(key: Key, site: Site) {
    let caller = Location::caller();
    LEDGER.with_borrow_mut(|ledger| {
        if let Some(ledger) = ledger {
            let row = ledger.entry((key, site)).or_default();
            *row.entry((caller.file(), caller.line())).or_default() += 1;
        }
    });
}

/// All that is drawn on this thread meanwhile.
pub(crate) fn of(run: impl FnOnce()) -> Ledger {
    LEDGER.set(Some(Ledger::new()));
    run();
    LEDGER.take().unwrap_or_default()
}

#[test]
fn draws_are_listed_by_name_and_line() {
    let site = super::key::site(&["here"]);
    let ledger = of(|| {
        for number in [1, 1, 2] {
            let _ = Key(number).draw(site);
        }
        let _ = Key(2).draw(site);
    });
    let _ = Key(3).draw(site);
    let times = |key| {
        ledger[&(Key(key), site)]
            .values()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!((ledger.len(), times(1), times(2)), (2, vec![2], vec![1, 1]));
}

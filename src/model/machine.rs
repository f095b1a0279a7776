//! `machine:` says how many cores there are: they are put in where a component names a machine and no cores.
//!
//! This is done to the tree, before it is read, so that the rest of the program and `explain` see the cores of a machine like written ones.
//! Numbers that contradict each other are complained about where machines get their prices.

use crate::cost::catalogue;
use crate::source::{At, Content, Diagnostic, Diagnostics, Entry, Node, codes};

/// Sections whose components may stand on machines.
const SECTIONS: [&str; 4] = ["services", "databases", "caches", "hosts"];

/// Fields that say of a machine what its name says too.
const OF_A_MACHINE: [&str; 1] = ["cores"];

/// Puts in the cores of all machines.
pub(super) fn equip(root: &mut Node, diagnostics: &mut Diagnostics) {
    let prices = root.get("prices").cloned();
    let sections = entries(root)
        .iter_mut()
        .filter(|section| SECTIONS.contains(&section.key.value.as_str()));
    for component in sections.flat_map(|section| entries(&mut section.value)) {
        // Who runs on a host or inside another process has no cores of its own.
        let component = &mut component.value;
        if component.entry("host").is_some() || component.entry("per").is_some() {
            continue;
        }
        give(component, prices.as_ref(), diagnostics);
        let groups = entries(component)
            .iter_mut()
            .filter(|field| field.key.value == "groups");
        for group in groups.flat_map(|groups| entries(&mut groups.value)) {
            give(&mut group.value, prices.as_ref(), diagnostics);
        }
    }
}

/// Takes away what a machine says itself, where a setting names another one (`services.web.machine`).
pub(super) fn strip(root: &mut Node, path: &[At<String>], set: impl Fn(&str) -> bool) {
    let Some((field, of)) = path.split_last() else {
        return;
    };
    let about_one = of
        .first()
        .is_some_and(|section| SECTIONS.contains(&section.value.as_str()));
    if field.value != "machine" || !about_one {
        return;
    }
    let mut node = root;
    for name in of {
        let Some(entry) = entries(node)
            .iter_mut()
            .find(|entry| entry.key.value == name.value)
        else {
            return;
        };
        node = &mut entry.value;
    }
    if let Content::Map(fields) = &mut node.content {
        fields.retain(|field| {
            let name = field.key.value.as_str();
            !OF_A_MACHINE.contains(&name) || set(name)
        });
    }
}

fn entries(node: &mut Node) -> &mut [Entry] {
    match &mut node.content {
        Content::Map(entries) => entries,
        _ => &mut [],
    }
}

/// The cores of the machine that stands here, if nothing else is said.
fn give(node: &mut Node, prices: Option<&Node>, diagnostics: &mut Diagnostics) {
    let Some(machine) = node
        .entry("machine")
        .filter(|_| node.entry("cores").is_none())
    else {
        return;
    };
    let Some(name) = machine.value.as_text() else {
        return;
    };
    let own = prices.and_then(|prices| prices.get(name));
    let said = own.and_then(|own| own.get("cores")?.as_text());
    let listed = || catalogue::lookup(name).map(|row| row.vcpu.to_string());
    let Some(cores) = said.map(str::to_owned).or_else(listed) else {
        if own.is_some() {
            let message =
                format!("`{name}` has a price, but nobody says how many cores: one is taken");
            let hint = "`cores: 4` beside its `per-hour` in `prices:`, or beside `machine`";
            let advice = Diagnostic::new(codes::UNKNOWN_CORES, message);
            diagnostics.push(advice.at(machine.value.place).hint(hint));
        }
        return;
    };
    let key = At::new("cores".to_owned(), machine.key.place);
    let value = Node::new(Content::Plain(cores), machine.value.place);
    if let Content::Map(fields) = &mut node.content {
        fields.push(Entry { key, value });
    }
}

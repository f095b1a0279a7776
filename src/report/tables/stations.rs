//! Components, caches and pools: how busy, how long the queue, what was lost.

use super::{Kind, Table, is_overloaded};
use crate::analysis::{ComponentResult, Estimate, RunResult, SitesResult};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// Components: how busy, how long the queue.
pub(crate) fn components(result: &RunResult) -> Table {
    let columns = [
        ("Component", Kind::Words),
        ("Kind", Kind::Words),
        ("Replicas", Kind::Number),
        ("CPU", Kind::Number),
        ("Busiest", Kind::Number),
        ("Slots", Kind::Number),
        ("Queue", Kind::Number),
        ("Wait", Kind::Number),
    ];
    let note = "CPU and slots are shares in use over time (cores busy where cores are unlimited; of its hosts' cores for what \
                stands on hosts); busiest is the copy whose CPU is busiest, in its busiest minute where the load changes, with \
                how many times the mean that is; queue is the mean number waiting for either, wait the mean time so spent by \
                an arriving request.";
    let mut table = Table::new("Components", note, &columns);
    table.rows.extend(result.components.iter().map(|component| {
        let optional = |of: &Option<Estimate>, unit: &Unit| {
            of.as_ref()
                .map_or(format::NOTHING.into(), |of| format::estimate(of, unit))
        };
        let cpu = match (&component.of_host, component.cpu_unlimited) {
            (Some(part), _) => format!("{} of hosts", format::estimate(part, &Unit::Share)),
            (None, true) => optional(&component.cpu, &Unit::Plain("cores".into())),
            (None, false) => optional(&component.cpu, &Unit::Share),
        };
        vec![
            plain(&component.name),
            plain(&component.kind),
            format::count(u64::from(component.replicas)),
            cpu,
            busiest(component).unwrap_or(format::NOTHING.into()),
            optional(&component.slots, &Unit::Share),
            format::estimate(&component.queue, &Unit::Plain(String::new())),
            format::estimate(&component.wait, &Unit::Seconds),
        ]
    }));
    let told = |component: &ComponentResult| busiest(component).is_some();
    if !result.components.iter().any(told) {
        table = table.without(&["Busiest"]);
    }
    if is_overloaded(result) {
        table = table.without(&["Queue", "Wait"]);
    }
    table
}

/// Busier than the mean by less is the same.
const DIFFERS: f64 = 0.01;
/// Where there are no shares to compare: more times the mean than chance makes of copies that are alike.
const APART: f64 = 1.5;

/// How busy the busiest copy is, where that is more than the mean, and how many times as much.
fn busiest(component: &ComponentResult) -> Option<String> {
    let times = |times: f64| format!("{}×", format::number(times));
    let Some(busiest) = &component.busiest else {
        let apart = component.cpu_unlimited && component.imbalance > APART;
        return apart.then(|| times(component.imbalance));
    };
    let mean = component.cpu.as_ref()?.value?;
    let (share, least) = (busiest.share.value?, busiest.share.low?);
    (least > mean && share > mean + DIFFERS).then(|| {
        let share_of_it = format::estimate(&busiest.share, &Unit::Share);
        format!("{share_of_it} ({})", times(share / mean))
    })
}

/// Components: what reached them and what they lost.
pub(crate) fn losses(result: &RunResult) -> Table {
    let columns = [
        ("Component", Kind::Words),
        ("Arrivals", Kind::Number),
        ("Present", Kind::Number),
        ("Refused", Kind::Number),
        ("Wasted", Kind::Number),
        ("Imbalance", Kind::Number),
        ("Offered", Kind::Number),
    ];
    let note = "Present is the mean number of requests inside; wasted the share of slot time spent on requests nobody \
                waited for; imbalance the busiest replica over the mean; offered the utilisation that the model's \
                numbers alone imply.";
    let mut table = Table::new("Load and losses", note, &columns);
    table.rows.extend(result.components.iter().map(|component| {
        vec![
            plain(&component.name),
            format::estimate(&component.arrivals, &Unit::PerSecond),
            format::estimate(&component.present, &Unit::Plain(String::new())),
            format::estimate(&component.refused, &Unit::Share),
            format::estimate(&component.wasted, &Unit::Share),
            format!("{}×", format::number(component.imbalance)),
            format::share(component.offered),
        ]
    }));
    table
}

/// Caches.
pub(crate) fn caches(result: &RunResult) -> Table {
    let caches = result
        .components
        .iter()
        .filter_map(|row| row.cache.as_ref());
    let (mut stale, mut bytes, mut lapsed) = (false, false, false);
    for cache in caches {
        stale |= cache.stale.is_some();
        bytes |= cache.byte_hit.is_some();
        lapsed |= cache.lapsed > 0.0;
    }
    let mut columns = vec![
        ("Cache", Kind::Words),
        ("Found", Kind::Number),
        ("Held", Kind::Number),
        ("Evictions", Kind::Number),
    ];
    let mut note = "Found is the share of look-ups that had the object or waited for another's fill; held the mean number \
                of good objects in all stores."
        .to_owned();
    if stale {
        columns.push(("Stale", Kind::Number));
        note.push_str(" Stale is the share of look-ups that were given a copy past its soft age.");
    }
    if bytes {
        columns.push(("Bytes found", Kind::Number));
        note.push_str(" Bytes found is that share weighed by the sizes of objects.");
    }
    if lapsed {
        columns.push(("Expired", Kind::Number));
        note.push_str(
            " Expired objects are kept beside these until somebody asks for them or needs their room.",
        );
    }
    let mut table = Table::new("Caches", &note, &columns);
    for component in &result.components {
        let Some(cache) = &component.cache else {
            continue;
        };
        let mut row = vec![
            plain(&component.name),
            format::estimate(&cache.hit, &Unit::Share),
            format::count(cache.held.round().max(0.0) as u64),
            format::rate(cache.evictions),
        ];
        for (_, share) in [(stale, &cache.stale), (bytes, &cache.byte_hit)]
            .iter()
            .filter(|(shown, _)| *shown)
        {
            row.push(share.as_ref().map_or(format::NOTHING.into(), |share| {
                format::estimate(share, &Unit::Share)
            }));
        }
        if lapsed {
            row.push(format::count(cache.lapsed.round().max(0.0) as u64));
        }
        table.rows.push(row);
        // With one region its line would say the same again.
        let regions = cache.sites.iter().filter(|_| cache.sites.len() > 1);
        table.rows.extend(regions.map(|sites| {
            vec![
                plain(&format!("{} in {}", component.name, sites.region)),
                format::estimate(&sites.hit, &Unit::Share),
                format::NOTHING.into(),
                format::NOTHING.into(),
            ]
        }));
    }
    for row in &mut table.rows {
        row.resize(columns.len(), format::NOTHING.into());
    }
    table
}

/// CDNs: what they spare the origin.
pub(crate) fn delivery(result: &RunResult) -> Table {
    let columns = [
        ("CDN", Kind::Words),
        ("Spared", Kind::Number),
        ("Bytes spared", Kind::Number),
        ("Sent", Kind::Number),
        ("By site", Kind::Number),
    ];
    let note = "Spared are requests for which the origin was not asked, and bytes that it did not send; sent is what \
                users got; by site the least and the most that a single site had of what it was asked for.";
    let mut table = Table::new("Delivery", note, &columns);
    let rows = result.components.iter().filter_map(|component| {
        let cache = component.cache.as_ref()?;
        let offload = cache.offload.as_ref()?;
        let ends = |of: fn(f64, f64) -> f64, end: fn(&SitesResult) -> Option<f64>| {
            let found = cache.sites.iter().filter_map(end).reduce(of);
            found.map_or(format::NOTHING.into(), format::share)
        };
        Some(vec![
            plain(&component.name),
            format::estimate(&offload.requests, &Unit::Share),
            format::estimate(&offload.bytes, &Unit::Share),
            format!("{}/s", crate::units::format::bytes(offload.sent)),
            format!(
                "{} to {}",
                ends(f64::min, |sites| sites.least),
                ends(f64::max, |sites| sites.most)
            ),
        ])
    });
    table.rows.extend(rows);
    table
}

/// Functions: their instances.
pub(crate) fn functions(result: &RunResult) -> Table {
    let columns = [
        ("Function", Kind::Words),
        ("Instances", Kind::Number),
        ("Starting", Kind::Number),
        ("Idle", Kind::Number),
        ("Cold starts", Kind::Number),
    ];
    let note = "Instances is the mean number there, with those that are starting and those without a request; cold \
                starts are instances started per request that came.";
    let mut table = Table::new("Functions", note, &columns);
    let rows = result.components.iter().filter_map(|component| {
        let function = component.function.as_ref()?;
        Some(vec![
            plain(&component.name),
            format::estimate(&function.instances, &Unit::Plain(String::new())),
            format::number(function.starting),
            format::number(function.idle),
            format::estimate(&function.cold_starts, &Unit::Share),
        ])
    });
    table.rows.extend(rows);
    table
}

/// Databases of several copies: what reads miss.
pub(crate) fn copies(result: &RunResult) -> Table {
    let columns = [
        ("Query", Kind::Words),
        ("Stale", Kind::Number),
        ("Behind", Kind::Number),
        ("Longest", Kind::Number),
    ];
    let note = "Stale is the share of reads that missed a committed write of their object; behind is the mean time after \
                its commit at which a follower shows a write, and longest the longest.";
    let mut table = Table::new("Reads of copies", note, &columns);
    for component in &result.components {
        for read in component.copies.iter().flat_map(|copies| &copies.reads) {
            let copies = component.copies.as_ref();
            let longest = copies.map_or(0.0, |copies| copies.behind_longest);
            table.rows.push(vec![
                plain(&format!("{}.{}", component.name, read.query)),
                format::estimate(&read.stale, &Unit::Share),
                copies.map_or_else(String::new, |copies| {
                    format::estimate(&copies.behind, &Unit::Seconds)
                }),
                format::duration(longest),
            ]);
        }
    }
    table
}

/// Groups of consumers: how far behind they are.
pub(crate) fn groups(result: &RunResult) -> Table {
    let columns = [
        ("Messages for", Kind::Words),
        ("Done", Kind::Number),
        ("Lag", Kind::Number),
        ("Lag time", Kind::Number),
        ("Oldest", Kind::Number),
        ("Batch", Kind::Number),
        ("Again", Kind::Number),
        ("Twice", Kind::Number),
        ("Lost", Kind::Number),
    ];
    let note = "Lag is the mean number of messages still to do, lag time the mean age of the oldest of them over time and \
                oldest its largest; batch the messages per request; again, twice and lost are delivered again, done \
                once more, and given up or too old, over all.";
    let mut table = Table::new("Messages", note, &columns);
    table.rows.extend(result.groups.iter().map(|group| {
        vec![
            plain(&group.name),
            format::estimate(&group.throughput, &Unit::PerSecond),
            format::estimate(&group.lag, &Unit::Plain(String::new())),
            format::estimate(&group.lag_time, &Unit::Seconds),
            format::duration(group.oldest),
            group.batch.map_or(format::NOTHING.into(), format::number),
            format::share(group.redelivered),
            format::share(group.duplicates),
            format::estimate(&group.lost, &Unit::Share),
        ]
    }));
    if is_overloaded(result) {
        table = table.without(&["Lag", "Lag time", "Oldest", "Lost"]);
    }
    table
}

/// Pools of units: connections, locks.
pub(crate) fn pools(result: &RunResult) -> Table {
    let columns = [
        ("Pool", Kind::Words),
        ("Units", Kind::Number),
        ("In use", Kind::Number),
        ("Wait", Kind::Number),
        ("Gave up", Kind::Number),
    ];
    let note = "Units per instance and instances, or the objects that are locked, each of them a unit; wait is the mean time for a unit; gave up the share of takers that \
                did not wait to the end.";
    let mut table = Table::new("Pools", note, &columns);
    table.rows.extend(result.pools.iter().map(|pool| {
        vec![
            plain(&pool.name),
            match (pool.objects, &pool.in_use) {
                (Some(objects), _) => format::number(objects),
                (None, Some(_)) => "unlimited".into(),
                (None, None) => format!(
                    "{} × {}",
                    format::count(u64::from(pool.size)),
                    format::count(u64::from(pool.instances))
                ),
            },
            match &pool.in_use {
                Some(units) => format::estimate(units, &Unit::Plain(String::new())),
                None => format::estimate(&pool.utilisation, &Unit::Share),
            },
            format::estimate(&pool.wait, &Unit::Seconds),
            format::estimate(&pool.failed, &Unit::Share),
        ]
    }));
    if is_overloaded(result) {
        table = table.without(&["Wait", "Gave up"]);
    }
    table
}

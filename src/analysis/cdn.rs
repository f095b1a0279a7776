//! CDNs over the window: what each region's sites find, what never reaches the origin, what it costs.
//!
//! Offloaded is what the origin was not asked for, of all that users asked for; of bytes, what it did not send, of all that was sent
//! to them. Paid for are requests that were answered, with the bytes of their objects.

use super::bill::{GIB, SECONDS_PER_MONTH};
use super::estimate::Sample;
use super::outcome::Outcome;
use super::result::{OffloadResult, SitesResult};
use crate::measure::{Metered, Tally};
use crate::plan::{Cdn, ComponentId, Plan, SiteMeter};
use std::ops::Range;

/// The CDN that a component is.
fn of(plan: &Plan, id: ComponentId) -> Option<&Cdn> {
    plan.cdns.iter().find(|cdn| cdn.component == id)
}

/// What meters of some sites have counted.
fn sum(cdn: &Cdn, tally: &Tally, sites: Range<u32>, meter: SiteMeter) -> Metered {
    let mut sum = Metered::default();
    for site in sites {
        let row = tally.meters[cdn.of_site(site, meter)];
        sum.times += row.times;
        sum.bytes += row.bytes;
    }
    sum
}

/// Share of requests that found their object, by region; the least and the most that a single site has.
pub fn sites(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Vec<SitesResult> {
    let Some(cdn) = of(plan, id) else {
        return Vec::new();
    };
    let mut first = 0;
    let mut results = Vec::new();
    for (region, number) in &cdn.regions {
        let all = first..first + number;
        let each: Vec<f64> = all
            .clone()
            .filter_map(|site| found(cdn, outcome, site..site + 1).value)
            .collect();
        results.push(SitesResult {
            region: region.clone(),
            sites: *number,
            hit: found(cdn, outcome, all).estimate(),
            least: each.iter().copied().reduce(f64::min),
            most: each.iter().copied().reduce(f64::max),
        });
        first += number;
    }
    results
}

fn found(cdn: &Cdn, outcome: &Outcome, sites: Range<u32>) -> Sample {
    let count = |tally: &Tally, meter| sum(cdn, tally, sites.clone(), meter).times;
    outcome.share(
        |tally| count(tally, SiteMeter::Found),
        |tally| count(tally, SiteMeter::Found) + count(tally, SiteMeter::Asked),
    )
}

/// What the origin was spared; `None` for other components.
pub fn offload(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<OffloadResult> {
    let cdn = of(plan, id)?;
    let users = 0..cdn.sites();
    // The last to be asked before the origin.
    let last = match cdn.shield {
        Some(_) => cdn.sites()..cdn.sites() + 1,
        None => users.clone(),
    };
    let asked = |tally: &Tally| {
        let count = |meter| sum(cdn, tally, users.clone(), meter).times;
        (count(SiteMeter::Found) + count(SiteMeter::Asked)) as f64
    };
    let passed = |tally: &Tally| sum(cdn, tally, last.clone(), SiteMeter::Asked).times as f64;
    let fetched = |tally: &Tally| sum(cdn, tally, last.clone(), SiteMeter::Fetched).bytes as f64;
    let sent = |tally: &Tally| sent(cdn, tally).bytes as f64;
    // What is on its way at an end of the window may be counted on one side only, so that a difference could fall below 0.
    Some(OffloadResult {
        requests: outcome
            .ratio(|tally| (asked(tally) - passed(tally)).max(0.0), asked)
            .between(0.0, 1.0)
            .estimate(),
        bytes: outcome
            .ratio(|tally| (sent(tally) - fetched(tally)).max(0.0), sent)
            .between(0.0, 1.0)
            .estimate(),
        sent: outcome
            .mean(|tally| sent(tally) / tally.seconds())
            .value
            .unwrap_or(0.0),
    })
}

/// What the sites have sent to those who asked.
fn sent(cdn: &Cdn, tally: &Tally) -> Metered {
    let count = |meter| sum(cdn, tally, 0..cdn.sites(), meter);
    let (found, fetched) = (count(SiteMeter::Found), count(SiteMeter::Fetched));
    Metered {
        times: found.times + fetched.times,
        bytes: found.bytes + fetched.bytes,
    }
}

/// What a CDN costs per month by its use; `None` without a price.
pub fn per_month(cdn: &Cdn, outcome: &Outcome) -> Option<Sample> {
    let price = cdn.price.as_ref()?;
    let cost = |tally: &Tally| {
        let sent = sent(cdn, tally);
        let paid = sent.bytes as f64 / GIB * price.per_gib + sent.times as f64 * price.per_request;
        paid / tally.seconds() * SECONDS_PER_MONTH
    };
    Some(outcome.mean(cost).between(0.0, f64::INFINITY))
}

/// What is paid for, in words.
pub fn billed(cdn: &Cdn, outcome: &Outcome) -> String {
    let of = |meter: fn(Metered) -> f64| {
        let each = outcome.mean(|tally| meter(sent(cdn, tally)) / tally.seconds());
        each.value.unwrap_or(0.0) * SECONDS_PER_MONTH
    };
    let sent = super::words::number(of(|sent| sent.bytes as f64 / GIB));
    let asked = super::words::number(of(|sent| sent.times as f64 / 1e6));
    match &cdn.price {
        Some(price) if price.per_request > 0.0 => format!("{sent} GiB, {asked} M requests"),
        _ => format!("{sent} GiB sent"),
    }
}

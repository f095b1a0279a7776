//! Outages of all at once: how often and for how long everything that stands in for each other is down.
//!
//! With a crew for each, things break and are repaired independently of each other: all are down for the product of their down
//! shares, whatever the laws (Barlow and Proschan, Statistical Theory of Reliability and Life Testing, 1975, ch. 7). With fewer crews
//! repairs wait, and the number that is down is a process of births and deaths, for exponential times (the machines and repairmen of
//! Kleinrock vol. 1, 1975, §3.8 to 3.10).

use super::answer::{
    Answer, Kind, MACHINES_AND_REPAIRMEN, Metric, PRODUCT_OF_SHARES, Subject, Theory, Value,
};
use crate::chance::law::Law;
use crate::plan::{ComponentKind, Database, Plan, Wear};

/// What all of a kind do together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// Share of time in which all of them are down.
    pub share: f64,
    /// Such outages per nanosecond.
    pub rate: f64,
    /// Share of time for which one of them works.
    pub up: f64,
    /// Whether repairs never wait, so that the laws of times do not matter.
    pub product: bool,
}

/// Of so many things, with mean times to failure and of repair \[ns\], of which so many are repaired at once.
pub fn of_all(things: u32, crews: u32, up: f64, down: f64) -> Outage {
    let (n, crews) = (things.max(1), crews.clamp(1, things.max(1)));
    // Weights of the numbers that are down: from k to k + 1 at (n - k)/up, back at min(k + 1, crews)/down.
    let mut weights = vec![1.0];
    for k in 0..n {
        let back = f64::from((k + 1).min(crews));
        let last = weights[k as usize];
        weights.push(last * f64::from(n - k) * down / (up * back));
    }
    let total: f64 = weights.iter().sum();
    let working: f64 = weights
        .iter()
        .zip(0..=n)
        .map(|(weight, k)| weight * f64::from(n - k))
        .sum();
    let share = weights[n as usize] / total;
    Outage {
        share,
        rate: share * f64::from(crews) / down,
        up: working / total / f64::from(n),
        product: crews == n,
    }
}

/// Of what wears out; nothing where age depends on load.
pub fn of_wear(wear: &Wear) -> Option<Outage> {
    let things = u32::try_from(wear.units.len()).unwrap_or(u32::MAX);
    let (up, down) = (wear.up.mean(), wear.down.mean());
    let known = !wear.only_busy && things > 0 && things <= 10_000 && up > 0.0 && down > 0.0;
    known.then(|| of_all(things, wear.crews, up, down))
}

/// Whether all things of a kind stand in for each other: replicas of a service, copies of a database that is not divided.
pub fn stand_in(plan: &Plan, wear: &Wear) -> bool {
    let Some(component) = plan.components.get(wear.component.index()) else {
        return false;
    };
    let divided = |row: &Database| row.component == wear.component && row.shards > 1;
    wear.place.is_empty()
        && wear.units.len() > 1
        && match component.kind {
            ComponentKind::Service => true,
            ComponentKind::Database => !plan.databases.iter().any(divided),
            _ => false,
        }
}

/// What there is to tell of components that break.
pub(super) fn answers(plan: &Plan, told: &mut Theory) {
    for wear in plan
        .breakdowns
        .wear
        .iter()
        .filter(|wear| wear.place.is_empty())
    {
        let Some(outage) = of_wear(wear) else {
            continue;
        };
        let exponential = |law: &Law| matches!(law, Law::Exponential { .. });
        let formula = if outage.product {
            PRODUCT_OF_SHARES
        } else {
            MACHINES_AND_REPAIRMEN
        };
        let kind = if outage.product || exponential(&wear.up) && exponential(&wear.down) {
            Kind::Exact
        } else {
            Kind::Approximation
        };
        let answer = |metric, value| Answer {
            of: Subject::Component(wear.component),
            metric,
            value: Value::Of(value),
            kind,
            formula: formula.name,
            source: formula.source,
        };
        told.answers.push(answer(Metric::Up, outage.up));
        if stand_in(plan, wear) {
            told.answers.push(answer(Metric::AnyUp, 1.0 - outage.share));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::near;
    use super::of_all;

    /// Three, each up 50 s and down 1 s: (1/51)³ of the time, and as an outage ends three times a second, once in 44,217 s.
    #[test]
    fn with_a_crew_for_each_shares_multiply() {
        let outage = of_all(3, 3, 50.0, 1.0);
        near(outage.share, 1.0 / (51.0 * 51.0 * 51.0));
        near(1.0 / outage.rate, 44_217.0);
        near(outage.up, 50.0 / 51.0);
        assert!(outage.product && of_all(3, u32::MAX, 50.0, 1.0).product);
    }

    /// Two machines and one crew with rates of 1 and 10: weights 1, 0.2, 0.02, so that both are down for 0.02/1.22 of the time.
    #[test]
    fn with_one_crew_repairs_wait() {
        let outage = of_all(2, 1, 1.0, 0.1);
        near(outage.share, 0.02 / 1.22);
        near(outage.rate, 0.02 / 1.22 / 0.1);
        near(outage.up, (1.0 + 0.1) / 1.22);
        assert!(!outage.product);
    }
}

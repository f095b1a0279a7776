//! What saturates first as load grows, in words: from the plan's own arithmetic, which is of all that is asked for.

use super::words;
use crate::plan::{Ceiling, Load, Plan, Resource};

/// The sentence.
pub fn sentence(plan: &Plan) -> String {
    let Some(row) = plan.load.fullest() else {
        return "Nothing has a limit that load could reach.".to_owned();
    };
    let said = of(plan, row);
    let is_over = |row: &Ceiling| matches!(row.resource, Resource::Tokens(_)) && row.asked > 1.0;
    if !is_over(row) && plan.load.ceilings.iter().any(is_over) {
        return said + " What rate limits turn away is counted as if it were let in.";
    }
    said
}

fn of(plan: &Plan, row: &Ceiling) -> String {
    let name = row.name(plan);
    let factor = 1.0 / row.asked;
    let (now, then) = (plan.load.root_rate, plan.load.root_rate * factor);
    if let Some(users) = only_users(plan) {
        return of_users(&name, factor, users, now);
    }
    let times = words::number(factor);
    let (now, then) = (words::number(now), words::number(then));
    if row.asked <= 1.0 {
        return format!(
            "{name} saturates first, at {times} × today's load ({now} → {then} requests/s)."
        );
    }
    if row.open <= 1.0 {
        return format!("{name} is full at today's load: users of closed workloads wait for it.");
    }
    if row.unshed > 1.0 {
        return format!(
            "{name} cannot keep up with today's load: it serves {then} of {now} requests/s, {times} × the load."
        );
    }
    format!(
        "{name} is full at {times} × today's load ({then} of {now} requests/s); what is too much is shed."
    )
}

/// How many users there are, where nobody else asks.
fn only_users(plan: &Plan) -> Option<u32> {
    let users = |load: &Load| match load {
        Load::Closed { users, .. } => Some(*users),
        Load::Open { .. } | Load::Replay(_) => None,
    };
    let all: Option<u32> = plan
        .workloads
        .iter()
        .map(|workload| users(&workload.load))
        .sum();
    all.filter(|users| *users > 0)
}

/// Lazowska, Zahorjan, Graham, Sevcik, Quantitative System Performance (1984), §5.2: X(N) ≤ min(1/Dmax, N/(D + Z)).
fn of_users(name: &str, factor: f64, users: u32, rate: f64) -> String {
    let (users, rate) = (words::number(f64::from(users)), words::number(rate));
    if factor > 1.0 {
        let times = words::number(factor);
        return format!(
            "{name} saturates first, at {times} × today's {users} users; these ask for at most {rate} requests/s (asymptotic bound)."
        );
    }
    format!(
        "{name} saturates first, and {users} users suffice: no more than {rate} requests/s can be served (asymptotic bound)."
    )
}

#[cfg(test)]
mod tests {
    use super::super::synthetic;
    use super::sentence;
    use crate::plan::{Ceiling, ComponentId, Plan, Resource};

    fn plan(rows: &[Ceiling]) -> Plan {
        let (mut plan, _) = synthetic::queue(1.0, 3);
        plan.load.ceilings = rows.to_vec();
        plan
    }

    fn row(resource: Resource, asked: f64, unshed: f64) -> Ceiling {
        Ceiling {
            component: ComponentId(0),
            resource,
            asked,
            today: asked,
            open: asked,
            unshed,
            comes: 1.0,
        }
    }

    #[test]
    fn load_that_is_shed_is_no_load_that_cannot_be_served() {
        let cores = |asked, unshed| plan(&[row(Resource::Cores, asked, unshed)]);
        assert_eq!(
            sentence(&cores(0.8, 0.8)),
            "`currency` saturates first, at 1.25 × today's load (12.1 → 15.1 requests/s)."
        );
        assert_eq!(
            sentence(&cores(1.25, 1.25)),
            "`currency` cannot keep up with today's load: it serves 9.68 of 12.1 requests/s, 0.8 × the load."
        );
        assert_eq!(
            sentence(&cores(1.25, 0.0)),
            "`currency` is full at 0.8 × today's load (9.68 of 12.1 requests/s); what is too much is shed."
        );
        assert_eq!(
            sentence(&plan(&[])),
            "Nothing has a limit that load could reach."
        );
    }

    #[test]
    fn what_a_rate_limit_turns_away_is_said_to_be_counted() {
        let limited = plan(&[
            row(Resource::Cores, 2.0, 0.1),
            row(Resource::Tokens(0), 1.5, 0.0),
        ]);
        let said = sentence(&limited);
        assert!(
            said.ends_with("What rate limits turn away is counted as if it were let in."),
            "{said}"
        );
        let first = plan(&[
            row(Resource::Cores, 1.5, 0.1),
            row(Resource::Tokens(0), 2.0, 0.0),
        ]);
        assert_eq!(
            sentence(&first),
            "`currency` (rate limit) is full at 0.5 × today's load (6.05 of 12.1 requests/s); what is too much is shed."
        );
    }
}

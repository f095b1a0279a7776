//! From the replications of one plan to the document that reports render.

use super::outcome::Outcome;
use super::result::{AssumptionResult, RESULT_FORMAT, RunInfo, RunResult};
use super::{
    bill, bottleneck, breakdowns, components, endpoints, expect, groups, moves, objectives, pools,
    routes, timeline, topology,
};
use crate::measure::digest;
use crate::plan::Plan;

/// What the caller knows of a run and the plan does not.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// Path of the model file as given.
    pub file: String,
}

/// Everything that is known of a run.
pub fn summarise(plan: &Plan, outcome: &Outcome, meta: &Meta) -> RunResult {
    let hash = digest::plan_hash(plan);
    let bottleneck = bottleneck::find(plan, outcome);
    RunResult {
        format: RESULT_FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        model: plan.name.clone(),
        about: plan.about.clone(),
        file: meta.file.clone(),
        plan_hash: digest::hex(&hash),
        digest: expect::digest(&hash, outcome),
        run: run(outcome),
        endpoints: endpoints::results(plan, outcome),
        components: components::results(plan, outcome),
        pools: pools::results(plan, outcome),
        groups: groups::results(plan, outcome),
        places: breakdowns::places(plan, outcome),
        routes: routes::results(plan, outcome),
        moves: moves::results(plan, outcome),
        topology: topology::edges(plan, outcome),
        timeline: timeline::points(plan, outcome, bottleneck.component.as_deref()),
        objectives: objectives::results(plan, outcome),
        expectations: expect::results(plan, outcome),
        bottleneck,
        cost: bill::cost(plan, outcome),
        assumptions: assumptions(plan),
        theory: None,
    }
}

fn run(outcome: &Outcome) -> RunInfo {
    RunInfo {
        seed: outcome.seed,
        replications: u32::try_from(outcome.tallies.len()).unwrap_or(u32::MAX),
        warm_up: outcome.warm_up as f64 / 1e9,
        measured: outcome.seconds(),
        plan: outcome.reasons.clone(),
        precision: outcome.precision,
        reached: outcome.reached,
        ended: outcome.ended.word().to_owned(),
        regime: outcome.regime.word().to_owned(),
        warnings: outcome.warnings.clone(),
        requests: outcome.tallies.iter().map(|tally| tally.requests).sum(),
        events: outcome.tallies.iter().map(|tally| tally.events).sum(),
        wall: outcome.wall,
        threads: outcome.threads,
    }
}

fn assumptions(plan: &Plan) -> Vec<AssumptionResult> {
    let one = |assumption: &crate::plan::Assumption| AssumptionResult {
        name: assumption.name.clone(),
        value: assumption.value.clone(),
        between: assumption.between.clone(),
        why: assumption.why.clone(),
        source: assumption.source.clone(),
    };
    plan.assumptions.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::result::{Role, Status};
    use super::super::synthetic;
    use super::super::{Outcome, Regime};
    use super::*;
    use crate::measure::Timeline;

    fn within(estimate: &super::super::Estimate, truth: f64) -> bool {
        estimate.low.unwrap() <= truth && truth <= estimate.high.unwrap()
    }

    #[test]
    fn the_document_of_a_queue_agrees_with_its_theory() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let result = summarise(
            &plan,
            &outcome,
            &Meta {
                file: "exchange.yaml".into(),
            },
        );
        // M/M/1: the sojourn time is exponential with mean 1/(µ - λ).
        let (rate, demand) = (12.1, 0.0686);
        let mean = 1.0 / (1.0 / demand - rate);
        let [requests, calls] = result.endpoints.as_slice() else {
            unreachable!("one line and one endpoint")
        };
        assert_eq!(
            (requests.name.as_str(), requests.role),
            ("shoppers: frontend.home", Role::Request)
        );
        assert_eq!(
            (calls.name.as_str(), calls.role),
            ("currency.convert", Role::Call)
        );
        assert!(within(&requests.rate, rate) && within(&requests.latency.mean, mean));
        assert!(
            within(&requests.latency.sd, mean) && within(&requests.latency.p50, mean * 2_f64.ln())
        );
        assert!(
            within(&requests.latency.p99, mean * 100_f64.ln()),
            "{:?}",
            requests.latency.p99
        );
        assert!(within(calls.wait.as_ref().unwrap(), mean - demand));
        assert_eq!(requests.success.method, "rule-of-three");
        let server = &result.components[0];
        assert!(
            within(server.cpu.as_ref().unwrap(), rate * demand)
                && within(&server.present, rate * mean)
        );
        assert!(within(&server.queue, rate * (mean - demand)) && server.slots.is_none());
        assert_eq!(result.topology[0].from, "shoppers");
        assert_eq!(result.topology[0].to, "currency");
        assert!((result.cost.per_month.value.unwrap() - 3.0 * 0.0816 * 730.0).abs() < 1e-9);
        assert_eq!(result.cost.currency, "USD");
        assert_eq!(result.timeline.len(), 300);
        let middle = result.timeline[150].in_progress;
        assert!((2.0..9.0).contains(&middle), "{middle}");
    }

    #[test]
    fn an_overload_has_values_and_no_intervals() {
        let (plan, mut outcome) = synthetic::queue(1.0, 3);
        outcome.regime = Regime::Overload;
        let result = summarise(&plan, &outcome, &Meta::default());
        let latency = &result.endpoints[0].latency;
        for estimate in [&latency.mean, &latency.p99, &result.components[0].queue] {
            assert_eq!(
                (estimate.status, estimate.low, estimate.high),
                (Status::Unstable, None, None)
            );
            assert!(estimate.value.is_some());
        }
        // What is full goes on at its full speed.
        let busy = result.components[0].cpu.as_ref().unwrap();
        for estimate in [busy, &result.endpoints[0].throughput] {
            assert!(estimate.status == Status::Ok && estimate.low.is_some());
        }
        assert_eq!(result.cost.per_month.status, Status::Ok);
    }

    #[test]
    fn a_run_without_replications_is_summarised_too() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let nothing = Outcome {
            tallies: Vec::new(),
            timeline: Timeline::default(),
            measured: 0,
            ..outcome
        };
        let result = summarise(&plan, &nothing, &Meta::default());
        assert_eq!(result.endpoints[0].latency.mean.status, Status::TooFew);
        assert!(
            serde_json::to_string(&result)
                .unwrap()
                .contains("\"value\":null")
        );
    }
}

//! Results to render in tests: a shop with every status and hostile names, a queue with next to nothing, a crowd.

use crate::analysis::{
    AssumptionResult, Bottleneck, COMPARISON_FORMAT, CacheResult, Comparison, ComponentResult,
    Cost, CostLine, Difference, EdgeResult, EndpointResult, Estimate, FailureShare, Latency,
    ObjectiveResult, PoolResult, Preference, RESULT_FORMAT, Role, RunInfo, RunResult, Status,
    TimePoint, Verdict,
};

/// A name that tries to be a script, a table cell and a format.
pub(crate) const HOSTILE: &str = "<script>alert('x')</script> & \"q\" | {{ 7*7 }} `b`";
/// A name that fits nowhere.
pub(crate) const LONG: &str =
    "recommendation-and-personalisation-service-of-the-northern-european-business-unit-v2";

/// `value` ± `part` of it.
pub(crate) fn near(value: f64, part: f64) -> Estimate {
    let half = value.abs() * part;
    Estimate {
        value: Some(value),
        low: Some(value - half),
        high: Some(value + half),
        level: 0.95,
        n: 24,
        method: "student".into(),
        status: Status::Ok,
    }
}

/// A value that no interval goes with.
pub(crate) fn bare(value: Option<f64>, status: Status) -> Estimate {
    Estimate {
        value,
        low: None,
        high: None,
        method: "none".into(),
        status,
        ..near(0.0, 0.0)
    }
}

fn latency(p50: f64) -> Latency {
    Latency {
        mean: near(p50 * 1.2, 0.01),
        sd: near(p50 * 0.9, 0.02),
        p50: near(p50, 0.008),
        p75: near(p50 * 1.6, 0.01),
        p90: near(p50 * 2.4, 0.014),
        p95: near(p50 * 3.1, 0.02),
        p99: near(p50 * 5.2, 0.034),
        p999: bare(Some(p50 * 9.0), Status::TooShort),
        max: p50 * 21.0,
    }
}

fn silent() -> Latency {
    let none = || bare(None, Status::TooFew);
    Latency {
        mean: none(),
        sd: none(),
        p50: none(),
        p75: none(),
        p90: none(),
        p95: none(),
        p99: none(),
        p999: none(),
        max: 0.0,
    }
}

fn endpoint(name: &str, role: Role, rate: f64, p50: f64) -> EndpointResult {
    let sent = (rate * 14_400.0) as u64;
    let request = role == Role::Request;
    EndpointResult {
        name: name.into(),
        role,
        workload: request.then(|| "shoppers".into()),
        sent,
        rate: near(rate, 0.006),
        throughput: near(rate * 0.999, 0.006),
        success: near(0.999_4, 0.000_2),
        failures: vec![FailureShare {
            cause: "timeout".into(),
            share: near(0.000_6, 0.3),
        }],
        unfinished: 0,
        late: sent / 9_000,
        latency: if sent == 0 { silent() } else { latency(p50) },
        wait: (!request).then(|| near(p50 * 0.2, 0.08)),
    }
}

fn component(name: &str, kind: &str, replicas: u32, cpu: f64) -> ComponentResult {
    ComponentResult {
        name: name.into(),
        kind: kind.into(),
        replicas,
        cpu: (kind != "external").then(|| near(cpu, 0.012)),
        cpu_unlimited: false,
        slots: (kind == "service").then(|| near(cpu * 0.6, 0.02)),
        queue: near(cpu * cpu / (1.02 - cpu), 0.06),
        present: near(cpu * f64::from(replicas) * 2.0, 0.03),
        wait: near(0.004 * cpu / (1.02 - cpu), 0.06),
        arrivals: near(900.0 * cpu, 0.006),
        refused: bare(Some(0.0), Status::Ok),
        wasted: near(0.002 * cpu, 0.2),
        imbalance: 1.0 + cpu / 10.0,
        offered: cpu * 1.004,
        cache: (kind == "cache").then(|| CacheResult {
            hit: near(0.874, 0.004),
            held: 98_412.0,
            evictions: 41.2,
        }),
        cost_month: None,
    }
}

fn edge(from: &str, to: &str, rate: f64) -> EdgeResult {
    EdgeResult {
        from: from.into(),
        to: to.into(),
        rate,
    }
}

fn timeline(points: u32, failing: bool) -> Vec<TimePoint> {
    (0..points)
        .map(|window| {
            let at = f64::from(window) * 10.0;
            let wave = f64::from(window * 37 % 11) / 11.0;
            let warm = 1.0 + 2.0 * (-at / 40.0).exp();
            let failed = if failing && (40..44).contains(&window) {
                60.0 + 20.0 * wave
            } else {
                0.0
            };
            let born = 440.0 + 20.0 * wave;
            let seen = window != 43;
            TimePoint {
                at,
                born,
                ok: born - failed,
                failed,
                p50: seen.then_some(0.08 * warm * (1.0 + 0.1 * wave)),
                p95: seen.then_some(0.25 * warm * (1.0 + 0.15 * wave) + failed / 200.0),
                p99: seen.then_some(0.41 * warm * (1.0 + 0.2 * wave) + failed / 80.0),
                in_progress: 52.0 * warm,
                waiting: 4.0 * warm,
            }
        })
        .collect()
}

fn run_info() -> RunInfo {
    RunInfo {
        seed: 42,
        replications: 24,
        warm_up: 120.0,
        measured: 600.0,
        plan: vec![
            "Warm-up 2 min: filling `product-cache` takes longest.".into(),
            "Measured 10 min: 250 relaxation times of `catalog`.".into(),
        ],
        precision: 0.05,
        reached: Some(0.034),
        ended: "precise".into(),
        warnings: vec![format!(
            "p99.9 of 6 requests is too short: replications of 50 min would do ({HOSTILE})."
        )],
        requests: 7_603_112,
        events: 121_938_440,
        wall: 6.31,
        threads: 2,
    }
}

fn objective(
    name: &str,
    of: &str,
    metric: &str,
    unit: &str,
    limit: f64,
    estimate: Estimate,
) -> ObjectiveResult {
    ObjectiveResult {
        name: name.into(),
        of: of.into(),
        metric: metric.into(),
        unit: unit.into(),
        limit,
        bound: if metric == "success" {
            "at-least"
        } else {
            "at-most"
        }
        .into(),
        estimate,
        verdict: Verdict::Pass,
        reason: "The whole interval is on the good side of the limit.".into(),
    }
}

fn objectives() -> Vec<ObjectiveResult> {
    let mut all = vec![
        objective(
            "checkout-fast",
            "web.checkout",
            "p99",
            "s",
            0.8,
            near(0.412, 0.034),
        ),
        objective(
            "affordable",
            "all",
            "cost",
            "USD/month",
            900.0,
            near(1_043.2, 0.002),
        ),
        objective(
            "up",
            "all",
            "success",
            "share",
            0.999,
            near(0.999_1, 0.000_3),
        ),
        objective(
            HOSTILE,
            LONG,
            "p999",
            "s",
            2.0,
            bare(Some(12.0), Status::Censored),
        ),
    ];
    all[1].verdict = Verdict::Fail;
    all[1].reason = "1 043 USD/month is 16 % above the limit.".into();
    all[2].verdict = Verdict::Undecided;
    all[2].reason =
        "The limit lies inside the interval: about 40 more replications would decide.".into();
    all[3].verdict = Verdict::Undecided;
    all[3].reason =
        "More than 0.1 % of the requests did not finish, so the percentile is only bounded below."
            .into();
    all
}

fn endpoints() -> Vec<EndpointResult> {
    use Role::{Call, Request};
    let mut all = vec![
        endpoint("shoppers: web.product", Request, 402.0, 0.021),
        endpoint("shoppers: web.checkout", Request, 40.2, 0.079),
        endpoint("shoppers: web.search", Request, 81.0, 0.034),
        endpoint("shoppers: web.order-history", Request, 12.0, 0.13),
        endpoint("admins: nightly-export", Request, 0.02, 2.9),
        endpoint("bots: web.product-αβγ-日本", Request, 120.0, 0.018),
        endpoint(&format!("shoppers: {LONG}.suggest"), Request, 33.0, 0.41),
        endpoint(HOSTILE, Request, 0.0, 0.1),
        endpoint("product-cache.get", Call, 522.0, 0.000_6),
        endpoint("catalog.by-id", Call, 66.0, 0.004_1),
        endpoint("stock.reserve", Call, 40.2, 0.012),
        endpoint("psp.charge", Call, 41.0, 0.31),
        endpoint("ads.get", Call, 402.0, 0.022),
        endpoint("search.query", Call, 81.0, 0.028),
        endpoint("history.list", Call, 12.0, 0.1),
        endpoint("orders-db.insert", Call, 40.0, 0.008),
        endpoint("orders-db.list", Call, 12.0, 0.02),
        endpoint("mail.send", Call, 40.0, 0.05),
        endpoint(&format!("{LONG}.suggest"), Call, 33.0, 0.39),
        endpoint(HOSTILE, Call, 0.0, 0.1),
        endpoint("auth.check", Call, 560.0, 0.001_3),
        endpoint("sessions.get", Call, 560.0, 0.000_42),
    ];
    all[3].latency.p99 = bare(Some(0.71), Status::TooShort);
    all[4].latency.p95 = bare(Some(9.4), Status::TooFew);
    all[4].latency.p99 = bare(Some(12.0), Status::Censored);
    all[4].unfinished = 31;
    all[4].success = Estimate {
        low: Some(0.978_9),
        high: Some(0.999_6),
        method: "wilson".into(),
        ..near(0.993, 0.0)
    };
    all[5].latency.p50 = bare(Some(0.018), Status::Unstable);
    all
}

/// A shop of twelve components and eight kinds of request.
pub(crate) fn shop() -> RunResult {
    let mut components = vec![
        component("web", "service", 3, 0.71),
        component("product-cache", "cache", 2, 0.22),
        component("catalog", "database", 3, 0.83),
        component("ads", "service", 2, 0.35),
        component("stock", "service", 2, 0.41),
        component("psp", "external", 1, 0.0),
        component("search", "service", 4, 0.64),
        component("orders-db", "database", 3, 0.12),
        component("mail", "service", 1, 0.055),
        component(LONG, "service", 6, 0.93),
        component(HOSTILE, "service", 1, 0.0),
        component("auth-日本", "service", 2, 0.5),
    ];
    components[8].cpu_unlimited = true;
    components[8].cpu = Some(near(2.31, 0.04));
    components[9].queue = bare(Some(812.0), Status::Unstable);
    RunResult {
        format: RESULT_FORMAT.into(),
        version: "0.1.0".into(),
        model: "shop".into(),
        about: "A small shop: pages from a cache, checkouts through a payment provider.".into(),
        file: "models/shop.yaml".into(),
        plan_hash: "5d1c0e5e8a8a4b0f0b6f2c2f4c3a9e7d".into(),
        digest: "9f2b77aa01c44e0c8d93f1e2d3c4b5a6".into(),
        run: run_info(),
        endpoints: endpoints(),
        components,
        pools: vec![
            PoolResult {
                name: "catalog connections".into(),
                size: 40,
                instances: 3,
                utilisation: near(0.61, 0.02),
                wait: near(0.001_2, 0.1),
                failed: bare(Some(0.0), Status::Ok),
            },
            PoolResult {
                name: LONG.into(),
                size: 1,
                instances: 12_000,
                utilisation: near(0.02, 0.1),
                wait: near(0.000_08, 0.1),
                failed: near(0.000_3, 0.2),
            },
        ],
        topology: vec![
            edge("shoppers", "web", 568.2),
            edge("bots", "web", 120.0),
            edge("admins", "orders-db", 0.02),
            edge("web", "auth-日本", 560.0),
            edge("web", "product-cache", 522.0),
            edge("web", "catalog", 66.0),
            edge("web", "ads", 402.0),
            edge("web", "stock", 40.2),
            edge("web", "psp", 41.0),
            edge("web", "search", 81.0),
            edge("web", "orders-db", 52.0),
            edge("stock", "orders-db", 40.0),
            edge("search", "catalog", 20.0),
            edge("web", LONG, 33.0),
            edge(LONG, "catalog", 330.0),
            edge("orders-db", "mail", 40.0),
            edge("mail", "stock", 1.2),
            edge(LONG, HOSTILE, 0.0),
        ],
        timeline: timeline(72, true),
        objectives: objectives(),
        bottleneck: Bottleneck {
            component: Some("catalog".into()),
            resource: Some("cpu".into()),
            share_of_waiting: Some(0.62),
            sentence: "Requests wait most at `catalog` for the CPU (62 % of all waiting, utilisation 83 %).".into(),
            saturation: "`catalog` saturates first, at 1.2 times this load (about 680/s).".into(),
        },
        cost: cost(),
        assumptions: vec![
            AssumptionResult {
                name: "page-cpu".into(),
                value: "4ms".into(),
                between: Some("2ms to 8ms".into()),
                why: Some("guessed from a profile of the old site".into()),
                source: None,
            },
            AssumptionResult {
                name: HOSTILE.into(),
                value: "{ zipf: { exponent: 0.9 } }".into(),
                between: None,
                why: None,
                source: Some("http://example.org/<b>study</b>".into()),
            },
        ],
    }
}

fn cost() -> Cost {
    let line = |item: &str, detail: &str, per_month: f64| CostLine {
        item: item.into(),
        detail: detail.into(),
        per_month,
        source: "2026-01-19, aws on-demand us-east-1".into(),
    };
    Cost {
        currency: "USD".into(),
        per_month: near(1_043.2, 0.002),
        per_hour: 1.429,
        per_million: Some(0.904),
        lines: vec![
            line("catalog", "3 × aws/m7g.xlarge", 357.41),
            line(LONG, "6 × aws/c7g.large", 317.55),
            line("web", "3 × aws/m7g.large", 178.70),
            line("search", "2 × aws/c7g.large", 105.85),
            line("product-cache", "2 × aws/t4g.medium", 49.06),
            line("internet", "120 GiB egress", 34.13),
            line(HOSTILE, "0.1 × aws/t4g.medium", 0.5),
        ],
        unpriced: vec!["psp".into(), "mail".into()],
    }
}

/// A queue of one server: no calls, pools, prices, objectives or assumptions.
pub(crate) fn queue() -> RunResult {
    let shop = shop();
    RunResult {
        model: "queue".into(),
        about: String::new(),
        file: "models/queue.yaml".into(),
        run: RunInfo {
            warnings: Vec::new(),
            plan: Vec::new(),
            reached: None,
            replications: 1,
            ..run_info()
        },
        endpoints: vec![EndpointResult {
            failures: Vec::new(),
            success: bare(Some(1.0), Status::Ok),
            ..endpoint("users: server.work", Role::Request, 8.0, 0.07)
        }],
        components: vec![component("server", "service", 1, 0.8)],
        pools: Vec::new(),
        topology: vec![edge("users", "server", 8.0)],
        timeline: Vec::new(),
        objectives: Vec::new(),
        bottleneck: Bottleneck {
            component: None,
            resource: None,
            share_of_waiting: None,
            sentence: "Requests wait nowhere for long.".into(),
            saturation: "`server` saturates first, at 1.25 times this load (10/s).".into(),
        },
        cost: Cost {
            currency: String::new(),
            per_month: bare(None, Status::Ok),
            per_hour: 0.0,
            per_million: None,
            lines: Vec::new(),
            unpriced: vec!["server".into()],
        },
        assumptions: Vec::new(),
        ..shop
    }
}

/// Thirty-six components in four tiers, thirty requests.
pub(crate) fn crowd() -> RunResult {
    let name = |at: u32| format!("service-{at:02}");
    let mut edges = vec![edge("clients", "service-00", 4_000.0)];
    for at in 1..36_u32 {
        edges.push(edge(&name(at / 6), &name(at), 4_000.0 / f64::from(at)));
        if at > 12 {
            edges.push(edge(&name(at / 3 + 1), &name(at), 17.0 * f64::from(at)));
        }
    }
    let parts = (0..36_u32).map(|at| {
        component(
            &name(at),
            "service",
            1 + at % 5,
            f64::from(at * 29 % 97) / 100.0,
        )
    });
    let asked = (0..30_u32).map(|at| {
        endpoint(
            &format!("clients: {}.get", name(at)),
            Role::Request,
            10.0 + f64::from(at),
            0.002 * f64::from(1 + at),
        )
    });
    let lines = (0..30_u32).map(|at| CostLine {
        item: name(at),
        detail: "2 × aws/m7g.large".into(),
        per_month: 900.0 / f64::from(1 + at),
        source: String::new(),
    });
    RunResult {
        model: "crowd".into(),
        endpoints: asked.collect(),
        components: parts.collect(),
        topology: edges,
        timeline: timeline(400, false),
        cost: Cost {
            lines: lines.collect(),
            ..cost()
        },
        ..shop()
    }
}

/// The shop beside the shop with a second cache.
pub(crate) fn comparison() -> Comparison {
    let mut second = shop();
    second.model = "shop-two-caches".into();
    second.file = "models/shop-two-caches.yaml".into();
    let difference =
        |of: &str, metric: &str, unit: &str, (first, by, half): (f64, f64, f64), preference| {
            Difference {
                of: of.into(),
                metric: metric.into(),
                unit: unit.into(),
                first: near(first, 0.03),
                second: near(first + by, 0.03),
                difference: Estimate {
                    low: Some(by - half),
                    high: Some(by + half),
                    ..near(by, 0.0)
                },
                variance_reduction: Some(3.4),
                preference,
                more_replications: None,
            }
        };
    let mut differences = vec![
        difference(
            "web.checkout",
            "p99",
            "s",
            (0.412, -0.061, 0.012),
            Preference::Better,
        ),
        difference(
            "web.product",
            "p50",
            "s",
            (0.021, -0.000_9, 0.000_4),
            Preference::Better,
        ),
        difference(
            "catalog",
            "utilisation",
            "share",
            (0.83, -0.31, 0.01),
            Preference::Better,
        ),
        difference(
            "all",
            "success",
            "share",
            (0.999_1, 0.000_2, 0.000_5),
            Preference::NotResolved,
        ),
        difference(
            "all",
            "cost",
            "USD/month",
            (1_043.2, 24.53, 0.1),
            Preference::Worse,
        ),
        difference(
            "all",
            "throughput",
            "1/s",
            (688.0, 0.0, 0.0),
            Preference::Same,
        ),
        difference(
            HOSTILE,
            "p99",
            "s",
            (1.2, 0.3, 0.9),
            Preference::NotResolved,
        ),
    ];
    differences[3].more_replications = Some(40);
    differences[5].difference = bare(Some(0.0), Status::Ok);
    differences[6].difference = bare(Some(0.3), Status::TooShort);
    Comparison {
        format: COMPARISON_FORMAT.into(),
        first: shop(),
        second,
        differences,
        only: vec![
            "`page-cache` is only in shop-two-caches.".into(),
            HOSTILE.into(),
        ],
    }
}

//! Tidy tables for spreadsheets and notebooks: a row per number, full precision, units in their own column.

use csv::{Writer, WriterBuilder};

use super::text::plain;
use crate::analysis::{Band, Comparison, Estimate, Preference, Role, RunResult, Status, TimePoint};

/// A line of `summary.csv` before its estimate.
struct Row<'a> {
    section: &'a str,
    name: &'a str,
    metric: &'a str,
    unit: &'a str,
}

/// `summary.csv`: `section,name,metric,unit,value,low,high,level,n,method,status`, a row per estimate of the run.
/// Numbers without an interval have the method `none`.
pub fn summary(result: &RunResult) -> String {
    let mut out = table(&[
        "section", "name", "metric", "unit", "value", "low", "high", "level", "n", "method",
        "status",
    ]);
    endpoints(&mut out, result);
    components(&mut out, result);
    for pool in &result.pools {
        let numbers = [
            ("utilisation", "share", &pool.utilisation),
            ("wait.mean", "s", &pool.wait),
            ("failed", "share", &pool.failed),
        ];
        for (metric, unit, of) in numbers {
            put(
                &mut out,
                &Row {
                    section: "pool",
                    name: &pool.name,
                    metric,
                    unit,
                },
                of,
            );
        }
    }
    groups(&mut out, result);
    for of in &result.objectives {
        let row = Row {
            section: "objective",
            name: &of.name,
            metric: &of.metric,
            unit: &of.unit,
        };
        put(&mut out, &row, &of.estimate);
    }
    for of in &result.expectations {
        let row = Row {
            section: "expectation",
            name: &of.of,
            metric: &of.metric,
            unit: &of.unit,
        };
        put(&mut out, &row, &of.estimate);
    }
    if !result.cost.currency.is_empty() {
        let unit = format!("{}/month", result.cost.currency);
        let row = Row {
            section: "cost",
            name: "all",
            metric: "cost",
            unit: &unit,
        };
        put(&mut out, &row, &result.cost.per_month);
        for line in &result.cost.lines {
            bare(
                &mut out,
                &Row {
                    section: "cost",
                    name: &line.item,
                    metric: "cost",
                    unit: &unit,
                },
                line.per_month,
            );
        }
    }
    finished(out)
}

fn endpoints(out: &mut Writer<Vec<u8>>, result: &RunResult) {
    for endpoint in &result.endpoints {
        let section = if endpoint.role == Role::Request {
            "request"
        } else {
            "call"
        };
        let latency = &endpoint.latency;
        let row = |metric, unit| Row {
            section,
            name: &endpoint.name,
            metric,
            unit,
        };
        for (metric, unit, of) in [
            ("rate", "1/s", &endpoint.rate),
            ("throughput", "1/s", &endpoint.throughput),
            ("success", "share", &endpoint.success),
            ("latency.mean", "s", &latency.mean),
            ("latency.sd", "s", &latency.sd),
            ("latency.p50", "s", &latency.p50),
            ("latency.p75", "s", &latency.p75),
            ("latency.p90", "s", &latency.p90),
            ("latency.p95", "s", &latency.p95),
            ("latency.p99", "s", &latency.p99),
            ("latency.p999", "s", &latency.p999),
        ] {
            put(out, &row(metric, unit), of);
        }
        bare(out, &row("latency.max", "s"), latency.max);
        if let Some(wait) = &endpoint.wait {
            put(out, &row("wait.mean", "s"), wait);
        }
        for failure in &endpoint.failures {
            let metric = format!("failed.{}", failure.cause);
            let row = Row {
                section,
                name: &endpoint.name,
                metric: &metric,
                unit: "share",
            };
            put(out, &row, &failure.share);
        }
        for (metric, count) in [
            ("sent", endpoint.sent),
            ("unfinished", endpoint.unfinished),
            ("late", endpoint.late),
        ] {
            bare(out, &row(metric, "requests"), count as f64);
        }
    }
}

fn groups(out: &mut Writer<Vec<u8>>, result: &RunResult) {
    for group in &result.groups {
        let row = |metric, unit| Row {
            section: "group",
            name: &group.name,
            metric,
            unit,
        };
        put(out, &row("throughput", "1/s"), &group.throughput);
        put(out, &row("lag", ""), &group.lag);
        put(out, &row("lag-time", "s"), &group.lag_time);
        put(out, &row("lost", "share"), &group.lost);
        bare(out, &row("lag.max", ""), group.most_lag as f64);
        bare(out, &row("lag-time.max", "s"), group.oldest);
        bare(out, &row("redelivered", "share"), group.redelivered);
        bare(out, &row("duplicates", "share"), group.duplicates);
    }
}

fn components(out: &mut Writer<Vec<u8>>, result: &RunResult) {
    for component in &result.components {
        let row = |metric, unit| Row {
            section: "component",
            name: &component.name,
            metric,
            unit,
        };
        let cores = if component.cpu_unlimited {
            "cores"
        } else {
            "share"
        };
        if let Some(cpu) = &component.cpu {
            put(out, &row("utilisation.cpu", cores), cpu);
        }
        if let Some(slots) = &component.slots {
            put(out, &row("utilisation.slots", "share"), slots);
        }
        for (metric, unit, of) in [
            ("queue", "requests", &component.queue),
            ("in-system", "requests", &component.present),
            ("wait.mean", "s", &component.wait),
            ("arrivals", "1/s", &component.arrivals),
            ("refused", "share", &component.refused),
            ("wasted", "share", &component.wasted),
        ] {
            put(out, &row(metric, unit), of);
        }
        bare(
            out,
            &row("replicas", "replicas"),
            f64::from(component.replicas),
        );
        bare(out, &row("imbalance", "ratio"), component.imbalance);
        bare(out, &row("offered", "share"), component.offered);
        if let Some(cache) = &component.cache {
            put(out, &row("hit", "share"), &cache.hit);
            if let Some(bytes) = &cache.byte_hit {
                put(out, &row("byte hit", "share"), bytes);
            }
            if let Some(stale) = &cache.stale {
                put(out, &row("stale", "share"), stale);
            }
            bare(out, &row("held", "objects"), cache.held);
            if cache.lapsed > 0.0 {
                bare(out, &row("expired", "objects"), cache.lapsed);
            }
            bare(out, &row("evictions", "1/s"), cache.evictions);
            for sites in &cache.sites {
                let name = format!("{} in {}", component.name, sites.region);
                let here = Row {
                    name: &name,
                    ..row("hit", "share")
                };
                put(out, &here, &sites.hit);
            }
            if let Some(offload) = &cache.offload {
                put(out, &row("offloaded requests", "share"), &offload.requests);
                put(out, &row("offloaded bytes", "share"), &offload.bytes);
                bare(out, &row("sent", "B/s"), offload.sent);
            }
        }
        for tier in &component.tiers {
            let name = format!("{} tier {}", component.name, tier.tier);
            let here = |figure, unit| Row {
                name: &name,
                ..row(figure, unit)
            };
            bare(out, &here("objects", "share"), tier.objects);
            put(out, &here("reads", "share"), &tier.reads);
        }
    }
}

/// `timeseries.csv`: `t_s,metric,unit,value`, a row per window and metric; a window without latencies has none.
pub fn timeseries(result: &RunResult) -> String {
    let mut out = table(&["t_s", "metric", "unit", "value"]);
    for point in &result.timeline {
        for (metric, unit, value) in [
            ("born", "1/s", Some(point.born)),
            ("ok", "1/s", Some(point.ok)),
            ("failed", "1/s", Some(point.failed)),
            ("latency.p50", "s", point.p50),
            ("latency.p95", "s", point.p95),
            ("latency.p99", "s", point.p99),
            ("in-progress", "requests", Some(point.in_progress)),
            ("waiting", "requests", Some(point.waiting)),
            ("bottleneck.busy", "share", point.busy),
        ] {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                record(
                    &mut out,
                    &[&written(point.at), metric, unit, &written(value)],
                );
            }
        }
        for (metric, unit, band) in bands(point) {
            for (part, value) in [
                ("low", band.low),
                ("median", band.median),
                ("high", band.high),
            ] {
                let metric = format!("{metric}.{part}");
                record(
                    &mut out,
                    &[&written(point.at), &metric, unit, &written(value)],
                );
            }
        }
    }
    finished(out)
}

/// What has a median line with a band over the replications: name, unit and band.
fn bands(point: &TimePoint) -> Vec<(&'static str, &'static str, Band)> {
    let Some(bands) = point.bands else {
        return Vec::new();
    };
    let of = [
        (
            "over-replications.in-progress",
            "requests",
            Some(bands.in_progress),
        ),
        ("over-replications.latency.p50", "s", bands.p50),
        ("over-replications.latency.p95", "s", bands.p95),
    ];
    of.into_iter()
        .filter_map(|(name, unit, band)| Some((name, unit, band?)))
        .collect()
}

/// `comparison.csv`: `of,metric,unit`, both values, the difference with its interval, and what it says.
pub fn comparison(of: &Comparison) -> String {
    let mut out = table(&[
        "of",
        "metric",
        "unit",
        "first",
        "second",
        "difference",
        "low",
        "high",
        "level",
        "n",
        "status",
        "paired",
        "variance_reduction",
        "preference",
        "weight",
        "more_replications",
    ]);
    for of in &of.differences {
        let difference = &of.difference;
        record(
            &mut out,
            &[
                &of.of,
                &of.metric,
                &of.unit,
                &number(of.first.value),
                &number(of.second.value),
                &number(difference.value),
                &number(difference.low),
                &number(difference.high),
                &difference.level.to_string(),
                &difference.n.to_string(),
                status(difference.status),
                &of.paired.to_string(),
                &number(of.variance_reduction),
                preference(of.preference),
                &number(of.weight),
                &of.more_replications
                    .map_or(String::new(), |more| more.to_string()),
            ],
        );
    }
    finished(out)
}

fn preference(of: Preference) -> &'static str {
    match of {
        Preference::Better => "better",
        Preference::Worse => "worse",
        Preference::Higher => "higher",
        Preference::Lower => "lower",
        Preference::NotResolved => "not-resolved",
        Preference::Same => "same",
        Preference::FirstUnsteady => "first-unsteady",
        Preference::SecondUnsteady => "second-unsteady",
        Preference::BothUnsteady => "both-unsteady",
    }
}

fn status(of: Status) -> &'static str {
    match of {
        Status::Ok => "ok",
        Status::TooShort => "too-short",
        Status::TooFew => "too-few",
        Status::Censored => "censored",
        Status::Unstable => "unstable",
    }
}

fn number(of: Option<f64>) -> String {
    of.filter(|value| value.is_finite())
        .map_or(String::new(), written)
}

fn written(value: f64) -> String {
    super::format::unsigned_zero(value).to_string()
}

fn put(out: &mut Writer<Vec<u8>>, row: &Row, of: &Estimate) {
    record(
        out,
        &[
            row.section,
            row.name,
            row.metric,
            row.unit,
            &number(of.value),
            &number(of.low),
            &number(of.high),
            &of.level.to_string(),
            &of.n.to_string(),
            &of.method,
            status(of.status),
        ],
    );
}

/// A number without an interval.
fn bare(out: &mut Writer<Vec<u8>>, row: &Row, value: f64) {
    let value = number(Some(value));
    record(
        out,
        &[
            row.section,
            row.name,
            row.metric,
            row.unit,
            &value,
            "",
            "",
            "",
            "",
            "none",
            "ok",
        ],
    );
}

fn table(head: &[&str]) -> Writer<Vec<u8>> {
    let mut out = WriterBuilder::new().from_writer(Vec::new());
    record(&mut out, head);
    out
}

fn record(out: &mut Writer<Vec<u8>>, fields: &[&str]) {
    out.write_record(fields.iter().map(|field| plain(field)))
        .expect("memory takes every record, and all records have the length of the head");
}

fn finished(out: Writer<Vec<u8>>) -> String {
    let bytes = out.into_inner().expect("memory can always be flushed");
    String::from_utf8(bytes).expect("only text was written")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::fixture;

    fn rows(text: &str) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(text.as_bytes())
            .records()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn every_estimate_has_a_row_that_reads_back() {
        let result = fixture::shop();
        let text = summary(&result);
        let rows = rows(&text);
        let endpoint = &result.endpoints[0];
        let p99 = rows
            .iter()
            .find(|row| &row[1] == endpoint.name.as_str() && &row[2] == "latency.p99")
            .unwrap();
        assert_eq!(
            p99[4].parse::<f64>().unwrap().to_bits(),
            endpoint.latency.p99.value.unwrap().to_bits()
        );
        assert_eq!(
            p99[5].parse::<f64>().unwrap().to_bits(),
            endpoint.latency.p99.low.unwrap().to_bits()
        );
        let hostile = result
            .components
            .iter()
            .find(|component| component.name.contains('<'))
            .unwrap();
        assert!(
            rows.iter().any(|row| row[1] == hostile.name),
            "names come through as they are"
        );
        assert!(
            rows.iter()
                .any(|row| &row[10] == "censored" && row[5].is_empty())
        );
        assert!(!text.contains("NaN") && !text.contains("inf"));
    }

    #[test]
    fn the_timeline_is_long_and_leaves_out_what_is_not_there() {
        let result = fixture::shop();
        let rows = rows(&timeseries(&result));
        let medians = rows.iter().filter(|row| &row[1] == "latency.p50").count();
        assert_eq!(
            medians,
            result
                .timeline
                .iter()
                .filter(|point| point.p50.is_some())
                .count()
        );
        assert!(medians < result.timeline.len());
    }

    #[test]
    fn a_comparison_has_a_row_per_metric() {
        let of = fixture::comparison();
        assert_eq!(rows(&comparison(&of)).len(), of.differences.len());
    }
}

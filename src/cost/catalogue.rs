//! A small catalogue of machines and their list prices, dated and with sources.
//!
//! It is a start, not an oracle: prices change and discounts are private, so a model can give prices of its own. Every row says when
//! it was true and where it was read.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

/// A machine and its on-demand price.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name in models: `aws/m7g.large`.
    pub sku: String,
    /// Virtual processors.
    pub vcpu: f64,
    /// Memory \[GiB\].
    pub memory_gib: f64,
    /// On-demand price \[USD per hour\].
    pub usd_per_hour: f64,
    /// When the price was true: a date, or `undated` when the source does not say.
    pub as_of: String,
    /// Where it was read, and for which region.
    pub source: String,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows: Vec<Row> = serde_yaml::from_str(include_str!("catalogue.yaml"))
        .expect("the catalogue is a part of the program, and a test reads it");
    rows.sort_by(|a, b| a.sku.cmp(&b.sku));
    rows
});

/// Sizes of an EC2 family in units of its `large` (Amazon EC2 on-demand pricing, 2026-01: within a family, price, processors and
/// memory are proportional to the size).
const SIZES: [(&str, f64); 9] = [
    ("xlarge", 2.0),
    ("2xlarge", 4.0),
    ("4xlarge", 8.0),
    ("8xlarge", 16.0),
    ("12xlarge", 24.0),
    ("16xlarge", 32.0),
    ("24xlarge", 48.0),
    ("32xlarge", 64.0),
    ("48xlarge", 96.0),
];

/// The row of this name: one of the catalogue, or another size of an EC2 family whose `large` is in it.
pub fn lookup(name: &str) -> Option<Cow<'static, Row>> {
    row(name)
        .map(Cow::Borrowed)
        .or_else(|| scaled(name).map(Cow::Owned))
}

fn row(name: &str) -> Option<&'static Row> {
    ROWS.binary_search_by(|row| row.sku.as_str().cmp(name))
        .ok()
        .map(|at| &ROWS[at])
}

fn scaled(name: &str) -> Option<Row> {
    let (family, size) = name.strip_prefix("aws/")?.split_once('.')?;
    let (_, factor) = SIZES.iter().find(|(known, _)| *known == size)?;
    let large = row(&format!("aws/{family}.large"))?;
    Some(Row {
        sku: name.to_owned(),
        vcpu: factor * large.vcpu,
        memory_gib: factor * large.memory_gib,
        usd_per_hour: factor * large.usd_per_hour,
        as_of: large.as_of.clone(),
        source: format!("{factor} × {family}.large of the {}", large.source),
    })
}

/// All names, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.sku.as_str())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn rows_are_found_by_name() {
        let row = lookup("aws/m7g.large").unwrap();
        assert_eq!(
            (row.vcpu.to_bits(), row.memory_gib.to_bits()),
            (2.0_f64.to_bits(), 8.0_f64.to_bits())
        );
        assert!((row.usd_per_hour - 0.0816).abs() < 1e-12 && row.as_of == "2026-01-19");
        assert!((lookup("gcp/e2-standard-2").unwrap().usd_per_hour - 0.067_01).abs() < 1e-12);
        assert_eq!(lookup("aws/m7g"), None);
        let four = lookup("aws/m7i.2xlarge").unwrap();
        assert!(
            (four.usd_per_hour - 0.4032).abs() < 1e-12 && four.vcpu.to_bits() == 8.0_f64.to_bits()
        );
        // The sizes that the list has itself agree with the rule.
        for (listed, scaled) in [("aws/m7i.xlarge", 0.2016), ("aws/c7g.xlarge", 0.145)] {
            assert!((lookup(listed).unwrap().usd_per_hour - scaled).abs() < 1e-9);
            assert!((super::scaled(listed).unwrap().usd_per_hour - scaled).abs() < 1e-9);
        }
        assert_eq!(
            (lookup("aws/t9.2xlarge"), lookup("aws/m7i.3xlarge")),
            (None, None)
        );
    }

    #[test]
    fn every_row_is_unique_priced_and_sourced() {
        assert!(names().is_sorted_by(|a, b| a < b));
        assert!(names().all(|name| name.starts_with("aws/") || name.starts_with("gcp/")));
        for row in ROWS.iter() {
            assert!(
                row.usd_per_hour > 0.01 && row.usd_per_hour < 10.0,
                "{}",
                row.sku
            );
            assert!(row.vcpu >= 1.0 && row.memory_gib >= row.vcpu, "{}", row.sku);
            assert!(
                !row.as_of.is_empty() && row.source.contains("us-"),
                "{}",
                row.sku
            );
        }
    }
}

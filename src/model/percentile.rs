//! Percentiles as they are written: `p50`, `p95`, `p99.9`, from `p1` to `p99.99`; `p999` and the like are the same without the dot.

use super::fields::{Extra, Field, Record};
use super::reader::Reader;
use super::shape::Shape;
use crate::source::{At, Content, Node};
use crate::units::Duration;

/// What a percentile looks like, for editors.
pub(super) const PATTERN: &str = r"^p([1-9][0-9]?(\.[0-9]{1,2})?|9[0-9]{2,3})$";

/// What is said of a name that is none.
pub(super) const RULE: &str = "a percentile is one from `p1` to `p99.99`: `p95`, `p99.9`";

/// The share of values below a percentile; nothing if the name is none.
pub(super) fn share(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let good = match (whole.len(), fraction.len()) {
        (1 | 2, 1 | 2) => true,
        (1 | 2, 0) => !digits.ends_with('.'),
        // Only near the end are digits known to follow a dot that is left out: `p100` is no 10 %.
        (3 | 4, 0) => whole.starts_with('9') && !digits.ends_with('.'),
        _ => false,
    };
    let all = format!("{whole:0>2}{fraction}");
    let plain = all.bytes().all(|byte| byte.is_ascii_digit()) && !whole.starts_with('0');
    let share = format!("0.{all}").parse::<f64>().ok()?;
    (good && plain).then_some(share)
}

/// The name of a percentile.
pub(super) fn name(share: f64) -> String {
    let digits = format!("{:.2}", share * 100.0);
    format!("p{}", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// Whether somebody means a percentile, right or wrong.
pub(super) fn is_meant(name: &str) -> bool {
    let digits = name.strip_prefix('p').unwrap_or_default();
    digits.starts_with(|first: char| first.is_ascii_digit())
}

/// Limits of percentiles of latency, beside other fields of one map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Percentiles(pub Vec<Percent>);

/// A limit of one percentile.
#[derive(Debug, Clone, PartialEq)]
pub struct Percent {
    /// As written: `p99`.
    pub word: At<String>,
    /// The share of values below, from 0.01 to 0.9999.
    pub share: f64,
    /// What it must not exceed.
    pub limit: At<Duration>,
}

/// Those that editors complete and manuals show.
const USUAL: [(&str, &str); 7] = [
    ("p50", "The median of latency, at most."),
    ("p75", "The 75th percentile of latency, at most."),
    ("p90", "The 90th percentile of latency, at most."),
    ("p95", "The 95th percentile of latency, at most."),
    (
        "p99",
        "The 99th percentile of latency, at most; any other from `p1` to `p99.99` likewise.",
    ),
    ("p99.9", "The 99.9th percentile of latency, at most."),
    ("p999", "The same as `p99.9`."),
];

impl Record for Percentiles {
    const NAME: &'static str = "Percentiles";

    fn about() -> String {
        "Limits of percentiles of latency.".to_owned()
    }

    fn fields() -> Vec<Field> {
        let field = |(name, about): (&str, &str)| Field {
            name: name.to_owned(),
            about: about.to_owned(),
            default: None,
            required: false,
            schema: <Duration as Shape>::schema,
        };
        USUAL.map(field).into()
    }

    fn later() -> Vec<&'static str> {
        Vec::new()
    }

    fn never() -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    fn ignored() -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    fn bare() -> Option<&'static str> {
        None
    }

    fn extra() -> Option<Extra> {
        Some(Extra {
            owns: |name| share(name).is_some(),
            is_meant,
            rule: RULE,
            pattern: PATTERN,
            schema: <Duration as Shape>::schema,
        })
    }

    fn take(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Content::Map(entries) = &node.content else {
            return Some(Self::default());
        };
        let mut limits: Vec<Percent> = Vec::new();
        let mut complete = true;
        for entry in entries {
            let Some(share) = share(&entry.key.value) else {
                continue;
            };
            if let Some(same) = limits
                .iter()
                .find(|limit| (limit.share - share).abs() < 1e-9)
            {
                let message = format!("`{}` is the same percentile", same.word.value);
                reader.contradiction(entry.key.place, message);
            }
            match At::<Duration>::read(&entry.value, reader) {
                Some(limit) => limits.push(Percent {
                    word: entry.key.clone(),
                    share,
                    limit,
                }),
                None => complete = false,
            }
        }
        complete.then_some(Self(limits))
    }

    fn show_into(&self, entries: &mut Vec<(String, Node)>) {
        let shown = self.0.iter().filter_map(|limit| {
            let value = limit.limit.show()?;
            Some((limit.word.value.clone(), value))
        });
        entries.extend(shown);
    }
}

/// What a percentile of something looks like, for editors: `latency.p95`.
pub(super) fn pattern_of(of: &str) -> String {
    let inner = PATTERN.trim_start_matches('^');
    format!("^({of})\\.{inner}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_percentile_has_a_name() {
        let good = [
            ("p1", 0.01),
            ("p50", 0.5),
            ("p95", 0.95),
            ("p99.9", 0.999),
            ("p999", 0.999),
            ("p99.99", 0.9999),
            ("p9999", 0.9999),
            ("p12.5", 0.125),
            ("p2.25", 0.0225),
            ("p995", 0.995),
        ];
        for (text, expected) in good {
            let found = share(text);
            assert!(
                found.is_some_and(|found| (found - expected).abs() < 1e-12),
                "{text}: {found:?}"
            );
        }
        for text in [
            "p0", "p100", "p05", "p", "p99.", "p99.999", "p125", "p99999", "95", "pp", "p9x", "p-1",
        ] {
            assert_eq!(share(text), None, "{text}");
        }
        for text in ["p1", "p50", "p99.9", "p99.99", "p12.5", "p29", "p58"] {
            assert_eq!(share(text).map(name).as_deref(), Some(text));
        }
    }
}

//! `--matters`: from where on a difference between two architectures is worth a word.

use crate::analysis::Matters;
use crate::units::Share;

/// What matters of one kind of number: a part of the first side's, or percentage points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matter {
    kind: Kind,
    size: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Latency,
    Success,
    Throughput,
    Cost,
    Utilisation,
}

const KINDS: [(&str, Kind); 5] = [
    ("latency", Kind::Latency),
    ("success", Kind::Success),
    ("throughput", Kind::Throughput),
    ("cost", Kind::Cost),
    ("utilisation", Kind::Utilisation),
];

impl Matter {
    /// Replaces what was said of its kind.
    pub(super) fn enter(&self, matters: &mut Matters) {
        let place = match self.kind {
            Kind::Latency => &mut matters.latency,
            Kind::Success => &mut matters.success,
            Kind::Throughput => &mut matters.throughput,
            Kind::Cost => &mut matters.cost,
            Kind::Utilisation => &mut matters.utilisation,
        };
        *place = self.size;
    }
}

/// Reads `latency=5%` or `utilisation=5pp`.
pub(super) fn matter(text: &str) -> Result<Matter, String> {
    let example = "what matters is said as in latency=5% or utilisation=5pp";
    let (name, size) = text.split_once('=').ok_or(example)?;
    let (name, size) = (name.trim(), size.trim());
    let kind = KINDS.iter().find(|(known, _)| *known == name);
    let Some((_, kind)) = kind else {
        let known = KINDS.map(|(known, _)| known).join(", ");
        return Err(format!("`{name}` is none of {known}"));
    };
    // Shares differ by percentage points: 5 % of 2 % would be something else.
    let absolute = matches!(kind, Kind::Success | Kind::Utilisation);
    let number = match (size.strip_suffix("pp"), absolute) {
        (Some(points), true) => format!("{}%", points.trim_end()),
        (None, false) => size.to_owned(),
        (None, true) => {
            return Err(format!(
                "`{name}` differs by percentage points, as in {name}=2pp"
            ));
        }
        (Some(_), false) => {
            return Err(format!("`{name}` differs by a part of it, as in {name}=2%"));
        }
    };
    let size = number.parse::<Share>().map_err(|error| error.to_string())?;
    Ok(Matter {
        kind: *kind,
        size: size.get(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_differ_by_points_and_the_rest_by_parts() {
        let size = |text: &str| matter(text).map(|of| of.size);
        assert_eq!(size("latency=5%"), Ok(0.05));
        assert_eq!(size("success = 0.01pp"), Ok(0.000_1));
        assert_eq!(size("utilisation=2 pp"), Ok(0.02));
        assert_eq!(size("cost=0%"), Ok(0.0));
        for wrong in [
            "latency",
            "latency=5pp",
            "utilisation=5%",
            "speed=1%",
            "cost=x",
            "cost=-1%",
        ] {
            assert!(matter(wrong).is_err(), "{wrong}");
        }
        let mut matters = Matters::default();
        let found = matter("cost=3%");
        assert!(found.is_ok_and(|found| {
            found.enter(&mut matters);
            (matters.cost - 0.03).abs() < 1e-12
        }));
    }
}

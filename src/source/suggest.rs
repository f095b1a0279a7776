//! "Did you mean …?": the known name that is nearest to a mistyped one.

/// The candidate nearest to `name`, if one is near enough to be meant.
///
/// Near is a Damerau-Levenshtein distance (letters inserted, dropped, changed or swapped) of at most a third of the
/// longer name and never more than 3; a candidate that is the same but for case, `-` and `_` always is. Ties go to the
/// candidate named first.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 80;
    if name.chars().count() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(name);
    let distance = |candidate: &str| {
        let known = plain(candidate);
        let distance = strsim::damerau_levenshtein(&wanted, &known);
        let most = (wanted.chars().count().max(known.chars().count()) / 3).clamp(1, 3);
        (distance <= most && distance < known.chars().count()).then_some(distance)
    };
    let near = candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 2 * LONGEST);
    near.filter_map(|candidate| distance(candidate).map(|distance| (distance, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for an unknown name: the nearest known one, or all of them if they are few.
pub fn hint<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    const FEW: usize = 12;
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(nearest) = nearest(name, candidates.iter().copied()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let list = || {
        candidates
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    (1..=FEW)
        .contains(&candidates.len())
        .then(|| format!("known here: {}", list()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_recognised() {
        let names = ["payments", "replicas", "concurrency", "rtt", "per-caller"];
        let expected = [
            ("paymnts", Some("payments")),
            ("replcias", Some("replicas")),
            ("Concurrency", Some("concurrency")),
            ("per_caller", Some("per-caller")),
            ("rt", Some("rtt")),
            ("x", None),
            ("volume", None),
        ];
        for (name, nearest) in expected {
            assert_eq!(super::nearest(name, names), nearest, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }

    #[test]
    fn without_a_near_name_few_are_listed() {
        assert_eq!(
            hint("paymnts", ["payments"]).as_deref(),
            Some("did you mean `payments`?")
        );
        assert_eq!(
            hint("zzz", ["a", "b"]).as_deref(),
            Some("known here: `a`, `b`")
        );
        assert_eq!(hint("zzz", []), None);
    }
}

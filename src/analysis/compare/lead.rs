//! What a comparison says first: who is who, which verdicts change, and one sentence.

use crate::analysis::result::{
    Comparison, Difference, Judged, Matters, Preference, RunResult, Verdict,
};
use crate::analysis::words;

/// How a comparison is to be made and told.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What the first and the second are called; chosen from models and files where nothing is said.
    pub names: [Option<String>; 2],
    /// From where on a difference matters.
    pub matters: Matters,
}

/// Names in a sentence before the rest are only counted.
const NAMED: usize = 3;

/// Names that tell both sides apart: those that were given; else the models', with what makes the second another.
pub(super) fn names(first: &RunResult, second: &RunResult, terms: &Terms) -> [String; 2] {
    let title = |of: &RunResult| match of.file.split_once(" with ") {
        Some((file, settings)) => (file.to_owned(), Some(settings.to_owned())),
        None => (of.file.clone(), None),
    };
    let (one, two) = (title(first), title(second));
    let with = |of: &RunResult, settings: &Option<String>| match settings {
        Some(settings) => format!("{} with {settings}", of.model),
        None => of.model.clone(),
    };
    let own = if first.model != second.model {
        [first.model.clone(), second.model.clone()]
    } else if one.1 != two.1 {
        [with(first, &one.1), with(second, &two.1)]
    } else if one.0 != two.0 {
        [first.file.clone(), second.file.clone()]
    } else if first.run.seed != second.run.seed {
        [first, second].map(|of| format!("{} with seed {}", of.model, of.run.seed))
    } else {
        [first.model.clone(), format!("{} again", second.model)]
    };
    let [given_one, given_two] = terms.names.clone();
    let [own_one, own_two] = own;
    [given_one.unwrap_or(own_one), given_two.unwrap_or(own_two)]
}

/// The objectives of both by name, those whose verdict changes first.
pub(super) fn objectives(first: &RunResult, second: &RunResult) -> Vec<Judged> {
    let verdict = |of: &RunResult, name: &str| {
        let found = of
            .objectives
            .iter()
            .find(|objective| objective.name == name);
        found.map(|objective| objective.verdict)
    };
    let mut names: Vec<&String> = Vec::new();
    for objective in first.objectives.iter().chain(&second.objectives) {
        if !names.contains(&&objective.name) {
            names.push(&objective.name);
        }
    }
    let judged = names.into_iter().map(|name| Judged {
        name: name.clone(),
        first: verdict(first, name),
        second: verdict(second, name),
    });
    let mut judged: Vec<Judged> = judged.collect();
    judged.sort_by_key(|of| of.first == of.second);
    judged
}

/// The answer in a sentence: what cannot be served, else verdicts that change, else what differs most; and the bill.
pub(super) fn sentence(of: &Comparison) -> String {
    let names = of.names.each_ref().map(|name| format!("`{name}`"));
    let mut clauses = match unsteady(of, &names) {
        Some(clause) => vec![clause],
        None => verdicts(of, &names),
    };
    if clauses.is_empty() {
        clauses.push(largest(of, &names));
        clauses.extend(agreed(&of.objectives));
    }
    clauses.extend(bill(of, &names));
    let mut sentence = clauses.join("; ");
    sentence.push('.');
    if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &first);
    }
    sentence
}

/// What the regime of a run keeps it from; `None` when nothing does.
fn lacks(of: &RunResult) -> Option<(&'static str, &'static str)> {
    match of.run.regime.as_str() {
        "overload" => Some(("cannot serve its load", "can")),
        "trend" | "periodic" | "two-states" => Some(("has no steady state", "has one")),
        _ => None,
    }
}

fn unsteady(of: &Comparison, [a, b]: &[String; 2]) -> Option<String> {
    match (lacks(&of.first), lacks(&of.second)) {
        (None, None) => None,
        (Some(("cannot serve its load", _)), Some(("cannot serve its load", _))) => {
            Some(format!("neither {a} nor {b} can serve its load"))
        }
        (Some((one, _)), Some((two, _))) => Some(format!("{a} {one} and {b} {two}")),
        (None, Some((lack, other))) => Some(format!("{b} {lack}, {a} {other}")),
        (Some((lack, other)), None) => Some(format!("{a} {lack}, {b} {other}")),
    }
}

/// A clause for every way in which verdicts change.
fn verdicts(of: &Comparison, [a, b]: &[String; 2]) -> Vec<String> {
    let word = |verdict| match verdict {
        Verdict::Pass => "passes",
        Verdict::Fail => "fails",
        Verdict::Undecided => "leaves undecided",
    };
    let order = [Verdict::Pass, Verdict::Fail, Verdict::Undecided];
    let mut clauses = Vec::new();
    for second in order {
        for first in order.into_iter().filter(|first| *first != second) {
            let changed = of.objectives.iter();
            let changed = changed.filter(|of| (of.first, of.second) == (Some(first), Some(second)));
            let names: Vec<String> = changed.map(|of| format!("`{}`", of.name)).collect();
            if !names.is_empty() {
                let (one, two) = (word(first), word(second));
                clauses.push(format!("{b} {two} {}, which {a} {one}", listed(&names)));
            }
        }
    }
    clauses
}

/// `a`, `a and b`, `a, b, c and 4 more`.
fn listed(names: &[String]) -> String {
    let shown = names.len().min(NAMED);
    let more = names.len() - shown;
    match (&names[..shown], more) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What objectives say that say the same of both.
fn agreed(objectives: &[Judged]) -> Option<String> {
    let names: Vec<String> = objectives
        .iter()
        .map(|of| format!("`{}`", of.name))
        .collect();
    let all = |verdict| {
        objectives
            .iter()
            .all(|of| of.first == Some(verdict) && of.second == of.first)
    };
    let what = listed(&names);
    match () {
        () if objectives.is_empty() => None,
        () if all(Verdict::Pass) => Some(format!("both pass {what}")),
        () if all(Verdict::Fail) => Some(format!("both fail {what}")),
        () => Some("no verdict changes".to_owned()),
    }
}

/// The numbers that matter, and the one that differs most. Utilisation is neither better nor worse, and the bill has its own clause.
fn largest(of: &Comparison, [_, b]: &[String; 2]) -> String {
    let is =
        |preference| move |of: &&Difference| of.preference == preference && of.metric != "cost";
    let count = |preference| of.differences.iter().filter(is(preference)).count();
    let (better, worse) = (count(Preference::Better), count(Preference::Worse));
    let judged = |of: &&Difference| {
        matches!(of.preference, Preference::Better | Preference::Worse) && of.metric != "cost"
    };
    let Some(most) = of.differences.iter().find(judged) else {
        let known =
            |of: &Difference| of.preference != Preference::NotResolved || of.metric == "cost";
        return if of.differences.iter().all(known) {
            "no number that users see differs by as much as matters".to_owned()
        } else {
            "no difference that users see and that matters is resolved".to_owned()
        };
    };
    let verdict = match (better, worse) {
        (_, 0) => format!("is better in {better} {}", numbers(better)),
        (0, _) => format!("is worse in {worse} {}", numbers(worse)),
        _ => format!(
            "is better in {better} {} and worse in {worse}",
            numbers(better)
        ),
    };
    format!("{b} {verdict}, most in {}", told(most))
}

fn numbers(count: usize) -> &'static str {
    if count == 1 { "number" } else { "numbers" }
}

/// `the p99 of `visitors`: 45.7 ms instead of 71 ms (−36 %)`.
fn told(of: &Difference) -> String {
    let value = |value: Option<f64>| {
        value.map_or_else(
            || "nothing".to_owned(),
            |value| words::in_unit(value, &of.unit),
        )
    };
    let (first, second) = (value(of.first.value), value(of.second.value));
    let part = if of.unit == "share" {
        None
    } else {
        relative(of)
    };
    let part = part.map_or_else(String::new, |part| format!(" ({part})"));
    format!(
        "the {} of `{}`: {second} instead of {first}{part}",
        of.metric, of.of
    )
}

/// The difference in per cent of the first, with its sign.
fn relative(of: &Difference) -> Option<String> {
    let first = of.first.value.filter(|first| *first != 0.0)?.abs();
    let part = of.difference.value? / first;
    let sign = if part < 0.0 { "−" } else { "+" };
    Some(format!("{sign}{}", words::share(part.abs())))
}

/// What the bill says, if there is one.
fn bill(of: &Comparison, [_, b]: &[String; 2]) -> Option<String> {
    let cost = of.cost()?;
    let by = cost.difference.value?;
    let money = words::in_unit(by.abs(), &cost.unit);
    let part = relative(cost).map_or_else(String::new, |part| format!(" ({part})"));
    match cost.preference {
        Preference::Better => Some(format!("{b} costs {money} less{part}")),
        Preference::Worse => Some(format!("{b} costs {money} more{part}")),
        Preference::Same => Some("both cost the same".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_three_and_count_the_rest() {
        let names = |count: usize| -> Vec<String> { (0..count).map(|at| at.to_string()).collect() };
        assert_eq!(listed(&names(1)), "0");
        assert_eq!(listed(&names(2)), "0 and 1");
        assert_eq!(listed(&names(3)), "0, 1 and 2");
        assert_eq!(listed(&names(5)), "0, 1, 2 and 2 more");
    }
}

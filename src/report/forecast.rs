//! The plan of a run in words: how long, how many, why, and how long it will take.

use std::fmt::Write as _;

use super::format;
use super::terminal::Look;
use super::text::{plain, shortened, wrapped};
use crate::lab::{Forecast, Work};

/// The plan of a run, for a terminal.
pub fn forecast(of: &Forecast, look: Look) -> String {
    let width = look.columns();
    let mut out = format!(
        "{}  {}\n",
        look.bold(&shortened(&plain(&of.model), width / 2)),
        shortened(&plain(&of.file), width / 2 - 2)
    );
    let mut say = |title: &str, sentences: &[String]| {
        let _ = writeln!(out, "\n{}", look.bold(title));
        for sentence in sentences {
            out += &wrapped("  ", &plain(sentence), width);
        }
    };
    say("Length", &of.reasons);
    say("Replications", &replications(of));
    say("Work", &work(of));
    say("Time", &time(of));
    out
}

fn replications(of: &Forecast) -> Vec<String> {
    let looks: Vec<String> = of.looks.iter().map(ToString::to_string).collect();
    let [first, later @ ..] = looks.as_slice() else {
        return Vec::new();
    };
    if later.is_empty() {
        return vec![format!("{first}, as asked.")];
    }
    vec![
        format!(
            "{first} at first; then looks at {} of them, until the numbers that objectives ask for are known to ±{}.",
            later.join(", "),
            format::share(of.precision)
        ),
        format!("About {} are expected: {}.", of.expected, of.because),
        "The first ones may show that they have to be longer, and are then made again.".to_owned(),
    ]
}

fn work(of: &Forecast) -> Vec<String> {
    let said = |work: &Work| {
        format!(
            "{} and {}",
            format::counted(work.requests as u64, "request", "requests"),
            format::counted(work.events as u64, "event", "events")
        )
    };
    let most = of.looks.last().copied().unwrap_or(of.expected);
    let mut sentences = vec![format!(
        "About {} in {}.",
        said(&of.likely),
        format::counted(u64::from(of.expected), "replication", "replications")
    )];
    if most > of.expected {
        sentences.push(format!(
            "At most about {} in {most} replications of this length.",
            said(&of.most)
        ));
    }
    sentences
}

fn time(of: &Forecast) -> Vec<String> {
    let (Some(trial), Some(likely), Some(most)) = (of.trial, of.likely.seconds, of.most.seconds)
    else {
        return vec!["Nobody knows: in a short trial hardly any time passes.".to_owned()];
    };
    let threads = format::counted(of.threads as u64, "thread", "threads");
    let at_most = if most > likely {
        format!(", and {} at most", format::duration(most))
    } else {
        String::new()
    };
    vec![
        format!(
            "About {} on {threads}{at_most}, if this machine has nothing else to do.",
            format::duration(likely)
        ),
        format!(
            "That is reckoned from a trial: {} of this model took {} on one thread just now, {} a second.",
            format::counted(trial.events, "event", "events"),
            format::duration(trial.wall),
            format::count((trial.events as f64 / trial.wall.max(1e-9)) as u64),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Trial;

    fn planned() -> Forecast {
        let work = |times: f64| Work {
            requests: 142_000.0 * times,
            events: 1_700_000.0 * times,
            seconds: Some(0.21 * times),
        };
        Forecast {
            format: "scaleproof-forecast/1".into(),
            model: "shop".into(),
            file: "models/shop.yaml".into(),
            study: "steady".into(),
            warm_up: 0.394,
            measured: 19.7,
            reasons: vec!["The first 394 ms are cut off: 2 % of what is measured.".into()],
            precision: 0.05,
            looks: vec![16, 24, 36],
            expected: 24,
            because: "at `web`, 60 % busy, about 154,000 requests tell the p99 to ±5 %".into(),
            likely: work(1.0),
            most: work(1.5),
            trial: Some(Trial {
                events: 300_000,
                wall: 0.041,
                simulated: 4.0,
            }),
            threads: 2,
        }
    }

    #[test]
    fn a_plan_reads_well() {
        let text = forecast(&planned(), Look::default());
        for sentence in [
            "  The first 394 ms are cut off: 2 % of what is measured.\n",
            "  16 at first; then looks at 24, 36 of them",
            "  About 24 are expected: at `web`, 60 % busy",
            "  About 142 000 requests and 1.7 million events in 24 replications.\n",
            "  About 210 ms on 2 threads, and 315 ms at most",
            "300 000 events of this model took 41 ms on one thread",
        ] {
            assert!(text.contains(sentence), "no {sentence:?} in\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100));
    }

    #[test]
    fn a_number_that_was_asked_for_is_no_guess() {
        let fixed = Forecast {
            looks: vec![7],
            expected: 7,
            trial: None,
            ..planned()
        };
        let text = forecast(&fixed, Look::default());
        assert!(text.contains("7, as asked.") && !text.contains("expected"));
        assert!(text.contains("Nobody knows"));
    }
}

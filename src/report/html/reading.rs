//! How to read the numbers: the same words at the end of every page.

use super::page::Section;

/// What a reader has to know who was not there when the run was made.
pub(super) fn reading() -> Section {
    let mut section = Section::new("How to read the numbers");
    section.terms = vec![
        (
            "± and the interval",
            "The run was repeated with different chance. The interval is where the long-run value of the model lies \
             at the confidence stated; it says nothing of how true the model is. Where it is lopsided both ends are \
             given instead.",
        ),
        (
            "p50, p95, p99, p99.9",
            "Of the requests that succeeded, so many per cent were answered within this time. Failures are counted \
             beside them, by cause.",
        ),
        (
            "too short, too few",
            "The replications were too short, or too few requests were seen, for an interval to be honest: take the \
             number as a hint and run longer.",
        ),
        (
            "censored",
            "Some requests had not finished when their replication ended; they are slower than all others, so the \
             number is a lower bound.",
        ),
        (
            "unstable",
            "At this load the queue grows without end: there is no steady state, and the number grows with the length \
             of the run.",
        ),
        (
            "Utilisation",
            "Busy time over available time of processors and of slots (requests admitted at once). Waiting grows \
             steeply above 80 %.",
        ),
        (
            "PASS, FAIL, UNDECIDED",
            "A verdict is given only when the whole interval lies on one side of the limit.",
        ),
        (
            "better, worse, not resolved",
            "In a comparison both architectures met the same chance, so that differences are seen with far fewer \
             replications than either number alone would need.",
        ),
        (
            "Digest",
            "A hash of the plan, the seed and every integer measured. Whoever runs the same model with the same seed \
             gets the same digest.",
        ),
    ];
    section
}

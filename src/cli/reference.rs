//! The models whose numbers are known from books and papers, as part of the program: all of `models/reference`.

macro_rules! models {
    ($($name:literal)+) => {
        /// Names and texts.
        pub(super) const MODELS: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../models/reference/", $name, ".yaml")))),+
        ];
    };
}

models! {
    "a-batch-1"
    "a-batch-2"
    "a-breakdown-1"
    "a-dmc-1"
    "a-erlanga-1"
    "a-erlanga-3"
    "a-erlangb-1"
    "a-erlangb-2"
    "a-erlangb-3"
    "a-fluid-1"
    "a-gim1-d"
    "a-gim1-e10"
    "a-gim1-e2"
    "a-gim1-u"
    "a-mbp1-1"
    "a-md1-1"
    "a-md1-2"
    "a-md1-3"
    "a-mdc-1"
    "a-mg1ps-1"
    "a-mginf-1"
    "a-mh21-1"
    "a-mh2c-1"
    "a-mln1-1"
    "a-mm1-1"
    "a-mm1-2"
    "a-mm1-3"
    "a-mm1-5"
    "a-mmc-1"
    "a-mmc-3"
    "a-mmc-5"
    "a-mmc-7"
    "a-mmck-1"
    "a-mmck-2"
    "a-mmck-5"
    "a-mmpp-1"
    "a-order-1"
    "a-prio-np-1"
    "a-setup-1"
    "a-setup-2"
    "a-staffing-1"
    "a-transient-1"
    "b-feedback-1"
    "b-forkjoin-idle"
    "b-forkjoin2-1"
    "b-forkjoin2-2"
    "b-forkjoinn-1"
    "b-jackson-1"
    "b-mva-bolch83"
    "b-mva-bolch84"
    "b-mva-jain"
    "b-mva-qsp138"
    "b-open-ps-classes"
    "b-repair-1"
    "b-repair-2"
    "b-tandem-1"
    "c-gast-0.7-d2"
    "c-gast-0.7-d3"
    "c-gast-0.9-d3"
    "c-gast-0.95-d2-few"
    "c-gast-0.95-d2"
    "c-jsq2"
    "c-jsq4"
    "c-leastwork-1"
    "c-redundancy-1"
    "c-redundancy-3"
    "c-rr-10"
    "c-rr-2"
    "c-rr-4"
    "c-split-weighted"
    "c-supermarket-0.5"
    "c-supermarket-0.7"
    "c-supermarket-0.8"
    "c-supermarket-0.9"
    "c-supermarket-0.99"
    "d-cached-db"
    "d-che-1"
    "d-che-2"
    "d-che-3"
    "d-small-1"
    "d-small-2"
    "d-small-3"
    "d-stampede-1"
    "d-trace-clock"
    "d-trace-gdsf"
    "d-trace-lfu"
    "d-trace-lru"
    "d-trace-random"
    "d-trace-sieve"
    "d-ttl-1"
    "d-ttl-2"
    "e-avail-1"
    "e-avail-2"
    "e-backoff-1"
    "e-hedge-exact-1"
    "e-max-exp"
    "e-max-lognormal"
    "e-pool-cap"
    "e-quorum-1"
    "e-quorum-2"
    "e-retrial-1"
    "e-retry-1"
    "e-retry-2"
    "e-retry-budget"
    "e-retry-layers"
    "e-tail-63"
    "e-timeout-goodput"
    "e-tokenbucket-1"
    "f-lqn-01-sanity"
    "f-lqn-04-sanity"
    "f-lqn-05-sanity"
    "f-lqn-06-sanity"
    "f-lqn-07-sanity"
    "f-lqn-10-interlock"
    "f-lqn-15-split-interlock"
    "f-lqn-31-overtaking"
    "f-lqn-50-replication"
    "f-lqn-72-fair"
    "f-lqn-95-async-inf"
    "g-lambda-limits"
    "g-usl-specsdm91"
    "g-usl-synthetic"
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::cli::document::Document;

    #[test]
    fn the_list_is_the_directory() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/models/reference");
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = MODELS
            .iter()
            .map(|(name, _)| format!("{name}.yaml"))
            .collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn every_model_can_be_used_or_says_what_is_missing() {
        for (name, text) in MODELS {
            let document = Document::built_in(name, text, None);
            assert!(
                document.missing().is_some(),
                "{name}: {:?}",
                document.diagnostics
            );
            assert!(
                text.starts_with("# Shows: "),
                "{name} does not say what it shows"
            );
            if let Some(plan) = &document.plan {
                assert_eq!(plan.name, *name);
                assert!(!plan.expectations.is_empty(), "{name} expects nothing");
            }
        }
    }
}

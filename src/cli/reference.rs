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
    "a-erlangb-1"
    "a-mm1-1"
    "a-mm1-2"
    "a-transient-1"
    "b-forkjoin2-1"
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
            let document = Document::built_in(name, text);
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

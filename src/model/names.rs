//! What a name may be: kebab-case, and nothing that YAML takes for a truth value.

use super::reader::shortened;
use crate::source::{Code, codes};

/// The rule as a regular expression, for the schema.
pub(super) const PATTERN: &str = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

const BOOLEANS: [&str; 10] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "~",
];

/// What is wrong with a name: code, message and hint.
pub(super) fn complaint(name: &str) -> Option<(Code, String, Option<String>)> {
    if BOOLEANS.contains(&name.to_lowercase().as_str()) {
        let message = format!("`{name}` cannot be a name: YAML tools read it as a truth value");
        let hint = if name.eq_ignore_ascii_case("no") {
            "write `norway` if it is the country"
        } else {
            "choose a longer name"
        };
        return Some((codes::BOOLEAN_NAME, message, Some(hint.to_owned())));
    }
    if is_kebab_case(name) {
        return None;
    }
    let proposal = kebab_case(name);
    let hint = is_kebab_case(&proposal).then(|| format!("write `{proposal}`"));
    Some((
        codes::BAD_NAME,
        format!(
            "`{}` is no name: small letters, digits and single hyphens, a letter first",
            shortened(name)
        ),
        hint,
    ))
}

/// Whether a name keeps the rule.
pub(super) fn is_kebab_case(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(part)
}

fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    let mut previous_small = false;
    for c in name.chars().take(64) {
        if c.is_ascii_uppercase() && previous_small || !c.is_ascii_alphanumeric() {
            kebab.push('-');
        }
        if c.is_ascii_alphanumeric() {
            kebab.push(c.to_ascii_lowercase());
        }
        previous_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    kebab
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case() {
        for good in ["a", "web", "product-cache", "web2", "s3-fifo", "a-1"] {
            assert_eq!(complaint(good), None, "{good}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "2web",
            "a.b",
            "ä",
            "A",
            "a b",
            "$a",
            &"a".repeat(65),
        ] {
            assert!(
                complaint(bad).is_some_and(|(code, ..)| code == codes::BAD_NAME),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_proposal_is_made_where_one_is_near() {
        let hint = |name: &str| complaint(name).and_then(|(.., hint)| hint);
        assert_eq!(
            hint("productCache").as_deref(),
            Some("write `product-cache`")
        );
        assert_eq!(
            hint("Product_Cache").as_deref(),
            Some("write `product-cache`")
        );
        assert_eq!(hint("42"), None);
    }

    #[test]
    fn truth_values_are_no_names() {
        for name in ["no", "NO", "on", "y", "true", "Off", "null"] {
            assert!(
                complaint(name).is_some_and(|(code, ..)| code == codes::BOOLEAN_NAME),
                "{name}"
            );
        }
    }
}

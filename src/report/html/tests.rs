//! A page must stand alone, escape every name, and keep to the rules that readers who cannot see depend on.
#![expect(clippy::unwrap_used, reason = "tests")]

use crate::report::{charts, fixture, html};

fn pages() -> [String; 4] {
    let run = |result| html::run(&result, &charts::of_run(&result));
    let both = fixture::comparison();
    [
        run(fixture::shop()),
        run(fixture::queue()),
        run(fixture::crowd()),
        html::comparison(&both, &charts::of_comparison(&both)),
    ]
}

#[test]
fn a_page_asks_for_nothing_from_outside() {
    for page in pages() {
        for mark in [
            " src=",
            "url(",
            "@import",
            "<link",
            "<iframe",
            "<script",
            "javascript:",
            "xmlns",
        ] {
            assert!(!page.contains(mark), "{mark}");
        }
        for link in page.split(" href=\"").skip(1) {
            assert!(link.starts_with('#'), "{}", &link[..40]);
        }
        assert!(page.contains("default-src 'none'"));
    }
}

#[test]
fn names_are_words_and_not_marks() {
    let shop = &pages()[0];
    assert!(shop.contains("&lt;script&gt;"));
    assert!(shop.contains("{{ 7*7 }}"), "a name is no template");
    assert!(!shop.contains("<b>study"), "sources are escaped too");
    let mut result = fixture::shop();
    result.model = "\"><img onerror=x>".into();
    result.about = "</title><style>".into();
    let page = html::run(&result, &[]);
    assert!(!page.contains("<img") && page.matches("<style>").count() == 1);
}

#[test]
fn headings_tables_and_drawings_can_be_heard() {
    for page in pages() {
        assert_eq!(page.matches("<h1").count(), 1);
        let tables = page.matches("<table").count();
        assert!(tables > 0 && page.matches("<thead>").count() == tables);
        assert!(page.matches("scope=\"row\"").count() >= tables);
        let drawings = page.matches("<svg ").count();
        assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), drawings);
        assert!(page.contains("<html lang=\"en\">"));
        let document = page.replace("<!DOCTYPE html>\n", "");
        for tag in [
            "section", "table", "tr", "td", "th", "figure", "p", "svg", "ul", "li", "h2",
        ] {
            let opened = document.matches(&format!("<{tag}>")).count()
                + document.matches(&format!("<{tag} ")).count();
            assert_eq!(
                opened,
                document.matches(&format!("</{tag}>")).count(),
                "{tag}"
            );
        }
    }
}

#[test]
fn verdicts_and_headline_numbers_stand_before_all_else() {
    let shop = &pages()[0];
    let place = |words: &str| shop.find(words).unwrap();
    assert!(place("1 of 4 pass") < place("<nav"));
    assert!(place(">FAIL<") < place("<svg"));
    assert!(place("too short") < place("How to read the numbers"));
}

#[test]
fn nothing_is_shown_of_what_is_not_there() {
    let queue = &pages()[1];
    for title in [
        "Objectives",
        "Calls",
        "Caches and pools",
        "Cost",
        "Assumptions",
        "Over time",
    ] {
        assert!(!queue.contains(&format!(">{title}</h2>")), "{title}");
    }
    assert!(queue.contains(">Theory</h2>") && !pages()[0].contains(">Theory</h2>"));
}

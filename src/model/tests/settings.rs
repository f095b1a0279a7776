//! `--set path=value`.

use super::*;
use crate::model::Limit;

const TEXT: &str = "scaleproof: model/1\nname: small\nassumptions: { cpu: { value: 1ms, why: x } }\n\
    data: { goods: { items: 5, popularity: uniform } }\n\
    workloads: { w: { open: { rate: 1/s }, mix: { s.e: 1, j: 2 } } }\n\
    services: { web: { endpoints: { e: { compute: $cpu } } } }\n";

fn set(path: &str, value: &str) -> Model {
    let (model, sources, diagnostics) = reading(TEXT, &[(path, value)]);
    assert!(
        diagnostics.is_empty(),
        "{}",
        render::all(&diagnostics, &sources, render::Colour::Never)
    );
    model.unwrap()
}

fn refused(path: &str, value: &str) -> (String, Vec<String>) {
    let (_, sources, diagnostics) = reading(TEXT, &[(path, value)]);
    let first = diagnostics
        .iter()
        .find(|it| it.code.id.starts_with('E'))
        .unwrap();
    let place = first.place.unwrap();
    assert_eq!(
        sources.get(place.file).unwrap().name,
        "--set",
        "{diagnostics:?}"
    );
    (
        format!("{} {}", first.code.id, sources.slice(place)),
        first.hints.clone(),
    )
}

#[test]
fn fields_may_be_new_and_values_are_yaml() {
    assert_eq!(
        set("services.web.replicas", "8")
            .services
            .get("web")
            .unwrap()
            .replicas
            .unwrap()
            .get(),
        8
    );
    let set_cores = set("services.web.cores", "unlimited");
    assert!(matches!(
        set_cores.services.get("web").unwrap().station.cores.value,
        Limit::Unlimited
    ));
    let choices = set("services.web.balance.power-of-d.choices", "3");
    assert!(format!("{:?}", choices.services.get("web").unwrap().balance).contains('3'));
    let zipf = set("data.goods.popularity", "{ zipf: { exponent: 1.1 } }");
    assert!(format!("{:?}", zipf.data.get("goods").unwrap().popularity).contains("1.1"));
    assert_eq!(set("name", "other").name.0.as_str(), "other");
}

#[test]
fn names_with_dots_stand_in_quotes() {
    for path in [
        "workloads.w.mix.\"s.e\"",
        "workloads.w.mix.'s.e'",
        "workloads.w.mix.j",
    ] {
        let model = set(path, "7");
        assert!(
            model
                .workloads
                .get("w")
                .unwrap()
                .mix
                .iter()
                .any(|(_, weight)| (weight.value - 7.0).abs() < 1e-12),
            "{path}"
        );
    }
}

#[test]
fn an_assumption_is_set_by_its_name_or_its_value() {
    for path in ["assumptions.cpu", "assumptions.cpu.value"] {
        let model = set(path, "9ms");
        assert!(
            format!("{:?}", model.services.get("web").unwrap().endpoints)
                .contains("Constant(9000000.0)"),
            "{path}"
        );
    }
}

#[test]
fn a_path_that_leads_nowhere_is_shown_with_a_proposal() {
    assert_eq!(
        refused("services.wbe.replicas", "8"),
        ("E102 wbe".into(), vec!["did you mean `web`?".into()])
    );
    assert_eq!(
        refused("services.web.replcas", "8"),
        (
            "E102 replcas".into(),
            vec!["did you mean `replicas`?".into()]
        )
    );
    assert_eq!(
        refused("servces.web", "8"),
        (
            "E102 servces".into(),
            vec!["did you mean `services`?".into()]
        )
    );
    assert_eq!(
        refused("data.goods.popularity.zipf.exponent", "1").0,
        "E102 zipf"
    );
    assert_eq!(
        refused("services.web.endpoints.e.compute", "1ms").0,
        "E103 compute"
    );
    for path in [
        "",
        ".",
        "a..b",
        "services.",
        "services.\"web",
        "services.\"web\"x",
        "\"\"",
    ] {
        assert!(refused(path, "1").0.starts_with("E102"), "{path}");
    }
}

#[test]
fn a_wrong_value_is_shown_in_the_argument() {
    assert_eq!(refused("services.web.replicas", "eight").0, "E017 eight");
    assert_eq!(refused("services.web.replicas", "[").0[..4], *"E001");
    assert_eq!(
        refused("services.web", "{ cores: 2GiB, endpoints: {} }").0,
        "E015 2GiB"
    );
    assert_eq!(refused("services.web.replicas", "").0, "E003 ");
    let (_, sources, diagnostics) = reading(TEXT, &[("services.web.replicas", "eight")]);
    let drawing = render::one(
        diagnostics.iter().next().unwrap(),
        &sources,
        render::Colour::Never,
    );
    assert!(
        drawing.contains("--set:1:23") && drawing.contains("services.web.replicas=eight"),
        "{drawing}"
    );
}

#[test]
fn later_settings_win() {
    let (model, _, _) = reading(
        TEXT,
        &[
            ("services.web.replicas", "2"),
            ("services.web.replicas", "5"),
        ],
    );
    assert_eq!(
        model
            .unwrap()
            .services
            .get("web")
            .unwrap()
            .replicas
            .unwrap()
            .get(),
        5
    );
}

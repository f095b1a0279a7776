//! `$name` and `assumptions:`.

use super::*;

#[test]
fn an_assumption_stands_for_any_value_anywhere() {
    let model = good(&with(
        "assumptions: { copies: { value: 3 }, block: { value: [ reply, { compute: $t } ] }, t: { value: 2ms } }\n\
         services: { s: { replicas: $copies, endpoints: { e: $block } } }",
    ));
    let service = model.services.get("s").unwrap();
    assert_eq!(
        (
            service.replicas.unwrap().get(),
            service.endpoints.get("e").unwrap().len()
        ),
        (3, 2)
    );
}

#[test]
fn a_mistake_in_a_value_is_shown_where_it_is_used_and_where_it_stands() {
    let text = with(
        "assumptions: { t: { value: 200 } }\nservices: { s: { endpoints: { e: { compute: $t } } } }",
    );
    assert_eq!(complaints(&text), ["E014 $t"]);
    let (_, sources, diagnostics) = reading(&text, &[]);
    assert_eq!(
        sources.slice(diagnostics.iter().next().unwrap().labels[0].0),
        "200"
    );
}

#[test]
fn names_that_stand_for_nothing_are_said_once() {
    let text = with(
        "assumptions: { page: { value: 1ms } }\nservices: { s: { endpoints: { e: [ { compute: $paeg }, { sleep: $page } ] } } }",
    );
    assert_eq!(complaints(&text), ["E100 $paeg"]);
    let (_, _, diagnostics) = reading(&text, &[]);
    assert_eq!(
        diagnostics.iter().next().unwrap().hints,
        ["did you mean `$page`?"]
    );
    assert_eq!(complaints(&with("about: $5 a month")), ["E100 $5 a month"]);
    assert_eq!(complaints(&with("about: '$5 a month'")), [""; 0]);
}

#[test]
fn what_nothing_uses_is_warned_about() {
    assert_eq!(
        complaints(&with(
            "assumptions: { a: { value: 1 }, b: { value: 2, between: [1, 3] } }"
        )),
        ["W400 a", "W400 b"]
    );
}

#[test]
fn circles_and_floods_are_refused() {
    let circle = with("assumptions: { a: { value: $b }, b: { value: [ $a ] } }\nabout: $a");
    assert_eq!(complaints(&circle)[0], "E101 $a");
    let itself = with("assumptions: { a: { value: { x: $a } } }\nabout: x");
    assert_eq!(complaints(&itself), ["E101 $a"]);
    let chain = (1..40)
        .map(|number| format!("a{number}: {{ value: [ $a{} ] }}, ", number - 1))
        .collect::<Vec<_>>()
        .concat();
    let deep = with(&format!(
        "assumptions: {{ a0: {{ value: [x] }}, {chain} }}\nabout: $a39"
    ));
    assert!(complaints(&deep)[0].starts_with("E101"));
    let wide = vec!["$a0"; 100].join(", ");
    let wider = vec!["$a1"; 100].join(", ");
    let widest = vec!["$a2"; 100].join(", ");
    let bomb = with(&format!(
        "assumptions: {{ a0: {{ value: [x] }}, a1: {{ value: [{wide}] }}, a2: {{ value: [{wider}] }}, a3: {{ value: [{widest}] }} }}\nabout: $a3"
    ));
    assert!(
        complaints(&bomb)
            .iter()
            .any(|complaint| complaint.starts_with("E002"))
    );
}

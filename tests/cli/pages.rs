//! `report.md` as a word processor gets it: by way of pandoc, where that is there.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::desk::Desk;

/// Prices that the model gives itself, an objective that fails, and names that quote.
const MODEL: &str = "\
scaleproof: model/1
name: pages
prices: { box: { per-hour: 0.05 USD } }
workloads: { visitors: { open: { rate: 100/s }, mix: { web.page: 3, web.list-of-everything: 1 } } }
services:
  web:
    replicas: 2
    machine: box
    endpoints:
      page: [ { compute: { exponential: 4ms } }, { call: db.read } ]
      list-of-everything: [ { compute: { exponential: 8ms } }, { call: db.read } ]
databases: { db: { cores: 2, queries: { read: { reads: one, do: { compute: { exponential: 3ms } } } } } }
network: { same-zone: { rtt: 1ms } }
objectives: { quick: { of: web.page, p99: 1ms }, up: { of: workloads.visitors, success: 99.9% } }
";

/// Everything in a document of pandoc that satisfies `wanted`.
fn find<'v>(within: &'v Value, wanted: &dyn Fn(&Value) -> bool, found: &mut Vec<&'v Value>) {
    if wanted(within) {
        found.push(within);
    }
    match within {
        Value::Array(parts) => parts.iter().for_each(|part| find(part, wanted, found)),
        Value::Object(parts) => parts.values().for_each(|part| find(part, wanted, found)),
        _ => {}
    }
}

/// All words within a part, without blanks.
fn letters(within: &Value) -> String {
    let mut found = Vec::new();
    find(
        within,
        &|part| part["t"] == "Str" || part["t"] == "Code",
        &mut found,
    );
    let text = |part: &&Value| match &part["c"] {
        Value::String(text) => text.clone(),
        code => code[1].as_str().unwrap_or_default().to_owned(),
    };
    found.iter().map(text).collect()
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "whoever wonders why it took no time reads it"
)]
fn tables_have_room_in_a_word_processor() {
    let desk = Desk::new();
    desk.put("pages.yaml", MODEL);
    desk.brief(&["run", "pages.yaml", "--out", "pages"]).with(1);
    let markdown = desk.text("pages/report.md");
    assert!(!markdown.contains("\\`"), "a back-tick is escaped");
    let mut pandoc = Command::new("pandoc");
    pandoc
        .args(["--from=markdown", "--to=json"])
        .arg(desk.path().join("pages/report.md"));
    let Ok(output) = pandoc.stdin(Stdio::null()).output() else {
        return println!("pandoc is not there: not tried");
    };
    assert!(output.status.success(), "{output:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut tables = Vec::new();
    find(&document, &|part| part["t"] == "Table", &mut tables);
    assert!(tables.len() > 5);
    for table in tables {
        let columns = table["c"][2].as_array().unwrap();
        assert!(
            columns.len() <= 6,
            "{} columns: {}",
            columns.len(),
            letters(table)
        );
        let widths: Vec<f64> = columns
            .iter()
            .map(|column| column[1]["c"].as_f64().unwrap_or(0.0))
            .collect();
        // pandoc gives no widths where every line is short.
        if widths.iter().all(|width| *width == 0.0) {
            continue;
        }
        let mut rows = Vec::new();
        find(
            &table["c"][4],
            &|part| {
                part.as_array().is_some_and(|row| {
                    row.len() == 2
                        && row[1]
                            .as_array()
                            .is_some_and(|cells| cells.len() == columns.len())
                })
            },
            &mut rows,
        );
        assert!(!rows.is_empty());
        for row in rows {
            for (cell, (column, width)) in row[1]
                .as_array()
                .unwrap()
                .iter()
                .zip(columns.iter().zip(&widths))
            {
                let longest = letters(cell).chars().count() as f64;
                // A page holds some 100 letters of the size of a table; a number is never broken.
                let is_number = column[0]["t"] == "AlignRight";
                assert!(
                    !is_number || longest <= 110.0 * width,
                    "{} in {width}",
                    letters(cell)
                );
            }
        }
    }
    let docx = desk.path().join("report.docx");
    let made = Command::new("pandoc")
        .current_dir(desk.path().join("pages"))
        .args(["--from=gfm", "report.md", "-o"])
        .arg(&docx)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success() && docx.metadata().unwrap().len() > 5_000);
}

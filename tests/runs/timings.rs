//! `--timings`: where the time of a run went.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

use crate::bench::Bench;

/// The numbers of a row; an empty cell is none of that.
fn numbers(row: ElementRef<'_>) -> Vec<f64> {
    let css = select("td.number");
    let cells = row.select(&css).map(|cell| cell.text().collect::<String>());
    cells.map(|text| if text.is_empty() { 0.0 } else { text.parse().unwrap() }).collect()
}

fn select(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

/// Asserts that a number is the sum of the others, each of which was rounded.
#[track_caller]
fn assert_sum(sum: f64, parts: &[f64], rounded: f64, what: &str) {
    let most = rounded * (parts.len() + 1) as f64;
    assert!((sum - parts.iter().sum::<f64>()).abs() <= most, "{what}: {sum} of {parts:?}");
}

#[test]
fn timings_add_up() {
    let bench = Bench::new(&[]);
    let (said, code) = bench.run(&["pkce/wrong", "codes/", "--timings", "timings.html"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(" at once: server "), "{said}");
    let results = bench.results();
    let took: BTreeMap<_, _> = results["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| (case["id"].as_str().unwrap(), case["duration_ms"].as_f64().unwrap() / 1000.0))
        .collect();
    let page = Html::parse_document(&std::fs::read_to_string(bench.path("timings.html")).unwrap());
    let tables: Vec<_> = page.select(&select("tbody")).collect();
    let [totals, cases] = tables.as_slice() else { panic!("{} tables", tables.len()) };
    let rows: Vec<_> = cases.select(&select("tr")).collect();
    let (mut all, mut seen) = (Vec::new(), 0);
    for (index, row) in rows.iter().enumerate() {
        let id = row.select(&select("td")).next().unwrap().text().collect::<String>();
        let numbers = numbers(*row);
        assert_sum(numbers[0], &numbers[1..], 0.0005, &id);
        if row.attr("class") == Some("step") {
            continue;
        }
        let steps = rows[index + 1..].iter().take_while(|row| row.attr("class") == Some("step"));
        let steps: Vec<_> = steps.map(|row| self::numbers(*row)[0]).collect();
        assert_sum(numbers[0], &steps, 0.0005, &id);
        assert_sum(took[id.as_str()], &[numbers[0]], 0.001, &id);
        all.push(numbers);
        seen += 1;
    }
    assert_eq!(seen, took.len());
    for (index, row) in totals.select(&select("tr")).enumerate() {
        let parts: Vec<_> = all.iter().map(|numbers| numbers[index + 1]).collect();
        assert_sum(numbers(row)[0], &parts, 0.005, &format!("phase {index}"));
    }
    // The server was asked, and its answers were judged.
    let of = |index: usize| all.iter().map(|numbers| numbers[index]).sum::<f64>();
    assert!(of(1) > 0.0 && of(6) > 0.0, "{all:?}");
}

//! A run of every case on what no server should answer.

use super::{HTML, JSON, assert_unharmed, refused_in};
use crate::fake::answer_of;

#[test]
fn every_case_meets_what_nobody_should_read() {
    let boxes = "<input type=checkbox>".repeat(2_900);
    let page = format!("<form method=post action=/login>{boxes}<button>Continue</button></form>");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for (path, kind, body) in [("/authorize", HTML, page), ("/token", JSON, deep)] {
        let ran = refused_in(&[], path, move || answer_of(400, &[kind], body.clone()));
        assert_unharmed(&ran, path);
        assert!(ran.cases().len() > 500, "{}", ran.said());
    }
    let ran = refused_in(&[], "/authorize", || answer_of(302, &[("location", "//a.example/")], ""));
    assert_unharmed(&ran, "redirects");
}

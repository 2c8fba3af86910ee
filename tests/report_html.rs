//! The HTML report of servers that answer with what no server should, of runs with trouble, and of
//! whole catalogues: what it holds, and how large it gets.

use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, SILENCE, Setup, answer_of, html};
use crate::inert::assert_inert;
use axum::response::Response;
use scraper::{Html, Selector};

/// Markup, quotes, what steers a terminal or turns a line around, and what is no character.
const ODD: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>-->]]>{{7*7}}&lt;b&gt; \
    \u{1b}[31m\u{9b}2J\u{0}\u{8}\u{202e}desrever\u{2066}\u{200f}\u{feff}\u{fffe}\u{ffff}</pre></details></svg>";

fn page(ran: &Ran) -> String {
    std::fs::read_to_string(ran.folder.path().join("reports/html")).unwrap()
}

/// Cases that look at refusals of both endpoints, and at all there is.
const CASES: &[&str] =
    &["pkce/wrong-verifier", "codes/unknown", "redirect-uri/unregistered-host", "always/"];

/// A run whose server answers like this to whatever is asked at that path.
fn run(path: &'static str, answer: impl Fn() -> Response + Send + Sync + 'static) -> Ran {
    let setup =
        Setup::twisted(
            move |ask: &Ask, sound| {
                if ask.path == path && sound.status() != 200 { answer() } else { sound }
            },
        );
    let ran = authspec(&Fake::start(setup).target(), CASES);
    assert!(!ran.cases().is_empty(), "{}", ran.said());
    ran
}

fn assert_harmless(ran: &Ran, what: &str) {
    let page = page(ran);
    assert_inert(&page, what);
    let steers = |c: &char| {
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || c.is_control() && !matches!(c, '\n' | '\t')
    };
    assert_eq!(page.chars().find(steers), None, "{what}");
    assert!(page.len() < 1 << 20, "{what}: {} bytes", page.len());
}

#[test]
fn markup_of_a_server_is_text() {
    let text = serde_json::to_string(ODD).unwrap();
    let body = format!("{{\"error\":{text},\"error_description\":{text},{text}:[{text}]}}");
    let kinds = [("content-type", "application/json"), ("x-odd", "\"'><script>alert(2)</script>")];
    let ran = run("/token", move || answer_of(400, &kinds, body.clone()));
    assert_harmless(&ran, "token");
    assert!(page(&ran).contains("&#60;script&#62;alert(1)"), "what the server said is not shown");
    let ran = run("/authorize", || html(400, ODD));
    assert_harmless(&ran, "page");
}

#[test]
fn redirects_are_shown_and_lead_nowhere() {
    for to in [
        "javascript:alert(document.domain)//",
        "data:text/html,<script>alert(1)</script>",
        "https://attacker.example/\"><script>alert(1)</script>?code=\"onload=alert(1)",
        "http://[::1",
    ] {
        let ran = run("/authorize", move || answer_of(302, &[("location", to)], ""));
        assert_harmless(&ran, to);
    }
}

#[test]
fn large_bodies_make_no_large_page() {
    let fill = |text: &str| text.repeat((5 << 20) / text.len());
    let long = format!("{{\"error\":\"{}\"}}", fill("e<>&\\\""));
    let keys: Vec<_> = (0..300_000).map(|index| format!("\"{index}<\":[{index}]")).collect();
    for (what, path, kind, body) in [
        ("a long error", "/token", "application/json", long),
        ("many keys", "/token", "application/json", format!("{{{}}}", keys.join(","))),
        ("plain text", "/token", "text/plain", fill("<b>&\" ")),
        ("many lines", "/token", "text/plain", fill("\n")),
        ("a page", "/authorize", "text/html", fill("<p>a")),
    ] {
        let body = axum::body::Bytes::from(body);
        let ran = run(path, move || answer_of(400, &[("content-type", kind)], body.clone()));
        assert_harmless(&ran, what);
    }
}

#[test]
fn what_could_not_be_tried_says_why() {
    let ran = run("/token", || answer_of(503, &[], "later"));
    assert_harmless(&ran, "503");
    let page = Html::parse_document(&page(&ran));
    let case = Selector::parse("details.case.inconclusive .reason p").unwrap();
    let why = page.select(&case).next().unwrap().text().collect::<String>();
    assert!(!why.is_empty());
    let setup =
        Setup::twisted(
            |ask: &Ask, sound| {
                if ask.path == "/token" { answer_of(SILENCE, &[], "") } else { sound }
            },
        );
    let ran = authspec(&Fake::start(setup).target(), &["codes/unknown"]);
    assert_harmless(&ran, "silence");
}

//! What keeps a browser, or those who drive it, from ever coming to an end; and what it may not show.

use std::net::TcpListener;
use std::time::Duration;

use honest::Reserved;

use crate::command::{Ran, authspec_by};
use crate::fake::{Ask, Fake, Setup, html};

const PAGE: &str = "redirect-uri/unregistered-host@native";

/// Cases of one client, each of which comes to that page.
const PAGES: &[&str] = &["redirect-uri/unregistered-host@native", "redirect-uri/longer-path"];

fn refusing(body: &'static str) -> Fake {
    Fake::start(Setup::twisted(move |ask: &Ask, answer| {
        let refuses = ask.path == "/authorize" && answer.status() == 400;
        let of_user =
            body.replace("STATE", ask.get("state")).replace("TO", ask.get("redirect_uri"));
        if refuses { html(400, &of_user) } else { answer }
    }))
}

#[track_caller]
fn assert_case(ran: &Ran, case: &str, verdicts: &[&str]) {
    let cases = ran.cases();
    let found = cases.iter().find(|it| it["id"] == case);
    let found = found.unwrap_or_else(|| panic!("no {case}: {}", ran.said()));
    let is_right = verdicts.iter().any(|verdict| found["verdict"] == *verdict);
    assert!(is_right, "{found}: {}", ran.said());
}

#[test]
fn the_time_of_a_visit_is_the_bound() {
    let fake = refusing("<p>No.<script>for (;;) ;</script>");
    let ran = authspec_by("hybrid", &fake.target(), &[PAGE]);
    assert_case(&ran, PAGE, &["inconclusive"]);
    assert!(ran.took < Duration::from_secs(40), "{:?}: {}", ran.took, ran.said());
}

#[test]
fn where_a_script_leads_to_nobody_the_status_before_says_nothing() {
    let fake = refusing("<script>location = 'http://127.0.0.1:1/'</script>");
    for _ in 0..4 {
        let ran = authspec_by("hybrid", &fake.target(), PAGES);
        assert_case(&ran, PAGE, &["inconclusive"]);
    }
}

#[test]
fn a_driver_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    // They are accepted by the system, and kept for ever.
    let fake = Fake::start(Setup::default());
    let words = [&["--webdriver", &address, "redirect-uri/"], PAGES].concat();
    // The browsers of other tests may have the port of the redirects for longer than this takes.
    let callback = Reserved::new(0).unwrap();
    let target = fake.target().replace("8765", &callback.port().to_string());
    let ran = authspec_by("hybrid", &target, &words);
    assert!(ran.stdout.contains("--agent forms"), "{}", ran.said());
    assert!(ran.took < Duration::from_secs(40), "{:?}: {}", ran.took, ran.said());
    drop(listener);
}

#[test]
fn pages_that_lead_nowhere_are_given_up() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let page = "<form method=post action=/login><input name=username>\
                    <input name=password type=password><button>Sign in</button></form>";
        if ask.path == "/login" { html(200, page) } else { answer }
    });
    let fake = Fake::start(setup);
    let ran = authspec_by("hybrid", &fake.target(), &["pkce/", "redirect-uri/", "codes/"]);
    // Once no client works, that ends the run, maybe before one of them has failed twice.
    let said = ran.said();
    let ends = ["given up after two attempts", "the valid flow does not work for any client"];
    assert!(ends.iter().any(|end| said.contains(end)), "{said}");
    assert!(["[[login]]", "authspec doctor"].iter().any(|way| said.contains(way)), "{said}");
    assert!(ran.took < Duration::from_secs(60), "{:?}: {}", ran.took, ran.said());
}

#[test]
fn a_port_that_another_run_has_costs_no_case() {
    // One of the tests may have it, too.
    let _taken = TcpListener::bind("127.0.0.1:8765");
    let fake = Fake::start(Setup::default());
    let ran = authspec_by("browser", &fake.target(), PAGES);
    PAGES.iter().for_each(|case| assert_case(&ran, case, &["pass"]));
    assert!(ran.took < Duration::from_secs(20), "{:?}", ran.took);
}

#[test]
fn no_picture_shows_a_secret() {
    for (body, is_fit) in [
        ("<p>You typed the-password-of-alice.<script>1</script>", false),
        ("<input type=submit value=the-password-of-alice><script>1</script>", false),
        ("<p>No.<input value=the-password-of-alice><script>1</script>", true),
    ] {
        // It answers a case that is about something else, which warns.
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let refuses = ask.get("code_challenge").is_empty() && ask.path == "/authorize";
            if refuses { html(400, body) } else { answer }
        });
        let case = "pkce/required-for-public";
        let ran = authspec_by("hybrid", &Fake::start(setup).target(), &[case]);
        assert_case(&ran, case, &["warn"]);
        let evidence = ran.folder.path().join("evidence/fake/pkce");
        let text = std::fs::read_to_string(evidence.join("required-for-public.json")).unwrap();
        let has_picture = evidence.join("required-for-public.png").exists();
        let says_so = text.contains("\"no_screenshot\": \"the page shows a secret\"");
        assert_eq!((has_picture, says_so), (is_fit, !is_fit), "{body}: {text}");
    }
}

//! Servers that die, that do not answer, and that are not where they say they are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{assert_verdict, explanation, tried};
use crate::command::{Ran, authspec};
use crate::fake::{Ask, DEATH, Fake, Setup, answer_of};

/// A server that is gone after so many requests.
fn dying(after: usize) -> Setup {
    let count = AtomicUsize::new(0);
    Setup::twisted(move |_, answer| {
        let ends = count.fetch_add(1, Ordering::Relaxed) >= after;
        if ends { answer_of(DEATH, &[], "") } else { answer }
    })
}

#[track_caller]
fn assert_over(ran: &Ran, after: usize) {
    assert!(ran.took < Duration::from_secs(30), "it took {:?}", ran.took);
    let cases = ran.cases();
    assert!(cases.len() > 50, "{}", ran.said());
    let fails =
        cases.iter().filter(|it| ["fail", "warn"].contains(&it["verdict"].as_str().unwrap()));
    let red: Vec<_> = fails.map(|it| format!("{}: {}", it["id"], explanation(it))).collect();
    assert!(red.is_empty(), "{red:#?}");
    let passed = cases.iter().filter(|it| it["verdict"] == "pass").count();
    assert!(passed <= after, "{passed} passed");
    assert_eq!(ran.code, Some(3), "{}", ran.said());
}

#[test]
fn after_death_nothing_passes() {
    for after in [1, 7, 40] {
        assert_over(&tried(dying(after), &["--jobs", "8"]), after);
    }
}

#[test]
fn metadata_of_another_issuer() {
    let fake = Fake::start(Setup::default());
    let target = fake.target().replace(&fake.issuer, &format!("{}/", fake.issuer));
    let ran = authspec(&target, &[]);
    assert_eq!(ran.code, Some(3), "{}", ran.said());
    assert!(ran.stderr.contains("correct `issuer` in the target file"), "{}", ran.said());
    assert!(ran.stderr.contains(&format!("`{}`", fake.issuer)), "{}", ran.said());
}

fn without_metadata(status: u16, body: &'static str) -> Fake {
    Fake::start(Setup::twisted(move |ask: &Ask, answer| {
        let asked = ask.path.contains(".well-known");
        let json = ("content-type", "application/json");
        if asked { answer_of(status, &[json], body) } else { answer }
    }))
}

#[test]
fn metadata_that_is_not_there() {
    for (status, body) in [(404, ""), (200, "not json"), (200, "[]"), (200, ""), (403, "{}")] {
        let fake = without_metadata(status, body);
        let ran = authspec(&fake.target(), &["pkce/wrong-verifier"]);
        assert_eq!(ran.code, Some(3), "{}", ran.said());
        assert!(ran.stderr.contains("endpoint.authorization ="), "{}", ran.said());
        assert!(ran.stderr.contains(&format!("({status}")), "{}", ran.said());
        let by_hand = format!(
            "scope = \"read\"\nendpoint.authorization = \"{0}/authorize\"\n\
             endpoint.token = \"{0}/token\"\n",
            fake.issuer
        );
        let target = fake.target().replace("scope = \"read\"\n", &by_hand);
        let ran = authspec(&target, &["pkce/wrong-verifier", "implicit/metadata"]);
        assert_verdict(&ran, "pkce/wrong-verifier@web", "pass", "");
        assert_verdict(&ran, "implicit/metadata", "not-applicable", "no metadata");
    }
}

#[test]
fn metadata_that_cannot_be_had_just_now() {
    for status in [429, 500, 503] {
        let fake = without_metadata(status, "");
        let ran = authspec(&fake.target(), &["pkce/wrong-verifier"]);
        assert_eq!(ran.code, Some(3), "{}", ran.said());
        assert!(ran.stderr.contains(&status.to_string()), "{}", ran.said());
    }
}

#[test]
fn metadata_without_an_issuer() {
    let fake = without_metadata(200, "{}");
    let ran = authspec(&fake.target(), &["pkce/wrong-verifier"]);
    assert_eq!(ran.code, Some(3), "{}", ran.said());
    assert!(ran.stderr.contains("issuer"), "{}", ran.said());
}

//! Cases that share a code: what is said of them is what would be said of each alone.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::response::Response;

use super::{assert_clean, assert_verdict, tried};
use crate::fake::{Ask, Setup, answer_of};

const WORDS: &[&str] = &["malformed/", "letter-case/", "url-of-a-post/", "pkce/wrong", "pkce/long"];
const JSON: (&str, &str) = ("content-type", "application/json");

/// A server whose answers are twisted, and how many codes it was asked for.
fn counted(
    twist: impl Fn(&Ask, Response) -> Response + Send + Sync + 'static,
) -> (Setup, Arc<AtomicUsize>) {
    let visits = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&visits);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        if ask.path == "/authorize" {
            count.fetch_add(1, Ordering::Relaxed);
        }
        twist(ask, answer)
    });
    (setup, visits)
}

/// A server that voids each code that came with a request which it refused, as Keycloak does.
fn voiding() -> impl Fn(&Ask, Response) -> Response + Send + Sync + 'static {
    let void = Mutex::new(BTreeSet::new());
    move |ask: &Ask, answer: Response| {
        let mut void = void.lock().unwrap();
        let is_void = ask.path == "/token" && !void.insert(ask.get("code").to_owned());
        let refusal = r#"{"error":"invalid_grant"}"#;
        if is_void && answer.status() == 200 { answer_of(400, &[JSON], refusal) } else { answer }
    }
}

#[test]
fn a_code_that_outlives_refusals_serves_several_cases() {
    let (setup, visits) = counted(|_, answer| answer);
    let shared = tried(setup, WORDS);
    assert_clean(&shared);
    let (setup, all_visits) = counted(voiding());
    let alone = tried(setup, WORDS);
    assert_clean(&alone);
    let verdicts = |ran: &crate::command::Ran| -> Vec<_> {
        ran.cases().iter().map(|it| (it["id"].clone(), it["verdict"].clone())).collect()
    };
    assert_eq!(verdicts(&shared), verdicts(&alone));
    let [visits, all_visits] = [visits, all_visits].map(|it| it.load(Ordering::Relaxed));
    assert!(visits + 10 < all_visits, "{visits} visits, {all_visits} where codes are void");
}

#[test]
fn what_is_granted_is_found_among_those_that_share_a_code() {
    for is_void in [false, true] {
        let voiding = voiding();
        let (setup, _) = counted(move |ask, answer| {
            let answer = if is_void { voiding(ask, answer) } else { answer };
            let is_capital = ask.path == "/token" && !ask.get("GRANT_TYPE").is_empty();
            let granted = r#"{"access_token":"one","token_type":"Bearer"}"#;
            if is_capital { answer_of(200, &[JSON], granted) } else { answer }
        });
        let ran = tried(setup, WORDS);
        assert_verdict(&ran, "letter-case/grant-type-in-upper-case", "fail", "200");
        let cases = ran.cases();
        let wrong: Vec<_> = cases.iter().filter(|it| it["verdict"] == "fail").collect();
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
    }
}

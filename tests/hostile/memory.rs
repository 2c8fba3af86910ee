//! Servers that send as much as they can: a run keeps a bounded part of it (H8), and takes each answer
//! apart once (H6).

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::response::Response;
use serde_json::{Map, Value};

use super::{CASES, HTML, JSON, SOON, answer_of, assert_unharmed, refused_by, refused_in};
use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, Setup};

/// Runs on a server all of whose answers go through this: what they are, and their text.
fn swollen(swell: impl Fn(Kind, &str) -> String + Send + Sync + 'static) -> Ran {
    swollen_by(move |kind, answer| {
        let (mut parts, body) = answer.into_parts();
        let text = String::from_utf8(bytes_of(body)).unwrap();
        parts.headers.remove("content-length");
        Response::from_parts(parts, swell(kind, &text).into())
    })
}

fn swollen_by(swell: impl Fn(Kind, Response) -> Response + Send + Sync + 'static) -> Ran {
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap());
        let kind = match kind {
            _ if ask.path.starts_with("/.well-known") => return answer,
            Some(kind) if kind.contains("json") => Kind::Json,
            Some(_) => Kind::Page,
            None => Kind::Redirect,
        };
        swell(kind, answer)
    });
    authspec(&Fake::start(setup).target(), &[CASES, &["pkce/", "redirect-uri/"]].concat())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Json,
    Redirect,
}

/// What the server of the tests answers is there at once.
fn bytes_of(body: Body) -> Vec<u8> {
    let read = to_bytes(body, usize::MAX);
    let mut read = std::pin::pin!(read);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match read.as_mut().poll(&mut context) {
        std::task::Poll::Ready(bytes) => bytes.unwrap().to_vec(),
        std::task::Poll::Pending => panic!("a body that has to be waited for"),
    }
}

/// The text of an object with more in it.
fn with(text: &str, more: impl IntoIterator<Item = (String, Value)>) -> String {
    let mut members: Map<String, Value> = serde_json::from_str(text).unwrap();
    members.extend(more);
    Value::Object(members).to_string()
}

const MUCH: usize = 1_000_000;

#[test]
fn large_bodies() {
    for (path, kind, fill) in [("/token", JSON, " "), ("/authorize", HTML, "<p>a")] {
        let body = axum::body::Bytes::from(fill.repeat((50 << 20) / fill.len()));
        let ran = refused_by(path, move || answer_of(400, &[kind], body.clone()));
        assert_unharmed(&ran, "50 MB");
    }
}

#[test]
fn bodies_of_a_megabyte_everywhere() {
    let ran = swollen(|kind, text| match kind {
        Kind::Json => text.to_owned() + &" ".repeat(MUCH),
        Kind::Page => {
            let more = format!("<p>{}</p>", "more and ".repeat(25));
            text.replace("</body>", &(more.repeat(MUCH / more.len()) + "</body>"))
        }
        Kind::Redirect => "more and more ".repeat(MUCH / 14),
    });
    assert_unharmed(&ran, "large bodies");
    let passed = ran.cases().iter().filter(|it| it["verdict"] == "pass").count();
    assert!(passed > 20, "{}", ran.said());
}

#[test]
fn members_without_number() {
    for count in [15_000, 60_000] {
        let ran = swollen(move |kind, text| match kind {
            Kind::Json => with(text, (0..count).map(|n| (format!("m{n}"), n.into()))),
            _ => text.to_owned(),
        });
        assert_unharmed(&ran, "members");
        assert!(ran.took < Duration::from_secs(25), "{} members: {:?}", count, ran.took);
    }
    let ran = swollen(|kind, text| match kind {
        Kind::Json => text.replacen('{', &format!("{{\"m\":{}{{", "[".repeat(MUCH)), 1),
        _ => text.to_owned(),
    });
    assert_unharmed(&ran, "deep");
    assert!(ran.took < Duration::from_secs(25), "deep: {:?}", ran.took);
}

#[test]
fn secrets_without_number_and_of_any_length() {
    let ran = swollen(|kind, text| match kind {
        Kind::Json if text.contains("access_token") => {
            let tokens: Vec<_> =
                (0..1_900).map(|n| Value::from(format!("token-{n:032}"))).collect();
            with(text, [("refresh_token".to_owned(), tokens.into())])
        }
        _ => text.to_owned(),
    });
    assert_unharmed(&ran, "many tokens");
    let ran = swollen(|kind, text| match kind {
        Kind::Json if text.contains("access_token") => {
            with(text, [("access_token".to_owned(), "a1b2".repeat(MUCH / 5).into())])
        }
        _ => text.to_owned(),
    });
    assert_unharmed(&ran, "a long token");
}

#[test]
fn fields_of_any_length() {
    let ran = swollen_by(|_, mut answer| {
        let long = HeaderValue::from_str(&"long ".repeat(60_000)).unwrap();
        answer.headers_mut().append("x-long", long);
        answer
    });
    assert_unharmed(&ran, "long fields");
    let ran = swollen_by(|_, mut answer| {
        if let Some(to) = answer.headers().get("location").and_then(|to| to.to_str().ok()) {
            let long = format!("{to}&more={}", "x".repeat(200_000));
            let long = HeaderValue::from_str(&long).unwrap();
            answer.headers_mut().insert("location", long);
        }
        answer
    });
    assert_unharmed(&ran, "long addresses");
}

#[test]
fn metadata_that_are_cut_say_nothing() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if !ask.path.starts_with("/.well-known/oauth") {
            return answer;
        }
        let (mut parts, body) = answer.into_parts();
        parts.headers.remove("content-length");
        let text = String::from_utf8(bytes_of(body)).unwrap();
        Response::from_parts(parts, (text + &" ".repeat(2 * MUCH)).into())
    });
    let fake = Fake::start(setup);
    let why = "longer than 1 MiB";
    let ran = authspec(&fake.target(), CASES);
    assert_unharmed(&ran, "cut metadata");
    assert!(ran.code == Some(3) && ran.said().contains(why), "{}", ran.said());
    let named = format!(
        "scope = \"read\"\nendpoint.authorization = \"{0}/authorize\"\nendpoint.token = \"{0}/token\"\n",
        fake.issuer
    );
    let ran = authspec(&fake.target().replace("scope = \"read\"\n", &named), &["metadata/"]);
    assert_unharmed(&ran, "cut metadata, and endpoints by hand");
    let of = |verdict: &str| ran.cases().iter().filter(|it| it["verdict"] == verdict).count();
    assert!(of("inconclusive") > 0 && of("fail") + of("pass") == 0, "{}", ran.said());
    assert!(ran.said().contains(why), "{}", ran.said());
}

#[test]
fn json_that_is_as_dense_as_may_be_is_read_soon() {
    let members = |count: usize| -> String {
        let member = |index: usize| format!("\"m{index}\":{{\"a\":[{index}]}},");
        (0..count).map(member).collect()
    };
    // Each member is three values, of the 10,000 that are read.
    let dense = format!("{{{}\"error\":\"invalid_grant\"}}", members(3_300));
    let plain =
        refused_in(CASES, "/token", || answer_of(400, &[JSON], "{\"error\":\"invalid_grant\"}"));
    let ran = refused_in(CASES, "/token", move || answer_of(400, &[JSON], dense.clone()));
    assert_unharmed(&ran, "dense");
    // Without optimization each of some twenty such answers takes about a fifth of a second, time that
    // grows as their size does.
    assert!(ran.took < SOON / 2, "{:?}, and {:?} for plain answers", ran.took, plain.took);
    // An invariant may have lost what it would look at, as memory is bounded, and says so.
    let is_kept =
        |case: &&serde_json::Value| case["reason"] != "the answers were too long to be kept";
    let cases = ran.cases();
    let kept: Vec<_> = cases.iter().filter(is_kept).collect();
    assert!(kept.len() + 2 > cases.len(), "{}", ran.said());
    for case in kept {
        let other = plain.cases().into_iter().find(|it| it["id"] == case["id"]).unwrap();
        assert_eq!(case["verdict"], other["verdict"], "{}", case["id"]);
    }
}

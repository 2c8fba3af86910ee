//! Where the authorization endpoint sends whoever visits it, and what it shows.

use super::{assert_verdict, location, refusing, tried};
use crate::fake::{Ask, Setup, answer_of, html};
use axum::response::Response;

/// Must end on an error page, as nobody is to be sent anywhere.
const PAGE: &str = "redirect-uri/unregistered-host@native";

/// Must end at the client, with an error.
const CALLBACK: &str = "pkce/required-for-public";

/// What an authorization request with another redirect URI, or one without a challenge, is answered
/// with in place of what a sound server says.
fn refusing_visits(instead: impl Fn(&Ask) -> Response + Send + Sync + 'static) -> Setup {
    Setup::twisted(move |ask: &Ask, answer| {
        let refuses = answer.status().as_u16() >= 400
            || location(&answer).is_some_and(|location| location.contains("error="));
        if ask.path == "/authorize" && refuses { instead(ask) } else { answer }
    })
}

fn redirect(to: &str) -> Response {
    answer_of(302, &[("location", to)], "")
}

#[track_caller]
fn assert_visit(
    instead: impl Fn(&Ask) -> Response + Send + Sync + 'static,
    expected: &[(&str, &str, &str)],
) {
    let ran = tried(refusing_visits(instead), &[PAGE, CALLBACK, "redirect-uri/unknown-client"]);
    for (case, verdict, why) in expected {
        assert_verdict(&ran, case, verdict, why);
    }
}

#[test]
fn trouble_is_no_refusal() {
    for status in [408, 429] {
        let why = format!("answered {status}");
        let expected = [PAGE, CALLBACK].map(|case| (case, "inconclusive", why.as_str()));
        assert_visit(move |_| html(status, "Something went wrong."), &expected);
    }
}

#[test]
fn trouble_in_other_words_is_no_refusal() {
    // What a server says of a request each time it comes, and of no other, is about the request.
    for (error, verdict) in [("server_error", "warn"), ("temporarily_unavailable", "inconclusive")]
    {
        assert_visit(
            move |ask| {
                let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
                redirect(&format!("{uri}?error={error}&state={state}"))
            },
            &[
                (CALLBACK, verdict, error),
                (PAGE, "fail", "https://attacker.example"),
                ("redirect-uri/unknown-client", "fail", error),
            ],
        );
        assert_visit(
            move |_| {
                let body = format!(r#"{{"error":"{error}"}}"#);
                answer_of(400, &[("content-type", "application/json")], body)
            },
            &[(CALLBACK, verdict, error), (PAGE, verdict, error)],
        );
    }
}

#[test]
fn an_error_page_may_have_any_status_and_any_form() {
    for status in [200, 400, 403, 404] {
        assert_visit(
            move |_| html(status, "<h1>Error</h1><p>redirect_uri mismatch</p>"),
            &[(PAGE, "pass", ""), (CALLBACK, "warn", "landing on error-page")],
        );
    }
    for status in [200, 400] {
        let json = r#"{"error":"invalid_request"}"#;
        assert_visit(
            move |_| answer_of(status, &[("content-type", "application/json")], json),
            &[(PAGE, "pass", ""), (CALLBACK, "warn", "error-page")],
        );
    }
    assert_visit(
        |_| answer_of(400, &[("content-type", "text/plain")], "redirect_uri mismatch"),
        &[(PAGE, "pass", ""), (CALLBACK, "warn", "redirect_uri mismatch")],
    );
}

#[test]
fn an_error_page_of_the_servers_own_after_a_redirect() {
    let setup = Setup::twisted(|ask: &Ask, answer| match ask.path.as_str() {
        "/authorize" if answer.status() == 400 => redirect("/error?error=invalid_request"),
        "/error" => html(200, "<h1>Error</h1>"),
        _ => answer,
    });
    let ran = tried(setup, &[PAGE, "redirect-uri/unknown-client"]);
    assert_verdict(&ran, PAGE, "pass", "");
    assert_verdict(&ran, "redirect-uri/unknown-client", "pass", "");
}

/// The same server by another name, which is another origin.
fn by_another_name(ask: &Ask, path: &str) -> Response {
    redirect(&format!("http://{}{path}", ask.host.replace("127.0.0.1", "localhost")))
}

#[test]
fn an_error_page_where_nobody_signs_in() {
    for path in ["/error?error=invalid_request", "/error"] {
        let setup = Setup::twisted(move |ask: &Ask, answer| match ask.path.as_str() {
            "/authorize" if answer.status() == 400 => by_another_name(ask, path),
            "/error" => html(200, "<h1>Error</h1>"),
            _ => answer,
        });
        let ran = tried(setup, &[PAGE, "redirect-uri/unknown-client"]);
        assert_verdict(&ran, PAGE, "pass", "");
        assert_verdict(&ran, "redirect-uri/unknown-client", "pass", "");
    }
    let stray = |ask: &Ask| by_another_name(ask, "/error?code=abc123abc123");
    assert_visit(stray, &[(PAGE, "fail", "code=[code]"), (CALLBACK, "fail", "code=[code]")]);
}

#[test]
fn trouble_in_the_address_of_an_error_page_is_no_refusal() {
    for (error, verdict) in [("server_error", "warn"), ("temporarily_unavailable", "inconclusive")]
    {
        let setup = Setup::twisted(move |ask: &Ask, answer| match ask.path.as_str() {
            "/authorize" if answer.status() == 400 => redirect(&format!("/error?error={error}")),
            "/error" => html(400, "<h1>Error</h1>"),
            _ => answer,
        });
        let ran = tried(setup, &[PAGE, "redirect-uri/unknown-client"]);
        assert_verdict(&ran, PAGE, verdict, error);
        assert_verdict(&ran, "redirect-uri/unknown-client", verdict, error);
    }
}

#[test]
fn an_error_at_the_redirect_uri_that_nobody_registered() {
    assert_visit(
        |ask| {
            let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
            redirect(&format!("{uri}?error=invalid_request&state={state}"))
        },
        &[
            (CALLBACK, "pass", ""),
            (PAGE, "fail", "sent to https://attacker.example"),
            ("redirect-uri/unknown-client", "fail", "landing on callback"),
        ],
    );
}

#[test]
fn a_code_that_goes_astray_is_a_failure_wherever_it_goes() {
    for to in [
        "https://attacker.example/callback",
        "https://attacker.example/elsewhere",
        "/somewhere/of/our/own",
        "com.example.app:/callback",
        "javascript:alert(1)//",
        "data:text/html,hello",
        "file:///etc/passwd",
        "http://127.0.0.1:8765/callback/native",
    ] {
        assert_visit(
            move |ask| redirect(&format!("{to}?code=abc123abc123&state={}", ask.get("state"))),
            &[(PAGE, "fail", "code=[code]"), (CALLBACK, "fail", "code=[code]")],
        );
    }
}

#[test]
fn a_code_that_a_page_hands_over_is_a_failure() {
    for page in [
        "<meta http-equiv=\"refresh\" content=\"0; url=TO\">",
        "<meta http-equiv=Refresh content=\"0;URL='TO'\"><p>You are being sent on.</p>",
        "<p>Please <a href=\"TO\">continue</a>.</p>",
        "<iframe src=\"TO\"></iframe>",
    ] {
        assert_visit(
            move |ask| {
                let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
                let to = format!("{uri}?code=abc123abc123&amp;state={state}");
                html(200, &page.replace("TO", &to))
            },
            &[(PAGE, "fail", "code=[code]"), (CALLBACK, "fail", "code=[code]")],
        );
    }
}

#[test]
fn a_page_that_sends_itself_on_is_no_error_page() {
    let page = |to| format!("<p>Wait.</p><meta http-equiv=refresh content=\"0;url={to}\">");
    let (own, other, none) = (page("/authorize"), page("https://elsewhere.example/"), page(""));
    assert_visit(
        move |_| html(200, &own),
        &[(PAGE, "inconclusive", "on the way"), (CALLBACK, "inconclusive", "on the way")],
    );
    let why = "cannot be reached";
    assert_visit(
        move |_| html(200, &other),
        &[(PAGE, "inconclusive", why), (CALLBACK, "inconclusive", why)],
    );
    assert_visit(
        move |_| html(200, &none),
        &[(PAGE, "inconclusive", "loads itself"), (CALLBACK, "inconclusive", "loads itself")],
    );
    assert_visit(
        |_| answer_of(200, &[("refresh", "0; URL=https://elsewhere.example/"), HTML], "<p>Wait."),
        &[(PAGE, "inconclusive", why), (CALLBACK, "inconclusive", why)],
    );
}

const HTML: (&str, &str) = ("content-type", "text/html");

#[test]
fn an_answer_that_says_nothing_is_no_pass() {
    let json = ("content-type", "application/json");
    for (status, headers, body) in [
        (200, vec![], ""),
        (204, vec![], ""),
        (304, vec![], ""),
        (200, vec![json], "{}"),
        (200, vec![json], r#"{"redirect_to":"https://attacker.example/callback"}"#),
        (200, vec![("content-type", "text/html")], "<!doctype html><title>x</title>"),
    ] {
        assert_visit(
            move |_| answer_of(status, &headers, body),
            &[(PAGE, "inconclusive", "says nothing"), (CALLBACK, "inconclusive", "says nothing")],
        );
    }
}

#[test]
fn an_attackers_host_without_a_code_is_a_failure_too() {
    assert_visit(
        |ask| redirect(ask.get("redirect_uri")),
        &[(PAGE, "fail", "https://attacker.example"), (CALLBACK, "fail", "landing on callback")],
    );
}

#[test]
fn a_form_that_the_valid_flow_never_showed_is_not_answered() {
    let form = "<form method=post action=/odd><input name=email><input type=password name=pin>\
                <button>Sign in</button></form>";
    for status in [200, 401, 403] {
        let why = "never showed";
        assert_visit(
            move |_| html(status, form),
            &[(PAGE, "inconclusive", why), (CALLBACK, "inconclusive", why)],
        );
    }
    let consent = "<form method=post action=/odd><button name=odd>Continue</button></form>";
    assert_visit(
        move |_| html(200, consent),
        &[(PAGE, "inconclusive", "never showed"), (CALLBACK, "inconclusive", "never showed")],
    );
    assert_visit(
        move |_| html(400, consent),
        &[(PAGE, "pass", ""), (CALLBACK, "warn", "landing on error-page 400")],
    );
}

#[test]
fn what_was_granted_before_the_trouble_is_granted() {
    const MODES: &str = "front-channel/modes@native";
    let after = |given: &'static str| {
        Setup::twisted(move |ask: &Ask, answer| {
            let to = |rest: &str| {
                let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
                redirect(&format!("{uri}{rest}&state={state}"))
            };
            match (ask.path.as_str(), ask.get("response_type")) {
                ("/authorize", "token") => to(given),
                ("/authorize", "id_token token") => to("?error=temporarily_unavailable"),
                _ => answer,
            }
        })
    };
    let granted = tried(after("#access_token=abc123abc123&token_type=Bearer"), &[MODES]);
    assert_verdict(&granted, MODES, "warn", "access_token=[access_token]");
    let refused = tried(after("#error=unsupported_response_type"), &[MODES]);
    assert_verdict(&refused, MODES, "inconclusive", "temporarily_unavailable");
}

#[test]
fn circles_end() {
    assert_visit(
        |_| redirect("/authorize"),
        &[(PAGE, "pass", ""), (CALLBACK, "warn", "redirects in a circle")],
    );
}

#[test]
fn who_loses_the_way_once_is_asked_again() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let circles = ask.path == "/authorize" && !ask.get("authspec_unknown").is_empty();
        match circles && count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3 {
            true => redirect("/authorize?authspec_unknown=1"),
            false => answer,
        }
    });
    let ran = tried(setup, &["codes/unknown-parameter"]);
    assert_verdict(&ran, "codes/unknown-parameter", "pass", "");
}

#[test]
fn errors_of_a_page_are_those_of_the_page() {
    let setup = refusing("/authorize", || redirect("/authorize?error=invalid_request"));
    let ran = tried(setup, &[PAGE, "redirect-uri/unknown-client"]);
    assert_verdict(&ran, PAGE, "pass", "");
    let trouble = refusing("/authorize", || redirect("/authorize?error=server_error"));
    assert_verdict(&tried(trouble, &[PAGE]), PAGE, "warn", "crashes (error=server_error)");
    // Where each time round brings something new, it is none.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let setup = refusing("/authorize", move || {
        let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        redirect(&format!("/authorize?error=invalid_request&n={count}"))
    });
    assert_verdict(&tried(setup, &[PAGE]), PAGE, "inconclusive", "on the way");
}

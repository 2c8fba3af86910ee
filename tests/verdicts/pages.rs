//! What pages are, whoever came before, and whose page it is.

use std::collections::BTreeMap;

use axum::response::Response;
use url::form_urlencoded;

use super::{assert_verdict, location, tried};
use crate::command::{Ran, authspec, authspec_by};
use crate::fake::{Ask, Fake, Setup, answer_of, html};

/// The target file of a server that knows OpenID, as far as these cases go.
fn openid(fake: &Fake) -> String {
    fake.target().replace("scope = \"read\"", "scope = \"openid read\"")
}

fn verdicts(ran: &Ran) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    ran.cases().iter().map(|case| (text(&case["id"]), text(&case["verdict"]))).collect()
}

/// Cases that meet pages.
const PAGES: &[&str] = &["consent/", "sign-in/", "pkce/required-for-public", "redirect-uri/unreg"];

#[test]
fn a_second_run_says_what_the_first_said() {
    for (agent, remembers, one_address) in [
        ("forms", true, false),
        ("forms", true, true),
        ("forms", false, true),
        ("hybrid", true, true),
    ] {
        let fake = Fake::start(Setup { remembers, one_address, ..Setup::default() });
        let first = authspec_by(agent, &openid(&fake), PAGES);
        let second = authspec_by(agent, &openid(&fake), PAGES);
        assert_eq!(verdicts(&first), verdicts(&second), "{}", second.said());
        assert_verdict(&second, "consent/refused@web", "pass", "");
        // Nor does it matter which cases are tried.
        for (case, verdict) in verdicts(&first) {
            let alone = authspec_by(agent, &openid(&fake), &[case.as_str()]);
            assert_eq!(verdicts(&alone).get(&case), Some(&verdict), "{case}: {}", alone.said());
        }
    }
}

/// The buttons of a page whose script sends the form otherwise than a browser without scripts.
const SCRIPTED: &str = "<button name=decision value=allow>Allow</button>\
    <button name=decision value=deny>Deny</button><script>addEventListener('submit', async event => {\
    event.preventDefault();\
    const body = new URLSearchParams(new FormData(event.target, event.submitter));\
    body.set('scripted', 'yes');\
    const answer = await fetch(event.target.action, { method: 'POST', body });\
    location = await answer.text();\
    })</script>";

/// That the sign-in page goes on without its script says nothing about the consent page.
#[test]
fn a_form_that_a_script_sends_is_left_to_the_browser() {
    let twist = |ask: &Ask, answer: Response| match (ask.path.as_str(), ask.get("scripted")) {
        ("/consent", "") => html(404, "<p>Not found.</p>"),
        ("/consent", _) => match location(&answer).map(str::to_owned) {
            Some(to) => answer_of(200, &[("content-type", "text/plain")], to),
            None => answer,
        },
        _ => answer,
    };
    let setup = Setup { remembers: true, decision: SCRIPTED, ..Setup::twisted(twist) };
    let fake = Fake::start(setup);
    let first = authspec_by("hybrid", &openid(&fake), PAGES);
    let second = authspec_by("hybrid", &openid(&fake), PAGES);
    assert_eq!(verdicts(&first), verdicts(&second), "{}", second.said());
    assert_verdict(&second, "consent/refused@web", "pass", "");
}

/// A browser follows no redirect to a script or to data, and leaves out a user name.
#[test]
fn redirects_that_a_browser_does_not_follow_are_seen() {
    let setup = Setup::twisted(|ask: &Ask, answer| match location(&answer) {
        None if ask.path == "/authorize" && answer.status() == 400 => {
            let to = format!("{}?error=invalid_request", ask.get("redirect_uri"));
            answer_of(302, &[("location", &to)], "")
        }
        _ => answer,
    });
    let fake = Fake::start(setup);
    let cases = ["redirect-uri/script", "redirect-uri/data", "redirect-uri/userinfo"];
    let ran = authspec_by("browser", &fake.target(), &cases);
    for (case, to) in
        cases.into_iter().zip(["javascript:alert(1)", "data:text/html", "//authspec@"])
    {
        assert_verdict(&ran, case, "fail", to);
    }
}

#[test]
fn a_page_that_only_gives_leave_is_known_by_whoever_meets_it() {
    let decision = "<button name=decision value=allow>Allow</button>";
    let fake = Fake::start(Setup { remembers: true, decision, ..Setup::default() });
    let first = authspec(&openid(&fake), PAGES);
    let second = authspec(&openid(&fake), PAGES);
    assert_eq!(verdicts(&first), verdicts(&second), "{}", second.said());
    let open = verdicts(&second).into_iter().filter(|(_, verdict)| verdict == "inconclusive");
    assert_eq!(open.collect::<Vec<_>>(), [], "{}", second.said());
}

#[test]
fn who_never_asks_cannot_be_refused() {
    let fake = Fake::start(Setup { trusts: true, ..Setup::default() });
    let ran = authspec(&openid(&fake), &["consent/refused"]);
    assert_verdict(&ran, "consent/refused@web", "not-applicable", "lacks = [\"refusal\"]");
    // No way to say no, on a page that is asked for.
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let asks = ask.path == "/authorize" && ask.get("prompt") == "consent";
        let page = "<form method=post action=/x><button>Allow</button></form>";
        if asks { html(200, page) } else { answer }
    });
    let ran = authspec(&openid(&Fake::start(setup)), &["consent/refused"]);
    assert_verdict(&ran, "consent/refused@web", "not-applicable", "lacks = [\"refusal\"]");
}

#[test]
fn a_page_that_may_ask_for_more_is_no_refusal() {
    let asking = |status: u16, page: &'static str| {
        Setup::twisted(move |ask: &Ask, answer| {
            let asks = ask.path == "/authorize" && !ask.get("authspec_unknown").is_empty();
            if asks { html(status, page) } else { answer }
        })
    };
    let renew = "<p>We need to see you again. <form method=post action=/x><button>Renew session</button></form>";
    let nothing = "<p>We do not know authspec_unknown. <a href=/>Home</a>";
    for (status, page, verdict, said) in [
        (200, renew, "inconclusive", "“Renew session” to click"),
        (403, renew, "fail", ""),
        (200, nothing, "fail", ""),
    ] {
        let ran =
            authspec(&openid(&Fake::start(asking(status, page))), &["codes/unknown-parameter"]);
        assert_verdict(&ran, "codes/unknown-parameter", verdict, said);
    }
}

#[test]
fn a_rule_answers_a_page_that_no_valid_flow_has_shown() {
    let asking = |ask: &Ask, answer: Response| {
        let asks = ask.path == "/authorize" && !ask.get("authspec_unknown").is_empty();
        let fields: Vec<_> = ask.params().filter(|it| it.0 != "authspec_unknown").collect();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        if ask.path == "/renewed" {
            return answer_of(303, &[("location", &format!("/authorize?{query}"))], "");
        }
        let hidden = |(name, value): &(&str, &str)| {
            format!("<input type=hidden name=\"{name}\" value=\"{value}\">")
        };
        let hidden: String = fields.iter().map(hidden).collect();
        let page = format!(
            "<form id=renewal method=post action=/renewed>{hidden}<button>Renew session</button></form>"
        );
        if asks { html(200, &page) } else { answer }
    };
    let rule = "\n[[login]]\nshows = \"#renewal\"\nclick = \"#renewal button\"\n";
    for agent in ["forms", "browser"] {
        let fake = Fake::start(Setup::twisted(asking));
        for (rule, verdict) in [("", "inconclusive"), (rule, "pass")] {
            let target = format!("{}{rule}", openid(&fake));
            let ran = authspec_by(agent, &target, &["codes/unknown-parameter"]);
            assert_verdict(&ran, "codes/unknown-parameter", verdict, "");
        }
    }
}

#[test]
fn where_a_sign_in_ends_is_another_matter_than_what_answers_the_password() {
    let leading = |status: u16| {
        Setup::twisted(move |ask: &Ask, answer| match ask.path.as_str() {
            "/login" if ask.get("request").contains("prompt=login") => {
                answer_of(status, &[("location", "/gone")], "")
            }
            "/gone" => html(404, "<p>Not found."),
            _ => answer,
        })
    };
    for (status, sent_on, by_303) in
        [(302, "pass", "warn"), (303, "pass", "pass"), (307, "fail", "pass")]
    {
        // It ignores prompt=login, so that only a new visitor is asked for the password.
        let ran = authspec(&openid(&Fake::start(leading(status))), &["sign-in/"]);
        assert_verdict(&ran, "sign-in/password-sent-on", sent_on, "");
        assert_verdict(&ran, "sign-in/redirect-by-303", by_303, "");
    }
}

#[test]
fn the_whole_address_is_searched() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let (uri, state) = (ask.get("redirect_uri"), ask.get("state"));
        let to = format!("{uri}?code=abc123abc123&state={state}");
        if uri.contains('#') { answer_of(302, &[("location", &to)], "") } else { answer }
    });
    let ran = tried(setup, &["redirect-uri/fragment"]);
    assert_verdict(&ran, "redirect-uri/fragment", "fail", "code=[code]");
}

#[test]
fn a_server_without_pages_has_none_to_frame() {
    let fake = Fake::start(Setup { open: true, trusts: true, ..Setup::default() });
    let ran = authspec_by("hybrid", &fake.target(), &["pages/framed"]);
    assert_verdict(&ran, "pages/framed", "not-applicable", "no page of its own");
    // Those of a server that takes its time are waited for.
    let slow = Fake::start(Setup { delay: 300, ..Setup::default() });
    let ran = authspec_by("hybrid", &slow.target(), &["pages/framed"]);
    assert_verdict(&ran, "pages/framed", "fail", "it shows in a frame");
}

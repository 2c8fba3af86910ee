//! No secret that passes between the harness and a server is ever said or written, however it is
//! spelled: all of them are recorded on the way, and looked for in all that a run leaves behind.

#[path = "redaction/recorder.rs"]
mod recorder;
#[path = "redaction/secrets.rs"]
mod secrets;
#[path = "redaction/words.rs"]
mod words;

use std::path::PathBuf;
use std::time::Duration;

use crate::command::{authspec, authspec_by};
use crate::fake::{Ask, Fake, Setup, answer_of, html};
use crate::written::{report as written_report, written};
use authspec::cli::{AgentArg, RunArgs, prepare};
use authspec::report::{self, Format};
use axum::response::Response;
use clap::ValueEnum;
use honest::Defect;
use recorder::Recorder;
use secrets::Secrets;

/// Asserts that none of the secrets is in any of the texts.
#[track_caller]
fn assert_hidden(secrets: &Secrets, texts: &[(PathBuf, String)]) {
    let search = secrets.search();
    for (place, text) in texts {
        if let Some((name, spelled)) = search.found_in(text) {
            let at = text.find(spelled).unwrap();
            let from = text.floor_char_boundary(at.saturating_sub(100));
            let to = text.ceil_char_boundary((at + spelled.len() + 50).min(text.len()));
            let place = place.display();
            panic!("{place} tells {name}, which is {spelled}:\n…{}…", &text[from..to]);
        }
    }
}

/// Runs all suites against the embedded server with these defects, through the recorder.
#[track_caller]
fn try_honest(defects: &[Defect]) {
    let recorder = Recorder::start(defects);
    // Proofs name the address of the recorder, which the server does not take for its own.
    let reports = ["--snapshots", "update", "--report", "postman=collection.json"];
    let words = [&["-E", "!suite(dpop)"], &reports[..]].concat();
    let ran = authspec(&recorder.target(), &words);
    let secrets = recorder.secrets();
    assert!(secrets.count() > 300, "only {} secrets: {}", secrets.count(), ran.said());
    let cases = ran.cases();
    let failed = cases.iter().filter(|case| case["verdict"] == "fail").count();
    assert_eq!(failed > 0, !defects.is_empty(), "{}", ran.said());
    assert!(ran.took < Duration::from_secs(180), "it took {:?}", ran.took);
    let formats = Format::value_variants().iter();
    assert!(formats.map(|it| written_report(&ran, *it)).all(|it| it.is_some()), "{}", ran.said());
    let texts = written(&ran);
    assert!(texts.len() > 100, "only {} files", texts.len());
    assert_hidden(&secrets, &texts);
}

#[test]
fn a_sound_server() {
    try_honest(&[]);
}

#[test]
fn a_server_that_grants_what_it_must_not() {
    let names = [
        "skips-verifier-check",
        "accepts-any-secret",
        "accepts-missing-secret",
        "accepts-replayed-code",
        "accepts-any-code",
        "accepts-any-redirect-uri",
        "allows-token-response",
        "allows-id-token-token",
        "allows-code-token",
        "allows-password-grant",
        "redeems-code-by-get",
        "reads-query-credentials",
        "reads-query-access-token",
        "skips-code-client-binding",
        "never-rotates",
        "accepts-any-access-token",
        "ignores-response-type",
        "accepts-two-authentications",
    ];
    try_honest(&names.map(|name| name.parse().unwrap()));
}

#[test]
fn a_server_that_answers_oddly() {
    let names = [
        "mangles-state",
        "drops-state-on-error",
        "mislabels-json",
        "errors-without-code",
        "forgets-no-store",
        "sends-wrong-iss",
        "mistakes-audience",
        "drops-nonce",
        "omits-token-type",
        "demands-secret-of-public",
        "rejects-unknown-token-parameters",
        "answers-400-without-challenge-to-bad-basic",
    ];
    try_honest(&names.map(|name| name.parse().unwrap()));
}

/// Cases of which a browser sees pages, fragments and forms that a server should not send.
const IN_BROWSER: &[&str] = &[
    "consent/refused@web",
    "sign-in/",
    "codes/unknown",
    "pages/",
    "redirect-uri/unregistered-host@web",
    "front-channel/modes@web",
    "response-modes/form-post@web",
    "response-modes/fragment-for-code@web",
];

#[test]
fn what_a_browser_sees() {
    let defects = ["allows-token-response", "accepts-any-redirect-uri", "accepts-any-code"];
    let recorder = Recorder::start(&defects.map(|name| name.parse().unwrap()));
    let words = [IN_BROWSER, &["--ruleset=oidc", "--snapshots", "update"]].concat();
    let ran = authspec_by("browser", &recorder.target(), &words);
    assert!(ran.cases().len() > 15, "{}", ran.said());
    assert!(!ran.said().contains("(0 in a browser)"), "{}", ran.said());
    let secrets = recorder.secrets();
    assert!(secrets.count() > 50, "only {} secrets: {}", secrets.count(), ran.said());
    assert_hidden(&secrets, &written(&ran));
}

/// What a test of `cargo test` prints, for every case, whatever its verdict.
#[test]
fn what_tests_print() {
    let defects = ["accepts-any-secret", "skips-verifier-check", "allows-token-response"];
    let recorder = Recorder::start(&defects.map(|name| name.parse().unwrap()));
    let folder = tempfile::TempDir::new().unwrap();
    let target = folder.path().join("target.toml");
    std::fs::write(&target, recorder.target()).unwrap();
    let args = RunArgs {
        words: vec![target.display().to_string()],
        agent: Some(AgentArg::Forms),
        ..RunArgs::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut texts = Vec::new();
    runtime.block_on(async {
        let prepared = prepare(&args).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let started = prepared.start().await.unwrap_or_else(|wrong| panic!("{wrong:?}"));
        for index in 0..started.run.plans.len() {
            let result = started.run.result(index).await;
            let text = report::block(&result, "honest", folder.path());
            texts.push((result.plan.id.clone().into(), text));
        }
    });
    assert_hidden(&recorder.secrets(), &texts);
}

/// Passwords and client secrets as people have them: short, and of odd characters.
const SECRETS: &[(&str, &str)] = &[
    ("zq7x", "kv9j"),
    ("q7", "#%"),
    ("s+%:/ \"<&'>z", "p+%:/ \"<&'>w"),
    ("søkrit–ü", "pässwörd-€"),
    ("back\\slash?=;", "tab\tand{braces}"),
    ("\"quoted\"", "<script>alert('x')</script>"),
];

/// Runs against a server of these secrets, which may repeat them.
#[track_caller]
fn try_secrets(twist: impl Fn(&Ask, Response) -> Response + Clone + Send + Sync + 'static) {
    for (secret, password) in SECRETS {
        let setup = Setup {
            secret: (*secret).to_owned(),
            password: (*password).to_owned(),
            ..Setup::twisted(twist.clone())
        };
        let words =
            ["pkce/", "client-authentication/", "codes/", "token-endpoint/", "redirect-uri/"];
        let ran = authspec(&Fake::start(setup).target(), &[&words[..], &SNAPSHOTS].concat());
        let mut secrets = Secrets::default();
        secrets.add("the client's secret", secret);
        secrets.add("the user's password", password);
        assert!(ran.cases().len() > 50, "{}", ran.said());
        assert_hidden(&secrets, &written(&ran));
    }
}

const SNAPSHOTS: [&str; 2] = ["--snapshots", "update"];

#[test]
fn short_and_odd_secrets() {
    try_secrets(|_, answer| answer);
}

/// All that the request had, as it was and as it may be spelled.
fn heard(ask: &Ask) -> [String; 3] {
    let params: Vec<_> = ["client_secret", "password", "code", "code_verifier", "state"]
        .iter()
        .map(|name| format!("{name} was {} and", ask.get(name)))
        .collect();
    let header = ask.authorization.clone().unwrap_or_default();
    let cookie = ask.cookie.clone().unwrap_or_default();
    let all = format!("{} {header} {cookie}", params.join(" "));
    let form: String = url::form_urlencoded::byte_serialize(all.as_bytes()).collect();
    [all, form.replace("%3A", "%3a"), form]
}

#[test]
fn secrets_that_the_token_endpoint_repeats() {
    try_secrets(|ask, answer| {
        if ask.path != "/token" || answer.status() == 200 {
            return answer;
        }
        let [all, small, form] = heard(ask);
        let value = serde_json::json!({
            "error": all, "error_description": small, "error_uri": form, "more": [{ &all: all }],
        });
        let challenge = format!("Basic realm=\"{form}\"");
        let headers = [("content-type", "application/json"), ("www-authenticate", &*challenge)];
        answer_of(400, &headers, value.to_string())
    });
}

#[test]
fn secrets_that_pages_and_redirects_repeat() {
    let escaped =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&#34;");
    try_secrets(move |ask, answer| {
        let [all, _, form] = heard(ask);
        match ask.path.as_str() {
            "/authorize" if answer.status() == 400 => html(400, &format!("<p>{}", escaped(&all))),
            "/token" if answer.status() == 400 => html(400, &format!("<p>{all} {}", escaped(&all))),
            "/token" if answer.status() == 401 => answer_of(401, &[], format!("{all} {form}")),
            _ => answer,
        }
    });
}

#[test]
fn tokens_that_come_in_other_ways() {
    let token = "a-token-that-nobody-is-to-see";
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "access_token=TOKEN&token_type=bearer"),
        ("text/plain", "access_token=TOKEN"),
        ("application/json", r#"{"data":{"access_token":"TOKEN","refresh_token":"TOKEN-2"}}"#),
        ("application/json", r#"{"error":"invalid_grant","access_token":"TOKEN"}"#),
        ("application/json", r#"{"error":"invalid_grant","list":[{"id_token":"TOKEN"}]}"#),
    ] {
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let body = body.replace("TOKEN", token);
            let headers = [("content-type", kind), ("set-cookie", "a-cookie-without-a-name")];
            if ask.path == "/token" { answer_of(200, &headers, body) } else { answer }
        });
        let words = ["pkce/", "codes/", "--snapshots", "update"];
        let ran = authspec(&Fake::start(setup).target(), &words);
        let mut secrets = Secrets::default();
        secrets.add("the token", token);
        secrets.add("the cookie", "a-cookie-without-a-name");
        assert_hidden(&secrets, &written(&ran));
    }
}

#[test]
fn a_control_character_does_not_part_a_secret() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let body = "{\"error\":\"the-sec\\u0007ret-of-web\"}";
        let refuses = ask.path == "/token" && answer.status() != 200;
        if refuses { answer_of(400, &[("content-type", "application/json")], body) } else { answer }
    });
    let ran = authspec(&Fake::start(setup).target(), &["client-authentication/"]);
    let mut secrets = Secrets::default();
    secrets.add("the secret", "the-secret-of-web");
    assert_hidden(&secrets, &written(&ran));
}

/// What reaches a redirect URI is for the client, wherever it stands there.
#[test]
fn codes_in_odd_places_of_an_address() {
    for odd in [
        "#/there?code=odd-code-1234&token5=odd-value-5678",
        "#?code=odd-code-1234&x=odd-value-5678",
        "?error=x%0Acode=odd-code-1234&other=odd-value-5678",
        "?\tco\tde=odd-code-1234&%20code=odd-value-5678",
    ] {
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&count);
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let location = answer.headers().get("location").and_then(|it| it.to_str().ok());
            match location.filter(|it| ask.path == "/authorize" && it.contains("code=")) {
                Some(to) => {
                    counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let to = format!("{}{odd}", to.split('?').next().unwrap());
                    answer_of(302, &[("location", &to)], "")
                }
                None => answer,
            }
        });
        let words = ["pkce/", "codes/", "redirect-uri/"];
        let ran = authspec(&Fake::start(setup).target(), &words);
        let count = count.load(std::sync::atomic::Ordering::Relaxed);
        assert!(count > 0, "{odd:?} was never sent: {}", ran.said());
        let mut secrets = Secrets::default();
        secrets.add("the code", "odd-code-1234");
        secrets.add("the other value", "odd-value-5678");
        assert_hidden(&secrets, &written(&ran));
    }
}

/// What comes in a key, a list or a text is no less secret.
#[test]
fn secrets_in_odd_places_of_an_answer() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if ask.path != "/token" || answer.status() != 400 {
            return answer;
        }
        let text = "Bearer token-of-Text-9 <access_token>token-in-Xml-8</access_token>";
        let key = serde_json::json!({ "kty": "RSA", "n": "public", "d": "private-d", "q": "pq" });
        let body = serde_json::json!({
            "error": "invalid_grant", "error_description": text, "keys": [key],
            "access_token": ["token-in-List-7"], "again": "the-sec\tret-of-web",
        });
        answer_of(400, &[("content-type", "application/json")], body.to_string())
    });
    let ran = authspec(&Fake::start(setup).target(), &["pkce/", "codes/", "redirect-uri/"]);
    assert!(ran.cases().iter().any(|case| case["verdict"] == "pass"), "{}", ran.said());
    let mut secrets = Secrets::default();
    for value in
        ["token-of-Text-9", "token-in-Xml-8", "private-d", "token-in-List-7", "the-sec\tret-of-web"]
    {
        secrets.add("what nobody is to see", value);
    }
    assert_hidden(&secrets, &written(&ran));
}

/// What finds nothing proves something only where there is something that it would find.
#[test]
fn a_secret_is_found_in_every_spelling() {
    let mut secrets = Secrets::default();
    secrets.add("the secret", "s+%:/ \"<&'>z");
    let search = secrets.search();
    for told in [
        "s+%:/ \"<&'>z",
        "s%2B%25%3A%2F+%22%3C%26%27%3Ez",
        "s%2B%25%3A%2F%20%22%3C%26%27%3Ez",
        "s+%:/ \\\"<&'>z",
        "s+%:/ &quot;&lt;&amp;'>z",
        "cyslOi8gIjwmJz56",
    ] {
        assert!(search.found_in(&format!("before{told}after")).is_some(), "{told}");
    }
    assert!(search.found_in("nothing to see").is_none());
}

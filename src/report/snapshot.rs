//! Snapshots of what the server answered, which show when an answer changes.
//!
//! A snapshot is not a verdict. It shows that the server answers differently than last time: *drift*.

use std::cell::Cell;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use clap::ValueEnum;
use serde_json::{Map, Value};
use similar::TextDiff;
use url::Url;

use super::file::write_file;
use crate::agent::Landing;
use crate::oauth::names::{EXPIRES_IN, SCOPE};
use crate::oauth::params::{as_granted, in_order};
use crate::oauth::{AuthorizationResponse, Params, jwt};
use crate::run::{CaseResult, Outcome, Performed};
use crate::target::Target;
use crate::wire::{Answer, Names, quoted};

/// What to do with snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Snapshots {
    /// Compare; a difference is drift, and is written next to the snapshot for `cargo insta review`.
    Check,
    /// Update them to the current answers.
    Update,
    /// Ignore them.
    #[default]
    Off,
}

/// A difference from the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The snapshot file.
    pub path: PathBuf,
    /// What changed, below the requirement's text.
    pub diff: String,
}

/// The header fields that are part of a snapshot.
const HEADERS: &[&str] = &["content-type", "cache-control", "pragma", "www-authenticate"];

impl Snapshots {
    /// Compares the case's answers with its snapshot, or updates it. Snapshots are in `root`, an absolute path.
    pub fn look(self, root: &Path, target: &Target, result: &CaseResult) -> Option<Drift> {
        if self == Self::Off || result.transcript.steps.is_empty() {
            return None;
        }
        let (suite, case) = result.plan.id.split_once('/')?;
        let folder = root.join(&target.name).join(suite);
        let path = folder.join(format!("{case}.snap"));
        let seen = render(result, target);
        let before = insta::Snapshot::from_file(&path).ok();
        let before = before
            .and_then(|snapshot| Some(snapshot.as_text()?.to_string()))
            .map(|text| text.trim().to_owned());
        if before.as_deref() == Some(seen.trim()) {
            return None;
        }
        let (_, _, sentence) = result.plan.requirement();
        leave_new(&folder, case, sentence, &seen);
        if self == Self::Update {
            // Without a new snapshot, the old one stays, and the next check reports the drift.
            let _ = accept(&path);
            return None;
        }
        let diff = match before {
            Some(before) => TextDiff::from_lines(before.as_str(), seen.trim())
                .unified_diff()
                .context_radius(2)
                .to_string(),
            None => "there is no snapshot yet: create one with `--snapshots update`\n".to_owned(),
        };
        Some(Drift { path, diff: format!("{sentence}\n{diff}") })
    }
}

/// Replaces the snapshot with the new one, without its `assertion_line`.
fn accept(path: &Path) -> std::io::Result<()> {
    let new = path.with_extension("snap.new");
    let text = std::fs::read_to_string(&new)?;
    let kept = text.split_inclusive('\n').filter(|line| !line.starts_with("assertion_line:"));
    write_file(path, kept.collect::<String>().as_bytes())?;
    std::fs::remove_file(new)
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Writes `case.snap.new` to the folder, for `cargo insta review`.
fn leave_new(folder: &Path, case: &str, sentence: &str, seen: &str) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(sentence);
    QUIET.set(true);
    // If insta writes a new snapshot, its assertion fails.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        settings.bind(|| insta::assert_snapshot!(case, seen));
    }));
    QUIET.set(false);
}

/// The answers of a case as text, without anything that differs in every run.
fn render(result: &CaseResult, target: &Target) -> String {
    let mut names = result.names.clone();
    let redirect_uris = target
        .clients
        .iter()
        .flat_map(|client| client.redirect_uris.iter().chain(&client.post_logout_redirect_uris));
    for (url, shown) in redirect_uris
        .map(|uri| (uri.as_str(), "[client]"))
        .chain([(target.issuer.text.as_str(), "[server]")])
    {
        // Ports differ if the system chooses them.
        if let Some(url) = Url::parse(url).ok().filter(Url::has_host) {
            names.replace(&url.origin().ascii_serialization(), shown);
            if let Some(port) = url.port() {
                names.replace(&format!(":{port}"), ":[port]");
            }
        }
    }
    let mut text = String::new();
    for step in &result.transcript.steps {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", step.label);
        render_step(step, &names, &mut text);
    }
    text
}

fn render_step(step: &Performed, names: &Names, text: &mut String) {
    let mut line = |value: String| {
        let _ = writeln!(text, "  {}", names.tell(&value));
    };
    if let Some(request) = &step.request {
        request
            .headers
            .iter()
            .for_each(|(name, value)| line(format!("> {name}: {}", quoted(value))));
        params(&request.query, "> ", &mut line);
        params(&request.body, "> ", &mut line);
    }
    match &step.outcome {
        Outcome::Landed(Landing::Callback(response)) => landing("callback", response, &mut line),
        Outcome::Landed(Landing::Elsewhere(response)) => {
            landing(&format!("elsewhere: {}", quoted(&response.uri)), response, &mut line);
        }
        Outcome::Landed(Landing::ErrorPage { status, error, .. }) => {
            let status = status.map(|status| format!(" {status}")).unwrap_or_default();
            let error =
                error.as_ref().map(|error| format!(" error={}", quoted(error))).unwrap_or_default();
            line(format!("error page{status}{error}"));
        }
        Outcome::Landed(Landing::PushRefused(answer)) => {
            line("push refused".to_owned());
            render_answer(answer, &mut line);
        }
        Outcome::Answered(answer) => render_answer(answer, &mut line),
        Outcome::Framed(framed) => line(framed.seen.clone()),
        Outcome::Delivered(sent) => {
            let said = if sent.is_some() { "delivered" } else { "nothing delivered" };
            line(said.to_owned());
        }
        Outcome::Operated => line("done".to_owned()),
        Outcome::Blocked(_) => line("could not look".to_owned()),
        Outcome::NotReached(why) => line(format!("not reached: {why}")),
    }
}

fn landing(place: &str, response: &AuthorizationResponse, line: &mut impl FnMut(String)) {
    line(format!("{place} by {}", response.mode.name()));
    params(&response.params, "", line);
}

fn params(params: &Params, mark: &str, line: &mut impl FnMut(String)) {
    for (name, value) in params.iter() {
        let value = jwt::shown(name).filter(|_| mark.is_empty()).unwrap_or(value);
        match value.parse().ok().filter(|_| name == EXPIRES_IN) {
            Some(seconds) => line(format!("{mark}{name}={}", as_granted(seconds))),
            None => line(format!("{mark}{}={}", quoted(name), quoted(value))),
        }
    }
}

fn render_answer(answer: &Answer, line: &mut impl FnMut(String)) {
    line(answer.status.to_string());
    for name in HEADERS {
        for value in answer.headers(name) {
            line(format!("{name}: {}", quoted(value)));
        }
    }
    match answer.json() {
        Some(json) => {
            let json = with_claims(Value::Object(json));
            let pretty = serde_json::to_string_pretty(&json).unwrap_or_default();
            pretty.lines().for_each(|text| line(quoted(text)));
        }
        None if answer.is_html() => line("a page".to_owned()),
        None => answer.body.lines().take(20).for_each(|text| line(quoted(text))),
    }
}

/// A JWK without what is in it, as servers make new ones when they start (RFC7517 §4).
fn without_key(key: Map<String, Value>) -> Value {
    let kept = ["kty", "use", "alg", "crv", "key_ops"];
    let shown = |(name, value): (String, Value)| match kept.contains(&name.as_str()) {
        true => (name, value),
        false => (name, "[key]".into()),
    };
    Value::Object(key.into_iter().map(shown).collect())
}

/// The JSON, with each JWT shown as its header and claims.
fn with_claims(value: Value) -> Value {
    match value {
        Value::String(text) => jwt::summary(&text).map_or(Value::String(text), with_claims),
        Value::Array(values) => values.into_iter().map(with_claims).collect(),
        Value::Object(key) if key.contains_key("kty") => without_key(key),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| {
                if let Some(scope) = value.as_str().filter(|_| key == SCOPE) {
                    return (key, in_order(scope).into());
                }
                // Some servers also send the lifetime of refresh tokens, as in `refresh_expires_in`.
                let lasts = key.ends_with(EXPIRES_IN);
                if let Some(seconds) = value.as_u64().filter(|_| lasts) {
                    return (key, as_granted(seconds).into());
                }
                match jwt::shown(&key).filter(|_| value.is_number() || value.is_string()) {
                    Some(shown) => (key, shown.into()),
                    None => (key, with_claims(value)),
                }
            })
            .collect(),
        other => other,
    }
}

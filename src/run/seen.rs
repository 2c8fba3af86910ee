//! Describes briefly what was seen at a step, for findings and reasons.

use serde_json::Value;

use super::transcript::{Outcome, Performed, token_places, told_in};
use crate::agent::Landing;
use crate::oauth::names::{CLIENT_ASSERTION, ERROR, RECEIVED, REQUEST_URI};
use crate::oauth::request::BodyFormat;
use crate::oauth::{Authentication, AuthorizationResponse, Request};
use crate::suite::{Change, ClientRef, Parallel, Pause, ProofCount, Step, StepKind, Visitor};
use crate::wire::{Answer, Sent, quoted, shortened};

/// How many member names are listed.
const MOST_NAMES: usize = 20;

/// The longest value that is shown, in bytes.
const LONGEST: usize = 8 << 10;

/// How the step ended.
pub fn describe(step: &Performed) -> String {
    if let Some(seen) = &step.forgotten {
        return seen.clone();
    }
    match &step.outcome {
        Outcome::Landed(Landing::Callback(response)) => {
            format!("landing on callback, {}", params(response))
        }
        Outcome::Landed(Landing::Elsewhere(response)) => {
            format!("sent to {}, {}", response.uri, params(response))
        }
        Outcome::Landed(Landing::ErrorPage { status, error, text }) => {
            let status = status.map(|status| format!(" {status}")).unwrap_or_default();
            let error = error.as_ref().map(|error| format!(" error={}", quoted(error)));
            let (error, text) = (error.unwrap_or_default(), shortened(text, 120));
            let said = if text.is_empty() { String::new() } else { format!(": {}", quoted(&text)) };
            // Where a logout ends well, the server may show a page too.
            let page = if step.kind == StepKind::Logout { "page" } else { "error-page" };
            format!("landing on {page}{status}{error}{said}")
        }
        Outcome::Landed(Landing::PushRefused(it)) => format!("push refused, {}", answer(it)),
        Outcome::Answered(it) => answer(it),
        Outcome::Framed(framed) => framed.seen.clone(),
        Outcome::Operated => "done".to_owned(),
        Outcome::Delivered(None) => "nothing arrived".to_owned(),
        Outcome::Delivered(Some(sent)) => delivered(sent),
        Outcome::Blocked(why) => why.to_string(),
        Outcome::NotReached(why) => format!("not reached: {why}"),
    }
}

/// What the server sent to the client: how, and what it told where that belongs.
fn delivered(sent: &Sent) -> String {
    let Some(form) = told_in(sent) else {
        return format!("{} that is no form: {}", sent.method, quoted(&shortened(&sent.body, 80)));
    };
    let pairs: Vec<_> = form.iter().map(|(name, value)| pair(name, value)).collect();
    if pairs.is_empty() { "no parameters".to_owned() } else { pairs.join(" ") }
}

fn params(response: &AuthorizationResponse) -> String {
    let pairs: Vec<_> = response.params.iter().map(|(name, value)| pair(name, value)).collect();
    if pairs.is_empty() { "no parameters".to_owned() } else { pairs.join(" ") }
}

fn answer(answer: &Answer) -> String {
    let mut parts = vec![answer.status.to_string()];
    let Some(members) = answer.members() else {
        let text = shortened(&answer.body, 80);
        parts.push(if text.is_empty() {
            "empty body".to_owned()
        } else {
            format!("no JSON: {}", quoted(&text))
        });
        return parts.join(" ");
    };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown = |name: &str| {
        let values = members.all(name);
        values.into_iter().map(|it| pair(name, &text(it))).collect::<Vec<_>>()
    };
    parts.extend(shown(ERROR));
    parts.extend(RECEIVED.iter().chain(&[REQUEST_URI]).flat_map(|name| shown(name)));
    let places = token_places(answer).into_iter().map(|(_, place)| place);
    let elsewhere = places.filter(|place| !RECEIVED.contains(&place.as_str()));
    parts.extend(elsewhere.map(|place| format!("and a token in {}", named(&place))));
    if parts.len() == 1 {
        let json = answer.json().unwrap_or_default();
        let names: Vec<_> = json.keys().take(MOST_NAMES).map(|name| named(name)).collect();
        let more = if json.len() > names.len() { ", …" } else { "" };
        parts.push(format!("JSON with {}{more}", names.join(", ")));
    }
    parts.join(" ")
}

/// A received parameter with its value.
pub(super) fn pair(name: &str, value: &str) -> String {
    format!("{}={}", named(name), quoted(&short(value)))
}

/// The name of a parameter or member. An unknown name was received, and is shown as values are.
pub(super) fn named(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.len() <= 40 && name.bytes().all(is_plain) { name.to_owned() } else { quoted(name) }
}

fn short(text: &str) -> String {
    // Tokens stay whole, so that they can be found and redacted. Nothing else is that long.
    if text.len() > LONGEST { format!("({} bytes)", text.len()) } else { text.to_owned() }
}

/// The request in short: method, address and what was changed in it.
pub fn sent(request: Option<&Request>, step: &Step) -> String {
    let Some(request) = request else { return "nothing".to_owned() };
    let path = request.endpoint.split("://").last().unwrap_or_default();
    let path = path.find('/').map_or("/", |at| &path[at..]);
    let mut parts = vec![format!("{} {path}", request.method.name())];
    if let Some(change) = &step.change {
        parts.extend(changes(step, change, request));
    }
    parts.join("  ")
}

/// The changes to JWTs that the client makes.
fn jwts(change: &Change) -> impl Iterator<Item = String> {
    let assertion = change.assertion.iter().map(|it| format!("client_assertion {it}"));
    let object = change.object.iter().map(|it| match it.to_string() {
        sound if sound.is_empty() => "as a signed object".to_owned(),
        change => format!("as an object {change}"),
    });
    let proof = change.proof.iter().map(|it| format!("proof {it}").trim_end().to_owned());
    let proofs = change.proofs.map(|ProofCount(count)| match count {
        0 => "no proof".to_owned(),
        count => format!("{count} proofs"),
    });
    let beside = change.beside.iter().map(|it| format!("beside it {it}"));
    let grant = change.grant.iter().map(|it| format!("assertion {it}"));
    assertion.chain(grant).chain(object).chain(beside).chain(proof).chain(proofs)
}

fn changes(step: &Step, change: &Change, request: &Request) -> Vec<String> {
    let mut parts = Vec::new();
    let repeated = change.repeat.keys().filter(|name| !change.set.contains_key(*name));
    let json = change.json.keys().chain(change.unsigned.keys());
    for name in change.set.keys().chain(repeated).chain(json) {
        let values: Vec<_> = request
            .query
            .all(name)
            .chain(request.body.all(name))
            .map(|value| format!("{name}={}", quoted(&short(value))))
            .collect();
        parts.push(values.join(" "));
    }
    parts.extend(change.omit.iter().map(|name| format!("without {name}")));
    parts.extend(change.query.iter().map(|name| format!("{name} in the query")));
    parts.extend(change.header.keys().map(|name| format!("with the header {name}")));
    parts.extend(change.request.map(|form| format!("passed as {}", form.name())));
    parts.extend((request.format == BodyFormat::Json).then(|| "as JSON".to_owned()));
    let visitor = change.visitor.map(|visitor| match visitor {
        Visitor::BeforeSignIn => "with the cookies from before the sign-in",
        Visitor::New | Visitor::NewBrowser => "in a browser in which nobody has signed in",
    });
    parts.extend(visitor.map(str::to_owned));
    parts.extend(change.form.map(|form| form.to_string()));
    parts.extend(change.decide.map(|_| match step.kind {
        StepKind::Logout => "sign-out refused".to_owned(),
        _ => "consent refused".to_owned(),
    }));
    parts.extend(change.wait.map(|what| format!("when the {what} has expired")));
    parts.extend(change.pause.map(|Pause(seconds)| format!("{seconds} s later")));
    parts.extend(change.parallel.map(|Parallel(count)| format!("{count} times at once")));
    parts.extend(change.client.as_ref().map(|client| match client {
        ClientRef::Other => "as another client".to_owned(),
        ClientRef::Named(name) => format!("as the client {name}"),
    }));
    parts.extend(change.certificate.map(|it| it.to_string()));
    parts.extend(jwts(change));
    if change.auth.is_some() || change.secret.is_some() || change.token.is_some() {
        parts.extend(authenticated(request));
    }
    parts
}

/// How a request authenticates, unless a header field that is told already says so.
fn authenticated(request: &Request) -> Option<String> {
    let is_set = request.headers.iter().any(|(name, _)| name == "authorization");
    match &request.authentication {
        Authentication::Basic { id, secret } => {
            Some(format!("Basic {}:{}", quoted(&short(id)), quoted(&short(secret))))
        }
        Authentication::Bearer(token) => Some(format!("Bearer {}", quoted(&short(token)))),
        Authentication::Dpop(token) => Some(format!("DPoP {}", quoted(&short(token)))),
        Authentication::Absent if is_set => None,
        Authentication::Absent if request.params().get(CLIENT_ASSERTION).is_some() => {
            Some(format!("with {CLIENT_ASSERTION} in place of a secret"))
        }
        Authentication::Absent => Some("no Authorization header".to_owned()),
    }
}

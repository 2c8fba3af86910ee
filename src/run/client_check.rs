//! Checks a client's valid flow step by step, for setting up a target.

use serde_json::Value;
use url::{Origin, Url};

use super::assertion_advice;
use super::control::Control;
use super::discover::Endpoints;
use super::proof_advice;
use super::received::name_received;
use super::seen::describe;
use super::step;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::agent::Landing;
use crate::oauth::AuthMethod;
use crate::oauth::names::{
    CLIENT_CREDENTIALS, EXPIRES_IN, IMPLICIT, INVALID_CLIENT, INVALID_REQUEST_OBJECT, OPENID,
    PASSWORD, REFRESH_TOKEN, REQUEST_NOT_SUPPORTED, REQUEST_URI,
};
use crate::suite::{Asked, StepKind};
use crate::target::Client;
use crate::wire::{Blocked, Names, quoted};

/// One step of a client's valid flow.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The step.
    pub kind: StepKind,
    /// What was seen, redacted.
    pub seen: String,
    /// How the push before it was answered, redacted, if the client pushes and it was accepted.
    pub pushed: Option<String>,
    /// How to fix the step, or `None` if it worked.
    pub advice: Option<String>,
    /// Whether the step was skipped because an earlier one failed.
    pub skipped: bool,
    /// What pages asked for on the way.
    pub asked: Vec<Asked>,
    /// What was clicked on them, redacted.
    pub clicked: Vec<String>,
    /// The last page in the browser, if the flow ended on one.
    pub screenshot: Option<Vec<u8>>,
}

/// The flow that covers everything the client is registered for.
pub(super) fn flow(client: &Client, endpoints: &Endpoints) -> Vec<StepKind> {
    let asks_openid = client.scope.split(' ').any(|scope| scope == OPENID);
    let mut flow = match () {
        () if client.uses_codes() => vec![StepKind::Authorize, StepKind::Token],
        () if client.may(IMPLICIT) => vec![StepKind::Implicit],
        () if client.may(CLIENT_CREDENTIALS) => return vec![StepKind::ClientCredentials],
        () if client.may(PASSWORD) => return vec![StepKind::Password],
        // A resource server, which only introspects tokens.
        () => return Vec::new(),
    };
    if endpoints.userinfo.is_some() && asks_openid && client.uses_codes() {
        flow.push(StepKind::Userinfo);
    }
    if endpoints.resource.is_some() && client.uses_codes() {
        flow.push(StepKind::Resource);
    }
    if client.uses_codes() && client.may(REFRESH_TOKEN) {
        flow.push(StepKind::Refresh);
    }
    if endpoints.introspection.is_some() && client.uses_codes() && !client.is_public() {
        flow.push(StepKind::Introspect);
    }
    // No later step works after a revocation.
    if endpoints.revocation.is_some() && client.uses_codes() {
        flow.push(StepKind::Revoke);
    }
    flow
}

/// Turns the result of the flow into checked steps.
pub(super) fn checked(control: &Control, mut names: Names) -> Vec<Checked> {
    control.values.name(&mut names);
    name_received(&control.transcript, &mut names);
    let values = &control.values;
    let steps = control.transcript.steps.iter();
    let mut all: Vec<_> = steps.clone().map(|step| one(step, values, &names)).collect();
    let works = steps.clone().zip(&all).any(|(step, checked)| {
        step.kind == StepKind::Token && checked.advice.is_none() && !checked.skipped
    });
    // What an earlier step lacked is what is wrong here.
    let refresh = all.iter_mut().find(|it| it.kind == StepKind::Refresh && it.skipped && works);
    if let Some(refresh) = refresh {
        refresh.skipped = false;
        "the token response has no refresh token".clone_into(&mut refresh.seen);
        refresh.advice = Some(NO_REFRESH_TOKEN.to_owned());
    }
    all
}

/// What to try when a server gives a client no refresh token.
const NO_REFRESH_TOKEN: &str = "request it, with most OpenID providers by the word `offline_access` in `scope`; or \
     leave `refresh_token` out of the client's `grants`";

fn one(step: &Performed, values: &Values, names: &Names) -> Checked {
    let works = step::worked(step.kind, &step.outcome, values);
    Checked {
        kind: step.kind,
        seen: names.tell(&seen(step)),
        pushed: pushed(step),
        advice: (!works).then(|| names.tell(&advice(step, &values.client))),
        skipped: matches!(step.outcome, Outcome::NotReached(_)),
        asked: step.asked.iter().copied().collect(),
        clicked: step.clicked.iter().map(|said| names.hide(said)).collect(),
        screenshot: step.picture(names).and_then(Result::ok).map(<[u8]>::to_vec),
    }
}

/// How the server accepted the push, as `201, for 60 s`.
fn pushed(step: &Performed) -> Option<String> {
    let endpoint = &step.push.as_ref()?.endpoint;
    let push = step.exchanges.iter().rfind(|exchange| exchange.sent.url == *endpoint)?;
    let answer = push.answer.as_ref()?;
    let json = answer.json().filter(|json| json.contains_key(REQUEST_URI))?;
    let expires = json.get(EXPIRES_IN).and_then(Value::as_u64);
    let lives = expires.map_or(String::new(), |seconds| format!(", for {seconds} s"));
    Some(format!("{}{lives}", answer.status))
}

/// What was seen, without advice.
fn seen(step: &Performed) -> String {
    match &step.outcome {
        Outcome::Blocked(Blocked::TargetLacks { why, .. }) => why.clone(),
        _ => describe(step),
    }
}

/// What to try when a server refuses a client's request object.
const OBJECT_ADVICE: &str = "register the public key of the client, which `authspec keys FILE` prints, and its \
                             algorithm for request objects; or correct the client's `id` and `redirect_uris`; \
                             or leave `request` out if the server takes no request objects";

/// Whether the server may have refused the request object: what it cannot read names no redirect URI.
fn refuses_object(outcome: &Outcome) -> bool {
    let says =
        |error: String| [INVALID_REQUEST_OBJECT, REQUEST_NOT_SUPPORTED].contains(&error.as_str());
    matches!(outcome, Outcome::Landed(Landing::ErrorPage { status, .. })
        if !matches!(status, Some(404 | 405)))
        || outcome.error().is_some_and(says)
}

/// What to try when a server refuses a client that authenticates by a certificate.
fn certificate_advice(step: &Performed, client: &Client) -> Option<String> {
    let request = step.push.as_ref().or(step.request.as_ref())?;
    let is_refused = step.outcome.error().as_deref() == Some(INVALID_CLIENT);
    let own = client.certificate.as_ref().filter(|_| client.auth.is_certificate() && is_refused)?;
    if !request.endpoint.starts_with("https:") {
        return Some(format!(
            "write the https address of {} in `[endpoint]`, as nobody presents a certificate over http",
            quoted(&request.endpoint)
        ));
    }
    let registered = match client.auth {
        AuthMethod::TlsClientAuth => format!("the subject `{}`", quoted(&own.own.subject())),
        _ => "the JWK with the certificate".to_owned(),
    };
    Some(format!(
        "register {registered} for the client, which `authspec keys --certificate FILE` prints, and its \
         method {}; and check that the server asks for certificates at {}",
        client.auth.name(),
        quoted(&request.endpoint)
    ))
}

/// The most likely fix, and where to make it.
fn advice(step: &Performed, client: &Client) -> String {
    if let Some(advice) = certificate_advice(step, client) {
        return advice;
    }
    if client.auth.is_assertion() && step.outcome.error().as_deref() == Some(INVALID_CLIENT) {
        return assertion_advice::advice(step, client);
    }
    if client.request.is_object() && refuses_object(&step.outcome) {
        return OBJECT_ADVICE.to_owned();
    }
    if let Some(advice) = proof_advice::advice(step) {
        return advice;
    }
    match &step.outcome {
        Outcome::Blocked(Blocked::TargetLacks { advice, .. }) => advice.clone(),
        Outcome::Landed(Landing::Elsewhere(response)) => name_origin(&response.uri),
        _ => usual_advice(step, client).to_owned(),
    }
}

/// Advice for a user who was sent to an address that belongs to neither the server nor the client.
fn name_origin(uri: &str) -> String {
    let origin = Url::parse(uri).map(|url| url.origin()).ok().filter(Origin::is_tuple);
    match origin {
        Some(origin) => format!(
            "if it belongs to the server, for instance to its sign-in service, write `origins = \
             [\"{}\"]` in the target file; otherwise check why the server sends users there",
            quoted(&origin.ascii_serialization())
        ),
        None => {
            "register the redirect URI for this client, or correct it in the target file".to_owned()
        }
    }
}

/// Advice for an outcome that gives no further detail.
fn usual_advice(step: &Performed, client: &Client) -> &'static str {
    let error = step.outcome.error().unwrap_or_default();
    match (&step.outcome, error.as_str()) {
        (Outcome::Blocked(Blocked::Login(_)), _) => {
            "correct the user's name and password in the target file, or describe with `[[login]]` what to \
             fill in and what to click"
        }
        (Outcome::Blocked(Blocked::Browser(_) | Blocked::BrowserLost(_)), _) => {
            "run `./setup.sh`, or use `--agent forms` to run without a browser"
        }
        (Outcome::Blocked(_), _) => "check that the server is running and reachable from here",
        (Outcome::Landed(Landing::ErrorPage { status: Some(404 | 405), error: None, .. }), _) => {
            "name the right authorization endpoint in `[endpoint]` of the target file"
        }
        (Outcome::Landed(Landing::ErrorPage { text, .. }), _)
            if text.contains("prompt") && text.contains("consent") =>
        {
            "if the server wants that users are asked for consent each time, as some do with `offline_access`, write \
             `prompt = \"consent\"` under `[authorize]` in the target file"
        }
        (Outcome::Landed(Landing::ErrorPage { .. }), _) => {
            "register exactly this redirect URI for the client, or correct it or the client's \
             `id` in the target file"
        }
        (_, INVALID_CLIENT) if client.is_public() => {
            "allow the client to do this without a secret at the server, or write its `secret` and \
             `auth` in the target file"
        }
        (_, INVALID_CLIENT) => {
            "correct `secret`, or how it is sent by `auth`, in the target file; or register the \
             client"
        }
        (_, "unauthorized_client" | "unsupported_grant_type" | "unsupported_response_type") => {
            "allow the client to use this grant at the server, or correct `grants` in the target \
             file"
        }
        (_, "invalid_scope") => "correct `scope` in the target file, or allow it at the server",
        (Outcome::Landed(Landing::PushRefused(answer)), _)
            if matches!(answer.status, 404 | 405) =>
        {
            "correct `endpoint.push` in the target file, or leave `request` out"
        }
        (Outcome::Landed(Landing::PushRefused(_)), "invalid_request") => {
            "register exactly this redirect URI for the client, or correct it in the target file"
        }
        (Outcome::Answered(answer), _) if matches!(answer.status, 300..400 | 404 | 405) => {
            "name the right endpoint in `[endpoint]` of the target file"
        }
        _ => "check the server's own log",
    }
}

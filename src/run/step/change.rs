//! Changes a valid request into the one that a case sends.

use super::{assertion, authenticate, jwt_bearer};
use crate::oauth::names::{
    ASSERTION, CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, PROMPT,
    RESPONSE_TYPE, SCOPE,
};
use crate::oauth::request::{Authentication, BodyFormat};
use crate::oauth::{AuthMethod, Params, Request, jwt};
use crate::run::values::Values;
use crate::suite::{AuthChange, Change, JsonTemplate, Template};
use crate::target::Client;

/// The actors of a request.
pub(in crate::run) struct Actors<'a> {
    /// The values of the case.
    pub(in crate::run) values: &'a Values,
    /// The client that sends it, which may not be the case's client.
    pub(in crate::run) client: &'a Client,
}

/// The request with the change made. The error names a missing value.
pub(in crate::run) fn apply(
    change: &Change,
    mut request: Request,
    actors: &Actors<'_>,
) -> Result<Request, String> {
    let fill = |template: &Template| {
        actors.values.fill(template).ok_or_else(|| format!("there is no value for {template}"))
    };
    if request.format == BodyFormat::ClientMetadata {
        // The parameters stay in the body.
        request.method = change.method.unwrap_or(request.method);
    }
    if change.auth.is_some() || change.secret.is_some() {
        let secret = change.secret.as_ref().map(fill).transpose()?;
        authenticate_otherwise(change.auth, &mut request, secret, actors);
    }
    sign(change, &mut request, actors)?;
    if let Some(token) = &change.token {
        request.authentication = request.authentication.with_token(fill(token)?);
    }
    for (name, template) in &change.set {
        request.set_text(name, fill(template)?);
    }
    let json = |template: &JsonTemplate| {
        let filled = template.fill(&|placeholder| actors.values.get(placeholder));
        filled.ok_or_else(|| "there is no value for what is sent as JSON".to_owned())
    };
    keep_consent(change, &mut request, actors.client);
    for (name, template) in &change.json {
        match request.format {
            BodyFormat::ClientMetadata => request.set_member(name, &json(template)?),
            _ => request.params_mut().set(name, json(template)?.to_string()),
        }
    }
    for (name, claims) in &change.unsigned {
        request.params_mut().set(name, jwt::unsigned(&json(claims)?));
    }
    for name in &change.omit {
        request.params_mut().omit(name);
    }
    repeat(change, &mut request, fill)?;
    for (name, template) in &change.header {
        request.set_header(name, fill(template)?);
    }
    if let Some(format) = change.body {
        request.format = format;
    }
    if let Some(method) = change.method {
        request = request.by(method);
    }
    if request.method.has_body() {
        move_to_query(&change.query, &mut request);
    }
    Ok(request)
}

/// Keeps what OpenID Connect wants for offline access, if the target file sends it with each request: the user is asked
/// for consent (OpenID.Core §11).
fn keep_consent(change: &Change, request: &mut Request, client: &Client) {
    let is_usual = client.extra_params.authorize.get(PROMPT).is_some_and(asks_for_consent);
    if !is_usual || !change.set.contains_key(PROMPT) {
        return;
    }
    let params = request.params_mut();
    let Some(prompt) = params.get(PROMPT) else { return };
    let (prompt, scope) = with_consent(prompt, params.get(SCOPE).unwrap_or_default());
    params.set(PROMPT, prompt);
    if !scope.is_empty() {
        params.set(SCOPE, scope);
    }
}

fn asks_for_consent(prompt: &str) -> bool {
    prompt.split(' ').any(|word| word == "consent")
}

/// The prompt of a case and the scope beside it, where the server grants offline access only to those whom it asks for
/// consent: the prompt asks for that too, or the scope does without it where nobody may be asked. So the prompt is all
/// that differs.
fn with_consent(prompt: &str, scope: &str) -> (String, String) {
    if asks_for_consent(prompt) {
        return (prompt.to_owned(), scope.to_owned());
    }
    if prompt.is_empty() || prompt.split(' ').any(|word| word == "none") {
        let kept: Vec<_> = scope.split(' ').filter(|word| *word != "offline_access").collect();
        return (prompt.to_owned(), kept.join(" "));
    }
    (format!("{prompt} consent"), scope.to_owned())
}

/// Repeats parameters, after or before the value that the request has.
fn repeat(
    change: &Change,
    request: &mut Request,
    fill: impl Fn(&Template) -> Result<String, String>,
) -> Result<(), String> {
    for (name, templates) in &change.repeat {
        let Some(sent) = request.params().get(name).map(str::to_owned) else {
            return Err(format!("the request has no {name} to repeat"));
        };
        if change.reversed {
            request.params_mut().omit(name);
        }
        for template in templates.iter() {
            request.params_mut().repeat(name, fill(template)?);
        }
        if change.reversed {
            request.params_mut().repeat(name, sent);
        }
    }
    Ok(())
}

/// Changes the JWTs of a token request.
fn sign(change: &Change, request: &mut Request, actors: &Actors<'_>) -> Result<(), String> {
    if let Some(assertion) = &change.assertion {
        let changed = assertion::changed(assertion, actors.values, actors.client, request)?;
        request.assert(&changed);
    }
    if let Some(grant) = &change.grant {
        let jwt = jwt_bearer::changed(grant, actors.values, actors.client, request)?;
        request.body.set(ASSERTION, jwt);
    }
    Ok(())
}

fn authenticate_otherwise(
    auth: Option<AuthChange>,
    request: &mut Request,
    secret: Option<String>,
    Actors { values, client }: &Actors<'_>,
) {
    // A pushed authorization request names the client in any case (RFC9126 §2.1).
    let is_push = request.params().get(RESPONSE_TYPE).is_some();
    request.authentication = Authentication::Absent;
    if request.format != BodyFormat::ClientMetadata {
        // In client metadata, these say whom the request is about.
        for name in [CLIENT_ID, CLIENT_SECRET, CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE] {
            request.params_mut().omit(name);
        }
    }
    let method = match auth {
        Some(AuthChange::Absent) => return,
        Some(AuthChange::WithoutSecret) if client.auth.sends_secret() => {
            AuthMethod::ClientSecretJwt
        }
        Some(AuthChange::None) => AuthMethod::None,
        Some(AuthChange::ClientSecretBasic) => AuthMethod::ClientSecretBasic,
        Some(AuthChange::ClientSecretPost) => AuthMethod::ClientSecretPost,
        Some(AuthChange::WithoutSecret) | None => client.auth,
    };
    let secret = secret.as_deref().unwrap_or(&client.secret);
    let signer = match method {
        AuthMethod::ClientSecretJwt if client.auth.sends_secret() => Some(values.keyed(secret)),
        method => values.signer(client).filter(|_| method.is_assertion()),
    };
    match signer {
        Some(signer) => {
            let assertion = values.assertion(client, request).sign(&signer.with_secret(secret));
            authenticate::assert(request, &assertion, client);
        }
        None => request.authenticate(method, &client.id, secret),
    }
    if is_push {
        request.params_mut().set(CLIENT_ID, &client.id);
    }
}

fn move_to_query(names: &[String], request: &mut Request) {
    let (moved, kept): (Vec<_>, Vec<_>) =
        request.body.iter().partition(|(name, _)| names.iter().any(|known| known == name));
    let (moved, kept): (Params, Params) = (moved.into_iter().collect(), kept.into_iter().collect());
    for (name, value) in moved.iter() {
        request.query.repeat(name, value);
    }
    request.body = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_not_asked_gets_no_offline_access() {
        let scope = "openid offline_access";
        for (prompt, sent, beside) in [
            ("login", "login consent", scope),
            ("consent login", "consent login", scope),
            ("none", "none", "openid"),
            ("none login", "none login", "openid"),
            ("", "", "openid"),
        ] {
            assert_eq!(with_consent(prompt, scope), (sent.to_owned(), beside.to_owned()));
        }
    }
}

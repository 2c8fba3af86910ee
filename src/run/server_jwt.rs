//! The JWTs that servers make: where an expectation finds the one that it is about.

use std::collections::BTreeMap;

use authspec_jwe::Decrypted;
use serde_json::{Map, Value};

use super::answer_members;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::agent::Landing;
use crate::oauth::jwt;
use crate::oauth::names::{
    ACCESS_TOKEN, ACCESS_TOKEN_TYPES, ID_TOKEN, INTROSPECTION_MEDIA_TYPE, LOGOUT_TOKEN,
};
use crate::suite::{AnyOf, Expect, JwtPlace, Placeholder, StepKind};
use crate::target::TokenProfile;
use crate::wire::Answer;

/// The JWT of the answer that the expectation is about: what is in it, if it is encrypted for the client.
pub(super) fn token(expect: &Expect, performed: &Performed) -> Option<String> {
    let sent = sent(expect, performed)?;
    let decrypted = performed.decrypted.get(&sent);
    Some(decrypted.map_or(sent, |it| String::from_utf8_lossy(&it.content).into_owned()))
}

/// The same as it was sent.
pub(super) fn sent(expect: &Expect, performed: &Performed) -> Option<String> {
    let member = |name| answer_members::value(performed, name)?.as_str().map(str::to_owned);
    match expect.jwt.unwrap_or_default() {
        JwtPlace::IdToken if performed.kind == StepKind::Backchannel => member(LOGOUT_TOKEN),
        JwtPlace::IdToken => member(ID_TOKEN),
        JwtPlace::AccessToken | JwtPlace::Rfc9068 => member(ACCESS_TOKEN),
        JwtPlace::Response => match &performed.outcome {
            Outcome::Landed(Landing::Callback(response)) => response.jwt().map(str::to_owned),
            _ => None,
        },
        JwtPlace::Introspection => performed.answer().and_then(introspection),
        JwtPlace::Userinfo => performed.answer().and_then(userinfo),
    }
}

/// The newest JWT of the kind that the expectation is about.
pub(super) fn newest(expect: &Expect, values: &Values) -> Option<String> {
    values.get(match expect.jwt.unwrap_or_default() {
        JwtPlace::IdToken => return values.signed_token(),
        JwtPlace::AccessToken | JwtPlace::Rfc9068 => Placeholder::AccessToken,
        JwtPlace::Response => Placeholder::Response,
        JwtPlace::Introspection => Placeholder::Introspection,
        JwtPlace::Userinfo => Placeholder::Userinfo,
    })
}

/// The answer as a whole, if it is an introspection response in a JWT.
pub(super) fn introspection(answer: &Answer) -> Option<String> {
    let text = answer.body.trim();
    (answer.field_holds("content-type", INTROSPECTION_MEDIA_TYPE) || is_jwt(text))
        .then(|| text.to_owned())
}

/// The answer as a whole, if it is a userinfo response in a JWT.
pub(super) fn userinfo(answer: &Answer) -> Option<String> {
    let text = answer.body.trim();
    is_jwt(text).then(|| text.to_owned())
}

fn is_jwt(text: &str) -> bool {
    jwt::parts(text).is_some() || jwt::is_encrypted(text)
}

/// The JWTs of this answer that are encrypted for the client, if any are, by how they were sent.
pub(super) fn decrypted(performed: &Performed, values: &Values) -> BTreeMap<String, Decrypted> {
    let tokens = performed.outcome.all(ID_TOKEN).into_iter();
    let tokens = tokens.filter_map(|token| token.as_str().map(str::to_owned));
    let whole = performed.answer().map(|answer| answer.body.trim().to_owned());
    let response = match &performed.outcome {
        Outcome::Landed(Landing::Callback(response)) => response.jwt().map(str::to_owned),
        _ => None,
    };
    let all = tokens.chain(whole).chain(response).filter(|text| jwt::is_encrypted(text));
    all.filter_map(|text| Some((text.clone(), values.decrypt(&text)?))).collect()
}

/// The claims of the JWT that the expectation is about.
pub(super) fn claims(expect: &Expect, performed: &Performed) -> Option<Map<String, Value>> {
    let token = token(expect, performed)?;
    match expect.jwt {
        // One that is not signed is no ID token. A logout token is read all the same: another case says
        // so.
        None | Some(JwtPlace::IdToken) if performed.kind != StepKind::Backchannel => {
            jwt::claims(&token)
        }
        // What is encrypted need not be signed (OpenID.Core §5.3.2).
        Some(JwtPlace::Userinfo) if token.starts_with('{') => serde_json::from_str(&token).ok(),
        _ => jwt::parts(&token)?.1.as_object().cloned(),
    }
}

/// The claim with this name, or the member of a claim whose path this is.
pub(super) fn claim(expect: &Expect, performed: &Performed, name: &str) -> Option<Value> {
    let claims = claims(expect, performed)?;
    let inside = || {
        let (claim, member) = name.split_once('.')?;
        claims.get(claim)?.get(member)
    };
    claims.get(name).or_else(inside).cloned()
}

/// Why there is nothing to check: the access token has another form, and no specification that the
/// server follows asks for this one.
pub(super) fn other_form(
    expect: &AnyOf<Expect>,
    performed: &Performed,
    values: &Values,
) -> Option<&'static str> {
    let asks = |place: JwtPlace| move |expect: &&Expect| expect.jwt == Some(place);
    let profile = expect.iter().find(asks(JwtPlace::Rfc9068));
    let asked = profile.or_else(|| expect.iter().find(asks(JwtPlace::AccessToken)))?;
    let kept = || newest(asked, values).filter(|_| performed.kind == StepKind::Jwks);
    let text = token(asked, performed).or_else(kept)?;
    if jwt::parts(&text).is_none() {
        return Some("the access token is not a JWT that can be read, and need not be");
    }
    let says = jwt::header(&text, "typ").unwrap_or_default().to_ascii_lowercase();
    let follows = values.client.extensions.access_tokens == Some(TokenProfile::Rfc9068)
        || ACCESS_TOKEN_TYPES.contains(&says.as_str());
    (profile.is_some() && !follows).then_some(
        "the access token does not say by its typ that it follows RFC9068, and nor does \
         `access_tokens` in the target file",
    )
}

//! Values for what clients use beyond RFC6749: resources, authorization details, and JWTs of the
//! server.

use serde_json::{Map, Value, json};

use super::Values;
use crate::oauth::jwt;
use crate::oauth::names::{ACCESS_TOKEN, JTI, RESPONSE, SESSION_STATE, SUB};
use crate::suite::Placeholder;

/// The name under which the first access token is kept.
const FIRST_ACCESS_TOKEN: &str = "first.access_token";

/// The name under which introspection responses in a JWT are kept.
pub(super) const INTROSPECTION: &str = "introspection";

/// The name under which userinfo responses in a JWT are kept.
pub(super) const USERINFO: &str = "userinfo";

impl Values {
    /// The value, if it is one of these.
    pub(super) fn extension_value(&self, placeholder: Placeholder) -> Option<String> {
        let extensions = &self.client.extensions;
        let token = || self.received(ACCESS_TOKEN);
        match placeholder {
            Placeholder::Resource => extensions.resources.first().cloned(),
            Placeholder::AnotherResource => extensions.resources.get(1).cloned(),
            Placeholder::Details => match extensions.authorization_details.as_slice() {
                [] => None,
                details => Some(json!(details).to_string()),
            },
            Placeholder::DetailsFirst => {
                extensions.authorization_details.first().map(Value::to_string)
            }
            Placeholder::DetailsSecond => {
                extensions.authorization_details.get(1).map(Value::to_string)
            }
            Placeholder::DetailsUntyped => self.details(|details| {
                details.remove("type");
            }),
            Placeholder::DetailsWithMore => self.details(|details| {
                details.insert("authspec".to_owned(), "more".into());
            }),
            Placeholder::DetailsOfWrongType => {
                let details = extensions.authorization_details.first()?.as_object()?;
                let name = details.keys().find(|name| *name != "type")?.clone();
                self.details(|details| {
                    let value = &mut details[&name];
                    *value = if value.is_number() { json!({}) } else { json!(7) };
                })
            }
            Placeholder::Response => self.received(RESPONSE),
            Placeholder::Introspection => self.received(INTROSPECTION),
            Placeholder::Userinfo => self.received(USERINFO),
            Placeholder::SessionState => self.received(SESSION_STATE),
            Placeholder::FirstIdTokenSub => {
                jwt::claims(self.first_id_token()?)?.get(SUB)?.as_str().map(str::to_owned)
            }
            Placeholder::FirstTokenId => {
                let claims = jwt::claims(&self.received(FIRST_ACCESS_TOKEN)?)?;
                claims.get(JTI)?.as_str().map(str::to_owned)
            }
            Placeholder::AccessTokenForged => {
                jwt::forged(&token().filter(|it| jwt::parts(it).is_some())?)
            }
            Placeholder::AccessTokenUnsigned => Some(jwt::unsigned(&jwt::parts(&token()?)?.1)),
            Placeholder::AccessTokenAltered => altered(&token()?),
            _ => None,
        }
    }

    /// Keeps the newest access token, if it is the first of the case.
    pub(super) fn keep_first_access_token(&mut self) {
        if let Some(token) = self.received(ACCESS_TOKEN) {
            self.received.entry(FIRST_ACCESS_TOKEN).or_insert(token.into());
        }
    }

    /// Takes an introspection response in a JWT.
    pub(in crate::run) fn take_introspection(&mut self, jwt: String) {
        self.received.insert(INTROSPECTION.to_owned(), jwt.into());
    }

    /// Takes a userinfo response in a JWT.
    pub(in crate::run) fn take_userinfo(&mut self, jwt: String) {
        self.received.insert(USERINFO.to_owned(), jwt.into());
    }

    /// The first of the authorization details with the change made, in a list, as JSON.
    fn details(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Option<String> {
        let details = self.client.extensions.authorization_details.first()?;
        let mut details = details.as_object()?.clone();
        change(&mut details);
        Some(json!([details]).to_string())
    }
}

/// The JWT with other claims under its signature.
fn altered(token: &str) -> Option<String> {
    let (_, mut claims) = jwt::parts(token)?;
    let exp = claims.get("exp").and_then(Value::as_u64).unwrap_or_default();
    claims["exp"] = (exp + 3600).into();
    // So that it is longer, and is not shown by the name of the one that was issued.
    claims["authspec"] = "altered".into();
    let (header, rest) = token.split_once('.')?;
    let (_, signature) = rest.split_once('.')?;
    Some(format!("{header}.{}.{signature}", jwt::encoded(claims.to_string().as_bytes())))
}

//! A request of a collection, from a recorded request.

use url::form_urlencoded;

use super::collection::{Auth, Body, Pair, Request};
use super::variables::Variables;
use crate::report::evidence::{RequestEntry, StepEntry};
use crate::suite::Placeholder;

/// Header fields that Postman sets itself for its connection.
const OF_THE_CONNECTION: &[&str] = &["content-length", "cookie", "host", "transfer-encoding"];

/// The header field with credentials.
const CREDENTIALS: &str = "authorization";

/// The request of a step.
pub(super) fn request(
    step: &StepEntry,
    entry: &RequestEntry,
    description: String,
    variables: &mut Variables,
) -> Request {
    let mut header = Vec::new();
    let mut auth = Auth::Noauth;
    for (name, value) in &entry.headers {
        if name == CREDENTIALS {
            match credentials(step, value, variables) {
                Credentials::Basic(basic) => auth = Auth::Basic { basic },
                Credentials::Field(value) => header.push(Pair::new(name, value)),
            }
        } else if !OF_THE_CONNECTION.contains(&name.as_str()) {
            header.push(Pair::new(name, variables.put(value)));
        }
    }
    let url = variables.put(&entry.url);
    let body = (!entry.body.is_empty()).then(|| body(entry, variables));
    Request { method: entry.method.clone(), url, description, header, auth, body }
}

/// Variables that replace the credentials, which evidence does not contain.
enum Credentials {
    Basic([Pair; 2]),
    Field(String),
}

fn credentials(step: &StepEntry, shown: &str, variables: &mut Variables) -> Credentials {
    let scheme = shown.split(' ').next().unwrap_or_default();
    let is_changed = step.marks.iter().any(|mark| mark == CREDENTIALS);
    match scheme {
        "Basic" if !is_changed => {
            let id = variables.of(Placeholder::ClientId);
            let secret = variables.of(Placeholder::ClientSecret);
            Credentials::Basic([Pair::of_auth("username", id), Pair::of_auth("password", secret)])
        }
        "Bearer" if !is_changed => {
            let token = variables.of(Placeholder::AccessToken);
            Credentials::Field(format!("{scheme} {token}"))
        }
        _ => Credentials::Field(format!("{scheme} {}", variables.changed())),
    }
}

/// The body: as a form if that results in the same text, else unchanged.
fn body(entry: &RequestEntry, variables: &mut Variables) -> Body {
    let is_form = entry
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let pairs = entry.body.split('&').map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name)?, decoded(value)?))
    });
    match pairs.collect::<Option<Vec<_>>>().filter(|_| is_form) {
        Some(pairs) => Body::Urlencoded {
            urlencoded: pairs
                .into_iter()
                .map(|(name, value)| Pair::new(variables.put(&name), variables.put(&value)))
                .collect(),
        },
        None => Body::Raw { raw: variables.put(&entry.body) },
    }
}

/// The decoded text of a field; none if encoding it again gives another text, or if it has brackets
/// that are not from authspec.
fn decoded(text: &str) -> Option<String> {
    let pair = format!("={text}");
    let (_, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
    let again: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let is_same = again == text.replace('[', "%5B").replace(']', "%5D");
    let count = |text: &str| text.matches(['[', ']', '{', '}']).count();
    (is_same && count(&value) == count(text)).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_where_nothing_is_lost() {
        for (text, value) in [
            ("a+b%2Fc", Some("a b/c")),
            ("[code]", Some("[code]")),
            ("a%20b", None),
            ("http%3A%2F%2F%5B%3A%3A1%5D", None),
            ("%7B%7Bvault%7D%7D", None),
        ] {
            assert_eq!(decoded(text).as_deref(), value, "{text}");
        }
    }
}

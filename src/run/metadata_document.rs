//! Finds the metadata document of an issuer (RFC8414 §3), and explains why one was rejected.

use std::fmt;

use serde_json::Value;
use url::Url;

use crate::oauth::Metadata;
use crate::oauth::metadata::locations;
use crate::oauth::names::{AUTHORIZATION_ENDPOINT, ISSUER, TOKEN_ENDPOINT};
use crate::target::Link;
use crate::wire::{Answer, Blocked, Http, Sent, printable, shortened, without_credentials};

/// Why there is no metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMetadata {
    /// The server answers, but serves no metadata: the locations, and what came instead.
    NotServed(Vec<(String, String)>),
    /// The document at this address is too long to read.
    Cut(String, &'static str),
    /// It belongs to another issuer.
    OfAnother {
        /// Where it was found.
        url: String,
        /// The issuer that it names.
        named: String,
        /// The requested issuer.
        wanted: String,
    },
    /// The server does not answer.
    Unreachable(String),
}

impl fmt::Display for NoMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotServed(places) => {
                let places: Vec<_> =
                    places.iter().map(|(url, why)| format!("{url} ({why})")).collect();
                write!(f, "no metadata at {}", places.join(", "))
            }
            Self::Cut(url, why) => write!(f, "{why}: {url}"),
            Self::OfAnother { url, named, wanted } => write!(
                f,
                "the metadata at {url} is that of the issuer `{named}`, not of `{wanted}`; they \
                 must be exactly equal (RFC8414 §3.3)"
            ),
            Self::Unreachable(why) => f.write_str(why),
        }
    }
}

impl NoMetadata {
    /// How to fix the target file that names the issuer.
    pub(super) fn in_target_file(&self) -> String {
        match self {
            Self::NotServed(_) => format!(
                "{self}; correct `issuer`, or name the endpoints by hand in the target file: \
                 `endpoint.authorization = \"…\"` and `endpoint.token = \"…\"`, or \
                 `endpoint.metadata = \"…\"` if the metadata is elsewhere"
            ),
            Self::OfAnother { .. } if self.is_template() => {
                format!("{self}: {TEMPLATE}, in `issuer` of the target file")
            }
            Self::OfAnother { .. } => format!("{self}: correct `issuer` in the target file"),
            Self::Cut(..) | Self::Unreachable(_) => self.to_string(),
        }
    }

    /// How to fix the issuer given as an argument.
    pub fn for_argument(&self) -> String {
        let offline = "add --offline for a target file to fill in by hand";
        match self {
            Self::NotServed(_) => format!(
                "{self}; name the issuer as in the server's documentation, including its path"
            ),
            Self::OfAnother { .. } if self.is_template() => format!("{self}: {TEMPLATE}"),
            Self::OfAnother { .. } => format!("{self}: name that one, or {offline}"),
            Self::Cut(..) => self.to_string(),
            Self::Unreachable(why) => format!("{why} Or {offline}"),
        }
    }

    /// Whether the metadata contains a placeholder for the tenant.
    fn is_template(&self) -> bool {
        matches!(self, Self::OfAnother { named, .. } if named.contains(['{', '}']))
    }
}

/// What to do about template metadata.
const TEMPLATE: &str = "fill in the part in braces: name the issuer of your own tenant";

/// Finds the metadata of an issuer and its location, which may be given.
///
/// # Errors
/// Why there is none, or that it belongs to another issuer (RFC8414 §3.3).
pub(crate) async fn find_metadata(
    wanted: &Link,
    place: Option<&Link>,
    http: &Http,
) -> Result<(String, Metadata), NoMetadata> {
    let urls = match place {
        Some(link) => vec![link.url.clone()],
        None => locations(&wanted.url),
    };
    let mut tried = Vec::new();
    for url in urls {
        let (exchange, blocked) = http.send(Sent::get(url.as_str())).await;
        if let Some(why) = blocked {
            return Err(NoMetadata::Unreachable(unreachable(&wanted.text, &why)));
        }
        let Some(answer) = exchange.answer else { continue };
        let shown = without_credentials(url.as_str());
        if let (Some(why), 200) = (answer.unread(), answer.status) {
            return Err(NoMetadata::Cut(shown, why));
        }
        let Some(metadata) = Metadata::read(&answer.body).filter(|_| answer.status == 200) else {
            tried.push((shown, why_not(&answer)));
            continue;
        };
        let named = metadata.text(ISSUER).unwrap_or_default();
        if named != wanted.text {
            let (named, wanted) = (printable(named), without_credentials(&wanted.text));
            return Err(NoMetadata::OfAnother { url: shown, named, wanted });
        }
        return Ok((url.to_string(), metadata));
    }
    Err(NoMetadata::NotServed(tried))
}

/// What came in place of metadata.
fn why_not(answer: &Answer) -> String {
    let status = answer.status;
    let location = answer.header("location").map(|it| shortened(&printable(it), 200));
    match (status, location) {
        (300..=399, Some(to)) => format!("{status}, a redirect to {to}, which is not followed"),
        (401 | 403, _) => {
            format!("{status}; if a gateway requires a header field, set it with `[header]`")
        }
        (200, _) if answer.is_html() => "200, an HTML page".to_owned(),
        (200, _) if answer.body.trim().is_empty() => "200 with an empty body".to_owned(),
        (200, _) => match serde_json::from_str::<Value>(&answer.body) {
            Ok(Value::Array(_)) => "200, a JSON list instead of an object".to_owned(),
            Ok(_) => "200, JSON that is not an object".to_owned(),
            Err(_) => "200, not JSON".to_owned(),
        },
        _ => status.to_string(),
    }
}

/// How many issuers are tried for an endpoint, and how deep their paths are.
const MOST_ISSUERS: usize = 6;

/// The issuer whose metadata names these endpoints, with its location and content. It is searched
/// for along the start of the endpoints' paths. Metadata that names other endpoints belongs to
/// another server.
pub(crate) async fn find_issuer(
    authorization: Option<&Url>,
    token: Option<&Url>,
    http: &Http,
) -> Option<(Link, String, Metadata)> {
    let mut tried = Vec::new();
    for issuer in [authorization, token].into_iter().flatten().flat_map(issuers) {
        for url in locations(&issuer) {
            if tried.contains(&url) {
                continue;
            }
            tried.push(url.clone());
            let (exchange, blocked) = http.send(Sent::get(url.as_str())).await;
            if blocked.is_some() {
                return None;
            }
            let Some(answer) = exchange.answer.filter(|answer| answer.status == 200) else {
                continue;
            };
            let read = answer.unread().is_none().then(|| Metadata::read(&answer.body)).flatten();
            let Some(metadata) = read else { continue };
            let named = metadata.text(ISSUER).unwrap_or_default().to_owned();
            let Ok(named) = Link::parse(named) else { continue };
            let names = |endpoint: &str, wanted: Option<&Url>| {
                let named = metadata.text(endpoint).and_then(|url| Url::parse(url).ok());
                wanted.is_none_or(|wanted| named.as_ref() == Some(wanted))
            };
            let same = names(AUTHORIZATION_ENDPOINT, authorization);
            if same && names(TOKEN_ENDPOINT, token) && locations(&named.url).contains(&url) {
                return Some((named, url.to_string(), metadata));
            }
        }
    }
    None
}

/// Possible issuers of an endpoint: prefixes of its path, the longest first.
fn issuers(endpoint: &Url) -> Vec<Url> {
    let parts: Vec<_> = endpoint.path_segments().map(Iterator::collect).unwrap_or_default();
    let lengths = (0..parts.len().min(MOST_ISSUERS)).rev();
    let issuer = |length: usize| {
        let mut issuer = endpoint.clone();
        issuer.set_path(&parts[..length].join("/"));
        issuer.set_query(None);
        issuer.set_fragment(None);
        issuer
    };
    lengths.map(issuer).collect()
}

fn unreachable(issuer: &str, why: &Blocked) -> String {
    let issuer = without_credentials(issuer);
    match why {
        Blocked::Untrusted(why) => format!("the certificate of {issuer} is not trusted: {why}"),
        why => format!("{issuer} does not answer: {why}. Is the server running?"),
    }
}

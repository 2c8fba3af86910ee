//! Origins that belong to the server in addition to those of its endpoints.

use toml::Spanned;
use url::Url;

use super::client::Client;
use super::text::Text;
use crate::source::Mistake;

/// What is wrong with these origins, given these clients.
pub(super) fn mistakes(origins: &[Spanned<Text>], clients: &[Client]) -> Vec<Mistake> {
    let one = |origin: &Spanned<Text>| {
        let text = &origin.get_ref().text;
        let (what, right) = match read(text) {
            Some(url) => {
                let client = clients.iter().find(|client| has_redirect_uri_at(client, &url))?;
                let what = format!(
                    "`{text}` is the origin of a redirect URI of the client `{}`",
                    client.name
                );
                let right =
                    "leave it out: what arrives there belongs to the client, not to the server";
                (what, right)
            }
            None => {
                let what = format!("`{text}` is not an origin");
                (what, "write only scheme, host and port, as in `https://login.example`")
            }
        };
        Some(Mistake::new(origin.span(), what, right))
    };
    origins.iter().filter_map(one).collect()
}

/// The origin, if the text is exactly one.
fn read(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_whole = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (is_whole && url.username().is_empty() && url.password().is_none()).then_some(url)
}

fn has_redirect_uri_at(client: &Client, origin: &Url) -> bool {
    let urls = client.redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
    urls.into_iter().any(|url| url.origin() == origin.origin())
}

//! Addresses of clients at which authspec itself listens, other than redirect URIs.

use std::collections::BTreeSet;

use toml::Spanned;
use url::Url;

use super::text::Link;
use crate::oauth::loopback_addresses;
use crate::source::Mistake;

/// What is wrong with the address of the documents, given the redirect URIs of the clients.
pub(super) fn mistake(
    listener: Option<&Spanned<Link>>,
    redirect_uris: &[String],
) -> Option<Mistake> {
    let listener = listener?;
    let Link { text, url } = listener.get_ref();
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if loopback_addresses(url).is_empty() || !is_bare {
        let what = format!("authspec cannot serve documents at `{text}`");
        let right = "write the address of a port of this machine, as in `http://127.0.0.1:8770`";
        return Some(Mistake::new(listener.span(), what, right));
    }
    shares_port(url, redirect_uris).then(|| {
        let what = format!("`{text}` has the port of a redirect URI");
        Mistake::new(listener.span(), what, "choose another port: browsers arrive at that one")
    })
}

/// Whether a redirect URI has this port of this machine.
pub(super) fn shares_port(url: &Url, redirect_uris: &[String]) -> bool {
    let urls = redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
    let taken: BTreeSet<_> = urls.flat_map(|url| loopback_addresses(&url)).collect();
    let taken = |port: u16| taken.iter().any(|(address, _)| address.port() == port);
    loopback_addresses(url).iter().any(|(address, _)| taken(address.port()))
}

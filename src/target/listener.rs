//! Addresses of clients at which authspec itself listens, other than redirect URIs.

use std::collections::BTreeSet;

use toml::Spanned;
use url::Url;

use super::text::{Link, Text};
use crate::oauth::{listening_addresses, loopback_addresses};
use crate::source::Mistake;

/// What is wrong with the address of the documents, and with those where clients are told that a
/// session has ended, given the redirect URIs.
pub(super) fn mistakes(
    listener: Option<&Spanned<Link>>,
    notified: &[Spanned<Link>],
    redirect_uris: &[String],
) -> Vec<Mistake> {
    let unfit = listener.filter(|link| !is_fit(&link.get_ref().url)).map(|listener| {
        let what = format!("authspec cannot serve documents at `{}`", listener.get_ref().text);
        let right = "write the address of a port of this machine, as in `http://127.0.0.1:8770`";
        Mistake::new(listener.span(), what, right)
    });
    let links = notified.iter().chain(listener.filter(|_| unfit.is_none()));
    let shared = links.filter(|link| shares_port(&link.get_ref().url, redirect_uris)).map(|link| {
        let what = format!("`{}` has the port of a redirect URI", link.get_ref().text);
        Mistake::new(link.span(), what, "choose another port: browsers arrive at that one")
    });
    let shared: Vec<_> = shared.collect();
    unfit.into_iter().chain(shared).collect()
}

/// What is wrong with the scheme of that address, given its authority.
pub(super) fn scheme_mistake(
    listener: Option<&Spanned<Link>>,
    authority: Option<&Spanned<Text>>,
) -> Option<Mistake> {
    match (listener?.get_ref().url.scheme(), authority) {
        ("https", None) => {
            let what = "a listener with https and no authority that signs its certificate";
            let right = "write `listener_ca = \"FILE\"`; `authspec keys --certificate-authority FILE` makes one";
            Some(Mistake::new(listener?.span(), what, right))
        }
        ("http", Some(authority)) => {
            let what = "an authority for a listener with http";
            let right = "write `https://` in `listener`, or leave one of the two out";
            Some(Mistake::new(authority.span(), what, right))
        }
        _ => None,
    }
}

/// Whether documents can be served at this address.
fn is_fit(url: &Url) -> bool {
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    is_bare && !listening_addresses(url).is_empty()
}

/// Whether a redirect URI has this port of this machine.
fn shares_port(url: &Url, redirect_uris: &[String]) -> bool {
    let urls = redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
    let taken: BTreeSet<_> = urls.flat_map(|url| loopback_addresses(&url)).collect();
    let taken = |port: u16| taken.iter().any(|(address, _)| address.port() == port);
    listening_addresses(url).iter().any(|(address, _)| taken(address.port()))
}

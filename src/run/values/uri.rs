//! URIs made from others.

use url::{Position, Url};

/// The URL with another path, or `None` if the path stays the same.
pub(super) fn by_path(url: &Url, change: impl Fn(&str) -> String) -> Option<String> {
    let changed = Some(change(url.path())).filter(|changed| changed != url.path())?;
    let (before, behind) = (&url[..Position::BeforePath], &url[Position::AfterPath..]);
    Some(format!("{before}{changed}{behind}"))
}

/// The URI with http for https, or https for http.
pub(super) fn other_scheme(uri: &str) -> Option<String> {
    match uri.split_once("://")? {
        ("http", rest) => Some(format!("https://{rest}")),
        ("https", rest) => Some(format!("http://{rest}")),
        _ => None,
    }
}

/// The URI with another port from the dynamic range (RFC6335 §6). Nothing needs to listen there.
pub(super) fn other_port(uri: &str) -> Option<String> {
    const FIRST: u16 = 49_152;
    let registered = Url::parse(uri).ok()?.port_or_known_default()?;
    let other = FIRST + registered.wrapping_add(1) % (u16::MAX - FIRST + 1);
    let (scheme, rest) = uri.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // The last colon of an IPv6 address is inside its brackets.
    let host = authority.rsplit_once(':').map(|(host, _)| host);
    let host = host.filter(|host| !host.contains('[') || host.ends_with(']')).unwrap_or(authority);
    Some(format!("{scheme}://{host}:{other}{path}"))
}

/// The path with its last letter percent-encoded, which is equivalent.
pub(super) fn encoded(path: &str) -> String {
    match path.rfind(|c: char| c.is_ascii_alphanumeric()) {
        Some(at) => format!("{}%{:X}{}", &path[..at], path.as_bytes()[at], &path[at + 1..]),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_port_leaves_all_else_as_it_is() {
        for (uri, other) in [
            ("http://127.0.0.1:8765/cb?a=b%20c", "http://127.0.0.1:57918/cb?a=b%20c"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:49233/cb"),
            ("http://127.0.0.1:65535", "http://127.0.0.1:49152"),
            ("http://127.0.0.1:57918/cb", "http://127.0.0.1:57919/cb"),
            ("http://[::1]:8765/cb", "http://[::1]:57918/cb"),
            ("http://[::1]/cb", "http://[::1]:49233/cb"),
        ] {
            assert_eq!(other_port(uri).as_deref(), Some(other), "{uri}");
        }
    }
}

//! Addresses of this machine in the URIs of clients (RFC8252 §7.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Where requests for a loopback http URL arrive, and whether each address is needed; `localhost`
/// may be either family. Empty for any other URL.
pub fn loopback_addresses(url: &Url) -> Vec<(SocketAddr, bool)> {
    if url.scheme() == "http" { listening_addresses(url) } else { Vec::new() }
}

/// The same for any scheme.
pub fn listening_addresses(url: &Url) -> Vec<(SocketAddr, bool)> {
    let hosts: Vec<(IpAddr, bool)> = match url.host() {
        Some(Host::Ipv4(ip)) if ip.is_loopback() => vec![(ip.into(), true)],
        // A machine without IPv6 does not need it: the browser reports where it was sent.
        Some(Host::Ipv6(ip)) if ip.is_loopback() => vec![(ip.into(), false)],
        Some(Host::Domain("localhost")) => {
            vec![(Ipv4Addr::LOCALHOST.into(), true), (Ipv6Addr::LOCALHOST.into(), false)]
        }
        _ => Vec::new(),
    };
    let port = url.port_or_known_default().unwrap_or_default();
    hosts.into_iter().map(|(ip, is_needed)| (SocketAddr::new(ip, port), is_needed)).collect()
}

//! Groups blocks by server, and identifies the servers.

use url::Url;

use super::block::Block;
use super::collection::Found;
use super::variables::Resolved;
use crate::oauth::Metadata;
use crate::run::find_issuer;
use crate::target::Link;
use crate::wire::Http;

/// The blocks of one server.
#[derive(Clone, Debug, Default)]
pub(super) struct Server {
    pub(super) authorization: Option<Resolved>,
    pub(super) token: Option<Resolved>,
    pub(super) blocks: Vec<Found>,
}

/// A server's metadata.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) issuer: Link,
    /// The URL of its metadata.
    pub(super) url: String,
    pub(super) metadata: Metadata,
}

impl Server {
    /// The servers of these blocks, in order.
    pub(super) fn all(found: Vec<Found>) -> Vec<Self> {
        let mut servers: Vec<Self> = Vec::new();
        for found in found {
            let at = match servers.iter().position(|server| server.has(&found.block)) {
                Some(at) => at,
                None => {
                    servers.push(Self::default());
                    servers.len() - 1
                }
            };
            let server = &mut servers[at];
            let Block { auth_url, token_url, .. } = &found.block;
            server.authorization = server.authorization.take().or_else(|| auth_url.clone());
            server.token = server.token.take().or_else(|| token_url.clone());
            server.blocks.push(found);
        }
        servers
    }

    /// Whether the block belongs to this server: no endpoint differs, and at least one is the same or
    /// has the same origin.
    fn has(&self, block: &Block) -> bool {
        let pairs = [(&self.authorization, &block.auth_url), (&self.token, &block.token_url)];
        let both = pairs.iter().filter_map(|(own, other)| own.as_ref().zip(other.as_ref()));
        let (mut shares, mut differs) = (false, false);
        for (own, other) in both {
            *(if own.text == other.text { &mut shares } else { &mut differs }) = true;
        }
        let origins = |urls: [&Option<Resolved>; 2]| {
            let urls = urls.into_iter().flatten().filter_map(|url| Url::parse(&url.text).ok());
            urls.map(|url| url.origin()).collect::<Vec<_>>()
        };
        let own = origins([&self.authorization, &self.token]);
        let near =
            || origins([&block.auth_url, &block.token_url]).iter().any(|it| own.contains(it));
        !differs && (shares || near())
    }

    /// The URLs of its endpoints without missing variables.
    fn urls(&self) -> [Option<Url>; 2] {
        [&self.authorization, &self.token].map(|url| {
            let whole = url.as_ref().filter(|url| url.missing.is_empty())?;
            Url::parse(&whole.text).ok()
        })
    }

    /// The server's metadata, if it names the same endpoints.
    pub(super) async fn ask(&self, http: &Http) -> Option<Said> {
        let [authorization, token] = self.urls();
        let found = find_issuer(authorization.as_ref(), token.as_ref(), http).await;
        found.map(|(issuer, url, metadata)| Said { issuer, url, metadata })
    }

    /// A name that is valid as a folder name and as part of a file name.
    pub(super) fn host(&self) -> String {
        let urls = [&self.authorization, &self.token].into_iter().flatten();
        let url = urls.filter_map(|url| Url::parse(&url.text).ok()).next();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or("server");
        let host = host.to_owned();
        let port =
            url.and_then(|url| url.port()).map(|port| format!("-{port}")).unwrap_or_default();
        let host = format!("{}{port}", host.trim_matches(['[', ']']));
        host.replace(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c), "-")
    }
}

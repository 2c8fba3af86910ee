//! What the window shows between two visits.

use super::network_log::NetworkLog;
use super::visit::Landing;
use crate::oauth::Request;
use crate::oauth::request::Method;

/// What the window shows when a visit begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Shows {
    /// Any page.
    #[default]
    Anything,
    /// An empty page, once it has left the last one.
    Leaving,
    /// An empty page.
    Blank,
    /// A page of an earlier visit that does nothing any more.
    Inert(InertPage),
}

impl Shows {
    /// What it shows when a visit begins with this request. Forms are posted from an empty page, and a browser that is sent
    /// to where it is reloads its page, or moves within it.
    pub(super) fn before(self, request: &Request) -> Self {
        match self {
            Self::Inert(_) if request.method == Method::Post => Self::Anything,
            Self::Inert(page) if page.is_at(&request.url()) => Self::Anything,
            other => other,
        }
    }

    /// What it shows when a visit that began like this has ended there, if nothing has to be left. `inert` is the last page
    /// seen, if it does nothing any more.
    pub(super) fn after(
        self,
        request: &Request,
        landing: &Landing,
        inert: Option<InertPage>,
        log: &NetworkLog,
    ) -> Option<Self> {
        let is_get = request.method != Method::Post;
        match (landing, inert) {
            (Landing::Callback(_), Some(page)) if log.stays_since(page.hops) => {
                Some(Self::Inert(page))
            }
            (Landing::Callback(_), _) if is_get && log.stays_since(0) => Some(match self {
                Self::Inert(page) => Self::Inert(page),
                _ => Self::Blank,
            }),
            (Landing::ErrorPage { .. }, Some(page)) if log.hops() == page.hops => {
                Some(Self::Inert(page))
            }
            _ => None,
        }
    }

    /// The page of an earlier visit that is still shown.
    pub(super) fn inert(&self) -> Option<&InertPage> {
        if let Self::Inert(page) = self { Some(page) } else { None }
    }
}

/// A page that does nothing by itself, and has loaded all it needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InertPage {
    /// Identifies it.
    pub(super) document: f64,
    /// Its address.
    pub(super) url: String,
    /// To how many addresses the window had been sent in that visit when it showed.
    pub(super) hops: usize,
}

impl InertPage {
    /// Whether this is its address, apart from the fragment.
    fn is_at(&self, url: &str) -> bool {
        let whole = |url: &str| url.split('#').next().unwrap_or_default().to_owned();
        whole(&self.url) == whole(url)
    }
}

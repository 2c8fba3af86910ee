//! A visit: what a user agent is asked to do, and the result.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::action::Action;
use super::origins::Origins;
use super::page::Page;
use super::push::{Push, Pushed};
use super::session::Session;
use crate::oauth::names::{
    ACCESS_TOKEN, CODE, ERROR, ID_TOKEN, POST_LOGOUT_REDIRECT_URI, PROMPT, REDIRECT_URI,
    SELECT_ACCOUNT, STATE,
};
use crate::oauth::response::ResponseMode;
use crate::oauth::{AuthorizationResponse, Request};
use crate::suite::{Asked, Decision, ForgedForm, Visitor};
use crate::target::{LoginRule, User};
use crate::wire::{Answer, Blocked, Exchange, Http};

/// The kind of user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AgentKind {
    /// A real browser for everything.
    Browser,
    /// A real browser for pages that need a person, and an HTTP client with its cookies for the
    /// rest.
    Hybrid,
    /// An HTTP client that fills in forms.
    Forms,
}

impl fmt::Display for AgentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Browser => "browser",
            Self::Hybrid => "hybrid",
            Self::Forms => "forms",
        })
    }
}

/// A visit to make, to the authorization endpoint or the logout endpoint.
#[derive(Clone, Debug)]
pub struct VisitRequest {
    /// The authorization request, or the logout request.
    pub request: Request,
    /// How the client pushes the request before the visit, if it does.
    pub push: Option<Push>,
    /// What the user agent sends in place of the request, once that was pushed.
    pub reference: Option<Request>,
    /// The same request as an object, which the user agent sends (RFC9101 §5.1).
    pub object: Option<Request>,
    /// The user who signs in if asked.
    pub user: User,
    /// The redirect URIs registered for the client, which are our own callbacks; for a logout,
    /// those for the return after it.
    pub redirect_uris: Vec<String>,
    /// Whether this is an unchanged flow, from which the agent learns what login and consent pages
    /// look like, and whose session it keeps for later visits.
    pub teaches: bool,
    /// The visitor, if it is not the browser in which the user has signed in.
    pub visitor: Option<Visitor>,
    /// Addresses that pages may show, of which the visit tells whether they do.
    pub looks_for: Vec<String>,
    /// The user's answer if asked for consent; consents by default.
    pub decide: Option<Decision>,
    /// A consent form that the user is made to submit in place of the one shown.
    pub forgery: Option<Forgery>,
    /// Whether it is a logout.
    pub signs_out: bool,
    /// Whether the visitor has a session of the case's own, which is not kept for other cases.
    pub has_own_session: bool,
    /// Whether a real browser makes the visit from the start.
    pub is_watched: bool,
    /// Whether the request is valid, so that a session that it had to renew is kept too.
    pub is_valid: bool,
}

/// A forged form.
#[derive(Clone, Debug)]
pub struct Forgery {
    /// How it is forged.
    pub form: ForgedForm,
    /// The attacker's own account.
    pub by: User,
}

impl VisitRequest {
    /// A visit with this request, with nothing else about it.
    #[cfg(test)]
    pub(super) fn plain(request: Request) -> Self {
        Self {
            request,
            push: None,
            reference: None,
            object: None,
            user: User::new("alice", "secret"),
            redirect_uris: Vec::new(),
            teaches: false,
            visitor: None,
            looks_for: Vec::new(),
            decide: None,
            forgery: None,
            signs_out: false,
            has_own_session: false,
            is_watched: false,
            is_valid: false,
        }
    }

    /// Pushes the request, if the client does that. Returns what was sent, and what to visit with.
    /// The error is the result of a visit that is over before it began.
    pub(super) async fn pushed(
        &self,
        http: &Http,
    ) -> Result<(Vec<Exchange>, Cow<'_, Self>), Box<Visit>> {
        let Some(push) = &self.push else { return Ok((Vec::new(), Cow::Borrowed(self))) };
        let (exchanges, next) = push.send(http).await;
        let landing = match next {
            Pushed::Visit(request) => {
                let reference = Some(*request);
                return Ok((exchanges, Cow::Owned(Self { reference, ..self.clone() })));
            }
            Pushed::Refused(answer) => Ok(Landing::PushRefused(*answer)),
            Pushed::Blocked(why) => Err(why),
        };
        Err(Box::new(Visit { exchanges, landing, ..Visit::empty(AgentKind::Browser) }))
    }

    /// What the page asks of the user.
    pub(super) fn wanted_at(&self, page: &Page, script: &[LoginRule]) -> Option<Action> {
        if self.signs_out {
            return page.wants_at_logout(script, &self.user);
        }
        let prompt = self.request.params().get(PROMPT).unwrap_or_default();
        match prompt.split(' ').any(|value| value == SELECT_ACCOUNT) {
            true => page.wants_with_accounts(script, &self.user),
            false => page.wants(script, &self.user),
        }
    }

    /// What the user agent sends.
    pub(super) fn sent(&self) -> &Request {
        self.reference.as_ref().or(self.object.as_ref()).unwrap_or(&self.request)
    }

    /// Whether the response went to a redirect URI that is registered for the client.
    pub fn is_registered(&self, response: &AuthorizationResponse) -> bool {
        self.redirect_uris.iter().any(|uri| response.went_to(uri))
    }

    /// Whether this answers our request, wherever it went: it contains our state, and credentials,
    /// or an error if it went where the request asked. (The server may also send an error to its
    /// own page.)
    pub fn is_answered_by(&self, response: &AuthorizationResponse) -> bool {
        if !self.is_of_it(response) {
            return false;
        }
        self.is_granted_by(response) || (response.is_answer() && self.went_as_asked(response))
    }

    /// Whether this grants what our request asked for: it contains our state, and credentials.
    pub fn is_granted_by(&self, response: &AuthorizationResponse) -> bool {
        self.is_of_it(response) && gives(response)
    }

    /// Whether a page that the server redirects to is its own, although its origin is unknown:
    /// nothing in the request named it, and it receives nothing. (Error pages may be on another
    /// origin than sign-in pages.)
    pub(super) fn is_led_to(&self, sent: &AuthorizationResponse, to: &Url) -> bool {
        matches!(to.scheme(), "http" | "https") && !gives(sent) && !self.names(to)
    }

    /// Whether a form of a page would hand over what the server has granted when submitted: to a
    /// client, or to an address named in the request. (The server's own form may contain a code
    /// unrelated to OAuth.)
    pub(super) fn is_handed_over(&self, form: &AuthorizationResponse, server: &Origins) -> bool {
        let strays = || !server.contains(&form.uri) && is_web(&form.uri);
        gives(form) && (self.is_registered(form) || self.went_as_asked(form) || strays())
    }

    /// Whether loading this, as an image or by a script, sent there what a redirect would have: the
    /// answer, or the user's browser to an address that the client does not know.
    pub(super) fn is_loaded(&self, sent: &AuthorizationResponse, server: &Origins) -> bool {
        if self.teaches || server.contains(&sent.uri) {
            return false;
        }
        if self.is_granted_by(sent) || self.went_as_asked(sent) {
            return true;
        }
        let authority = |uri: &str| {
            let url = Url::parse(uri).ok()?;
            Some((url.host_str()?.to_owned(), url.port_or_known_default()))
        };
        let there = authority(&sent.uri);
        let is_asked = self.asked().is_some_and(|asked| authority(asked.as_str()) == there);
        // A client's own host may serve its logo.
        let is_known = self.redirect_uris.iter().any(|uri| authority(uri) == there);
        there.is_some() && is_asked && (!is_known || sent.is_answer())
    }

    /// The redirect URI that the request asks for, as a browser would parse it.
    fn asked(&self) -> Option<Url> {
        let endpoint = Url::parse(&self.request.endpoint).ok()?;
        let params = self.request.params();
        let name = if self.signs_out { POST_LOGOUT_REDIRECT_URI } else { REDIRECT_URI };
        endpoint.join(params.get(name)?).ok()
    }

    /// Whether it went where the request asks.
    fn went_as_asked(&self, response: &AuthorizationResponse) -> bool {
        self.asked().is_some_and(|asked| {
            let asked = asked.as_str().split('#').next().unwrap_or_default();
            response.went_to(asked)
        })
    }

    /// Whether a parameter of the request contains the host and port of this address.
    fn names(&self, to: &Url) -> bool {
        let Some(host) = to.host_str() else { return true };
        let authority = to.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let is_there = |url: Url| (url.host_str(), url.port()) == (to.host_str(), to.port());
        self.request.params().iter().any(|(_, value)| {
            value.to_ascii_lowercase().contains(&authority) || Url::parse(value).is_ok_and(is_there)
        })
    }

    fn is_of_it(&self, response: &AuthorizationResponse) -> bool {
        let state = self.request.params().get(STATE);
        // A form on the way may contain the whole request, and a one-time code of the user.
        let is_form = response.mode == ResponseMode::FormPost;
        !is_form && state.is_some() && response.params.get(STATE) == state
    }

    /// Where a response that ends the visit ended it.
    pub fn landing(&self, response: AuthorizationResponse) -> Landing {
        if self.is_registered(&response) {
            Landing::Callback(response)
        } else {
            Landing::Elsewhere(response)
        }
    }
}

/// Whether the response contains credentials.
fn gives(response: &AuthorizationResponse) -> bool {
    let has = |name: &&str| response.params.get(name).is_some_and(|value| !value.is_empty());
    [CODE, ACCESS_TOKEN, ID_TOKEN].iter().any(has)
}

fn is_web(uri: &str) -> bool {
    uri.starts_with("http:") || uri.starts_with("https:")
}

/// Where a visit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// At a registered redirect URI.
    Callback(AuthorizationResponse),
    /// At, or on the way to, an address that is neither the server's nor registered.
    Elsewhere(AuthorizationResponse),
    /// On an error page of the server.
    ErrorPage {
        /// The page's status, or `None` if the browser could not tell.
        status: Option<u16>,
        /// The error code, if the page is JSON with one, or its address has one.
        error: Option<String>,
        /// The text of the page, shortened.
        text: String,
    },
    /// Nowhere: the server answered so when the client pushed the request (RFC9126 §2.3).
    PushRefused(Answer),
}

/// The error code of a page: from its JSON, or from the address that the redirect gave it.
pub(super) fn error_of(address: &str, json: Option<&Map<String, Value>>) -> Option<String> {
    let said = json.and_then(|json| json.get(ERROR)?.as_str());
    let address = AuthorizationResponse::read(address);
    said.or_else(|| address.params.get(ERROR)).map(str::to_owned)
}

/// The result of a visit.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Every recorded request, in order.
    pub exchanges: Vec<Exchange>,
    /// Where it ended, or why it could not be completed.
    pub landing: Result<Landing, Blocked>,
    /// The agent that made the visit in the end.
    pub agent: AgentKind,
    /// The last page in the browser, as PNG.
    pub screenshot: Option<Vec<u8>>,
    /// The source of the last page.
    pub page: Option<String>,
    /// What the pages asked for that was answered.
    pub asked: BTreeSet<Asked>,
    /// The labels of what was clicked.
    pub clicked: Vec<String>,
    /// Which of the addresses that it looked for were shown.
    pub shown: BTreeSet<String>,
    /// What `Referer` fields revealed to other origins, if the browser reported it.
    pub referers: Option<Vec<String>>,
    /// The visitor's session afterwards, if it is the case's own.
    pub session: Option<Session>,
}

impl Visit {
    /// An empty result.
    pub(super) fn empty(agent: AgentKind) -> Self {
        let nothing = Blocked::Unreachable("nothing was sent".to_owned());
        Self {
            exchanges: Vec::new(),
            landing: Err(nothing),
            agent,
            screenshot: None,
            page: None,
            asked: BTreeSet::new(),
            clicked: Vec::new(),
            shown: BTreeSet::new(),
            referers: None,
            session: None,
        }
    }
}

impl Visit {
    pub(super) fn by(self, agent: AgentKind) -> Self {
        Self { agent, ..self }
    }

    pub(super) fn blocked(why: Blocked) -> Self {
        Self { landing: Err(why), ..Self::empty(AgentKind::Browser) }
    }
}

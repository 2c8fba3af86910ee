//! What happened in a case, step by step: the input of a verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use authspec_jwe::Decrypted;
use serde_json::Value;

use super::confidence::Raced;
use crate::agent::{AgentKind, Framed, Landing, Page};
use crate::oauth::member::{is_there, letters, names_token};
use crate::oauth::names::{CODE, ERROR, TROUBLES};
use crate::oauth::{AuthorizationResponse, Params, Request};
use crate::source::counted;
use crate::suite::{Asked, Step, StepKind};
use crate::wire::{Answer, Blocked, Exchange, Names, Node, Sent, is_trouble};

/// The steps of a case as they were performed.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// All of the case's steps in order, including those that were not reached.
    pub steps: Vec<Performed>,
    /// Why the case was restarted, if the server failed by chance or the browser was lost.
    pub retried: Option<String>,
    /// Whether each attempt met the same obstacle at the same step.
    pub(super) recurs: bool,
    /// Whether the server answered the valid request afterwards.
    pub(super) is_crash: bool,
    /// How the server refused what was tried alongside the case.
    pub(super) beside: Vec<RefusalForm>,
    /// How many rounds of a race were run without a loss.
    pub raced: Option<Raced>,
}

/// How a step was refused.
#[derive(Clone, Debug)]
pub(super) struct RefusalForm {
    pub(super) words: String,
    /// Whether it is not an OAuth error.
    pub(super) is_strange: bool,
    /// When, in milliseconds since 1970.
    pub(super) at_ms: u64,
}

impl Transcript {
    /// The agent that made the visit, if there was one.
    pub fn agent(&self) -> Option<AgentKind> {
        self.steps.iter().find_map(|step| step.agent)
    }

    /// Whether the flow ended before anything was changed, although the server answered each
    /// request.
    pub fn ended_early(&self) -> bool {
        let is_reached = |step: &&Performed| !matches!(step.outcome, Outcome::NotReached(_));
        let reached = self.steps.iter().filter(is_reached);
        reached.clone().count() < self.steps.len()
            && !reached.clone().any(|step| step.changed)
            && self.blocked().is_none()
    }

    /// What ended it early.
    pub(super) fn hindrance(&self) -> Option<&Blocked> {
        match &self.steps.last()?.outcome {
            Outcome::Blocked(why) => Some(why),
            _ => None,
        }
    }

    /// The step that could not be tried, and why.
    pub fn blocked(&self) -> Option<(&Performed, Blocked)> {
        self.blocked_at().map(|(index, blocked)| (&self.steps[index], blocked))
    }

    /// Whether a request timed out.
    pub(super) fn has_timed_out(&self) -> bool {
        matches!(self.blocked(), Some((_, Blocked::TimedOut(_))))
    }

    /// Like [`Transcript::blocked`], with the number of the step.
    pub(super) fn blocked_at(&self) -> Option<(usize, Blocked)> {
        self.steps.iter().enumerate().find_map(|(index, step)| match &step.outcome {
            Outcome::Blocked(why) => Some((index, why.clone())),
            Outcome::Answered(Answer { status, .. }) if is_trouble(*status) => {
                Some((index, Blocked::Unavailable(*status)))
            }
            outcome if outcome.is_refusal() => {
                let error = outcome.error().filter(|error| TROUBLES.contains(&error.as_str()))?;
                Some((index, Blocked::Troubled(format!("{ERROR}={error}"))))
            }
            _ => None,
        })
    }

    /// The first step that was answered with a redirect, though its endpoint has no pages. If that is the answer each
    /// time, it is judged.
    pub(super) fn redirected_at(&self) -> Option<(usize, Blocked)> {
        self.steps.iter().enumerate().find_map(|(index, step)| match &step.outcome {
            Outcome::Answered(Answer { status: status @ 300..400, .. })
                if step.kind != StepKind::Preflight =>
            {
                Some((index, Blocked::Redirected(*status)))
            }
            _ => None,
        })
    }
}

/// A step as it was performed.
#[derive(Clone, Debug)]
pub struct Performed {
    /// Its name in the suite file.
    pub label: String,
    /// The kind of the step.
    pub kind: StepKind,
    /// Whether the request differed from the valid flow's.
    pub changed: bool,
    /// The request, or `None` if the step was not reached.
    pub request: Option<Request>,
    /// The request that the client pushes before it visits, if it does.
    pub push: Option<Request>,
    /// The request as the object in which it is passed, if it is.
    pub packed: Option<Request>,
    /// What the request refers to, if an earlier step of the case has pushed it.
    pub pushed: Option<Params>,
    /// Everything that was sent and received.
    pub exchanges: Vec<Exchange>,
    /// What the server under test sent to a listener of ours meanwhile, and what it was answered.
    pub received: Vec<Exchange>,
    /// Whether it has refused the bad certificate of the document by then.
    pub refused_certificate: bool,
    /// How it ended. For requests sent at once, a granted one if there is one.
    pub outcome: Outcome,
    /// What was in the JWTs of the answer that were encrypted for the client, by how they were sent.
    pub decrypted: BTreeMap<String, Decrypted>,
    /// The result of requests sent at once.
    pub race: Option<Race>,
    /// The agent that visited the authorization endpoint.
    pub agent: Option<AgentKind>,
    /// The last page in the browser, as PNG.
    pub screenshot: Option<Vec<u8>>,
    /// The source of the last page.
    pub page: Option<String>,
    /// When it was performed, in seconds since 1970.
    pub at: u64,
    /// What the pages asked for that was answered.
    pub asked: BTreeSet<Asked>,
    /// The labels of what was clicked on them.
    pub clicked: Vec<String>,
    /// Which of the addresses that the case expects on a page were shown.
    pub shown: BTreeSet<String>,
    /// The one-time codes of its users so far.
    pub codes: Vec<String>,
    /// What `Referer` fields revealed to other origins, if the browser reported it.
    pub referers: Option<Vec<String>>,
    /// What was seen, redacted, if the answers were too large to keep after judging.
    pub forgotten: Option<String>,
    /// Why the screenshot was not kept.
    pub(super) withheld: Option<&'static str>,
}

impl Performed {
    /// A step that ended before anything was sent.
    pub(super) fn new(step: &Step, outcome: Outcome) -> Self {
        Self {
            label: step.label.clone(),
            kind: step.kind,
            changed: step.change.is_some(),
            request: None,
            push: None,
            packed: None,
            pushed: None,
            exchanges: Vec::new(),
            received: Vec::new(),
            refused_certificate: false,
            outcome,
            decrypted: BTreeMap::new(),
            race: None,
            agent: None,
            screenshot: None,
            page: None,
            at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            asked: BTreeSet::new(),
            clicked: Vec::new(),
            shown: BTreeSet::new(),
            codes: Vec::new(),
            referers: None,
            forgotten: None,
            withheld: None,
        }
    }
}

impl Performed {
    /// The browser's last page, unless it shows something that must be redacted, which is not
    /// possible in an image.
    pub fn picture(&self, names: &Names) -> Option<Result<&[u8], &'static str>> {
        if let Some(why) = self.withheld {
            return Some(Err(why));
        }
        let picture = self.screenshot.as_deref()?;
        let shown = self.page.as_deref().map_or_else(String::new, |page| Page::read(page).shown());
        let is_fit = names.hide(&shown) == Names::default().hide(&shown);
        Some(if is_fit { Ok(picture) } else { Err("the page shows a secret") })
    }

    /// The server asked to wait instead of processing the request; in a race, instead of processing
    /// all requests that could have won.
    pub(super) fn asks_to_wait(&self) -> Option<Blocked> {
        let has_failed = self.race.is_some_and(|race| race.granted > 1);
        let last = if self.race.is_some() { self.exchanges.len() } else { 1 };
        let answers = self.exchanges.iter().rev().take(last).filter_map(|it| it.answer.as_ref());
        let mut asks =
            answers.filter_map(|it| Some(Blocked::AsksToWait(it.status, it.asks_to_wait()?)));
        asks.next().filter(|_| !has_failed)
    }

    /// How long its requests were held back by rate limits.
    pub(super) fn held(&self) -> Duration {
        self.exchanges.iter().map(|exchange| exchange.held).sum()
    }
}

/// The result of requests that were sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    /// How many were sent.
    pub sent: usize,
    /// How many were granted.
    pub granted: usize,
    /// How many different tokens still work afterwards, if they could be tried.
    pub alive: Option<usize>,
}

impl Race {
    /// What was granted beyond the given limits of granted requests and live tokens, or `None`. The
    /// text omits the count, which differs from run to run.
    pub fn excess(&self, granted: Option<usize>, alive: Option<usize>) -> Option<String> {
        let Self { sent, .. } = self;
        let granted = granted.filter(|most| self.granted > *most);
        let granted = granted.map(|most| format!("more than {most} of {sent} requests granted"));
        let alive = alive.filter(|most| self.alive.is_some_and(|alive| alive > *most));
        let alive = alive.map(|most| format!("more than {} alive", counted(most, "token")));
        let excess: Vec<_> = granted.into_iter().chain(alive).collect();
        (!excess.is_empty()).then(|| excess.join(", "))
    }
}

impl Performed {
    /// The server's last answer: for a visit, the page that it ended on, or the redirect to the
    /// client. `None` if the browser does not report it.
    pub fn answer(&self) -> Option<&Answer> {
        let there = match &self.outcome {
            Outcome::Answered(answer) => return Some(answer),
            Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                Some(&response.uri)
            }
            Outcome::Landed(Landing::PushRefused(answer)) => return Some(answer),
            Outcome::Landed(Landing::ErrorPage { .. }) => None,
            Outcome::Framed(_)
            | Outcome::Delivered(_)
            | Outcome::Operated
            | Outcome::Blocked(_)
            | Outcome::NotReached(_) => return None,
        };
        let went = |exchange: &&Exchange| {
            there.is_some_and(|there| AuthorizationResponse::base(&exchange.sent.url) == there)
        };
        self.exchanges.iter().rev().find(|exchange| !went(exchange))?.answer.as_ref()
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The visit to the authorization endpoint ended here.
    Landed(Landing),
    /// The endpoint answered.
    Answered(Answer),
    /// The result in a frame.
    Framed(Framed),
    /// What the server sent to the client by itself, if anything.
    Delivered(Option<Sent>),
    /// The operator has done what the target file says.
    Operated,
    /// It could not be tried.
    Blocked(Blocked),
    /// An earlier step did not return this value, which the step needs.
    NotReached(String),
}

/// What the server told a client: the query of a frame, or the form that it posted, if it is one.
pub(super) fn told_in(sent: &Sent) -> Option<Params> {
    if sent.is_message() {
        return Some([("message", sent.body.as_str())].into_iter().collect());
    }
    if sent.method == "GET" {
        let (_, query) = sent.url.split_once('?').unwrap_or_default();
        return Some(Params::parse(query));
    }
    sent.form_text().map(Params::parse)
}

impl Outcome {
    /// Whether the server refused: with a 4xx, an OAuth error, or an error page.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Landed(Landing::Callback(response)) => {
                let says_error = response.params.all(ERROR).any(|value| !value.is_empty());
                says_error && !gives(response)
            }
            Self::Landed(Landing::ErrorPage { .. } | Landing::PushRefused(_)) => true,
            Self::Answered(answer) => {
                let says_error = || {
                    let error = answer.members().and_then(|it| it.get(ERROR));
                    error.is_some_and(|error| *error != Node::Plain(Value::Null))
                };
                !holds_token(answer)
                    && (answer.status < 500 || answer.status == 501)
                    // Some servers send whoever makes a mistake to their page for signing in.
                    && (answer.status >= 300 || says_error())
            }
            _ => false,
        }
    }

    /// Whether the server granted something: a code, a token, or what a token gives access to.
    pub fn is_grant(&self) -> bool {
        match self {
            Self::Framed(framed) => framed.is_shown,
            Self::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                gives(response)
            }
            Self::Answered(answer) => {
                holds_token(answer) || ((200..300).contains(&answer.status) && !self.is_refusal())
            }
            _ => false,
        }
    }

    /// Whether the answer has a parameter of this name, with any value.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).iter().any(is_there)
    }

    /// Every value of the parameter, anywhere in an authorization response and including duplicates
    /// in JSON.
    pub(super) fn all(&self, name: &str) -> Vec<Value> {
        match self {
            Self::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                response.params.all(name).map(Value::from).collect()
            }
            Self::Answered(answer) | Self::Landed(Landing::PushRefused(answer)) => {
                answer.members().map_or_else(Vec::new, |it| it.all(name))
            }
            Self::Delivered(Some(sent)) => {
                let params = told_in(sent).unwrap_or_default();
                params.all(name).map(Value::from).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The error code, if there is one.
    pub fn error(&self) -> Option<String> {
        match self {
            Self::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                response.params.get(ERROR).map(str::to_owned)
            }
            Self::Landed(Landing::ErrorPage { error, .. }) => error.clone(),
            Self::Answered(answer) | Self::Landed(Landing::PushRefused(answer)) => {
                match answer.members()?.get(ERROR)? {
                    Node::Plain(Value::String(error)) => Some(error.clone()),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Whether a code or token was issued, whatever else the response says.
fn gives(response: &AuthorizationResponse) -> bool {
    let is_one = |name: &str| name == CODE || names_token(name);
    response.params.iter().any(|(name, value)| is_one(name) && !value.is_empty())
}

/// Whether the answer contains a token, whatever else it says.
fn holds_token(answer: &Answer) -> bool {
    !token_places(answer).is_empty()
}

/// Where the answer contains tokens: in members of any depth and spelling, header fields and
/// cookies. Gives the letters of each name, and the place.
pub(super) fn token_places(answer: &Answer) -> Vec<(String, String)> {
    let node = answer.members();
    let mut found = Vec::new();
    for (path, name, node) in node.map(|it| it.named(names_token)).unwrap_or_default() {
        if matches!(node, Node::Plain(value) if is_there(value)) {
            found.push((letters(name), path));
        }
    }
    for (name, value) in &answer.headers {
        if names_token(name) && !value.is_empty() {
            found.push((letters(name), format!("the header field {name}")));
        }
        if let Some((cookie, value)) = value.split_once('=').filter(|_| name == "set-cookie") {
            let value = value.split(';').next().unwrap_or_default();
            if names_token(cookie) && !value.trim_matches(['"', ' ']).is_empty() {
                found.push((letters(cookie), format!("the cookie {}", cookie.trim())));
            }
        }
    }
    found
}

//! A visit over HTTP: follows redirects one by one, fills in forms, and records everything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::sleep;
use url::Url;

use super::action::{Action, PageKind};
use super::activity::{handed_over, may_act};
use super::continuation::Continuation;
use super::origins::Origins;
use super::page::Page;
use super::push::Pushed;
use super::second_factor::{NoCode, no_passkey, one_time_code};
use super::session::Session;
use super::submission::Submission;
use super::visit::{Landing, VisitRequest, error_of};
use crate::oauth::names::ERROR;
use crate::oauth::request::Method;
use crate::oauth::response::ResponseMode;
use crate::oauth::{AuthorizationResponse, Params};
use crate::suite::{Asked, Decision};
use crate::target::LoginRule;
use crate::wire::{Answer, Blocked, Exchange, Http, Phase, Sent, is_trouble, shortened};

/// How many requests a visit may take.
const HOPS: usize = 25;

/// How often redirects may lead to the same address with the same cookies.
const ROUNDS: usize = 2;

/// The reason for redirects that lead back to themselves.
pub(super) const CIRCLE: &str = "redirects in a circle";

/// How often a page of one kind may be shown before something is wrong.
const PATIENCE: usize = 3;

/// How much of an error page's text is shown, in characters.
const TEXT_LIMIT: usize = 300;

/// Where a visit over HTTP ended.
pub(super) enum End {
    /// It landed.
    Landed(Landing),
    /// It could not be completed.
    Blocked(Blocked),
    /// It needs a browser, for this reason.
    WantsBrowser(&'static str),
    /// Only a browser can tell the result, whichever agent is used.
    MustBeSeen(&'static str),
}

/// Where a visit halts without submitting the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// At a consent page.
    AtConsent,
    /// At any page with a form.
    AtAnyPage,
}

/// How much of the body of a redirect is kept.
const REMARK: usize = 8 << 10;

/// The reason of a visit that has halted.
const HALTED: &str = "the visit was to halt there";

/// A visit in progress.
pub(super) struct HttpVisit<'a> {
    pub(super) http: &'a Http,
    pub(super) script: &'a [LoginRule],
    pub(super) visit_request: &'a VisitRequest,
    pub(super) origins: Origins,
    /// The signatures of pages shown by a valid flow.
    pub(super) pages: BTreeSet<String>,
    pub(super) session: Session,
    /// Whether forms may be submitted without a browser.
    pub(super) may_submit: bool,
    /// How the page goes on that this request leads to, if that is proven.
    pub(super) continuation: Option<Continuation>,
    pub(super) exchanges: Vec<Exchange>,
    /// The source of the last page.
    pub(super) page: Option<String>,
    /// Signatures of the submitted forms.
    pub(super) acted: Vec<String>,
    /// The pages at which to halt; the form is then in `held`.
    pub(super) halt: Option<Halt>,
    pub(super) held: Option<Submission>,
    /// The session before the user was first asked to sign in.
    pub(super) before: Option<Session>,
    /// Whether a page of another site makes the browser send these requests.
    pub(super) strays: bool,
    /// Whether a user signed in on the way.
    pub(super) signed_in: bool,
    /// What the pages asked for that was answered.
    pub(super) asked: BTreeSet<Asked>,
    /// The labels of what was clicked.
    pub(super) clicked: Vec<String>,
    /// Requests since the last page, with their cookies, and how often each was sent.
    pub(super) round: BTreeMap<Sent, usize>,
}

/// Where to go next, or the end.
enum Next {
    Go(Sent),
    /// Request the same page again after this time.
    Rest(Duration),
    End(End),
}

impl HttpVisit<'_> {
    /// Makes the visit.
    pub(super) async fn travel(&mut self) -> End {
        let pushed;
        let request = match &self.visit_request.push {
            None => self.visit_request.sent(),
            Some(push) => {
                let (exchanges, next) = push.send(self.http).await;
                self.exchanges.extend(exchanges);
                match next {
                    Pushed::Visit(request) => pushed = request,
                    Pushed::Refused(answer) => return End::Landed(Landing::PushRefused(*answer)),
                    Pushed::Blocked(why) => return End::Blocked(why),
                }
                &*pushed
            }
        };
        let sent = match request.method {
            Method::Post => Sent::post_form(request.url(), request.body.encode()),
            _ => Sent::get(request.url()),
        };
        self.go_on(sent).await
    }

    /// Continues with this request.
    pub(super) async fn go_on(&mut self, mut sent: Sent) -> End {
        for _ in 0..HOPS {
            match self.hop(sent).await {
                Next::Go(next) => sent = next,
                Next::End(end) => return end,
                Next::Rest(_) => break,
            }
        }
        End::Blocked(Blocked::Login(format!("still on the way after {HOPS} requests")))
    }

    async fn hop(&mut self, mut sent: Sent) -> Next {
        let Ok(url) = Url::parse(&sent.url) else {
            return Next::End(End::Blocked(Blocked::Login("a URL that cannot be read".to_owned())));
        };
        let cookies = match self.strays {
            true => self.session.header_from_elsewhere(&url, sent.method == "GET"),
            false => self.session.header(&url),
        };
        sent.ask_for_page(cookies);
        let times = self.round.entry(sent.clone()).or_default();
        *times += 1;
        if *times > ROUNDS {
            return self.circle(&url);
        }
        let (exchange, blocked) = self.http.send(sent.clone()).await;
        let answer = exchange.answer.clone();
        self.note(exchange);
        let Some(answer) = answer else {
            let why = blocked.unwrap_or(Blocked::Unreachable("no answer".to_owned()));
            return Next::End(End::Blocked(why));
        };
        for cookie in answer.headers("set-cookie") {
            self.session.set(cookie, &url);
        }
        match answer.status {
            status if is_trouble(status) => Next::End(End::Blocked(Blocked::Unavailable(status))),
            300..=399 if answer.header("location").is_some() => self.redirect(&url, sent, &answer),
            _ => loop {
                match self.look(&url, &answer) {
                    Next::Rest(time) => {
                        let _waiting = Phase::Pause.enter();
                        sleep(time).await;
                    }
                    next => return next,
                }
            },
        }
    }

    /// Records an exchange. Only the beginning of a redirect's body is kept.
    fn note(&mut self, mut exchange: Exchange) {
        if let Some(answer) = exchange.answer.as_mut().filter(|it| (300..400).contains(&it.status))
        {
            answer.body = answer.body.beginning(REMARK);
        }
        self.exchanges.push(exchange);
    }

    /// The server redirects in an endless circle, which a client would end with an error.
    fn circle(&self, url: &Url) -> Next {
        let last = self.exchanges.last().and_then(|it| Some(it.answer.as_ref()?.status));
        let (error, text) = (error_of(url.as_str(), None), CIRCLE.to_owned());
        Next::End(End::Landed(Landing::ErrorPage { status: last, error, text }))
    }

    fn redirect(&mut self, url: &Url, mut sent: Sent, answer: &Answer) -> Next {
        let location = answer.header("location").unwrap_or_default();
        if location.trim().is_empty() {
            // It leads nowhere, and not in a circle.
            return Next::End(End::Blocked(Blocked::Mute(answer.status)));
        }
        match self.go(url, location) {
            Next::Go(next) if matches!(answer.status, 307 | 308) => {
                sent.url = next.url;
                Next::Go(sent)
            }
            next => next,
        }
    }

    fn go(&mut self, url: &Url, location: &str) -> Next {
        let next = url.join(location);
        let address = next.as_ref().map_or_else(|_| location.to_owned(), Url::to_string);
        let response = AuthorizationResponse::read(&address);
        match self.landing(response, next.as_ref().ok()) {
            Some(landing) => Next::End(End::Landed(landing)),
            None => Next::Go(Sent::get(address)),
        }
    }

    /// Whether being sent there ends the visit, and how.
    fn landing(&mut self, response: AuthorizationResponse, to: Option<&Url>) -> Option<Landing> {
        if self.visit_request.is_registered(&response)
            || self.visit_request.is_answered_by(&response)
        {
            return Some(self.visit_request.landing(response));
        }
        match to.filter(|to| matches!(to.scheme(), "http" | "https")) {
            Some(to) if self.origins.contains(to.as_str()) => None,
            // In a valid flow, pages on other origins are part of the sign-in.
            Some(to) if self.visit_request.teaches && !response.is_answer() => {
                self.origins.insert(to.as_str());
                None
            }
            Some(to) if self.visit_request.is_led_to(&response, to) => None,
            _ => Some(Landing::Elsewhere(response)),
        }
    }

    fn look(&mut self, url: &Url, answer: &Answer) -> Next {
        self.round.clear();
        self.page = Page::is_readable(&answer.body).then(|| answer.body.to_string());
        if !answer.is_html() {
            return self.look_at_text(url, answer);
        }
        let page = Page::read(&answer.body);
        if !self.visit_request.teaches
            && let Some(given) = page.hands_over(url, self.visit_request, &self.origins)
        {
            return Next::End(End::Landed(self.visit_request.landing(given)));
        }
        if let Some(next) = self.continued(url, answer) {
            return next;
        }
        match self.visit_request.wanted_at(&page, self.script) {
            Some(action) if self.refuses(&action) => match page.refusal(self.script, &action) {
                Some(refusal) => match page.submission(&refusal, url) {
                    Some(form) => self.act(&refusal, form, answer, &page),
                    None => Next::End(End::WantsBrowser("a refusal without a plain form")),
                },
                None => self.cannot_refuse(&action, answer, &page),
            },
            Some(action) if action.passkey => {
                Next::End(match no_passkey(&self.visit_request.user, &action) {
                    Some(why) => End::Blocked(why),
                    None => End::WantsBrowser("a page that asks for a passkey"),
                })
            }
            Some(action) => match page.submission(&action, url) {
                Some(form) => self.act(&action, form, answer, &page),
                None => Next::End(End::WantsBrowser("a page without a plain form")),
            },
            // The page may do more than lead on.
            None if !self.visit_request.teaches && acts(answer, &page).is_some() => {
                Next::End(End::MustBeSeen(acts(answer, &page).unwrap_or_default()))
            }
            None => {
                let leads = self.leave(url, answer, &page);
                leads
                    .or_else(|| self.unknown_page(answer, &page))
                    .unwrap_or_else(|| Self::says_no(url, answer, &page))
            }
        }
    }

    /// Goes on from a page as its script would.
    fn continued(&mut self, url: &Url, answer: &Answer) -> Option<Next> {
        let continuation = self.continuation.take()?;
        let to = continuation.next(url, answer, self.visit_request)?;
        self.asked.extend(continuation.asked);
        self.clicked.extend(continuation.clicked);
        Some(Next::Go(Sent::get(to)))
    }

    /// A page with nothing that refuses. Whoever does not want to sign out may leave it, though.
    fn cannot_refuse(&mut self, action: &Action, answer: &Answer, page: &Page) -> Next {
        if action.kind == PageKind::SignOut
            && self.visit_request.decide == Some(Decision::DenyIfAsked)
        {
            self.asked.extend(action.kind.asks());
            let (status, text) = (Some(answer.status), page.text(TEXT_LIMIT));
            return Next::End(End::Landed(Landing::ErrorPage { status, error: None, text }));
        }
        Next::End(End::Blocked(Blocked::DoesNotApply(action.kind.no_refusal().to_owned())))
    }

    /// Checks an answer that is not a page.
    fn look_at_text(&mut self, url: &Url, answer: &Answer) -> Next {
        if let Some(given) = handed_over(answer, self.visit_request) {
            return Next::End(End::Landed(self.visit_request.landing(given)));
        }
        if let Some(next) = self.refreshed(url, answer, None) {
            return next;
        }
        if may_act(answer) {
            return Next::End(End::MustBeSeen("a document that may act"));
        }
        let says_no = match answer.json() {
            Some(json) => json.contains_key(ERROR),
            None => !answer.body.trim().is_empty(),
        };
        if !says_no && answer.status < 400 {
            return Next::End(End::Blocked(Blocked::Mute(answer.status)));
        }
        let error = error_of(url.as_str(), answer.json().as_ref());
        let (status, text) = (Some(answer.status), shortened(&answer.body, TEXT_LIMIT));
        Next::End(End::Landed(Landing::ErrorPage { status, error, text }))
    }

    /// Handles a page that asks for nothing: the server's error page, once it is certain that it
    /// does nothing either.
    fn says_no(url: &Url, answer: &Answer, page: &Page) -> Next {
        if let Some(why) = acts(answer, page) {
            return Next::End(End::MustBeSeen(why));
        }
        let (text, error) = (page.text(TEXT_LIMIT), error_of(url.as_str(), None));
        if answer.status < 400 && text.is_empty() {
            return Next::End(End::Blocked(Blocked::Mute(answer.status)));
        }
        Next::End(End::Landed(Landing::ErrorPage { status: Some(answer.status), error, text }))
    }

    /// A page of the valid flow with buttons that are not understood.
    fn unknown_page(&self, answer: &Answer, page: &Page) -> Option<Next> {
        let may_ask = self.visit_request.teaches && answer.status < 400;
        let buttons = page.unknown_buttons_of(self.visit_request.signs_out);
        let why = buttons.filter(|_| may_ask)?;
        Some(Next::End(match acts(answer, page) {
            Some(why) => End::MustBeSeen(why),
            None => End::Blocked(Blocked::Login(why)),
        }))
    }

    /// Where a page that asks for nothing leads by itself, or by a link that hands over the answer.
    fn leave(&mut self, url: &Url, answer: &Answer, page: &Page) -> Option<Next> {
        let links = page.links();
        let read = |link: &String| Some(AuthorizationResponse::read(url.join(link).ok()?.as_str()));
        if let Some(answer) =
            links.iter().filter_map(read).find(|it| self.visit_request.is_granted_by(it))
        {
            return Some(Next::End(End::Landed(self.visit_request.landing(answer))));
        }
        self.refreshed(url, answer, page.refresh())
    }

    /// Where the answer leads without a click, by its header or by its page's equivalent.
    fn refreshed(&mut self, url: &Url, answer: &Answer, of_page: Option<String>) -> Option<Next> {
        let refresh = answer.header("refresh").map(str::to_owned).or(of_page)?;
        Some(match refresh_url(&refresh) {
            Some(to) => self.go(url, to),
            None => Next::End(End::WantsBrowser("a page that loads itself again")),
        })
    }

    /// Whether this asks for a decision, and the visit request is to refuse.
    fn refuses(&self, action: &Action) -> bool {
        action.kind.lets_refuse() && self.visit_request.decide.is_some()
    }

    /// The one-time code that this page asks for. If the page is shown again, earlier codes were
    /// refused.
    fn code(&self, action: &Action) -> Result<String, Next> {
        let refused = self.acted.iter().filter(|known| **known == action.signature).count();
        one_time_code(&self.visit_request.user, refused).map_err(|none| match none {
            NoCode::Wait(time) => Next::Rest(time),
            NoCode::Never(why) => Next::End(End::Blocked(why)),
        })
    }

    fn act(&mut self, action: &Action, mut form: Submission, answer: &Answer, page: &Page) -> Next {
        if action.kind == PageKind::Relay {
            return self.relay(action, form);
        }
        if self.refuses(action) && page.has_scripts() {
            // Some pages use a script to report which of two buttons was clicked.
            return Next::End(End::WantsBrowser("a page with scripts that is to be refused"));
        }
        if self.halt == Some(Halt::AtAnyPage) {
            self.held = Some(form);
            return Next::End(End::Blocked(Blocked::Unseen(HALTED.to_owned())));
        }
        if !self.may_submit {
            return Next::End(End::WantsBrowser("a page that wants a person"));
        }
        if self.visit_request.teaches {
            self.pages.insert(action.signature.clone());
        } else if !(action.is_among(&self.pages)
            || self.refuses(action)
            || answer.status < 400
                && page.certainly_asks(self.script, &self.visit_request.user, action))
        {
            if action.kind == PageKind::Consent && answer.status >= 400 {
                return Self::says_no(&form.url, answer, page);
            }
            return Next::End(End::WantsBrowser("a page that the valid flow never showed"));
        }
        if action.kind == PageKind::Consent && self.halt.is_some() {
            self.held = Some(form);
            return Next::End(End::Blocked(Blocked::Unseen(HALTED.to_owned())));
        }
        if let Some((_, field)) = &action.code {
            match self.code(action) {
                Ok(code) => form.fields.set(field, &code),
                Err(next) => return next,
            }
        }
        if action.kind == PageKind::Login && self.before.is_none() {
            self.before = Some(self.session.clone());
        }
        self.signed_in |= action.kind == PageKind::Login;
        self.asked.extend(action.kind.asks());
        self.clicked.extend(action.said());
        self.acted.push(action.signature.clone());
        if self.acted.iter().filter(|known| **known == action.signature).count() > PATIENCE {
            let why = "a page that keeps coming back, as after a wrong password in the target file";
            return Next::End(End::WantsBrowser(why));
        }
        Next::Go(form.into_sent())
    }

    fn relay(&mut self, action: &Action, form: Submission) -> Next {
        let mut response = AuthorizationResponse::read(form.url.as_str());
        let query = response.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        response.params = query.chain(owned(&form.fields)).collect::<Params>();
        response.mode = ResponseMode::FormPost;
        match self.landing(response.opened(), Some(&form.url)) {
            Some(landing) => Next::End(End::Landed(landing)),
            None if self.visit_request.teaches => {
                self.pages.insert(action.signature.clone());
                Next::Go(form.into_sent())
            }
            None if self.pages.contains(&action.signature) => Next::Go(form.into_sent()),
            // Its script may do something other than it seems to.
            None => Next::End(End::MustBeSeen("a page that sends itself on")),
        }
    }
}

/// Why the page must be shown in a browser before it can be judged.
fn acts(answer: &Answer, page: &Page) -> Option<&'static str> {
    let is_whole = Page::is_readable(&answer.body) && !answer.cut;
    let unread = (!is_whole).then_some("a page that cannot be read");
    unread.or_else(|| page.acts()).or_else(|| loads_by_header(answer))
}

/// Whether a header field makes the browser load something, whatever the page contains.
fn loads_by_header(answer: &Answer) -> Option<&'static str> {
    let ahead = ["prefetch", "preload", "prerender"];
    let loads = |field: &str| ahead.iter().any(|word| field.to_ascii_lowercase().contains(word));
    let loads = answer.headers("link").any(loads) || answer.header("speculation-rules").is_some();
    loads.then_some("a page that loads more")
}

/// The address in the value of a `Refresh` field, as in `5; url=/next`.
pub(super) fn refresh_url(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once([';', ','])?;
    let rest = rest.trim();
    let url = match rest.split_once('=') {
        Some((name, url)) if name.trim().eq_ignore_ascii_case("url") => url,
        _ => rest,
    };
    Some(url.trim().trim_matches(['"', '\''])).filter(|url| !url.is_empty())
}

fn owned(params: &Params) -> impl Iterator<Item = (String, String)> {
    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()))
}

//! What a visit must show before an expectation can be judged at all.

use url::form_urlencoded;

use super::mismatch::Mismatch;
use super::seen::describe;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::agent::{AgentKind, Landing, Page, VisitRequest};
use crate::oauth::AuthorizationResponse;
use crate::suite::{AnyOf, Asked, Decision, Expect, Status, Step, StepKind};
use crate::wire::{Blocked, Exchange};

/// The reason for a server that does not ask.
const NEVER_ASKS: &str = "the server grants this without asking for consent, so it cannot be \
                          refused; if it never asks, write `lacks = [\"refusal\"]`";

/// The reason for a server that does not ask whether to sign out.
const NEVER_ASKS_TO_SIGN_OUT: &str =
    "the server does not ask whether to sign out, so it cannot be refused";

/// The reason for a server that answers with an error in place of asking.
const REFUSES_TO_SIGN_OUT: &str = "the server answers the logout request with an error page, so that signing out cannot be refused";

/// The reason for a server that lets clients in without asking users, who would read about them then.
const NOBODY_DECIDES: &str = "the server does not ask for consent, which is when it would be shown";

/// The reason for a server that may have fetched the image, and show it from an address of its own.
const MAY_BE_A_COPY: &str = "a page has images, and only people can tell whether one of them is the server's copy of this image";

/// What the addresses of images end with.
const IMAGES: [&str; 5] = [".png", ".jpg", ".jpeg", ".gif", ".svg"];

/// Why the expectation of this step cannot be judged although the visit has landed.
pub(super) fn unseen(
    step: &Step,
    performed: &Performed,
    visit_request: &VisitRequest,
) -> Option<Blocked> {
    let expects = |what: fn(&Expect) -> bool| {
        let expect = step.expect.as_ref();
        expect.is_some_and(|expect: &AnyOf<Expect>| expect.iter().any(what))
    };
    let landed = matches!(performed.outcome, Outcome::Landed(_));
    let signs_out = step.kind == StepKind::Logout;
    if signs_out
        && landed
        && visit_request.decide == Some(Decision::Deny)
        && !performed.asked.contains(&Asked::SignOut)
    {
        let why = match performed.outcome.is_refusal() {
            true => REFUSES_TO_SIGN_OUT,
            false => NEVER_ASKS_TO_SIGN_OUT,
        };
        return Some(Blocked::DoesNotApply(why.to_owned()));
    }
    let is_shown = |address| performed.shown.contains(address);
    let hides = performed.outcome.is_grant() && !visit_request.looks_for.iter().all(is_shown);
    if hides && !performed.asked.contains(&Asked::Consent) {
        return Some(Blocked::DoesNotApply(NOBODY_DECIDES.to_owned()));
    }
    let is_image = |address: &String| IMAGES.iter().any(|ending| address.ends_with(ending));
    let looks_for_image = visit_request.looks_for.iter().any(is_image);
    if hides && looks_for_image && has_images(performed) && !may_show_more(performed) {
        return Some(Blocked::DoesNotApply(MAY_BE_A_COPY.to_owned()));
    }
    let why = if hides && may_show_more(performed) {
        "a page has scripts, which may show more than its source; try it with `--agent browser`"
    } else if !signs_out
        && visit_request.decide == Some(Decision::Deny)
        && !performed.asked.contains(&Asked::Consent)
    {
        if performed.outcome.is_grant() {
            return Some(Blocked::DoesNotApply(NEVER_ASKS.to_owned()));
        }
        "no page asked for consent, so it could not be refused"
    } else if expects(|it| !it.lacks_redirect.is_empty()) && visit_request.user.password.is_empty()
    {
        return Some(Blocked::DoesNotApply("the user has no password".to_owned()));
    } else if expects(|it| !it.lacks_redirect.is_empty())
        && !performed.exchanges.iter().any(|it| carries(it, &visit_request.user.password))
    {
        "the password was not sent by a form, so the answer to it cannot be checked"
    } else if expects(|it| !it.lacks_referer.is_empty()) && performed.referers.is_none() {
        "this browser does not report what it sends along"
    } else {
        return None;
    };
    landed.then(|| Blocked::Unseen(why.to_owned()))
}

/// What a page has to click that nobody understands, where the visit had to be granted and ended there without an error: it
/// may ask the user for something, as LemonLDAP::NG does before it asks for the password again.
pub(super) fn unknown_page(expect: &AnyOf<Expect>, performed: &Performed) -> Option<String> {
    let Outcome::Landed(Landing::ErrorPage { status: None | Some(..400), error: None, .. }) =
        &performed.outcome
    else {
        return None;
    };
    let page = performed.page.as_ref().filter(|_| expect.any(Expect::is_success))?;
    Page::read(page).unknown_buttons()
}

/// The addresses that the case expects on a page.
pub(super) fn looked_for(step: &Step) -> Vec<String> {
    let expects = step.expect.iter().flat_map(AnyOf::iter);
    expects.flat_map(|expect| expect.shows.iter().cloned()).collect()
}

/// Whether the expectation is about what follows after the password, but no password was requested.
/// A user who is signed in may not be asked, whatever the request says; a new visitor is.
pub(super) fn needs_new_visitor(
    step: &Step,
    performed: &Performed,
    visit_request: &VisitRequest,
) -> bool {
    let looks = |expect: &Expect| !expect.lacks_redirect.is_empty();
    visit_request.visitor.is_none()
        && step.expect.as_ref().is_some_and(|expect| expect.any(looks))
        && matches!(performed.outcome, Outcome::Landed(_))
        && !performed.exchanges.iter().any(|it| carries(it, &visit_request.user.password))
}

/// What does not hold of the expectation about the way to the landing.
pub(super) fn mismatches(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let mut found = Vec::new();
    if let (Some(wanted), Outcome::Framed(framed)) = (expect.framed, &performed.outcome)
        && framed.is_shown != wanted
    {
        found.push(Mismatch::new(expect.to_string(), framed.seen.clone()));
    }
    for page in expect.asks.iter().filter(|page| !performed.asked.contains(page)) {
        let seen = format!("not asked for {page}; {}", describe(performed));
        found.push(Mismatch::new(format!("asking for {page}"), seen));
    }
    for page in expect.asks_not.iter().filter(|page| performed.asked.contains(page)) {
        let seen = format!("asked for {page}; {}", describe(performed));
        found.push(Mismatch::new(format!("not asking for {page}"), seen));
    }
    for address in expect.shows.iter().filter(|address| !performed.shown.contains(*address)) {
        let seen = format!("no page shows it; {}", describe(performed));
        found.push(Mismatch::new(format!("a page that shows {address}"), seen));
    }
    for status in after_password(performed, &values.user.password, &expect.lacks_redirect) {
        found.push(Mismatch::new(
            format!("no {status} after the password was sent"),
            status.to_string(),
        ));
    }
    for name in expect.lacks_referer.iter().filter(|name| is_told(performed, name)) {
        found.push(Mismatch::new(
            format!("no {name} in any Referer"),
            format!("a Referer with {name}"),
        ));
    }
    found
}

/// Whether a `Referer` revealed the value of this parameter to another origin.
fn is_told(performed: &Performed, name: &str) -> bool {
    let request = performed.request.as_ref();
    let sent = request.and_then(|request| request.params().get(name).map(str::to_owned));
    let received = performed.outcome.all(name).into_iter();
    let received = received.filter_map(|value| Some(value.as_str()?.to_owned()));
    let values: Vec<_> = sent.into_iter().chain(received).filter(|it| !it.is_empty()).collect();
    performed.referers.iter().flatten().any(|url| {
        let params = AuthorizationResponse::read(url).params;
        params.iter().any(|(_, value)| values.iter().any(|known| known == value))
    })
}

/// Which of these statuses were the answers to forms with the password.
fn after_password<'a>(
    performed: &'a Performed,
    password: &'a str,
    wanted: &'a [Status],
) -> impl Iterator<Item = u16> + 'a {
    let answered = performed.exchanges.iter().filter(move |it| carries(it, password));
    let statuses = answered.filter_map(|it| Some(it.answer.as_ref()?.status));
    statuses.filter(move |status| wanted.iter().any(|wanted| wanted.0 == *status))
}

/// Whether the request was a form with this password.
fn carries(exchange: &Exchange, password: &str) -> bool {
    let fields = form_urlencoded::parse(exchange.sent.body.as_bytes());
    // In multipart/form-data, a value has lines of its own (RFC7578 §4).
    let mut lines = exchange.sent.body.split("\r\n");
    // An empty password was not sent.
    !password.is_empty()
        && exchange.sent.method == "POST"
        && (fields.into_iter().any(|(_, value)| value == password)
            || lines.any(|line| line == password))
}

/// Whether a page may not have been seen in a browser, and has scripts.
fn may_show_more(performed: &Performed) -> bool {
    performed.agent != Some(AgentKind::Browser) && pages(performed).any(|page| page.has_scripts())
}

/// Whether the user saw images on the way.
fn has_images(performed: &Performed) -> bool {
    pages(performed).any(|page| page.has_images())
}

fn pages(performed: &Performed) -> impl Iterator<Item = Page> {
    let answers = performed.exchanges.iter().filter_map(|exchange| exchange.answer.as_ref());
    answers.map(|answer| Page::read(&answer.body))
}

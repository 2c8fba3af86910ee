//! Consent forms that a user is made to submit without having seen them: what an attacker can do to
//! a signed-in user (RFC6749 §10.12).
//!
//! The attacker has an account, and therefore a page with all its hidden fields. The user's browser
//! is made to submit that form from a page of another site, with the cookies that browsers send
//! then, and shortly after the user was asked the same, so that only the forged form can be the
//! reason for a code.

use super::agent::Known;
use super::http_visit::{End, Halt, HttpVisit};
use super::page::Page;
use super::session::Session;
use super::slot_guard::SlotGuard;
use super::submission::Submission;
use super::visit::{AgentKind, Forgery, Landing, Visit, VisitRequest};
use crate::oauth::names::{CODE, ERROR};
use crate::suite::ForgedForm;
use crate::wire::{Blocked, Exchange, shortened};

const NEVER_ASKS: &str =
    "the server grants this without asking for consent, so there is no consent form to forge";
const NOBODYS: &str = "the forged form also returns a code in a browser without a session, so the \
                       code is not the user's";
const THE_ATTACKERS: &str =
    "the attacker consented with the forged form, so the code is the attacker's";
const NO_CONTROL: &str = "the genuine consent form returns no code over plain HTTP, so a refusal \
                          proves nothing";
const BOUND_TO_NOTHING: &str = "no field of the consent form differs in another user's session";
const BY_GET_ANYWAY: &str = "the consent form is sent by GET anyway";

/// How much of a page's text is shown, in characters.
const TEXT_LIMIT: usize = 300;

/// A forger, and all exchanges of the attempt.
pub(super) struct Forger<'a> {
    slot_guard: &'a SlotGuard<'a>,
    known: Known,
    exchanges: Vec<Exchange>,
}

/// A consent form that was shown, and its session.
struct Shown {
    form: Submission,
    session: Session,
}

impl<'a> Forger<'a> {
    pub(super) fn new(slot_guard: &'a SlotGuard<'a>, known: Known) -> Self {
        Self { slot_guard, known, exchanges: Vec::new() }
    }

    /// Forges forms until one returns a code or none is left. The result counts only if the genuine
    /// form returns a code.
    pub(super) async fn visit(mut self, visit_request: &VisitRequest, forgery: &Forgery) -> Visit {
        let landing = self.forge(visit_request, forgery).await;
        let exchanges = self.exchanges;
        let agent = AgentKind::Forms;
        Visit { exchanges, landing, ..Visit::empty(agent) }
    }

    async fn forge(
        &mut self,
        visit_request: &VisitRequest,
        forgery: &Forgery,
    ) -> Result<Landing, Blocked> {
        let attacker = VisitRequest { user: forgery.by.clone(), ..visit_request.clone() };
        let (mut theirs, mut own) = (Session::default(), Session::default());
        let (mut number, mut refusal) = (0, None);
        loop {
            let shown = self.ask(visit_request, own).await?;
            let bait = self.ask(&attacker, theirs).await?;
            let forms = forged(forgery.form, &bait.form, &shown.form)?;
            let Some(form) = forms.into_iter().nth(number) else {
                return self.control(visit_request, shown, refusal).await;
            };
            let (landing, session) = self.send(visit_request, form, shown.session, true).await?;
            (theirs, own) = (bait.session, session);
            if is_code(&landing) {
                let bait = self.ask(&attacker, theirs).await.map_err(of_the_attacker)?;
                let again = forged(forgery.form, &bait.form, &shown.form)?.into_iter().nth(number);
                return self.of_the_user(visit_request, again, landing).await;
            }
            refusal = Some(landing);
            number += 1;
        }
    }

    /// Returns the code after confirming that it came from the user's session, and not from the
    /// form alone.
    async fn of_the_user(
        &mut self,
        visit_request: &VisitRequest,
        again: Option<Submission>,
        landing: Landing,
    ) -> Result<Landing, Blocked> {
        let Some(form) = again else { return Err(Blocked::Unseen(NOBODYS.to_owned())) };
        let (nobodys, _) = self.send(visit_request, form, Session::default(), true).await?;
        if is_code(&nobodys) { Err(Blocked::Unseen(NOBODYS.to_owned())) } else { Ok(landing) }
    }

    /// The refusal of the forged form, if the same form works for the user it was shown to.
    async fn control(
        &mut self,
        visit_request: &VisitRequest,
        shown: Shown,
        refusal: Option<Landing>,
    ) -> Result<Landing, Blocked> {
        let (landing, _) = self.send(visit_request, shown.form, shown.session, false).await?;
        refusal.filter(|_| is_code(&landing)).ok_or_else(|| Blocked::Unseen(NO_CONTROL.to_owned()))
    }

    /// Goes to the consent page, and signs in on the way if asked.
    async fn ask(
        &mut self,
        visit_request: &VisitRequest,
        session: Session,
    ) -> Result<Shown, Blocked> {
        let (end, Held { form, session }) =
            self.go(visit_request, session, None, Halt::AtConsent).await;
        match (form, end) {
            (Some(form), _) => Ok(Shown { form, session }),
            (None, End::Landed(landing)) if is_code(&landing) => {
                Err(Blocked::DoesNotApply(NEVER_ASKS.to_owned()))
            }
            (None, End::Landed(_)) => Err(Blocked::Unseen(
                "no page asked for consent, and no code was returned".to_owned(),
            )),
            (None, End::Blocked(why)) => Err(why),
            (None, End::WantsBrowser(why) | End::MustBeSeen(why)) => Err(Blocked::Unseen(format!(
                "{why}, so no form can be submitted in its place over plain HTTP"
            ))),
        }
    }

    /// Submits a form. Any page in response means that there is no code.
    async fn send(
        &mut self,
        visit_request: &VisitRequest,
        form: Submission,
        session: Session,
        strays: bool,
    ) -> Result<(Landing, Session), Blocked> {
        let (end, held) =
            self.go(visit_request, session, Some((form, strays)), Halt::AtAnyPage).await;
        let landing = match end {
            End::Landed(landing) => landing,
            End::Blocked(_) if held.form.is_some() => self.page(),
            End::Blocked(why) => return Err(why),
            // A page with an error status does not hand over a code.
            End::WantsBrowser(_) | End::MustBeSeen(_) if self.status() >= Some(400) => self.page(),
            End::WantsBrowser(why) | End::MustBeSeen(why) => {
                let why = format!(
                    "the forged form was answered by {why}, which only a browser can judge"
                );
                return Err(Blocked::Unseen(why));
            }
        };
        Ok((landing, held.session))
    }

    async fn go(
        &mut self,
        visit_request: &VisitRequest,
        session: Session,
        form: Option<(Submission, bool)>,
        halt: Halt,
    ) -> (End, Held) {
        let mut http_visit =
            self.slot_guard.http_visit(visit_request, self.known.clone(), session, true);
        http_visit.halt = Some(halt);
        let end = match form {
            Some((form, strays)) => {
                http_visit.strays = strays;
                http_visit.go_on(form.into_sent()).await
            }
            None => http_visit.travel().await,
        };
        let HttpVisit { session, exchanges, held: form, .. } = http_visit;
        self.exchanges.extend(exchanges);
        (end, Held { form, session })
    }

    fn status(&self) -> Option<u16> {
        Some(self.exchanges.last()?.answer.as_ref()?.status)
    }

    /// The last page, as an error page.
    fn page(&self) -> Landing {
        let body = self.exchanges.last().and_then(|it| Some(&*it.answer.as_ref()?.body));
        let text = shortened(&Page::read(body.unwrap_or_default()).text(TEXT_LIMIT), TEXT_LIMIT);
        Landing::ErrorPage { status: self.status(), error: None, text }
    }
}

/// The form of the page at which a visit halted, if it did, and its session.
struct Held {
    form: Option<Submission>,
    session: Session,
}

/// The forms that an attacker makes from their own form, without knowing the user's.
fn forged(
    how: ForgedForm,
    theirs: &Submission,
    own: &Submission,
) -> Result<Vec<Submission>, Blocked> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in theirs.fields.iter() {
        if !theirs.fields.all(name).eq(own.fields.all(name)) && !names.contains(&name) {
            names.push(name);
        }
    }
    let without = |names: &[&str]| {
        let mut form = theirs.clone();
        names.iter().for_each(|name| form.fields.omit(name));
        form
    };
    let not = |why: &str| Err(Blocked::DoesNotApply(why.to_owned()));
    let forms = match how {
        ForgedForm::OfAnotherSession => vec![theirs.clone()],
        ForgedForm::WithoutTokens if names.is_empty() => return not(BOUND_TO_NOTHING),
        ForgedForm::WithoutTokens => {
            let mut forms: Vec<_> = names.iter().map(|name| without(&[*name])).collect();
            forms.extend((names.len() > 1).then(|| without(&names)));
            forms
        }
        ForgedForm::ByGet if !theirs.post => return not(BY_GET_ANYWAY),
        ForgedForm::ByGet => {
            let mut forms = vec![theirs.by_get()];
            forms.extend((!names.is_empty()).then(|| without(&names).by_get()));
            forms
        }
    };
    Ok(forms)
}

/// The reason if the attacker is no longer asked for consent after the form was submitted.
fn of_the_attacker(why: Blocked) -> Blocked {
    match why {
        Blocked::DoesNotApply(_) => Blocked::Unseen(THE_ATTACKERS.to_owned()),
        why => why,
    }
}

fn is_code(landing: &Landing) -> bool {
    matches!(landing, Landing::Callback(response) | Landing::Elsewhere(response)
        if response.params.get(CODE).is_some() && response.params.get(ERROR).is_none())
}

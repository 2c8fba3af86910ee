//! Checks cases: steps in a possible order, and changes and expectations only for those steps.

use std::collections::BTreeMap;

use toml::Spanned;

use super::requirement::Checker;
use crate::oauth::grammar::allows;
use crate::oauth::names::CODE_VERIFIER;
use crate::oauth::request::Method;
use crate::suite::any_of::AnyOf;
use crate::suite::case::{Case, Step};
use crate::suite::change::Change;
use crate::suite::expect::Expect;
use crate::suite::file::{CaseFile, Feature};
use crate::suite::served::BadCertificate;
use crate::suite::step::{StepKind, StepName, StepNames};
use crate::suite::template::{Placeholder, Template};

/// A value in the format of a placeholder's values.
fn sample(placeholder: Placeholder) -> String {
    let uri = "https://client.example:8765/callback";
    match placeholder {
        Placeholder::RedirectOrigin => &uri[..27],
        Placeholder::RedirectAuthority => "client.example:8765",
        Placeholder::RedirectHost => "client.example",
        Placeholder::RedirectPort => "8765",
        Placeholder::RedirectPath => "/callback",
        Placeholder::RedirectScheme => "https",
        Placeholder::RedirectOtherScheme
        | Placeholder::RedirectShoutedScheme
        | Placeholder::RedirectEncoded
        | Placeholder::RedirectShouted
        | Placeholder::RedirectOtherPort
        | Placeholder::RedirectOtherPortIpv6
        | Placeholder::RedirectPrivateUse
        | Placeholder::AnotherRedirectUri
        | Placeholder::RedirectWithQuery
        | Placeholder::OtherRedirectUri
        | Placeholder::RedirectUri
        | Placeholder::RedirectOnly
        | Placeholder::LogoutUri
        | Placeholder::LogoutShouted
        | Placeholder::LogoutEncoded
        | Placeholder::LogoutOtherPort
        | Placeholder::LogoutWithUser
        | Placeholder::LogoutOtherScheme
        | Placeholder::AnotherLogoutUri
        | Placeholder::LogoutUriWithQuery
        | Placeholder::OtherLogoutUri
        | Placeholder::BackchannelUri
        | Placeholder::FrontchannelUri
        | Placeholder::OtherFrontchannelUri
        | Placeholder::Issuer => uri,
        _ => return "x".repeat(43),
    }
    .to_owned()
}

impl Checker<'_> {
    pub(super) fn case(&mut self, name: &Spanned<String>, case: &CaseFile) -> Case {
        self.name(name);
        let steps = self.steps(name, case);
        if case.then.is_empty() {
            let right = "write `then.<step> = { … }` for the expected result";
            self.lacks(name.span(), "a case that expects nothing", right);
        }
        self.slow(case);
        self.document(name, case);
        self.later(name, case, &steps);
        self.rounds(case);
        let mut needs = self.file.needs.clone();
        needs.extend(&case.needs);
        let changes = steps.iter().filter_map(|step| step.change.as_ref());
        // A server that takes no objects may ignore one, and grant whatever stands beside it.
        let signs = changes.into_iter().any(|change| change.object.is_some());
        needs.extend(signs.then_some(Feature::RequestObject));
        Case {
            id: format!("{}/{}", self.suite, name.get_ref()),
            file: self.source.name.clone(),
            line: self.source.line(name.span().start),
            client: case.client.clone().unwrap_or_else(|| self.file.client.clone()),
            user: case.user.unwrap_or_default(),
            needs,
            listed: case.listed.clone(),
            unlisted: case.unlisted.clone(),
            verifier: case.verifier.clone(),
            slow: case.slow.as_ref().map(|slow| *slow.get_ref()),
            rounds: case.rounds.as_ref().map_or(1, |rounds| rounds.get_ref().0),
            serve: case.serve.clone(),
            budget: case.budget.as_ref().map(|budget| *budget.get_ref()),
            steps,
        }
    }

    /// Checks that a case that is about a document serves one.
    fn document(&mut self, name: &Spanned<String>, case: &CaseFile) {
        let expects = case.then.values().flat_map(|expect| expect.get_ref().iter());
        let mut sent = case.when.values().chain(case.given.values());
        let names = |template: &Template| {
            template.placeholders().any(|placeholder| placeholder == Placeholder::Document)
        };
        let is_named = sent.any(|change| change.get_ref().templates().any(names));
        let is_expected = expects
            .into_iter()
            .any(|expect| expect.fetched.or(expect.certificate_refused).is_some());
        let certificate = case.serve.as_ref().and_then(|served| served.certificate);
        if certificate.is_some_and(|bad| bad != BadCertificate::Untrusted) && !self.is_mistaken() {
            let right = "write it in `later`, so that a step before shows that the server trusts `listener_ca`";
            self.wrong(name.span(), "a bad certificate of `listener_ca` from the start", right);
        }
        if case.serve.is_none() && (is_named || is_expected) && !self.is_mistaken() {
            let right = "write `serve = { json = … }`, the document that authspec serves";
            self.wrong(name.span(), "a case about a document, but it serves none", right);
        }
    }

    /// Checks that another document is served from a step of the case on.
    fn later(&mut self, name: &Spanned<String>, case: &CaseFile, steps: &[Step]) {
        let later = case.serve.as_ref().and_then(|served| served.later.as_ref());
        let Some(later) = later.filter(|_| !self.is_mistaken()) else { return };
        let from = later.from.as_deref();
        if steps.iter().all(|step| Some(&*step.label) != from) {
            let labels: Vec<_> = steps.iter().map(|step| format!("`{}`", step.label)).collect();
            let what = "a document for later, but not `from` a step of the case on";
            self.wrong(name.span(), what, format!("its steps are {}", labels.join(", ")));
        }
    }

    /// Checks that a case waits if and only if it says for how long.
    fn slow(&mut self, case: &CaseFile) {
        let waits = case.when.values().find(|change| change.get_ref().wait.is_some());
        match (&case.slow, waits) {
            // One of the two may have been left out as mistaken.
            _ if self.is_mistaken() => {}
            (None, Some(change)) => {
                let within = change.span().start..self.part.end;
                let span = self.source.word("wait", within, change.span());
                let what = "a case that waits without saying for how long";
                self.wrong(span, what, "write `slow = \"10m\"`, the longest that it waits");
            }
            (Some(slow), None) => {
                let right = "write `when.<step>.wait = \"code\"`, or leave `slow` out";
                self.wrong(slow.span(), "a slow case that waits for nothing", right);
            }
            _ => {}
        }
    }

    /// Checks that a case has rounds only if they may differ.
    fn rounds(&mut self, case: &CaseFile) {
        let races = case.when.values().any(|change| change.get_ref().parallel.is_some());
        if let Some(rounds) = &case.rounds
            && !races
            && !self.is_mistaken()
        {
            let right = "write `when.<step>.parallel = 2`, or leave `rounds` out";
            self.wrong(
                rounds.span(),
                "rounds without a race, which all give the same result",
                right,
            );
        }
        if let (Some(budget), None) = (&case.budget, &case.rounds) {
            let right = "write `rounds = 26` too, or leave `budget` out";
            self.wrong(budget.span(), "a budget for rounds, but only one round", right);
        }
    }

    fn steps(&mut self, name: &Spanned<String>, case: &CaseFile) -> Vec<Step> {
        let names = case.steps.as_ref().map_or(&self.file.steps, Spanned::get_ref).names();
        // A mistaken step is left out, so that what belongs to it cannot be checked.
        let mistaken = self.is_mistaken() || case.steps.is_none() && self.steps_mistaken;
        if let Some(steps) = &case.steps {
            self.order(steps.get_ref(), mistaken);
        }
        if names.is_empty() && !mistaken {
            let span = case.steps.as_ref().map_or(name.span(), Spanned::span);
            let right = "write `steps = [\"authorize\", \"token\"]` here or at the top of the file";
            self.wrong(span, "a case without steps", right);
        } else if !mistaken {
            self.steps_not_taken(case, &names);
            self.encrypted(case, &names);
        }
        for change in case.when.values().chain(case.given.values()) {
            self.set_and_omitted(change);
        }
        let steps: Vec<_> = names.into_iter().map(|name| self.step(name, case)).collect();
        self.reasons(case, &steps);
        steps
    }

    fn step(&mut self, name: StepName, case: &CaseFile) -> Step {
        let label = Spanned::new(0..0, name.label.clone());
        let mut changed = |changes: &BTreeMap<_, Spanned<Change>>| {
            let change = changes.get(&label)?;
            self.change(name.kind, change);
            Some(change.get_ref().clone())
        };
        let (mut given, own) = (changed(&case.given), changed(&case.when));
        if let Some(own) = &own
            && own.object.is_some()
            && !own.is_sound_object()
        {
            match case.serve.as_ref().is_some_and(|it| it.changes_at(&name.label)) {
                // What is served is what the case is about, and not what is sent.
                true => given = Some(own.clone()),
                // A server that takes no sound object refuses any other for that reason.
                false => drop(given.get_or_insert_default().object.get_or_insert_default()),
            }
        }
        let change = match (&given, own) {
            (Some(given), Some(own)) => Some(own.within(given)),
            (given, own) => own.or_else(|| given.clone()),
        };
        let expect = case.then.get(&label).map(|expect| {
            self.expect(name.kind, expect);
            self.race(change.as_ref(), expect);
            let verifier = case.verifier.as_ref().filter(|_| name.kind == StepKind::Token);
            self.grammar(change.as_ref(), verifier, expect);
            expect.get_ref().clone()
        });
        Step { label: name.label, kind: name.kind, change, given, expect }
    }

    /// Checks that a visit is still one that a browser can make.
    fn change(&mut self, kind: StepKind, spanned: &Spanned<Change>) {
        let change = spanned.get_ref();
        let words = [
            ("header", !change.header.is_empty()),
            ("body", change.body.is_some()),
            ("OPTIONS", change.method == Some(Method::Options)),
        ];
        for (word, _) in words.into_iter().filter(|(_, given)| *given && kind.is_visit()) {
            let span = self.source.word(word, spanned.span().start..self.part.end, spanned.span());
            let right = "leave it out, or use another step";
            self.wrong(span, format!("a browser visits `{kind}` without `{word}`"), right);
        }
        let at_visit = [
            ("visitor", change.visitor.is_some()),
            ("decide", change.decide.is_some()),
            ("user", change.user.is_some()),
            ("form", change.form.is_some()),
            ("request", change.request.is_some()),
        ];
        for (word, _) in at_visit.into_iter().filter(|(_, given)| *given && !kind.is_visit()) {
            let span = self.source.word(word, spanned.span().start..self.part.end, spanned.span());
            let right = "change a visit, such as `authorize`";
            self.wrong(span, format!("`{kind}` is not a visit, so it has no `{word}`"), right);
        }
        self.object(kind, spanned);
        if change.grant.is_some() && kind != StepKind::JwtBearer {
            let within = spanned.span().start..self.part.end;
            let span = self.source.word("grant", within, spanned.span());
            let what = format!("`{kind}` exchanges no JWT, so it has no `grant`");
            self.wrong(span, what, "write `grant` at `jwt_bearer`");
        }
        if change.answers.is_some() && !kind.is_told() {
            let span =
                self.source.word("answers", spanned.span().start..self.part.end, spanned.span());
            let what = format!("authspec sends `{kind}`, and does not answer it");
            self.wrong(span, what, "write `answers` at `backchannel`");
        }
        self.possession(kind, spanned);
        if change.parallel.is_some() && !kind.may_race() {
            let within = spanned.span().start..self.part.end;
            let span = self.source.word("parallel", within, spanned.span());
            let right = "race requests that win tokens: `token` or `refresh`";
            self.wrong(span, format!("`{kind}` cannot be sent `parallel`"), right);
        }
    }

    /// Checks that a proof, or a certificate, is where one can be.
    fn possession(&mut self, kind: StepKind, spanned: &Spanned<Change>) {
        let change = spanned.get_ref();
        let of_proof = [("proof", change.proof.is_some()), ("proofs", change.proofs.is_some())];
        for (word, _) in of_proof.into_iter().filter(|(_, given)| *given && !kind.may_prove()) {
            let span = self.source.word(word, spanned.span().start..self.part.end, spanned.span());
            let right = "prove possession of a key where tokens are requested or used";
            self.wrong(span, format!("`{kind}` has no `{word}`"), right);
        }
        if change.certificate.is_some() && !kind.may_present() {
            let within = spanned.span().start..self.part.end;
            let span = self.source.word("certificate", within, spanned.span());
            let right = "present a certificate where the client authenticates or uses a token";
            self.wrong(span, format!("at `{kind}`, nobody presents a `certificate`"), right);
        }
    }

    /// Checks that a request object is an authorization request.
    fn object(&mut self, kind: StepKind, spanned: &Spanned<Change>) {
        let change = spanned.get_ref();
        let within = || spanned.span().start..self.part.end;
        let (word, what, right) = match &change.object {
            Some(object) if object.same_as.is_some() => (
                "same-as",
                "a request object is not sent again".to_owned(),
                "leave `same-as` out; `assertion` and `proof` have it",
            ),
            Some(_) if !kind.passes_authorization_request() => (
                "object",
                format!("`{kind}` passes no authorization request, so it has no `object`"),
                "change `authorize`, `implicit` or `push`",
            ),
            None if change.beside.is_some() => (
                "beside",
                "nothing stands `beside` an object that is not there".to_owned(),
                "write `object = {}` too, or use `set` and `omit`",
            ),
            _ => return,
        };
        let span = self.source.word(word, within(), spanned.span());
        self.wrong(span, what, right);
    }

    /// Checks that nothing is required of values that no client may send.
    fn grammar(
        &mut self,
        change: Option<&Change>,
        verifier: Option<&Template>,
        expect: &Spanned<AnyOf<Expect>>,
    ) {
        let sent = change.iter().flat_map(|change| change.sent());
        let sent = sent.chain(verifier.map(|verifier| (CODE_VERIFIER, verifier)));
        // A placeholder's value has a valid format.
        let text = |template: &Template| template.fill(|placeholder| Some(sample(placeholder)));
        let mut odd = sent.filter(|(name, it)| text(it).is_some_and(|it| !allows(name, &it)));
        let demands = expect.get_ref().iter().all(Expect::is_success);
        if let (Some((name, _)), true) = (odd.next(), demands) {
            let what = format!("no `{name}` may have this value, yet it must be accepted");
            let right = "allow a refusal too, or send what its grammar allows (RFC6749 Appendix A)";
            self.wrong(expect.span(), what, right);
        }
    }

    fn steps_not_taken(&mut self, case: &CaseFile, names: &[StepName]) {
        let labels: Vec<&str> = names.iter().map(|step| step.label.as_str()).collect();
        for key in case.when.keys().chain(case.given.keys()).chain(case.then.keys()) {
            if !labels.contains(&key.get_ref().as_str()) {
                let what = format!("the case takes no step `{}`", key.get_ref());
                let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
                self.wrong(key.span(), what, format!("its steps are {}", labels.join(", ")));
            }
        }
        for (label, change) in &case.when {
            let earlier = labels.iter().take_while(|step| *step != label.get_ref());
            let Change { assertion, proof, .. } = change.get_ref();
            let again = [("an assertion", assertion), ("a proof", proof)].into_iter();
            let again =
                again.filter_map(|(what, jwt)| Some((what, jwt.as_ref()?.same_as.as_ref()?)));
            for (jwt, step) in again.filter(|(_, step)| !earlier.clone().any(|it| it == *step)) {
                let what = format!("there is no step `{step}` before `{}`", label.get_ref());
                let earlier: Vec<_> = earlier.clone().map(|label| format!("`{label}`")).collect();
                self.wrong(
                    change.span(),
                    what,
                    match earlier.is_empty() {
                        true => format!("send {jwt} again in a later step"),
                        false => format!("earlier ones are {}", earlier.join(", ")),
                    },
                );
            }
        }
    }

    /// Checks that the server's keys are known where something is encrypted for it.
    fn encrypted(&mut self, case: &CaseFile, names: &[StepName]) {
        for (label, change) in &case.when {
            let Change { assertion, grant, object, .. } = change.get_ref();
            let mut jwts = [assertion, grant, object].into_iter().flatten();
            let mut earlier = names.iter().take_while(|step| step.label != *label.get_ref());
            if jwts.any(|jwt| jwt.encrypted.is_some())
                && !earlier.any(|step| step.kind == StepKind::Jwks)
            {
                let what = format!("no key to encrypt with is known before `{}`", label.get_ref());
                self.wrong(change.span(), what, "take the step `jwks` before it");
            }
        }
    }

    fn set_and_omitted(&mut self, spanned: &Spanned<Change>) {
        let change = spanned.get_ref();
        if let Some(both) = change.omit.iter().find(|name| change.set.contains_key(*name)) {
            let span = self.source.word(both, spanned.span().start..self.part.end, spanned.span());
            let what = format!("`{both}` is both set and omitted");
            self.wrong(span, what, "name it in one of `set` and `omit`");
        }
    }

    /// Checks that no step occurs twice, and that each comes after those that it needs.
    pub(super) fn order(&mut self, steps: &StepNames, mistaken: bool) {
        for (index, step) in steps.0.iter().enumerate() {
            let (span, StepName { kind, label }) = (step.span(), step.get_ref());
            let before = || steps.0[..index].iter().map(Spanned::get_ref);
            if before().any(|other| other.label == *label) {
                let right = format!("label it, as in `{kind}:again`");
                self.wrong(span.clone(), format!("a second step `{label}`"), right);
            }
            let yields = kind.after();
            let is_there = before().any(|other| yields.contains(&other.kind));
            if !mistaken && !is_there && !yields.is_empty() {
                let first: Vec<_> = yields.iter().map(|first| format!("`{first}`")).collect();
                let first = first.join(" or ");
                let what = format!("`{kind}` without {first} before it");
                self.wrong(span, what, format!("take the step {first} first"));
            }
        }
    }
}

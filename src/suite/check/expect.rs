//! Checks expectations: only what can be seen at the step.

use std::ops::Range;

use toml::Spanned;

use super::requirement::Checker;
use crate::oauth::claim_sources::CLAIM_SOURCES;
use crate::oauth::names::{ACCESS_TOKEN, CODE, ERROR, ID_TOKEN, STATE};
use crate::oauth::{claim_form, member};
use crate::suite::any_of::AnyOf;
use crate::suite::change::Change;
use crate::suite::expect::{Expect, LandingKind};
use crate::suite::step::StepKind;

/// An expectation about an authorization response, other than that it grants or refuses.
fn of_response(expect: &Expect) -> Option<&str> {
    const OUTCOMES: [&str; 5] = [CODE, ACCESS_TOKEN, ID_TOKEN, ERROR, STATE];
    let words = [
        ("mode", expect.mode.is_some()),
        ("at", expect.at.is_some()),
        ("header", !expect.header.is_empty()),
        ("claims", !expect.claims.is_empty() || !expect.claim.is_empty()),
    ];
    let names = expect.has.iter().map(|member| member.name.as_str());
    let mut names = names.chain(expect.param.keys().map(String::as_str));
    let word = words.into_iter().find(|(_, given)| *given).map(|(word, _)| word);
    word.or_else(|| names.find(|name| !OUTCOMES.contains(name)))
}

impl Checker<'_> {
    /// Checks the expectations of a step of this kind.
    pub(super) fn expect(&mut self, kind: StepKind, spanned: &Spanned<AnyOf<Expect>>) {
        for expect in spanned.get_ref().iter() {
            self.alternative(kind, expect, spanned.span());
        }
        self.of_missing_response(spanned);
    }

    /// Checks that an error page does not count as an authorization response with expectations.
    fn of_missing_response(&mut self, spanned: &Spanned<AnyOf<Expect>>) {
        let Some(word) = spanned.get_ref().iter().find_map(of_response) else { return };
        let is_page = |expect: &Expect| {
            let landing = expect.landing.as_ref();
            landing.is_some_and(|it| {
                it.iter().all(|kind| matches!(kind, LandingKind::ErrorPage | LandingKind::Page))
            })
        };
        let is_bare = |expect: &Expect| is_page(expect) && expect.moot.is_none();
        if spanned.get_ref().any(is_bare) {
            let what =
                format!("an error page has no `{word}`, and counts as if it had the right one");
            let right = "add `moot = \"…\"` to that alternative, or leave it out";
            self.wrong(spanned.span(), what, right);
        }
    }

    fn alternative(&mut self, kind: StepKind, expect: &Expect, span: Range<usize>) {
        if expect.is_empty() {
            let right = "say what is expected, as in `{ status = 400, error = \"invalid_grant\" }`";
            self.lacks(span.clone(), "nothing is expected here", right);
        }
        let of_visits = [
            ("landing", expect.landing.is_some()),
            ("at", expect.at.is_some()),
            ("mode", expect.mode.is_some()),
        ];
        let has_address = |word: &str| kind.is_visit() || word == "at" && kind.is_told();
        for (word, _) in of_visits.into_iter().filter(|(word, given)| *given && !has_address(word))
        {
            let right = "only a visit to `authorize` has one; use `status` here";
            self.not_here(&span, word, format!("`{kind}` has no {word}"), right);
        }
        let on_the_way = [
            ("asks", !expect.asks.is_empty()),
            ("asks_not", !expect.asks_not.is_empty()),
            ("shows", !expect.shows.is_empty()),
            ("lacks_redirect", !expect.lacks_redirect.is_empty()),
            ("lacks_referer", !expect.lacks_referer.is_empty()),
        ];
        for (word, _) in on_the_way.into_iter().filter(|(_, given)| *given && !kind.is_visit()) {
            let right = "expect it of a visit, such as `authorize`";
            self.not_here(&span, word, format!("`{kind}` is not a visit"), right);
        }
        let of_one = [
            ("framed", expect.framed.is_some(), StepKind::Frame),
            ("verifies", expect.verifies.is_some(), StepKind::Jwks),
            ("verifies_first", expect.verifies_first.is_some(), StepKind::Jwks),
            ("private_keys", expect.private_keys.is_some(), StepKind::Jwks),
            ("names_key", expect.names_key.is_some(), StepKind::Jwks),
            ("keys", !expect.keys.is_empty(), StepKind::Jwks),
            ("tells", !expect.tells.is_empty(), StepKind::Userinfo),
            ("as_known", !expect.as_known.is_empty(), StepKind::Userinfo),
            ("formed", !expect.formed.is_empty(), StepKind::Userinfo),
        ];
        for (word, _, at) in of_one.into_iter().filter(|(_, given, at)| *given && *at != kind) {
            let right = format!("expect it at `{at}`");
            self.not_here(&span, word, format!("`{word}` cannot be seen at `{kind}`"), &right);
        }
        self.names(kind, expect, &span);
        if expect.status.is_some() && kind.is_visit() {
            let what = format!("a visit to `{kind}` has no single status");
            self.not_here(&span, "status", what, "use `landing` and `error` here");
        }
    }

    /// Checks that types and forms are expected only of members that have them, and claims only where
    /// there is a JWT.
    fn names(&mut self, kind: StepKind, expect: &Expect, span: &Range<usize>) {
        if let Some(jwt) = expect.jwt.filter(|jwt| kind != StepKind::Jwks && !jwt.is_at(kind)) {
            let what = format!("`{kind}` returns no {jwt} in a JWT");
            self.not_here(span, "jwt", what, "expect it at the step that returns it, or at `jwks`");
        }
        let is_known = |name: &str| claim_form::form(name).is_some() || name == CLAIM_SOURCES;
        for name in expect.formed.iter().filter(|name| !is_known(name)) {
            let what = format!("no specification that authspec knows defines the form of `{name}`");
            self.not_here(span, name, what, "name claims whose form is defined, such as `email`");
        }
        let typed = expect.typed.iter().chain(&expect.typed_claims);
        for name in typed.filter(|name| member::kind(name).is_none()) {
            let what = format!("no specification that authspec knows defines the type of `{name}`");
            let right = "name members whose type is defined, such as `expires_in`";
            self.not_here(span, name, what, right);
        }
    }

    /// Checks that expectations about requests sent at once belong to such requests.
    pub(super) fn race(&mut self, change: Option<&Change>, spanned: &Spanned<AnyOf<Expect>>) {
        if change.is_some_and(|change| change.parallel.is_some()) {
            return;
        }
        for expect in spanned.get_ref().iter() {
            let words = [
                ("granted_at_most", expect.granted_at_most),
                ("alive_at_most", expect.alive_at_most),
            ];
            for (word, _) in words.into_iter().filter(|(_, most)| most.is_some()) {
                let what = format!(
                    "`{word}` counts requests that are sent at once, but only one \
                                    is"
                );
                self.not_here(&spanned.span(), word, what, "add `when.<step>.parallel = 8`");
            }
        }
    }

    fn not_here(&mut self, span: &Range<usize>, word: &str, what: String, right: &str) {
        let span = self.source.word(word, span.start..self.part.end, span.clone());
        self.wrong(span, what, right);
    }
}

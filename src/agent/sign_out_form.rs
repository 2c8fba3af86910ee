//! Pages of a logout that ask whether to sign out (OpenID.RPInitiated §2).

use scraper::ElementRef;

use super::action::{Action, PageKind};
use super::button_words::Meaning;
use super::controls::{
    CONTROLS, caption, is_button, is_visible, kind_of, label, reads, selector, signature,
};
use super::page::Page;
use crate::target::{LoginRule, User};

impl Page {
    /// What a page asks of a user who is about to sign out: by a rule of the script, or else
    /// automatically. A page that asks for a name or a password is not about signing out.
    pub(super) fn wants_at_logout(&self, script: &[LoginRule], user: &User) -> Option<Action> {
        let controls: Vec<_> = self.html.select(&selector(CONTROLS)).collect();
        let clicks = |action: &Action| action.kind == PageKind::Consent;
        if let Some(action) = self.by_script(script, user).filter(clicks) {
            return Some(Action { kind: PageKind::SignOut, ..action });
        }
        sign_out(&controls).or_else(|| self.relay(&controls))
    }

    /// The labels of buttons that are not understood. A page to sign in at is where a logout ends.
    pub(super) fn unknown_buttons_of(&self, signs_out: bool) -> Option<String> {
        let controls: Vec<_> = self.html.select(&selector(CONTROLS)).collect();
        self.unknown_buttons().filter(|_| !signs_out || !controls.iter().any(asks_for_text))
    }

    /// What to click in place of this action in order to stay signed in.
    pub(super) fn stay(&self, script: &[LoginRule], action: &Action) -> Option<Action> {
        let controls: Vec<_> = self.html.select(&selector(CONTROLS)).collect();
        let stays = |control: &ElementRef<'_>| {
            let can_be_clicked = is_button(control) || control.value().attr("href").is_some();
            is_visible(control) && can_be_clicked && reads(control, Meaning::Stay)
        };
        let by_script = self.refusal_by_script(script);
        let click = by_script.or_else(|| controls.iter().position(stays))?;
        let (click, says) = (Some(click), caption(&controls[click]));
        Some(Action { check: Vec::new(), fill: Vec::new(), click, says, ..action.clone() })
    }
}

fn asks_for_text(control: &ElementRef<'_>) -> bool {
    let kind = kind_of(control);
    is_visible(control) && matches!(kind, "text" | "email" | "password" | "tel" | "search")
}

/// The button that signs out, or, if none says so, one that agrees.
fn sign_out(controls: &[ElementRef<'_>]) -> Option<Action> {
    if controls.iter().any(asks_for_text) {
        return None;
    }
    let can = |control: &ElementRef<'_>| {
        is_button(control) && is_visible(control) && !reads(control, Meaning::Stay)
    };
    let says = |meaning: Meaning| {
        let read = controls.iter().position(|it| can(it) && reads(it, meaning));
        read.or_else(|| controls.iter().position(|it| can(it) && label(it).says(meaning)))
    };
    let click =
        says(Meaning::SignOut).or_else(|| says(Meaning::Yes)).or_else(|| says(Meaning::Onward))?;
    let says = caption(&controls[click]);
    let action = Action::new(PageKind::SignOut, signature(controls, Some(click)));
    Some(Action { click: Some(click), says, ..action })
}

//! Forms that ask for consent.

use scraper::ElementRef;

use super::action::{Action, PageKind};
use super::button_words::Meaning;
use super::controls::{
    caption, is_button, is_posted, is_submit, is_visible, kind_of, label, reads, signature,
};

/// A button that agrees, and every check box that is not ticked yet.
pub(super) fn consent(controls: &[ElementRef<'_>]) -> Option<Action> {
    let visible: Vec<usize> = (0..controls.len()).filter(|n| is_visible(&controls[*n])).collect();
    let asks_for_text = visible.iter().any(|number| {
        matches!(kind_of(&controls[*number]), "text" | "email" | "password" | "tel" | "search")
    });
    if asks_for_text {
        return None;
    }
    let buttons: Vec<_> = visible.iter().map(|number| (*number, controls[*number])).collect();
    let click = button(&buttons, Meaning::Yes).or_else(|| button(&buttons, Meaning::Onward))?;
    let check = visible
        .iter()
        .copied()
        .filter(|number| {
            let control = &controls[*number];
            let attr = |name| control.value().attr(name);
            kind_of(control) == "checkbox"
                && attr("checked").is_none()
                && attr("disabled").is_none()
        })
        .collect();
    let says = caption(&controls[click]);
    let action = Action::new(PageKind::Consent, signature(controls, Some(click)));
    Some(Action { check, click: Some(click), says, ..action })
}

/// The button with this meaning that does not refuse. The visible label decides. The name and value
/// decide only if no other button has the same, as `name="accept"` may also be on buttons that
/// refuse.
fn button(controls: &[(usize, ElementRef<'_>)], meaning: Meaning) -> Option<usize> {
    let can = |control: &ElementRef<'_>| is_button(control) && !label(control).says(Meaning::No);
    let read = controls.iter().find(|(_, control)| can(control) && reads(control, meaning));
    let mut hinted = controls.iter().filter(|(_, it)| can(it) && label(it).says(meaning));
    let hinted = hinted.next().filter(|_| hinted.next().is_none());
    read.or(hinted).map(|(number, _)| *number)
}

/// Whether the button gives consent, and is not about cookies or terms.
pub(super) fn gives_leave(button: &ElementRef<'_>) -> bool {
    label(button).says(Meaning::Leave)
}

/// Whether the button agrees.
pub(super) fn says_yes(button: &ElementRef<'_>) -> bool {
    label(button).says(Meaning::Yes)
}

/// Whether it is a button or link that refuses.
pub(super) fn refuses(control: &ElementRef<'_>) -> bool {
    let can_be_clicked = is_button(control) || control.value().attr("href").is_some();
    is_visible(control) && can_be_clicked && label(control).says(Meaning::Refuse)
}

/// Whether it is the only button on a page, and posts its form.
pub(super) fn is_alone(button: &ElementRef<'_>, controls: &[ElementRef<'_>]) -> bool {
    let buttons = controls.iter().filter(|it| is_button(it) && is_visible(it));
    is_submit(button) && buttons.count() == 1 && is_posted(button)
}

//! Forms that ask who is there.

use scraper::ElementRef;

use super::action::{Action, PageKind};
use super::button_words::Meaning;
use super::controls::{
    caption, form_of, hints, is_button, is_submit, is_text_field, is_visible, kind_of, label,
    signature,
};
use crate::target::User;

/// Words in the names of fields for passwords, where they are no password fields.
const PASSWORD: &[&str] = &["password", "passwd", "passwort", "kennwort"];

/// Words in the names of fields for the names of users.
const NAME: &[&str] = &["user", "login", "email", "identifier", "account", "name"];

/// A password field, whoever's name goes above it, and a button; or the name alone, where the
/// password is asked for on the next page.
pub(super) fn login(controls: &[ElementRef<'_>], user: &User) -> Option<Action> {
    let password = controls
        .iter()
        .position(|control| kind_of(control) == "password" && is_visible(control))
        .or_else(|| controls.iter().position(is_open_password));
    let before = password.unwrap_or(controls.len());
    let is_name = |control: &ElementRef<'_>| {
        is_text_field(control) && (password.is_some() || hints(control, NAME))
    };
    let name = (0..before).rev().find(|number| is_name(&controls[*number]));
    let anchor = password.or(name)?;
    let click = button(controls, anchor);
    let mut fill = Vec::new();
    fill.extend(name.map(|number| (number, user.name.clone())));
    fill.extend(password.map(|number| (number, user.password.clone())));
    let signature = signature(controls, Some(anchor));
    let says = click.map(|number| caption(&controls[number])).unwrap_or_default();
    Some(Action { kind: PageKind::Login, fill, check: Vec::new(), click, says, signature })
}

/// A field for a password that everybody can read who looks on.
fn is_open_password(control: &ElementRef<'_>) -> bool {
    is_text_field(control) && hints(control, PASSWORD)
}

/// The button that sends the form around a field: one behind it that says so, or else any that does not
/// refuse. Where there is none, the form is just sent.
fn button(controls: &[ElementRef<'_>], anchor: usize) -> Option<usize> {
    let form = form_of(&controls[anchor]).map(|form| form.id());
    let same_form = |number: &usize| form_of(&controls[*number]).map(|form| form.id()) == form;
    let buttons: Vec<_> = (0..controls.len())
        .filter(|number| is_button(&controls[*number]) && is_visible(&controls[*number]))
        .filter(same_form)
        .map(|number| (number, label(&controls[number])))
        .collect();
    let find = |fits: &dyn Fn(usize, &super::button_words::Label) -> bool| {
        buttons.iter().find(|(number, label)| fits(*number, label)).map(|(number, _)| *number)
    };
    // Beside the password may stand a button that shows it, and sends nothing.
    let sends = |number: usize| number > anchor && is_submit(&controls[number]);
    let leads_on = [Meaning::SignIn, Meaning::Onward, Meaning::Yes];
    find(&|number, label| {
        let is_known = leads_on.iter().any(|meaning| label.says(*meaning));
        sends(number) && is_known && !label.says(Meaning::No)
    })
    .or_else(|| find(&|number, label| sends(number) && !label.says(Meaning::No)))
    .or_else(|| find(&|number, label| number > anchor && !label.says(Meaning::No)))
    // In some languages, a word that refuses is part of another: "entrar no sistema".
    .or_else(|| find(&|number, label| sends(number) && label.says(Meaning::SignIn)))
    .or_else(|| find(&|_, label| !label.says(Meaning::No)))
}

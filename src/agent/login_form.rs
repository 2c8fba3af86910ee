//! Forms that ask who the user is.

use scraper::ElementRef;

use super::action::{Action, PageKind};
use super::button_words::{Label, Meaning};
use super::controls::{
    caption, form_of, hints, is_button, is_submit, is_text_field, is_visible, kind_of, label,
    named, signature,
};
use crate::target::User;

/// Words in the names of password fields that do not have the type password.
const PASSWORD: &[&str] = &["password", "passwd", "passwort", "kennwort"];

/// Words in the names of username fields.
const NAME: &[&str] = &["user", "login", "email", "identifier", "account", "name"];

/// Words in the names of fields for one-time codes.
const CODE: &[&str] = &[
    "one-time-code",
    "otp",
    "onetime",
    "one-time",
    "one_time",
    "mfa",
    "2fa",
    "twofactor",
    "two-factor",
    "two_factor",
    "verificationcode",
    "verification_code",
    "verification-code",
    "authenticator",
];

/// Names of such fields on pages without a password field.
const CODE_ALONE: &[&str] = &["code", "pin", "passcode", "token"];

/// The signature of pages that set up or use a passkey: scripts fill their forms.
pub(super) const PASSKEY: &str = "passkey";

/// A password field, with any field for a name before it, and a button; or the name alone, if the
/// password is asked for on the next page; or a one-time code, on a later page or the same one.
pub(super) fn login(controls: &[ElementRef<'_>], user: &User) -> Option<Action> {
    let is_secret =
        |control: &ElementRef<'_>| kind_of(control) == "password" && is_visible(control);
    let is_open = |control: &ElementRef<'_>| is_text_field(control) && hints(control, PASSWORD);
    let password = controls
        .iter()
        .position(|control| is_secret(control) && !is_code(control))
        .or_else(|| controls.iter().position(|control| is_open(control) && !is_code(control)));
    let is_code_alone = |control: &ElementRef<'_>| {
        let is_field = is_text_field(control) || is_secret(control);
        is_field && CODE_ALONE.contains(&named(control).to_lowercase().as_str())
    };
    let code = controls.iter().position(is_code);
    let code =
        code.or_else(|| controls.iter().position(|it| password.is_none() && is_code_alone(it)));
    // Next to a password, the code may be optional.
    let code = code.filter(|_| password.is_none() || user.otp.is_some());
    let before = password.or(code).unwrap_or(controls.len());
    let is_name = |control: &ElementRef<'_>| {
        is_text_field(control) && !is_code(control) && (password.is_some() || hints(control, NAME))
    };
    let name = (0..before).rev().find(|number| is_name(&controls[*number]));
    let anchor = password.max(code).or(name)?;
    let click = button(controls, anchor);
    let mut fill = Vec::new();
    fill.extend(name.map(|number| (number, user.name.clone())));
    fill.extend(password.map(|number| (number, user.password.clone())));
    let code = code.map(|number| (number, named(&controls[number])));
    let says = click.map(|number| caption(&controls[number])).unwrap_or_default();
    let action = Action::new(PageKind::Login, signature(controls, Some(anchor)));
    Some(Action { fill, code, click, says, ..action })
}

/// A field for a one-time code.
fn is_code(control: &ElementRef<'_>) -> bool {
    let is_secret = || kind_of(control) == "password" && is_visible(control);
    (is_text_field(control) || is_secret()) && hints(control, CODE)
}

/// Whether the user has passkeys, and no password.
pub(super) fn is_for_passkeys(user: &User) -> bool {
    user.passkey.is_some() && user.password.is_empty()
}

/// A button to use or set up a passkey on a page that supports them.
pub(super) fn passkey(controls: &[ElementRef<'_>], user: &User) -> Option<Action> {
    let asks_for_text = controls.iter().any(|control| {
        (is_text_field(control) || kind_of(control) == "password") && is_visible(control)
    });
    if asks_for_text && !is_for_passkeys(user) {
        return None;
    }
    let find = |meanings: &[Meaning], can: fn(&ElementRef<'_>) -> bool| {
        controls.iter().position(|control| {
            let label = label(control);
            let is_meant = meanings.iter().any(|meaning| label.says(*meaning));
            can(control) && is_visible(control) && is_meant && !label.says(Meaning::No)
        })
    };
    let onward = [Meaning::Enrol, Meaning::SignIn, Meaning::Onward, Meaning::Yes];
    let click = find(&[Meaning::Passkey], |it| is_button(it) || it.value().attr("href").is_some());
    // Next to a name field, other buttons concern that field.
    let click = click.or_else(|| find(&onward, is_button).filter(|_| !asks_for_text))?;
    let says = caption(&controls[click]);
    let action = Action::new(PageKind::Login, PASSKEY.to_owned());
    Some(Action { passkey: true, click: Some(click), says, ..action })
}

/// The button that submits the form around a field: a labelled one after it, or else any that does
/// not refuse. If there is none, the form is submitted directly.
fn button(controls: &[ElementRef<'_>], anchor: usize) -> Option<usize> {
    let form = form_of(&controls[anchor]).map(|form| form.id());
    let same_form = |number: &usize| form_of(&controls[*number]).map(|form| form.id()) == form;
    let buttons: Vec<_> = (0..controls.len())
        .filter(|number| is_button(&controls[*number]) && is_visible(&controls[*number]))
        .filter(same_form)
        .map(|number| (number, label(&controls[number])))
        .collect();
    let find = |fits: &dyn Fn(usize, &Label) -> bool| {
        buttons.iter().find(|(number, label)| fits(*number, label)).map(|(number, _)| *number)
    };
    // A button next to the password may show it rather than submit the form.
    let sends = |number: usize| number > anchor && is_submit(&controls[number]);
    let leads_on = [Meaning::SignIn, Meaning::Onward, Meaning::Yes];
    find(&|number, label| {
        let is_known = leads_on.iter().any(|meaning| label.says(*meaning));
        sends(number) && is_known && !label.says(Meaning::No)
    })
    .or_else(|| find(&|number, label| sends(number) && !label.says(Meaning::No)))
    .or_else(|| find(&|number, label| number > anchor && !label.says(Meaning::No)))
    // In some languages, a word for refusing is part of another: "entrar no sistema".
    .or_else(|| find(&|number, label| sends(number) && label.says(Meaning::SignIn)))
    .or_else(|| find(&|_, label| !label.says(Meaning::No)))
}

//! Pages that ask for something, recognized by a login script or automatically.
//!
//! Both agents use the same code. Elements are numbered as in
//! `document.querySelectorAll(CONTROLS)`, so that they can be identified in the browser; elements
//! that are not visible there carry [`HIDDEN`].

use std::collections::HashSet;

use scraper::{ElementRef, Html, Node};
use url::{Url, form_urlencoded};

use super::action::{Action, PageKind};
use super::consent_form::{consent, gives_leave, is_alone, refuses, says_yes};
use super::controls::{
    CONTROLS, caption, form_of, is_button, is_posted, is_visible, kind_of, named, selector,
    signature,
};
use super::login_form::{is_for_passkeys, login, passkey};
use super::submission::Submission;
use crate::oauth::Params;
use crate::target::{LoginRule, ONE_TIME_CODE, User};
use crate::wire::{quoted, shortened};

/// How many buttons are named in a message.
const MOST_SAID: usize = 4;

/// How many tags a page may have.
const MOST_TAGS: usize = 20_000;

/// How many tags may be open at the same time, including those that need no end tag.
const MOST_OPEN: usize = 3_000;

/// How many parts one tag may have.
const MOST_PARTS: usize = 10_000;

/// A parsed page of HTML.
pub struct Page {
    pub(super) html: Html,
}

impl Page {
    /// Parses a page from any text. One that is not readable is parsed as an empty one.
    pub fn read(html: &str) -> Self {
        Self { html: Html::parse_document(if Self::is_readable(html) { html } else { "" }) }
    }

    /// Whether the page is meant for people: parsing countless nested tags may take forever.
    pub fn is_readable(html: &str) -> bool {
        let (mut count, mut open) = (0, 0_usize);
        let mut in_script = false;
        html.split('<').skip(1).all(|tag| {
            let begins = |name: &str| {
                tag.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
            };
            in_script = if in_script { !begins("/script") } else { begins("script") };
            if in_script {
                return true;
            }
            count += 1;
            match tag.chars().next() {
                Some('/') => open = open.saturating_sub(1),
                Some(first) if first.is_alphabetic() => open += 1,
                _ => {}
            }
            let inside = tag.split('>').next().unwrap_or_default();
            let parts = inside.bytes().filter(|byte| b" \n\t\r\x0c/\"'=".contains(byte));
            count <= MOST_TAGS && open <= MOST_OPEN && parts.count() <= MOST_PARTS
        })
    }

    /// What the page asks of the user: by a rule of the script, or else automatically.
    pub fn wants(&self, script: &[LoginRule], user: &User) -> Option<Action> {
        let controls = self.controls();
        if let Some(action) = self.by_script(script, user) {
            return Some(action);
        }
        let passkey = || self.knows_passkeys().then(|| passkey(&controls, user)).flatten();
        let first = if is_for_passkeys(user) { passkey() } else { None };
        first
            .or_else(|| login(&controls, user))
            .or_else(passkey)
            .or_else(|| consent(&controls))
            .or_else(|| self.relay(&controls))
    }

    /// Whether the page certainly asks for this action, whether or not a valid flow has shown it:
    /// a rule of the script is for it, it lets the user agree and refuse, or it gives consent by a
    /// form that is posted, and offers nothing else. The valid flow does not ask a user who has
    /// consented before, and the kind of page must not depend on that.
    pub fn certainly_asks(&self, script: &[LoginRule], user: &User, action: &Action) -> bool {
        let controls = self.controls();
        let yes = action.click.and_then(|number| controls.get(number));
        let lets_refuse = || self.refusal(script, action).is_some();
        // Only a logout asks the one, and only a case the other.
        matches!(action.kind, PageKind::SignOut | PageKind::Account)
            || self.by_script(script, user).is_some()
            || action.kind == PageKind::Consent
                && yes.is_some_and(|yes| {
                    says_yes(yes) && lets_refuse() || gives_leave(yes) && is_alone(yes, &controls)
                })
    }

    /// What to do in place of this consenting action in order to refuse: by a rule of the script,
    /// or else by a button or link that refuses. `None` if there is neither.
    pub fn refusal(&self, script: &[LoginRule], action: &Action) -> Option<Action> {
        if action.kind == PageKind::SignOut {
            return self.stay(script, action);
        }
        let controls = self.controls();
        let click = self.refusal_by_script(script);
        let click = click.or_else(|| controls.iter().position(refuses))?;
        let (click, says) = (Some(click), caption(&controls[click]));
        Some(Action { check: Vec::new(), fill: Vec::new(), click, says, ..action.clone() })
    }

    /// What a rule of the script clicks in order to refuse, by number.
    pub(super) fn refusal_by_script(&self, script: &[LoginRule]) -> Option<usize> {
        let controls = self.controls();
        script.iter().find_map(|rule| {
            let shows =
                self.html.select(&rule.shows.selector()).any(|element| is_visible(&element));
            let refuse = rule.refuse.as_ref().filter(|_| shows)?;
            let found = self.html.select(&refuse.selector()).find(|element| is_visible(element))?;
            controls.iter().position(|control| control.id() == found.id())
        })
    }

    /// What a rule of the script does on the page.
    pub(super) fn by_script(&self, script: &[LoginRule], user: &User) -> Option<Action> {
        let controls = self.controls();
        script.iter().find_map(|rule| self.scripted(rule, user, &controls))
    }

    /// The form that the action submits, if the page at `base` has a plain form around it.
    pub fn submission(&self, action: &Action, base: &Url) -> Option<Submission> {
        let controls = self.controls();
        let clicked = action.click.and_then(|number| controls.get(number));
        if let Some(link) = clicked.and_then(|control| control.value().attr("href")) {
            let url = base.join(link).ok()?;
            let fields = Params::parse(url.query().unwrap_or_default());
            return Some(Submission { post: false, url, fields });
        }
        let anchor = action.click.or(action.fill.first().map(|(number, _)| *number));
        let form = match anchor {
            Some(number) => form_of(controls.get(number)?)?,
            None => self.html.select(&selector("form")).next()?,
        };
        let clicked =
            action.click.and_then(|number| controls.get(number)).map(|control| control.value());
        let target = clicked
            .and_then(|button| button.attr("formaction"))
            .or_else(|| form.value().attr("action"))
            .unwrap_or_default();
        let method = clicked
            .and_then(|button| button.attr("formmethod"))
            .or_else(|| form.value().attr("method"))
            .unwrap_or("get");
        let url = if target.is_empty() { base.clone() } else { base.join(target).ok()? };
        let own = controls.iter().enumerate();
        let own = own.filter(|(_, control)| form_of(control).map(|it| it.id()) == Some(form.id()));
        let post = method.eq_ignore_ascii_case("post");
        Some(Submission::new(post, url, own, action))
    }

    /// The values of hidden fields that are long enough to be one-time tokens, by name, which are
    /// redacted in reports.
    pub fn one_time_fields(&self) -> Vec<(String, String)> {
        self.html
            .select(&selector("input[type=hidden]"))
            .filter_map(|input| {
                let value = input.value().attr("value").filter(|value| value.len() >= 12)?;
                Some((input.value().attr("name").unwrap_or("field").to_owned(), value.to_owned()))
            })
            .collect()
    }

    /// Where the page leads by links and frames, as written in its source.
    pub fn links(&self) -> Vec<String> {
        let leading = selector("a[href], area[href], iframe[src], frame[src]");
        let to = |link: ElementRef<'_>| {
            let element = link.value();
            element.attr("href").or(element.attr("src")).map(str::to_owned)
        };
        self.html.select(&leading).filter_map(to).collect()
    }

    /// The page's equivalent of a `Refresh` header.
    pub fn refresh(&self) -> Option<String> {
        let meta = self.html.select(&selector("meta[http-equiv=refresh i][content]")).next()?;
        meta.value().attr("content").map(str::to_owned)
    }

    /// The text of the page, without markup, with white space collapsed, at most `limit`
    /// characters.
    pub fn text(&self, limit: usize) -> String {
        let mut text = String::new();
        self.look_over(|node| {
            if let Some(words) = node.as_text() {
                text.push_str(words);
                text.push(' ');
            }
        });
        let words: Vec<_> = text.split_whitespace().collect();
        shortened(&words.join(" "), limit)
    }

    /// Looks at everything in the body of the page, but what scripts and the like contain.
    fn look_over(&self, mut look: impl FnMut(&Node)) {
        let skipped = ["script", "style", "noscript", "template"];
        let Some(body) = self.html.select(&selector("body")).next() else { return };
        let mut inside = HashSet::new();
        for node in body.descendants() {
            // Parents come before their children.
            let skip = node.parent().is_some_and(|above| inside.contains(&above.id()))
                || node.value().as_element().is_some_and(|it| skipped.contains(&it.name()));
            if skip {
                inside.insert(node.id());
            } else {
                look(node.value());
            }
        }
    }

    /// Everything that the page shows, in its text and on its buttons, without the content of
    /// fields.
    pub fn shown(&self) -> String {
        let buttons = "input[type=submit i], input[type=button i], input[type=reset i]";
        let told = [(buttons, "value"), ("[placeholder]", "placeholder"), ("[alt]", "alt")];
        let mut shown = self.text(usize::MAX);
        for (css, name) in told {
            for element in self.html.select(&selector(css)) {
                shown.push('\n');
                shown.push_str(element.value().attr(name).unwrap_or_default());
            }
        }
        shown
    }

    /// Says that the page has buttons whose labels are not understood, or `None` if there are no
    /// buttons. It may be a login or consent page nevertheless.
    pub fn unknown_buttons(&self) -> Option<String> {
        let controls = self.controls();
        let buttons = controls.iter().filter(|it| is_button(it) && is_visible(it) && is_posted(it));
        let said = buttons.map(caption).filter(|said| !said.is_empty()).take(MOST_SAID);
        let said: Vec<_> = said.map(|said| format!("“{}”", quoted(&said))).collect();
        (!said.is_empty()).then(|| {
            let said = said.join(", ");
            format!(
                "a page with {said} to click, which is not known to sign in or to give consent; \
                 if it does, describe with `[[login]]` what to fill in and what to click"
            )
        })
    }

    /// Whether the page has a script that asks for a passkey, or sets one up (WebAuthn §5.1).
    fn knows_passkeys(&self) -> bool {
        let words = ["navigator.credentials", "webauthn", "publickeycredential", "passkey"];
        let asks = |text: &str| {
            let text = text.to_ascii_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        self.html
            .select(&selector("script"))
            .any(|script| script.value().attr("src").is_some_and(asks) || script.text().any(asks))
    }

    /// Whether the page shows the address: as a link, an image or text, or as a parameter of such an address.
    pub fn shows(&self, address: &str) -> bool {
        let encoded: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
        let contains = |text: &str| text.contains(address) || text.contains(&encoded);
        let mut shows = false;
        self.look_over(|node| {
            shows |= match node {
                Node::Text(text) => contains(text),
                Node::Element(element) => {
                    let shown = ["href", "src", "srcset", "style"].map(|name| element.attr(name));
                    shown.into_iter().flatten().any(contains)
                }
                _ => false,
            };
        });
        shows
    }

    /// Whether the page has scripts, which may add more than its source shows.
    pub fn has_scripts(&self) -> bool {
        self.html.select(&selector("script")).next().is_some()
    }

    /// Whether the page has images other than in its style sheets.
    pub fn has_images(&self) -> bool {
        let images = selector("img, picture, object, svg, input[type=image], [style*='url(']");
        self.html.select(&images).next().is_some()
    }

    pub(super) fn controls(&self) -> Vec<ElementRef<'_>> {
        self.html.select(&selector(CONTROLS)).collect()
    }

    fn scripted(
        &self,
        rule: &LoginRule,
        user: &User,
        controls: &[ElementRef<'_>],
    ) -> Option<Action> {
        let number = |css: &crate::target::Css| {
            let element = self.html.select(&css.selector()).find(|element| is_visible(element))?;
            controls.iter().position(|control| control.id() == element.id())
        };
        self.html.select(&rule.shows.selector()).find(|element| is_visible(element))?;
        let value = |text: &str| {
            text.replace("{user.name}", &user.name).replace("{user.password}", &user.password)
        };
        let (codes, texts): (Vec<_>, Vec<_>) =
            rule.fill.iter().partition(|(_, text)| *text == ONE_TIME_CODE);
        let fill: Option<Vec<_>> =
            texts.into_iter().map(|(css, text)| Some((number(css)?, value(text)))).collect();
        let fill = fill?;
        let code = match codes.first() {
            Some((css, _)) => {
                let number = number(css)?;
                Some((number, named(&controls[number])))
            }
            None => None,
        };
        let check = rule.check.iter().filter_map(number).collect();
        let click = number(&rule.click)?;
        let is_login = !fill.is_empty() || code.is_some();
        let kind = if is_login { PageKind::Login } else { PageKind::Consent };
        let action = Action::new(kind, signature(controls, Some(click)));
        let says = caption(&controls[click]);
        Some(Action { fill, code, check, click: Some(click), says, ..action })
    }

    pub(super) fn relay(&self, controls: &[ElementRef<'_>]) -> Option<Action> {
        let form = self.html.select(&selector("form[method=post i]")).next()?;
        let all_hidden = controls
            .iter()
            .filter(|control| control.value().name() == "input")
            .all(|control| kind_of(control) == "hidden" || kind_of(control) == "submit");
        let sends_itself = self
            .html
            .select(&selector("script"))
            .any(|script| script.text().any(|text| text.contains("submit")))
            || self.html.select(&selector("body[onload*=submit]")).next().is_some();
        (all_hidden && sends_itself && form.value().attr("action").is_some())
            .then(|| Action::new(PageKind::Relay, signature(controls, None)))
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;

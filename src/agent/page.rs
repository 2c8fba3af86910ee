//! Pages that want something: recognised by a login script, or by themselves.
//!
//! The same reading serves both agents. What it finds is numbered as in
//! `document.querySelectorAll(CONTROLS)`, so that the browser can be told
//! which element is meant; elements that it cannot see carry [`HIDDEN`].

use std::collections::{BTreeSet, HashSet};

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::submission::Submission;
use crate::oauth::Params;
use crate::suite::Asked;
use crate::target::{LoginRule, User};
use crate::wire::shortened;

/// The attribute by which the browser marks elements that nobody can see.
pub const HIDDEN: &str = "data-authspec-hidden";

/// The elements that can be filled in or clicked, in the order in which they are numbered.
pub const CONTROLS: &str = "input,button,select,textarea,a[href]";

/// How many tags a page may have.
const MOST_TAGS: usize = 20_000;

/// How many tags may be open at once; those that need not be closed count too.
const MOST_OPEN: usize = 3_000;

/// Of how many parts one tag may be.
const MOST_PARTS: usize = 10_000;

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// It asks who is there.
    Login,
    /// It asks for leave.
    Consent,
    /// It sends itself on without being asked (OAuth.FormPost §2).
    Relay,
}

impl PageKind {
    /// What such a page asks for.
    pub fn asks(self) -> Option<Asked> {
        match self {
            Self::Login => Some(Asked::SignIn),
            Self::Consent => Some(Asked::Consent),
            Self::Relay => None,
        }
    }
}

/// What a page wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What the page is for.
    pub kind: PageKind,
    /// What to type, by the number of the element.
    pub fill: Vec<(usize, String)>,
    /// Check boxes to tick, by number.
    pub check: Vec<usize>,
    /// What to click, by number; nothing where the form is just sent.
    pub click: Option<usize>,
    /// The names of the form's fields: what such a page looks like, whoever it is for.
    pub signature: String,
}

impl Action {
    /// Whether a page that the valid flow showed wants this too, or more: who signs in again may be
    /// asked for the password alone.
    pub fn is_among(&self, known: &BTreeSet<String>) -> bool {
        let has_all = |known: &String| {
            self.signature.split(',').all(|name| known.split(',').any(|other| other == name))
        };
        known.contains(&self.signature) || self.kind == PageKind::Login && known.iter().any(has_all)
    }
}

/// A page of HTML, taken apart.
pub struct Page {
    pub(super) html: Html,
}

impl Page {
    /// Reads a page; any text will do. One that is not readable reads as an empty one.
    pub fn read(html: &str) -> Self {
        Self { html: Html::parse_document(if Self::is_readable(html) { html } else { "" }) }
    }

    /// Whether the page is one for people: to take apart one of countless tags, one inside the
    /// other, may take for ever.
    pub fn is_readable(html: &str) -> bool {
        let (mut count, mut open) = (0, 0_usize);
        let mut in_script = false;
        html.split('<').skip(1).all(|tag| {
            let name: String = tag.chars().take(7).collect::<String>().to_ascii_lowercase();
            in_script = if in_script { name != "/script" } else { name.starts_with("script") };
            if in_script {
                return true;
            }
            count += 1;
            match name.chars().next() {
                Some('/') => open = open.saturating_sub(1),
                Some(first) if first.is_alphabetic() => open += 1,
                _ => {}
            }
            let inside = tag.split('>').next().unwrap_or_default();
            let parts = inside.bytes().filter(|byte| b" \n\t\r\x0c/\"'=".contains(byte));
            count <= MOST_TAGS && open <= MOST_OPEN && parts.count() <= MOST_PARTS
        })
    }

    /// What the page wants of the user: by the script where one of its rules fits, else by itself.
    pub fn wants(&self, script: &[LoginRule], user: &User) -> Option<Action> {
        let controls = self.controls();
        if let Some(action) = script.iter().find_map(|rule| self.scripted(rule, user, &controls)) {
            return Some(action);
        }
        login(&controls, user).or_else(|| consent(&controls)).or_else(|| self.relay(&controls))
    }

    /// Whether the page surely asks for consent: it lets the user say yes, and no, or gives leave by a form
    /// that is posted, and offers nothing else. Whoever has given it before was not asked by the valid flow,
    /// and what a page is must not hang on that.
    pub fn lets_decide(&self, script: &[LoginRule], action: &Action) -> bool {
        let controls = self.controls();
        let yes = action.click.and_then(|number| controls.get(number));
        let says = |words: &[&str]| yes.is_some_and(|control| has_word(&label(control), words));
        let lets_refuse = || says(YES) && self.refusal(script, action).is_some();
        action.kind == PageKind::Consent
            && (lets_refuse() || says(LEAVE) && yes.is_some_and(|it| is_alone(it, &controls)))
    }

    /// What to do in place of this action, which consents, to refuse: by the script where one of its
    /// rules says how, else by a button or link that says no. None where nothing does.
    pub fn refusal(&self, script: &[LoginRule], action: &Action) -> Option<Action> {
        let controls = self.controls();
        let scripted = |rule: &LoginRule| {
            let shows =
                self.html.select(&rule.shows.selector()).any(|element| is_visible(&element));
            let refuse = rule.refuse.as_ref().filter(|_| shows)?;
            let found = self.html.select(&refuse.selector()).find(|element| is_visible(element))?;
            controls.iter().position(|control| control.id() == found.id())
        };
        let says_no = |control: &ElementRef<'_>| {
            let is_link = control.value().attr("href").is_some();
            let can_be_clicked = is_visible(control) && (is_link || is_button(control));
            can_be_clicked && has_word(&label(control), DENY)
        };
        let click = script.iter().find_map(scripted);
        let click = Some(click.or_else(|| controls.iter().position(says_no))?);
        Some(Action { check: Vec::new(), fill: Vec::new(), click, ..action.clone() })
    }

    /// The form that the action sends, where the page at `base` has a plain one around it.
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

    /// The values of hidden fields that are long enough to be one-time tokens, by name: they are not
    /// for reports.
    pub fn one_time_fields(&self) -> Vec<(String, String)> {
        self.html
            .select(&selector("input[type=hidden]"))
            .filter_map(|input| {
                let value = input.value().attr("value").filter(|value| value.len() >= 12)?;
                Some((input.value().attr("name").unwrap_or("field").to_owned(), value.to_owned()))
            })
            .collect()
    }

    /// Where the page leads by links and frames, as its source has it.
    pub fn links(&self) -> Vec<String> {
        let leading = selector("a[href], area[href], iframe[src], frame[src]");
        let to = |link: ElementRef<'_>| {
            let element = link.value();
            element.attr("href").or(element.attr("src")).map(str::to_owned)
        };
        self.html.select(&leading).filter_map(to).collect()
    }

    /// What the page says in place of a `Refresh` header.
    pub fn refresh(&self) -> Option<String> {
        let meta = self.html.select(&selector("meta[http-equiv=refresh i][content]")).next()?;
        meta.value().attr("content").map(str::to_owned)
    }

    /// What the page says, without markup, blanks folded, at most `limit` characters.
    pub fn text(&self, limit: usize) -> String {
        let skipped = ["script", "style", "noscript", "template"];
        let Some(body) = self.html.select(&selector("body")).next() else { return String::new() };
        let (mut text, mut inside) = (String::new(), HashSet::new());
        for node in body.descendants() {
            // Parents come before their children.
            let skip = node.parent().is_some_and(|above| inside.contains(&above.id()))
                || node.value().as_element().is_some_and(|it| skipped.contains(&it.name()));
            if skip {
                inside.insert(node.id());
            } else if let Some(words) = node.value().as_text() {
                text.push_str(words);
                text.push(' ');
            }
        }
        let words: Vec<_> = text.split_whitespace().collect();
        shortened(&words.join(" "), limit)
    }

    /// All that the page shows, in its text and on its buttons; what stands in fields is not told.
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

    /// Whether the page has scripts, which may put more on it than its source shows.
    pub fn has_scripts(&self) -> bool {
        self.html.select(&selector("script")).next().is_some()
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
        let fill: Option<Vec<_>> =
            rule.fill.iter().map(|(css, text)| Some((number(css)?, value(text)))).collect();
        let fill = fill?;
        let check = rule.check.iter().filter_map(number).collect();
        let click = number(&rule.click)?;
        let kind = if fill.is_empty() { PageKind::Consent } else { PageKind::Login };
        let signature = signature(controls, Some(click));
        Some(Action { kind, fill, check, click: Some(click), signature })
    }

    fn relay(&self, controls: &[ElementRef<'_>]) -> Option<Action> {
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
        (all_hidden && sends_itself && form.value().attr("action").is_some()).then(|| Action {
            kind: PageKind::Relay,
            fill: Vec::new(),
            check: Vec::new(),
            click: None,
            signature: signature(controls, None),
        })
    }
}

/// A password field, whoever's name goes above it, and a button; or the name alone, where the
/// password is asked for on the next page.
fn login(controls: &[ElementRef<'_>], user: &User) -> Option<Action> {
    let password =
        controls.iter().position(|control| kind_of(control) == "password" && is_visible(control));
    let before = password.unwrap_or(controls.len());
    let name =
        (0..before).rev().find(|number| is_name_field(&controls[*number], password.is_some()));
    let anchor = password.or(name)?;
    let form = form_of(&controls[anchor]).map(|form| form.id());
    let same_form = |number: &usize| form_of(&controls[*number]).map(|form| form.id()) == form;
    let buttons: Vec<_> = (0..controls.len())
        .filter(|number| is_button(&controls[*number]) && is_visible(&controls[*number]))
        .filter(same_form)
        .collect();
    let says_no = |number: &&usize| has_word(&label(&controls[**number]), NO);
    // Beside the password may stand a button that shows it, and sends nothing.
    let sends = |number: &&usize| is_submit(&controls[**number]);
    let meant = |number: &&usize| **number > anchor && !says_no(number);
    let click = buttons
        .iter()
        .filter(sends)
        .find(meant)
        .or_else(|| buttons.iter().find(meant))
        .or(buttons.first());
    let mut fill = Vec::new();
    fill.extend(name.map(|number| (number, user.name.clone())));
    fill.extend(password.map(|number| (number, user.password.clone())));
    let signature = signature(controls, Some(anchor));
    let click = click.copied();
    Some(Action { kind: PageKind::Login, fill, check: Vec::new(), click, signature })
}

/// Words on buttons and links that refuse consent, and do not lead elsewhere.
const DENY: &[&str] =
    &["deny", "cancel", "reject", "decline", "refuse", "disallow", "disagree", "abort", "no"];

/// A button that says yes, with every check box that is not yet ticked.
fn consent(controls: &[ElementRef<'_>]) -> Option<Action> {
    let visible: Vec<usize> = (0..controls.len()).filter(|n| is_visible(&controls[*n])).collect();
    let asks_for_text = visible.iter().any(|number| {
        matches!(kind_of(&controls[*number]), "text" | "email" | "password" | "tel" | "search")
    });
    if asks_for_text {
        return None;
    }
    let button = |says: &[&str]| {
        visible.iter().copied().find(|number| {
            let label = label(&controls[*number]);
            is_button(&controls[*number]) && has_word(&label, says) && !has_word(&label, NO)
        })
    };
    let click = button(YES).or_else(|| button(ONWARD))?;
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
    let signature = signature(controls, Some(click));
    Some(Action { kind: PageKind::Consent, fill: Vec::new(), check, click: Some(click), signature })
}

/// Words on buttons that give leave, in small letters.
const YES: &[&str] =
    &["allow", "accept", "approve", "authorize", "authorise", "consent", "grant", "agree"];

/// Those of them that are not said of cookies and terms too.
const LEAVE: &[&str] = &["allow", "approve", "authorize", "authorise", "grant"];

/// Whether it is the only button on a page, and posts its form.
fn is_alone(button: &ElementRef<'_>, controls: &[ElementRef<'_>]) -> bool {
    let posts = |form: ElementRef<'_>| {
        form.value().attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post"))
    };
    let buttons = controls.iter().filter(|it| is_button(it) && is_visible(it));
    is_submit(button) && buttons.count() == 1 && form_of(button).is_some_and(posts)
}

/// Words on buttons that lead on, which count where no button gives leave.
const ONWARD: &[&str] = &["continue", "yes", "confirm", "ok", "proceed", "submit"];

/// Words on buttons that refuse.
const NO: &[&str] = &[
    "deny", "cancel", "reject", "decline", "refuse", "disallow", "disagree", "abort", "back",
    "logout", "no", "don't", "not", "out",
];

fn has_word(label: &str, known: &[&str]) -> bool {
    words(label).any(|word| known.contains(&word))
}

fn words(label: &str) -> impl Iterator<Item = &str> {
    label.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

/// All that a button says of itself, in small letters.
fn label(control: &ElementRef<'_>) -> String {
    let element = control.value();
    let attributes = ["value", "name", "title", "aria-label"];
    let mut text: Vec<String> =
        attributes.iter().filter_map(|name| element.attr(name)).map(str::to_owned).collect();
    text.extend(control.text().map(str::to_owned));
    text.join(" ").to_lowercase()
}

fn is_name_field(control: &ElementRef<'_>, beside_password: bool) -> bool {
    let plain = control.value().name() == "input"
        && matches!(kind_of(control), "text" | "email" | "tel" | "search")
        && is_visible(control);
    let known = ["user", "login", "email", "identifier", "account", "name"];
    let hints = ["name", "id", "autocomplete"];
    let hinted = hints.iter().filter_map(|hint| control.value().attr(hint)).any(|hint| {
        let hint = hint.to_lowercase();
        known.iter().any(|word| hint.contains(word))
    });
    plain && (beside_password || hinted)
}

fn is_button(control: &ElementRef<'_>) -> bool {
    let element = control.value();
    match element.name() {
        "button" => element.attr("type") != Some("reset") && element.attr("disabled").is_none(),
        "input" => matches!(kind_of(control), "submit" | "image" | "button"),
        _ => false,
    }
}

/// Whether it is a button that sends its form, if no script keeps it from that.
fn is_submit(control: &ElementRef<'_>) -> bool {
    let element = control.value();
    let kind = element.attr("type").unwrap_or("submit");
    is_button(control) && !kind.eq_ignore_ascii_case("button")
}

fn is_visible(control: &ElementRef<'_>) -> bool {
    let element = control.value();
    kind_of(control) != "hidden"
        && element.attr(HIDDEN).is_none()
        && element.attr("hidden").is_none()
}

/// The type of an input; text where it does not say.
/// The kind of an input field, in small letters; nothing for any other element.
pub(super) fn kind_of(control: &ElementRef<'_>) -> &'static str {
    const KINDS: &[&str] = &[
        "hidden", "submit", "image", "button", "reset", "checkbox", "radio", "password", "email",
        "tel", "search", "file", "text",
    ];
    let element = control.value();
    if element.name() != "input" {
        return "";
    }
    let kind = element.attr("type").unwrap_or("text");
    KINDS.iter().find(|known| kind.eq_ignore_ascii_case(known)).copied().unwrap_or("text")
}

pub(super) fn form_of<'a>(control: &ElementRef<'a>) -> Option<ElementRef<'a>> {
    control.ancestors().filter_map(ElementRef::wrap).find(|above| above.value().name() == "form")
}

/// The names of the fields that stand in one form with the element, whatever their values. Hidden
/// ones count only where there are no others: pages carry along what each request has.
fn signature(controls: &[ElementRef<'_>], anchor: Option<usize>) -> String {
    let form = anchor.and_then(|number| form_of(&controls[number])).map(|form| form.id());
    let of_form =
        || controls.iter().filter(|control| form_of(control).map(|form| form.id()) == form);
    let name = |control: &ElementRef<'_>| {
        let name = control.value().attr("name").or(control.value().attr("id"));
        name.map(str::to_owned)
    };
    let shown = of_form().filter(|control| kind_of(control) != "hidden");
    let mut names: BTreeSet<String> = shown.filter_map(name).collect();
    if names.is_empty() {
        names = of_form().filter_map(name).collect();
    }
    names.into_iter().collect::<Vec<_>>().join(",")
}

pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("a selector of ours")
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;

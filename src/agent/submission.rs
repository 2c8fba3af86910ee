//! Forms that are submitted over HTTP, as browsers would.

use scraper::ElementRef;
use url::Url;

use super::action::{Action, PageKind};
use super::controls::{kind_of, selector};
use crate::oauth::Params;
use crate::wire::Sent;

/// A form, ready to be submitted over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Whether it is a POST.
    pub post: bool,
    /// Where it goes.
    pub url: Url,
    /// Its fields.
    pub fields: Params,
}

impl Submission {
    /// Creates it from a form's controls, each with its number on the page, filled in by the
    /// action.
    pub(super) fn new<'a>(
        post: bool,
        url: Url,
        controls: impl Iterator<Item = (usize, &'a ElementRef<'a>)>,
        action: &Action,
    ) -> Self {
        let mut fields = Params::default();
        for (number, control) in controls {
            add_field(&mut fields, number, control, action);
        }
        let fields = fields.iter().map(|(name, value)| (with_crlf(name), with_crlf(value)));
        Self { post, url, fields: fields.collect() }
    }

    /// Creates it from a form's controls in their current state.
    pub(super) fn as_it_is<'a>(
        post: bool,
        url: Url,
        controls: impl Iterator<Item = (usize, &'a ElementRef<'a>)>,
    ) -> Self {
        Self::new(post, url, controls, &Action::new(PageKind::Relay, String::new()))
    }

    /// The same form, submitted by GET; the query of its address is kept.
    pub(super) fn by_get(&self) -> Self {
        let in_url = self.url.query_pairs().into_owned().collect::<Vec<_>>();
        let fields = self.fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fields = in_url.into_iter().chain(fields).collect();
        Self { post: false, url: self.url.clone(), fields }
    }

    /// The request that submits it.
    pub(super) fn into_sent(self) -> Sent {
        if self.post {
            return Sent::post_form(self.url, self.fields.encode());
        }
        let mut url = self.url;
        url.set_query(Some(&self.fields.encode()));
        Sent::get(url)
    }
}

fn add_field(fields: &mut Params, number: usize, control: &ElementRef<'_>, action: &Action) {
    let element = control.value();
    let Some(name) = element.attr("name").filter(|_| element.attr("disabled").is_none()) else {
        return;
    };
    if let Some((_, value)) = action.fill.iter().find(|(filled, _)| *filled == number) {
        fields.repeat(name, value);
        return;
    }
    let value = element.attr("value");
    match (element.name(), kind_of(control)) {
        ("button", _) | (_, "submit" | "image" | "button") if action.click != Some(number) => {}
        (_, "checkbox" | "radio")
            if element.attr("checked").is_none() && !action.check.contains(&number) => {}
        (_, "checkbox" | "radio") => fields.repeat(name, value.unwrap_or("on")),
        ("textarea", _) => fields.repeat(name, control.text().collect::<String>()),
        ("select", _) => {
            let chosen = control
                .select(&selector("option[selected]"))
                .next()
                .or_else(|| control.select(&selector("option")).next());
            if let Some(option) = chosen {
                let text = || option.text().collect::<String>();
                fields.repeat(name, option.value().attr("value").map_or_else(text, str::to_owned));
            }
        }
        (_, "reset" | "file") => {}
        _ => fields.repeat(name, value.unwrap_or_default()),
    }
}

/// The text with line breaks as browsers send them, whatever the page contains.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

//! The controls of a page that can be filled in or clicked, and their labels.

use std::collections::BTreeSet;

use scraper::{ElementRef, Selector};

use super::button_words::{Label, Meaning};
use crate::wire::shortened;

/// The attribute by which the browser marks invisible elements.
pub const HIDDEN: &str = "data-authspec-hidden";

/// The elements that can be filled in or clicked, in numbering order.
pub const CONTROLS: &str = "input,button,select,textarea,a[href]";

/// How much of a button's label is shown, in characters.
const SAID: usize = 60;

/// The visible label of a button or link.
pub(super) fn caption(control: &ElementRef<'_>) -> String {
    let attr = |name| control.value().attr(name).map(str::to_owned);
    let text: String = control.text().collect();
    let text = Some(text).filter(|text| !text.trim().is_empty());
    let value = || attr("value").filter(|_| control.value().name() == "input");
    let caption = text.or_else(value).or_else(|| attr("alt"));
    let caption = caption.or_else(|| attr("aria-label")).or_else(|| attr("title"));
    let caption = caption.unwrap_or_default();
    shortened(&caption.split_whitespace().collect::<Vec<_>>().join(" "), SAID)
}

/// Everything that labels a button, for people or for the server.
pub(super) fn label(control: &ElementRef<'_>) -> Label {
    let element = control.value();
    let attributes = ["value", "name", "title", "aria-label"];
    let mut text: Vec<String> =
        attributes.iter().filter_map(|name| element.attr(name)).map(str::to_owned).collect();
    text.extend(control.text().map(str::to_owned));
    Label::new(&text.join(" "))
}

/// Whether its visible label has this meaning.
pub(super) fn reads(control: &ElementRef<'_>, meaning: Meaning) -> bool {
    Label::new(&caption(control)).says(meaning)
}

/// Its name in a form, or an empty string.
pub(super) fn named(control: &ElementRef<'_>) -> String {
    control.value().attr("name").unwrap_or_default().to_owned()
}

/// Whether an attribute that identifies fields contains one of these words.
pub(super) fn hints(control: &ElementRef<'_>, words: &[&str]) -> bool {
    let attributes = ["name", "id", "autocomplete"];
    attributes.iter().filter_map(|hint| control.value().attr(hint)).any(|hint| {
        let hint = hint.to_lowercase();
        words.iter().any(|word| hint.contains(word))
    })
}

/// Whether it is a visible field for a line of text.
pub(super) fn is_text_field(control: &ElementRef<'_>) -> bool {
    control.value().name() == "input"
        && matches!(kind_of(control), "text" | "email" | "tel" | "search")
        && is_visible(control)
}

pub(super) fn is_button(control: &ElementRef<'_>) -> bool {
    let element = control.value();
    match element.name() {
        "button" => element.attr("type") != Some("reset") && element.attr("disabled").is_none(),
        "input" => matches!(kind_of(control), "submit" | "image" | "button"),
        _ => false,
    }
}

/// Whether it is a button that submits its form, unless a script prevents that.
pub(super) fn is_submit(control: &ElementRef<'_>) -> bool {
    let element = control.value();
    let kind = element.attr("type").unwrap_or("submit");
    is_button(control) && !kind.eq_ignore_ascii_case("button")
}

pub(super) fn is_visible(control: &ElementRef<'_>) -> bool {
    let element = control.value();
    kind_of(control) != "hidden"
        && element.attr(HIDDEN).is_none()
        && element.attr("hidden").is_none()
}

/// The type of an input field in lower case: `text` if it has none, empty for any other element.
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

/// The form that it belongs to: the one that its `form` attribute names, or the one around it.
pub(super) fn form_of<'a>(control: &ElementRef<'a>) -> Option<ElementRef<'a>> {
    if let Some(id) = control.value().attr("form") {
        let root = control.ancestors().last()?;
        let mut elements = root.descendants().filter_map(ElementRef::wrap);
        return elements.find(|it| it.value().name() == "form" && it.value().id() == Some(id));
    }
    control.ancestors().filter_map(ElementRef::wrap).find(|above| above.value().name() == "form")
}

/// Whether the form around it is posted.
pub(super) fn is_posted(control: &ElementRef<'_>) -> bool {
    let posts = |form: ElementRef<'_>| {
        form.value().attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post"))
    };
    form_of(control).is_some_and(posts)
}

/// The names of the fields in the same form as the element, whatever their values. Hidden fields
/// count only if there are no others: pages pass on what each request contains.
pub(super) fn signature(controls: &[ElementRef<'_>], anchor: Option<usize>) -> String {
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

//! A page that does nothing but show: well-formed, without anything that a server could have put there.

use scraper::{ElementRef, Html, Selector};

/// All elements that the page is made of.
const ELEMENTS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "body",
    "br",
    "button",
    "code",
    "dd",
    "defs",
    "desc",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "head",
    "header",
    "html",
    "img",
    "input",
    "label",
    "legend",
    "li",
    "line",
    "main",
    "mark",
    "marker",
    "meta",
    "nav",
    "ol",
    "output",
    "p",
    "path",
    "pre",
    "rect",
    "script",
    "section",
    "span",
    "style",
    "summary",
    "svg",
    "text",
    "title",
    "ul",
];

/// Where links lead beside the page itself: to what the specifications say.
const SOURCES: &[&str] = &[
    "https://www.rfc-editor.org/rfc/",
    "https://datatracker.ietf.org/doc/",
    "https://openid.net/specs/",
];

/// Asserts that the page is well-formed and inert.
#[track_caller]
pub(crate) fn assert_inert(page: &str, what: &str) {
    let page = Html::parse_document(page);
    assert!(page.errors.is_empty(), "{what}: {:?}", page.errors);
    let mut scripts = 0;
    for element in page.select(&Selector::parse("*").unwrap()) {
        let name = element.value().name();
        assert!(ELEMENTS.contains(&name), "{what}: a {name}");
        scripts += usize::from(name == "script");
        for (attribute, value) in element.value().attrs() {
            assert_attribute(&element, attribute, value, what);
        }
    }
    assert_eq!(scripts, 1, "{what}");
    let policy = Selector::parse("head > meta[http-equiv='Content-Security-Policy']").unwrap();
    let policy = page.select(&policy).next().and_then(|meta| meta.attr("content")).unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{what}: {policy}");
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
}

#[track_caller]
fn assert_attribute(element: &ElementRef<'_>, name: &str, value: &str, what: &str) {
    let is_right = match name {
        "href" => value.starts_with('#') || SOURCES.iter().any(|it| value.starts_with(it)),
        "src" => value.starts_with("data:image/png;base64,") && element.value().name() == "img",
        "style" | "action" | "formaction" | "srcdoc" | "target" | "xlink:href" => false,
        name => !name.starts_with("on"),
    };
    assert!(is_right, "{what}: {name}={value}");
}

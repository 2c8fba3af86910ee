//! Pages that were watched until they were certain not to act: when one comes again the same, it
//! need not be watched for as long.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scraper::Node;
use sha2::{Digest, Sha256};

use super::page::Page;
use super::visit::VisitRequest;
use crate::oauth::names::{CLIENT_ID, CODE_CHALLENGE, NONCE, STATE};

/// How many pages are remembered; a server that never shows one twice gains nothing.
const MOST: usize = 4_000;

/// The shortest text that may be a random value or an identifier, and the shortest number that may
/// be a time.
const RANDOM: usize = 16;
const TIME: usize = 6;

/// What a page is made of, without what differs each time that it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint([u8; 32]);

/// The pages that all visits of an agent have watched to their end.
#[derive(Clone, Debug, Default)]
pub struct SettledPages(Arc<Mutex<HashSet<Fingerprint>>>);

impl SettledPages {
    pub(super) fn contains(&self, page: &Fingerprint) -> bool {
        self.pages().contains(page)
    }

    pub(super) fn add(&self, page: &Fingerprint) {
        let mut pages = self.pages();
        if pages.len() < MOST {
            pages.insert(page.clone());
        }
    }

    fn pages(&self) -> MutexGuard<'_, HashSet<Fingerprint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    /// What the page at this address is made of: its elements, their attributes, scripts and
    /// styles. Its text decides nothing, and neither do random values, times and the client in addresses.
    pub(super) fn fingerprint(&self, url: &str, visit_request: &VisitRequest) -> Fingerprint {
        let fresh = fresh(visit_request);
        let mut hash = Sha256::new();
        let client = visit_request.request.params().get(CLIENT_ID).unwrap_or_default();
        let client = format!("{CLIENT_ID}={client}");
        let mut add = |text: &str| {
            hash.update(masked(&text.replace(&client, CLIENT_ID), &fresh));
            hash.update([0]);
        };
        add(url.split(['?', '#']).next().unwrap_or_default());
        for node in self.html.tree.nodes() {
            match node.value() {
                Node::Element(element) => {
                    add(element.name());
                    for (name, value) in element.attrs() {
                        add(name);
                        add(value);
                    }
                }
                Node::Text(text) => {
                    let around = node.parent().and_then(|it| it.value().as_element());
                    let decides = around.is_some_and(|it| matches!(it.name(), "script" | "style"));
                    add(if decides { text } else { "" });
                }
                _ => {}
            }
        }
        Fingerprint(hash.finalize().into())
    }
}

/// The text without the values that are new in the request, and without what looks random or like a
/// time.
pub(super) fn masked_for(text: &str, visit_request: &VisitRequest) -> String {
    masked(text, &fresh(visit_request))
}

/// The values that are new in each request.
fn fresh(visit_request: &VisitRequest) -> [&str; 3] {
    let params = visit_request.request.params();
    [STATE, NONCE, CODE_CHALLENGE].map(|name| params.get(name).unwrap_or_default())
}

/// The text without these values, and without what looks random or like a time.
fn masked(text: &str, fresh: &[&str]) -> String {
    let known = |word: &str| fresh.iter().any(|value| !value.is_empty() && word == *value);
    let is_random = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits > 0 && word.len() >= RANDOM || digits == word.len() && digits >= TIME
    };
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        masked += if known(word) || is_random(word) { "#" } else { word };
        let end = after.find(inside).unwrap_or(after.len());
        let (between, after) = after.split_at(end);
        masked += between;
        rest = after;
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Request;
    use crate::oauth::request::Method;

    fn fingerprint(state: &str, url: &str, html: &str) -> Fingerprint {
        fingerprint_for("web", state, url, html)
    }

    fn fingerprint_for(client: &str, state: &str, url: &str, html: &str) -> Fingerprint {
        let mut request = Request::new(Method::Get, "https://as.example/authorize");
        request.query.set(CLIENT_ID, client);
        request.query.set(STATE, state);
        Page::read(html).fingerprint(url, &VisitRequest::plain(request))
    }

    const URL: &str = "https://as.example/error?state=";

    #[test]
    fn a_page_is_the_same_whatever_is_new_each_time() {
        let once = "<p>No: 1.</p><script>start('abc', 1795780417, '0a1b2c3d4e5f6071')</script>";
        let again = "<p>Never.</p><script>start('xyz', 1795780999, 'f0e1d2c3b4a59687')</script>";
        assert_eq!(
            fingerprint("abc", &format!("{URL}abc"), once),
            fingerprint("xyz", &format!("{URL}xyz"), again)
        );
    }

    #[test]
    fn a_page_is_the_same_for_each_client() {
        let page =
            |client: &str| format!("<p>No.</p><script>poll('/again?client_id={client}')</script>");
        let of = |client: &str| fingerprint_for(client, "abc", URL, &page(client));
        assert_eq!(of("web"), of("portal"));
        assert_ne!(of("web"), fingerprint_for("web", "abc", URL, &page("portal")));
    }

    #[test]
    fn what_a_page_is_made_of_tells_it_from_others() {
        let page = "<p>No.</p><script>start()</script>";
        let first = fingerprint("abc", URL, page);
        for other in [
            "<p>No.</p><script>begin()</script>",
            "<p onclick='go()'>No.</p><script>start()</script>",
            "<p><b>No.</b></p><script>start()</script>",
        ] {
            assert_ne!(first, fingerprint("abc", URL, other), "{other}");
        }
        assert_ne!(first, fingerprint("abc", "https://as.example/other", page));
    }
}

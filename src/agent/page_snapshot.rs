//! Takes snapshots of the page that the browser shows.

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::controls::{CONTROLS, HIDDEN};
use super::failed::Failed;
use super::webdriver::WebDriver;

/// How much of a page's source is taken, in characters.
pub(super) const SOURCE_LIMIT: usize = 1 << 20;

/// How long to wait for a document that has yet to do something, in milliseconds.
pub(super) const PROMISED: u32 = 6_500;

/// How long to wait if it announced that immediately.
pub(super) const PROMISED_EARLY: u32 = 12_000;

/// The state of the page at one moment.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct PageSnapshot {
    /// Its address; one of the browser's own if there is no page.
    pub(super) url: String,
    /// Identifies the document: when its navigation began.
    pub(super) document: f64,
    /// Whether it is fully loaded.
    pub(super) complete: bool,
    /// How old the document is, in milliseconds.
    pub(super) age: f64,
    /// For how long it has not changed, in milliseconds.
    pub(super) quiet: f64,
    /// Whether it has had nothing to do at some moment since the last snapshot, so that it did not
    /// merely wait for its turn; true if that is not known.
    pub(super) rested: bool,
    /// Whether it has scripts, which may still change it.
    pub(super) scripted: bool,
    /// Whether it, or a document in it, is about to do something.
    pub(super) promised: bool,
    /// How long ago it, or a document in it, went on from frame to frame, or from message to message, in
    /// milliseconds, if that is known and still matters.
    pub(super) stirred: Option<f64>,
    /// Whether that is known at all.
    pub(super) watched: bool,
    /// Whether it may act by itself, or might have before it removed what did.
    pub(super) acts: bool,
    /// Whether it uses what answers at a time that cannot be told.
    pub(super) unsure: bool,
    /// Addresses that it tried to open windows for, without a click.
    pub(super) opened: Vec<String>,
    /// Its source, with marks, or `None` if the version is already known.
    pub(super) html: Option<String>,
    /// Its text, if it is JSON.
    pub(super) json: Option<String>,
    /// Changes with the page.
    pub(super) version: String,
}

impl PageSnapshot {
    /// Takes a snapshot, or `None` if that is not possible, for instance between two pages.
    pub(super) async fn take(browser: &WebDriver, known: &str) -> Result<Option<Self>, Failed> {
        let (page, times) = ([HIDDEN, CONTROLS, known], [PROMISED, PROMISED_EARLY]);
        let arguments = page.iter().map(|text| json!(text)).chain([json!(SOURCE_LIMIT)]);
        let arguments = arguments.chain(times.iter().map(|time| json!(time))).collect();
        match browser.run(include_str!("page_snapshot.js"), arguments).await {
            Ok(snapshot) => Ok(serde_json::from_value(snapshot).ok()),
            Err(failed) if failed.is_fatal() => Err(failed),
            Err(_) => Ok(None),
        }
    }

    /// The empty page, so many milliseconds old.
    pub(super) fn blank(age: f64) -> Self {
        Self { url: "about:blank".to_owned(), age, complete: true, ..Self::default() }
    }

    /// Whether it has gone on from frame to frame, or the like, within this time, in milliseconds.
    pub(super) fn has_stirred(&self, time: f64) -> bool {
        self.stirred.is_some_and(|ago| ago < time)
    }

    /// The address that the browser is at. Firefox shows its own page if it cannot go there, with
    /// that address in its URL.
    pub(super) fn address(&self) -> String {
        let url = Url::parse(&self.url).ok().filter(|url| url.scheme() == "about");
        let wanted = url.and_then(|url| {
            url.query_pairs().find(|(name, _)| name == "u").map(|(_, value)| value.into_owned())
        });
        wanted.unwrap_or_else(|| self.url.clone())
    }
}

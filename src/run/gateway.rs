//! Gateways: something in front of the server may begin to block requests, and from then on no
//! refusal proves anything.
//!
//! The valid flow is tried again after a refusal of a new form, and after many cases in a row. If
//! it is now refused, refusals of that form are attributed to the gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::transcript::{Outcome, RefusalForm, Transcript};
use crate::agent::Landing;
use crate::target::Client;
use crate::wire::{Answer, now_ms};

/// After so many cases of a client, its valid flow is tried again.
pub(super) const STRETCH: usize = 40;

/// How many new forms of refusal are each followed by the valid flow; later ones only occasionally.
const MOST_LOOKS: usize = 30;

/// How many letters of a text tell one form of refusal from another.
const LETTERS: usize = 60;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Gateway(Mutex<Met>);

#[derive(Default)]
pub(super) struct Met {
    /// The forms of the server's own refusals, after which the valid flow worked.
    trusted: BTreeSet<String>,
    blocks: Vec<Block>,
    looks: usize,
    /// When the valid flow of a client last worked, and how many cases it had since.
    pub(super) worked: BTreeMap<String, (u64, usize)>,
}

/// How valid requests were refused that had worked before.
#[derive(Clone)]
struct Block {
    words: String,
    /// The client, or `None` for all clients if the refusal is not an OAuth error.
    client: Option<String>,
    /// When they last worked, in milliseconds since 1970.
    since: u64,
}

impl Gateway {
    pub(super) fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the valid flow of a client works, so that these refusals are the server's own.
    pub(super) fn works<'a>(&self, client: &Client, words: impl Iterator<Item = &'a String>) {
        let mut met = self.met();
        met.worked.insert(client.name.clone(), (now_ms(), 0));
        met.trusted.extend(words.cloned());
    }

    /// Whether to try the valid flow again after these refusals.
    pub(super) fn is_in_doubt(&self, client: &Client, strange: &BTreeSet<String>) -> bool {
        let mut met = self.met();
        let (_, count) = met.worked.entry(client.name.clone()).or_insert((now_ms(), 0));
        *count += 1;
        let is_long = *count >= STRETCH;
        let is_new = !strange.is_subset(&met.trusted);
        let looks = is_long || (is_new && met.looks < MOST_LOOKS);
        met.looks += usize::from(is_new && !is_long && looks);
        looks
    }

    /// A server that blocks only occasionally may always have done so.
    pub(super) fn block(&self, client: &Client, words: &str, is_strange: bool, always: bool) {
        let mut met = self.met();
        let worked = met.worked.get(&client.name).map_or(0, |(since, _)| *since);
        let since = if always { worked } else { 0 };
        let client = (!is_strange).then(|| client.name.clone());
        met.blocks.push(Block { words: words.to_owned(), client, since });
    }

    /// Whether one of these steps was refused in the form of a gateway that blocks.
    pub(super) fn is_blocked(&self, client: Option<&str>, transcript: &Transcript) -> bool {
        let blocks = self.met().blocks.clone();
        let speaks = |refusal: &RefusalForm, block: &Block| {
            refusal.at_ms >= block.since
                && block.client.as_deref().is_none_or(|it| Some(it) == client)
                && refusal.words == block.words
        };
        refusal_forms(transcript).any(|refusal| blocks.iter().any(|block| speaks(&refusal, block)))
    }
}

/// The refusals in a transcript, and in what was tried alongside it.
pub(super) fn refusal_forms(transcript: &Transcript) -> impl Iterator<Item = RefusalForm> {
    let own = transcript.steps.iter().filter_map(|step| {
        let (words, is_strange) = refusal_words(&step.outcome)?;
        let at_ms = step.exchanges.last().map_or(0, |exchange| exchange.at_ms);
        Some(RefusalForm { words, is_strange, at_ms })
    });
    own.chain(transcript.beside.iter().cloned())
}

/// The refusals in a transcript that may come from a gateway.
pub(super) fn strange(transcript: &Transcript) -> BTreeSet<String> {
    refusal_forms(transcript)
        .filter(|refusal| refusal.is_strange)
        .map(|refusal| refusal.words)
        .collect()
}

/// The form of a refusal, and whether it is not an OAuth error.
pub(super) fn refusal_words(outcome: &Outcome) -> Option<(String, bool)> {
    let error = outcome.error();
    match outcome {
        Outcome::Landed(Landing::ErrorPage { status, text, .. }) => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            Some((format!("page {status} {}", letters(text)), error.is_none()))
        }
        Outcome::Answered(answer) | Outcome::Landed(Landing::PushRefused(answer)) => match error {
            Some(error) => Some((format!("{} {error}", answer.status), false)),
            None if is_plain(answer) => None,
            None => Some((format!("{} {}", answer.status, letters(&answer.body)), true)),
        },
        _ => error.map(|error| (format!("callback {error}"), false)),
    }
}

/// Whether an answer is an ordinary success.
fn is_plain(answer: &Answer) -> bool {
    (200..300).contains(&answer.status) && !answer.is_html()
}

/// The first letters of a text, without numbers and punctuation, which may differ each time.
fn letters(text: &str) -> String {
    text.chars().filter(|it| it.is_alphabetic()).take(LETTERS).collect::<String>().to_lowercase()
}

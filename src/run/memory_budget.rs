//! Limits how much of what a server sends is kept until the end of a run: everything from ordinary
//! servers, and a bounded amount from those that send without end.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::case_result::CaseResult;
use super::seen::describe;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use super::verdict::Verdict;
use crate::agent::Landing;
use crate::oauth::{Authentication, Params};
use crate::wire::{Answer, Blocked, Body, Exchange, Names};

/// How many bytes may be kept beyond what each case needs.
const ROOM: usize = 24 << 20;

/// How many bytes of a case are always kept.
const SMALL: usize = 32 << 10;

/// How many bytes are kept of a page, or of a text that is not JSON, after it was checked.
const PAGE: usize = 8 << 10;

/// How many bytes are kept of the source of the last page, which is shown.
const SOURCE: usize = 64 << 10;

/// How many secrets of a case are always kept, and the cost of one.
const SECRETS: usize = 100;
const SECRET: usize = 512;

/// The reason for a case whose answers were dropped.
pub const FORGOT: &str = "the answers were too long to be kept";

/// The space that is left.
#[derive(Debug)]
pub(super) struct MemoryBudget(AtomicUsize);

impl Default for MemoryBudget {
    fn default() -> Self {
        Self(AtomicUsize::new(ROOM))
    }
}

impl MemoryBudget {
    fn has(&self, weight: usize) -> bool {
        let take = |left: usize| left.checked_sub(weight);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Keeps what is needed of a case after it is judged.
    pub(super) fn keep(&self, result: &mut CaseResult) {
        let wanting = !matches!(result.judged.verdict, Verdict::Pass | Verdict::NotApplicable);
        for step in &mut result.transcript.steps {
            step.keep_page(&result.names, wanting);
        }
        result.transcript.steps.iter_mut().for_each(Performed::keep_beginnings);
        if !self.holds(&result.transcript) {
            result.transcript.steps.iter_mut().for_each(|step| step.forget(&result.names));
            result.values.iter_mut().for_each(Values::forget);
        }
        let secrets = result.names.count();
        if secrets > SECRETS && !self.has(secrets * SECRET) {
            result.names.give_up();
        }
    }

    /// Keeps as much of a valid flow as fits. A case that is the same flow cannot be judged without
    /// what is dropped.
    pub(super) fn keep_flow(&self, transcript: &mut Transcript) {
        transcript.steps.iter_mut().for_each(Performed::keep_beginnings);
        if !self.holds(transcript) {
            for step in &mut transcript.steps {
                (step.screenshot, step.page, step.request) = (None, None, None);
                step.forget_exchanges();
                if step.weighs() {
                    step.outcome = Outcome::Blocked(Blocked::Unseen(FORGOT.to_owned()));
                }
            }
        }
    }

    fn holds(&self, transcript: &Transcript) -> bool {
        let weight: usize = transcript.steps.iter().map(Performed::weight).sum();
        weight <= SMALL || self.has(weight)
    }
}

impl Performed {
    /// Keeps the screenshot and the source of the last page if they will be shown.
    fn keep_page(&mut self, names: &Names, wanting: bool) {
        if !wanting {
            (self.screenshot, self.page) = (None, None);
        }
        let Some(page) = self.page.as_ref().filter(|page| page.len() > SOURCE) else { return };
        let begin = Body::from(page.clone()).beginning(SOURCE).to_string();
        if let Some(Err(why)) = self.picture(names) {
            (self.withheld, self.screenshot) = (Some(why), None);
        }
        self.page = Some(begin);
    }

    /// Keeps the beginnings of bodies that are not JSON.
    fn keep_beginnings(&mut self) {
        let answers = self.exchanges.iter_mut().filter_map(|it| it.answer.as_mut());
        let outcome = match &mut self.outcome {
            Outcome::Answered(answer) | Outcome::Landed(Landing::PushRefused(answer)) => {
                Some(answer)
            }
            _ => None,
        };
        for answer in answers.chain(outcome) {
            if answer.body.len() > PAGE && !answer.body.is_json() {
                answer.body = answer.body.beginning(PAGE);
            }
        }
    }

    /// Whether the result is larger than can be kept.
    fn weighs(&self) -> bool {
        match &self.outcome {
            Outcome::Answered(answer) | Outcome::Landed(Landing::PushRefused(answer)) => {
                answer.body.weight() > SMALL
            }
            Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                response.params.iter().map(|(_, value)| value.len()).sum::<usize>() > SMALL
            }
            _ => false,
        }
    }

    fn weight(&self) -> usize {
        let page = self.page.as_ref().map_or(0, String::len);
        let picture = self.screenshot.as_ref().map_or(0, Vec::len);
        let exchanges = self.exchanges.iter().chain(&self.received);
        let exchanges: usize = exchanges.map(weight).sum();
        exchanges + page + picture
    }

    /// Drops all long texts, after recording what was seen.
    fn forget(&mut self, names: &Names) {
        let seen = names.tell(&describe(self));
        self.forgotten = Some(seen.chars().take(PAGE).collect());
        (self.screenshot, self.page) = (None, None);
        self.pushed.iter_mut().for_each(|pushed| *pushed = short(pushed));
        for request in self.request.iter_mut().chain(&mut self.push) {
            (request.query, request.body) = (short(&request.query), short(&request.body));
            request.headers.iter_mut().for_each(|(_, value)| shorten(value));
            match &mut request.authentication {
                Authentication::Basic { id, secret } => [id, secret].into_iter().for_each(shorten),
                Authentication::Bearer(token) | Authentication::Dpop(token) => shorten(token),
                Authentication::Absent => {}
            }
        }
        self.forget_exchanges();
        match &mut self.outcome {
            Outcome::Answered(answer) | Outcome::Landed(Landing::PushRefused(answer)) => {
                forget_answer(answer);
            }
            Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                shorten(&mut response.uri);
                (response.params, response.astray) =
                    (short(&response.params), short(&response.astray));
            }
            _ => {}
        }
    }

    fn forget_exchanges(&mut self) {
        for exchange in self.exchanges.iter_mut().chain(&mut self.received) {
            let sent = &mut exchange.sent;
            shorten(&mut sent.url);
            shorten(&mut sent.body);
            sent.headers.iter_mut().for_each(|(_, value)| shorten(value));
            exchange.answer.iter_mut().for_each(forget_answer);
        }
    }
}

fn forget_answer(answer: &mut Answer) {
    answer.headers.iter_mut().for_each(|(_, value)| shorten(value));
    answer.body = answer.body.beginning(SHORT);
}

/// The longest text that is kept if there is no space.
const SHORT: usize = 1 << 10;

fn shorten(text: &mut String) {
    if text.len() > SHORT {
        // Nothing is split, as it could no longer be recognized.
        *text = format!("({} bytes)", text.len());
    }
}

fn short(params: &Params) -> Params {
    let short = |(name, value): (&str, &str)| {
        let (mut name, mut value) = (name.to_owned(), value.to_owned());
        shorten(&mut name);
        shorten(&mut value);
        (name, value)
    };
    params.iter().take(SHORT).map(short).collect()
}

fn weight(exchange: &Exchange) -> usize {
    let fields = |fields: &[(String, String)]| -> usize {
        fields.iter().map(|(name, value)| name.len() + value.len()).sum()
    };
    let sent = &exchange.sent;
    let answered = exchange.answer.as_ref();
    let answered = answered.map_or(0, |it| it.body.weight() + fields(&it.headers));
    // A response is also stored in the next request, in its outcome and among the values.
    sent.url.len() + sent.body.len() + fields(&sent.headers) + answered
}

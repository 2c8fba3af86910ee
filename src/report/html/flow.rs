//! Turns the steps of a case into its diagram and exchanges.

use askama::Template;

use super::super::evidence::{Evidence, ExchangeEntry, OutcomeEntry, ResponseEntry, StepEntry};
use super::exchange::ExchangeView;
use super::label;
use super::sequence::{Actor, Row, RowKind, Sequence};
use super::text::{TEXT_LIMIT, clean, wrapped};
use crate::source::counted;
use crate::suite::StepKind;

/// The maximum number of lines of a note.
const NOTE_LINES: usize = 3;

/// The maximum number of lines of an arrow's label.
const LABEL_LINES: usize = 2;

/// The diagram of a case, and the exchanges that its arrows link to.
#[derive(Debug, Template)]
#[template(path = "report/flow.html")]
pub(super) struct Flow {
    /// The prefix of its ids.
    pub(super) anchor: String,
    pub(super) sequence: Sequence,
    pub(super) exchanges: Vec<ExchangeView>,
}

impl Flow {
    /// Creates the flow of a case, with this prefix for ids.
    pub(super) fn new(evidence: &Evidence, anchor: &str) -> Self {
        let (sequence, exchanges) = (Sequence::default(), Vec::new());
        let mut flow = Self { anchor: anchor.to_owned(), sequence, exchanges };
        for step in &evidence.steps {
            let is_bad = evidence.findings.iter().any(|finding| finding.step == step.step);
            flow.step(step, is_bad);
        }
        flow
    }

    fn step(&mut self, step: &StepEntry, is_bad: bool) {
        let first = self.exchanges.len();
        for (index, exchange) in step.exchanges.iter().enumerate() {
            let mut view = ExchangeView::new(first + index + 1, exchange, &step.marks);
            view.is_changed = step.changed && index == 0 && !step.marks.is_empty();
            view.is_bad = is_bad;
            self.exchanges.push(view);
        }
        let mut rows = Rows { first, is_bad, rows: Vec::new() };
        rows.add(RowKind::Step(clean(&step.step, label::WIDTH)), None);
        let is_visit = step.visits.is_visit();
        let from = match step.visits {
            StepKind::Preflight | StepKind::Frame | StepKind::CheckSession => Actor::Browser,
            _ if is_visit => Actor::Browser,
            _ => Actor::Client,
        };
        let (own, received) = step.by_sender();
        let sends = !matches!(
            step.outcome,
            OutcomeEntry::NotReached(_) | OutcomeEntry::Delivered(_) | OutcomeEntry::Operated
        );
        if own.is_empty() && sends {
            unseen(step, from, &mut rows);
        }
        if is_visit {
            visit(step, &mut rows);
        } else {
            calls(step, from, &mut rows);
        }
        for (index, exchange) in received.iter().enumerate() {
            let (ends, at) = ([Actor::Server, Actor::Client], own.len() + index);
            rows.request(ends, &label::request(&exchange.request), Vec::new(), Some(at));
            rows.answer([ends[1], ends[0]], &label::answer(exchange), at);
        }
        ending(step, &mut rows);
        self.sequence.rows.extend(rows.rows);
    }
}

/// The rows of a step.
struct Rows {
    /// The number of exchanges before the step.
    first: usize,
    is_bad: bool,
    rows: Vec<Row>,
}

impl Rows {
    /// Adds a row that links to an exchange of the step.
    fn add(&mut self, what: RowKind, exchange: Option<usize>) {
        let exchange = exchange.map(|index| self.first + index);
        self.rows.push(Row { what, is_bad: self.is_bad, exchange });
    }

    fn request(
        &mut self,
        [from, to]: [Actor; 2],
        text: &str,
        marks: Vec<String>,
        at: Option<usize>,
    ) {
        self.add(RowKind::Request { from, to, lines: lines(text), marks }, at);
    }

    fn answer(&mut self, [from, to]: [Actor; 2], text: &str, at: usize) {
        self.add(RowKind::Answer { from, to, lines: lines(text) }, Some(at));
    }

    fn note(&mut self, text: &str, exchange: Option<usize>) {
        let lines = wrapped(&clean(text, TEXT_LIMIT), label::WIDTH + 6, NOTE_LINES);
        self.add(RowKind::Note { lines }, exchange);
    }
}

fn lines(text: &str) -> Vec<String> {
    wrapped(text, label::WIDTH, LABEL_LINES)
}

/// A request without a recorded exchange.
fn unseen(step: &StepEntry, from: Actor, rows: &mut Rows) {
    let text = clean(step.sent.split("  ").next().unwrap_or_default(), TEXT_LIMIT);
    rows.request([from, Actor::Server], &text, marks(step), None);
}

/// The changes in the request of a step, as lines.
fn marks(step: &StepEntry) -> Vec<String> {
    let note = step.sent.split_once("  ").filter(|_| step.changed);
    note.map_or_else(Vec::new, |(_, note)| {
        wrapped(&clean(note, TEXT_LIMIT), label::WIDTH - 2, NOTE_LINES)
    })
}

/// A visit to the authorization endpoint. Exchanges between the first request and the last answer are
/// folded if there are many, and the last arrow shows where the visit ended.
fn visit(step: &StepEntry, rows: &mut Rows) {
    let there = landing(&step.outcome);
    let is_there = |exchange: &ExchangeEntry| {
        there.is_some_and(|(_, response)| label::bare(&exchange.request.url) == response.uri)
    };
    let (own, _) = step.by_sender();
    let at_server = own.iter().position(is_there).unwrap_or(own.len());
    let (server, beyond) = own.split_at(at_server);
    let is_push = |exchange: &ExchangeEntry| step.push.as_deref() == Some(&*exchange.request.url);
    let pushed = server.iter().take_while(|exchange| is_push(exchange)).count();
    for (index, exchange) in server[..pushed].iter().enumerate() {
        let marks = if index == 0 { marks(step) } else { Vec::new() };
        let ends = [Actor::Client, Actor::Server];
        rows.request(ends, &label::request(&exchange.request), marks, Some(index));
        rows.answer([ends[1], ends[0]], &label::answer(exchange), index);
    }
    browsed(step, server, pushed, rows);
    if let Some((actor, response)) = there {
        landed(actor, response, server.len(), beyond, rows);
    }
}

/// What the browser sends to the server, from this exchange on.
fn browsed(step: &StepEntry, server: &[ExchangeEntry], first: usize, rows: &mut Rows) {
    let ends = [Actor::Browser, Actor::Server];
    let last = server.len().saturating_sub(1);
    let is_folded = server.len() - first > 2;
    for (index, exchange) in server.iter().enumerate().skip(first) {
        if is_folded && index > first && index < last {
            if index == first + 1 {
                folded(&server[index..last], index, rows);
            }
            continue;
        }
        if index == first || !is_folded {
            let marks = if index == 0 { marks(step) } else { Vec::new() };
            rows.request(ends, &label::request(&exchange.request), marks, Some(index));
        }
        if index == last || !is_folded {
            rows.answer([ends[1], ends[0]], &label::answer(exchange), index);
        }
    }
}

fn folded(between: &[ExchangeEntry], first: usize, rows: &mut Rows) {
    let posts = between.iter().filter(|exchange| exchange.request.method == "POST");
    let posts: Vec<_> = posts.map(|exchange| label::path(&exchange.request.url)).collect();
    let what = if posts.is_empty() { "on the way".to_owned() } else { posts.join(", ") };
    rows.note(&format!("{} folded: {what}", counted(between.len(), "exchange")), Some(first));
}

/// The redirect URI where a visit ended, if any, and whose it is.
fn landing(outcome: &OutcomeEntry) -> Option<(Actor, &ResponseEntry)> {
    match outcome {
        OutcomeEntry::Callback(response) => Some((Actor::Client, response)),
        OutcomeEntry::Elsewhere(response) => Some((Actor::Elsewhere, response)),
        _ => None,
    }
}

/// What the browser brings to a redirect URI. If it was not followed, the answer before shows
/// it.
fn landed(
    to: Actor,
    response: &ResponseEntry,
    server: usize,
    beyond: &[ExchangeEntry],
    rows: &mut Rows,
) {
    let params = response.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let brought = label::params(params);
    let mode = match response.mode.as_str() {
        "query" => String::new(),
        mode => format!(" ({mode})"),
    };
    let exchange = if beyond.is_empty() { server.checked_sub(1) } else { Some(server) };
    let text = clean(&format!("redirected{mode}: {brought}"), TEXT_LIMIT);
    let text = text.trim_end_matches([' ', ':']);
    rows.request([Actor::Browser, to], text, Vec::new(), exchange);
    if to == Actor::Elsewhere {
        rows.note(&format!("sent to {}", response.uri), exchange);
    }
    for (index, answer) in beyond.iter().enumerate() {
        rows.answer([to, Actor::Browser], &label::answer(answer), server + index);
    }
}

/// Requests to endpoints. Those of a race are separate from those that try the tokens gained in it.
fn calls(step: &StepEntry, from: Actor, rows: &mut Rows) {
    let (own, _) = step.by_sender();
    let raced = step.raced.unwrap_or_default().min(own.len());
    let (race, after) = own.split_at(raced);
    grouped(step, race, 0, from, rows);
    if raced > 0 && !after.is_empty() {
        rows.note("then each issued token is tried", Some(raced));
    }
    grouped(step, after, raced, from, rows);
}

/// Requests from this number on. Consecutive requests of the same kind are one arrow.
fn grouped(
    step: &StepEntry,
    exchanges: &[ExchangeEntry],
    mut start: usize,
    from: Actor,
    rows: &mut Rows,
) {
    for group in exchanges.chunk_by(|one, next| key(one) == key(next)) {
        let Some(first) = group.first() else { continue };
        let to = receiver(step.visits, first);
        let times = if group.len() > 1 { format!(" ×{}", group.len()) } else { String::new() };
        let text = format!("{}{times}", label::request(&first.request));
        let marks = if start == 0 { marks(step) } else { Vec::new() };
        rows.request([from, to], &text, marks, Some(start));
        let mut answers: Vec<(String, usize, usize)> = Vec::new();
        for (index, exchange) in group.iter().enumerate() {
            let said = label::answer(exchange);
            match answers.iter_mut().find(|(known, ..)| *known == said) {
                Some((_, count, _)) => *count += 1,
                None => answers.push((said, 1, start + index)),
            }
        }
        for (said, count, index) in answers {
            let text = if group.len() > 1 { format!("{said} ×{count}") } else { said };
            rows.answer([to, from], &text, index);
        }
        start += group.len();
    }
}

fn key(exchange: &ExchangeEntry) -> (&str, &str) {
    (&exchange.request.method, label::bare(&exchange.request.url))
}

/// The participant that gets a request: a request with a bearer token goes to a resource server.
fn receiver(visits: StepKind, exchange: &ExchangeEntry) -> Actor {
    let authorization = exchange.request.headers.get("authorization");
    let bears = authorization.is_some_and(|value| value.starts_with("Bearer "));
    if visits.uses_token() || bears { Actor::Resource } else { Actor::Server }
}

/// Notes on how a step ended that no arrow shows.
fn ending(step: &StepEntry, rows: &mut Rows) {
    let last = step.exchanges.len().checked_sub(1);
    match &step.outcome {
        OutcomeEntry::ErrorPage { text, error, .. } => {
            let error = error.as_ref().map(|error| format!("{error}: ")).unwrap_or_default();
            rows.note(&format!("the server’s page says: {error}{text}"), last);
        }
        OutcomeEntry::Framed(_)
        | OutcomeEntry::Delivered(false)
        | OutcomeEntry::Operated
        | OutcomeEntry::NotReached(_) => {
            rows.note(&step.seen, last);
        }
        OutcomeEntry::Blocked(why) => rows.note(&format!("could not be tested: {why}"), last),
        OutcomeEntry::PushRefused(_) => rows.note("refused before there was a visit", last),
        OutcomeEntry::Callback(_)
        | OutcomeEntry::Elsewhere(_)
        | OutcomeEntry::Delivered(true)
        | OutcomeEntry::Status(_) => {}
    }
}

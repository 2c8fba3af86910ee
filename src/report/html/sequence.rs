//! Sequence diagrams of requests and answers, drawn as SVG, with a text version.

use std::fmt;

/// The participants, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Actor {
    Browser,
    Client,
    Server,
    Resource,
    Elsewhere,
}

impl Actor {
    /// The label above the lifeline; the second line may be empty.
    pub(super) fn lines(self) -> [&'static str; 2] {
        match self {
            Self::Browser => ["browser", ""],
            Self::Client => ["client", ""],
            Self::Server => ["authorization", "server"],
            Self::Resource => ["resource", "server"],
            Self::Elsewhere => ["somewhere", "else"],
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lines().join(" ").trim_end())
    }
}

/// The kind of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A step begins.
    Step(String),
    /// A request.
    Request { from: Actor, to: Actor, lines: Vec<String>, marks: Vec<String> },
    /// An answer.
    Answer { from: Actor, to: Actor, lines: Vec<String> },
    /// A note, for example on folded exchanges.
    Note { lines: Vec<String> },
}

/// A row, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) what: RowKind,
    /// Whether it belongs to a step with a finding.
    pub(super) is_bad: bool,
    /// The exchange that it links to.
    pub(super) exchange: Option<usize>,
}

impl Row {
    /// Its height in pixels; the text version has a class for each.
    pub(super) fn height(&self) -> usize {
        match &self.what {
            RowKind::Step(_) => 30,
            RowKind::Request { lines, marks, .. } => 19 + 15 * (lines.len() + marks.len()),
            RowKind::Answer { lines, .. } => 19 + 15 * lines.len(),
            RowKind::Note { lines } => 22 + 15 * lines.len(),
        }
    }

    /// The row as text.
    pub(super) fn words(&self) -> String {
        let bad = if self.is_bad { " (here it is broken)" } else { "" };
        match &self.what {
            RowKind::Step(name) => format!("Step {name}{bad}"),
            RowKind::Request { from, to, lines, marks } if marks.is_empty() => {
                format!("{from} to {to}: {}", lines.concat())
            }
            RowKind::Request { from, to, lines, marks } => {
                format!("{from} to {to}: {}, changed: {}", lines.concat(), marks.concat())
            }
            RowKind::Answer { from, to, lines } => {
                format!("{from} answers {to}: {}", lines.concat())
            }
            RowKind::Note { lines } => lines.concat(),
        }
    }
}

/// A lifeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) actor: Actor,
    /// Its position, in per cent of the width.
    pub(super) x: usize,
}

/// A row with its position.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) row: &'a Row,
    /// The upper edge, in pixels.
    pub(super) y: usize,
    /// The start and end of the arrow, in per cent.
    pub(super) span: [usize; 2],
    /// The position of its label, in per cent, and its SVG text anchor.
    pub(super) x: usize,
    pub(super) anchor: &'static str,
    /// The distance of the label from the lifeline, in pixels.
    pub(super) dx: i32,
}

/// The diagram of a case, from top to bottom.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    pub(super) rows: Vec<Row>,
}

/// The height of the part above the rows.
const HEAD: usize = 44;

impl Sequence {
    /// The lifelines of the participants.
    pub(super) fn lanes(&self) -> Vec<Lane> {
        let mut actors: Vec<_> =
            self.rows.iter().flat_map(|row| ends(&row.what)).flatten().collect();
        actors.sort();
        actors.dedup();
        let gaps = actors.len().saturating_sub(1).max(1);
        let lane = |(index, actor)| Lane { actor, x: 10 + index * 75 / gaps };
        actors.into_iter().enumerate().map(lane).collect()
    }

    /// The rows with their positions.
    pub(super) fn placed(&self) -> Vec<Placed<'_>> {
        let lanes = self.lanes();
        let x = |actor| lanes.iter().find(|lane| lane.actor == actor).map_or(50, |lane| lane.x);
        let mut y = HEAD;
        let place = |row| {
            let at = y;
            y += Row::height(row);
            placed(row, at, ends(&row.what).map(|ends| ends.map(x)))
        };
        self.rows.iter().map(place).collect()
    }

    /// The height of the drawing in pixels.
    pub(super) fn height(&self) -> usize {
        HEAD + self.rows.iter().map(Row::height).sum::<usize>() + 8
    }
}

/// The participants at both ends of an arrow.
fn ends(what: &RowKind) -> Option<[Actor; 2]> {
    match what {
        RowKind::Request { from, to, .. } | RowKind::Answer { from, to, .. } => Some([*from, *to]),
        RowKind::Step(_) | RowKind::Note { .. } => None,
    }
}

/// Labels are in the middle of their arrow if that leaves room on both sides, even on a phone;
/// otherwise at its outer end.
fn placed(row: &Row, y: usize, span: Option<[usize; 2]>) -> Placed<'_> {
    let span = span.unwrap_or([10, 85]);
    let (left, right) = (span[0].min(span[1]), span[0].max(span[1]));
    let (x, anchor, dx) = match usize::midpoint(left, right) {
        ..36 => (left, "start", 10),
        middle @ 36..=64 => (middle, "middle", 0),
        65.. => (right, "end", -10),
    };
    Placed { row, y, span, x, anchor, dx }
}

//! Explanations: what a case requires of a server, what it sends, and why that matters.

use std::fmt;
use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use super::style::Style;
use crate::oauth::names::DPOP;
use crate::oauth::request::{Authentication, BodyFormat};
use crate::oauth::{Level, Request, jwt};
use crate::run::Preview;
use crate::suite::{Case, Invariant, Requirement, Step, Suites};

/// The explanation of a case or an invariant.
pub struct Explanation<'a> {
    /// `suite/case`, with `@client` appended if each client runs it.
    pub id: String,
    /// Its location, as `file:line`.
    pub place: String,
    /// The requirements that it proves, first the one that contains it.
    pub requirements: Vec<&'a Requirement>,
    /// The rulesets that include it, with its level there.
    pub rulesets: Vec<(&'a str, Level)>,
    /// What it does.
    pub asked: Asked<'a>,
}

/// What it does.
pub enum Asked<'a> {
    /// A case: its clients, and what it sends, or why nothing.
    Case {
        /// The case.
        case: &'a Case,
        /// The client that acts, and all clients that run it.
        clients: Vec<String>,
        /// The requests of each step.
        sent: Result<Vec<Preview>, String>,
    },
    /// An invariant.
    Invariant(&'a Invariant),
}

impl<'a> Explanation<'a> {
    /// What the suites say about a case or an invariant; the caller provides what it sends.
    pub fn new(suites: &'a Suites, id: &str, place: String, asked: Asked<'a>) -> Self {
        let case = id.split('@').next().unwrap_or(id);
        let all = suites.suites.iter().flat_map(|suite| &suite.requirements);
        let mut requirements: Vec<_> =
            all.filter(|requirement| requirement.proven_by().contains(&case)).collect();
        requirements.sort_by_key(|requirement| requirement.refers());
        let rulesets = suites.rulesets.iter().filter(|(_, ruleset)| !ruleset.voids(case));
        let rulesets = rulesets.filter_map(|(name, ruleset)| {
            let in_force = requirements.iter().filter(|it| ruleset.holds(&it.cite));
            Some((name.as_str(), in_force.map(|it| it.level).max()?))
        });
        let rulesets = rulesets.collect();
        Self { id: id.to_owned(), place, requirements, rulesets, asked }
    }

    /// Writes it as text, in this style.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}   {}", style.id(&self.id), style.dim(&self.place))?;
        for Requirement { cite, level, sentence, .. } in &self.requirements {
            let cited = style.strong(&format!("{cite} {level}"));
            writeln!(out, "\n{cited}   {}\n    {sentence}", style.dim(&cite.url()))?;
        }
        match &self.asked {
            Asked::Case { case, clients, sent } => {
                self.case(case, clients, sent, style, out)?;
                heading("expected", style, out)?;
                for Step { label, expect, .. } in &case.steps {
                    if let Some(expect) = expect {
                        alternatives(label, expect.iter(), out)?;
                    }
                }
            }
            Asked::Invariant(Invariant { kind, whenever, then, .. }) => {
                heading("checked", style, out)?;
                writeln!(out, "    every answer, in any case: {kind} {whenever}")?;
                heading("expected", style, out)?;
                alternatives(kind.name(), then.iter(), out)?;
            }
        }
        self.advice(style, out)?;
        heading("rulesets that include it", style, out)?;
        for (name, level) in &self.rulesets {
            writeln!(out, "    {name:<10} {level}")?;
        }
        if self.rulesets.is_empty() {
            writeln!(out, "    none")?;
        }
        Ok(())
    }

    fn case(
        &self,
        case: &Case,
        clients: &[String],
        sent: &Result<Vec<Preview>, String>,
        style: Style,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if !case.needs.is_empty() {
            let needs: Vec<_> = case.needs.iter().map(|feature| feature.name()).collect();
            writeln!(out, "\nneeds a server with {}", needs.join(", "))?;
        }
        let previews = match sent {
            Ok(previews) => previews,
            Err(why) => return writeln!(out, "\nnot sent: {why}"),
        };
        let (acting, others) = clients.split_first().map_or(("", &[][..]), |(a, o)| (a, o));
        let others = match others {
            [] => String::new(),
            others => format!(", and then as {}", others.join(" and ")),
        };
        let rounds = match case.rounds {
            1 => String::new(),
            rounds => format!(", in up to {rounds} rounds, until something is found"),
        };
        heading(&format!("sent as the client {acting}{others}{rounds}"), style, out)?;
        previews.iter().try_for_each(|preview| step(preview, style, out))
    }

    /// Why it matters and how to fix it, from the requirements that say so.
    fn advice(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        for (word, text) in [("why", self.said(|it| &it.why)), ("fix", self.said(|it| &it.fix))] {
            if let Some(text) = text {
                heading(word, style, out)?;
                writeln!(out, "    {text}")?;
            }
        }
        Ok(())
    }

    fn said(&self, word: impl Fn(&Requirement) -> &Option<String>) -> Option<&str> {
        self.requirements.iter().find_map(|it| word(it).as_deref())
    }
}

fn heading(text: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", style.strong(text))
}

fn alternatives<T: fmt::Display>(
    step: &str,
    alternatives: impl Iterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, alternative) in alternatives.enumerate() {
        let step = if index == 0 { step } else { "or" };
        writeln!(out, "    {step:<10} {alternative}")?;
    }
    Ok(())
}

/// A diff of the valid request and the one sent: `-` is left out, `+` is added.
fn step(preview: &Preview, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Preview { label, valid, sent, notes } = preview;
    writeln!(out, "    {label}")?;
    let (valid, mut sent) = (lines(valid), lines(sent));
    sent.extend(notes.iter().cloned());
    let valid: Vec<_> = valid.iter().map(String::as_str).collect();
    let sent: Vec<_> = sent.iter().map(String::as_str).collect();
    for change in TextDiff::from_slices(&valid, &sent).iter_all_changes() {
        let line = match change.tag() {
            ChangeTag::Delete => style.bad(&format!("- {}", change.value())),
            ChangeTag::Insert => style.good(&format!("+ {}", change.value())),
            ChangeTag::Equal => format!("  {}", change.value()),
        };
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

/// A request in readable form: one line per parameter.
fn lines(request: &Request) -> Vec<String> {
    let Request { method, endpoint, query, body, authentication, format, headers, .. } = request;
    let mut lines = vec![format!("{} {endpoint}", method.name())];
    match authentication {
        Authentication::Absent => {}
        Authentication::Basic { id, secret } => {
            lines.push(format!("Authorization: Basic {id}:{secret}"));
        }
        Authentication::Bearer(token) => lines.push(format!("Authorization: Bearer {token}")),
        Authentication::Dpop(token) => lines.push(format!("Authorization: DPoP {token}")),
    }
    for (name, value) in headers {
        match name == DPOP && jwt::parts(value).is_some() {
            true => lines.extend(param("", name, value)),
            false => lines.push(format!("{name}: {value}")),
        }
    }
    match format {
        BodyFormat::Form => {}
        _ if !method.has_body() => {}
        BodyFormat::Json | BodyFormat::ClientMetadata => lines.push("as JSON:".to_owned()),
        BodyFormat::JsonArray => lines.push("as a JSON array of this object:".to_owned()),
        BodyFormat::CutJson => lines.push("as JSON without its last brace:".to_owned()),
    }
    // A request with a body has parameters in its URL only because of a change.
    let place = if method.has_body() { "in the URL: " } else { "" };
    lines.extend(query.iter().flat_map(|(name, value)| param(place, name, value)));
    let body = body.iter().filter(|_| method.has_body());
    lines.extend(body.flat_map(|(name, value)| param("", name, value)));
    lines
}

/// A parameter; one that is a JWT is decoded, a line per member.
fn param(place: &str, name: &str, value: &str) -> Vec<String> {
    let Some((header, payload)) = jwt::parts(value) else {
        return vec![format!("{place}{name} = {}", shown(value))];
    };
    let Some(claims) = payload.as_object() else {
        return vec![format!("{place}{name} = {header}.{payload}.…")];
    };
    let mut lines = vec![format!("{place}{name} = a JWT, with the header {header}")];
    lines.extend(claims.iter().map(|(claim, value)| format!("    {claim} = {value}")));
    let signature = value.rsplit('.').next().unwrap_or_default();
    lines.push(match signature {
        "" => "    not signed".to_owned(),
        signature => format!("    {}", shown(signature)),
    });
    lines
}

/// The value, with control characters such as line breaks written as in suite files.
fn shown(value: &str) -> String {
    let escaped = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    value.chars().map(escaped).collect()
}

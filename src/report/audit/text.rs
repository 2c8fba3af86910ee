//! An audit for people, on a terminal: the answer first, then the table, then what it rests on.

use std::fmt;
use std::path::Path;

use super::json::AuditReport;
use crate::audit::{
    About, Answer, Basis, Catalogue, Given, Question, ServerAudit, ThreatAudit, ThreatStatus, Trend,
};
use crate::report::evidence::evidence_path;
use crate::source::counted;
use crate::wire::shortened;

/// An audit as text.
#[derive(Clone, Copy, Debug)]
pub struct AuditText<'a> {
    /// What to tell.
    pub report: &'a AuditReport,
    /// The questions that were asked.
    pub catalogue: &'a Catalogue,
    /// Where the evidence files are.
    pub evidence: &'a Path,
}

/// How many cases are told of a threat in full.
const GROUNDS: usize = 3;

/// How much of what was seen stands in a line, in characters.
const SEEN: usize = 200;

impl fmt::Display for AuditText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = &self.report.servers;
        if servers.len() > 1 {
            for server in servers {
                writeln!(f, "{}: {}", server.name, server.headline())?;
            }
        }
        for (index, server) in servers.iter().enumerate() {
            if index > 0 || servers.len() > 1 {
                writeln!(f)?;
            }
            self.server(server, f)?;
        }
        match &self.report.trend {
            Some(trend) => self.trend(trend, f),
            None => Ok(()),
        }
    }
}

impl AuditText<'_> {
    fn server(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if server.untried.is_some() {
            return writeln!(f, "{}\n\n{} ({})", server.headline(), server.name, server.issuer);
        }
        for topic in &server.topics {
            writeln!(f, "{}", topic.sentence)?;
        }
        for sentence in server.topics.iter().flat_map(|topic| &topic.disagreements) {
            writeln!(f, "{sentence}")?;
        }
        writeln!(f, "\n{} ({})\n", server.name, server.issuer)?;
        self.table(server, f)?;
        self.grounds(server, f)?;
        self.breaks(server, f)?;
        self.threats(server, f)
    }

    fn of(&self, about: About) -> impl Iterator<Item = &Question> {
        self.catalogue.questions.iter().filter(move |question| question.0.about == about)
    }

    fn table(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = self.catalogue.questions.iter().map(|question| question.0.head.chars().count());
        let first = heads.max().unwrap_or_default();
        let width = |name: &str| name.chars().count().max("unknown".len());
        if !server.clients.is_empty() {
            write!(f, "{:first$}", "")?;
            for client in &server.clients {
                let width = width(&client.name);
                write!(f, "  {:width$}", client.name)?;
            }
            writeln!(f)?;
            for question in self.of(About::Client) {
                write!(f, "{:first$}", question.0.head)?;
                for client in &server.clients {
                    let width = width(&client.name);
                    let answer = client.answer(question.id()).map(|given| given.answer);
                    write!(f, "  {:width$}", cell(answer))?;
                }
                writeln!(f)?;
            }
            writeln!(f)?;
        }
        for question in self.of(About::Server) {
            let given = server.server.iter().find(|given| given.question == question.id());
            writeln!(f, "{:first$}  {}", question.0.head, cell(given.map(|given| given.answer)))?;
        }
        Ok(())
    }

    /// What every answer rests on that is not yes.
    fn grounds(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for wanted in [Answer::No, Answer::Unknown] {
            for question in &self.catalogue.questions {
                let id = question.id();
                let of_server = server.server.iter().filter(|given| given.question == id);
                for given in of_server.filter(|given| given.answer == wanted) {
                    self.given(server, question, &[], given, f)?;
                }
                for (clients, given) in alike(server, id, wanted) {
                    self.given(server, question, &clients, given, f)?;
                }
            }
        }
        Ok(())
    }

    fn given(
        &self,
        server: &ServerAudit,
        question: &Question,
        clients: &[&str],
        given: &Given,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let answer = given.answer.name().to_uppercase();
        let whom =
            if clients.is_empty() { String::new() } else { format!("   {}", clients.join(", ")) };
        writeln!(f, "\n{answer} {}{whom}", question.0.asks.get_ref())?;
        given.grounds.iter().try_for_each(|ground| self.ground(server, ground, f))
    }

    fn ground(
        &self,
        server: &ServerAudit,
        ground: &Basis,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        writeln!(f, "     {}", brief(&ground.says, SEEN))?;
        if !ground.case.is_empty() {
            let path = evidence_path(self.evidence, &server.name, &ground.case);
            writeln!(f, "         case  {}        evidence  {}", ground.case, path.display())?;
        }
        Ok(())
    }

    fn breaks(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for each in &server.breaks {
            writeln!(f, "\nWould break: {}, kept alive by {}", each.client, each.kept_by)?;
            for (index, line) in each.migration.iter().enumerate() {
                writeln!(f, "  {}. {line}", index + 1)?;
            }
        }
        Ok(())
    }

    fn threats(&self, server: &ServerAudit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |status| server.threats.iter().filter(|it| it.status == status).count();
        let counts: Vec<_> = ThreatStatus::ALL
            .iter()
            .filter(|status| count(**status) > 0)
            .map(|status| format!("{} {status}", count(*status)))
            .collect();
        writeln!(f, "\n{}: {}", counted(server.threats.len(), "threat"), counts.join(", "))?;
        if server.clients.is_empty() {
            return Ok(());
        }
        for status in ThreatStatus::ALL {
            for threat in server.threats.iter().filter(|it| it.status == *status) {
                self.threat(server, threat, f)?;
            }
        }
        Ok(())
    }

    fn threat(
        &self,
        server: &ServerAudit,
        threat: &ThreatAudit,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let cites = threat.cite.to_string();
        writeln!(f, "{:<14}  {:<48}  {cites}", threat.status, threat.title)?;
        if !matches!(threat.status, ThreatStatus::Open | ThreatStatus::Unknown) {
            return Ok(());
        }
        if threat.status == ThreatStatus::Open {
            writeln!(f, "     {}", threat.attacker)?;
        }
        let shown = threat.grounds.iter().take(GROUNDS);
        shown.clone().try_for_each(|ground| self.ground(server, ground, f))?;
        if let Some(more) = threat.grounds.len().checked_sub(GROUNDS + 1) {
            let more: Vec<_> = threat.grounds[GROUNDS..]
                .iter()
                .take(more + 1)
                .map(|it| it.case.as_str())
                .collect();
            writeln!(f, "         also  {}", brief(&more.join(", "), SEEN))?;
        }
        match &threat.change {
            Some(change) => writeln!(f, "       change  {change}"),
            None => Ok(()),
        }
    }

    fn trend(&self, trend: &Trend, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (better, worse) = (trend.better.len(), trend.worse.len());
        let other = trend.other.len();
        writeln!(
            f,
            "\nSince {}: {better} better, {worse} worse, {other} otherwise changed",
            trend.since
        )?;
        let all = [("worse", &trend.worse), ("better", &trend.better), ("changed", &trend.other)];
        for (word, changes) in all {
            for change in changes {
                let client = change.client.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
                let was = change.was.as_deref().unwrap_or("not asked");
                let is = change.is.as_deref().unwrap_or("not asked");
                writeln!(
                    f,
                    "{word:<8}  {}{client} {}: {was}, now {is}",
                    change.server, change.about
                )?;
            }
        }
        Ok(())
    }
}

/// The clients of which a question has this answer, those together whose answers rest on the same.
fn alike<'a>(
    server: &'a ServerAudit,
    question: &str,
    wanted: Answer,
) -> Vec<(Vec<&'a str>, &'a Given)> {
    let mut found: Vec<(Vec<&str>, &Given)> = Vec::new();
    for client in &server.clients {
        let Some(given) = client.answer(question).filter(|given| given.answer == wanted) else {
            continue;
        };
        match found.iter_mut().find(|(_, known)| known.why() == given.why()) {
            Some((names, _)) => names.push(&client.name),
            None => found.push((vec![&client.name], given)),
        }
    }
    found
}

/// The beginning of what was seen; where it has no blank to end at, it is cut, as nothing in it is
/// secret any more.
fn brief(text: &str, limit: usize) -> String {
    let short = shortened(text, limit);
    match short.len() < limit / 2 && text.chars().count() > limit {
        true => text.chars().take(limit).chain(['…']).collect(),
        false => short,
    }
}

/// An answer in a table.
fn cell(answer: Option<Answer>) -> &'static str {
    match answer {
        None | Some(Answer::NotApplicable) => "–",
        Some(answer) => answer.name(),
    }
}

//! `authspec doctor`.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::args::{DoctorArgs, RunArgs};
use super::command_error::CommandError;
use super::prepare::{Prepared, Started, prepare, ruleset, suites};
use super::server::{Server, program};
use super::shown::style;
use crate::agent::{BrowserOptions, available};
use crate::report::Style;
use crate::run::{Checked, CheckedEndpoint, Endpoints, Run, Unlock, unlocks};
use crate::source::counted;
use crate::suite::{Asked, Ruleset, StepKind, Suites};
use crate::target::{Client, Target};

/// Checks what commonly goes wrong in a new setup, step by step.
struct Doctor<'a> {
    out: &'a mut dyn Write,
    style: Style,
    /// The number of problems found.
    wrong: usize,
    /// How many clients may introspect tokens, and the names of those that may not.
    introspecting: (usize, Vec<String>),
}

/// Checks the setup of a target, and says what to fix.
pub(super) async fn doctor(
    args: &DoctorArgs,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let run_args = RunArgs {
        words: vec![args.target.display().to_string()],
        agent: args.agent,
        ca: args.ca.clone(),
        ..RunArgs::default()
    };
    is_file(&args.target)?;
    let prepared = prepare(&run_args)?;
    let program = args.start.then(|| program(&args.target, &prepared.target.start)).transpose()?;
    let style = style(args.color);
    let mut doctor = Doctor { out, style, wrong: 0, introspecting: (0, Vec::new()) };
    doctor.file(&prepared, &args.target)?;
    let server = match program {
        Some(program) => Some(Server::start(&program, &prepared.target.start).await?),
        None => None,
    };
    let suites = suites(None)?;
    let ruleset = ruleset(&suites, &prepared.ruleset)?;
    let done = doctor.visit(prepared, &args.evidence, (&suites, ruleset)).await;
    if let Some(mut server) = server {
        server.end().await;
    }
    done?;
    let wrong = doctor.wrong;
    match wrong {
        0 => {
            let well = style.good("all is well");
            writeln!(out, "\n{well}: `authspec run {}`", args.target.display())?;
        }
        _ => writeln!(
            out,
            "\n{}, above; then again: `authspec doctor {}`",
            style.bad(&format!("{} to fix", counted(wrong, "thing"))),
            args.target.display()
        )?,
    }
    Ok(ExitCode::from(if wrong == 0 { 0 } else { 3 }))
}

/// Refuses anything but a file, as a filter would mean the built-in server.
fn is_file(path: &Path) -> Result<(), CommandError> {
    if path.is_file() {
        return Ok(());
    }
    let path = path.display().to_string();
    Err(CommandError::Usage(match path.contains("://") {
        true => {
            format!("doctor checks a target file, not an issuer; write one: `authspec init {path}`")
        }
        false => format!(
            "there is no target file {path}; write one: `authspec init ISSUER --output {path}`"
        ),
    }))
}

impl Doctor<'_> {
    fn ok(&mut self, what: &str, seen: impl Display) -> io::Result<()> {
        writeln!(self.out, "{}    {what:<28} {seen}", self.style.good("ok"))
    }

    fn wrong(&mut self, what: &str, seen: impl Display, advice: &str) -> io::Result<()> {
        self.wrong += 1;
        let wrong = self.style.bad("wrong");
        writeln!(self.out, "{wrong} {what:<28} {seen}\n      {:<28} {advice}", "")
    }

    fn file(&mut self, prepared: &Prepared, file: &Path) -> io::Result<()> {
        let target = &prepared.target;
        let (clients, users) =
            (counted(target.clients.len(), "client"), counted(target.users.len(), "user"));
        let file = file.display();
        self.ok("file", format!("{file}: {clients}, {users}, ruleset {}", prepared.ruleset))
    }

    async fn visit(
        &mut self,
        prepared: Prepared,
        evidence: &Path,
        (suites, ruleset): (&Suites, &Ruleset),
    ) -> Result<(), CommandError> {
        let Started { run, note, embedded: _embedded } = prepared.start().await?;
        match &run.endpoints {
            Ok(endpoints) => {
                self.discovery(&run.target, endpoints)?;
                self.browser(note.as_deref())?;
                for client in &run.target.clients {
                    self.client(&run, client, evidence).await?;
                }
                self.introspection()?;
                for CheckedEndpoint { name, seen, advice } in run.check_endpoints().await {
                    match advice {
                        Some(advice) => self.wrong(name, seen, advice)?,
                        None => self.ok(name, seen)?,
                    }
                }
                self.unlocks(&unlocks(suites, &run.target, ruleset, endpoints))?;
            }
            Err(why) => {
                // If the server answers, the message says what is wrong with the target file.
                let advice = match why.contains("does not answer") {
                    true => "check that the server is running and can be reached",
                    false => "correct the target file accordingly",
                };
                self.wrong("discovery", why, advice)?;
            }
        }
        run.agent().stop().await;
        Ok(())
    }

    fn discovery(&mut self, target: &Target, endpoints: &Endpoints) -> io::Result<()> {
        let by_hand = "no metadata; the target file names the endpoints";
        match &endpoints.unread {
            Some(why) => {
                let advice = "correct `endpoint.metadata` in the target file, or find out why the server does not \
                serve it";
                self.wrong("discovery", why, advice)?;
            }
            None => self.ok("discovery", endpoints.metadata_url.as_deref().unwrap_or(by_hand))?,
        }
        let issuer = &target.issuer.url;
        let is_loopback = matches!(issuer.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        match issuer.scheme() {
            "https" => self.ok("tls", "its certificate is trusted"),
            _ if is_loopback => self.ok("tls", "none, which is right on loopback"),
            _ => self.wrong(
                "tls",
                "none, so passwords and tokens cross the network in the clear",
                "serve the issuer over https",
            ),
        }
    }

    fn browser(&mut self, note: Option<&str>) -> io::Result<()> {
        match (note, available(&BrowserOptions::default())) {
            (None, Ok(())) => self.ok("browser", "found, with its driver"),
            (Some(why), _) => self.ok("browser", why),
            (None, Err(_)) => self.ok("browser", "not requested"),
        }
    }

    async fn client(&mut self, run: &Run, client: &Client, evidence: &Path) -> io::Result<()> {
        let all = run.check_up(client).await;
        if all.is_empty() {
            self.ok(&client.name, "a resource server, which introspects tokens for the others")?;
        }
        for checked in all {
            self.step(client, &checked)?;
            if let Some(png) = &checked.screenshot {
                let path = evidence.join(&run.target.name).join("doctor");
                std::fs::create_dir_all(&path)?;
                let path = path.join(format!("{}.png", client.name));
                std::fs::write(&path, png)?;
                writeln!(self.out, "      {:<28} screenshot: {}", "", path.display())?;
            }
        }
        Ok(())
    }

    /// Reports whether any client may introspect tokens, if one has tried.
    fn introspection(&mut self) -> io::Result<()> {
        let (count, refused) = std::mem::take(&mut self.introspecting);
        if count > 0 || refused.is_empty() {
            return Ok(());
        }
        let advice = "allow a client to introspect at the server, or add a resource server that may: `[client.NAME]` with a `secret` \
        and `grants = []`";
        self.wrong("introspection", format!("refused to {}", refused.join(", ")), advice)
    }

    /// Reports what would make more cases possible.
    fn unlocks(&mut self, unlocks: &[Unlock]) -> io::Result<()> {
        if unlocks.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "\nmore cases could be run with the following; register it at the server, and add it to the target file:"
        )?;
        for Unlock { what, how, cases } in unlocks {
            writeln!(self.out, "{:>10}  {what}: {how}", format!("+{}", counted(*cases, "case")))?;
        }
        Ok(())
    }

    fn step(&mut self, client: &Client, checked: &Checked) -> io::Result<()> {
        let what = |step: &str| format!("{} {step}", client.name);
        if checked.kind == StepKind::Introspect && !checked.skipped {
            match checked.advice {
                None => self.introspecting.0 += 1,
                Some(_) => {
                    self.introspecting.1.push(client.name.clone());
                    let seen = format!("{}: another client introspects instead", checked.seen);
                    let note = self.style.caution("note");
                    return writeln!(self.out, "{note}  {:<28} {seen}", what("introspect"));
                }
            }
        }
        if checked.skipped {
            let line = format!("-     {:<28} not reached", what(checked.kind.name()));
            return writeln!(self.out, "{}", self.style.dim(&line));
        }
        if let Some(seen) = &checked.pushed {
            self.ok(&what("push"), seen)?;
        }
        if let Some(advice) = &checked.advice {
            return self.wrong(&what(checked.kind.name()), &checked.seen, advice);
        }
        if matches!(checked.kind, StepKind::Authorize | StepKind::Implicit) {
            self.ok(&what("redirect URI"), client.redirect_uri())?;
            let clicked: Vec<_> = checked.clicked.iter().map(|said| format!("“{said}”")).collect();
            for page in &checked.asked {
                let answered = match page {
                    Asked::SignIn => "signed in",
                    Asked::Consent => "gave consent",
                    Asked::Account => "chose the account",
                    Asked::SignOut => "signed out",
                };
                self.ok(&what(&page.to_string()), answered)?;
            }
            if !clicked.is_empty() {
                writeln!(self.out, "      {:<28} clicked {}", "", clicked.join(", "))?;
            }
        }
        self.ok(&what(checked.kind.name()), &checked.seen)
    }
}

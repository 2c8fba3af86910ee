//! `authspec doctor`.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::args::{DoctorArgs, RunArgs};
use super::prepare::{CommandError, Prepared, Started, prepare};
use super::server::{Server, program};
use crate::agent::{BrowserOptions, available};
use crate::run::{Checked, Endpoints, Run};
use crate::source::counted;
use crate::suite::{Asked, StepKind};
use crate::target::{Client, Target};

/// What goes wrong for newcomers, looked at one by one.
struct Doctor<'a> {
    out: &'a mut dyn Write,
    /// How many things are not as they should be.
    wrong: usize,
}

/// Checks a target one thing after the other, before any case is tried.
pub(super) async fn doctor(
    args: &DoctorArgs,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let run_args = RunArgs {
        words: vec![args.target.display().to_string()],
        agent: args.agent,
        ..RunArgs::default()
    };
    let prepared = prepare(&run_args)?;
    let mut doctor = Doctor { out, wrong: 0 };
    doctor.file(&prepared, &args.target)?;
    let server = match args.start {
        true => {
            let program = program(&args.target, &prepared.target.start)?;
            Some(Server::start(&program, &prepared.target.start).await?)
        }
        false => None,
    };
    let done = doctor.visit(prepared, &args.evidence).await;
    if let Some(mut server) = server {
        server.end().await;
    }
    done?;
    let wrong = doctor.wrong;
    match wrong {
        0 => writeln!(out, "\nall is well: `authspec run {}`", args.target.display())?,
        _ => writeln!(out, "\n{} to mend, above", counted(wrong, "thing"))?,
    }
    Ok(ExitCode::from(if wrong == 0 { 0 } else { 3 }))
}

impl Doctor<'_> {
    fn ok(&mut self, what: &str, seen: impl Display) -> io::Result<()> {
        writeln!(self.out, "ok    {what:<28} {seen}")
    }

    fn wrong(&mut self, what: &str, seen: impl Display, advice: &str) -> io::Result<()> {
        self.wrong += 1;
        writeln!(self.out, "wrong {what:<28} {seen}\n      {:<28} {advice}", "")
    }

    fn file(&mut self, prepared: &Prepared, file: &Path) -> io::Result<()> {
        let target = &prepared.target;
        let (clients, users) =
            (counted(target.clients.len(), "client"), counted(target.users.len(), "user"));
        let file = file.display();
        self.ok("file", format!("{file}: {clients}, {users}, ruleset {}", prepared.ruleset))
    }

    async fn visit(&mut self, prepared: Prepared, evidence: &Path) -> Result<(), CommandError> {
        let Started { run, note, _embedded } = prepared.start().await?;
        match &run.endpoints {
            Ok(endpoints) => {
                self.discovery(&run.target, endpoints)?;
                self.browser(note.as_deref())?;
                for client in &run.target.clients {
                    self.client(&run, client, evidence).await?;
                }
            }
            Err(why) => {
                // One that answers says what is wrong with the target file.
                let advice = match why.contains("does not answer") {
                    true => "see that the server runs, and is reached",
                    false => "correct the target file, as it says",
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
                let advice = "correct `endpoint.metadata` in the target file, or see why the server does not \
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
                "none, and passwords and tokens pass over the network",
                "serve the issuer by https",
            ),
        }
    }

    fn browser(&mut self, note: Option<&str>) -> io::Result<()> {
        match (note, available(&BrowserOptions::default())) {
            (None, Ok(())) => self.ok("browser", "found, and its driver"),
            (Some(why), _) => self.ok("browser", why),
            (None, Err(_)) => self.ok("browser", "none is asked for"),
        }
    }

    async fn client(&mut self, run: &Run, client: &Client, evidence: &Path) -> io::Result<()> {
        for checked in run.check_up(client).await {
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

    fn step(&mut self, client: &Client, checked: &Checked) -> io::Result<()> {
        let what = |step: &str| format!("{} {step}", client.name);
        if checked.skipped {
            return writeln!(self.out, "-     {:<28} not reached", what(checked.kind.name()));
        }
        if let Some(advice) = &checked.advice {
            return self.wrong(&what(checked.kind.name()), &checked.seen, advice);
        }
        if matches!(checked.kind, StepKind::Authorize | StepKind::Implicit) {
            self.ok(&what("redirect URI"), client.redirect_uri())?;
            if client.another_uri().is_none() {
                // Whether the server confuses the two can be seen only where there are two.
                let gap = "";
                writeln!(
                    self.out,
                    "      {gap:<28} worth it: register a second one, and name it too"
                )?;
            }
            let clicked: Vec<_> = checked.clicked.iter().map(|said| format!("“{said}”")).collect();
            for page in &checked.asked {
                let answered = match page {
                    Asked::SignIn => "signed in",
                    Asked::Consent => "gave consent",
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

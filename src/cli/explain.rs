//! `authspec explain`.

use std::cmp::Reverse;
use std::io::Write;
use std::process::ExitCode;

use ::honest::Allowance;

use super::args::ExplainArgs;
use super::command_error::CommandError;
use super::prepare::{embedded_target, suites};
use super::shown::style;
use crate::report::{Asked, Explanation};
use crate::run::{Plan, PlanKind, Preview, preview, select, select_case};
use crate::suite::{Ruleset, Suites};
use crate::target::{self, Target};

/// How many similar ids are suggested for an unknown one.
const NEAREST: usize = 3;

/// Explains a case or an invariant.
///
/// # Errors
/// What is wrong with the arguments or the files, and when the explanation cannot be written.
pub fn explain(args: &ExplainArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let suites = suites(args.suites.as_deref())?;
    let target = match &args.target {
        Some(file) => {
            target::load_to_read(file).map_err(|wrong| CommandError::Usage(wrong.to_string()))?
        }
        None => embedded(&suites, &args.case)?,
    };
    let plans = plans(&suites, &target, &args.case);
    // An id with a client means that client only.
    let is_meant = |plan: &&Plan| args.case == plan.case() || args.case == plan.id;
    let same: Vec<_> = plans.iter().filter(is_meant).map(as_able_client).collect();
    let same: Vec<_> = same.iter().collect();
    // Some clients lack what the case needs, such as a redirect URI with a query.
    let able = same.iter().find(|plan| sent(plan).is_ok());
    let Some(&plan) = able.or(same.first()) else {
        let all = select(&suites, &target, &Ruleset::all());
        return Err(CommandError::Usage(unknown(&args.case, &all)));
    };
    let asked = asked(plan, &same, &suites);
    let place = format!("{}:{}", plan.file, plan.line);
    Explanation::new(&suites, &args.case, place, asked).write(style(args.color), out)?;
    Ok(ExitCode::SUCCESS)
}

/// The built-in server, which allows more if none of its usual clients could run the case.
fn embedded(suites: &Suites, id: &str) -> Result<Target, CommandError> {
    let is_tried = |plan: &Plan| !matches!(plan.what, PlanKind::NotApplicable(_));
    let others = [Allowance::Bound, Allowance::Mtls, Allowance::Fapi2, Allowance::Frames];
    for allows in std::iter::once(Vec::new()).chain(others.map(|it| vec![it])) {
        let allows = &allows;
        let target = embedded_target(allows)?;
        if plans(suites, &target, id).iter().any(is_tried) {
            return Ok(target);
        }
    }
    embedded_target(Allowance::GRANTS)
}

/// The plans of a case, whatever the ruleset.
fn plans(suites: &Suites, target: &Target, id: &str) -> Vec<Plan> {
    select_case(suites, target, &Ruleset::all(), case(id))
}

fn case(id: &str) -> &str {
    id.split('@').next().unwrap_or(id)
}

/// What the plan does; `same` are the plans of the same case with other clients.
fn asked<'a>(plan: &Plan, same: &[&Plan], suites: &'a Suites) -> Asked<'a> {
    let invariant = suites.invariants().find(|invariant| invariant.id == plan.case());
    if let Some(invariant) = invariant {
        return Asked::Invariant(invariant);
    }
    let sent = sent(plan);
    let mut clients: Vec<_> = same.iter().filter_map(|plan| plan.client()).collect();
    clients.sort_by_key(|name| Reverse(plan.client() == Some(*name)));
    let clients = clients.into_iter().map(str::to_owned).collect();
    let case = suites.cases().find(|case| case.id == plan.case());
    let case = case.expect("a plan is made from a case or an invariant");
    Asked::Case { case, clients, sent }
}

/// The plan with the first of its clients that can send what the case needs.
fn as_able_client(plan: &Plan) -> Plan {
    let all = std::iter::once(&plan.what).chain(&plan.instead);
    let mut all = all.map(|what| Plan { what: what.clone(), ..plan.clone() });
    all.find(|plan| sent(plan).is_ok()).unwrap_or_else(|| plan.clone())
}

/// What the plan sends, or why it sends nothing.
fn sent(plan: &Plan) -> Result<Vec<Preview>, String> {
    match &plan.what {
        PlanKind::Case { case, client, other, user } => {
            preview(case, client, other.as_deref(), user)
        }
        PlanKind::NotApplicable(why) => Err(why.clone()),
        PlanKind::Invariant(_) => Err("an invariant sends nothing".to_owned()),
    }
}

/// The message about an unknown id, with similar ones.
fn unknown(id: &str, plans: &[Plan]) -> String {
    let name = |id: &str| id.split_once('/').map_or(id, |(_, name)| name).to_owned();
    let distance = |known: &str| {
        let whole = strsim::damerau_levenshtein(case(id), known);
        // The name may be right, or nearly right, in another suite.
        whole.min(1 + strsim::damerau_levenshtein(&name(case(id)), &name(known)))
    };
    let with_client = plans.iter().any(|plan| plan.case() == case(id));
    let known = |plan: &Plan| {
        if with_client { plan.id.clone() } else { plan.case().to_owned() }
    };
    let mut near: Vec<_> = plans.iter().map(|plan| (distance(plan.case()), known(plan))).collect();
    near.sort();
    near.dedup();
    let near: Vec<_> = near.into_iter().take(NEAREST).map(|(_, id)| format!("`{id}`")).collect();
    format!("there is no case `{id}`; similar ones are {}; see `authspec list`", near.join(", "))
}

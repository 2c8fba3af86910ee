//! Which defects a case can see: those that an answer of the sound server depended on while the case was tried.
//!
//! A server with another defect gives the same answers, up to the first that would depend on it, and there is none. So
//! the case need not be tried with that defect. The one thing which that leaves out is what another case, which does
//! see the defect, does to this one; some defects are tried with every case for that reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use authspec::cli::{RunArgs, prepare};
use authspec::run::PlanKind;
use honest::Defect;
use tokio::task::JoinSet;

use super::{AT_ONCE, settings, tried};

/// How many cases are looked at together: fewer take longer to look at, and more are seen to depend on more.
const TOGETHER: usize = 8;

/// Cases of one of the [`settings`].
#[derive(Debug)]
struct Group {
    setting: usize,
    ids: Vec<String>,
    /// What any of them can see.
    asked: BTreeSet<Defect>,
}

/// What each case can see, and the invariants of each setting.
#[derive(Debug)]
pub(crate) struct Asked(Vec<Group>, Vec<Vec<String>>);

impl Asked {
    /// Tries all cases on the sound server, some at a time.
    pub(crate) async fn look() -> Arc<Self> {
        let (mut waiting, mut invariants) = (Vec::new(), Vec::new());
        for (setting, args) in settings().into_iter().enumerate() {
            let (ids, of_setting) = ids(&args);
            invariants.push(of_setting);
            waiting.extend(ids.chunks(TOGETHER).map(|ids| (setting, args.clone(), ids.to_vec())));
        }
        let mut groups = Vec::new();
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < AT_ONCE {
                let Some((setting, args, ids)) = waiting.pop() else { break };
                tasks.spawn(async move {
                    let args = RunArgs { words: ids.clone(), ..args };
                    let (_, asked) = tried(args, true).await;
                    Group { setting, ids, asked }
                });
            }
            let Some(group) = tasks.join_next().await else { break };
            groups.push(group.expect("a run does not panic"));
        }
        Arc::new(Self(groups, invariants))
    }

    /// The cases of a setting that can see the defect; all of them for none.
    pub(crate) fn of(&self, setting: usize, defect: Option<Defect>) -> Vec<String> {
        let of_setting: Vec<_> = self.0.iter().filter(|group| group.setting == setting).collect();
        let sees = |group: &&&Group| defect.is_none_or(|defect| group.asked.contains(&defect));
        let mut ids: BTreeSet<_> =
            of_setting.iter().filter(sees).flat_map(|group| &group.ids).collect();
        if !ids.is_empty() {
            // Invariants are looked for in the answers to all cases that are tried.
            ids.extend(self.1.get(setting).into_iter().flatten());
        }
        ids.into_iter().cloned().collect()
    }

    /// How many cases are tried with how many of the defects, on average.
    pub(crate) fn share(&self) -> String {
        let pairs: usize = self.0.iter().map(|group| group.ids.len() * group.asked.len()).sum();
        let cases: usize = self.0.iter().map(|group| group.ids.len()).sum();
        format!(
            "{cases} cases; a case depends on {} of {} defects",
            pairs / cases,
            Defect::ALL.len()
        )
    }
}

/// All that can be tried so, and which of it are invariants.
fn ids(args: &RunArgs) -> (Vec<String>, Vec<String>) {
    let prepared = prepare(args).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let plans = prepared.plans().iter();
    let plans: Vec<_> =
        plans.filter(|plan| !matches!(plan.what, PlanKind::NotApplicable(_))).collect();
    let invariants = plans.iter().filter(|plan| matches!(plan.what, PlanKind::Invariant(_)));
    let invariants = invariants.map(|plan| plan.id.clone()).collect();
    (plans.iter().map(|plan| plan.id.clone()).collect(), invariants)
}

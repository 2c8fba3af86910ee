//! Which defects a case can see: those that an answer of the sound server depended on while the case was tried.
//!
//! A server with another defect gives the same answers, up to the first that would depend on it, and there is none. So
//! the case need not be tried with that defect. The one thing which that leaves out is what another case, which does
//! see the defect, does to this one; some defects are tried with every case for that reason.
//!
//! On some defects the answers to many cases depend, whatever a case is about. With these, the cases that fail on them are
//! tried, and some of the others.

use std::collections::BTreeSet;
use std::sync::Arc;

use authspec::cli::{RunArgs, prepare};
use authspec::run::PlanKind;
use honest::Defect;
use tokio::task::JoinSet;

use super::kept::Kept;
use super::{AT_ONCE, settings, tried};

/// How many cases are looked at together: fewer take longer to look at, and more are seen to depend on more.
const TOGETHER: usize = 4;

/// A defect that more cases of one of the [`settings`] can see than this is tried with a part of them.
const COMMON: usize = 64;

/// Cases of one of the [`settings`].
#[derive(Debug)]
struct Group {
    ids: Vec<String>,
    /// What any of them can see.
    asked: BTreeSet<Defect>,
}

/// The cases of one of the [`settings`].
#[derive(Debug, Default)]
struct Setting {
    groups: Vec<Group>,
    /// Those that look at the answers to all others.
    invariants: Vec<String>,
}

/// What each case can see, and what is known of those that fail, unless all are to be tried.
#[derive(Debug)]
pub(crate) struct Asked(Vec<Setting>, Option<Kept>);

impl Asked {
    /// Tries all cases on the sound server, some at a time.
    pub(crate) async fn look(kept: Option<Kept>) -> Arc<Self> {
        let (mut waiting, mut all) = (Vec::new(), Vec::new());
        for (setting, args) in settings().into_iter().enumerate() {
            let (ids, invariants) = ids(&args);
            all.push(Setting { groups: Vec::new(), invariants });
            waiting.extend(ids.chunks(TOGETHER).map(|ids| (setting, args.clone(), ids.to_vec())));
        }
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < AT_ONCE {
                let Some((setting, args, ids)) = waiting.pop() else { break };
                tasks.spawn(async move {
                    let args = RunArgs { words: ids.clone(), ..args };
                    let (_, asked) = tried(args, true).await;
                    (setting, Group { ids, asked })
                });
            }
            let Some(group) = tasks.join_next().await else { break };
            let (setting, group) = group.expect("a run does not panic");
            all[setting].groups.push(group);
        }
        Arc::new(Self(all, kept))
    }

    /// The cases of a setting that can see the defect; all of them for none.
    pub(crate) fn of(&self, setting: usize, defect: Option<Defect>) -> Vec<String> {
        self.0[setting].those(defect, |_| true)
    }

    /// Those that are to be tried with the defect.
    pub(crate) fn tried(&self, setting: usize, defect: Defect) -> Vec<String> {
        let setting = &self.0[setting];
        match &self.1 {
            Some(kept) if setting.is_common(defect) => {
                setting.those(Some(defect), |id| kept.tries(id, defect))
            }
            _ => setting.those(Some(defect), |_| true),
        }
    }

    /// How many cases can see, and are tried with, how many of the defects, on average.
    pub(crate) fn share(&self) -> String {
        let cases: usize = self.0.iter().map(|it| it.of(None).count()).sum();
        let pairs = |of: &dyn Fn(usize, Defect) -> Vec<String>| -> usize {
            let all = Defect::ALL.iter();
            all.map(|&it| (0..self.0.len()).map(|at| of(at, it).len()).sum::<usize>()).sum()
        };
        format!(
            "{cases} cases; a case can see {} of {} defects, and is tried with {}",
            pairs(&|setting, defect| self.of(setting, Some(defect))) / cases,
            Defect::ALL.len(),
            pairs(&|setting, defect| self.tried(setting, defect)) / cases,
        )
    }
}

impl Setting {
    /// The cases that can see the defect; all of them for none.
    fn of(&self, defect: Option<Defect>) -> impl Iterator<Item = &String> {
        let sees = move |group: &&Group| defect.is_none_or(|defect| group.asked.contains(&defect));
        self.groups.iter().filter(sees).flat_map(|group| &group.ids)
    }

    /// Whether the answers to many cases depend on the defect.
    fn is_common(&self, defect: Defect) -> bool {
        self.of(Some(defect)).count() > COMMON
    }

    /// Those of the cases that can see the defect, and the invariants with them, which are looked for in the answers to
    /// all cases that are tried.
    fn those(&self, defect: Option<Defect>, tries: impl Fn(&str) -> bool) -> Vec<String> {
        let mut ids: BTreeSet<_> = self.of(defect).filter(|id| tries(id)).collect();
        if !ids.is_empty() {
            ids.extend(&self.invariants);
        }
        ids.into_iter().cloned().collect()
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

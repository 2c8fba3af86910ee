//! Properties of our own cases that their verdicts rely on.

use authspec::suite::{Case, Suites, embedded};

fn case<'a>(suites: &'a Suites, id: &str) -> &'a Case {
    suites.cases().find(|case| case.id == id).unwrap()
}

/// Another case may sign the user in again meanwhile, in the same session of some servers.
#[test]
fn cases_that_compare_when_the_user_signed_in_run_alone() {
    let suites = embedded().unwrap();
    for id in ["id-token-refresh/auth-time", "implicit-users/same-time-without-a-page"] {
        assert!(case(&suites, id).voids(), "{id}");
    }
}

/// The session of some servers is that of the client that signed its user in last.
#[test]
fn cases_that_need_the_session_of_before_run_alone() {
    let suites = embedded().unwrap();
    for id in ["claims-parameter/another-subject", "claims-parameter/essential-acr"] {
        let case = case(&suites, id);
        assert!(case.depends_on_session() && case.voids(), "{id}");
    }
}

/// Nothing is redeemed, so nothing can be used up.
#[test]
fn cases_that_only_ask_for_authorization_run_beside_others() {
    let suites = embedded().unwrap();
    for id in ["redirect-uri/unregistered-in-pairs", "front-channel/modes"] {
        let case = case(&suites, id);
        assert!(case.steps.len() > 1 && !case.voids(), "{id}");
    }
    for id in ["codes/replayed", "races/refresh-token"] {
        assert!(case(&suites, id).voids(), "{id}");
    }
}

/// What is sent with an object that can no longer be fetched is the same as when it could.
#[test]
fn only_what_is_served_differs_where_it_changes() {
    let suites = embedded().unwrap();
    let case = case(&suites, "request-references/not-found");
    let step = case.steps.iter().find(|step| step.label == "missing").unwrap();
    assert!(step.given.is_some() && step.given == step.change, "{step:?}");
}

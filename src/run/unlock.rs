//! Finds which clients and users a target file lacks, and how many more cases each of them would
//! make possible, by selecting the cases again as if they existed.

use std::collections::BTreeSet;

use toml::Spanned;

use super::discover::Endpoints;
use super::feature;
use super::plan::{Plan, PlanKind, select};
use crate::oauth::names::{
    AUTHORIZATION_CODE, CLIENT_CREDENTIALS, GRANT_TYPES_SUPPORTED, IMPLICIT, PASSWORD,
    REFRESH_TOKEN,
};
use crate::oauth::{AuthMethod, Metadata};
use crate::suite::{Ruleset, Suites};
use crate::target::{Client, ExtraParams, Target, Text, User};

/// A possible addition to a target file, and its benefit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlock {
    /// What it is.
    pub what: &'static str,
    /// What to write into the target file after registering it at the server.
    pub how: &'static str,
    /// How many more cases could be tried.
    pub cases: usize,
}

/// A change of a target.
struct Change {
    /// What it adds.
    what: &'static str,
    /// What to write.
    how: &'static str,
    /// The grant that it is about; it only helps if the server supports that.
    grant: Option<&'static str>,
    apply: fn(&mut Target),
}

const CHANGES: &[Change] = &[
    Change {
        what: "a public client",
        how: "`auth = \"none\"` and a redirect URI of its own",
        grant: None,
        apply: |target| {
            add(target, AuthMethod::None, AUTHORIZATION_CODE);
        },
    },
    Change {
        what: "a native client",
        how: "`auth = \"none\"`, `native = true` and a redirect URI on 127.0.0.1",
        grant: None,
        apply: |target| {
            add(target, AuthMethod::None, AUTHORIZATION_CODE).native = true;
        },
    },
    Change {
        what: "a confidential client",
        how: "`auth = \"client_secret_basic\"`, a `secret` and a redirect URI of its own",
        grant: None,
        apply: |target| {
            add(target, AuthMethod::ClientSecretBasic, AUTHORIZATION_CODE);
        },
    },
    Change {
        what: "a client that sends its secret in the body",
        how: "`auth = \"client_secret_post\"` and a redirect URI of its own",
        grant: None,
        apply: |target| {
            add(target, AuthMethod::ClientSecretPost, AUTHORIZATION_CODE);
        },
    },
    Change {
        what: "a second redirect URI",
        how: "one more in `redirect_uris` of each client",
        grant: None,
        apply: |target| {
            for client in target.clients.iter_mut().filter(|client| client.uses_codes()) {
                client.redirect_uris.push(format!("{}/second", client.redirect_uri()));
            }
        },
    },
    Change {
        what: "a URI for the return after a logout",
        how: "`post_logout_redirect_uris` of each client, one of its own",
        grant: None,
        apply: |target| {
            for client in target.clients.iter_mut().filter(|client| client.uses_codes()) {
                client.post_logout_redirect_uris.push(format!("{}/left", client.redirect_uri()));
            }
        },
    },
    Change {
        what: "refresh tokens",
        how: "`\"refresh_token\"` in `grants` of the clients that use codes",
        grant: Some(REFRESH_TOKEN),
        apply: |target| {
            for client in target.clients.iter_mut().filter(|client| client.uses_codes()) {
                if !client.may(REFRESH_TOKEN) {
                    client.grants.push(REFRESH_TOKEN.to_owned());
                }
            }
        },
    },
    Change {
        what: "a second user",
        how: "another `[user.NAME]`",
        grant: None,
        apply: |target| {
            target.users.push(User { name: "authspec-2".to_owned(), ..target.users[0].clone() });
        },
    },
    Change {
        what: "what userinfo tells of the users",
        how: "`claims = { name = \"…\", email = \"…\" }` in its `[user.NAME]`, with all that it has",
        grant: None,
        apply: |target| {
            for user in &mut target.users {
                for name in ["name", "email", "address", "phone_number"] {
                    user.claims.insert(name.to_owned(), true.into());
                }
            }
        },
    },
    Change {
        what: "an authority for documents over https",
        how: "`listener_ca = \"FILE\"`; `authspec keys --certificate-authority FILE` makes one, and prints \
              the certificate that the server has to trust (the cases take `--register`)",
        grant: None,
        apply: |target| {
            let text = Text { text: String::new(), hidden: true };
            target.listener_ca.get_or_insert(Spanned::new(0..0, text));
        },
    },
    Change {
        what: "a client with the grant client_credentials",
        how: "`grants = [\"client_credentials\"]` and a `secret`",
        grant: Some(CLIENT_CREDENTIALS),
        apply: |target| {
            add(target, AuthMethod::ClientSecretBasic, CLIENT_CREDENTIALS);
        },
    },
    Change {
        what: "a client with the implicit grant",
        how: "`grants = [\"implicit\"]` and `auth = \"none\"`",
        grant: Some(IMPLICIT),
        apply: |target| {
            add(target, AuthMethod::None, IMPLICIT);
        },
    },
    Change {
        what: "a client with the password grant",
        how: "`grants = [\"password\"]` and a `secret`",
        grant: Some(PASSWORD),
        apply: |target| {
            add(target, AuthMethod::ClientSecretBasic, PASSWORD);
        },
    },
];

/// Adds a client, as if it were registered.
fn add<'a>(target: &'a mut Target, auth: AuthMethod, grant: &str) -> &'a mut Client {
    let first = target.clients.first();
    let mut grants = vec![grant.to_owned()];
    if target.clients.iter().any(|client| client.may(REFRESH_TOKEN)) && grant == AUTHORIZATION_CODE
    {
        grants.push(REFRESH_TOKEN.to_owned());
    }
    let secret = if auth == AuthMethod::None { "" } else { "authspec-secret-to-be-registered" };
    let client = Client {
        name: "authspec-new".to_owned(),
        id: "authspec-new".to_owned(),
        auth,
        secret: secret.to_owned(),
        signer: None,
        audience: None,
        sends_client_id: false,
        request: first.map(|client| client.request).unwrap_or_default(),
        request_uri: None,
        backchannel_logout_uri: None,
        backchannel_logout_session_required: false,
        frontchannel_logout_uri: None,
        frontchannel_logout_session_required: false,
        tokens: first.map(|client| client.tokens).unwrap_or_default(),
        certificate: first.and_then(|client| client.certificate.clone()),
        redirect_uris: vec!["http://127.0.0.1:8765/authspec-new".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        grants,
        scope: first.map(|client| client.scope.clone()).unwrap_or_default(),
        native: false,
        challenge_method: first.map(|client| client.challenge_method).unwrap_or_default(),
        verifier: None,
        extra_params: ExtraParams::default(),
        extensions: first.map(|client| client.extensions.clone()).unwrap_or_default(),
    };
    target.clients.push(client);
    let last = target.clients.len() - 1;
    &mut target.clients[last]
}

/// Additions that would make more cases possible, most useful first.
pub fn unlocks(
    suites: &Suites,
    target: &Target,
    ruleset: &Ruleset,
    endpoints: &Endpoints,
) -> Vec<Unlock> {
    let now = applicable(suites, target, ruleset, endpoints);
    let mut unlocks: Vec<_> = CHANGES
        .iter()
        .filter(|change| is_missing(change.grant, target, &endpoints.metadata))
        .filter_map(|Change { what, how, apply, .. }| {
            let mut target = target.clone();
            apply(&mut target);
            let then = applicable(suites, &target, ruleset, endpoints);
            let cases = then.difference(&now).count();
            (cases > 0).then_some(Unlock { what, how, cases })
        })
        .collect();
    unlocks.sort_by_key(|unlock| std::cmp::Reverse(unlock.cases));
    unlocks
}

/// Whether no client has the grant although the server supports it, as far as it says so.
fn is_missing(grant: Option<&str>, target: &Target, metadata: &Metadata) -> bool {
    let list = GRANT_TYPES_SUPPORTED;
    // A server that lists no grants most likely supports neither of these two.
    let is_usual = |grant| matches!(grant, CLIENT_CREDENTIALS | REFRESH_TOKEN);
    grant.is_none_or(|grant| {
        let is_own = |client: &Client| grant != REFRESH_TOKEN && client.may(grant);
        let is_served = metadata.names(list, grant) || !metadata.has(list) && is_usual(grant);
        is_served && !target.clients.iter().any(is_own)
    })
}

/// The applicable cases, each counted once for all its clients.
fn applicable(
    suites: &Suites,
    target: &Target,
    ruleset: &Ruleset,
    endpoints: &Endpoints,
) -> BTreeSet<String> {
    let fits = |kind: &PlanKind| match kind {
        PlanKind::Case { case, client, .. } => {
            feature::unfit(case, target, client, endpoints).is_none()
        }
        PlanKind::Invariant(_) | PlanKind::NotApplicable(_) => false,
    };
    let plans = select(suites, target, ruleset);
    let plans =
        plans.iter().filter(|Plan { what, instead, .. }| fits(what) || instead.iter().any(fits));
    plans.map(|plan| plan.case().to_owned()).collect()
}

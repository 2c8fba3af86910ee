//! What a target supports, by its target file or its metadata.

use super::bound;
use super::discover::Endpoints;
use super::endpoint_audience;
use super::listeners::NO_AUTHORITY;
use super::step::{NO_PUSH_ENDPOINT, check_session_frame};
use super::verdict::Judged;
use super::{objects, pushed, requested_mode, told};
use crate::oauth::metadata::{Metadata, is_openid, is_openid_flag, is_same};
use crate::oauth::names::{
    CLIENT_CREDENTIALS, CODE, CODE_CHALLENGE_METHOD, DPOP_SIGNING_ALG_VALUES_SUPPORTED, ID_TOKEN,
    IMPLICIT, JWT_BEARER_GRANT, OPENID, REFRESH_TOKEN, RESPONSE_MODE, RESPONSE_TYPE, TOKEN,
};
use crate::oauth::pkce::ChallengeMethod;
use crate::oauth::response::ResponseMode;
use crate::oauth::signing::SigningAlgorithm;
use crate::suite::{Case, Feature, Member, StepKind};
use crate::target::{Client, Target};

/// Why no client can be registered.
pub(super) const NO_REGISTRATION: &str = "the metadata names no registration_endpoint";

/// Why the target cannot be tested for the feature, or `None` if it can.
pub(super) fn lacking(
    feature: Feature,
    target: &Target,
    client: &Client,
    endpoints: &Endpoints,
) -> Option<String> {
    let supported = target.supports.contains(&feature);
    let (has, why) = match feature {
        Feature::Metadata => (endpoints.metadata_url.is_some(), "the server serves no metadata"),
        Feature::OauthMetadata => oauth_metadata(endpoints),
        Feature::RefreshToken
        | Feature::ClientCredentials
        | Feature::NoClientCredentials
        | Feature::JwtBearer
        | Feature::Mtls
        | Feature::NoImplicit
        | Feature::EncodedSecret
        | Feature::S256
        | Feature::RedirectQuery => of_client(feature, client),
        Feature::Userinfo
        | Feature::Jwks
        | Feature::Revocation
        | Feature::Introspection
        | Feature::Logout
        | Feature::OpenidMetadata
        | Feature::SessionManagement
        | Feature::Registration => of_endpoint(feature, endpoints),
        Feature::HttpsListener => https_listener(target),
        Feature::KeyRotation => (
            target.rotate_keys.is_some(),
            "the target file does not say how to make the server sign with another key (`rotate_keys`)",
        ),
        Feature::Resource => resource(target, client, endpoints),
        Feature::Dpop => dpop(client, endpoints, supported),
        Feature::Openid => {
            (supported || asks_openid(client), "the scope of this client does not include openid")
        }
        Feature::Plain | Feature::NoPlain => plain(feature, supported, target, endpoints),
        Feature::Implicit | Feature::ImplicitIdToken => {
            implicit(feature, supported, client, endpoints)
        }
        Feature::Fragment => return no_mode(ResponseMode::Fragment, endpoints, supported),
        Feature::FormPost => return no_mode(ResponseMode::FormPost, endpoints, supported),
        Feature::Refusal | Feature::PasswordForm | Feature::GrantLimits => {
            unless_denied(feature, target)
        }
        Feature::Iss => (
            supported || endpoints.metadata.flag("authorization_response_iss_parameter_supported"),
            "the metadata does not claim the iss parameter of authorization responses",
        ),
        // What takes the server and the client.
        _ => of_both(feature, supported, client, endpoints),
    };
    (!has).then(|| why.replace("this client", &format!("the client {}", client.name)))
}

/// Whether there is something that access tokens can be used at, and what is missing otherwise.
fn resource(target: &Target, client: &Client, endpoints: &Endpoints) -> (bool, &'static str) {
    // If the target file names a userinfo endpoint, access tokens are tried there, whatever their
    // scope.
    let is_named = target.resource.is_some() || target.endpoints.userinfo.is_some();
    let may_ask = asks_openid(client) || target.supports.contains(&Feature::Openid);
    match endpoints.userinfo {
        _ if target.resource.is_some() => (true, ""),
        None => (
            false,
            "the server has no userinfo endpoint, and the target file no `[resource]` that tells \
             whether an access token is valid",
        ),
        Some(_) => (
            is_named || may_ask,
            "the scope of this client does not include openid, and the target file has no \
             `[resource]` that tells whether its access tokens are valid",
        ),
    }
}

/// Whether the endpoint exists, and what is missing otherwise.
fn of_endpoint(feature: Feature, endpoints: &Endpoints) -> (bool, &'static str) {
    match feature {
        Feature::Userinfo => (endpoints.userinfo.is_some(), "the server has no userinfo endpoint"),
        Feature::Jwks => (endpoints.jwks.is_some(), "the metadata names no jwks_uri"),
        Feature::Revocation => {
            (endpoints.revocation.is_some(), "the server has no revocation endpoint")
        }
        Feature::Introspection => {
            (endpoints.introspection.is_some(), "the server has no introspection endpoint")
        }
        Feature::OpenidMetadata => (
            endpoints.openid.is_some(),
            "there are no OpenID Connect metadata, or no client whose scope has `openid`",
        ),
        Feature::SessionManagement => {
            (check_session_frame(endpoints).is_some(), "the metadata names no check_session_iframe")
        }
        Feature::Logout => (
            endpoints.logout.is_some(),
            "the metadata names no end_session_endpoint, and nor does the target file",
        ),
        _ => (endpoints.registration.is_some(), NO_REGISTRATION),
    }
}

/// Whether the client may use the implicit grant, for ID tokens if these are asked for, and what is missing otherwise.
fn implicit(
    feature: Feature,
    supported: bool,
    client: &Client,
    endpoints: &Endpoints,
) -> (bool, &'static str) {
    let may = client.may(IMPLICIT);
    match feature {
        Feature::Implicit => (
            may && (supported || implicit_type(client, endpoints).is_some()),
            "the client may not use the implicit grant, by the target file or the metadata",
        ),
        _ => (
            may && asks_openid(client) && (supported || lists_id_token(endpoints)),
            "the client may not use the implicit grant for ID tokens, by the target file or the \
             metadata",
        ),
    }
}

/// Whether documents are served over https, and what is missing otherwise.
fn https_listener(target: &Target) -> (bool, &'static str) {
    (target.listener_ca.is_some(), NO_AUTHORITY)
}

/// Whether both the server and the client have it, and what is missing otherwise.
fn of_both(
    feature: Feature,
    supported: bool,
    client: &Client,
    endpoints: &Endpoints,
) -> (bool, &'static str) {
    match feature {
        Feature::LogoutReturn => logout_return(client, endpoints),
        Feature::Push => push(client, endpoints),
        Feature::RequestObject => objects::are_taken(supported, client, endpoints),
        _ => told::feature(feature, supported, client, endpoints),
    }
}

/// Whether the client can push its requests, and what is missing otherwise.
fn push(client: &Client, endpoints: &Endpoints) -> (bool, &'static str) {
    match endpoints.push {
        None => (false, NO_PUSH_ENDPOINT),
        Some(_) => (
            client.visits(),
            "this client sends nobody to the authorization endpoint, so it pushes no requests",
        ),
    }
}

/// Whether the server takes proofs that are signed as authspec signs them, and what is missing
/// otherwise.
fn dpop(client: &Client, endpoints: &Endpoints, supported: bool) -> (bool, &'static str) {
    if supported || client.sends_proofs() {
        return (true, "");
    }
    match endpoints.metadata.list(DPOP_SIGNING_ALG_VALUES_SUPPORTED) {
        Some(algs) => (
            algs.contains(&SigningAlgorithm::Es256.name()),
            "dpop_signing_alg_values_supported in the metadata does not list ES256, with which \
             authspec signs",
        ),
        None => (false, "the metadata does not list dpop_signing_alg_values_supported"),
    }
}

/// Whether the client can have its users sent back from a logout, and what is missing otherwise.
fn logout_return(client: &Client, endpoints: &Endpoints) -> (bool, &'static str) {
    match client.logout_uri() {
        None => (false, "the target file has no `post_logout_redirect_uris` for this client"),
        Some(_) => of_endpoint(Feature::Logout, endpoints),
    }
}

/// The judgment of a case that does not fit this target or client: it does not apply, or that is
/// unknown because the metadata could not be read.
pub(super) fn unfit(
    case: &Case,
    target: &Target,
    client: &Client,
    endpoints: &Endpoints,
) -> Option<Judged> {
    let judged = pushed::unfit(case, client, endpoints).or_else(|| objects::unfit(case, client));
    if judged.is_some() {
        return judged;
    }
    if let Some(why) = bound::unfit(case, client).or_else(|| endpoint_audience::unfit(case, client))
    {
        return Some(Judged::not_applicable(why));
    }
    let mut kinds = case.flow();
    kinds.extend(case.tries_tokens().then_some(StepKind::Resource));
    let of_steps = kinds.iter().flat_map(|kind| needed_by(*kind));
    let mode = requested_mode::needed(case, client);
    let own = || case.needs.iter().chain(&mode);
    let needs: Vec<_> = own().chain(of_steps).collect();
    let lacking = own().find_map(|it| lacking(*it, target, client, endpoints));
    let lacking = lacking.or_else(|| requested_mode::unfit(case, client));
    let lacking = lacking.or_else(|| unknown_user(case, target));
    let lacking = lacking.or_else(|| impassable(&kinds, target, client, endpoints));
    let why = lacking.or_else(|| unlike(case, endpoints));
    let asks_lists = case.listed.len() + case.unlisted.len() > 0;
    // What the target file states needs no metadata.
    let is_open = |it: &&Feature| is_of_metadata(**it) && !target.supports.contains(it);
    let unread = endpoints
        .unread
        .as_ref()
        .filter(|_| asks_lists || needs.iter().copied().any(|it| is_open(&it)));
    unread.map(Judged::inconclusive).or_else(|| why.map(Judged::not_applicable))
}

/// Why it is not known what the server must tell of the user, or `None` if the case does not ask or
/// the target file says it.
fn unknown_user(case: &Case, target: &Target) -> Option<String> {
    let names: Vec<_> = case.told_claims().collect();
    let user = target.users.get(case.user.place())?;
    let is_known = names.is_empty() || names.iter().any(|name| user.claims.contains_key(*name));
    (!is_known).then(|| {
        format!(
            "the target file does not say what the server tells of {}: add `claims = {{ {} = … }}` \
             to `{}`",
            user.name,
            names[0],
            user.table()
        )
    })
}

/// Whether the metadata determine if the target has the feature.
fn is_of_metadata(feature: Feature) -> bool {
    !matches!(
        feature,
        Feature::Metadata
            | Feature::RefreshToken
            | Feature::ClientCredentials
            | Feature::NoClientCredentials
            | Feature::JwtBearer
            | Feature::Mtls
            | Feature::NoImplicit
            | Feature::EncodedSecret
            | Feature::S256
            | Feature::RedirectQuery
            | Feature::Openid
            | Feature::Refusal
            | Feature::PasswordForm
            | Feature::GrantLimits
            | Feature::HttpsListener
    )
}

/// Whether the challenge method plain is supported or not.
fn plain(
    feature: Feature,
    supported: bool,
    target: &Target,
    endpoints: &Endpoints,
) -> (bool, &'static str) {
    let list = format!("{CODE_CHALLENGE_METHOD}s_supported");
    let methods = endpoints.metadata.list(&list);
    let claimed = supported || methods.as_ref().is_some_and(|it| it.contains(&"plain"));
    match feature {
        Feature::NoPlain if methods.is_none() => (
            target.lacks.contains(&Feature::Plain),
            "the metadata does not say which challenge methods the server supports",
        ),
        Feature::NoPlain => (!claimed, "the server supports the challenge method plain"),
        // If nothing is stated, trying it will tell.
        _ => (
            (claimed || methods.is_none()) && !target.lacks.contains(&Feature::Plain),
            "the server does not claim the challenge method plain, or its clients may not use it",
        ),
    }
}

/// Why the metadata does not fit the case, or `None` if it does.
fn unlike(case: &Case, endpoints: &Endpoints) -> Option<String> {
    if endpoints.metadata_url.is_none() && (case.listed.len() + case.unlisted.len()) > 0 {
        return Some("the server serves no metadata".to_owned());
    }
    let lists = |member: &&Member| {
        let of_oauth = Some(&endpoints.metadata).filter(|_| !is_openid_flag(&member.name));
        let mut documents = of_oauth.into_iter().chain(of_openid(endpoints));
        let wanted = member.value.as_deref();
        let is = |known: &&str, wanted| is_same(&member.name, known, wanted);
        documents.any(|metadata| {
            metadata.list(&member.name).is_some_and(|it| {
                wanted.map_or(!it.is_empty(), |wanted| it.iter().any(|known| is(known, wanted)))
            })
        })
    };
    let absent = case.listed.iter().find(|member| !lists(member));
    let absent = absent.map(|member| format!("the metadata does not list {member}"));
    let present = || case.unlisted.iter().find(lists);
    absent.or_else(|| present().map(|member| format!("the metadata lists {member}")))
}

/// The metadata of OpenID Connect, if the server serves them too.
fn of_openid(endpoints: &Endpoints) -> Option<&Metadata> {
    endpoints.openid.as_ref().map(|(_, metadata)| metadata)
}

/// Whether there are metadata that are not those of OpenID Connect alone.
fn oauth_metadata(endpoints: &Endpoints) -> (bool, &'static str) {
    match &endpoints.metadata_url {
        Some(url) => (
            !is_openid(url),
            "the server only serves OpenID Connect metadata, where this is optional",
        ),
        None => (false, "the server serves no metadata"),
    }
}

/// Features that servers have unless the target file says otherwise.
fn unless_denied(feature: Feature, target: &Target) -> (bool, &'static str) {
    let why = match feature {
        Feature::Refusal => "the target file says that nothing on the consent page refuses",
        Feature::GrantLimits => {
            "the target file says that clients are registered without grants, so that each may \
             use all"
        }
        _ => "the target file says that passwords are not sent by a form",
    };
    (!target.lacks.contains(&feature), why)
}

/// Whether the client has what only the target file can state, and what it lacks otherwise.
fn of_client(feature: Feature, client: &Client) -> (bool, &'static str) {
    match feature {
        Feature::RefreshToken => (
            client.may(REFRESH_TOKEN),
            "the target file does not list the grant refresh_token for this client",
        ),
        Feature::ClientCredentials => (
            client.may(CLIENT_CREDENTIALS),
            "the target file does not list the grant client_credentials for this client",
        ),
        Feature::JwtBearer => (
            client.may(JWT_BEARER_GRANT) && client.signer.is_some(),
            "the target file lists no key and the grant of JWTs (RFC7523 §2.1) for this client",
        ),
        Feature::NoClientCredentials => (
            !client.may(CLIENT_CREDENTIALS),
            "the target file lists the grant client_credentials for this client",
        ),
        Feature::Mtls => (
            client.binds_to_certificate(),
            "the target file has no `tokens = \"mtls\"` for this client",
        ),
        Feature::NoImplicit => {
            (!client.may(IMPLICIT), "the target file lists the grant implicit for this client")
        }
        Feature::EncodedSecret => (
            client.has_encoded_secret(),
            "neither identifier nor secret of this client changes when it is form-encoded",
        ),
        Feature::S256 => (
            client.challenge_method == ChallengeMethod::S256,
            "in the target file, this client's valid flows use the challenge method plain",
        ),
        Feature::RedirectQuery => {
            (client.uri_with_query().is_some(), "no redirect URI of this client has a query")
        }
        _ => (true, ""),
    }
}

fn asks_openid(client: &Client) -> bool {
    client.scope.split(' ').any(|scope| scope == OPENID)
}

/// The response type that gives the client an access token in the front channel: that of the
/// implicit grant, or that of OpenID Connect if the server lists only that one.
pub(super) fn implicit_type(client: &Client, endpoints: &Endpoints) -> Option<&'static str> {
    let types = [&[TOKEN], ID_TOKEN_TOKEN].into_iter().flatten();
    let may_ask = |wanted: &str| wanted == TOKEN || asks_openid(client);
    types.copied().find(|wanted| may_ask(wanted) && lists(endpoints, &[wanted]))
}

/// The response type of the client's valid flow: a code, unless the client only uses the implicit
/// grant and the server supports that grant.
pub(super) fn response_type(client: &Client, endpoints: &Endpoints) -> &'static str {
    let is_for_id_tokens = || asks_openid(client) && lists(endpoints, &[ID_TOKEN]);
    match implicit_type(client, endpoints) {
        _ if !client.is_implicit() => CODE,
        Some(wanted) => wanted,
        None if is_for_id_tokens() => ID_TOKEN,
        // If the server has no such grant, such a client may get codes.
        None if !lists(endpoints, &[TOKEN]) => CODE,
        None => TOKEN,
    }
}

fn lists_id_token(endpoints: &Endpoints) -> bool {
    lists(endpoints, &[ID_TOKEN]) && lists(endpoints, ID_TOKEN_TOKEN)
}

/// The response type for both tokens, in either order (RFC6749 §3.1.1).
const ID_TOKEN_TOKEN: &[&str] = &["id_token token", "token id_token"];

/// Whether the server supports any of these response types, as far as its metadata tell.
fn lists(endpoints: &Endpoints, wanted: &[&str]) -> bool {
    let list = format!("{RESPONSE_TYPE}s_supported");
    let is_known = |known: &str| wanted.iter().any(|wanted| is_same(&list, known, wanted));
    endpoints.metadata.list(&list).is_none_or(|known| known.iter().any(|known| is_known(known)))
}

/// Why the response mode cannot be tested. The metadata's default only covers response types
/// without an explicit mode (RFC8414 §2).
fn no_mode(mode: ResponseMode, endpoints: &Endpoints, supported: bool) -> Option<String> {
    let list = format!("{RESPONSE_MODE}s_supported");
    let mut documents = std::iter::once(&endpoints.metadata).chain(of_openid(endpoints));
    let is_known = documents.any(|metadata| metadata.names(&list, mode.name()));
    (!supported && !is_known)
        .then(|| format!("the metadata does not list the response mode {mode}"))
}

/// Why the flow is not possible, judged by its steps alone, or `None` if it is.
pub(super) fn impassable(
    flow: &[StepKind],
    target: &Target,
    client: &Client,
    endpoints: &Endpoints,
) -> Option<String> {
    if flow.contains(&StepKind::Authorize) && !client.visits() {
        return Some(format!("the client {} signs nobody in, by the target file", client.name));
    }
    // If the target file names a userinfo endpoint, access tokens are tried there, whatever their
    // scope.
    let is_resource = target.endpoints.userinfo.is_some();
    let needs = flow.iter().flat_map(|kind| needed_by(*kind));
    let needs = needs.filter(|feature| **feature != Feature::Openid || !is_resource);
    needs.filter_map(|feature| lacking(*feature, target, client, endpoints)).next()
}

/// The features that a flow itself needs.
fn needed_by(kind: StepKind) -> &'static [Feature] {
    match kind {
        StepKind::Metadata => &[Feature::Metadata],
        StepKind::OpenidMetadata => &[Feature::OpenidMetadata],
        StepKind::Jwks => &[Feature::Jwks],
        StepKind::RotateKeys => &[Feature::KeyRotation],
        StepKind::Refresh => &[Feature::RefreshToken],
        StepKind::Userinfo => &[Feature::Userinfo, Feature::Openid],
        StepKind::Resource => &[Feature::Resource],
        StepKind::Introspect => &[Feature::Introspection],
        StepKind::Revoke => &[Feature::Revocation],
        StepKind::Logout => &[Feature::Logout, Feature::Openid],
        StepKind::Backchannel => &[Feature::Backchannel],
        StepKind::Frontchannel => &[Feature::Frontchannel],
        StepKind::Push => &[Feature::Push],
        StepKind::Register | StepKind::Manage | StepKind::Unregister => &[Feature::Registration],
        StepKind::ClientCredentials => &[Feature::ClientCredentials],
        StepKind::JwtBearer => &[Feature::JwtBearer],
        StepKind::Implicit => &[Feature::Implicit],
        StepKind::Authorize
        | StepKind::Token
        | StepKind::Password
        | StepKind::Preflight
        | StepKind::TokenPreflight
        | StepKind::Frame => &[],
        StepKind::CheckSession => &[Feature::SessionManagement],
    }
}

//! The endpoints.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use oxide_auth::endpoint::{
    AccessTokenFlow, AuthorizationFlow, OAuthError, OwnerConsent, RefreshFlow, Solicitation,
    WebRequest,
};
use oxide_auth::frontends::simple::endpoint::{ErrorInto, FnSolicitor, Generic, Vacant};
use oxide_auth::frontends::simple::extensions::{AddonList, Extended, Pkce};
use oxide_auth::primitives::authorizer::AuthMap;
use oxide_auth::primitives::generator::RandomGenerator;
use oxide_auth::primitives::issuer::TokenMap;
use oxide_auth::primitives::registrar::ClientMap;
use oxide_auth_axum::{OAuthRequest, OAuthResponse, WebError};

use crate::pages;

/// The session cookie.
const SESSION: &str = "session";

/// The server: its clients, its users and their passwords, and what it has issued.
struct Server {
    registrar: ClientMap,
    users: BTreeMap<String, String>,
    authorizer: AuthMap<RandomGenerator>,
    issuer: TokenMap<RandomGenerator>,
    addons: AddonList,
    sessions: HashMap<String, String>,
}

type Shared = State<Arc<Mutex<Server>>>;

/// The endpoints of a server with these clients and users: `/authorize` and `/token`.
pub fn router(registrar: ClientMap, users: impl IntoIterator<Item = (String, String)>) -> Router {
    let mut addons = AddonList::new();
    addons.push_code(Pkce::required());
    let server = Server {
        registrar,
        users: users.into_iter().collect(),
        authorizer: AuthMap::new(RandomGenerator::new(16)),
        issuer: TokenMap::new(RandomGenerator::new(16)),
        addons,
        sessions: HashMap::new(),
    };
    Router::new()
        .route("/authorize", get(authorize).post(authorize))
        .route("/token", post(token))
        .with_state(Arc::new(Mutex::new(server)))
}

/// The authorization endpoint (RFC6749 §3.1): shows the next page, or processes a submitted form.
async fn authorize(
    State(server): Shared,
    here: Uri,
    method: Method,
    cookies: CookieJar,
    mut request: OAuthRequest,
) -> Response {
    let mut server = lock(&server);
    if let Some((user, password)) = field(&mut request, "user").zip(field(&mut request, "password"))
    {
        if server.users.get(&user) != Some(&password) {
            return (pages::GUARDED, page(pages::LOGIN)).into_response();
        }
        let session = format!("{:032x}", rand::random::<u128>());
        server.sessions.insert(session.clone(), user);
        let cookie = Cookie::build((SESSION, session)).http_only(true).same_site(SameSite::Lax);
        let here = here.path_and_query().map_or("/", |here| here.as_str()).to_owned();
        return (pages::GUARDED, cookies.add(cookie), Redirect::to(&here)).into_response();
    }
    let session = cookies.get(SESSION).map(Cookie::value);
    let user = session.and_then(|session| server.sessions.get(session)).cloned();
    // A link on another site sends a GET, with the cookie.
    let decision = field(&mut request, "decision").filter(|_| method == Method::POST);
    let ask = move |_: &mut OAuthRequest, _: Solicitation<'_>| match (&user, decision.as_deref()) {
        (None, _) => OwnerConsent::InProgress(page(pages::LOGIN)),
        (Some(user), Some("allow")) => OwnerConsent::Authorized(user.clone()),
        (Some(_), Some(_)) => OwnerConsent::Denied,
        (Some(_), None) => OwnerConsent::InProgress(page(pages::CONSENT)),
    };
    let Server { registrar, authorizer, addons, .. } = &mut *server;
    let endpoint = Generic {
        registrar: &*registrar,
        authorizer: &mut *authorizer,
        issuer: Vacant,
        solicitor: FnSolicitor(ask),
        scopes: Vacant,
        response: Vacant,
    };
    let endpoint = ErrorInto::<_, WebError>::new(Extended::extend_with(endpoint, addons.clone()));
    let answer = AuthorizationFlow::prepare(endpoint).and_then(|mut flow| flow.execute(request));
    (pages::GUARDED, answered(answer)).into_response()
}

/// The token endpoint (RFC6749 §3.2).
async fn token(State(server): Shared, mut request: OAuthRequest) -> Response {
    let Server { registrar, authorizer, issuer, addons, .. } = &mut *lock(&server);
    let refreshes = field(&mut request, "grant_type").is_some_and(|it| it == "refresh_token");
    let endpoint = Generic {
        registrar: &*registrar,
        authorizer: &mut *authorizer,
        issuer: &mut *issuer,
        solicitor: Vacant,
        scopes: Vacant,
        response: Vacant,
    };
    let endpoint = ErrorInto::<_, WebError>::new(Extended::extend_with(endpoint, addons.clone()));
    answered(if refreshes {
        RefreshFlow::prepare(endpoint).and_then(|mut flow| flow.execute(request))
    } else {
        AccessTokenFlow::prepare(endpoint).and_then(|mut flow| {
            flow.allow_credentials_in_body(true);
            flow.execute(request)
        })
    })
}

/// Converts what oxide-auth answers; an error that must stay internal becomes an error page.
fn answered(answer: Result<OAuthResponse, WebError>) -> Response {
    match answer {
        Ok(answer) => answer.into_response(),
        Err(WebError::Endpoint(OAuthError::PrimitiveError)) => {
            pages::error(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong.")
        }
        Err(_) => pages::error(StatusCode::BAD_REQUEST, "This request cannot be answered."),
    }
}

fn page(html: &str) -> OAuthResponse {
    let page = OAuthResponse::default().body(html).content_type("text/html; charset=utf-8");
    page.expect("the media type is one")
}

/// A field of the submitted form.
fn field(request: &mut OAuthRequest, name: &str) -> Option<String> {
    let body = request.urlbody().ok()?;
    Some(body.unique_value(name)?.into_owned())
}

fn lock(server: &Mutex<Server>) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

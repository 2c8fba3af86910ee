//! A gateway that ends TLS in front of the embedded server, speaks HTTP/2, and lets nobody pass without a header field.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use axum::{Router, http};
use honest::{Config, Honest, Reserved};
use rcgen::{CertificateParams, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// Where the server is to everybody; there is no such host.
pub(crate) const ISSUER: &str = "https://as.test";

/// What the gateway asks for in `x-api-key`.
pub(crate) const KEY: &str = "the-key-of-the-gateway";

/// What has it answer with more header fields than anybody reads.
pub(crate) const ENDLESS: &str = "endless";

/// What it has let pass, by version of HTTP, and what it has not.
#[derive(Default)]
struct Seen {
    passed: Vec<Version>,
    refused: Vec<String>,
}

pub(crate) struct Gateway {
    pub(crate) port: u16,
    pub(crate) authority: String,
    pub(crate) target: String,
    seen: Arc<Mutex<Seen>>,
    _honest: Honest,
    _runtime: Runtime,
}

impl Gateway {
    pub(crate) fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["as.test".to_owned()]).unwrap();
        let own = own.self_signed(&key).unwrap();
        let runtime = Runtime::new().unwrap();
        let _inside = runtime.enter();
        let (reserved, callback) = (Reserved::new(0).unwrap(), Reserved::new(0).unwrap());
        let behind = format!("http://127.0.0.1:{}", reserved.port());
        let target = honest::target_file(reserved.port(), callback.port());
        let target = target.replace(&behind, ISSUER);
        let (issuer, callback_port) = (Some(ISSUER.to_owned()), callback.port());
        let config = Config { issuer, callback_port, ..Config::default() };
        let honest = Honest::start_on(reserved, config).unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Mutex<Seen>>::default();
        let acceptor = acceptor(own.der().clone(), &key);
        let router = Router::new().fallback(pass).with_state((behind, Arc::clone(&seen)));
        runtime.spawn(async { axum::serve(Tls { listener, acceptor }, router).await });
        let authority = own.pem();
        Self { port, authority, target, seen, _honest: honest, _runtime: runtime }
    }

    /// How many requests of this version it has let pass.
    pub(crate) fn seen(&self, version: Version) -> usize {
        self.seen.lock().unwrap().passed.iter().filter(|it| **it == version).count()
    }

    /// What came without the field.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.seen.lock().unwrap().refused.clone()
    }
}

type Passing = (String, Arc<Mutex<Seen>>);

async fn pass(State((behind, seen)): State<Passing>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.headers.get("x-api-key") == Some(&HeaderValue::from_static(ENDLESS)) {
        let mut response = Response::new(Body::empty());
        for number in 0..1000 {
            let name = http::HeaderName::try_from(format!("x-{number}")).unwrap();
            response.headers_mut().insert(name, HeaderValue::try_from("x".repeat(1000)).unwrap());
        }
        return response;
    }
    if parts.headers.get("x-api-key") != Some(&HeaderValue::from_static(KEY)) {
        seen.lock().unwrap().refused.push(format!("{} {}", parts.method, parts.uri));
        return (StatusCode::FORBIDDEN, "no key").into_response();
    }
    seen.lock().unwrap().passed.push(parts.version);
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.timeout(Duration::from_secs(10)).build().unwrap();
    let mut headers = parts.headers;
    headers.remove("host");
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let request = client.request(parts.method, format!("{behind}{path}")).headers(headers);
    let answer = request.body(body).send().await.unwrap();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    for name in ["connection", "transfer-encoding", "content-length"] {
        response.headers_mut().remove(name);
    }
    *response.body_mut() = Body::from(answer.bytes().await.unwrap());
    response
}

fn acceptor(
    certificate: tokio_rustls::rustls::pki_types::CertificateDer<'static>,
    key: &KeyPair,
) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = ["h2", "http/1.1"].map(|name| name.as_bytes().to_vec()).into();
    TlsAcceptor::from(Arc::new(config))
}

/// Listens with TLS.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Ok((stream, address)) = self.listener.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

//! Chromium's DevTools for one window, as a second client beside its driver: they tell at once what happens there, and take
//! commands without a detour.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// The events that are kept: those that `network_log` reads.
const KEPT: &[&str] = &[
    "Network.loadingFailed",
    "Network.loadingFinished",
    "Network.requestWillBeSent",
    "Network.responseReceived",
    "Network.responseReceivedExtraInfo",
    "Network.webSocketCreated",
    "Page.frameRequestedNavigation",
    "Page.navigatedWithinDocument",
];

/// The events after which a window may have come to its end, or to another page.
const NEWS: &[&str] = &[
    "Network.loadingFailed",
    "Network.loadingFinished",
    "Network.requestWillBeSent",
    "Page.frameRequestedNavigation",
    "Page.loadEventFired",
];

/// A page asks something in a window of its own, and waits for the answer.
const DIALOG: &str = "Page.javascriptDialogOpening";

/// The window has lost its page, and takes no commands any more.
const CRASHED: &str = "Inspector.targetCrashed";

/// A frame has got a process of its own.
const ATTACHED: &str = "Target.attachedToTarget";

/// How much is kept until somebody asks for it, in bytes. More than that is a page that does not let go.
const MOST_KEPT: usize = 16 << 20;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Something that happened in a window.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// The handle of the window, which is that of its outermost frame, too; empty if this happened in a frame with a process of
    /// its own.
    pub(super) window: String,
    pub(super) method: String,
    pub(super) params: Value,
}

/// Why a command has no result.
#[derive(Debug)]
pub(super) enum CallError {
    /// What the browser says.
    Refused(String),
    /// It has disconnected.
    Gone,
}

/// A connection, until it is dropped.
#[derive(Debug)]
pub(super) struct DevTools {
    calls: mpsc::UnboundedSender<Call>,
    heard: Arc<Heard>,
    task: AbortHandle,
}

#[derive(Debug)]
struct Call {
    method: &'static str,
    params: Value,
    told: oneshot::Sender<Result<Value, CallError>>,
}

#[derive(Debug, Default)]
struct Heard {
    kept: Mutex<Kept>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    events: Vec<Event>,
    bytes: usize,
}

impl Drop for DevTools {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl DevTools {
    /// Connects to the window of this handle, in the browser whose DevTools listen at `address`.
    ///
    /// # Errors
    /// Why that is not possible.
    pub(super) async fn connect(address: &str, window: &str) -> Result<Self, String> {
        let socket = connect(address, window).await?;
        let (calls, called) = mpsc::unbounded_channel();
        let heard = Arc::<Heard>::default();
        let line = Line {
            socket,
            window: window.to_owned(),
            heard: heard.clone(),
            open: BTreeMap::new(),
            number: 0,
        };
        let task = tokio::spawn(line.attend(called)).abort_handle();
        Ok(Self { calls, heard, task })
    }

    /// Has the browser tell what happens in the window and in its frames, which may have processes of their own.
    ///
    /// # Errors
    /// When the browser refuses that, or is gone.
    pub(super) async fn listen(&self) -> Result<(), CallError> {
        let frames = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        for (method, params) in [
            ("Network.enable", json!({})),
            ("Page.enable", json!({})),
            ("Inspector.enable", json!({})),
            ("Target.setAutoAttach", frames),
        ] {
            self.call(method, params).await?;
        }
        Ok(())
    }

    /// Gives a command, and waits for its result. Commands are carried out in the order in which they are given.
    ///
    /// # Errors
    /// When the browser refuses it, or is gone.
    pub(super) async fn call(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Value, CallError> {
        let (told, result) = oneshot::channel();
        let _ = self.calls.send(Call { method, params, told });
        result.await.unwrap_or(Err(CallError::Gone))
    }

    /// What has happened since the last call, as far as it is known. Whatever happened before a command was carried out is
    /// known once that has its result.
    pub(super) fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.heard.kept()).events
    }

    /// Waits until something happens in the window.
    pub(super) async fn news(&self) {
        self.heard.news.notified().await;
    }
}

impl Heard {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is at the other end of the calls.
struct Line {
    socket: Socket,
    window: String,
    heard: Arc<Heard>,
    /// Who waits for a result, by the number of the command.
    open: BTreeMap<u64, oneshot::Sender<Result<Value, CallError>>>,
    number: u64,
}

/// What every message has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
}

impl Line {
    /// Passes on commands and what the browser says, until either end is gone, or the page.
    async fn attend(mut self, mut called: mpsc::UnboundedReceiver<Call>) {
        loop {
            let done = tokio::select! {
                call = called.recv() => match call {
                    Some(call) => self.pass_on(call).await,
                    None => None,
                },
                said = hear_text(&mut self.socket) => match said {
                    Some(said) => self.take(&said).await,
                    None => None,
                },
            };
            if done.is_none() {
                return;
            }
        }
    }

    async fn pass_on(&mut self, Call { method, params, told }: Call) -> Option<()> {
        self.number += 1;
        self.open.insert(self.number, told);
        send(&mut self.socket, self.number, method, params).await.ok()
    }

    async fn take(&mut self, said: &str) -> Option<()> {
        let Ok(head) = serde_json::from_str::<Head<'_>>(said) else { return Some(()) };
        let Some(method) = head.method else {
            let told = head.id.and_then(|id| self.open.remove(&id));
            if let (Some(told), Ok(said)) = (told, serde_json::from_str(said)) {
                // Nobody waits any more if that took too long.
                let _ = told.send(result(said));
            }
            return Some(());
        };
        if method == CRASHED {
            return None;
        } else if method == DIALOG {
            self.dismiss(&params(said)?).await?;
        } else if method == ATTACHED {
            self.attend_to(&params(said)?).await?;
        } else if KEPT.contains(&method.as_ref()) {
            let window = if head.session_id.is_some() { "" } else { self.window.as_str() };
            self.keep(window, &method, said)?;
        }
        if NEWS.contains(&method.as_ref()) {
            self.heard.news.notify_one();
        }
        Some(())
    }

    fn keep(&self, window: &str, method: &str, said: &str) -> Option<()> {
        let (window, method) = (window.to_owned(), method.to_owned());
        let event = Event { window, method, params: params(said)? };
        let mut kept = self.heard.kept();
        kept.events.push(event);
        kept.bytes += said.len();
        (kept.bytes <= MOST_KEPT).then_some(())
    }

    /// Listens to a frame that has got a process of its own, which waits for that, and lets anything else begin.
    async fn attend_to(&mut self, attached: &Value) -> Option<()> {
        let is_frame = attached["targetInfo"]["type"] == "iframe";
        let listen = is_frame.then_some("Network.enable");
        for method in listen.into_iter().chain(["Runtime.runIfWaitingForDebugger"]) {
            self.number += 1;
            let session = &attached["sessionId"];
            let call = json!({ "id": self.number, "method": method, "sessionId": session });
            self.socket.send(Message::text(call.to_string())).await.ok()?;
        }
        Some(())
    }

    /// Whoever is asked says no, but leaves a page that wants to keep its user.
    async fn dismiss(&mut self, dialog: &Value) -> Option<()> {
        self.number += 1;
        let accept = json!({ "accept": dialog["type"] == "beforeunload" });
        send(&mut self.socket, self.number, "Page.handleJavaScriptDialog", accept).await.ok()
    }
}

/// The parameters of an event.
fn params(said: &str) -> Option<Value> {
    let mut said: Value = serde_json::from_str(said).ok()?;
    Some(said["params"].take())
}

/// The result of a command.
fn result(mut said: Value) -> Result<Value, CallError> {
    match said["error"]["message"].as_str() {
        Some(why) => Err(CallError::Refused(why.to_owned())),
        None => Ok(said["result"].take()),
    }
}

/// Connects to the DevTools of a window.
///
/// # Errors
/// Why that is not possible.
pub(super) async fn connect(address: &str, window: &str) -> Result<Socket, String> {
    let page = format!("ws://{address}/devtools/page/{window}");
    let (socket, _) =
        connect_async_with_config(page, None, true).await.map_err(|error| error.to_string())?;
    Ok(socket)
}

/// Gives a command.
///
/// # Errors
/// When the browser is gone.
pub(super) async fn send(
    socket: &mut Socket,
    id: u64,
    method: &str,
    params: Value,
) -> Result<(), String> {
    let text = json!({ "id": id, "method": method, "params": params }).to_string();
    socket.send(Message::text(text)).await.map_err(|error| error.to_string())
}

/// The next message from the browser, or `None` once it has disconnected.
pub(super) async fn hear(socket: &mut Socket) -> Option<Value> {
    serde_json::from_str(hear_text(socket).await?.as_str()).ok()
}

async fn hear_text(socket: &mut Socket) -> Option<Utf8Bytes> {
    loop {
        if let Message::Text(text) = socket.next().await?.ok()? {
            return Some(text);
        }
    }
}

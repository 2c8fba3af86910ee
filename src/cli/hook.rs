//! Starts the server of a test, on free ports.

use std::any::Any;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::honest::Reserved;
use tokio::runtime::Handle;

use crate::target::{Client, Ports, Target, User};

/// What the start hook gets.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// Listens on the port of 127.0.0.1 that the target file calls `{port}`. It is non-blocking, as
    /// tokio requires; drop it first if the server must bind the port itself.
    pub listener: TcpListener,
    /// The issuer identifier, exactly as in the target file (RFC8414 §2).
    pub issuer: String,
    /// The clients to register, in the order of the target file.
    pub clients: Vec<Client>,
    /// The users to create, in the order of the target file.
    pub users: Vec<User>,
}

/// Starts a server; the returned value is kept until the end of the run.
pub(super) type Start = dyn FnOnce(Setup, &Handle) -> Result<Guard, String> + Send;

/// Stops the server when dropped.
pub(super) type Guard = Box<dyn Any + Send>;

/// A server that is not yet started.
pub(super) struct Hook(pub(super) Box<Start>);

/// Reserved ports: one to listen on, one for the redirect URIs of clients.
pub(super) struct Reservation {
    listener: TcpListener,
    /// Keeps the port reserved for the callback listener.
    callback: Reserved,
    pub(super) ports: Ports,
}

impl Reservation {
    /// Reserves two free ports.
    pub(super) fn take() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let callback = Reserved::new(0)?;
        let ports = Ports { server: listener.local_addr()?.port(), callback: callback.port() };
        Ok(Self { listener, callback, ports })
    }
}

impl Hook {
    /// Starts the server of the target; it stops when the returned value is dropped.
    ///
    /// # Errors
    /// Why the server did not start, as a fragment.
    pub(super) fn call(
        self,
        reserved: Reservation,
        target: &Target,
        runtime: &Handle,
    ) -> Result<Guard, String> {
        let setup = Setup {
            listener: reserved.listener,
            issuer: target.issuer.text.clone(),
            clients: target.clients.clone(),
            users: target.users.clone(),
        };
        let start = || (self.0)(setup, runtime);
        let guard = catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
            let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(format!("it panicked: {}", said.unwrap_or_default()))
        });
        let guard = guard.map_err(|why| format!("the server did not start: {why}"))?;
        Ok(Box::new((guard, reserved.callback)))
    }
}

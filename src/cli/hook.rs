//! Starting the server of a test, on ports of its own.

use std::any::Any;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::honest::Reserved;
use tokio::runtime::Handle;

use crate::target::{Client, Ports, Target, User};

/// What a server is started with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// Listens on the port of 127.0.0.1 that the target file calls `{port}`. It does not block, as
    /// tokio wants it; a server that insists on binding its port itself drops this first.
    pub listener: TcpListener,
    /// The issuer identifier, exactly as the target file says it (RFC8414 §2).
    pub issuer: String,
    /// The clients that are to be registered, in the order of the target file.
    pub clients: Vec<Client>,
    /// Who is to be able to sign in, in the order of the target file.
    pub users: Vec<User>,
}

/// Starts a server; what it returns is kept until the run is over.
pub(super) type Start = dyn FnOnce(Setup, &Handle) -> Result<Guard, String> + Send;

/// Ends the server when it is dropped.
pub(super) type Guard = Box<dyn Any + Send>;

/// A server that is yet to be started.
pub(super) struct Hook(pub(super) Box<Start>);

/// Ports that nobody else can have: one to listen on, one for the redirect URIs of clients.
pub(super) struct Reservation {
    listener: TcpListener,
    /// Held so that nobody else takes it; who binds it with us may still listen on it.
    callback: Reserved,
    pub(super) ports: Ports,
}

impl Reservation {
    /// Takes two ports that are free.
    pub(super) fn take() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let callback = Reserved::new(0)?;
        let ports = Ports { server: listener.local_addr()?.port(), callback: callback.port() };
        Ok(Self { listener, callback, ports })
    }
}

impl Hook {
    /// Starts the server of the target; it ends when what is returned is dropped.
    ///
    /// # Errors
    /// Why there is no server, as a fragment.
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

//! Runs every authspec case as a test of this server, which is started first, in this process.

use std::process::ExitCode;

use authspec::Harness;
use oxide_auth_example::{Registered, registrar, router};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

fn main() -> ExitCode {
    Harness::new("tests/target.toml")
        .start(async |setup| {
            let clients = setup.clients.iter().map(|client| Registered {
                id: &client.id,
                secret: (!client.is_public()).then_some(&client.secret),
                redirect_uris: &client.redirect_uris,
                scope: &client.scope,
            });
            let registrar = registrar(&clients.collect::<Vec<_>>())?;
            let users = setup.users.into_iter().map(|user| (user.name, user.password));
            let app = router(registrar, users);
            let listener = TcpListener::from_std(setup.listener)?;
            let mut server = JoinSet::new();
            server.spawn(async move { axum::serve(listener, app).await });
            Ok(server)
        })
        .run()
}

//! The secret of a client, in each form in which it is sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::oauth::request::Authentication;
use crate::target::Client;
use crate::wire::Names;

/// Names the secret, by itself and in Basic authentication.
pub(super) fn name(client: &Client, names: &mut Names) {
    const NAME: &str = "client.secret";
    names.add_secret(&client.secret, NAME);
    let (id, secret) = (client.id.clone(), client.secret.clone());
    let header = Authentication::Basic { id, secret }.header().unwrap_or_default();
    names.add(header.split(' ').next_back().unwrap_or_default(), NAME);
    let bare = STANDARD.encode(format!("{}:{}", client.id, client.secret));
    names.add(&bare, NAME);
}

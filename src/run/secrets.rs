//! The secrets of a target, which no text of a run may reveal.

use super::client_secret;
use super::perform::PerformContext;
use super::received::name_received;
use super::transcript::Transcript;
use super::values::Values;
use crate::oauth::jws::Signer;
use crate::oauth::signing::PrivateKey;
use crate::suite::Case;
use crate::target::{KeyRotation, Otp, Passkey, Target};
use crate::wire::Names;

/// Names the secrets of all clients, in each form in which they are sent, and the passwords of all
/// users.
pub(super) fn name_secrets(target: &Target, names: &mut Names) {
    for client in &target.clients {
        client_secret::name(client, names);
        let key = client.signer.iter().filter_map(Signer::key);
        key.flat_map(PrivateKey::secrets).for_each(|part| names.add_secret(part, "client.key"));
        let secrets = client.extra_params.secrets.iter();
        secrets.for_each(|(name, value)| names.add_secret(value, name));
    }
    if let Some(token) = &target.registration_token {
        names.add_secret(token, "registration.token");
    }
    // Whoever knows it can rotate the keys.
    if let Some(KeyRotation::Post(url)) = &target.rotate_keys {
        names.add_secret(url, "rotate_keys");
    }
    for (name, value) in &target.headers {
        names.add_secret(value, name);
    }
    for user in &target.users {
        names.add_secret(&user.password, "user.password");
        let otp = user.otp.iter().flat_map(Otp::secrets);
        otp.for_each(|secret| names.add_secret(&secret, "user.otp"));
        let keys = user.passkey.iter().flat_map(Passkey::credentials);
        keys.for_each(|key| names.add_secret(&key.private_key, "user.passkey"));
    }
}

impl PerformContext<'_> {
    /// What is redacted in a transcript that is not part of the results.
    pub(super) fn names_of(&self, case: &Case, transcript: &Transcript, values: &Values) -> Names {
        let mut names = Names::default();
        name_secrets(self.target, &mut names);
        values.name(&mut names);
        values.name_made(case, &mut names);
        name_received(transcript, &mut names);
        names
    }
}

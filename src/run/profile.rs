//! Clients that a ruleset is not about, such as public ones where a profile allows none.

use crate::suite::ClientProfile;
use crate::target::Client;

/// Why no case of a ruleset that is about these clients is applicable to this one.
pub(super) fn unfit(profile: &ClientProfile, client: &Client) -> Option<String> {
    let auth = (!profile.auth.contains(&client.auth), "auth", client.auth.name());
    let request = !profile.request.contains(&client.request) && client.visits();
    let request = (request, "request", client.request.name());
    let tokens = (!profile.tokens.contains(&client.tokens), "tokens", client.tokens.name());
    let wanted = [
        profile.auth.iter().map(|it| it.name()).collect::<Vec<_>>(),
        profile.request.iter().map(|it| it.name()).collect(),
        profile.tokens.iter().map(|it| it.name()).collect(),
    ];
    let mut compared = [auth, request, tokens].into_iter().zip(wanted);
    let ((_, key, value), wanted) =
        compared.find(|((differs, ..), wanted)| *differs && !wanted.is_empty())?;
    Some(format!(
        "the ruleset is about clients with `{key}` {}, and the client {} has {value}",
        wanted.join(" or "),
        client.name
    ))
}

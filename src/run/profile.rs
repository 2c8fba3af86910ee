//! Clients that a ruleset is not about, such as public ones where a profile allows none.

use crate::oauth::{AuthMethod, RequestForm, TokenKind};
use crate::suite::ClientProfile;
use crate::target::Client;

/// Why no case of a ruleset that is about these clients is applicable to this one.
pub(super) fn unfit(profile: &ClientProfile, client: &Client) -> Option<String> {
    let differs = |key: &str, wanted: Vec<&str>, value: &str| {
        (!wanted.is_empty() && !wanted.contains(&value)).then(|| {
            format!(
                "the ruleset is about clients with `{key}` {}, and the client {} has {value}",
                wanted.join(" or "),
                client.name
            )
        })
    };
    let auth = profile.auth.iter().copied().map(AuthMethod::name).collect();
    let request = profile.request.iter().copied().map(RequestForm::name).collect();
    let tokens = profile.tokens.iter().copied().map(TokenKind::name).collect();
    differs("auth", auth, client.auth.name())
        .or_else(|| differs("request", request, client.request.name()).filter(|_| client.visits()))
        .or_else(|| differs("tokens", tokens, client.tokens.name()))
}

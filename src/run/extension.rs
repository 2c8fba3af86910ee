//! What the target file must say of a client for cases about resources and authorization details.

use crate::suite::Placeholder;
use crate::target::Client;

/// What the client lacks for this value.
pub(super) fn lacking(placeholder: Placeholder, client: &Client) -> Option<&'static str> {
    let (resources, details) =
        (&client.extensions.resources, &client.extensions.authorization_details);
    let (has, why) = match placeholder {
        Placeholder::Resource => (!resources.is_empty(), "no `resources` in the target file"),
        Placeholder::AnotherResource => {
            (resources.len() > 1, "no second of the `resources` in the target file")
        }
        Placeholder::DetailsSecond => {
            (details.len() > 1, "no second of the `authorization_details` in the target file")
        }
        Placeholder::Details
        | Placeholder::DetailsFirst
        | Placeholder::DetailsUntyped
        | Placeholder::DetailsWithMore
        | Placeholder::DetailsOfWrongType => {
            (!details.is_empty(), "no `authorization_details` in the target file")
        }
        _ => return None,
    };
    (!has).then_some(why)
}

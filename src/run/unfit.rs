//! Why no client fits a case, if several were looked at.

/// The reasons of several clients, by name, as one: clients that lack the same are told together.
pub(super) fn together(reasons: &[(&str, String)]) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut others: Vec<(String, &str, Vec<&str>)> = Vec::new();
    for (client, reason) in reasons {
        match reason.strip_prefix(&format!("the client {client} has ")) {
            Some(lack) => match groups.iter_mut().find(|(known, _)| *known == lack) {
                Some((_, clients)) => clients.push(client),
                None => groups.push((lack, vec![client])),
            },
            None => {
                let alike = reason.replace(&format!("client {client} "), "client ");
                let alike =
                    alike.strip_suffix(&format!(" client {client}")).unwrap_or(&alike).to_owned();
                match others.iter_mut().find(|(known, ..)| *known == alike) {
                    Some((.., clients)) => clients.push(client),
                    None => others.push((alike, reason, Vec::new())),
                }
            }
        }
    }
    let told = groups.iter().map(|(lack, clients)| match clients.as_slice() {
        [client] => format!("the client {client} has {lack}"),
        clients => format!("the clients {} have {lack}", clients.join(", ")),
    });
    let others = others.iter().map(|(alike, reason, clients)| match clients.as_slice() {
        // It names no client.
        clients if alike == reason || clients.is_empty() => (*reason).to_owned(),
        clients => format!("{reason} (the same for {})", clients.join(", ")),
    });
    told.chain(others).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_named_once() {
        let of =
            |client: &'static str, lack: &str| (client, format!("the client {client} has {lack}"));
        let same = [of("native", "no secret"), of("desktop", "no secret")];
        assert_eq!(together(&same), "the clients native, desktop have no secret");
        assert_eq!(together(&same[..1]), "the client native has no secret");
        let nobody = "the target file has no user".to_owned();
        let all = [of("native", "no secret"), ("web", nobody.clone()), ("other", nobody)];
        assert_eq!(together(&all), "the client native has no secret; the target file has no user");
        let idle = |client: &'static str| (client, format!("the client {client} signs in nobody"));
        let ends =
            |client: &'static str| (client, format!("no key is listed for the client {client}"));
        let told = "no key is listed for the client shop (the same for till)";
        assert_eq!(together(&[ends("shop"), ends("till")]), told);
        let told = "the client shop signs in nobody (the same for till)";
        assert_eq!(together(&[idle("shop"), idle("till")]), told);
    }
}

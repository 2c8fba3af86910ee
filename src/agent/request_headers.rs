//! Header fields that a browser sends only to the server.
//!
//! WebDriver has no command for them, and Chromium's command for extra header fields
//! (`Network.setExtraHTTPHeaders`) is not limited to an origin: other sites' pages and the
//! applications at redirect URIs would get them too. Requests to the server's origins are therefore
//! paused (`Fetch.enable`) and continue with the fields, redirects included.

use serde_json::{Value, json};
use tokio::task::{AbortHandle, JoinHandle};

use super::devtools::{connect, hear, send};
use crate::wire::ServerHeaders;

/// Adds the fields to the requests of one window, until it is dropped.
#[derive(Debug)]
pub(super) struct RequestHeaders(AbortHandle);

impl Drop for RequestHeaders {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RequestHeaders {
    /// Starts with the window of this handle, in the browser whose DevTools listen at `address`.
    ///
    /// # Errors
    /// What the browser reports instead.
    pub(super) async fn add(
        address: &str,
        window: &str,
        headers: &ServerHeaders,
    ) -> Result<Self, String> {
        let mut socket = connect(address, window).await?;
        let origins = headers.origins();
        let patterns: Vec<_> =
            origins.iter().map(|origin| json!({ "urlPattern": format!("{origin}/*") })).collect();
        send(&mut socket, 0, "Fetch.enable", json!({ "patterns": patterns })).await?;
        loop {
            let said = hear(&mut socket).await.ok_or("it hangs up")?;
            if said["id"] == 0 {
                match said.get("error") {
                    Some(error) => return Err(error["message"].to_string()),
                    None => break,
                }
            }
        }
        let fields = headers.fields().to_vec();
        let task: JoinHandle<()> = tokio::spawn(async move {
            let mut number = 0;
            while let Some(said) = hear(&mut socket).await {
                if said["method"] != "Fetch.requestPaused" {
                    continue;
                }
                number += 1;
                let go_on = continued(&said["params"], &fields);
                if send(&mut socket, number, "Fetch.continueRequest", go_on).await.is_err() {
                    return;
                }
            }
        });
        Ok(Self(task.abort_handle()))
    }
}

/// How a paused request continues: with its own fields, and those that it lacks.
fn continued(paused: &Value, fields: &[(String, String)]) -> Value {
    let own: Vec<(&str, &str)> = paused["request"]["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect();
    let is_new = |name: &str| !own.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let ours = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let ours = ours.filter(|(name, _)| is_new(name));
    let headers: Vec<_> = own
        .iter()
        .copied()
        .chain(ours)
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({ "requestId": paused["requestId"], "headers": headers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_on_with_what_it_lacks() {
        let paused = json!({
            "requestId": "7",
            "request": { "headers": { "Accept": "text/html", "X-Own": "1" } },
        });
        let fields = [("x-own", "2"), ("x-api-key", "k")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = json!([
            { "name": "Accept", "value": "text/html" },
            { "name": "X-Own", "value": "1" },
            { "name": "x-api-key", "value": "k" },
        ]);
        assert_eq!(continued(&paused, &fields), json!({ "requestId": "7", "headers": headers }));
    }
}

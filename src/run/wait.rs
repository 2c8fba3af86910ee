//! Waits until something has expired.

use std::time::Duration;

use super::perform::PerformContext;
use super::values::Values;
use crate::source::DurationText;
use crate::suite::Lifetime;
use crate::wire::{Blocked, Phase};

/// The additional waiting time: clocks show whole seconds, and differ.
const MARGIN: Duration = Duration::from_secs(2);

/// The same at a resource, which may have another clock than the server that has issued the token, and allow for a few
/// minutes of difference (RFC7519 §4.1.4).
const LEEWAY: Duration = Duration::from_secs(180);

impl PerformContext<'_> {
    /// Waits until the value must have expired. The error says why that would take too long.
    pub(super) async fn wait(
        &self,
        lifetime: Lifetime,
        most: DurationText,
        values: &Values,
    ) -> Result<(), Blocked> {
        let known = &self.target.lifetime;
        let lives = match lifetime {
            Lifetime::Code => known.code,
            Lifetime::RequestUri => values.expires_in().map(DurationText),
            Lifetime::AccessToken => values.expires_in().map(DurationText).or(known.access_token),
        };
        let lives = lives.unwrap_or(most);
        if lives > most {
            return Err(Blocked::OutlivesUs(format!("the {lifetime} lives {lives}")));
        }
        let _waiting = Phase::Pause.enter();
        let is_at_resource = lifetime == Lifetime::AccessToken && self.target.resource.is_some();
        let margin = if is_at_resource { LEEWAY } else { MARGIN };
        tokio::time::sleep(lives.0 + margin).await;
        Ok(())
    }
}

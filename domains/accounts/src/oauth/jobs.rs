//! Cleaning up after sign-ins that nobody finished.

use super::store;
use kernel::{App, Result, jobs::Job};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Forgets flows and hand-over codes that have expired.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForgetFlows;

impl Job for ForgetFlows {
    const KIND: &'static str = "forget_oauth_flows";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        tx.run(store::forget_flows(now)).await?;
        tx.run(store::forget_codes(now)).await?;
        Ok(tx.commit().await?)
    }
}

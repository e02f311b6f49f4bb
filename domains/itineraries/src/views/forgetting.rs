//! Forgetting who looked.

use super::store;
use kernel::{App, Result, jobs::Job};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Forgets the viewers of days that are over, every hour. Yesterday's stay for a batch that waited over midnight.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForgetViews {}

/// As many in a transaction: a day has millions, and others write meanwhile.
const TOGETHER: u64 = 2_000;

impl Job for ForgetViews {
    const KIND: &'static str = "forget_views";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let day = app.clock.now().minus(Duration::from_hours(24)).day();
        if store::forget(&mut tx, day, TOGETHER).await? == TOGETHER {
            tx.enqueue(&self)?;
        }
        Ok(tx.commit().await?)
    }
}

//! The kernel's own schedule: rows that nobody will read again.

use super::Job;
use crate::{App, Result, db, http};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Forgets old changes and idempotency keys, every ten minutes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Housekeeping;

impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        tx.run(db::forget_changes(now)).await?;
        tx.run(http::forget_idempotency_keys(now)).await?;
        Ok(tx.commit().await?)
    }
}

//! What a domain tells the others, without knowing who listens: siblings never import each other.
//!
//! `tx.happened("itinerary_rated", id)` becomes a job of the same transaction; when it runs, it queues the job of every
//! listener that was registered with [`Jobs::on_event`](crate::jobs::Jobs::on_event). What must be true in the same
//! transaction cannot be told this way: that is a table of the writer, which readers join.

use crate::{App, Result, jobs::Job};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something happened to a thing. It is a job like others, and a program that has listeners knows it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Happened {
    /// Its name, such as `itinerary_rated`.
    pub(crate) event: String,
    /// The id of the thing.
    pub(crate) about: Uuid,
    /// Whether this is the second time that it is told, for requests that were on their way at the first.
    #[serde(default)]
    pub(crate) again: bool,
}

impl Job for Happened {
    const KIND: &'static str = "event";

    fn unique_key(&self) -> Option<String> {
        // The first time must not be put off to the second.
        (!self.again).then(|| format!("{}:{}", self.event, self.about))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        for listener in app.jobs.listeners(&self.event) {
            tx.queue(listener(self.about, &app.clock, &app.ids)?);
        }
        Ok(tx.commit().await?)
    }
}

//! What happens to figures when something happened to those who wrote, or who found it helpful.

use crate::{
    api::announce,
    model::{IntelId, ItineraryId},
    store,
};
use accounts::Votes;
use kernel::{
    App, Result,
    auth::TravelerId,
    db::{Sql, Tx},
    jobs::Job,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody was banned, is back, or left: takes what they wrote, and their threads, out of the figures of trips, or brings
/// it back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecountIntel {
    writer: TravelerId,
    /// The last trip that was looked at; a brigade writes about many.
    after: ItineraryId,
}

impl From<Uuid> for RecountIntel {
    fn from(writer: Uuid) -> Self {
        Self { writer: TravelerId(writer), after: ItineraryId(Uuid::nil()) }
    }
}

/// Trips in a transaction.
const BATCH: i64 = 20;

impl Job for RecountIntel {
    const KIND: &'static str = "recount_travel_intel";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{} {}", self.writer, self.after))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let trips = store::written_about(&mut tx, self.writer, self.after, BATCH).await?;
        for trip in &trips {
            if store::recount(&mut tx, self.writer, *trip).await? {
                announce(&mut tx, *trip)?;
            }
        }
        if i64::try_from(trips.len()).is_ok_and(|n| n == BATCH)
            && let Some(after) = trips.last().copied()
        {
            tx.enqueue(&Self { after, ..self })?;
        }
        Ok(tx.commit().await?)
    }
}

/// Votes on how helpful intel is.
pub(crate) struct OnIntel;

impl Votes for OnIntel {
    const KIND: &'static str = "recount_travel_intel_votes";
    const TABLE: &'static str = "travel_intel_votes";
    const THING: &'static str = "intel_id";
    const IS_FOR: &'static str = "v.is_helpful";

    fn hold() -> Sql {
        store::hold_voted()
    }

    fn count() -> Sql {
        store::count_votes()
    }

    fn mark() -> Sql {
        store::mark_vote()
    }

    async fn changed(tx: &mut Tx, intel: &[Uuid]) -> Result<()> {
        for trip in store::trips_of(tx, intel.iter().copied().map(IntelId)).await? {
            announce(tx, trip)?;
        }
        Ok(())
    }
}

//! What happens to votes when something happened to their voters.

use super::store;
use crate::{api, model::ItineraryId, scores};
use kernel::{App, Result, auth::TravelerId, jobs::Job};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody was banned, is back, or left: takes their votes out of the counters of trips, or brings them back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecountVotes {
    voter: TravelerId,
    /// The last trip that was looked at; a brigade votes on many.
    after: ItineraryId,
}

impl From<Uuid> for RecountVotes {
    fn from(voter: Uuid) -> Self {
        Self { voter: TravelerId(voter), after: ItineraryId(Uuid::nil()) }
    }
}

/// Trips in a transaction.
const BATCH: i64 = 100;

impl Job for RecountVotes {
    const KIND: &'static str = "recount_itinerary_votes";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{} {}", self.voter, self.after))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let trips = store::hold_voted(&mut tx, self.voter, self.after, BATCH).await?;
        let changed = store::recount(&mut tx, self.voter, &trips).await?;
        for trip in &changed {
            tx.changed(api::topic(*trip));
            scores::rescore(&mut tx, *trip)?;
        }
        if !changed.is_empty() {
            tx.changed("itineraries");
        }
        if i64::try_from(trips.len()).is_ok_and(|n| n == BATCH)
            && let Some(after) = trips.last().copied()
        {
            tx.enqueue(&Self { after, ..self })?;
        }
        Ok(tx.commit().await?)
    }
}

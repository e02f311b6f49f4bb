//! The places of trips that are older than the table of places.

use super::store;
use crate::model::ItineraryId;
use kernel::{App, Result, jobs::Job};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Enters the next trips after one, and queues itself until there are none.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FillPlaces {
    after: ItineraryId,
}

const AT_ONCE: i64 = 500;

impl Job for FillPlaces {
    const KIND: &'static str = "fill_places";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let trips = store::unfiled(&mut tx, self.after, AT_ONCE).await?;
        let Some(last) = trips.last() else { return Ok(()) };
        let rows = trips.iter().flat_map(|t| store::place_rows(t.id, &t.destination, t.proof_score)).collect();
        tx.run_many(store::enter_place(), rows).await?;
        tx.enqueue(&Self { after: last.id })?;
        tx.changed("itineraries");
        Ok(tx.commit().await?)
    }
}

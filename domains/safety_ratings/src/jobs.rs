//! What happens to ratings when something happened to their raters.

use crate::{
    model::{ItineraryId, Safety},
    store,
    store::rated,
};
use kernel::{App, Result, auth::TravelerId, jobs::Job};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody was banned, or is back: counts anew what the ratings of the trips that they rated say together.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recount {
    rater: TravelerId,
    /// The last trip that was counted; a brigade rates many.
    after: Option<ItineraryId>,
}

impl From<Uuid> for Recount {
    fn from(rater: Uuid) -> Self {
        Self { rater: TravelerId(rater), after: None }
    }
}

/// Trips in a transaction.
const BATCH: i64 = 50;

impl Job for Recount {
    const KIND: &'static str = "recount_safety_ratings";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{} {:?}", self.rater, self.after))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        // In the order of their ids, so that two of these cannot hold what the other one wants.
        let trips = store::rated_after(&mut tx, self.rater, self.after, BATCH).await?;
        for trip in &trips {
            store::hold(&mut tx, *trip).await?;
            let tallies = store::tally(&mut tx, *trip).await?;
            store::set_safety(&mut tx, *trip, Safety::of(&tallies));
            rated(&mut tx, *trip)?;
        }
        if i64::try_from(trips.len()).is_ok_and(|n| n == BATCH) {
            tx.enqueue(&Self { after: trips.last().copied(), ..self })?;
        }
        Ok(tx.commit().await?)
    }
}

//! What happens to ratings when something happened to their raters, or to those who found them helpful.

use crate::{
    model::{ItineraryId, RatingId, Safety},
    store,
    store::rated,
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

/// Votes on how helpful ratings are.
pub(crate) struct OnRatings;

impl Votes for OnRatings {
    const KIND: &'static str = "recount_safety_rating_votes";
    const TABLE: &'static str = "safety_rating_votes";
    const THING: &'static str = "rating_id";
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

    async fn changed(tx: &mut Tx, ratings: &[Uuid]) -> Result<()> {
        for trip in store::trips_of(tx, ratings.iter().copied().map(RatingId)).await? {
            rated(tx, trip)?;
        }
        Ok(())
    }
}

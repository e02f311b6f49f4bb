//! What happens to votes when something happened to their voters.

use super::store;
use crate::{api, model::ItineraryId, scores};
use accounts::Votes;
use kernel::{
    Result,
    db::{Sql, Tx},
};
use uuid::Uuid;

/// Votes for and against trips.
pub(crate) struct OnTrips;

impl Votes for OnTrips {
    const KIND: &'static str = "recount_itinerary_votes";
    const TABLE: &'static str = "itinerary_votes";
    const THING: &'static str = "itinerary_id";
    const IS_FOR: &'static str = "(v.vote_type = 'up')";

    fn hold() -> Sql {
        store::hold_voted()
    }

    fn count() -> Sql {
        store::count_sql()
    }

    fn mark() -> Sql {
        store::mark_sql()
    }

    async fn changed(tx: &mut Tx, trips: &[Uuid]) -> Result<()> {
        for trip in trips.iter().copied().map(ItineraryId) {
            tx.changed(api::topic(trip));
            scores::rescore(tx, trip)?;
        }
        tx.changed("itineraries");
        Ok(())
    }
}

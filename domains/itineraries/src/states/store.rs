//! States in the database. Each statement says what must be true for it, so that who comes second changes nothing.

use crate::{model::ItineraryId, store::feature};
use kernel::{Result, auth::TravelerId, clock::Timestamp, db::Tx, sql};

/// Publishes an author's trip, or makes it a draft; `false` when there is none. Doing it again is no change of the trip.
pub(crate) async fn publish(
    tx: &mut Tx,
    id: ItineraryId,
    author: TravelerId,
    is_published: bool,
    at: Timestamp,
) -> Result<bool> {
    let publish = sql!(
        "update itineraries
         set is_published = $3, updated_at = case when is_published = $3 then updated_at else $4 end
         where id = $1 and traveler_id = $2 and deleted_at is null"
    );
    Ok(tx.run(publish.bind(id).bind(author).bind(is_published).bind(at)).await? == 1)
}

/// Takes a trip off the show; `false` when there is none that is published.
pub(crate) async fn unfeature(tx: &mut Tx, id: ItineraryId) -> Result<bool> {
    let unfeature = sql!(
        "update itineraries set is_featured = FALSE, featured_at = null, featured_by = null
         where id = $1 and deleted_at is null and is_published = TRUE"
    );
    Ok(tx.run(unfeature.bind(id)).await? == 1)
}

/// Puts a trip on show, or takes it off when it is; `false` when there is none that is published.
pub(crate) async fn toggle_featured(tx: &mut Tx, id: ItineraryId, by: TravelerId, at: Timestamp) -> Result<bool> {
    let off = sql!(
        "update itineraries set is_featured = FALSE, featured_at = null, featured_by = null
         where id = $1 and deleted_at is null and is_published = TRUE and is_featured = TRUE"
    );
    // Of two at the same time the second waits here, and finds what the first one left.
    Ok(tx.run(off.bind(id)).await? == 1 || feature(tx, id, by, at).await?)
}

/// Gives the certificate, or takes it away; `false` when there is no such trip that is published.
pub(crate) async fn certify(tx: &mut Tx, id: ItineraryId, is_safe: bool) -> Result<bool> {
    let certify = sql!(
        "update itineraries set women_safe_certified = $2
         where id = $1 and deleted_at is null and is_published = TRUE"
    );
    Ok(tx.run(certify.bind(id).bind(is_safe)).await? == 1)
}

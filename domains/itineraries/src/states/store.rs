//! States in the database. Each statement says what must be true for it, so that who comes second changes nothing.

use crate::model::ItineraryId;
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
    // Of two at the same time the second waits here, and finds what the first one left.
    let toggle = sql!(
        "update itineraries set is_featured = not is_featured,
            featured_at = case when is_featured = TRUE then null else coalesce(featured_at, $2) end,
            featured_by = case when is_featured = TRUE then null else coalesce(featured_by, $3) end
         where id = $1 and deleted_at is null and is_published = TRUE"
    );
    Ok(tx.run(toggle.bind(id).bind(at).bind(by)).await? == 1)
}

/// Certifies a trip as safe for women; `false` when there is no such trip that is published. Who did it first stays.
pub(crate) async fn certify(tx: &mut Tx, id: ItineraryId, by: TravelerId, at: Timestamp) -> Result<bool> {
    let certify = sql!(
        "update itineraries set women_safe_certified = TRUE, women_safe_by = coalesce(women_safe_by, $2),
            women_safe_at = coalesce(women_safe_at, $3)
         where id = $1 and deleted_at is null and is_published = TRUE"
    );
    Ok(tx.run(certify.bind(id).bind(by).bind(at)).await? == 1)
}

/// Takes the certificate away; `false` when there is no such trip that is published.
pub(crate) async fn decertify(tx: &mut Tx, id: ItineraryId) -> Result<bool> {
    let decertify = sql!(
        "update itineraries set women_safe_certified = FALSE, women_safe_by = null, women_safe_at = null
         where id = $1 and deleted_at is null and is_published = TRUE"
    );
    Ok(tx.run(decertify.bind(id)).await? == 1)
}

//! Scores: how much there is behind a trip, in five parts of 0 to 20, each with the lines that it is the sum of.
//!
//! A job computes them after everything that they depend on, so no request waits for it; there is one such job a trip at
//! most, and one an author, where what is known of the author has changed. Of what others do to the trips that an author has
//! rated the night learns. Shares of a maximum (viewers, intel, trips of one author, ...) are taken of `score_maxima`, a table of one row:
//!
//! - whoever scores a trip that has more raises it in the same transaction;
//! - a walk over all trips, a hundred at a time every night, remembers the most that it meets and sets the maxima to
//!   that at its end, so that they sink again when a trip is gone. It also scores every trip anew, since a share changes
//!   when its maximum does.
//!
//! So a score is measured against maxima that are never too small, and at most a day too large, and no statement ever
//! reads more than a hundred trips.

mod jobs;
mod model;
mod part;
pub(crate) mod store;

pub(crate) use jobs::{ScoreAll, ScoreAuthor, ScoreItinerary, ScoreTrips};

use crate::model::ItineraryId;
use kernel::{Result, auth::TravelerId, db::Tx};

/// Has a trip scored after this transaction: whatever its scores depend on has changed.
pub(crate) fn rescore(tx: &mut Tx, id: ItineraryId) -> Result<()> {
    Ok(tx.enqueue(&ScoreItinerary { itinerary: id })?)
}

/// Has all trips of somebody scored after this transaction: what their scores depend on of their author has changed, such as
/// how many trips that is.
pub(crate) fn rescore_of(tx: &mut Tx, author: TravelerId) -> Result<()> {
    Ok(tx.enqueue(&ScoreAuthor::from(author.0))?)
}

/// Has many trips scored, a hundred in a transaction.
pub(crate) fn rescore_many(tx: &mut Tx, ids: Vec<ItineraryId>) -> Result<()> {
    for job in ScoreTrips::of(ids) {
        tx.enqueue(&job)?;
    }
    Ok(())
}

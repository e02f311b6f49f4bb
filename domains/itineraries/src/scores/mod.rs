//! Scores: how much there is behind a trip, in five parts of 0 to 20, each with the lines that it is the sum of.
//!
//! A job computes them after everything that they depend on, so no request waits for it; there is one such job a trip at
//! most. Shares of a maximum (viewers, intel, trips of one author, ...) are taken of `score_maxima`, a table of one row:
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

pub(crate) use jobs::{ScoreAll, ScoreItinerary};

use crate::model::ItineraryId;
use kernel::{Result, db::Tx};

/// Has a trip scored after this transaction: whatever its scores depend on has changed.
pub(crate) fn rescore(tx: &mut Tx, id: ItineraryId) -> Result<()> {
    Ok(tx.enqueue(&ScoreItinerary { itinerary: id })?)
}

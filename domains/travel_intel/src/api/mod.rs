//! The addresses of travel intel.

pub(crate) mod answering;
pub(crate) mod reading;
pub(crate) mod writing;

use crate::model::{IntelId, ItineraryId};
use kernel::{
    Error, Result,
    db::Tx,
    http::{Noun, Page},
};

fn not_found() -> Error {
    Error::NotFound(IntelId::NOUN)
}

fn no_trip() -> Error {
    Error::NotFound(ItineraryId::NOUN)
}

/// Tells the others that there is more or less intel about a trip.
fn announce(tx: &mut Tx, id: ItineraryId) -> Result<()> {
    tx.changed(format!("itinerary:{id}"));
    tx.changed("itineraries");
    Ok(tx.happened("itinerary_intel_changed", id)?)
}

/// The total, if a page that is not full tells it: one that lies beyond the end does not.
fn known_total(page: Page, seen: usize) -> Option<i64> {
    let seen = i64::try_from(seen).unwrap_or_default();
    (seen < page.limit() && (seen > 0 || page.number() == 1)).then(|| page.offset() + seen)
}

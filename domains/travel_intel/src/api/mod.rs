//! The addresses of travel intel.

pub(crate) mod answering;
pub(crate) mod hiding;
pub(crate) mod reading;
pub(crate) mod writing;

use crate::model::{IntelId, ItineraryId};
use kernel::{Error, Result, db::Tx, http::Noun};

fn not_found() -> Error {
    Error::NotFound(IntelId::NOUN)
}

fn no_trip() -> Error {
    Error::NotFound(ItineraryId::NOUN)
}

/// Tells the others that there is more or less intel about a trip.
pub(crate) fn announce(tx: &mut Tx, id: ItineraryId) -> Result<()> {
    tx.changed(format!("itinerary:{id}"));
    tx.changed("itineraries");
    Ok(tx.happened("itinerary_intel_changed", id)?)
}

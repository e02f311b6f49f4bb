//! The addresses of ratings: reading, writing and voting.

pub(crate) mod reading;
pub(crate) mod voting;
pub(crate) mod writing;

use kernel::Error;

fn no_rating() -> Error {
    Error::NotFound("Safety rating")
}

fn no_trip() -> Error {
    Error::NotFound("Itinerary")
}

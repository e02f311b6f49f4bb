//! The addresses of bookings.

pub(crate) mod booking;
pub(crate) mod moving;
pub(crate) mod reading;

use crate::bookings::model::BookingId;
use kernel::{Error, http::Noun};

fn no_booking() -> Error {
    Error::NotFound(BookingId::NOUN)
}

//! The addresses of guides.

pub(crate) mod directory;
pub(crate) mod profile;
pub(crate) mod verifying;

use crate::guides::model::GuideId;
use kernel::{Error, http::Noun};

pub(crate) fn no_guide() -> Error {
    Error::NotFound(GuideId::NOUN)
}

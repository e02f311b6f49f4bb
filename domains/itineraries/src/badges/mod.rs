//! Badges: distinctions that administrators award, one a trip. Which one a trip has stands in every view of it.

pub(crate) mod admin;
pub(crate) mod api;
mod model;
pub(crate) mod store;

pub(crate) use model::{Badge, BadgeView};

//! Saved trips: what people keep for later. Whoever saves holds the trip's row first, as voters do, so that the counter
//! and the rows change together.

pub(crate) mod api;
pub(crate) mod store;

//! Views: how often a trip was looked at, counted once a viewer and day. Counted in memory and written in batches, so
//! that a page that many look at is not a row that many wait for; reading a trip writes nothing.
//!
//! What ranks trips is how many viewers they had: travellers, and networks of the signed out, once a day each. A session is
//! whatever its client says, so an author who signs out could have any number of views, but is one viewer a network.
//!
//! The author and administrators are not counted. Who looked is kept as a keyed hash that differs every day, and
//! forgotten after the next one.

pub(crate) mod api;
mod forgetting;
mod model;
mod store;
mod waiting;

pub(crate) use forgetting::ForgetViews;
pub(crate) use waiting::Waiting;

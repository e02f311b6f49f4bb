//! Views: how often a trip was looked at, counted once a viewer and day. Counted in memory and written in batches, so
//! that a page that many look at is not a row that many wait for; reading a trip writes nothing.
//!
//! What ranks trips is how many travellers they had, each once however often they come back; of the last 90 days. Whoever is
//! signed out counts for nothing there: an author can be that from any number of places.
//!
//! The author and administrators are not counted. Who looked is kept as keyed hashes: of a view as one that differs every
//! day and is forgotten after the next one, of a traveller as one that differs for every trip.

pub(crate) mod api;
mod forgetting;
mod model;
pub(crate) mod store;
mod waiting;

pub(crate) use forgetting::{ForgetViewer, ForgetViews};
pub(crate) use waiting::Waiting;

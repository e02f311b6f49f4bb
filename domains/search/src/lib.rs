//! Search: trips and people by words.
//!
//! The indexes are written by their owners in the transactions of trips and names, so a search knows what was written a
//! moment ago. Finding is the database's work, by its own full-text index over the same words on both engines; ranking
//! is `model::rank`, so that both give the same answer in the same order. Whoever misspells a place is helped only when
//! what was typed finds nothing.
//!
//! Neither e-mail addresses nor the days of a trip are in any index.

mod api;
mod model;
mod store;
mod wire;

pub use model::SearchWords;
pub use store::{candidates_queries, similar_query};

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(api::search))
}

//! Itineraries: trips that people publish, with a route, days, tags and a budget; drafts that only their author sees.
//!
//! A published route is public, it is what people come for. When somebody travels is not: until a trip is over, others
//! get its month and no dates (`view::ItineraryView` is the only way out, and decides it).

mod api;
mod filter;
mod gpx;
mod model;
pub mod seed;
mod store;
mod view;
mod wire;

pub use model::ItineraryId;

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::list_itineraries))
        .routes(routes!(api::create_itinerary))
        .routes(routes!(api::get_itinerary))
        .routes(routes!(api::replace_itinerary))
        .routes(routes!(api::update_itinerary))
        .routes(routes!(api::delete_itinerary))
        .routes(routes!(api::feature_itinerary))
}

/// The jobs of this domain: none yet.
pub fn jobs() -> Jobs {
    Jobs::default()
}

//! Travel intel: what travelers ask, tell and warn each other of about a trip, in threads of one level. The web client
//! shows it as the comments of a trip.
//!
//! A thread belongs to whoever began it and to the trip that it is about: when one of them is hidden, so is all of it. Of
//! what was deleted nothing is left; where others replied, an empty place stays above their replies (`store::writing`).
//! The author of a trip may hide what others say under it, but nothing that warns (`api::hiding`).
//! Others than its author see a place with two decimals (`view`).

mod api;
mod filter;
mod jobs;
mod model;
pub mod seed;
mod store;
mod view;
mod wire;
mod words;

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::reading::list_travel_intel))
        .routes(routes!(api::reading::list_own_travel_intel))
        .routes(routes!(api::reading::get_travel_intel_stats))
        .routes(routes!(api::writing::create_travel_intel))
        .routes(routes!(api::reading::get_travel_intel))
        .routes(routes!(
            api::writing::replace_travel_intel,
            api::writing::update_travel_intel,
            api::writing::delete_travel_intel
        ))
        .routes(routes!(api::answering::mark_travel_intel_helpful))
        .routes(routes!(api::answering::mark_travel_intel_unhelpful))
        .routes(routes!(api::answering::respond_to_travel_intel))
        .routes(routes!(api::hiding::hide_travel_intel, api::hiding::show_travel_intel))
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on_event::<jobs::RecountIntel>("traveler_standing_changed")
        .on_event::<accounts::RecountVotes<jobs::OnIntel>>("traveler_standing_changed")
}

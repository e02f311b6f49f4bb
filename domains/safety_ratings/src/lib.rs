//! Safety ratings: how safe people found the trips of others, one rating a person and trip, with votes on how helpful it
//! is.
//!
//! What all ratings of a trip say together is kept in `itinerary_safety`, which changes in the transaction of each rating
//! and which the lists of trips join. `model::Safety` is the one formula. When somebody was at a place is theirs:
//! others get its month, once that is over (`view::RatingView` is the only way out, and decides it).

mod api;
mod filter;
mod jobs;
mod model;
pub mod seed;
mod store;
mod verified;
mod view;
mod wire;

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::reading::list_safety_ratings, api::writing::create_safety_rating))
        .routes(routes!(
            api::reading::get_safety_rating,
            api::writing::replace_safety_rating,
            api::writing::update_safety_rating,
            api::writing::delete_safety_rating
        ))
        .routes(routes!(api::reading::list_own_safety_ratings))
        .routes(routes!(api::voting::find_safety_rating_helpful))
        .routes(routes!(api::voting::find_safety_rating_unhelpful))
        .routes(routes!(api::reading::list_itinerary_ratings))
        .routes(routes!(api::writing::rate_itinerary))
        .routes(routes!(api::reading::get_itinerary_safety))
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on_event::<jobs::Recount>("traveler_standing_changed")
        .on_event::<accounts::RecountVotes<jobs::OnRatings>>("traveler_standing_changed")
        .on_event::<verified::Recheck>("itinerary_travelers_changed")
}

//! Itineraries: trips that people publish, with a route, days, tags and a budget; drafts that only their author sees.
//!
//! A published route is public, it is what people come for. When somebody travels is not: until a trip is over, others
//! get its month and no dates (`view::ItineraryView` is the only way out, and decides it).

mod api;
mod badges;
mod filter;
mod gpx;
pub mod index;
mod lists;
mod mine;
mod model;
#[cfg(test)]
mod plans;
mod saves;
mod scores;
pub mod seed;
mod spellings;
mod states;
mod store;
mod view;
mod views;
mod votes;
mod wire;

pub use mine::{FoundBy, Overlay};
pub use model::ItineraryId;
pub use store::{Found, find_many, find_many_by, push_intel_count};
pub use view::ItineraryView;

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
        .routes(routes!(states::api::unfeature_itinerary))
        .routes(routes!(states::api::publish_itinerary))
        .routes(routes!(states::api::unpublish_itinerary))
        .routes(routes!(states::api::toggle_featured_itinerary))
        .routes(routes!(states::api::certify_itinerary, states::api::decertify_itinerary))
        .routes(routes!(lists::api::list_featured_itineraries))
        .routes(routes!(lists::api::list_itineraries_by_destination))
        .routes(routes!(lists::api::list_rising_itineraries))
        .routes(routes!(lists::api::list_requested_itineraries))
        .routes(routes!(lists::api::list_itineraries_of_user))
        .routes(routes!(lists::api::list_projects_of_user))
        .routes(routes!(lists::api::list_itineraries_naming_user))
        .routes(routes!(lists::api::list_projects_naming_user))
        .routes(routes!(views::api::view_itinerary))
        .routes(routes!(votes::api::upvote_itinerary))
        .routes(routes!(votes::api::downvote_itinerary))
        .routes(routes!(votes::api::remove_vote))
        .routes(routes!(votes::api::cast_vote))
        .routes(routes!(votes::api::list_own_votes))
        .routes(routes!(votes::api::get_vote_status))
        .routes(routes!(saves::api::save_itinerary))
        .routes(routes!(saves::api::unsave_itinerary))
        .routes(routes!(saves::api::check_saved))
        .routes(routes!(saves::api::list_saved))
        .routes(routes!(saves::api::list_saved_itineraries))
        .routes(routes!(badges::api::award_badge))
        .routes(routes!(badges::api::award_badge_as_admin))
        .routes(routes!(badges::api::list_badges))
        .routes(routes!(badges::admin::api::list_all_badges))
        .routes(routes!(badges::admin::api::list_badges_as_admin))
        .routes(routes!(badges::admin::api::get_badge, badges::admin::api::update_badge, badges::api::remove_badge))
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on::<index::FillSearch>()
        .on::<lists::FillPlaces>()
        .on::<scores::ScoreItinerary>()
        .on_event::<scores::ScoreItinerary>("itinerary_rated")
        .on_event::<scores::ScoreItinerary>("itinerary_intel_changed")
        .on_event::<scores::ScoreAuthor>("traveler_profile_changed")
        .on_event::<scores::ScoreAuthor>("traveler_ratings_changed")
        .on::<scores::ScoreTrips>()
        .on_event::<accounts::RecountVotes<votes::OnTrips>>("traveler_standing_changed")
        .on_event::<views::ForgetViewer>("traveler_standing_changed")
        .every::<scores::ScoreAll>("41 3 * * *")
        .every::<spellings::ForgetSpellings>("23 4 * * *")
        .every::<views::ForgetViews>("7 * * * *")
        .in_batches::<views::Waiting>()
}

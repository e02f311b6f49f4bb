//! Leaderboards: which trips, people and tags are ahead.
//!
//! A person's standing is the sum of the proof scores of their shown trips. The database keeps it in
//! `traveler_standings`, by triggers on `itineraries` (`migrations/0016_*`), so it is true in the transaction of every
//! change, and a ranking reads the head of an index. Rankings of a week or a month add up the trips of that time from an
//! index of their own. What is ranked passes `accounts::visible_to` like everything else.

mod api;
mod model;
mod store;
mod wire;

pub use store::{Plan, plans};

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::itineraries_leaderboard))
        .routes(routes!(api::users_leaderboard_projects))
        .routes(routes!(api::users_leaderboard_builders))
        .routes(routes!(api::leaderboard_projects))
        .routes(routes!(api::leaderboard_users))
        .routes(routes!(api::leaderboard_chains))
        .routes(routes!(api::leaderboard_trending))
        .routes(routes!(api::trending::trending_tags))
        .routes(routes!(api::trending::leading_tag))
        .routes(routes!(api::trending::trending_itineraries))
        .routes(routes!(api::trending::refresh_trending))
}

//! What travellers say about their guides: once a booking that is completed or ended when it had begun, so whoever reviews was
//! there. The sum of all ratings of a guide changes in the statement that changes her mean, in the transaction of the review.

mod api;
mod jobs;
pub(crate) mod model;
pub(crate) mod store;
pub(crate) mod view;
pub(crate) mod wire;

pub(crate) use jobs::jobs;

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::list_guide_reviews, api::review_guide))
        .routes(routes!(api::create_review))
        .routes(routes!(api::update_review, api::delete_review))
        .routes(routes!(api::find_review_helpful, api::unfind_review_helpful))
        .routes(routes!(api::answer_review))
}

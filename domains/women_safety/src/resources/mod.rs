//! What helps: numbers, addresses and advice for a place, a country or everywhere, each with its source and the day on which
//! somebody last looked whether it is still so. Administrators write them. Everybody reads them, and reading writes nothing.

mod api;
pub mod known;
mod model;
pub mod seed;
mod store;
mod view;
mod wire;

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of resources.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::list_resources))
        .routes(routes!(api::get_resource))
        .routes(routes!(api::mark_resource_helpful))
        .routes(routes!(api::list_all_resources, api::create_resource))
        .routes(routes!(api::get_any_resource, api::replace_resource, api::update_resource, api::retire_resource))
}

//! Guides: who offers to guide others, the directory of them, and their verification by administrators.

pub(crate) mod api;
mod filter;
mod jobs;
pub(crate) mod model;
mod plans;
pub(crate) mod store;
pub(crate) mod view;
pub(crate) mod wire;

pub(crate) use jobs::jobs;
pub use plans::plans;

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::directory::list_guides))
        .routes(routes!(
            api::profile::get_own_guide,
            api::profile::create_guide,
            api::profile::update_guide,
            api::profile::withdraw_guide
        ))
        .routes(routes!(api::profile::set_guide_availability))
        .routes(routes!(api::directory::get_guide))
        .routes(routes!(api::verifying::verify_guide, api::verifying::unverify_guide))
}

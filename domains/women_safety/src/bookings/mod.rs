//! Bookings of guides: a request, its answer, and how it ends. What may follow what is `model::after`; two confirmations of
//! one day are decided by the primary key of `guide_days`.

mod api;
mod jobs;
pub(crate) mod model;
pub(crate) mod store;
mod view;
pub(crate) mod wire;

pub(crate) use jobs::jobs;

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::booking::book_guide))
        .routes(routes!(api::booking::create_booking, api::reading::list_own_bookings))
        .routes(routes!(api::reading::list_guests_bookings))
        .routes(routes!(api::reading::get_booking, api::booking::update_booking, api::moving::delete_booking))
        .routes(routes!(api::booking::share_emergency_contacts))
        .routes(routes!(api::moving::confirm_booking))
        .routes(routes!(api::moving::decline_booking))
        .routes(routes!(api::moving::cancel_booking))
        .routes(routes!(api::moving::complete_booking))
        .routes(routes!(api::moving::report_no_show))
}

//! Women travelling safely: guides, their bookings and reviews; resources, settings and calls for help.

mod bookings;
mod guides;
mod reviews;
pub mod seed;
mod words;

pub use guides::plans;

use kernel::{App, jobs::Jobs};
use utoipa_axum::router::OpenApiRouter;

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(guides::router()).merge(bookings::router()).merge(reviews::router())
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default().merge(bookings::jobs())
}

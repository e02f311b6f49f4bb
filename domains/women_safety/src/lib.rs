//! Women travelling safely: guides, their bookings and reviews; resources, settings and calls for help.

mod alerts;
mod bookings;
mod guides;
mod resources;
mod reviews;
pub mod seed;
mod settings;
mod words;

pub use guides::plans;
pub use resources::{known as known_resources, seed as resource_seed};

use kernel::{App, crypto::SealedTable, jobs::Jobs};
use utoipa_axum::router::OpenApiRouter;

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(guides::router())
        .merge(bookings::router())
        .merge(reviews::router())
        .merge(resources::router())
        .merge(settings::router())
        .merge(alerts::router())
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
        .merge(guides::jobs())
        .merge(bookings::jobs())
        .merge(reviews::jobs())
        .merge(settings::jobs())
        .merge(alerts::jobs())
}

/// The tables of this domain with encrypted columns.
pub fn sealed() -> Vec<&'static SealedTable> {
    vec![&settings::SEALED, &alerts::SEALED, &alerts::SEALED_RECIPIENTS]
}

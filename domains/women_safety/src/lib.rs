//! Women travelling safely: guides, their bookings and reviews; resources, settings and calls for help.

use kernel::{App, jobs::Jobs};
use utoipa_axum::router::OpenApiRouter;

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
}

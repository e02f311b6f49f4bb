//! Groups that travel together: who may know of one, who belongs to it, and its seats.

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

//! Travellers as others find them: by the words of their names or by a whole one, never by an e-mail address.
//!
//! The index (`traveler_names`) is written by `accounts` in the transaction that writes the names; here it is read.

mod api;
mod model;
mod store;
mod wire;

pub use model::NameQuery;
pub use store::{FoundPerson, find_people, people_query, person_query};

use kernel::App;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(api::search_users)).routes(routes!(api::get_user))
}

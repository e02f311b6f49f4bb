//! What comes in and goes out.

use crate::store::FoundPerson;
use accounts::AuthorCard;
use kernel::auth::TravelerId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whom to look for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserSearch {
    /// The beginnings of words of a username or display name, at least 2 characters; whatever their case and accents.
    #[param(example = "ash")]
    pub q: Option<String>,
    /// How many, 1 to 50. What cannot be read counts as the default, 10.
    #[serde(default)]
    #[param(value_type = Option<i64>, example = 10)]
    pub limit: Vec<String>,
}

/// A person in a list to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserChoice {
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(example = "asha_rao")]
    username: String,
    /// The name on cards.
    #[schema(example = "Asha Rao")]
    display_name: String,
    /// Always null: nobody learns the address of another.
    #[schema(value_type = Option<String>, example = json!(null))]
    email: (),
    /// A picture.
    #[schema(example = "https://images.example.org/asha.jpg")]
    avatar_url: Option<String>,
    /// Whether they proved that their e-mail address is theirs.
    #[schema(example = true)]
    is_verified: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    has_oxcert: bool,
}

impl From<FoundPerson> for UserChoice {
    fn from(person: FoundPerson) -> Self {
        Self {
            id: person.card.id,
            username: person.card.username,
            display_name: person.card.display_name,
            email: (),
            avatar_url: person.card.avatar_url,
            is_verified: person.email_verified,
            has_oxcert: false,
        }
    }
}

/// Somebody as everybody sees them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profile {
    #[serde(flatten)]
    card: AuthorCard,
    /// Always null: nobody learns the address of another.
    #[schema(value_type = Option<String>, example = json!(null))]
    email: (),
    /// Whether they proved that their e-mail address is theirs.
    #[schema(example = true)]
    email_verified: bool,
    /// The sum of the proof scores of their published trips, rounded.
    #[schema(example = 184)]
    karma: i64,
    /// How many trips they published.
    #[schema(example = 3)]
    project_count: i64,
    /// The same as `project_count`.
    #[schema(example = 3)]
    itinerary_count: i64,
    /// Not shown; always false.
    #[schema(example = false)]
    github_connected: bool,
    /// Not shown; always null.
    #[schema(value_type = Option<String>, example = json!(null))]
    github_username: (),
    /// Not kept; always false.
    #[schema(example = false)]
    has_oxcert: bool,
}

impl From<FoundPerson> for Profile {
    fn from(person: FoundPerson) -> Self {
        Self {
            karma: person.karma(),
            card: person.card,
            email: (),
            email_verified: person.email_verified,
            project_count: person.trips_count,
            itinerary_count: person.trips_count,
            github_connected: false,
            github_username: (),
            has_oxcert: false,
        }
    }
}

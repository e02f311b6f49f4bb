//! What comes in and goes out.

use accounts::AuthorCard;
use itineraries::ItineraryView;
use serde::{Deserialize, Serialize};
use travelers::FoundPerson;
use utoipa::{IntoParams, ToSchema};

/// What to look for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words, or the beginnings of words, that all stand in a trip or in a name; whatever their case and accents. A
    /// place may be misspelt. Without a word in it nothing is found.
    #[param(example = "kyoto temples")]
    pub q: Option<String>,
}

/// Somebody who was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    #[serde(flatten)]
    card: AuthorCard,
    /// Whether they proved that their e-mail address is theirs.
    #[schema(example = true)]
    email_verified: bool,
    /// The sum of the proof scores of their published trips, rounded.
    #[schema(example = 184)]
    karma: i64,
    /// Not kept; always false.
    #[schema(example = false)]
    has_oxcert: bool,
}

impl From<FoundPerson> for PersonView {
    fn from(person: FoundPerson) -> Self {
        let karma = person.karma();
        Self { card: person.card, email_verified: person.email_verified, karma, has_oxcert: false }
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchResults<'a> {
    /// Trips, the best first.
    pub itineraries: Vec<ItineraryView<'a>>,
    /// The same as `itineraries`.
    pub projects: Vec<ItineraryView<'a>>,
    /// People whose names have all the words; who is called exactly so first. The anonymous find only those who
    /// published a trip.
    pub users: Vec<PersonView>,
    /// Where this page of trips stands.
    pub pagination: SearchPagination,
}

/// Where a page of trips stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchPagination {
    /// This page, from 1.
    #[schema(example = 1)]
    pub page: i64,
    /// Trips a page, up to 50.
    #[schema(example = 20)]
    pub per_page: i64,
    /// How many trips can be paged through. Of a search that finds very many, the first ones are ranked and counted.
    #[schema(example = 37)]
    pub itineraries_total: i64,
    /// How many people are shown.
    #[schema(example = 1)]
    pub users_total: i64,
    /// Both together.
    #[schema(example = 38)]
    pub total: i64,
    /// How many pages there are.
    #[schema(example = 2)]
    pub total_pages: i64,
    /// The same as `total_pages`.
    #[schema(example = 2)]
    pub pages: i64,
    /// Whether there is a next page.
    #[schema(example = true)]
    pub has_next: bool,
}

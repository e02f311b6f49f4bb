//! A resource, and where it holds.

use kernel::{
    clock::{Day, Timestamp},
    db::Json,
    id, record,
    text::fold,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

id! {
    /// A resource.
    ResourceId, "Resource"
}

/// What a resource is about.
pub(crate) const CATEGORIES: [&str; 7] = ["tips", "emergency", "legal", "health", "packing", "cultural", "navigation"];

/// How much it hurries.
pub(crate) const URGENCIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// A page elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExternalLink {
    /// What stands there.
    #[schema(example = "Women's helplines")]
    pub title: String,
    /// Where, http or https.
    #[schema(example = "https://helplines.example.org")]
    pub url: String,
}

/// A number to call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Helpline {
    /// The country in which it works.
    #[schema(example = "India")]
    pub country: Option<String>,
    /// Who answers.
    #[schema(example = "Police")]
    pub service: String,
    /// As it is dialled.
    #[schema(example = "112")]
    pub number: String,
}

record! {
    /// A resource as it lies there.
    #[derive(Debug, Clone)]
    pub(crate) struct Resource {
        pub id: ResourceId,
        pub title: String,
        pub description: Option<String>,
        pub content: String,
        pub category: String,
        pub target_region: Option<String>,
        pub target_countries: Json<Vec<String>>,
        pub applies_to_travel_types: Json<Vec<String>>,
        pub external_links: Json<Vec<ExternalLink>>,
        pub helpline_numbers: Json<Vec<Helpline>>,
        pub urgency_level: String,
        pub language: String,
        pub source: String,
        pub checked_on: Day,
        pub is_featured: bool,
        pub is_pinned: bool,
        pub helpful_count: i64,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
        pub retired_at: Option<Timestamp>,
    }
}

impl Resource {
    /// How wide it holds: for a place, for countries, or everywhere.
    pub(crate) fn level(&self) -> &'static str {
        match (&self.target_region, self.target_countries.0.is_empty()) {
            (Some(_), _) => "place",
            (None, false) => "country",
            (None, true) => "global",
        }
    }

    /// What a search looks through.
    pub(crate) fn search_text(&self) -> String {
        let parts = [self.title.as_str(), self.description.as_deref().unwrap_or_default(), &self.content];
        kernel::text::unaccent(&parts.join("\n"))
    }

    /// Its countries as they are compared.
    pub(crate) fn country_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.target_countries.0.iter().map(|c| place_key(c)).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// Places in an address that are looked at.
const MOST_PLACES: usize = 6;

/// The names that an address has for its place, the most particular first; each is what a resource may be for. `Goa, India` is
/// that, and `Goa`, and then `India`.
pub(crate) fn places(address: &str) -> Vec<Vec<String>> {
    let parts: Vec<String> =
        address.split(',').map(place_key).filter(|key| !key.is_empty()).take(MOST_PLACES).collect();
    let wide = (0..parts.len()).map(|n| parts.iter().skip(n).cloned().collect::<Vec<_>>());
    wide.map(|rest| rest.iter().take(1).cloned().chain((rest.len() > 1).then(|| rest.join(", "))).collect()).collect()
}

/// A language, and the one that it is a kind of: `pt-br` and `pt`.
pub(crate) fn languages(tag: &str) -> Vec<String> {
    let tag = tag.to_lowercase().replace('_', "-");
    let base = tag.split_once('-').map(|(base, _)| base.to_owned());
    [tag].into_iter().chain(base).collect()
}

/// A place or a country as it is compared.
pub(crate) fn place_key(name: &str) -> String {
    fold(name.split_whitespace().collect::<Vec<_>>().join(" ").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_places() {
        let all: Vec<Vec<&str>> = vec![vec!["panaji", "panaji, goa, india"], vec!["goa", "goa, india"], vec!["india"]];
        assert_eq!(places(" Panaji,GOA ,, India,"), all);
        assert_eq!(places("Goa"), [["goa"]]);
        assert_eq!(places(" , "), Vec::<Vec<String>>::new());
        assert_eq!(places(&"a,".repeat(2_000)).len(), MOST_PLACES);
    }

    #[test]
    fn a_language_is_of_a_kind() {
        for (tag, expected) in
            [("en", vec!["en"]), ("en-US", vec!["en-us", "en"]), ("zh_Hant-TW", vec!["zh-hant-tw", "zh"])]
        {
            assert_eq!(languages(tag), expected, "{tag}");
        }
    }
}

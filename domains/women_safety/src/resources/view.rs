//! A resource as it is shown.

use super::model::{CATEGORIES, ExternalLink, Helpline, Resource, ResourceId};
use kernel::{
    clock::{Day, Timestamp},
    http::Pagination,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What helps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourceView {
    /// Which one.
    id: ResourceId,
    /// What it is called.
    #[schema(example = "Emergency numbers in India")]
    title: String,
    /// In a sentence or two.
    #[schema(example = "Whom to call.")]
    description: Option<String>,
    /// What to know.
    #[schema(example = "Call 112 for police, fire and ambulance.")]
    content: String,
    /// `tips`, `emergency`, `legal`, `health`, `packing`, `cultural` or `navigation`.
    #[schema(example = "emergency")]
    category: String,
    /// How wide it holds: `place`, `country` or `global`.
    #[schema(example = "country")]
    level: &'static str,
    /// The place that it is for.
    #[schema(example = "Goa")]
    target_region: Option<String>,
    /// The countries that it is for.
    #[schema(example = json!(["India", "IN"]))]
    target_countries: Vec<String>,
    /// For whom in particular.
    #[schema(example = json!(["solo"]))]
    applies_to_travel_types: Vec<String>,
    /// Pages elsewhere.
    external_links: Vec<ExternalLink>,
    /// Numbers to call.
    helpline_numbers: Vec<Helpline>,
    /// `low`, `medium`, `high` or `critical`.
    #[schema(example = "critical")]
    urgency_level: String,
    /// Its language.
    #[schema(example = "en")]
    language: String,
    /// Who says so.
    #[schema(example = "National Emergency Response System")]
    source: String,
    /// When somebody looked whether it is so.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    checked_on: Day,
    /// Whether it is on show.
    #[schema(example = false)]
    is_featured: bool,
    /// Whether it stands before all others.
    #[schema(example = true)]
    is_pinned: bool,
    /// Not kept, because reading writes nothing; always 0.
    #[schema(example = 0)]
    view_count: i64,
    /// How many people found it helpful.
    #[schema(example = 12)]
    helpful_count: i64,
    /// When it was written.
    created_at: Timestamp,
    /// When it was changed last.
    updated_at: Timestamp,
    /// When it was taken away; null for everybody but administrators.
    #[schema(example = json!(null))]
    retired_at: Option<Timestamp>,
}

impl From<Resource> for ResourceView {
    fn from(r: Resource) -> Self {
        Self {
            level: r.level(),
            id: r.id,
            title: r.title,
            description: r.description,
            content: r.content,
            category: r.category,
            target_region: r.target_region,
            target_countries: r.target_countries.0,
            applies_to_travel_types: r.applies_to_travel_types.0,
            external_links: r.external_links.0,
            helpline_numbers: r.helpline_numbers.0,
            urgency_level: r.urgency_level,
            language: r.language,
            source: r.source,
            checked_on: r.checked_on,
            is_featured: r.is_featured,
            is_pinned: r.is_pinned,
            view_count: 0,
            helpful_count: r.helpful_count,
            created_at: r.created_at,
            updated_at: r.updated_at,
            retired_at: r.retired_at,
        }
    }
}

/// A page of resources.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourcePage {
    /// Those on this page.
    pub resources: Vec<ResourceView>,
    /// Where this page stands.
    pub pagination: Pagination,
    /// Every category that there is.
    #[schema(example = json!(["tips", "emergency", "legal", "health", "packing", "cultural", "navigation"]))]
    pub categories: [&'static str; CATEGORIES.len()],
}

/// How many people found a resource helpful.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Helpful {
    /// So many.
    #[schema(example = 12)]
    pub helpful_count: i64,
}

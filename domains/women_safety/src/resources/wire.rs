//! What administrators send.

use super::model::{CATEGORIES, ExternalLink, Helpline, Resource, ResourceId, URGENCIES};
use kernel::{
    Faults, Result,
    clock::{Day, Timestamp},
    db::Json,
    http::{Field, Wire, day_field, field},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// The fields of a resource. When creating, `title`, `content`, `category`, `source` and `checked_on` are required; when
/// changing, absent fields stay and `null` clears what can be empty.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({
    "title": "Emergency numbers in India", "content": "Call 112 for police, fire and ambulance.", "category": "emergency",
    "target_countries": ["India", "IN"], "helpline_numbers": [{"country": "India", "service": "All", "number": "112"}],
    "source": "National Emergency Response System", "checked_on": "2026-11-01"
}))]
pub(crate) struct ResourceBody {
    /// 3 to 300 characters.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "Emergency numbers in India")]
    title: Field<String>,
    /// One or two sentences, at most 1,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "Whom to call.")]
    description: Field<String>,
    /// At most 20,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "Call 112 for police, fire and ambulance.")]
    content: Field<String>,
    /// `tips`, `emergency`, `legal`, `health`, `packing`, `cultural` or `navigation`.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "emergency")]
    category: Field<String>,
    /// The place that it is for; a resource without one is for its countries.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "Goa")]
    target_region: Field<String>,
    /// The countries that it is for, by their names and codes, as people search for them. Without any, and without a place, it
    /// is for everywhere.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["India", "IN"]))]
    target_countries: Field<Vec<String>>,
    /// For whom in particular.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["solo"]))]
    applies_to_travel_types: Field<Vec<String>>,
    /// Pages elsewhere, at most 20.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<Vec<ExternalLink>>, example = json!([{"title": "112 India", "url": "https://112.example.in"}]))]
    external_links: Field<Vec<ExternalLink>>,
    /// Numbers to call, at most 50.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<Vec<Helpline>>, example = json!([{"country": "India", "service": "All", "number": "112"}]))]
    helpline_numbers: Field<Vec<Helpline>>,
    /// `low`, `medium` (the default), `high` or `critical`.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "critical")]
    urgency_level: Field<String>,
    /// Its language, such as `en` (the default) or `pt-br`.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "en")]
    language: Field<String>,
    /// Who says so, at most 300 characters.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "National Emergency Response System")]
    source: Field<String>,
    /// The day on which somebody looked whether it is so; not in the future.
    #[serde(default, deserialize_with = "day_field")]
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-01")]
    checked_on: Field<Day>,
    /// Whether it is on show.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<bool>, example = false)]
    is_featured: Field<bool>,
    /// Whether it stands before all others.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<bool>, example = true)]
    is_pinned: Field<bool>,
    /// Whether it is taken away; `false` brings it back.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<bool>, example = false)]
    retired: Field<bool>,
}

impl Wire for ResourceBody {
    const ALIASES: &'static [(&'static str, &'static str)] =
        &[("type", "category"), ("phones", "helpline_numbers"), ("links", "external_links")];
}

impl ResourceBody {
    /// A new resource.
    pub(super) fn create(self, id: ResourceId, now: Timestamp) -> Result<Resource> {
        let resource = Resource {
            id,
            title: String::new(),
            description: None,
            content: String::new(),
            category: String::new(),
            target_region: None,
            target_countries: Json::default(),
            applies_to_travel_types: Json::default(),
            external_links: Json::default(),
            helpline_numbers: Json::default(),
            urgency_level: "medium".to_owned(),
            language: "en".to_owned(),
            source: String::new(),
            checked_on: now.day(),
            is_featured: false,
            is_pinned: false,
            helpful_count: 0,
            created_at: now,
            updated_at: now,
            retired_at: None,
        };
        let mut faults = Faults::default();
        for (name, is_given) in [
            ("title", self.title.is_some()),
            ("content", self.content.is_some()),
            ("category", self.category.is_some()),
            ("source", self.source.is_some()),
            ("checked_on", self.checked_on.is_some()),
        ] {
            if !is_given {
                faults.add(name, "is required");
            }
        }
        self.apply_to(resource, faults, now)
    }

    /// Another state of a resource.
    pub(super) fn change(self, resource: Resource, now: Timestamp) -> Result<Resource> {
        self.apply_to(resource, Faults::default(), now)
    }

    fn apply_to(self, mut r: Resource, mut faults: Faults, now: Timestamp) -> Result<Resource> {
        let mut line = |name: &str, value: Field<String>, least: usize, most: usize, target: &mut String| match value {
            None => {}
            Some(value) => {
                let value = value.unwrap_or_default().trim().to_owned();
                if !(least..=most).contains(&value.chars().count()) {
                    faults.add(name, format!("must have {least} to {most} characters"));
                }
                *target = value;
            }
        };
        line("title", self.title, 3, 300, &mut r.title);
        line("content", self.content, 1, 20_000, &mut r.content);
        line("source", self.source, 1, 300, &mut r.source);
        let mut description = String::new();
        let has_description = self.description.is_some();
        line("description", self.description, 0, 1_000, &mut description);
        if has_description {
            r.description = Some(description).filter(|d| !d.is_empty());
        }
        let mut region = String::new();
        let has_region = self.target_region.is_some();
        line("target_region", self.target_region, 0, 100, &mut region);
        if has_region {
            r.target_region = Some(region).filter(|t| !t.is_empty());
        }
        let mut word = |name: &str, value: Field<String>, known: &[&str], target: &mut String| {
            if let Some(value) = value {
                let value = value.unwrap_or_default().trim().to_lowercase();
                if !known.contains(&value.as_str()) {
                    faults.add(name, format!("must be one of {}", known.join(", ")));
                }
                *target = value;
            }
        };
        word("category", self.category, &CATEGORIES, &mut r.category);
        word("urgency_level", self.urgency_level, &URGENCIES, &mut r.urgency_level);
        if let Some(language) = self.language {
            r.language = language.unwrap_or_else(|| "en".to_owned()).trim().to_lowercase();
            if !(2..=10).contains(&r.language.len())
                || !r.language.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
            {
                faults.add("language", "must be a code such as en or pt-br");
            }
        }
        if let Some(day) = self.checked_on {
            match day {
                Some(day) if day <= now.day() => r.checked_on = day,
                Some(_) => faults.add("checked_on", "must not be in the future"),
                None => faults.add("checked_on", "cannot be null"),
            }
        }
        names(&mut faults, "target_countries", self.target_countries, &mut r.target_countries.0);
        names(&mut faults, "applies_to_travel_types", self.applies_to_travel_types, &mut r.applies_to_travel_types.0);
        if let Some(links) = self.external_links.map(Option::unwrap_or_default) {
            check_links(&mut faults, &links);
            r.external_links = Json(links);
        }
        if let Some(numbers) = self.helpline_numbers.map(Option::unwrap_or_default) {
            check_numbers(&mut faults, &numbers);
            r.helpline_numbers = Json(numbers);
        }
        r.is_featured = self.is_featured.flatten().unwrap_or(r.is_featured);
        r.is_pinned = self.is_pinned.flatten().unwrap_or(r.is_pinned);
        match self.retired.flatten() {
            Some(true) => r.retired_at = r.retired_at.or(Some(now)),
            Some(false) => r.retired_at = None,
            None => {}
        }
        r.updated_at = now;
        faults.result()?;
        Ok(r)
    }
}

fn names(faults: &mut Faults, name: &str, given: Field<Vec<String>>, target: &mut Vec<String>) {
    let Some(given) = given else { return };
    let given: Vec<String> = given.unwrap_or_default().into_iter().map(|n| n.trim().to_owned()).collect();
    if given.len() > 250 || given.iter().any(|n| !(1..=100).contains(&n.chars().count())) {
        faults.add(name, "must be at most 250 names of 1 to 100 characters");
    }
    *target = given;
}

fn check_links(faults: &mut Faults, links: &[ExternalLink]) {
    let is_address = |url: &str| {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        is_web
            && url.len() <= 2_000
            && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c))
    };
    if links.len() > 20 || links.iter().any(|l| !(1..=200).contains(&l.title.chars().count()) || !is_address(&l.url)) {
        faults.add("external_links", "must be at most 20 links with a title and an http or https address");
    }
}

fn check_numbers(faults: &mut Faults, numbers: &[Helpline]) {
    let is_number =
        |n: &str| (2..=30).contains(&n.len()) && n.chars().all(|c| c.is_ascii_digit() || "+*# -()./".contains(c));
    let is_good = |h: &Helpline| {
        is_number(&h.number)
            && (1..=200).contains(&h.service.chars().count())
            && h.country.as_ref().is_none_or(|c| c.chars().count() <= 100)
    };
    if numbers.len() > 50 || !numbers.iter().all(is_good) {
        faults.add("helpline_numbers", "must be at most 50 numbers, each with a service and digits to dial");
    }
}

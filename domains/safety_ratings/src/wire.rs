//! What a client may say of a rating. Fields that belong to the server (votes, verification, owners) are not here, so a
//! request cannot set them.

use crate::model::{ItineraryId, RATING_TYPES, latest_day};
use kernel::{
    Error, Faults, Result,
    clock::{Day, Timestamp},
    http::{Field, Wire, day_field, field},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// The fields of a rating that its author writes. When rating, `overall_safety_score` is required and `null` counts as
/// absent; when changing, absent fields stay and `null` clears what can be empty.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "itinerary_id": "01a3b1c2-7a00-7000-8000-00000000002a", "overall_safety_score": 4, "rating_type": "overall",
    "detailed_feedback": "Well lit, and people helped.", "route_safety": 5, "experience_date": "2026-10-04"
}))]
pub(crate) struct RatingBody {
    /// Which trip; read by `POST /api/safety-ratings` only, where it is required.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    itinerary_id: Field<String>,
    /// How safe it was, 1 (not at all) to 5. `rating` is the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = 5))]
    #[schema(value_type = Option<i64>, example = 4)]
    overall_safety_score: Field<i64>,
    /// What it is about: `overall` (the default), `accommodation`, `route`, `community` or `women_safety`.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(one_of_types))]
    #[schema(value_type = Option<String>, example = "overall")]
    rating_type: Field<String>,
    /// In words, at most 5,000 characters. `review_text` is the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 5_000))]
    #[schema(value_type = Option<String>, example = "Well lit, and people helped.")]
    detailed_feedback: Field<String>,
    /// How safe the beds were, 1 to 5.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = 5))]
    #[schema(value_type = Option<i64>, example = 4)]
    accommodation_safety: Field<i64>,
    /// How safe the way was, 1 to 5.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = 5))]
    #[schema(value_type = Option<i64>, example = 5)]
    route_safety: Field<i64>,
    /// How safe one was among the people there, 1 to 5.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = 5))]
    #[schema(value_type = Option<i64>, example = 4)]
    community_safety: Field<i64>,
    /// How safe it was for women, 1 to 5.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = 5))]
    #[schema(value_type = Option<i64>, example = 4)]
    women_safety_score: Field<i64>,
    /// The day of the experience, not in the future; today when absent. Others get its month only, once it is over.
    #[serde(default, deserialize_with = "day_field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2026-10-04")]
    experience_date: Field<Day>,
    /// Hashes of at most 10 photos.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 10), inner(inner(inner(custom(hash)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnJ9bP"]))]
    photo_ipfs_hashes: Field<Vec<String>>,
}

impl Wire for RatingBody {
    const ALIASES: &'static [(&'static str, &'static str)] =
        &[("rating", "overall_safety_score"), ("review_text", "detailed_feedback")];
}

/// The same fields, found right: what is `None` was not given.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub overall_safety_score: Option<i64>,
    pub rating_type: Option<String>,
    pub detailed_feedback: Field<String>,
    pub accommodation_safety: Field<i64>,
    pub route_safety: Field<i64>,
    pub community_safety: Field<i64>,
    pub women_safety_score: Field<i64>,
    pub experience_date: Option<Day>,
    pub photo_ipfs_hashes: Option<Vec<String>>,
}

impl RatingBody {
    /// For a rating of the trip that the body names. What cannot be an id is the id of nothing.
    pub(crate) fn check_with_trip(self, now: Timestamp) -> Result<(ItineraryId, Changes)> {
        let mut faults = Faults::default();
        let trip = self.itinerary_id.clone().flatten().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        if trip.is_none() {
            faults.add("itinerary_id", "is required");
        }
        let changes = self.check_rating(faults, now)?;
        let id = trip.and_then(|id| id.parse().ok()).map(ItineraryId).ok_or(Error::NotFound("Itinerary"))?;
        Ok((id, changes))
    }

    /// For a rating of the trip that the address names.
    pub(crate) fn check_new(self, now: Timestamp) -> Result<Changes> {
        self.check_rating(Faults::default(), now)
    }

    /// Nobody's score is made up where none was given.
    fn check_rating(self, mut faults: Faults, now: Timestamp) -> Result<Changes> {
        if self.overall_safety_score.flatten().is_none() {
            faults.add("overall_safety_score", "is required");
        }
        self.check(faults, now)
    }

    /// For a rating that is there.
    pub(crate) fn check_change(self, now: Timestamp) -> Result<Changes> {
        let mut faults = Faults::default();
        macro_rules! needed {
            ($($field:ident),*) => { $(if self.$field == Some(None) {
                faults.add(stringify!($field), "cannot be null");
            })* };
        }
        needed!(overall_safety_score, rating_type, experience_date);
        self.check(faults, now)
    }

    fn check(self, mut faults: Faults, now: Timestamp) -> Result<Changes> {
        faults.check(&self);
        if self.experience_date.flatten().is_some_and(|day| day > latest_day(now)) {
            faults.add("experience_date", "must not be in the future");
        }
        faults.result()?;
        let text = |f: Field<String>| f.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
        Ok(Changes {
            overall_safety_score: self.overall_safety_score.flatten(),
            rating_type: self.rating_type.flatten().map(|t| named(&t)),
            detailed_feedback: text(self.detailed_feedback),
            accommodation_safety: self.accommodation_safety,
            route_safety: self.route_safety,
            community_safety: self.community_safety,
            women_safety_score: self.women_safety_score,
            experience_date: self.experience_date.flatten(),
            photo_ipfs_hashes: self.photo_ipfs_hashes.map(Option::unwrap_or_default),
        })
    }
}

/// A kind of rating as it is compared.
pub(crate) fn named(text: &str) -> String {
    text.trim().to_lowercase()
}

type Checked = Result<(), garde::Error>;

fn one_of_types(value: &Field<String>, (): &()) -> Checked {
    match value {
        Some(Some(text)) if !RATING_TYPES.contains(&named(text).as_str()) => {
            Err(garde::Error::new("must be overall, accommodation, route, community or women_safety"))
        }
        _ => Ok(()),
    }
}

/// What the hash of a content is made of; an address or a path is not one.
fn hash(value: &str, (): &()) -> Checked {
    if (6..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be hashes of 6 to 128 letters and digits"))
    }
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

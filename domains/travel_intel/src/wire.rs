//! What a client may say of travel intel, and the rules that each field has.
//!
//! Fields that belong to the server (counts, authors, verification) are not here, so a request cannot set them.

use crate::{
    model::{IntelId, ItineraryId, Place, Until, position},
    words::{Kind, ResponseStatus, Severity, Status},
};
use kernel::{
    Error, Faults, Result,
    clock::Timestamp,
    http::{Field, Noun, Wire, field},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What an author writes. When posting, `itinerary_id` and `content` are required and `null` counts as absent; when
/// changing, absent fields stay and `null` clears what can be empty.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "itinerary_id": "01a3b1c2-7a00-7000-8000-00000000002a", "intel_type": "warning", "title": "Bridge closed",
    "content": "The footbridge behind the station is closed; the way round takes half an hour.",
    "severity_level": "high", "safety_related": true, "location_name": "Arashiyama", "valid_until": "2027-04-02"
}))]
pub(crate) struct IntelBody {
    /// When posting: the trip that it is about. `project_id` is the same.
    #[garde(skip)]
    #[schema(example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    itinerary_id: Option<String>,
    /// When posting: `question`, `update` (the default), `warning`, `recommendation`, `local_insight` or `tip`. A reply
    /// is an `update`.
    #[garde(skip)]
    #[schema(example = "warning")]
    intel_type: Option<String>,
    /// When posting a reply: what it answers. An answer to a reply stands below the same first words. `parent_id` is the
    /// same.
    #[garde(skip)]
    #[schema(example = json!(null))]
    parent_intel_id: Option<String>,
    /// A line above it, up to 200 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line))]
    #[schema(value_type = Option<String>, example = "Bridge closed")]
    title: Field<String>,
    /// 1 to 5,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(text))))]
    #[schema(value_type = Option<String>, example = "The footbridge behind the station is closed.")]
    content: Field<String>,
    /// Where, `latitude,longitude` in degrees. Others than the author see two decimals of it.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(coordinates))))]
    #[schema(value_type = Option<String>, example = "35.0094,135.6668")]
    location_gps: Field<String>,
    /// Where, in words. `location_reference` is the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line))]
    #[schema(value_type = Option<String>, example = "Arashiyama")]
    location_name: Field<String>,
    /// `low`, `medium` (the default), `high` or `critical`. `priority` and `severity` are the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "high")]
    severity_level: Field<String>,
    /// `open` (the default), `in_progress`, `resolved`, `verified`, `closed` or `archived`.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "open")]
    status: Field<String>,
    /// When posting: whether it is about safety.
    #[garde(skip)]
    #[schema(example = true)]
    safety_related: Option<bool>,
    /// Up to 10 content ids of pictures.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 10), inner(inner(inner(custom(content_id)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!([]))]
    photo_ipfs_hashes: Field<Vec<String>>,
    /// Until when a warning holds: a day, or a time (UTC unless it names a zone). Not in the past.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "2027-04-02")]
    valid_until: Field<String>,
}

impl Wire for IntelBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[
        ("project_id", "itinerary_id"),
        ("parent_id", "parent_intel_id"),
        ("location_reference", "location_name"),
        ("priority", "severity_level"),
        ("severity", "severity_level"),
    ];
}

/// The same fields, found right: what is `None` was not given.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub title: Field<String>,
    pub content: Option<String>,
    pub location_gps: Field<String>,
    pub location_name: Field<String>,
    pub severity_level: Option<Severity>,
    pub status: Option<Status>,
    pub safety_related: Option<bool>,
    pub photo_ipfs_hashes: Option<Vec<String>>,
    pub valid_until: Field<Until>,
}

impl IntelBody {
    /// For something new: where it goes, of what kind it is, and what it says.
    pub(crate) fn check_new(self, now: Timestamp) -> Result<(Place, Kind, Changes)> {
        let mut faults = Faults::default();
        for (name, is_missing) in [
            ("itinerary_id", self.itinerary_id.is_none()),
            ("content", self.content.as_ref().is_none_or(Option::is_none)),
        ] {
            if is_missing {
                faults.add(name, "is required");
            }
        }
        let kind = word(&mut faults, "intel_type", self.intel_type.as_deref(), Kind::named, Kind::ALL, Kind::word);
        let (itinerary, parent) = (self.itinerary_id.clone(), self.parent_intel_id.clone());
        let safety_related = self.safety_related;
        let changes = self.check(faults, true, now)?;
        // What cannot be an id is an id of nothing.
        let place = Place {
            itinerary: ItineraryId(read_id::<ItineraryId>(&itinerary.unwrap_or_default())?),
            parent: parent.map(|id| read_id::<IntelId>(&id).map(IntelId)).transpose()?,
        };
        Ok((place, kind.unwrap_or(Kind::Update), Changes { safety_related, ..changes }))
    }

    /// For what is there.
    pub(crate) fn check_change(self, now: Timestamp) -> Result<Changes> {
        self.check(Faults::default(), false, now)
    }

    fn check(self, mut faults: Faults, is_new: bool, now: Timestamp) -> Result<Changes> {
        faults.check(&self);
        // What cannot be empty: `null` is a fault, but for something new it just was not given.
        macro_rules! needed {
            ($($field:ident),*) => { $(if !is_new && self.$field == Some(None) {
                faults.add(stringify!($field), "cannot be null");
            })* };
        }
        needed!(content, severity_level, status);
        let severity = self.severity_level.flatten();
        let severity =
            word(&mut faults, "severity_level", severity.as_deref(), Severity::named, Severity::ALL, Severity::word);
        let status = self.status.flatten();
        let status = word(&mut faults, "status", status.as_deref(), Status::named, Status::ALL, Status::word);
        let valid_until = self.valid_until.map(|until| until.filter(|t| !t.trim().is_empty()));
        let valid_until = valid_until.map(|until| {
            let until = until?.parse::<Until>().map_err(|fault| faults.add("valid_until", fault)).ok()?;
            if until.is_past(now) {
                faults.add("valid_until", "must not be in the past");
            }
            Some(until)
        });
        faults.result()?;
        let line = |f: Field<String>| f.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
        Ok(Changes {
            title: line(self.title),
            content: line(self.content).flatten(),
            location_gps: line(self.location_gps),
            location_name: line(self.location_name),
            severity_level: severity,
            status,
            safety_related: None,
            photo_ipfs_hashes: self.photo_ipfs_hashes.map(Option::unwrap_or_default),
            valid_until,
        })
    }
}

/// An answer: words, or how far the matter has come, or both.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({"content": "The early bus still runs on Sundays."}))]
pub(crate) struct RespondBody {
    /// A reply, 1 to 5,000 characters. `text` is the same.
    #[garde(inner(custom(text)))]
    #[schema(example = "The early bus still runs on Sundays.")]
    content: Option<String>,
    /// How far the matter has come: `open`, `in_progress`, `resolved`, `verified`, `closed` or `archived`. Without
    /// anything in the body, `resolved`.
    #[garde(skip)]
    #[schema(example = "resolved")]
    status: Option<String>,
    /// How far answering has come: `open`, `awaiting_response`, `resolved` or `verified`; `resolved` when the matter is.
    #[garde(skip)]
    #[schema(example = "resolved")]
    response_status: Option<String>,
}

impl Wire for RespondBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("text", "content")];
}

/// The same, found right.
#[derive(Debug)]
pub(crate) struct Answer {
    pub content: Option<String>,
    pub settled: Settled,
}

/// How far the matter and answering have come, where that is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub status: Option<Status>,
    pub response_status: Option<ResponseStatus>,
}

impl Settled {
    /// Whether nothing is said.
    pub(crate) fn is_silent(self) -> bool {
        self == Self::default()
    }
}

impl RespondBody {
    /// Collects every fault.
    pub(crate) fn check(self) -> Result<Answer> {
        let mut faults = Faults::default();
        faults.check(&self);
        let status = self.status.as_deref();
        let status = word(&mut faults, "status", status, Status::named, Status::ALL, Status::word);
        let response = word(
            &mut faults,
            "response_status",
            self.response_status.as_deref(),
            ResponseStatus::named,
            ResponseStatus::ALL,
            ResponseStatus::word,
        );
        faults.result()?;
        let content = self.content.map(|text| text.trim().to_owned());
        // Without a body the predecessor's client means that the matter is settled.
        let is_empty = content.is_none() && status.is_none() && response.is_none();
        let status = status.or_else(|| is_empty.then_some(Status::Resolved));
        let follows = (status == Some(Status::Resolved)).then_some(ResponseStatus::Resolved);
        Ok(Answer { content, settled: Settled { status, response_status: response.or(follows) } })
    }
}

/// One of a few words; `None` when it was not given, or is a fault.
fn word<T: Copy>(
    faults: &mut Faults,
    name: &str,
    given: Option<&str>,
    named: fn(&str) -> Option<T>,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Option<T> {
    let found = named(given?);
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|w| word(*w)).collect();
        faults.add(name, format!("must be one of {}", words.join(", ")));
    }
    found
}

fn read_id<T: Noun>(text: &str) -> Result<uuid::Uuid> {
    text.trim().parse().ok().ok_or(Error::NotFound(T::NOUN))
}

type Checked = Result<(), garde::Error>;

fn fault<T>(text: &'static str) -> Result<T, garde::Error> {
    Err(garde::Error::new(text))
}

/// One line of up to 200 characters.
fn line(value: &Field<String>, (): &()) -> Checked {
    let Some(Some(text)) = value else { return Ok(()) };
    let text = text.trim();
    if text.contains(char::is_control) {
        return fault("must be one line");
    }
    if text.chars().count() > 200 { fault("must have at most 200 characters") } else { Ok(()) }
}

fn text(value: &str, (): &()) -> Checked {
    if (1..=5_000).contains(&value.trim().chars().count()) { Ok(()) } else { fault("must have 1 to 5000 characters") }
}

fn coordinates(value: &str, (): &()) -> Checked {
    if value.trim().is_empty() || (value.len() <= 50 && position(value).is_some()) {
        Ok(())
    } else {
        fault("must be latitude,longitude in degrees, such as 35.66,139.70")
    }
}

fn content_id(value: &str, (): &()) -> Checked {
    let is_plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_plain && (1..=100).contains(&value.len()) {
        Ok(())
    } else {
        fault("must be content ids of 1 to 100 letters and digits")
    }
}

//! What a client may say of a booking. Price, state and payment are the server's and in no body.

use super::model::{Booking, Status, days_of};
use crate::guides::model::{GuideId, earliest_today};
use kernel::{
    Error, Faults, Result,
    clock::{Day, Timestamp},
    http::{Noun, Wire},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// The longest booking.
const MOST_DAYS: i64 = 60;
/// How far ahead one can book.
const MOST_AHEAD: i64 = 730;

/// What somebody wants of a guide. When changing a request, absent fields stay as they are.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "guide_id": "01a3b1c2-7a00-7000-8000-00000000002a", "destination": "Kyoto", "start_date": "2027-04-02",
    "end_date": "2027-04-03", "group_size": 2, "activity_type": "temples", "special_requirements": "No stairs, please."
}))]
pub(crate) struct BookingBody {
    /// Which guide; read by `POST /api/women-safety/bookings` only, where it is required.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    guide_id: Option<String>,
    /// Where, 1 to 200 characters; required.
    #[garde(inner(custom(place)))]
    #[schema(example = "Kyoto")]
    destination: Option<String>,
    /// The first day; required, not in the past, within two years.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    start_date: Option<Day>,
    /// The last day; required, at most 60 days from the first one.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-03")]
    end_date: Option<Day>,
    /// One day, in place of both.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = json!(null))]
    booking_date: Option<Day>,
    /// How many come, 1 (the default) to 50, and no more than the guide takes.
    #[garde(range(min = 1, max = 50))]
    #[schema(example = 2)]
    group_size: Option<i64>,
    /// What to do, at most 100 characters.
    #[garde(length(chars, max = 100))]
    #[schema(example = "temples")]
    activity_type: Option<String>,
    /// What to mind, at most 2,000 characters. `special_requests` is the same.
    #[garde(length(chars, max = 2_000))]
    #[schema(example = "No stairs, please.")]
    special_requirements: Option<String>,
    /// Anything else, at most 2,000 characters. `notes` is the same.
    #[garde(length(chars, max = 2_000))]
    #[schema(example = "We come from the station.")]
    notes_from_traveler: Option<String>,
    /// Whether the guide may see the emergency contacts around those days. Not unless the traveller says so.
    #[garde(skip)]
    #[schema(example = false)]
    emergency_contacts_shared: Option<bool>,
    /// Whether the traveller is insured.
    #[garde(skip)]
    #[schema(example = true)]
    insurance_provided: Option<bool>,
}

impl Wire for BookingBody {
    const ALIASES: &'static [(&'static str, &'static str)] =
        &[("special_requests", "special_requirements"), ("notes", "notes_from_traveler")];
}

/// A booking as it is wanted, found right.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub destination: String,
    pub start_date: Day,
    pub end_date: Day,
    pub group_size: i64,
    pub activity_type: Option<String>,
    pub special_requirements: Option<String>,
    pub notes_from_traveler: Option<String>,
    pub emergency_contacts_shared: bool,
    pub insurance_provided: bool,
}

impl From<&Booking> for Wanted {
    fn from(b: &Booking) -> Self {
        Self {
            destination: b.destination.clone(),
            start_date: b.start_date,
            end_date: b.end_date,
            group_size: b.group_size,
            activity_type: b.activity_type.clone(),
            special_requirements: b.special_requirements.clone(),
            notes_from_traveler: b.notes_from_traveler.clone(),
            emergency_contacts_shared: b.emergency_contacts_shared,
            insurance_provided: b.insurance_provided,
        }
    }
}

impl BookingBody {
    /// With the guide that the body names. What cannot be an id is the id of nothing.
    pub(crate) fn check_with_guide(self, now: Timestamp) -> Result<(GuideId, Wanted)> {
        let mut faults = Faults::default();
        let guide = self.guide_id.clone().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        if guide.is_none() {
            faults.add("guide_id", "is required");
        }
        let wanted = self.complete(faults, None, now)?;
        let id = guide.and_then(|id| id.parse().ok()).map(GuideId).ok_or(Error::NotFound(GuideId::NOUN))?;
        Ok((id, wanted))
    }

    /// With the guide that the address names.
    pub(crate) fn check_new(self, now: Timestamp) -> Result<Wanted> {
        self.complete(Faults::default(), None, now)
    }

    /// The rules of single fields, which need no booking that is there.
    pub(crate) fn check_fields(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.check(self);
        faults.result()
    }

    /// What changes about `before`.
    pub(crate) fn check_change(self, before: Wanted, now: Timestamp) -> Result<Wanted> {
        self.complete(Faults::default(), Some(before), now)
    }

    fn complete(self, mut faults: Faults, before: Option<Wanted>, now: Timestamp) -> Result<Wanted> {
        faults.check(&self);
        let had = before.as_ref();
        let start = self.start_date.or(self.booking_date).or(had.map(|b| b.start_date));
        let end = self.end_date.or(self.booking_date).or(had.map(|b| b.end_date));
        let destination = self.destination.map(|d| d.trim().to_owned()).or(had.map(|b| b.destination.clone()));
        let today = earliest_today(now);
        for (name, is_missing) in
            [("start_date", start.is_none()), ("end_date", end.is_none()), ("destination", destination.is_none())]
        {
            if is_missing {
                faults.add(name, "is required");
            }
        }
        if let Some(start) = start {
            if start < today {
                faults.add("start_date", "must not be in the past");
            }
            if start.days_since(today) > MOST_AHEAD {
                faults.add("start_date", "must be within two years");
            }
        }
        if let (Some(start), Some(end)) = (start, end) {
            if end < start {
                faults.add("end_date", "must not be before start_date");
            } else if days_of(start, end) > MOST_DAYS {
                faults.add("end_date", "must be at most 60 days from start_date");
            }
        }
        faults.result()?;
        let (Some(start_date), Some(end_date), Some(destination)) = (start, end, destination) else {
            return Err(Error::internal("a missing field without a fault"));
        };
        let text = |given: Option<String>, had: Option<Option<String>>| match given {
            Some(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
            None => had.flatten(),
        };
        Ok(Wanted {
            destination,
            start_date,
            end_date,
            group_size: self.group_size.or(had.map(|b| b.group_size)).unwrap_or(1),
            activity_type: text(self.activity_type, had.map(|b| b.activity_type.clone())),
            special_requirements: text(self.special_requirements, had.map(|b| b.special_requirements.clone())),
            notes_from_traveler: text(self.notes_from_traveler, had.map(|b| b.notes_from_traveler.clone())),
            emergency_contacts_shared: self
                .emergency_contacts_shared
                .or(had.map(|b| b.emergency_contacts_shared))
                .unwrap_or(false),
            insurance_provided: self.insurance_provided.or(had.map(|b| b.insurance_provided)).unwrap_or(false),
        })
    }
}

/// Whether the guide may see the emergency contacts.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"emergency_contacts_shared": false}))]
pub(crate) struct SharingBody {
    /// Whether the guide may see the emergency contacts around the days of the booking; required.
    #[schema(value_type = bool, example = false)]
    emergency_contacts_shared: Option<bool>,
}

impl Wire for SharingBody {}

impl SharingBody {
    pub(crate) fn check(self) -> Result<bool> {
        self.emergency_contacts_shared.ok_or_else(|| Error::field("emergency_contacts_shared", "is required"))
    }
}

fn place(value: &str, (): &()) -> Result<(), garde::Error> {
    let count = value.trim().chars().count();
    if (1..=200).contains(&count) { Ok(()) } else { Err(garde::Error::new("must have 1 to 200 characters")) }
}

/// Why a booking ends.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({"reason": "I have fallen ill."}))]
pub(crate) struct ReasonBody {
    /// For the other side, at most 1,000 characters.
    #[garde(length(chars, max = 1_000))]
    #[schema(example = "I have fallen ill.")]
    reason: Option<String>,
}

impl Wire for ReasonBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("cancellation_reason", "reason")];
}

impl ReasonBody {
    pub(crate) fn check(self) -> Result<Option<String>> {
        let mut faults = Faults::default();
        faults.check(&self);
        faults.result()?;
        Ok(self.reason.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()))
    }
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

/// Which bookings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BookingQuery {
    /// `requested` (or `pending`), `confirmed`, `declined`, `cancelled`, `completed` or `no_show`; another word finds nothing.
    #[param(example = "confirmed")]
    status: Option<String>,
}

/// The same, as far as there is any such booking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which {
    /// In this state; in any when absent.
    pub status: Option<Status>,
}

impl BookingQuery {
    /// `None` when it is the status of no booking.
    pub(crate) fn read(self) -> Option<Which> {
        let status = match self.status.as_deref().map(str::trim).filter(|word| !word.is_empty()) {
            None => None,
            Some(word) if word.eq_ignore_ascii_case("pending") => Some(Status::Requested),
            Some(word) => Some(Status::named(word)?),
        };
        Some(Which { status })
    }
}

//! What a guide says of herself, and what an administrator says of her. What belongs to the server (verification, ratings,
//! counts) is in no body of hers.

use super::model::{Accepts, Availability, Level, cents, earliest_today};
use kernel::{
    Faults, Result,
    clock::{Day, Timestamp},
    http::{Field, Wire, field},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What a guide writes. Absent fields stay as they are; `null` clears what can be empty.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "bio": "Born in Kyoto; temples, tea and the quiet ways between them.", "years_of_experience": 6,
    "languages_spoken": ["Japanese", "English"], "specializations": ["women_safety", "cultural"],
    "service_locations": ["Kyoto, Japan"], "hourly_rate_usd": 25.5, "max_group_size": 6, "accepts": "women",
    "contact_email": "guide@example.org", "phone_for_bookings": "+81 75 000 0000"
}))]
pub(crate) struct GuideBody {
    /// About herself, at most 3,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 3_000))]
    #[schema(value_type = Option<String>, example = "Born in Kyoto; temples, tea and the quiet ways between them.")]
    bio: Field<String>,
    /// How many years she has guided, 0 to 80.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 0, max = 80))]
    #[schema(value_type = Option<i64>, example = 6)]
    years_of_experience: Field<i64>,
    /// At most 20 languages.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 20), inner(inner(inner(custom(line)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["Japanese", "English"]))]
    languages_spoken: Field<Vec<String>>,
    /// At most 20 things that she is good at.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 20), inner(inner(inner(custom(line)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["women_safety", "cultural"]))]
    specializations: Field<Vec<String>>,
    /// At most 20 places that she likes best.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 20), inner(inner(inner(custom(line)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["Arashiyama"]))]
    favorite_destinations: Field<Vec<String>>,
    /// At most 20 places where she guides; by these she is found.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 20), inner(inner(inner(custom(line)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["Kyoto, Japan"]))]
    service_locations: Field<Vec<String>>,
    /// What an hour costs, in whole cents; a day has eight.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(price))))]
    #[schema(value_type = Option<f64>, example = 25.5)]
    hourly_rate_usd: Field<f64>,
    /// How many she takes at once, 1 to 50.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = 50))]
    #[schema(value_type = Option<i64>, example = 6)]
    max_group_size: Field<i64>,
    /// Whom she takes: `anyone` (the default), or `women`, who are those that the operator verified.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "women")]
    accepts: Field<String>,
    /// Whether one can stay with her.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = false)]
    offers_accommodation: Field<bool>,
    /// Whether she cooks.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = true)]
    offers_meals: Field<bool>,
    /// An address for those with a confirmed booking; nobody else sees it.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(email))))]
    #[schema(value_type = Option<String>, example = "guide@example.org")]
    contact_email: Field<String>,
    /// A number for those with a confirmed booking; nobody else sees it.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(phone))))]
    #[schema(value_type = Option<String>, example = "+81 75 000 0000")]
    phone_for_bookings: Field<String>,
    /// What happens when somebody cancels, at most 3,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 3_000))]
    #[schema(value_type = Option<String>, example = "Free until two days before.")]
    cancellation_policy: Field<String>,
    /// How she keeps people safe, at most 3,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 3_000))]
    #[schema(value_type = Option<String>, example = "We share our way with somebody at home.")]
    safety_protocols: Field<String>,
}

impl Wire for GuideBody {}

/// The same fields, found right: what is `None` was not given.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub bio: Field<String>,
    pub years_of_experience: Option<i64>,
    pub languages_spoken: Option<Vec<String>>,
    pub specializations: Option<Vec<String>>,
    pub favorite_destinations: Option<Vec<String>>,
    pub service_locations: Option<Vec<String>>,
    pub hourly_rate_cents: Field<i64>,
    pub max_group_size: Option<i64>,
    pub accepts: Option<Accepts>,
    pub offers_accommodation: Option<bool>,
    pub offers_meals: Option<bool>,
    pub contact_email: Field<String>,
    pub phone_for_bookings: Field<String>,
    pub cancellation_policy: Field<String>,
    pub safety_protocols: Field<String>,
}

impl GuideBody {
    /// What cannot be empty, and comes as `null`, is as if it were absent.
    pub(crate) fn check(self) -> Result<Changes> {
        let mut faults = Faults::default();
        faults.check(&self);
        let accepts = self.accepts.flatten().and_then(|word| {
            let named = Accepts::named(&word);
            if named.is_none() {
                faults.add("accepts", "must be women or anyone");
            }
            named
        });
        faults.result()?;
        let text = |f: Field<String>| f.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
        let list =
            |f: Field<Vec<String>>| f.map(|v| v.unwrap_or_default().into_iter().map(|t| t.trim().to_owned()).collect());
        Ok(Changes {
            bio: text(self.bio),
            years_of_experience: self.years_of_experience.flatten(),
            languages_spoken: list(self.languages_spoken),
            specializations: list(self.specializations),
            favorite_destinations: list(self.favorite_destinations),
            service_locations: list(self.service_locations),
            hourly_rate_cents: self.hourly_rate_usd.map(|rate| rate.and_then(cents)),
            max_group_size: self.max_group_size.flatten(),
            accepts,
            offers_accommodation: self.offers_accommodation.flatten(),
            offers_meals: self.offers_meals.flatten(),
            contact_email: text(self.contact_email),
            phone_for_bookings: text(self.phone_for_bookings),
            cancellation_policy: text(self.cancellation_policy),
            safety_protocols: text(self.safety_protocols),
        })
    }
}

/// Whether a guide takes bookings.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"availability_status": "on_leave", "unavailable_until": "2027-01-05"}))]
pub(crate) struct AvailabilityBody {
    /// `available`, `unavailable` or `on_leave`.
    #[schema(example = "on_leave")]
    availability_status: Option<String>,
    /// The last day of that; without it, it ends when she says so. Nothing to say when she is available.
    #[schema(value_type = Option<String>, format = Date, example = "2027-01-05")]
    unavailable_until: Option<Day>,
}

impl Wire for AvailabilityBody {}

impl AvailabilityBody {
    pub(crate) fn check(self, now: Timestamp) -> Result<(Availability, Option<Day>)> {
        let mut faults = Faults::default();
        let status = self.availability_status.as_deref().map(Availability::named);
        match status {
            None => faults.add("availability_status", "is required"),
            Some(None) => faults.add("availability_status", "must be available, unavailable or on_leave"),
            Some(Some(_)) => {}
        }
        let status = status.flatten().unwrap_or(Availability::Available);
        let until = self.unavailable_until.filter(|_| status != Availability::Available);
        if until.is_some_and(|day| day < earliest_today(now)) {
            faults.add("unavailable_until", "must not be in the past");
        }
        faults.result()?;
        Ok((status, until))
    }
}

/// What an administrator found out about a guide. Absent fields stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"verification_level": "silver", "background_check_completed": true}))]
pub(crate) struct VerifyBody {
    /// `bronze`, `silver`, `gold` or `platinum`.
    #[schema(example = "silver")]
    verification_level: Option<String>,
    /// Whether her background was checked. The documents are kept elsewhere.
    #[schema(example = true)]
    background_check_completed: Option<bool>,
    /// Whether she showed that she can give first aid.
    #[schema(example = true)]
    first_aid_certified: Option<bool>,
    /// Whether she was trained for emergencies.
    #[schema(example = false)]
    emergency_response_training: Option<bool>,
    /// Whether she stands among the featured guides.
    #[schema(example = false)]
    is_featured: Option<bool>,
}

impl Wire for VerifyBody {}

/// The same, found right.
#[derive(Debug)]
pub(crate) struct Verification {
    pub level: Option<Level>,
    pub background_check_completed: Option<bool>,
    pub first_aid_certified: Option<bool>,
    pub emergency_response_training: Option<bool>,
    pub is_featured: Option<bool>,
}

impl VerifyBody {
    pub(crate) fn check(self) -> Result<Verification> {
        let mut faults = Faults::default();
        let level = self.verification_level.and_then(|word| {
            let named = Level::named(&word);
            if named.is_none() {
                faults.add("verification_level", "must be bronze, silver, gold or platinum");
            }
            named
        });
        faults.result()?;
        Ok(Verification {
            level,
            background_check_completed: self.background_check_completed,
            first_aid_certified: self.first_aid_certified,
            emergency_response_training: self.emergency_response_training,
            is_featured: self.is_featured,
        })
    }
}

type Checked = Result<(), garde::Error>;

fn line(value: &str, (): &()) -> Checked {
    let count = value.trim().chars().count();
    if (1..=100).contains(&count) { Ok(()) } else { Err(garde::Error::new("must have 1 to 100 characters each")) }
}

fn price(value: &f64, (): &()) -> Checked {
    cents(*value).map(drop).ok_or_else(|| garde::Error::new("must be from 0 to 1,000,000, in whole cents"))
}

/// An empty one clears it.
fn email(value: &str, (): &()) -> Checked {
    let value = value.trim();
    if value.is_empty() || (value.len() <= 254 && garde::rules::email::apply(&value, ()).is_ok()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be an e-mail address"))
    }
}

fn phone(value: &str, (): &()) -> Checked {
    let value = value.trim();
    let is_number = value.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c));
    if value.is_empty() || (is_number && (5..=20).contains(&value.len())) {
        Ok(())
    } else {
        Err(garde::Error::new("must be a phone number of 5 to 20 digits"))
    }
}

//! What a guide is. Pure.

use crate::{guides::wire::Changes, words::words};
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Json,
    id, record,
    text::tokens,
};
use std::{collections::BTreeSet, time::Duration};

id! {
    /// A guide: her profile, not her account.
    GuideId, "Guide"
}

words! {
    /// Whether a guide takes bookings now.
    Availability { Available = "available", Unavailable = "unavailable", OnLeave = "on_leave" }
}
words! {
    /// Whom a guide takes.
    Accepts { Women = "women", Anyone = "anyone" }
}
words! {
    /// How thoroughly a guide was verified.
    Level { Bronze = "bronze", Silver = "silver", Gold = "gold", Platinum = "platinum" }
}

record! {
    /// A guide as she is stored.
    #[derive(Debug, Clone)]
    pub(crate) struct Guide {
        pub id: GuideId,
        pub traveler_id: TravelerId,
        pub bio: Option<String>,
        pub years_of_experience: i64,
        pub languages_spoken: Json<Vec<String>>,
        pub specializations: Json<Vec<String>>,
        pub favorite_destinations: Json<Vec<String>>,
        pub service_locations: Json<Vec<String>>,
        pub hourly_rate_cents: Option<i64>,
        pub max_group_size: i64,
        pub accepts: Accepts,
        pub offers_accommodation: bool,
        pub offers_meals: bool,
        pub contact_email: Option<String>,
        pub phone_for_bookings: Option<String>,
        pub cancellation_policy: Option<String>,
        pub safety_protocols: Option<String>,
        pub availability_status: Availability,
        pub unavailable_until: Option<Day>,
        pub is_active: bool,
        pub is_verified: bool,
        pub verification_level: Option<Level>,
        pub verification_date: Option<Timestamp>,
        pub background_check_completed: bool,
        pub first_aid_certified: bool,
        pub emergency_response_training: bool,
        pub is_featured: bool,
        pub total_reviews: i64,
        pub average_rating: f64,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

impl Guide {
    /// Somebody who offers to guide, before anything else is said.
    pub(crate) const fn new(id: GuideId, traveler_id: TravelerId, at: Timestamp) -> Self {
        Self {
            id,
            traveler_id,
            bio: None,
            years_of_experience: 0,
            languages_spoken: Json(Vec::new()),
            specializations: Json(Vec::new()),
            favorite_destinations: Json(Vec::new()),
            service_locations: Json(Vec::new()),
            hourly_rate_cents: None,
            max_group_size: 10,
            accepts: Accepts::Anyone,
            offers_accommodation: false,
            offers_meals: false,
            contact_email: None,
            phone_for_bookings: None,
            cancellation_policy: None,
            safety_protocols: None,
            availability_status: Availability::Available,
            unavailable_until: None,
            is_active: true,
            is_verified: false,
            verification_level: None,
            verification_date: None,
            background_check_completed: false,
            first_aid_certified: false,
            emergency_response_training: false,
            is_featured: false,
            total_reviews: 0,
            average_rating: 0.0,
            created_at: at,
            updated_at: at,
        }
    }

    /// What she changed about herself.
    pub(crate) fn apply(&mut self, changes: Changes, at: Timestamp) {
        macro_rules! set {
            ($($field:ident),*) => { $(if let Some(value) = changes.$field { self.$field = value; })* };
        }
        set!(
            bio,
            years_of_experience,
            hourly_rate_cents,
            max_group_size,
            accepts,
            offers_accommodation,
            offers_meals,
            contact_email,
            phone_for_bookings,
            cancellation_policy,
            safety_protocols
        );
        macro_rules! set_list {
            ($($field:ident),*) => { $(if let Some(value) = changes.$field { self.$field = Json(value); })* };
        }
        set_list!(languages_spoken, specializations, favorite_destinations, service_locations);
        self.updated_at = at;
    }

    /// Whether she takes bookings on `today`: what was said until a day holds until that day is over.
    pub(crate) fn availability(&self, today: Day) -> Availability {
        match self.unavailable_until {
            Some(until) if until < today => Availability::Available,
            _ => self.availability_status,
        }
    }

    /// Whether she takes bookings that begin on `day`.
    pub(crate) fn takes(&self, day: Day) -> bool {
        self.availability(day) == Availability::Available
    }

    /// By what she is found: the kind of term and the term, each once.
    pub(crate) fn terms(&self) -> BTreeSet<(&'static str, String)> {
        let whole = |kind, list: &[String]| list.iter().map(|text| (kind, term(text))).collect::<Vec<_>>();
        let parts = |kind, text: &str| tokens(text).into_iter().map(|token| (kind, token)).collect::<Vec<_>>();
        let mut terms = BTreeSet::new();
        terms.extend(whole("language", &self.languages_spoken.0));
        terms.extend(whole("specialization", &self.specializations.0));
        terms.extend(self.service_locations.0.iter().flat_map(|place| parts("location", place)));
        terms.extend(self.bio.iter().flat_map(|bio| parts("bio", bio)));
        terms.retain(|(_, term)| !term.is_empty());
        terms
    }
}

/// Something that is compared as a whole: `women_safety`, `Women safety` and `WOMEN-SAFETY` are one.
pub(crate) fn term(text: &str) -> String {
    tokens(text).join(" ")
}

/// Dollars in cents, if they are whole ones and nobody's fortune.
#[expect(clippy::cast_possible_truncation, reason = "its range was checked")]
pub(crate) fn cents(usd: f64) -> Option<i64> {
    let cents = (usd * 100.0).round();
    let is_whole = (usd * 100.0 - cents).abs() < 1e-6;
    (is_whole && (0.0..=100_000_000.0).contains(&cents)).then_some(cents as i64)
}

/// Cents in dollars, for the wire.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53, and no price is near that")]
pub(crate) fn usd(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// The day that it still is somewhere on Earth: before it, everything is over.
pub(crate) fn earliest_today(now: Timestamp) -> Day {
    now.minus(Duration::from_hours(12)).day()
}

/// The latest day that it is somewhere: what does not start after it has begun somewhere.
pub(crate) fn latest_today(now: Timestamp) -> Day {
    now.plus(Duration::from_hours(14)).day()
}

/// Two decimals of a mean.
pub(crate) fn rounded(mean: f64) -> f64 {
    (mean * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_whole_cents() {
        for (usd_given, expected) in [
            (0.0, Some(0)),
            (25.0, Some(2_500)),
            (19.99, Some(1_999)),
            (0.1 + 0.2, Some(30)),
            (1_000_000.0, Some(100_000_000)),
            (1_000_000.01, None),
            (0.001, None),
            (-0.01, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(cents(usd_given), expected, "{usd_given}");
        }
        assert!((usd(1_999) - 19.99).abs() < f64::EPSILON);
    }

    #[test]
    fn what_was_said_until_a_day_holds_on_that_day() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let mut guide =
            Guide::new(GuideId(uuid::Uuid::nil()), TravelerId(uuid::Uuid::nil()), Timestamp::from_micros(0));
        for (status, until, on, takes) in [
            (Availability::Available, None, "2027-01-05", true),
            (Availability::OnLeave, None, "2027-01-05", false),
            (Availability::OnLeave, Some("2027-01-05"), "2027-01-04", false),
            (Availability::OnLeave, Some("2027-01-05"), "2027-01-05", false),
            (Availability::Unavailable, Some("2027-01-05"), "2027-01-06", true),
        ] {
            guide.availability_status = status;
            guide.unavailable_until = until.map(day);
            assert_eq!(guide.takes(day(on)), takes, "{status:?} until {until:?} on {on}");
        }
    }

    #[test]
    fn a_term_is_one_however_it_is_written() {
        for (text, expected) in [
            ("women_safety", "women safety"),
            ("Women Safety", "women safety"),
            ("WOMEN-SAFETY", "women safety"),
            ("Português", "portugues"),
            ("  ", ""),
        ] {
            assert_eq!(term(text), expected, "{text}");
        }
    }

    #[test]
    fn a_day_begins_somewhere_and_is_over_when_it_is_over_everywhere() {
        let at = |text: &str| serde_json::from_value::<Timestamp>(text.into()).unwrap();
        for (now, day) in [("2027-01-05T11:59:59Z", "2027-01-04"), ("2027-01-05T12:00:00Z", "2027-01-05")] {
            assert_eq!(earliest_today(at(now)).to_string(), day, "{now}");
        }
        for (now, day) in [("2027-01-05T09:59:59Z", "2027-01-05"), ("2027-01-05T10:00:00Z", "2027-01-06")] {
            assert_eq!(latest_today(at(now)).to_string(), day, "{now}");
        }
    }
}

//! What travel intel is and which rules hold for it. Pure.

use crate::{
    wire::Changes,
    words::{Kind, ResponseStatus, Severity, Status},
};
use kernel::{
    Error, Result,
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    db::Json,
    id, record,
};
use serde::{Deserialize, de::IntoDeserializer};
use std::{str::FromStr, time::Duration};
use uuid::Uuid;

id! {
    /// A piece of travel intel: a thread's first words, or a reply.
    IntelId, "Travel intel"
}

id! {
    /// A trip.
    ItineraryId, "Itinerary"
}

record! {
    /// A piece of intel as it is stored.
    #[derive(Debug, Clone)]
    pub(crate) struct Intel {
        pub id: IntelId,
        pub itinerary_id: ItineraryId,
        /// `None` in what was deleted and stays for its replies.
        pub traveler_id: Option<TravelerId>,
        pub parent_id: Option<IntelId>,
        pub kind: Kind,
        pub title: Option<String>,
        pub content: String,
        pub location_gps: Option<String>,
        pub location_name: Option<String>,
        pub photo_ipfs_hashes: Json<Vec<String>>,
        pub severity_level: Severity,
        pub status: Status,
        pub response_status: ResponseStatus,
        pub safety_related: bool,
        pub valid_until: Option<Timestamp>,
        pub valid_day: Option<Day>,
        pub helpful_votes: i64,
        pub unhelpful_votes: i64,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
        pub resolved_at: Option<Timestamp>,
        pub deleted_at: Option<Timestamp>,
        /// When the author of the trip hid it.
        pub hidden_at: Option<Timestamp>,
        /// Whether it is among the figures of its trip.
        pub is_counted: bool,
    }
}

/// What decides about a new piece of intel besides what its author wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub itinerary: ItineraryId,
    pub parent: Option<IntelId>,
}

impl Intel {
    /// An empty one, which [`Intel::apply`] fills. A reply is an update.
    pub(crate) fn new(id: IntelId, place: Place, author: TravelerId, kind: Kind, at: Timestamp) -> Self {
        Self {
            id,
            itinerary_id: place.itinerary,
            traveler_id: Some(author),
            parent_id: place.parent,
            kind: if place.parent.is_some() { Kind::Update } else { kind },
            title: None,
            content: String::new(),
            location_gps: None,
            location_name: None,
            photo_ipfs_hashes: Json::default(),
            severity_level: Severity::Medium,
            status: Status::Open,
            response_status: ResponseStatus::Open,
            safety_related: false,
            valid_until: None,
            valid_day: None,
            helpful_votes: 0,
            unhelpful_votes: 0,
            created_at: at,
            updated_at: at,
            resolved_at: None,
            deleted_at: None,
            hidden_at: None,
            is_counted: true,
        }
    }

    /// What others find of it when it is hidden: the same as of what was deleted.
    pub(crate) fn veil(&mut self) {
        let place = Place { itinerary: self.itinerary_id, parent: self.parent_id };
        let nobodys = Self::new(self.id, place, TravelerId(Uuid::nil()), self.kind, self.created_at);
        let deleted_at = self.hidden_at;
        *self = Self { traveler_id: None, status: Status::Closed, deleted_at, ..nobodys };
    }

    /// Takes over what was given.
    pub(crate) fn apply(&mut self, changes: Changes, at: Timestamp) -> Result<()> {
        if matches!(changes.valid_until, Some(Some(_))) && self.kind != Kind::Warning {
            return Err(Error::field("valid_until", "only a warning has one"));
        }
        macro_rules! set {
            ($($field:ident),*) => { $(if let Some(value) = changes.$field { self.$field = value; })* };
        }
        set!(title, content, location_gps, location_name, severity_level, safety_related);
        if let Some(photos) = changes.photo_ipfs_hashes {
            self.photo_ipfs_hashes = Json(photos);
        }
        if let Some(until) = changes.valid_until {
            self.valid_until = until.map(Until::end);
            self.valid_day = until.and_then(Until::day);
        }
        if let Some(status) = changes.status {
            self.set_status(status, at);
        }
        self.updated_at = at;
        Ok(())
    }

    /// Sets how far it has come, and when it was resolved.
    pub(crate) fn set_status(&mut self, status: Status, at: Timestamp) {
        let since = self.resolved_at.unwrap_or(at);
        self.resolved_at = (status == Status::Resolved).then_some(since);
        self.status = status;
    }

    /// Whether nothing of it is left but its replies.
    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Whether it was a warning that no longer holds. At the very moment until which it is valid it still does.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.valid_until.is_some_and(|until| until < now)
    }

    /// Whether these are the words of `viewer`.
    pub(crate) fn is_of(&self, viewer: Option<Caller>) -> bool {
        viewer.is_some_and(|v| self.traveler_id == Some(v.id))
    }
}

/// Until when a warning holds, as its author said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// To the end of a day, wherever on Earth.
    Day(Day),
    /// To a moment.
    Time(Timestamp),
}

impl Until {
    /// The last moment at which it holds. A day ends last twelve hours behind UTC, and whoever stands there must not read
    /// that the road is open again.
    pub(crate) fn end(self) -> Timestamp {
        match self {
            Self::Time(at) => at,
            Self::Day(day) => day_begins(day).plus(TO_THE_LAST),
        }
    }

    fn day(self) -> Option<Day> {
        if let Self::Day(day) = self { Some(day) } else { None }
    }

    /// Whether it says nothing any more, wherever on Earth.
    pub(crate) fn is_past(self, now: Timestamp) -> bool {
        self.end() < now
    }
}

/// From the midnight with which a day begins in UTC to its last microsecond twelve hours behind it.
const TO_THE_LAST: Duration = Duration::from_micros(36 * 3_600 * 1_000_000 - 1);

fn day_begins(day: Day) -> Timestamp {
    day.date().and_time(<_>::default()).and_utc().into()
}

impl FromStr for Until {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = "must be a date such as 2027-04-02 or a time such as 2027-04-02T18:00:00Z, from 1900 to 2200";
        let text = text.trim().replace(' ', "T");
        let day: Day = text.parse().ok().ok_or(fault)?;
        if !text.contains('T') {
            return Ok(Self::Day(day));
        }
        let read = |text: &str| {
            let text: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
            Timestamp::deserialize(text).ok()
        };
        // Without a zone it is UTC, and a form leaves the seconds out.
        let read = read(&text).or_else(|| read(&format!("{text}Z"))).or_else(|| read(&format!("{text}:00Z")));
        read.map(Self::Time).ok_or(fault)
    }
}

/// `latitude,longitude` in degrees, if it is one on this planet.
pub(crate) fn position(text: &str) -> Option<(f64, f64)> {
    let (lat, lon) = text.split_once(',')?;
    let (lat, lon): (f64, f64) = (lat.trim().parse().ok()?, lon.trim().parse().ok()?);
    ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some((lat, lon))
}

/// The same with two decimals, about a kilometre: where something is, and not where its author stood.
pub(crate) fn coarse(text: &str) -> Option<String> {
    // Adding zero makes a plain one of -0.
    let round = |degrees: f64| (degrees * 100.0).round() / 100.0 + 0.0;
    position(text).map(|(lat, lon)| format!("{:.2},{:.2}", round(lat), round(lon)))
}

/// One vote after another: what becomes of somebody's vote, and what it adds to each counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The vote from now on; `None` when it was taken back.
    pub vote: Option<bool>,
    /// What is added to the helpful votes.
    pub helpful: i64,
    /// What is added to the unhelpful votes.
    pub unhelpful: i64,
}

impl Turn {
    /// The same vote again takes it back, the other one switches it.
    pub(crate) fn new(before: Option<bool>, wanted: bool) -> Self {
        let vote = (before != Some(wanted)).then_some(wanted);
        let change = |of: bool| i64::from(vote == Some(of)) - i64::from(before == Some(of));
        Self { vote, helpful: change(true), unhelpful: change(false) }
    }

    /// The same where their vote before was not counted: nothing is taken away.
    pub(crate) fn uncounted(self) -> Self {
        let count = |of| i64::from(self.vote == Some(of));
        Self { helpful: count(true), unhelpful: count(false), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let Ok(Until::Time(at)) = text.parse() else { panic!("{text}") };
        at
    }

    #[test]
    fn a_warning_holds_until_the_day_is_over_everywhere() {
        let until: Until = "2027-04-02".parse().unwrap();
        assert_eq!(until.end(), at("2027-04-03T11:59:59.999999Z"));
        assert_eq!(until.day().unwrap().to_string(), "2027-04-02");
        // At five in the morning of the next day it is still evening in Honolulu.
        for (now, past) in
            [("2027-04-02T00:00:00Z", false), ("2027-04-03T05:00:00Z", false), ("2027-04-03T12:00:00Z", true)]
        {
            assert_eq!(until.is_past(at(now)), past, "{now}");
        }
        let moment: Until = "2027-04-02T18:00:00+02:00".parse().unwrap();
        assert_eq!((moment.end(), moment.day()), (at("2027-04-02T16:00:00Z"), None));
        assert!(!moment.is_past(at("2027-04-02T16:00:00Z")));
        assert!(moment.is_past(at("2027-04-02T16:00:00.000001Z")));
    }

    #[test]
    fn days_and_times_are_read_strictly() {
        for same in ["2027-04-02T18:00:00", "2027-04-02T18:00"] {
            assert_eq!(same.parse::<Until>(), "2027-04-02 18:00:00Z".parse());
        }
        for bad in ["", "tomorrow", "2027-02-30", "02.04.2027", "2201-01-01", "2027-04-02T25:00:00Z", "2027-04-02T"] {
            assert!(bad.parse::<Until>().is_err(), "{bad}");
        }
    }

    #[test]
    fn others_get_two_decimals() {
        for (exact, shown) in [
            ("35.661777,139.704051", "35.66,139.70"),
            (" 35.665 , -139.705 ", "35.67,-139.71"),
            ("-0.001,0", "0.00,0.00"),
            ("90,180", "90.00,180.00"),
            ("12.5,7", "12.50,7.00"),
        ] {
            assert_eq!(coarse(exact).unwrap(), shown, "{exact}");
        }
        for bad in ["", "35.66", "91,0", "0,181", "NaN,0", "a,b", "1,2,3"] {
            assert_eq!(coarse(bad), None, "{bad}");
        }
    }

    #[test]
    fn votes_switch_and_are_taken_back() {
        for (before, wanted, vote, helpful, unhelpful) in [
            (None, true, Some(true), 1, 0),
            (None, false, Some(false), 0, 1),
            (Some(true), true, None, -1, 0),
            (Some(true), false, Some(false), -1, 1),
            (Some(false), false, None, 0, -1),
            (Some(false), true, Some(true), 1, -1),
        ] {
            assert_eq!(Turn::new(before, wanted), Turn { vote, helpful, unhelpful }, "{before:?} {wanted}");
        }
    }
}

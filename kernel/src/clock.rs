//! Time: asked of [`Clock`] only, so that tests can hold it still.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// A moment, UTC, in whole microseconds, which is what PostgreSQL keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-23T09:30:00.000000Z")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// From microseconds since 1970.
    pub fn from_micros(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }
    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }
    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }
    /// As chrono's type.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }
    /// The calendar day in UTC.
    pub fn day(self) -> Day {
        Day(self.0.date_naive())
    }
    /// Later by `duration`; the end of time when that is out of range.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let later = TimeDelta::from_std(duration).ok().and_then(|d| self.0.checked_add_signed(d));
        Self(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
    /// Earlier by `duration`; 1970 when that is out of range.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let earlier = TimeDelta::from_std(duration).ok().and_then(|d| self.0.checked_sub_signed(d));
        Self(earlier.unwrap_or_default())
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Self::from)
    }
}

/// A calendar day, `YYYY-MM-DD`. A date with a time is read too, and only its day kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, format = Date, example = "2027-04-02")]
pub struct Day(NaiveDate);

impl Day {
    /// As chrono's type.
    pub fn date(self) -> NaiveDate {
        self.0
    }
    /// `YYYY-MM`.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }
    /// Days from `earlier` to this one.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }
    /// The day `days` later, if that is one we know.
    pub fn plus_days(self, days: u64) -> Option<Self> {
        self.0.checked_add_days(chrono::Days::new(days)).and_then(Self::within_calendar)
    }
    /// Nobody travels earlier or later, and both engines write these years with four digits.
    fn within_calendar(date: NaiveDate) -> Option<Self> {
        (1900..=2200).contains(&date.year()).then_some(Self(date))
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = match text.split_once(['T', ' ']) {
            None => text,
            Some((day, _)) => {
                let with_zone = DateTime::parse_from_rfc3339(text).is_ok();
                // Forms send times without seconds.
                let plain = text.replace(' ', "T");
                let without = plain.parse::<NaiveDateTime>().is_ok()
                    || NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M").is_ok();
                if !with_zone && !without {
                    return Err("must be a date such as 2027-04-02, from 1900 to 2200");
                }
                day
            }
        };
        // chrono alone would also read signs and years of other lengths.
        let is_plain = day.len() == 10
            && day.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
        let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| is_plain);
        date.and_then(Self::within_calendar).ok_or("must be a date such as 2027-04-02, from 1900 to 2200")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The one source of time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's; durations are measured from the moment it was made.
    System(Instant),
    /// A hand that only a test moves, in microseconds since 1970.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::System(Instant::now())
    }

    /// A clock that stands still at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.micros())))
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the others ask")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System(_) => Utc::now().into(),
            Self::Fixed(hand) => Timestamp::from_micros(hand.load(Ordering::SeqCst)),
        }
    }

    /// Today in UTC.
    pub fn today(&self) -> Day {
        self.now().day()
    }

    /// Time that only goes forward, for limits and waits; its zero means nothing.
    pub fn steady(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            Self::Fixed(hand) => Duration::from_micros(hand.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// Moves a fixed clock forward; the system's clock does not listen.
    pub fn advance(&self, by: Duration) {
        if let Self::Fixed(hand) = self {
            hand.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_strictly() {
        for good in [
            "2027-04-02",
            "2027-04-02T10:00",
            "2027-04-02T10:00:00",
            "2027-04-02T10:00:00Z",
            "2027-04-02T10:00:00.5+05:30",
        ] {
            assert_eq!(good.parse::<Day>().unwrap().to_string(), "2027-04-02", "{good}");
        }
        for bad in [
            "",
            "2027-4-2",
            "2027-02-30",
            "02.04.2027",
            "2027-04-02T",
            "2027-04-02Tx",
            "-001-01-01",
            "0000-01-01",
            "1899-12-31",
            "2201-01-01",
            "20270-4-02",
            "+027-04-02",
            "٢٠٢٧-04-02",
        ] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn times_keep_their_microseconds() {
        let at = Timestamp::from_micros(1_795_426_200_000_001);
        assert_eq!(at.to_string(), "2026-11-23T09:30:00.000001Z");
        assert_eq!(serde_json::from_value::<Timestamp>(serde_json::to_value(at).unwrap()).unwrap(), at);
    }
}

//! Timeframes, standings and shares. Pure.

use accounts::AuthorCard;
use kernel::{
    clock::Timestamp,
    db::{DbError, FromRow, Row},
    record,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Of which time a leaderboard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timeframe {
    Week,
    Month,
    All,
}

impl Timeframe {
    /// By its name; `default` when none is given, and all time for a name that nobody knows.
    pub(crate) fn named(given: &[String], default: Self) -> Self {
        match given {
            [name] => match name.trim() {
                "" => default,
                "week" => Self::Week,
                "month" => Self::Month,
                _ => Self::All,
            },
            _ => default,
        }
    }

    /// `week`, `month` or `all`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::All => "all",
        }
    }

    /// Since when: 7 or 30 days ago.
    pub(crate) fn since(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Week => Some(now.minus(Duration::from_hours(7 * 24))),
            Self::Month => Some(now.minus(Duration::from_hours(30 * 24))),
            Self::All => None,
        }
    }
}

/// Somebody with what their trips amount to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub person: AuthorCard,
    pub email_verified: bool,
    /// The sum of the proof scores of their trips, in hundredths.
    pub proof_hundredths: i64,
    pub trips_count: i64,
}

impl FromRow for Standing {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            person: AuthorCard::from_row(row)?,
            email_verified: row.get("author_email_verified")?,
            proof_hundredths: row.get("proof_hundredths")?,
            trips_count: row.get("trips_count")?,
        })
    }
}

/// A sum of proof scores as people see it: rounded to a whole number, halves up.
pub(crate) const fn karma(proof_hundredths: i64) -> i64 {
    (proof_hundredths + 50).div_euclid(100)
}

record! {
    /// How much a tag is used.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub(crate) struct TagCount {
        pub tag: String,
        pub count: i64,
    }
}

/// The share of each tag in all that were kept, in per cent to one decimal.
pub(crate) fn shares(kept: &[TagCount]) -> Vec<f64> {
    let total: i64 = kept.iter().map(|t| t.count).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of tags stay far below 2^53")]
    let share = |count: i64| if total == 0 { 0.0 } else { (count as f64 * 1000.0 / total as f64).round() / 10.0 };
    kept.iter().map(|t| share(t.count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeframes_have_names() {
        let named = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|g| (*g).to_owned()).collect();
            Timeframe::named(&given, Timeframe::Month).name()
        };
        for (given, expected) in
            [("week", "week"), ("month", "month"), ("all", "all"), ("all_time", "all"), ("year", "all"), ("", "month")]
        {
            assert_eq!(named(&[given]), expected, "{given}");
        }
        assert_eq!((named(&[]), named(&["week", "week"])), ("month", "month"));
        let now = Timestamp::from_micros(40 * 86_400_000_000);
        let days_ago = |t: Timeframe| t.since(now).map(|s| (now.micros() - s.micros()) / 86_400_000_000);
        assert_eq!(
            (days_ago(Timeframe::Week), days_ago(Timeframe::Month), days_ago(Timeframe::All)),
            (Some(7), Some(30), None)
        );
    }

    #[test]
    fn karma_is_rounded() {
        for (hundredths, expected) in [(0, 0), (49, 0), (50, 1), (149, 1), (150, 2), (12_345, 123), (12_350, 124)] {
            assert_eq!(karma(hundredths), expected, "{hundredths}");
        }
    }

    #[test]
    fn shares_are_of_what_was_kept() {
        let tags = |counts: &[i64]| counts.iter().map(|c| TagCount { tag: "x".into(), count: *c }).collect::<Vec<_>>();
        for (counts, expected) in
            [(vec![], vec![]), (vec![1], vec![100.0]), (vec![2, 1], vec![66.7, 33.3]), (vec![0], vec![0.0])]
        {
            let found = shares(&tags(&counts));
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(&expected).all(|(a, b): (&f64, &f64)| (a - b).abs() < 1e-9), "{found:?}");
        }
    }
}

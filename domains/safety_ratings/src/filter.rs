//! Which ratings a list shows, and in which order.

use crate::{
    model::{ItineraryId, RATING_TYPES},
    wire::named,
};
use kernel::{Faults, Result, text::unaccent};
use serde::Deserialize;
use utoipa::IntoParams;

/// What a client may ask of the list. Filters combine: a rating is shown when it meets all of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RatingQuery {
    /// `newest` (the default) or `score`, the highest first.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "newest")]
    sort: Vec<String>,
    /// `overall`, `accommodation`, `route`, `community` or `women_safety`.
    #[serde(rename = "type")]
    #[param(example = "accommodation")]
    rating_type: Option<String>,
    /// The smallest score, 1 to 5.
    #[param(value_type = Option<f64>, example = 4)]
    min_score: Option<String>,
    /// The largest score, 1 to 5.
    #[param(value_type = Option<f64>, example = 5)]
    max_score: Option<String>,
    /// `true`: by people who were on the trip as the service knows; `false` does not filter.
    #[param(value_type = Option<bool>, example = true)]
    verified_only: Option<String>,
    /// Ratings of this trip.
    #[param(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    itinerary_id: Option<String>,
    /// `true`: of trips that are certified as safe for women; `false` does not filter.
    #[param(value_type = Option<bool>, example = true)]
    women_safe: Option<String>,
    /// Of trips whose destination has these words one behind the other, whatever their case and accents; of the 2,000 best
    /// proven ones. `region` is the same.
    #[serde(alias = "region")]
    #[param(example = "kyoto")]
    location: Option<String>,
}

/// The same, understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    pub sort: Sort,
    pub rating_type: Option<String>,
    pub min_score: Option<i64>,
    pub max_score: Option<i64>,
    pub verified_only: bool,
    pub itinerary: Option<ItineraryId>,
    pub women_safe: bool,
    /// Pieces of a place that overlap; a trip is found under each of them.
    pub places: Vec<String>,
    nowhere: bool,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Newest,
    Score,
}

impl RatingQuery {
    /// Understands the query; a value that cannot be read is a fault of its parameter.
    pub(crate) fn check(self) -> Result<Filter> {
        let mut faults = Faults::default();
        let text = |value: Option<String>| value.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let mut number = |name: &str, value: Option<String>| {
            let value = text(value)?;
            let number = value.parse::<f64>().ok().filter(|n| n.is_finite());
            if number.is_none() {
                faults.add(name, "must be a number");
            }
            number
        };
        let (min, max) = (number("min_score", self.min_score), number("max_score", self.max_score));
        let mut flag =
            |name: &str, value: Option<String>| match text(value).unwrap_or_default().to_ascii_lowercase().as_str() {
                "true" | "1" => true,
                "" | "false" | "0" => false,
                _ => {
                    faults.add(name, "must be true or false");
                    false
                }
            };
        let verified_only = flag("verified_only", self.verified_only);
        let women_safe = flag("women_safe", self.women_safe);
        let location = text(self.location);
        if location.as_ref().is_some_and(|l| l.len() > 500) {
            faults.add("location", "must have at most 500 bytes");
        }
        let itinerary = text(self.itinerary_id).and_then(|id| {
            let id = id.parse().ok().map(ItineraryId);
            if id.is_none() {
                faults.add("itinerary_id", "must be the id of an itinerary");
            }
            id
        });
        faults.result()?;
        let by_score = matches!(self.sort.as_slice(), [one] if one == "score");
        Ok(Filter {
            sort: if by_score { Sort::Score } else { Sort::Newest },
            rating_type: text(self.rating_type).map(|t| named(&t)),
            min_score: min.map(|n| whole(n.ceil())),
            max_score: max.map(|n| whole(n.floor())),
            verified_only,
            itinerary,
            women_safe,
            nowhere: location.as_ref().is_some_and(|l| pieces(l).is_empty()),
            places: location.map(|l| pieces(&l)).unwrap_or_default(),
        })
    }
}

/// Places are one to three words of a destination, so a longer one is asked for in pieces that overlap.
fn pieces(location: &str) -> Vec<String> {
    let folded = unaccent(location);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(12).collect();
    words.windows(words.len().clamp(1, 3)).map(|w| w.join(" ")).collect()
}

/// Scores are whole numbers from 1 to 5, so what lies far outside is as good as what lies just outside.
#[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=6")]
fn whole(number: f64) -> i64 {
    number.clamp(0.0, 6.0) as i64
}

impl Filter {
    /// A kind of rating that there is not, a place without a word, or a range without a score in it.
    pub(crate) fn finds_nothing(&self) -> bool {
        self.rating_type.as_ref().is_some_and(|t| !RATING_TYPES.contains(&t.as_str()))
            || self.nowhere
            || self.min_score.unwrap_or(1).max(1) > self.max_score.unwrap_or(5).min(5)
    }

    /// All that chooses and orders its rows.
    pub(crate) fn list(&self) -> String {
        format!("safety ratings {self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(min: &str, max: &str) -> RatingQuery {
        RatingQuery { min_score: Some(min.into()), max_score: Some(max.into()), ..RatingQuery::default() }
    }

    #[test]
    fn unreadable_values_name_their_parameter() {
        let query = RatingQuery {
            verified_only: Some("maybe".into()),
            itinerary_id: Some("nonexistent-id".into()),
            ..query("abc", "NaN")
        };
        assert_eq!(
            query.check().unwrap_err().to_string(),
            "itinerary_id: must be the id of an itinerary; max_score: must be a number; min_score: must be a number; \
             verified_only: must be true or false"
        );
    }

    #[test]
    fn a_longer_place_is_asked_for_in_pieces_that_overlap() {
        for (location, expected) in [
            (" KYŌTO ", vec!["kyoto"]),
            ("Nara, Japan", vec!["nara japan"]),
            ("Old Town of Cusco, Peru", vec!["old town of", "town of cusco", "of cusco peru"]),
            ("%", vec![]),
        ] {
            assert_eq!(pieces(location), expected, "{location}");
        }
    }

    #[test]
    fn scores_are_whole() {
        for (min, max, whole, nothing) in [
            ("4", "5", (4, 5), false),
            ("3.5", "4.5", (4, 4), false),
            ("-1e300", "1e300", (0, 6), false),
            ("4.1", "4.9", (5, 4), true),
            ("5.5", "9", (6, 6), true),
            ("-3", "0.9", (0, 0), true),
        ] {
            let filter = query(min, max).check().unwrap();
            let found = ((filter.min_score.unwrap(), filter.max_score.unwrap()), filter.finds_nothing());
            assert_eq!(found, (whole, nothing), "{min} {max}");
        }
        let nowhere = RatingQuery { location: Some("% -".into()), ..RatingQuery::default() };
        assert!(nowhere.check().unwrap().finds_nothing());
        let unknown = RatingQuery { rating_type: Some("food".into()), ..RatingQuery::default() };
        assert!(unknown.check().unwrap().finds_nothing());
    }
}

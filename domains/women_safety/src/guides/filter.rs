//! Which guides the directory shows, and in which order.

use super::model::{cents, term};
use kernel::{Faults, Result, text::search_tokens};
use serde::Deserialize;
use utoipa::IntoParams;

/// What a client may ask of the directory. Filters combine.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GuideQuery {
    /// Beginnings of words in a guide's names or in what she says about herself; all must be there.
    #[param(example = "tea")]
    search: Option<String>,
    /// Beginnings of words of a place where she guides. `destination` is the same.
    #[serde(alias = "destination")]
    #[param(example = "Kyoto")]
    location: Option<String>,
    /// Something that she is good at, as a whole.
    #[param(example = "women_safety")]
    specialization: Option<String>,
    /// A language, as a whole.
    #[param(example = "English")]
    language: Option<String>,
    /// The smallest mean of ratings. Without it 3, and those who have no review yet; when given, only who has reviews.
    #[param(value_type = Option<f64>, example = 4)]
    min_rating: Option<String>,
    /// The smallest price of an hour, in dollars; leaves out whose price is not known.
    #[param(value_type = Option<f64>, example = 10)]
    min_price: Option<String>,
    /// The largest price of an hour, in dollars; leaves out whose price is not known.
    #[param(value_type = Option<f64>, example = 50)]
    max_price: Option<String>,
    /// `true` (the default): only those whom an administrator verified.
    #[param(value_type = Option<bool>, example = true)]
    verified_only: Option<String>,
    /// `true` (the default): only those who take bookings now.
    #[param(value_type = Option<bool>, example = true)]
    available_only: Option<String>,
    /// `true`: only featured guides.
    #[param(value_type = Option<bool>, example = false)]
    featured: Option<String>,
    /// `rating` (the default), `experience`, `availability` or `price`, the lowest first; who has none is left out.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "rating")]
    sort: Vec<String>,
}

/// The same, understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    pub search: Vec<String>,
    pub location: Vec<String>,
    pub specialization: Option<String>,
    pub language: Option<String>,
    pub min_rating: Option<f64>,
    /// In cents.
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
    pub verified_only: bool,
    pub available_only: bool,
    pub featured: bool,
    pub sort: Sort,
    /// Words of which nothing is left that could be found.
    pub finds_nothing: bool,
}

/// The order of the directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Rating,
    Experience,
    Availability,
    Price,
}

impl GuideQuery {
    /// Understands the query; a value that cannot be read is a fault of its parameter.
    pub(crate) fn check(self) -> Result<Filter> {
        let mut faults = Faults::default();
        let text = |value: Option<String>| value.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let mut flag = |name: &str, value: Option<String>, usual: bool| match text(value)
            .map(|v| v.to_ascii_lowercase())
            .as_deref()
        {
            None => usual,
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(_) => {
                faults.add(name, "must be true or false");
                usual
            }
        };
        let verified_only = flag("verified_only", self.verified_only, true);
        let available_only = flag("available_only", self.available_only, true);
        let featured = flag("featured", self.featured, false);
        let mut number = |name: &str, value: Option<String>| {
            let value = text(value)?;
            let number = value.parse::<f64>().ok().filter(|n| n.is_finite());
            if number.is_none() {
                faults.add(name, "must be a number");
            }
            number
        };
        let min_rating = number("min_rating", self.min_rating).filter(|least| *least > 0.0);
        // Prices are whole cents, from 0 to a million dollars: what lies outside is as good as what lies at the end.
        let min_price = number("min_price", self.min_price).and_then(|usd| rounded(usd, f64::ceil));
        let max_price = number("max_price", self.max_price).map(|usd| rounded(usd, f64::floor).unwrap_or(-1));
        faults.result()?;
        let mut finds_nothing = false;
        let mut all = |value: Option<String>| {
            let words = text(value).map(|value| search_tokens(&value));
            finds_nothing |= words.as_ref().is_some_and(Vec::is_empty);
            words.unwrap_or_default()
        };
        let (search, location) = (all(self.search), all(self.location));
        Ok(Filter {
            search,
            location,
            specialization: text(self.specialization).map(|value| term(&value)),
            language: text(self.language).map(|value| term(&value)),
            min_rating,
            min_price,
            max_price,
            verified_only,
            available_only,
            featured,
            sort: match self.sort.as_slice() {
                [one] if one == "experience" => Sort::Experience,
                [one] if one == "availability" => Sort::Availability,
                [one] if one == "price" => Sort::Price,
                _ => Sort::Rating,
            },
            finds_nothing,
        })
    }
}

/// Dollars as cents; `None` below zero.
fn rounded(usd: f64, round: fn(f64) -> f64) -> Option<i64> {
    cents(round(usd.min(1_000_000.0) * 100.0) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_has_defaults() {
        let filter = GuideQuery::default().check().unwrap();
        assert_eq!(filter, Filter { verified_only: true, available_only: true, ..Filter::default() });
    }

    #[test]
    fn unreadable_values_name_their_parameter() {
        let query = GuideQuery {
            verified_only: Some("maybe".into()),
            min_price: Some("cheap".into()),
            min_rating: Some("NaN".into()),
            ..GuideQuery::default()
        };
        assert_eq!(
            query.check().unwrap_err().to_string(),
            "min_price: must be a number; min_rating: must be a number; verified_only: must be true or false"
        );
    }

    #[test]
    fn prices_are_bounded_by_whole_cents() {
        for (min, max, expected) in [
            ("10", "50", (Some(1_000), Some(5_000))),
            ("10.001", "9.999", (Some(1_001), Some(999))),
            ("-5", "-5", (None, Some(-1))),
            ("0", "1e300", (Some(0), Some(100_000_000))),
        ] {
            let query =
                GuideQuery { min_price: Some(min.into()), max_price: Some(max.into()), ..GuideQuery::default() };
            let filter = query.check().unwrap();
            assert_eq!((filter.min_price, filter.max_price), expected, "{min} {max}");
        }
    }

    #[test]
    fn words_without_a_letter_find_nothing() {
        let search = |text: &str| GuideQuery { search: Some(text.into()), ..GuideQuery::default() }.check().unwrap();
        assert!(search("!!").finds_nothing);
        assert!(!search("").finds_nothing);
        assert_eq!(search("Tea Kyoto").search, ["tea", "kyoto"]);
    }
}

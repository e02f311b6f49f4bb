//! Which trips a list shows, and in which order.

use crate::{
    index::{expression, wanted},
    model::fold_tag,
};
use kernel::{Faults, Result};
use serde::Deserialize;
use utoipa::IntoParams;

/// What a client may ask of the list. Filters combine: a trip is shown when it meets all of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItineraryQuery {
    /// `trending` (or `hot`, the default), `newest` (`new`), `top-rated` (`top`) or `most-helpful`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "newest")]
    sort: Vec<String>,
    /// Words, or the beginnings of words, that all stand in title, destination, country, regions, tags or description;
    /// whatever their case and accents. Without a word in it nothing is found.
    #[param(example = "temple")]
    search: Option<String>,
    /// Words, or the beginnings of words, that all stand in the destination; whatever their case and accents.
    #[param(example = "tokyo")]
    destination: Option<String>,
    /// An activity; repeated, all of them.
    #[serde(default)]
    #[param(example = json!(["hiking"]))]
    activity: Vec<String>,
    /// The smallest proof score, 0 to 100.
    #[param(value_type = Option<f64>, example = 20)]
    min_score: Option<String>,
    /// The smallest safety score, 0 to 5.
    #[param(value_type = Option<f64>, example = 4.0)]
    min_safety_score: Option<String>,
    /// `true`: with a track; `false`: without one.
    #[param(value_type = Option<bool>, example = true)]
    has_gps: Option<String>,
    /// `true`: certified as safe for women; `false` does not filter.
    #[param(value_type = Option<bool>, example = true)]
    women_safe: Option<String>,
    /// `true`: featured; `false` does not filter.
    #[param(value_type = Option<bool>, example = true)]
    featured: Option<String>,
    /// `easy`, `moderate`, `difficult` or `expert`.
    #[param(example = "moderate")]
    difficulty: Option<String>,
}

/// The same, understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    pub sort: Sort,
    /// The words of search and destination, as the index of words is asked; `Some` of nothing finds nothing.
    pub words: Option<String>,
    pub activities: Vec<String>,
    /// What few trips have; the database tells.
    pub few: Few,
    pub min_score: Option<f64>,
    pub min_safety_score: Option<f64>,
    pub has_gps: Option<bool>,
    pub women_safe: bool,
    pub featured: bool,
    pub difficulty: Option<String>,
}

/// What so few trips have that they are looked up and sorted; of the rest enough are met on a walk along all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Few {
    /// Whether the words.
    pub words: bool,
    /// Which one of the activities.
    pub activity: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Trending,
    Newest,
    TopRated,
    MostHelpful,
}

impl Sort {
    fn named(name: Option<&str>) -> Self {
        match name {
            Some("newest" | "new") => Self::Newest,
            Some("top-rated" | "top") => Self::TopRated,
            Some("most-helpful") => Self::MostHelpful,
            _ => Self::Trending,
        }
    }
}

impl ItineraryQuery {
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
        let (min_score, min_safety_score) =
            (number("min_score", self.min_score), number("min_safety_score", self.min_safety_score));
        let mut flag = |name: &str, value: Option<String>| match text(value)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                faults.add(name, "must be true or false");
                None
            }
        };
        let (has_gps, women_safe, featured) =
            (flag("has_gps", self.has_gps), flag("women_safe", self.women_safe), flag("featured", self.featured));
        let too_long = |t: &Option<String>| t.as_ref().is_some_and(|t| t.len() > 500);
        for (name, value) in [("search", &self.search), ("destination", &self.destination)] {
            if too_long(value) {
                faults.add(name, "must have at most 500 bytes");
            }
        }
        if self.activity.len() > 10 {
            faults.add("activity", "must be given at most 10 times");
        }
        faults.result()?;
        // `?search=` is a search field left empty, not a search for nothing.
        let [search, destination] = [self.search, self.destination].map(|t| text(t).map(|t| wanted(&t)));
        let is_nothing = [&search, &destination].iter().any(|words| words.as_ref().is_some_and(Vec::is_empty));
        let is_any = search.is_some() || destination.is_some();
        let words = expression(&search.unwrap_or_default(), &destination.unwrap_or_default());
        Ok(Filter {
            sort: Sort::named(if let [one] = self.sort.as_slice() { Some(one) } else { None }),
            words: is_any.then_some(if is_nothing { String::new() } else { words }),
            activities: self.activity.iter().map(|a| fold_tag(a)).filter(|a| !a.is_empty()).collect(),
            few: Few::default(),
            min_score,
            min_safety_score,
            has_gps,
            women_safe: women_safe == Some(true),
            featured: featured == Some(true),
            difficulty: text(self.difficulty).map(|d| d.to_lowercase()),
        })
    }
}

impl Filter {
    /// A search, or a destination, without a word in it.
    pub(crate) fn finds_nothing(&self) -> bool {
        self.words.as_ref().is_some_and(String::is_empty)
    }

    /// Whether it leaves no trip out.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self { sort: self.sort, ..Self::default() }
    }

    /// All that chooses and orders its rows.
    pub(crate) fn list(&self) -> String {
        format!("{self:?}")
    }

    /// All that chooses its rows, and so how many they are.
    pub(crate) fn chosen(&self) -> String {
        Self { sort: Sort::default(), few: Few::default(), ..self.clone() }.list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_values_name_their_parameter() {
        let query = ItineraryQuery {
            min_score: Some("abc".into()),
            has_gps: Some("maybe".into()),
            sort: vec!["nonsense".into()],
            ..ItineraryQuery::default()
        };
        let message = query.check().unwrap_err().to_string();
        assert_eq!(message, "has_gps: must be true or false; min_score: must be a number");
    }

    #[test]
    fn a_search_without_a_word_finds_nothing() {
        let search = |s: &str| ItineraryQuery { search: Some(s.into()), ..ItineraryQuery::default() }.check().unwrap();
        assert!(search("% _").finds_nothing());
        assert!(!search("").finds_nothing());
        assert_eq!(search("Kyōto 100%").words.unwrap(), "kyoto* AND 100*");
        let both = ItineraryQuery { search: Some("tea".into()), destination: Some("%".into()), ..Default::default() };
        assert!(both.check().unwrap().finds_nothing());
    }
}

//! Which groups a list shows, and in which order. Dates count by their month, whoever asks: sorted or filtered by days, a
//! list would tell them.

use crate::model::{
    fold_tag,
    matching::{Wish, Wishes},
    month,
};
use kernel::{
    Faults, Result,
    clock::Day,
    text::{unaccent, words},
};
use serde::Deserialize;
use utoipa::IntoParams;

/// What a client may ask of the list. Filters combine: a group is shown when it meets all of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GroupQuery {
    /// `newest` (the default), `popular` (the most members) or `starting_soon` (by the month; those of months that have
    /// passed are left out).
    #[serde(default)]
    #[param(value_type = Option<String>, example = "newest")]
    sort: Vec<String>,
    /// Words that all stand in name, description or town, whatever their case and accents.
    #[param(example = "surf")]
    search: Option<String>,
    /// A part of the town, whatever its case and accents; what stands after a comma is not looked at.
    #[param(example = "lisbon")]
    destination: Option<String>,
    /// The kind of group.
    #[param(example = "interest_based")]
    group_type: Option<String>,
    /// The same as `group_type`.
    #[serde(rename = "type")]
    #[param(example = "interest_based")]
    kind: Option<String>,
    /// An activity; repeated, all of them.
    #[serde(default)]
    #[param(example = json!(["surfing"]))]
    activity: Vec<String>,
    /// `true`: women-only groups; `false`: others.
    #[param(value_type = Option<bool>, example = false)]
    women_safe: Option<String>,
    /// `true`: with a free seat, and not over (a group takes nobody after the month of its last day); `false` does not
    /// filter.
    #[param(value_type = Option<bool>, example = true)]
    has_availability: Option<String>,
    /// The same as `has_availability`.
    #[param(value_type = Option<bool>, example = true)]
    available_only: Option<String>,
    /// Starting in the month of this day or later.
    #[param(value_type = Option<String>, format = Date, example = "2027-04-01")]
    start_date: Option<String>,
    /// Starting in the month of this day or earlier.
    #[param(value_type = Option<String>, format = Date, example = "2027-06-30")]
    end_date: Option<String>,
    /// `true`: groups that the caller belongs to.
    #[param(value_type = Option<bool>, example = false)]
    mine: Option<String>,
}

/// The same, understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    pub sort: Sort,
    /// Folded words; `Some` of none finds nothing.
    pub search: Option<Vec<String>>,
    pub town: Option<String>,
    pub group_type: Option<String>,
    pub activities: Vec<String>,
    pub women_only: Option<bool>,
    pub has_seats: bool,
    /// The first and last month of the start.
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub mine: bool,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Newest,
    Popular,
    StartingSoon,
}

impl GroupQuery {
    /// Understands the query; a value that cannot be read is a fault of its parameter.
    pub(crate) fn check(self) -> Result<Filter> {
        let mut faults = Faults::default();
        let text = |value: Option<String>| value.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let mut flag = |name: &str, value: Option<String>| match text(value)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                faults.add(name, "must be true or false");
                None
            }
        };
        let women_only = flag("women_safe", self.women_safe);
        let has_seats = flag("has_availability", self.has_availability) == Some(true);
        let has_seats = flag("available_only", self.available_only) == Some(true) || has_seats;
        let mine = flag("mine", self.mine) == Some(true);
        let mut day = |name: &str, value: Option<String>| match text(value)?.parse::<Day>() {
            Ok(day) => Some(month(day)),
            Err(fault) => {
                faults.add(name, fault);
                None
            }
        };
        let (from, to) = (day("start_date", self.start_date), day("end_date", self.end_date));
        for (name, value) in [("search", &self.search), ("destination", &self.destination)] {
            if value.as_ref().is_some_and(|t| t.len() > 500) {
                faults.add(name, "must have at most 500 bytes");
            }
        }
        if self.activity.len() > 10 {
            faults.add("activity", "must be given at most 10 times");
        }
        faults.result()?;
        Ok(Filter {
            sort: match self.sort.as_slice() {
                [one] if one == "popular" => Sort::Popular,
                [one] if one == "starting_soon" => Sort::StartingSoon,
                _ => Sort::Newest,
            },
            search: text(self.search).map(|s| words(&s)),
            town: text(self.destination).map(|d| unaccent(d.split(',').next().unwrap_or_default().trim())),
            group_type: text(self.group_type).or(text(self.kind)).map(|t| t.to_lowercase()),
            activities: self.activity.iter().map(|a| fold_tag(a)).filter(|a| !a.is_empty()).collect(),
            women_only,
            has_seats,
            from,
            to,
            mine,
        })
    }
}

impl Filter {
    /// A search without a word in it.
    pub(crate) fn finds_nothing(&self) -> bool {
        self.search.as_ref().is_some_and(Vec::is_empty)
    }

    /// All that chooses and orders its rows.
    pub(crate) fn list(&self) -> String {
        format!("travel groups {self:?}")
    }
}

/// What somebody looks for. What is absent is taken from their profile and from the trips that they plan.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MatchQuery {
    /// Where to.
    #[param(example = "Lisbon")]
    destination: Option<String>,
    /// The first day; its month counts.
    #[param(value_type = Option<String>, format = Date, example = "2027-04-02")]
    start_date: Option<String>,
    /// The last day; its month counts.
    #[param(value_type = Option<String>, format = Date, example = "2027-04-09")]
    end_date: Option<String>,
    /// Degrees north of it, together with `longitude`.
    #[param(value_type = Option<f64>, example = 38.7)]
    latitude: Option<String>,
    /// Degrees east of it.
    #[param(value_type = Option<f64>, example = -9.1)]
    longitude: Option<String>,
    /// What they like to do; repeated.
    #[serde(default)]
    #[param(example = json!(["surfing"]))]
    interests: Vec<String>,
    /// Languages that they speak; repeated.
    #[serde(default)]
    #[param(example = json!(["en"]))]
    languages: Vec<String>,
    /// How fast they travel.
    #[param(example = "slow")]
    travel_pace: Option<String>,
}

impl MatchQuery {
    /// Understands the query; a value that cannot be read is a fault of its parameter.
    pub(crate) fn check(self) -> Result<Wishes> {
        let mut faults = Faults::default();
        let text = |value: Option<String>| value.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let mut day = |name: &str, value: Option<String>| {
            text(value)?.parse::<Day>().map_err(|fault| faults.add(name, fault)).ok()
        };
        let (start, end) = (day("start_date", self.start_date), day("end_date", self.end_date));
        let mut degrees = |name: &str, most: f64, value: Option<String>| {
            let read = text(value)?.parse::<f64>().ok().filter(|d| d.abs() <= most);
            if read.is_none() {
                faults.add(name, "must be a number of degrees");
            }
            read
        };
        let point = degrees("latitude", 90.0, self.latitude).zip(degrees("longitude", 180.0, self.longitude));
        for (name, list) in [("interests", &self.interests), ("languages", &self.languages)] {
            if list.len() > 20 || list.iter().any(|w| w.len() > 200) {
                faults.add(name, "must be given at most 20 times, with at most 200 bytes each");
            }
        }
        if self.destination.as_ref().is_some_and(|d| d.len() > 500) {
            faults.add("destination", "must have at most 500 bytes");
        }
        faults.result()?;
        let town = text(self.destination);
        let has_trip = town.is_some() || point.is_some() || start.is_some() || end.is_some();
        let words = |list: Vec<String>| list.into_iter().filter(|w| !w.trim().is_empty()).collect();
        Ok(Wishes {
            trips: if has_trip { vec![Wish { town, point, start, end }] } else { Vec::new() },
            interests: words(self.interests),
            languages: words(self.languages),
            pace: text(self.travel_pace),
            prefers_women_only: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_values_name_their_parameter() {
        let query = GroupQuery {
            women_safe: Some("maybe".into()),
            start_date: Some("soon".into()),
            sort: vec!["nonsense".into()],
            ..GroupQuery::default()
        };
        assert_eq!(
            query.check().unwrap_err().to_string(),
            "start_date: must be a date such as 2027-04-02, from 1900 to 2200; women_safe: must be true or false"
        );
    }

    #[test]
    fn only_the_month_and_the_town_of_a_filter_count() {
        let query = |day: &str, place: &str| {
            let (day, place) = (Some(day.to_owned()), Some(place.to_owned()));
            GroupQuery { start_date: day, destination: place, ..GroupQuery::default() }.check().unwrap()
        };
        assert_eq!(query("2027-04-01", "Lisbon"), query("2027-04-30", "Lisbon, Alfama"));
        assert_ne!(query("2027-04-30", "Lisbon"), query("2027-05-01", "Lisbon"));
    }
}

//! Which intel a list shows, and in which order.

use crate::model::ItineraryId;
use kernel::{Error, Faults, Result, http::Noun};
use serde::Deserialize;
use utoipa::IntoParams;

/// What a client may ask of the list. Filters combine. Without a trip there must be another filter.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IntelQuery {
    /// The trip that it is about.
    #[param(example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    itinerary_id: Option<String>,
    /// `newest` (the default), `helpful`, for one trip only, or `critical`, which leaves everything else out.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "newest")]
    sort: Vec<String>,
    /// `question`, `update`, `warning`, `recommendation`, `local_insight` or `tip`.
    #[serde(rename = "type")]
    #[param(example = "tip")]
    intel_type: Option<String>,
    /// `open`, `in_progress`, `resolved`, `verified`, `closed` or `archived`.
    #[param(example = "open")]
    status: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    #[serde(alias = "severity_level")]
    #[param(example = "high")]
    severity: Option<String>,
    /// `true`: about safety; `false`: not about it.
    #[param(value_type = Option<bool>, example = true)]
    safety_related: Option<String>,
}

/// The same, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub itinerary: Option<ItineraryId>,
    pub sort: Sort,
    pub intel_type: Option<String>,
    pub status: Option<String>,
    pub severity: Option<String>,
    pub safety_related: Option<bool>,
    /// Nothing but what is critical.
    pub critical: bool,
}

/// The order of a list. What no longer holds stands below the rest in each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Newest,
    Helpful,
}

impl IntelQuery {
    /// Understands the query; a value that cannot be read is a fault of its parameter.
    pub(crate) fn check(self) -> Result<Filter> {
        let mut faults = Faults::default();
        let text = |value: Option<String>| value.map(|t| t.trim().to_lowercase()).filter(|t| !t.is_empty());
        let safety_related = match text(self.safety_related).as_deref() {
            None => None,
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            Some(_) => {
                faults.add("safety_related", "must be true or false");
                None
            }
        };
        let (sort, critical) = match self.sort.as_slice() {
            [one] if one == "helpful" => (Sort::Helpful, false),
            [one] if one == "critical" => (Sort::Newest, true),
            _ => (Sort::Newest, false),
        };
        let mut filter = Filter {
            itinerary: None,
            sort,
            intel_type: text(self.intel_type),
            status: text(self.status),
            severity: text(self.severity),
            safety_related,
            critical,
        };
        let itinerary = text(self.itinerary_id);
        if itinerary.is_none() && !filter.is_narrow() {
            faults.add("itinerary_id", "is required, or a filter such as type");
        }
        if itinerary.is_none() && filter.sort == Sort::Helpful {
            faults.add("sort", "helpful needs itinerary_id");
        }
        faults.result()?;
        // What cannot be an id is an id of nothing.
        let read = |id: String| id.parse().map(ItineraryId).ok().ok_or(Error::NotFound(ItineraryId::NOUN));
        filter.itinerary = itinerary.map(read).transpose()?;
        Ok(filter)
    }
}

impl Filter {
    /// All that chooses and orders its rows.
    pub(crate) fn list(&self) -> String {
        format!("travel intel {self:?}")
    }

    /// Whether it asks for more than a trip. What was deleted has nothing left by which it could be found then.
    pub(crate) fn is_narrow(&self) -> bool {
        self.intel_type.is_some()
            || self.status.is_some()
            || self.severity.is_some()
            || self.safety_related.is_some()
            || self.critical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_over_all_trips_needs_a_filter() {
        let fault = IntelQuery::default().check().unwrap_err().to_string();
        assert_eq!(fault, "itinerary_id: is required, or a filter such as type");
        let tips = IntelQuery { intel_type: Some(" Tip ".into()), ..IntelQuery::default() };
        assert_eq!(tips.check().unwrap(), Filter { intel_type: Some("tip".into()), ..Filter::default() });
        let critical = IntelQuery { sort: vec!["critical".into()], ..IntelQuery::default() };
        assert!(critical.check().unwrap().critical);
        let unreadable = IntelQuery { safety_related: Some("maybe".into()), ..IntelQuery::default() };
        assert!(unreadable.check().unwrap_err().to_string().contains("safety_related: must be true or false"));
    }
}

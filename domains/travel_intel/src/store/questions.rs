//! The questions behind lists and figures, for the test that reads their plans on both engines.

use super::{own_sql, own_total_sql, page_sql, replies_sql, stats_sql, total_sql};
use crate::{
    filter::{Filter, Sort},
    model::{IntelId, ItineraryId},
};
use kernel::{auth::Caller, clock::Timestamp, db::Sql, http::Page};
use uuid::Uuid;

/// Each with its name.
pub fn questions(viewer: Caller, itinerary: Uuid, intel: Uuid, now: Timestamp) -> Vec<(String, Sql)> {
    let word = |word: &str| Some(word.to_owned());
    let of_trip = Filter { itinerary: Some(ItineraryId(itinerary)), ..Filter::default() };
    let filters = [
        of_trip.clone(),
        Filter { sort: Sort::Helpful, ..of_trip.clone() },
        Filter { critical: true, ..of_trip },
        Filter { intel_type: word("tip"), ..Filter::default() },
        Filter { intel_type: word("warning"), ..Filter::default() },
        Filter { severity: word("critical"), ..Filter::default() },
        Filter { critical: true, ..Filter::default() },
        Filter { status: word("resolved"), ..Filter::default() },
        Filter { safety_related: Some(true), ..Filter::default() },
        Filter { safety_related: Some(false), ..Filter::default() },
    ];
    let page = Page::new(None, None);
    let mut all = vec![
        ("replies".to_owned(), replies_sql(IntelId(intel), page, Some(viewer))),
        ("own".to_owned(), own_sql(viewer, page)),
        ("own, in all".to_owned(), own_total_sql(viewer)),
        ("figures".to_owned(), stats_sql(ItineraryId(itinerary), Some(viewer))),
    ];
    for filter in &filters {
        for viewer in [None, Some(viewer)] {
            all.push((format!("page {filter:?}"), page_sql(filter, page, viewer, now)));
            all.push((format!("total {filter:?}"), total_sql(filter, viewer)));
        }
    }
    all
}

//! The questions behind the lists of guides, bookings and reviews, for the test that reads their plans on both engines.

use super::{
    filter::{Filter, Sort},
    model::GuideId,
    store,
};
use crate::{
    bookings::{
        self,
        model::{Side, Status},
    },
    reviews,
};
use kernel::{auth::Caller, clock::Day, db::Sql, http::Page};
use uuid::Uuid;

/// Each with its name.
pub fn plans(viewer: Caller, guide: Uuid, today: Day) -> Vec<(String, Sql)> {
    let (page, guide) = (Page::new(None, None), GuideId(guide));
    let usual = Filter { verified_only: true, available_only: true, ..Filter::default() };
    let word = |word: &str| vec![word.to_owned()];
    let filters = [
        usual.clone(),
        Filter { sort: Sort::Experience, ..usual.clone() },
        Filter { sort: Sort::Availability, ..usual.clone() },
        Filter { sort: Sort::Price, ..usual.clone() },
        Filter { min_price: Some(1_000), max_price: Some(5_000), ..usual.clone() },
        Filter { location: word("kyo"), ..usual.clone() },
        Filter { language: Some("english".to_owned()), ..usual.clone() },
        Filter { specialization: Some("women safety".to_owned()), min_rating: Some(4.0), ..usual.clone() },
        Filter { search: word("tea"), ..usual },
    ];
    let mut all = vec![("a guide".to_owned(), store::find_sql(guide, Some(viewer)))];
    for filter in &filters {
        for viewer in [None, Some(viewer)] {
            all.push((format!("guides {filter:?}"), store::page_sql(filter, page, viewer, today)));
        }
    }
    for side in [Side::Traveler, Side::Guide] {
        for status in [None, Some(Status::Confirmed)] {
            let sql = bookings::store::page_sql(side, viewer, status, page);
            all.push((format!("bookings {side:?} {status:?}"), sql));
        }
    }
    all.push(("reviews".to_owned(), reviews::store::page_of_sql(guide, page, Some(viewer))));
    all
}

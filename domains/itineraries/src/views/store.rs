//! Views in the database.

use super::model::{Counted, View};
use crate::model::ItineraryId;
use kernel::{
    Result,
    clock::Day,
    db::{Session, Tx, open},
    record, sql,
};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a view was written already.
pub(super) async fn is_known(db: &mut Session, view: &View) -> Result<bool> {
    let known =
        sql!("select itinerary_id from itinerary_views where day = $1 and itinerary_id = $2 and viewer_key = $3");
    let known = known.bind(view.day).bind(view.itinerary).bind(view.viewer.as_slice());
    Ok(db.maybe::<ItineraryId>(known).await?.is_some())
}

record! {
    struct New { itinerary_id: ItineraryId, is_view: bool, is_viewer: bool }
}

/// Writes views, and counts the new ones and their viewers; the trips that have any. Rows are inserted and counted in one
/// order everywhere, so that two processes do not wait for each other.
pub(super) async fn write(tx: &mut Tx, views: &[View]) -> Result<Vec<ItineraryId>> {
    let rows: BTreeSet<Counted> = views.iter().flat_map(View::rows).collect();
    let mut new: BTreeMap<ItineraryId, (i64, i64)> = BTreeMap::new();
    let mut insert = open("insert into itinerary_views (day, itinerary_id, viewer_key, is_view, is_viewer)");
    insert.push_rows(rows.iter().map(|r| {
        vec![r.day.into(), r.itinerary.into(), r.key.as_slice().into(), r.is_view.into(), r.is_viewer.into()]
    }));
    insert.push(" on conflict do nothing returning itinerary_id, is_view, is_viewer");
    for row in tx.all::<New>(insert).await? {
        let (views, viewers) = new.entry(row.itinerary_id).or_default();
        *views += i64::from(row.is_view);
        *viewers += i64::from(row.is_viewer);
    }
    let count =
        sql!("update itineraries set view_count = view_count + $2, viewers_count = viewers_count + $3 where id = $1");
    let counts =
        new.iter().map(|(itinerary, (views, viewers))| vec![(*itinerary).into(), (*views).into(), (*viewers).into()]);
    tx.run_many(count, counts.collect()).await?;
    Ok(new.into_keys().collect())
}

/// Forgets who looked before `day`, some of them; how many those were.
pub(super) async fn forget(tx: &mut Tx, day: Day, at_most: u64) -> Result<u64> {
    let forget = sql!(
        "delete from itinerary_views where (day, itinerary_id, viewer_key) in
            (select day, itinerary_id, viewer_key from itinerary_views where day < $1
             order by day, itinerary_id, viewer_key limit $2)"
    );
    Ok(tx.run(forget.bind(day).bind(i64::try_from(at_most).unwrap_or(i64::MAX))).await?)
}

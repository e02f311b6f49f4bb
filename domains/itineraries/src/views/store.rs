//! Views in the database.

use super::model::View;
use crate::model::ItineraryId;
use kernel::{
    Result,
    clock::Day,
    db::{Session, Tx, open},
    sql,
};
use std::collections::BTreeMap;

/// Rows a statement; SQLite takes 32,766 values.
const ROWS: usize = 1_000;

/// Whether a view was written already.
pub(super) async fn is_known(db: &mut Session, view: &View) -> Result<bool> {
    let known =
        sql!("select itinerary_id from itinerary_views where day = $1 and itinerary_id = $2 and viewer_key = $3");
    let known = known.bind(view.day).bind(view.itinerary).bind(view.viewer.as_slice());
    Ok(db.maybe::<ItineraryId>(known).await?.is_some())
}

/// Writes views that are sorted by trip, and counts the new ones; the trips that have any. Rows are inserted and counted
/// in the order of the trips everywhere, so that two processes do not wait for each other.
pub(super) async fn write(tx: &mut Tx, views: &[View]) -> Result<Vec<ItineraryId>> {
    let mut new: BTreeMap<ItineraryId, i64> = BTreeMap::new();
    for views in views.chunks(ROWS) {
        let mut insert = open("insert into itinerary_views (day, itinerary_id, viewer_key)");
        insert.push_rows(views.iter().map(|v| vec![v.day.into(), v.itinerary.into(), v.viewer.as_slice().into()]));
        insert.push(" on conflict do nothing returning itinerary_id");
        for itinerary in tx.all::<ItineraryId>(insert).await? {
            *new.entry(itinerary).or_default() += 1;
        }
    }
    let counts = new.iter().map(|(itinerary, count)| vec![(*itinerary).into(), (*count).into()]).collect();
    tx.run_many(sql!("update itineraries set view_count = view_count + $2 where id = $1"), counts).await?;
    Ok(new.into_keys().collect())
}

/// Forgets who looked before `day`.
pub(super) async fn forget(tx: &mut Tx, day: Day) -> Result<()> {
    tx.run(sql!("delete from itinerary_views where day < $1").bind(day)).await?;
    Ok(())
}

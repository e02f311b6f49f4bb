//! Views in the database.

use super::model::{View, Viewer};
use crate::model::ItineraryId;
use kernel::{
    Result,
    auth::TravelerId,
    clock::Day,
    db::{Session, Sql, Tx, open},
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

/// Writes views, and counts the new ones and their viewers; the trips that have any, and whether one of them is a viewer.
/// Rows are inserted and counted in one order everywhere, so that two processes do not wait for each other.
pub(super) async fn write(tx: &mut Tx, views: &[View]) -> Result<BTreeMap<ItineraryId, Figures>> {
    let rows: BTreeSet<(ItineraryId, Day, Viewer)> = views.iter().map(|v| (v.itinerary, v.day, v.viewer)).collect();
    let mut insert = open("insert into itinerary_views (itinerary_id, day, viewer_key)");
    insert.push_rows(rows.into_iter().map(|(trip, day, key)| vec![trip.into(), day.into(), key.as_slice().into()]));
    insert.push(" on conflict do nothing returning itinerary_id");
    let mut new: BTreeMap<ItineraryId, Figures> = BTreeMap::new();
    for trip in tx.all::<ItineraryId>(insert).await? {
        new.entry(trip).or_default().views += 1;
    }
    let rows: BTreeMap<Viewer, (ItineraryId, Day)> =
        views.iter().filter_map(|v| v.traveler.map(|key| (key, (v.itinerary, v.day)))).collect();
    if !rows.is_empty() {
        let mut insert = open("insert into itinerary_viewers (viewer_key, itinerary_id, day)");
        insert.push_rows(
            rows.iter().map(|(key, (trip, day))| vec![key.as_slice().into(), (*trip).into(), (*day).into()]),
        );
        insert.push(" on conflict do nothing returning itinerary_id");
        for trip in tx.all::<ItineraryId>(insert).await? {
            new.entry(trip).or_default().viewers += 1;
        }
    }
    count(tx, &new).await?;
    Ok(new)
}

/// By how much the figures of a trip change.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    /// Pages show them.
    pub views: i64,
    /// Trips are ranked by them.
    pub viewers: i64,
}

async fn count(tx: &mut Tx, changes: &BTreeMap<ItineraryId, Figures>) -> Result<()> {
    let count =
        sql!("update itineraries set view_count = view_count + $2, viewers_count = viewers_count + $3 where id = $1");
    let counts = changes.iter().map(|(trip, by)| vec![(*trip).into(), by.views.into(), by.viewers.into()]);
    tx.run_many(count, counts.collect()).await?;
    Ok(())
}

/// Counts viewers no more whose rows went; their trips.
async fn uncount(tx: &mut Tx, gone: Vec<ItineraryId>) -> Result<Vec<ItineraryId>> {
    let mut changes: BTreeMap<ItineraryId, Figures> = BTreeMap::new();
    for trip in gone {
        changes.entry(trip).or_default().viewers -= 1;
    }
    count(tx, &changes).await?;
    Ok(changes.into_keys().collect())
}

/// Forgets who looked before `day`, some of them; how many those were.
pub(super) async fn forget(tx: &mut Tx, day: Day, at_most: i64) -> Result<u64> {
    let forget = sql!(
        "delete from itinerary_views where (day, itinerary_id, viewer_key) in
            (select day, itinerary_id, viewer_key from itinerary_views where day < $1
             order by day, itinerary_id, viewer_key limit $2)"
    );
    Ok(tx.run(forget.bind(day).bind(at_most)).await?)
}

/// Forgets viewers who came first before `day`, some of them, and counts them no more; how many those were, and their trips.
pub(super) async fn forget_viewers(tx: &mut Tx, day: Day, at_most: i64) -> Result<(usize, Vec<ItineraryId>)> {
    let forget = sql!(
        "delete from itinerary_viewers where viewer_key in
            (select viewer_key from itinerary_viewers where day < $1 order by day, viewer_key limit $2)
         returning itinerary_id"
    );
    let gone: Vec<ItineraryId> = tx.all(forget.bind(day).bind(at_most)).await?;
    Ok((gone.len(), uncount(tx, gone).await?))
}

record! {
    /// What became of an account.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Standing { pub is_active: bool, pub is_gone: bool }
}

/// What became of an account.
pub(super) async fn standing(db: &mut Session, id: TravelerId) -> Result<Option<Standing>> {
    let standing = sql!("select is_active, (deleted_at is not null) as is_gone from travelers where id = $1");
    Ok(db.maybe(standing.bind(id)).await?)
}

/// The next trips in the order of their ids.
pub(super) async fn trips_after(db: &mut Session, after: ItineraryId, at_most: i64) -> Result<Vec<ItineraryId>> {
    let next = sql!("select id from itineraries where id > $1 order by id limit $2");
    Ok(db.all(next.bind(after).bind(at_most)).await?)
}

/// Forgets these viewers, and counts them no more; their trips.
pub(super) async fn remove(tx: &mut Tx, viewers: &[Viewer]) -> Result<Vec<ItineraryId>> {
    let gone = tx.all(going(viewers)).await?;
    uncount(tx, gone).await
}

pub(crate) fn going(viewers: &[Viewer]) -> Sql {
    let mut sql = open("delete from itinerary_viewers where viewer_key in ");
    sql.push_list(viewers.iter().map(Viewer::as_slice)).push(" returning itinerary_id");
    sql
}

/// Forgets who these viewers were, and counts them on until their time is over.
pub(super) async fn forget_who(tx: &mut Tx, viewers: &[Viewer], random: impl Fn() -> Viewer) -> Result<()> {
    let known: Vec<Vec<u8>> = tx.all(known(viewers)).await?;
    let forget = sql!("update itinerary_viewers set viewer_key = $2 where viewer_key = $1");
    let rows = known.into_iter().map(|key| vec![key.into(), random().as_slice().into()]);
    tx.run_many(forget, rows.collect()).await?;
    Ok(())
}

pub(crate) fn known(viewers: &[Viewer]) -> Sql {
    let mut sql = open("select viewer_key from itinerary_viewers where viewer_key in ");
    sql.push_list(viewers.iter().map(Viewer::as_slice)).push(" order by viewer_key");
    sql
}

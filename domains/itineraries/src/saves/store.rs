//! Saved trips in the database.

use crate::{
    mine::{self, FoundBy},
    model::ItineraryId,
    store::{JOINS, LIST_COLUMNS, lock, push_beside, shown},
};
use accounts::AuthorCard;
use kernel::{
    Result,
    auth::Caller,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Window,
    sql,
};

/// Saves a trip that the caller may see; `None` when there is none, else whether it was not saved before.
pub(super) async fn save(tx: &mut Tx, id: ItineraryId, caller: Caller, at: Timestamp) -> Result<Option<bool>> {
    if lock(tx, id).await?.is_none() {
        return Ok(None);
    }
    let mut sql = open("select (s.itinerary_id is not null) as saved from itineraries i");
    sql.push(" left join itinerary_saves s on s.itinerary_id = i.id and s.traveler_id = ").push_bind(caller.id);
    shown(&mut sql, Some(caller));
    sql.push(" and i.id = ").push_bind(id);
    let saved = tx.maybe::<bool>(sql).await?;
    if saved == Some(false) {
        let insert = sql!("insert into itinerary_saves (traveler_id, itinerary_id, saved_at) values ($1, $2, $3)");
        tx.run_at_commit(insert.bind(caller.id).bind(id).bind(at));
        tx.run_at_commit(sql!("update itineraries set share_count = share_count + 1 where id = $1").bind(id));
    }
    Ok(saved.map(|saved| !saved))
}

/// Forgets a saved trip, also one that the caller cannot see any more; whether it was saved.
pub(super) async fn forget(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<bool> {
    lock(tx, id).await?;
    let delete = sql!("delete from itinerary_saves where traveler_id = $1 and itinerary_id = $2");
    let forgotten = tx.run(delete.bind(caller.id).bind(id)).await? == 1;
    if forgotten {
        tx.run_at_commit(sql!("update itineraries set share_count = share_count - 1 where id = $1").bind(id));
    }
    Ok(forgotten)
}

/// Whether the caller saved a trip and may still see it.
pub(super) async fn is_saved(db: &mut Session, id: ItineraryId, caller: Caller) -> Result<bool> {
    let mut sql = open("select s.itinerary_id");
    saved(&mut sql, caller);
    sql.push(" and s.itinerary_id = ").push_bind(id);
    Ok(db.maybe::<ItineraryId>(sql).await?.is_some())
}

/// A trip and since when it is saved.
#[derive(Debug)]
pub(super) struct Saved {
    pub found: FoundBy,
    pub at: Timestamp,
}

impl FromRow for Saved {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { found: FoundBy::from_row(row)?, at: row.get("saved_at")? })
    }
}

/// What the caller saved and may still see, from `select` to the conditions.
fn saved(sql: &mut Sql, caller: Caller) {
    sql.push(" from itinerary_saves s join itineraries i on i.id = s.itinerary_id");
    shown(sql, Some(caller));
    sql.push(" and s.traveler_id = ").push_bind(caller.id);
}

impl Saved {
    /// What it is sorted by, of a row that was read.
    pub(super) fn keys(&self) -> Vec<Arg> {
        vec![self.at.into(), self.found.found.itinerary.id.into()]
    }
}

/// What of a window the caller saved and may still see, newest first, without tracks, and one row more.
pub(super) async fn page(db: &mut Session, caller: Caller, window: &Window) -> Result<Vec<Saved>> {
    let mut saved: Vec<Saved> = db.all(saved_by(caller, window.after(), window.limit(), window.offset())).await?;
    for one in &mut saved {
        one.found.found.itinerary.route_waypoints.0.clear();
    }
    Ok(saved)
}

pub(crate) fn saved_by(caller: Caller, after: &[Arg], limit: i64, offset: i64) -> Sql {
    let mut sql = open("with page as (select i.id as page_id, s.saved_at as saved_at");
    saved(&mut sql, caller);
    sql.push_after("(s.saved_at, s.itinerary_id)", after);
    sql.push(" order by s.saved_at desc, s.itinerary_id desc limit ").push_bind(limit);
    sql.push(" offset ").push_bind(offset);
    sql.push(") select ").push(AuthorCard::COLUMNS).push(", ").push(LIST_COLUMNS).push(", ");
    push_beside(&mut sql, Some(caller));
    sql.push(", cast(null as text) as gpx, page.saved_at");
    mine::columns(&mut sql, Some(caller));
    sql.push(" from itineraries i").push(JOINS);
    mine::joins(&mut sql, Some(caller));
    sql.push(" join page on page.page_id = i.id order by page.saved_at desc, i.id desc");
    sql
}

/// How many trips all pages have.
pub(super) async fn count(db: &mut Session, caller: Caller) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint)");
    saved(&mut sql, caller);
    Ok(db.one(sql).await?)
}

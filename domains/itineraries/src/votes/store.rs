//! Votes in the database.

use super::model::Turn;
use crate::{
    mine::{self, Mine},
    model::ItineraryId,
    store::{lock, shown},
};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{Session, Sql, Tx, open},
    http::Page,
    record, sql,
};
use uuid::Uuid;

/// A trip that is held: its votes, and what the caller has said about it until now.
#[derive(Debug)]
pub(super) struct Held {
    pub counts: Counts,
    pub mine: Mine,
}

/// Holds a trip that the caller may see until the transaction ends, and tells what they have said about it. `None`:
/// there is no such trip for them.
pub(super) async fn hold(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<Option<Held>> {
    let Some(held) = lock(tx, id).await? else { return Ok(None) };
    let counts = Counts { upvotes: held.upvotes, downvotes: held.downvotes };
    // A statement of its own: one that had to wait for the row still sees what was there before it waited.
    let mine = tx.maybe::<Mine>(said(id, caller)).await?;
    Ok(mine.map(|mine| Held { counts, mine }))
}

/// What the caller has said about a trip that they may see.
pub(crate) fn said(id: ItineraryId, caller: Caller) -> Sql {
    let mut sql = open("select i.id");
    mine::columns(&mut sql, Some(caller));
    sql.push(" from itineraries i");
    mine::joins(&mut sql, Some(caller));
    shown(&mut sql, Some(caller));
    sql.push(" and i.id = ").push_bind(id);
    sql
}

/// The votes of a trip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub upvotes: i64,
    pub downvotes: i64,
}

/// Makes a turn true with the commit, the row and the counters.
pub(super) fn write(tx: &mut Tx, id: ItineraryId, by: TravelerId, turn: Turn, new: Uuid, at: Timestamp) {
    let count = sql!("update itineraries set upvotes = upvotes + $2, downvotes = downvotes + $3 where id = $1");
    tx.run_at_commit(count.bind(id).bind(turn.up).bind(turn.down));
    tx.run_at_commit(match turn.after {
        None => sql!("delete from itinerary_votes where itinerary_id = $1 and traveler_id = $2").bind(id).bind(by),
        Some(vote) => sql!(
            "insert into itinerary_votes (id, itinerary_id, traveler_id, vote_type, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5)
             on conflict (itinerary_id, traveler_id)
             do update set vote_type = excluded.vote_type, updated_at = excluded.updated_at"
        )
        .bind(new)
        .bind(id)
        .bind(by)
        .bind(vote.as_str())
        .bind(at),
    });
}

record! {
    /// A vote as it is stored.
    #[derive(Debug)]
    pub(super) struct Cast { pub id: Uuid, pub itinerary_id: ItineraryId, pub vote_type: String, pub created_at: Timestamp }
}

/// The caller's votes on trips that they may still see, from `select` to the conditions.
fn mine(select: &'static str, caller: Caller) -> Sql {
    let mut sql = open(select);
    sql.push(" from itinerary_votes v join itineraries i on i.id = v.itinerary_id");
    shown(&mut sql, Some(caller));
    sql.push(" and v.traveler_id = ").push_bind(caller.id);
    sql
}

/// One page of the caller's votes, newest first.
pub(super) async fn page(db: &mut Session, caller: Caller, page: Page) -> Result<Vec<Cast>> {
    Ok(db.all(cast_by(caller, page)).await?)
}

pub(crate) fn cast_by(caller: Caller, page: Page) -> Sql {
    let mut sql = mine("select v.id, v.itinerary_id, v.vote_type, v.created_at", caller);
    sql.push(" order by v.created_at desc, v.id desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    sql
}

/// How many votes all pages have.
pub(super) async fn count(db: &mut Session, caller: Caller) -> Result<i64> {
    Ok(db.one(mine("select cast(count(*) as bigint)", caller)).await?)
}

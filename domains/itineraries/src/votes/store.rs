//! Votes in the database.

use super::model::Turn;
use crate::{
    mine::{self, FoundBy, Mine},
    model::ItineraryId,
    store::{Found, find_while_active, lock, shown},
};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Arg, Session, Sql, Tx, open},
    http::{RequestId, Window},
    record, sql,
};
use uuid::Uuid;

/// A trip that is held: its votes, and what the caller has said about it until now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub counts: Counts,
    pub mine: Mine,
}

impl Held {
    /// What a turn changes about the counts.
    pub(super) fn counted(&self, turn: Turn) -> Turn {
        if self.mine.is_counted { turn } else { turn.uncounted() }
    }
}

/// Holds a trip that the caller may see until the transaction ends, and tells what they have said about it. `None`:
/// there is no such trip for them.
pub(super) async fn hold(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<Option<Held>> {
    let Some(held) = lock(tx, id).await? else { return Ok(None) };
    let counts = Counts { upvotes: held.upvotes, downvotes: held.downvotes };
    // A statement of its own: one that had to wait for the row still sees what was there before it waited.
    let said = tx.maybe::<Mine>(said(id, caller)).await?;
    Ok(said.map(|mine| Held { counts, mine }))
}

/// The same with the trip, which is part of the reply.
pub(super) async fn hold_whole(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<Option<(Held, Found)>> {
    let Some(held) = lock(tx, id).await? else { return Ok(None) };
    let counts = Counts { upvotes: held.upvotes, downvotes: held.downvotes };
    let whole = find_while_active(tx, id, caller).await?;
    Ok(whole.map(|FoundBy { found, mine }| (Held { counts, mine }, found)))
}

/// What the caller has said about a trip that they may see. Who is banned meanwhile finds none: their account is held
/// against it, or a vote could be counted behind the job that takes theirs out.
pub(crate) fn said(id: ItineraryId, caller: Caller) -> Sql {
    let mut sql = open("select i.id");
    mine::columns(&mut sql, Some(caller));
    sql.push(" from itineraries i join travelers me on me.id = ").push_bind(caller.id).push(" and me.is_active = TRUE");
    mine::joins(&mut sql, Some(caller));
    shown(&mut sql, Some(caller));
    sql.push(" and i.id = ").push_bind(id).push_by_engine("", " for share of me");
    sql
}

record! {
    /// The votes of a trip.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Counts { pub upvotes: i64, pub downvotes: i64 }
}

/// Makes a turn true with the commit, the row and the counters.
pub(super) fn write(
    tx: &mut Tx,
    id: ItineraryId,
    by: TravelerId,
    turn: Turn,
    new: Uuid,
    RequestId(request): &RequestId,
    at: Timestamp,
) {
    tx.run_at_commit(count_sql().bind(id).bind(turn.up).bind(turn.down));
    tx.run_at_commit(match turn.after {
        None => sql!("delete from itinerary_votes where itinerary_id = $1 and traveler_id = $2").bind(id).bind(by),
        Some(vote) => sql!(
            "insert into itinerary_votes (id, itinerary_id, traveler_id, vote_type, created_at, updated_at, request_id)
             values ($1, $2, $3, $4, $5, $5, $6)
             on conflict (itinerary_id, traveler_id)
             do update set vote_type = excluded.vote_type, updated_at = excluded.updated_at,
                request_id = excluded.request_id, is_counted = TRUE"
        )
        .bind(new)
        .bind(id)
        .bind(by)
        .bind(vote.as_str())
        .bind(at)
        .bind(request),
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

/// What of a window are the caller's votes, newest first, and one row more.
pub(super) async fn page(db: &mut Session, caller: Caller, window: &Window) -> Result<Vec<Cast>> {
    Ok(db.all(cast_by(caller, window.after(), window.limit(), window.offset())).await?)
}

pub(crate) fn cast_by(caller: Caller, after: &[Arg], limit: i64, offset: i64) -> Sql {
    let mut sql = mine("select v.id, v.itinerary_id, v.vote_type, v.created_at", caller);
    sql.push_after("(v.created_at, v.id)", after);
    sql.push(" order by v.created_at desc, v.id desc limit ").push_bind(limit);
    sql.push(" offset ").push_bind(offset);
    sql
}

/// How many votes all pages have.
pub(super) async fn count(db: &mut Session, caller: Caller) -> Result<i64> {
    Ok(db.one(mine("select cast(count(*) as bigint)", caller)).await?)
}

/// The votes, as they are now, of the trip on which the caller voted by a request, if they may still see it. Clients may name
/// several requests the same; it is the last one then.
pub(super) async fn cast_in(db: &mut Session, caller: Caller, request: &str) -> Result<Option<Counts>> {
    Ok(db.maybe(voted_in(caller, request)).await?)
}

pub(crate) fn voted_in(caller: Caller, request: &str) -> Sql {
    let mut sql = mine("select i.upvotes, i.downvotes", caller);
    sql.push(" and v.request_id = ").push_bind(request);
    sql.push(" order by v.updated_at desc, v.id desc limit 1");
    sql
}

/// Holds the next trips that somebody voted on, in the order of their ids, which is that of every other who holds more
/// than one.
pub(super) fn hold_voted() -> Sql {
    by_engine!(
        sqlite: "select itinerary_id from itinerary_votes where traveler_id = $1 and itinerary_id > $2
                 order by itinerary_id limit $3",
        postgres: "select id from itineraries where id in
                       (select itinerary_id from itinerary_votes where traveler_id = $1 and itinerary_id > $2
                        order by itinerary_id limit $3)
                   order by id for no key update",
    )
}

pub(super) fn count_sql() -> Sql {
    sql!("update itineraries set upvotes = upvotes + $2, downvotes = downvotes + $3 where id = $1")
}

pub(super) fn mark_sql() -> Sql {
    sql!("update itinerary_votes set is_counted = $3 where itinerary_id = $1 and traveler_id = $2")
}

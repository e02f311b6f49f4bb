//! What is written. Rows are locked in one order everywhere: a reply, the first words of its thread, votes, the trip's
//! figure.

use super::{
    FROM, Found, JOIN_AUTHOR, JOIN_PARENT,
    figures::{less_sql, more_sql},
    select, shown,
};
use crate::{
    model::{Intel, IntelId, ItineraryId, Turn},
    wire::Settled,
    words::Status,
};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Json, Row, Session, Sql, Tx, open},
    sql,
};

/// Holds a piece of intel until the transaction ends, so that what is read of it after this stays true: how many replies
/// it has, those of hidden people included.
pub(crate) async fn hold(tx: &mut Tx, id: IntelId) -> Result<Option<i64>> {
    let held = by_engine!(
        sqlite: "select replies_count from travel_intel where id = $1",
        postgres: "select replies_count from travel_intel where id = $1 for update",
    );
    Ok(tx.maybe(held.bind(id)).await?)
}

/// The same of the first words of the thread in which a piece of intel stands: their id.
pub(super) fn hold_top(id: IntelId) -> Sql {
    by_engine!(
        sqlite: "select coalesce(parent_id, id) from travel_intel where id = $1",
        postgres: "select id from travel_intel
                   where id = (select coalesce(parent_id, id) from travel_intel where id = $1) for update",
    )
    .bind(id)
}

/// The statement that adds a piece of intel; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into travel_intel
            (title, content, location_gps, location_name, photo_ipfs_hashes, severity_level, status, response_status,
             safety_related, valid_until, valid_day, updated_at, resolved_at, id, itinerary_id, traveler_id, parent_id,
             intel_type, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
    )
}

/// What an author can change, in the order of `insert` and `update`.
fn written(n: &Intel) -> Vec<Arg> {
    vec![
        n.title.clone().into(),
        n.content.clone().into(),
        n.location_gps.clone().into(),
        n.location_name.clone().into(),
        n.photo_ipfs_hashes.clone().into(),
        n.severity_level.into(),
        n.status.into(),
        n.response_status.into(),
        n.safety_related.into(),
        n.valid_until.into(),
        n.valid_day.into(),
        n.updated_at.into(),
        n.resolved_at.into(),
    ]
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(n: &Intel) -> Vec<Arg> {
    let mut args = written(n);
    args.extend([
        n.id.into(),
        n.itinerary_id.into(),
        n.traveler_id.into(),
        n.parent_id.into(),
        n.kind.into(),
        n.created_at.into(),
    ]);
    args
}

/// Adds a piece of intel, with the commit.
pub(crate) fn insert(tx: &mut Tx, n: &Intel) {
    tx.run_at_commit(insert_args(n).into_iter().fold(insert_sql(), Sql::bind));
    tx.run_at_commit(more_sql(n.itinerary_id, n.traveler_id));
}

/// Makes room for a reply below the first words of a thread, and settles what is said of the matter; `false` when they
/// are gone. Who settles needs words that are still there.
pub(crate) async fn answer(tx: &mut Tx, top: IntelId, settled: Settled, at: Timestamp) -> Result<bool> {
    if settled.is_silent() {
        let room = sql!("update travel_intel set replies_count = replies_count + 1 where id = $1");
        return Ok(tx.run(room.bind(top)).await? == 1);
    }
    let room = sql!(
        "update travel_intel set replies_count = replies_count + 1, status = coalesce($2, status),
            response_status = coalesce($3, response_status), updated_at = $4,
            resolved_at = case when $2 is null then resolved_at when $5 = FALSE then null
                else coalesce(resolved_at, $4) end
         where id = $1 and deleted_at is null"
    );
    let is_resolved = settled.status == Some(Status::Resolved);
    let room = room.bind(top).bind(settled.status).bind(settled.response_status).bind(at).bind(is_resolved);
    Ok(tx.run(room).await? == 1)
}

/// Writes how far the matter has come, with the commit. It is held.
pub(crate) fn settle(tx: &mut Tx, n: &Intel) {
    let settle = sql!(
        "update travel_intel set status = $2, response_status = $3, resolved_at = $4, updated_at = $5 where id = $1"
    );
    let settle = settle.bind(n.id).bind(n.status).bind(n.response_status).bind(n.resolved_at).bind(n.updated_at);
    tx.run_at_commit(settle);
}

/// Writes what its author changed, with the commit.
pub(crate) fn update(tx: &mut Tx, n: &Intel) {
    let update = sql!(
        "update travel_intel set
            (title, content, location_gps, location_name, photo_ipfs_hashes, severity_level, status, response_status,
             safety_related, valid_until, valid_day, updated_at, resolved_at)
         = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) where id = $1"
    );
    tx.run_at_commit(written(n).into_iter().fold(update.bind(n.id), Sql::bind));
}

/// Takes a piece of intel, which is held, out of the database with its votes, with the commit. First words with replies
/// leave their place in the thread, with nothing in it; it goes with the last reply.
pub(crate) fn delete(tx: &mut Tx, n: &Intel, replies: i64, at: Timestamp) {
    if replies == 0 {
        tx.run_at_commit(sql!("delete from travel_intel where id = $1").bind(n.id));
    } else {
        tx.run_at_commit(
            sql!(
                "update travel_intel set traveler_id = null, title = null, content = '', location_gps = null,
                    location_name = null, photo_ipfs_hashes = $3, severity_level = 'medium', status = 'closed',
                    response_status = 'open', safety_related = FALSE, valid_until = null, valid_day = null,
                    helpful_votes = 0, unhelpful_votes = 0, updated_at = created_at, resolved_at = null, deleted_at = $2,
                    hidden_at = null, is_counted = FALSE
                 where id = $1"
            )
            .bind(n.id)
            .bind(at)
            .bind(Json([""; 0])),
        );
        tx.run_at_commit(sql!("delete from travel_intel_votes where intel_id = $1").bind(n.id));
    }
    if let Some(top) = n.parent_id {
        let less = sql!("update travel_intel set replies_count = replies_count - 1 where id = $1");
        tx.run_at_commit(less.bind(top));
        let empty = sql!("delete from travel_intel where id = $1 and deleted_at is not null and replies_count = 0");
        tx.run_at_commit(empty.bind(top));
    }
    if n.is_counted {
        tx.run_at_commit(less_sql(n.itinerary_id, n.traveler_id));
    }
}

/// Hides a piece of intel, which is held, or shows it again, with the commit. Whoever does sees its author, and who began its
/// thread: what they show counts.
pub(crate) fn hide(tx: &mut Tx, n: &Intel) {
    let counts = n.hidden_at.is_none();
    let hide = sql!("update travel_intel set hidden_at = $2, is_counted = $3 where id = $1");
    tx.run_at_commit(hide.bind(n.id).bind(n.hidden_at).bind(counts));
    if counts != n.is_counted {
        let change = if counts { more_sql } else { less_sql };
        tx.run_at_commit(change(n.itinerary_id, n.traveler_id));
    }
}

/// What somebody meets who is about to vote on a piece of intel that is held.
pub(crate) struct ToVote {
    pub found: Found,
    /// Whether the vote that they cast before is counted.
    pub is_counted: bool,
}

impl FromRow for ToVote {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { found: Found::from_row(row)?, is_counted: row.get("vote_is_counted")? })
    }
}

/// A piece of intel that is held and that the caller may see. Who is banned meanwhile finds none: their account is held against
/// it, or a vote could be counted behind the job that takes theirs out.
pub(crate) async fn find_to_vote(tx: &mut Tx, id: IntelId, caller: Caller) -> Result<Option<ToVote>> {
    let mut sql = open("");
    select(&mut sql, Some(caller));
    sql.push(", coalesce((select v.is_counted from travel_intel_votes v where v.intel_id = n.id and v.traveler_id = ");
    sql.push_bind(caller.id).push("), TRUE) as vote_is_counted");
    sql.push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    sql.push(" join travelers me on me.id = ").push_bind(caller.id).push(" and me.is_active = TRUE");
    shown(&mut sql, Some(caller));
    sql.push(" and n.id = ").push_bind(id).push_by_engine("", " for share of me");
    Ok(tx.maybe(sql).await?)
}

/// Writes what became of somebody's vote, and the counters, with the commit. The piece of intel is held.
pub(crate) fn set_vote(tx: &mut Tx, id: IntelId, who: TravelerId, turn: Turn) {
    let vote = match turn.vote {
        Some(is_helpful) => sql!(
            "insert into travel_intel_votes (intel_id, traveler_id, is_helpful) values ($1, $2, $3)
             on conflict (intel_id, traveler_id) do update set is_helpful = excluded.is_helpful, is_counted = TRUE"
        )
        .bind(id)
        .bind(who)
        .bind(is_helpful),
        None => sql!("delete from travel_intel_votes where intel_id = $1 and traveler_id = $2").bind(id).bind(who),
    };
    tx.run_at_commit(vote);
    tx.run_at_commit(count_votes().bind(id).bind(turn.helpful).bind(turn.unhelpful));
}

pub(crate) fn count_votes() -> Sql {
    sql!(
        "update travel_intel set helpful_votes = helpful_votes + $2, unhelpful_votes = unhelpful_votes + $3
         where id = $1"
    )
}

pub(crate) fn mark_vote() -> Sql {
    sql!("update travel_intel_votes set is_counted = $3 where intel_id = $1 and traveler_id = $2")
}

/// Holds the next pieces of intel that somebody voted on, in the order of everybody else who holds several: replies, then what
/// they are to.
pub(crate) fn hold_voted() -> Sql {
    by_engine!(
        sqlite: "select intel_id from travel_intel_votes where traveler_id = $1 and intel_id > $2
                 order by intel_id limit $3",
        postgres: "select id from travel_intel where id in
                       (select intel_id from travel_intel_votes where traveler_id = $1 and intel_id > $2
                        order by intel_id limit $3)
                   order by (parent_id is null), id for no key update",
    )
}

/// The trips that are spoken about.
pub(crate) async fn trips_of(db: &mut Session, intel: impl Iterator<Item = IntelId>) -> Result<Vec<ItineraryId>> {
    let mut sql = open("select distinct itinerary_id from travel_intel where id in ");
    sql.push_list(intel);
    Ok(db.all(sql).await?)
}

//! Travel intel in the database: what is read. Everything that is shown passes `shown`: its author, the trip and the
//! trip's author, and the thread in which it stands. Of what the trip's author hid others find what is left of something
//! deleted (`veiled`).

mod figures;
mod lists;
mod writing;

pub(crate) use figures::{count_sql, recount, written_about};
pub(crate) use lists::{Figures, keys_of_reply, own, own_total, page, replies, stats, total};
pub(crate) use writing::{
    ToVote, answer, count_votes, delete, find_to_vote, hide, hold, hold_voted, insert, insert_args, insert_sql,
    mark_vote, set_vote, settle, trips_of, update,
};

use crate::{
    model::{Intel, IntelId, ItineraryId},
    words::{ResponseStatus, Status},
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    db::{DbError, FromRow, Row, Session, Sql, Tx, open},
};

/// A piece of intel with everything that is shown of it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub intel: Intel,
    /// Whose it is; `None` when it was deleted.
    pub author: Option<AuthorCard>,
    /// How many replies the reader may see.
    pub replies_count: i64,
    /// Whether the reader found it helpful.
    pub user_vote: Option<bool>,
    /// How many people found it helpful, as it is sorted by: none of what is hidden, which stands where it would if it had
    /// been deleted.
    pub rank: i64,
}

impl Found {
    /// What was written a moment ago.
    pub(crate) fn new(intel: Intel, author: AuthorCard) -> Self {
        Self { rank: intel.helpful_votes, intel, author: Some(author), replies_count: 0, user_vote: None }
    }

    /// What its author gets of it where its place is hidden: their own words, and nothing of what others did since.
    fn alone(mut self) -> Self {
        (self.replies_count, self.user_vote) = (0, None);
        (self.intel.status, self.intel.response_status) = (Status::Open, ResponseStatus::Open);
        (self.intel.resolved_at, self.intel.hidden_at) = (None, None);
        (self.intel.helpful_votes, self.intel.unhelpful_votes) = (0, 0);
        self.intel.updated_at = self.intel.created_at;
        self
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let mut intel = Intel::from_row(row)?;
        let rank = if intel.hidden_at.is_none() { intel.helpful_votes } else { 0 };
        let is_veiled: bool = row.get("is_veiled")?;
        if is_veiled {
            intel.veil();
        }
        Ok(Self {
            rank,
            replies_count: row.get("visible_replies")?,
            user_vote: row.get::<Option<bool>>("user_vote")?.filter(|_| !is_veiled),
            author: intel.traveler_id.map(|_| AuthorCard::from_row(row)).transpose()?,
            intel,
        })
    }
}

const COLUMNS: &str = "n.id, n.itinerary_id, n.traveler_id, n.parent_id, n.intel_type as kind, n.title, n.content, \
    n.location_gps, n.location_name, n.photo_ipfs_hashes, n.severity_level, n.status, n.response_status, \
    n.safety_related, n.valid_until, n.valid_day, n.helpful_votes, n.unhelpful_votes, n.created_at, n.updated_at, \
    n.resolved_at, n.deleted_at, n.hidden_at, n.is_counted";

const FROM: &str = " from travel_intel n";

/// What stands above a reply.
const JOIN_PARENT: &str = " left join travel_intel p on p.id = n.parent_id";

const JOIN_AUTHOR: &str = " left join travelers author on author.id = n.traveler_id";

/// Everything that `viewer` is shown, with the author, up to where the source begins.
fn select(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push("select ").push(COLUMNS);
    sql.push(", (select cast(count(*) as bigint) from travel_intel r where r.parent_id = n.id");
    reply_shown(sql, viewer);
    sql.push(") as visible_replies, ");
    veiled(sql, "n", viewer);
    sql.push(" as is_veiled, ");
    match viewer {
        Some(viewer) => sql
            .push("(select v.is_helpful from travel_intel_votes v where v.intel_id = n.id and v.traveler_id = ")
            .push_bind(viewer.id)
            .push(")"),
        None => sql.push("cast(null as boolean)"),
    };
    sql.push(" as user_vote, ").push(AuthorCard::COLUMNS);
}

/// The condition that the author of the trip hid `row`, and hid it from `viewer`: she, who wrote it and administrators see
/// it still.
fn veiled(sql: &mut Sql, row: &'static str, viewer: Option<Caller>) {
    sql.push("(").push(row).push(".hidden_at is not null");
    match viewer {
        Some(viewer) if viewer.is_admin => {
            sql.push(" and FALSE");
        }
        Some(viewer) => {
            sql.push(" and ").push(row).push(".traveler_id <> ").push_bind(viewer.id);
            sql.push(" and not exists (select 1 from itineraries whose where whose.id = ").push(row);
            sql.push(".itinerary_id and whose.traveler_id = ").push_bind(viewer.id).push(")");
        }
        None => {}
    }
    sql.push(")");
}

/// The condition that a reply `r` is shown, where what it answers is.
fn reply_shown(sql: &mut Sql, viewer: Option<Caller>) {
    visible_to(sql, "r.traveler_id", viewer);
    sql.push(" and not ");
    veiled(sql, "r", viewer);
}

/// The condition that a trip is published and its author not hidden from `viewer`, or that it is the viewer's own.
fn trip_shown(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push("t.deleted_at is null and (");
    if let Some(viewer) = viewer {
        sql.push("t.traveler_id = ").push_bind(viewer.id).push(" or ");
    }
    sql.push("t.is_published = TRUE");
    visible_to(sql, "t.traveler_id", viewer);
    sql.push(")");
}

/// The condition that every query of intel has: the trip is shown, and its author, and the author of what stands above it.
/// A thread that somebody hidden began is not there, with all its replies: a mark in its place would tell that there is
/// somebody. What was deleted is there while it has a reply to show.
fn shown(sql: &mut Sql, viewer: Option<Caller>) {
    is_shown(sql.push(" where "), viewer);
}

/// The condition alone.
fn is_shown(sql: &mut Sql, viewer: Option<Caller>) {
    is_first_shown(sql, viewer);
    author_shown(sql, "p.traveler_id", viewer);
}

/// The same for what has nothing above it, and does not join it.
fn first_shown(sql: &mut Sql, viewer: Option<Caller>) {
    is_first_shown(sql.push(" where "), viewer);
}

fn is_first_shown(sql: &mut Sql, viewer: Option<Caller>) {
    // Asked of each row and not joined: for a page of twenty a planner would go through all trips.
    sql.push("(select 1 from itineraries t where t.id = n.itinerary_id and ");
    trip_shown(sql, viewer);
    sql.push(") = 1");
    author_shown(sql, "n.traveler_id", viewer);
    sql.push(" and (n.deleted_at is null and not ");
    veiled(sql, "n", viewer);
    sql.push(" or exists (select 1 from travel_intel r where r.parent_id = n.id");
    reply_shown(sql, viewer);
    sql.push("))");
}

/// Nobody's is what was deleted, and what is not there above the first words.
fn author_shown(sql: &mut Sql, author: &'static str, viewer: Option<Caller>) {
    sql.push(" and (").push(author).push(" is null or (TRUE");
    visible_to(sql, author, viewer);
    sql.push("))");
}

/// Whether there is a trip that `viewer` may see.
pub(crate) async fn has_trip(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<bool> {
    let mut sql = open("select t.id from itineraries t where ");
    trip_shown(&mut sql, viewer);
    sql.push(" and t.id = ").push_bind(id);
    Ok(db.maybe::<ItineraryId>(sql).await?.is_some())
}

/// The caller as an author, for words about a trip; `None` when there is no such trip for them.
pub(crate) async fn writer_at_trip(db: &mut Session, id: ItineraryId, caller: Caller) -> Result<Option<AuthorCard>> {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(" from itineraries t join travelers author on author.id = ");
    sql.push_bind(caller.id).push(" where ");
    trip_shown(&mut sql, Some(caller));
    sql.push(" and t.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// Where a reply goes.
#[derive(Debug)]
pub(crate) struct Thread {
    /// The caller as an author.
    pub writer: AuthorCard,
    pub itinerary_id: ItineraryId,
    /// The first words of the thread: it is one level deep, and who answers a reply answers them.
    pub top: IntelId,
    /// Who wrote them; `None` when they were deleted.
    pub asker: Option<TravelerId>,
    pub trip_author: TravelerId,
}

impl FromRow for Thread {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            writer: AuthorCard::from_row(row)?,
            itinerary_id: row.get("itinerary_id")?,
            top: row.get("top")?,
            asker: row.get("asker")?,
            trip_author: row.get("trip_author")?,
        })
    }
}

/// The thread of what the caller wants to answer; `None` when it is not there for them, or was deleted.
pub(crate) async fn writer_in_thread(db: &mut Session, id: IntelId, caller: Caller) -> Result<Option<Thread>> {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(
        ", n.itinerary_id, coalesce(n.parent_id, n.id) as top, \
         (select t.traveler_id from itineraries t where t.id = n.itinerary_id) as trip_author, \
         case when n.parent_id is null then n.traveler_id else p.traveler_id end as asker",
    );
    sql.push(FROM).push(JOIN_PARENT).push(" join travelers author on author.id = ").push_bind(caller.id);
    shown(&mut sql, Some(caller));
    sql.push(" and n.deleted_at is null and not ");
    veiled(&mut sql, "n", Some(caller));
    sql.push(" and n.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// A piece of intel that `viewer` may see.
pub(crate) async fn find(db: &mut Session, id: IntelId, viewer: Option<Caller>) -> Result<Option<Found>> {
    let mut sql = open("");
    select(&mut sql, viewer);
    sql.push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    shown(&mut sql, viewer);
    sql.push(" and n.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// A piece of intel that the caller wrote, wherever it stands: also on a trip that was hidden since.
pub(crate) async fn find_own(db: &mut Session, id: IntelId, caller: Caller) -> Result<Option<Found>> {
    let mut sql = open("");
    select(&mut sql, Some(caller));
    sql.push(FROM).push(JOIN_AUTHOR).push(" where n.id = ").push_bind(id);
    sql.push(" and n.traveler_id = ").push_bind(caller.id);
    Ok(db.maybe(sql).await?)
}

/// A piece of intel, and what decides whether it may be hidden.
#[derive(Debug)]
pub(crate) struct OnTrip {
    pub found: Found,
    pub trip_author: TravelerId,
    /// Whether it or what stands above it warns, or is about safety.
    pub warns: bool,
}

impl FromRow for OnTrip {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { found: Found::from_row(row)?, trip_author: row.get("trip_author")?, warns: row.get("warns")? })
    }
}

/// A piece of intel that `caller` may see, with its trip.
pub(crate) async fn find_on_trip(db: &mut Session, id: IntelId, caller: Caller) -> Result<Option<OnTrip>> {
    let mut sql = on_trip(caller);
    sql.push(" and n.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// The first words of the thread of what `caller` wants settled, held until the transaction ends; `None` when that is not
/// there for them, or was deleted.
pub(crate) async fn hold_thread(tx: &mut Tx, id: IntelId, caller: Caller) -> Result<Option<OnTrip>> {
    let mut sql = on_trip(caller);
    sql.push(" and n.id in (").push_bind(id).push(", (select r.parent_id from travel_intel r where r.id = ");
    sql.push_bind(id).push("))");
    let (held, thread) = tx.both::<IntelId, OnTrip>(writing::hold_top(id), sql).await?;
    let is_there = thread.iter().any(|n| n.found.intel.id == id && !n.found.intel.is_deleted());
    Ok(thread.into_iter().find(|n| is_there && held.contains(&n.found.intel.id)))
}

fn on_trip(caller: Caller) -> Sql {
    let mut sql = open("");
    select(&mut sql, Some(caller));
    sql.push(
        ", (select t.traveler_id from itineraries t where t.id = n.itinerary_id) as trip_author, \
         (n.intel_type = 'warning' or n.safety_related = TRUE \
          or coalesce(p.intel_type = 'warning' or p.safety_related = TRUE, FALSE)) as warns",
    );
    sql.push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    shown(&mut sql, Some(caller));
    sql
}

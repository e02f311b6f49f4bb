//! Travel intel in the database: what is read. Everything that is shown passes `shown`: its author, the trip and the
//! trip's author, and the thread in which it stands.

mod questions;
mod writing;

pub use questions::questions;
pub(crate) use writing::{answer, count_sql, delete, hold, insert, insert_args, insert_sql, set_vote, settle, update};

use crate::{
    filter::{Filter, Sort},
    model::{Intel, IntelId, ItineraryId},
    words::Kind,
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Row, Session, Sql, open},
    http::Page,
    record,
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
}

impl Found {
    /// What was written a moment ago.
    pub(crate) fn new(intel: Intel, author: AuthorCard) -> Self {
        Self { intel, author: Some(author), replies_count: 0, user_vote: None }
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let intel = Intel::from_row(row)?;
        Ok(Self {
            replies_count: row.get("visible_replies")?,
            user_vote: row.get("user_vote")?,
            author: intel.traveler_id.map(|_| AuthorCard::from_row(row)).transpose()?,
            intel,
        })
    }
}

const COLUMNS: &str = "n.id, n.itinerary_id, n.traveler_id, n.parent_id, n.intel_type as kind, n.title, n.content, \
    n.location_gps, n.location_name, n.photo_ipfs_hashes, n.severity_level, n.status, n.response_status, \
    n.safety_related, n.valid_until, n.valid_day, n.helpful_votes, n.unhelpful_votes, n.created_at, n.updated_at, \
    n.resolved_at, n.deleted_at";

const FROM: &str = " from travel_intel n";

/// What stands above a reply.
const JOIN_PARENT: &str = " left join travel_intel p on p.id = n.parent_id";

const JOIN_AUTHOR: &str = " left join travelers author on author.id = n.traveler_id";

/// Everything that `viewer` is shown, with the author, up to where the source begins.
fn select(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push("select ").push(COLUMNS);
    sql.push(", (select cast(count(*) as bigint) from travel_intel r where r.parent_id = n.id");
    visible_to(sql, "r.traveler_id", viewer);
    sql.push(") as visible_replies, ");
    match viewer {
        Some(viewer) => sql
            .push("(select v.is_helpful from travel_intel_votes v where v.intel_id = n.id and v.traveler_id = ")
            .push_bind(viewer.id)
            .push(")"),
        None => sql.push("cast(null as boolean)"),
    };
    sql.push(" as user_vote, ").push(AuthorCard::COLUMNS);
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
    first_shown(sql, viewer);
    author_shown(sql, "p.traveler_id", viewer);
}

/// The same for what has nothing above it, and does not join it.
fn first_shown(sql: &mut Sql, viewer: Option<Caller>) {
    // Asked of each row and not joined: for a page of twenty a planner would go through all trips.
    sql.push(" where (select 1 from itineraries t where t.id = n.itinerary_id and ");
    trip_shown(sql, viewer);
    sql.push(") = 1");
    author_shown(sql, "n.traveler_id", viewer);
    sql.push(" and (n.deleted_at is null or exists (select 1 from travel_intel r where r.parent_id = n.id");
    visible_to(sql, "r.traveler_id", viewer);
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
    sql.push(" and n.deleted_at is null and n.id = ").push_bind(id);
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

/// The conditions of a list, the same for its page and its total.
fn narrow(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>) {
    first_shown(sql, viewer);
    sql.push(" and n.parent_id is null");
    if let Some(itinerary) = filter.itinerary {
        sql.push(" and n.itinerary_id = ").push_bind(itinerary);
    }
    if filter.is_narrow() {
        sql.push(" and n.deleted_at is null");
    }
    let words = [
        (" and n.intel_type = ", &filter.intel_type),
        (" and n.status = ", &filter.status),
        (" and n.severity_level = ", &filter.severity),
    ];
    for (condition, word) in words {
        if let Some(word) = word {
            sql.push(condition).push_bind(word);
        }
    }
    if filter.critical {
        sql.push(" and n.severity_level = 'critical'");
    }
    match filter.safety_related {
        Some(true) => sql.push(" and n.safety_related = TRUE"),
        Some(false) => sql.push(" and n.safety_related = FALSE"),
        None => sql,
    };
}

impl Sort {
    const fn keys(self) -> &'static str {
        match self {
            Self::Newest => "n.created_at desc, n.id desc",
            Self::Helpful => "n.helpful_votes desc, n.created_at desc, n.id desc",
        }
    }
}

/// The question of [`page`]. What holds and what no longer does are looked up one by one, so that each comes from an index
/// in its order and is not sorted with everything.
pub(crate) fn page_sql(filter: &Filter, page: Page, viewer: Option<Caller>, now: Timestamp) -> Sql {
    let mut sql = open("with page as (");
    for (begin, condition, end) in [
        (
            "select * from (select n.id as page_id, 0 as expired",
            " and (n.valid_until is null or n.valid_until >= ",
            ")",
        ),
        (" union all select * from (select n.id as page_id, 1 as expired", " and (n.valid_until < ", ")"),
    ] {
        sql.push(begin).push(FROM);
        narrow(&mut sql, filter, viewer);
        sql.push(condition).push_bind(now).push(end);
        sql.push(" order by ").push(filter.sort.keys());
        sql.push(" limit ").push_bind(page.offset() + page.limit()).push(") as part");
    }
    sql.push(") ");
    select(&mut sql, viewer);
    sql.push(", page.expired from page join travel_intel n on n.id = page.page_id");
    sql.push(JOIN_AUTHOR).push(" order by page.expired, ").push(filter.sort.keys());
    sql.push(" limit ").push_bind(page.limit()).push(" offset ").push_bind(page.offset());
    sql
}

/// One page of threads that `viewer` may see.
pub(crate) async fn page(
    db: &mut Session,
    filter: &Filter,
    page: Page,
    viewer: Option<Caller>,
    now: Timestamp,
) -> Result<Vec<Found>> {
    if filter.itinerary.is_none() && page.offset() >= FARTHEST {
        return Ok(Vec::new());
    }
    Ok(db.all(page_sql(filter, page, viewer, now)).await?)
}

/// Over all trips no list goes further: nobody turns so many pages, and reading on would cost all that was ever written.
pub(crate) const FARTHEST: i64 = 10_000;

/// The question of [`total`].
pub(crate) fn total_sql(filter: &Filter, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select cast(count(*) as bigint) from (select 1");
    sql.push(FROM);
    narrow(&mut sql, filter, viewer);
    if filter.itinerary.is_none() {
        sql.push(" limit ").push_bind(FARTHEST);
    }
    sql.push(") as counted");
    sql
}

/// How many threads all pages have; over all trips, [`FARTHEST`] at most.
pub(crate) async fn total(db: &mut Session, filter: &Filter, viewer: Option<Caller>) -> Result<i64> {
    Ok(db.one(total_sql(filter, viewer)).await?)
}

/// The question of [`replies`].
pub(crate) fn replies_sql(id: IntelId, page: Page, viewer: Option<Caller>) -> Sql {
    let mut sql = open("");
    select(&mut sql, viewer);
    sql.push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    shown(&mut sql, viewer);
    sql.push(" and n.parent_id = ").push_bind(id).push(" order by n.created_at, n.id");
    sql.push(" limit ").push_bind(page.limit()).push(" offset ").push_bind(page.offset());
    sql
}

/// One page of the replies that `viewer` may see, oldest first; [`Found::replies_count`] is their number.
pub(crate) async fn replies(db: &mut Session, id: IntelId, page: Page, viewer: Option<Caller>) -> Result<Vec<Found>> {
    Ok(db.all(replies_sql(id, page, viewer)).await?)
}

/// The question of [`own`].
pub(crate) fn own_sql(caller: Caller, page: Page) -> Sql {
    let mut sql = open("");
    select(&mut sql, Some(caller));
    sql.push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    shown(&mut sql, Some(caller));
    sql.push(" and n.traveler_id = ").push_bind(caller.id).push(" order by n.created_at desc, n.id desc");
    sql.push(" limit ").push_bind(page.limit()).push(" offset ").push_bind(page.offset());
    sql
}

/// One page of what the caller wrote, replies included, newest first.
pub(crate) async fn own(db: &mut Session, caller: Caller, page: Page) -> Result<Vec<Found>> {
    Ok(db.all(own_sql(caller, page)).await?)
}

/// The question of [`own_total`].
pub(crate) fn own_total_sql(caller: Caller) -> Sql {
    let mut sql = open("select cast(count(*) as bigint)");
    sql.push(FROM).push(JOIN_PARENT);
    shown(&mut sql, Some(caller));
    sql.push(" and n.traveler_id = ").push_bind(caller.id);
    sql
}

/// How much the caller wrote.
pub(crate) async fn own_total(db: &mut Session, caller: Caller) -> Result<i64> {
    Ok(db.one(own_total_sql(caller)).await?)
}

record! {
    /// Figures of one type.
    #[derive(Debug)]
    pub(crate) struct Figures {
        pub intel_type: Kind,
        pub threads: i64,
        pub replies: i64,
        pub critical: i64,
        pub resolved: i64,
    }
}

/// The question of [`stats`].
pub(crate) fn stats_sql(id: ItineraryId, viewer: Option<Caller>) -> Sql {
    let mut sql = open(
        "select n.intel_type, cast(count(*) as bigint) - cast(count(n.parent_id) as bigint) as threads,
            cast(count(n.parent_id) as bigint) as replies,
            cast(sum(case when n.parent_id is null and n.severity_level = 'critical' then 1 else 0 end) as bigint)
                as critical,
            cast(sum(case when n.parent_id is null and n.status = 'resolved' then 1 else 0 end) as bigint) as resolved",
    );
    sql.push(FROM).push(JOIN_PARENT);
    shown(&mut sql, viewer);
    sql.push(" and n.deleted_at is null and n.itinerary_id = ").push_bind(id).push(" group by n.intel_type");
    sql
}

/// What there is about a trip, by type.
pub(crate) async fn stats(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<Vec<Figures>> {
    Ok(db.all(stats_sql(id, viewer)).await?)
}

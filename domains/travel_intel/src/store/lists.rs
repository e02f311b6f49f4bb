//! Lists and figures.

use super::{FROM, Found, JOIN_AUTHOR, JOIN_PARENT, first_shown, is_shown, select, shown, veiled};
use crate::{
    filter::{Filter, Sort},
    model::{IntelId, ItineraryId},
    words::Kind,
};
use kernel::{
    App, Result,
    auth::Caller,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Row, Session, Sql, open},
    http::Window,
    record, sql,
};

/// The conditions of a list, the same for its page and its total.
fn narrow(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>) {
    first_shown(sql, viewer);
    sql.push(" and n.parent_id is null");
    if let Some(itinerary) = filter.itinerary {
        sql.push(" and n.itinerary_id = ").push_bind(itinerary);
    }
    if filter.is_narrow() {
        sql.push(" and n.deleted_at is null and not ");
        veiled(sql, "n", viewer);
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
    /// What it is sorted by below what holds, each descending. What is hidden was helpful to nobody: its votes would tell
    /// it from what was deleted.
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Newest => ("(n.created_at, n.id)", "n.created_at desc, n.id desc"),
            Self::Helpful => (
                "(case when n.hidden_at is null then n.helpful_votes else 0 end, n.created_at, n.id)",
                "case when n.hidden_at is null then n.helpful_votes else 0 end desc, n.created_at desc, n.id desc",
            ),
        }
    }
}

/// Where in a list one reads on. What holds and what no longer does is told by the moment at which the list was begun, which
/// its cursors carry: a warning that lapses meanwhile comes neither twice nor never.
struct Walk<'a> {
    begun: Timestamp,
    /// The last row: whether it held, and what the list is sorted by below that.
    last: Option<(bool, &'a [Arg])>,
}

impl<'a> Walk<'a> {
    fn of(window: &'a Window, now: Timestamp) -> Self {
        match window.after() {
            [Arg::Time(begun), Arg::Int(holds), rest @ ..] => Self { begun: *begun, last: Some((*holds == 1, rest)) },
            _ => Self { begun: now, last: None },
        }
    }
}

/// The keys of the cursor after a row.
fn keys_of(found: &Found, sort: Sort, begun: Timestamp) -> Vec<Arg> {
    let n = &found.intel;
    let rank = (sort == Sort::Helpful).then(|| found.rank.into());
    let holds = i64::from(!n.is_expired(begun));
    [begun.into(), holds.into()].into_iter().chain(rank).chain([n.created_at.into(), n.id.into()]).collect()
}

/// What holds and what no longer does are looked up one by one, so that each comes from an index in its order and is not
/// sorted with everything.
fn page_sql(filter: &Filter, window: &Window, viewer: Option<Caller>, walk: &Walk<'_>) -> Sql {
    let (columns, order_by) = filter.sort.keys();
    let mut sql = open("with page as (");
    let mut between = "";
    for (held, begin, condition, end) in [
        (
            true,
            "select * from (select n.id as page_id, 1 as holds",
            " and (n.valid_until is null or n.valid_until >= ",
            ")",
        ),
        (false, "select * from (select n.id as page_id, 0 as holds", " and (n.valid_until < ", ")"),
    ] {
        let after = match walk.last {
            // All that held was read before.
            Some((false, _)) if held => continue,
            // Only warnings lapse.
            _ if !held && filter.intel_type.as_deref().is_some_and(|kind| kind != Kind::Warning.word()) => continue,
            Some((last_held, keys)) if last_held == held => keys,
            _ => &[],
        };
        sql.push(between).push(begin).push(FROM);
        narrow(&mut sql, filter, viewer);
        sql.push(condition).push_bind(walk.begun).push(end);
        sql.push_after(columns, after).push(" order by ").push(order_by);
        sql.push(" limit ").push_bind(window.offset() + window.limit()).push(") as part");
        between = " union all ";
    }
    sql.push(") ");
    select(&mut sql, viewer);
    sql.push(" from page join travel_intel n on n.id = page.page_id").push(JOIN_AUTHOR);
    sql.push(" order by page.holds desc, ").push(order_by);
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    sql
}

/// Threads that `viewer` may see, and the cursor of what comes after them.
pub(crate) async fn page(
    app: &App,
    db: &mut Session,
    filter: &Filter,
    window: &Window,
    viewer: Option<Caller>,
) -> Result<(Vec<Found>, Option<String>)> {
    if filter.itinerary.is_none() && window.offset() >= FARTHEST {
        return Ok((Vec::new(), None));
    }
    let walk = Walk::of(window, app.clock.now());
    let mut found = db.all(page_sql(filter, window, viewer, &walk)).await?;
    let next = window.cut(app, &mut found, |f| keys_of(f, filter.sort, walk.begun));
    Ok((found, next))
}

/// Over all trips no page by number lies further: it would cost all that stands before it. Cursors lead on.
const FARTHEST: i64 = 10_000;

/// How many threads all pages have; over all trips, [`FARTHEST`] at most.
pub(crate) async fn total(db: &mut Session, filter: &Filter, viewer: Option<Caller>) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from (select 1");
    sql.push(FROM);
    narrow(&mut sql, filter, viewer);
    if filter.itinerary.is_none() {
        sql.push(" limit ").push_bind(FARTHEST);
    }
    sql.push(") as counted");
    Ok(db.one(sql).await?)
}

/// Replies that `viewer` may see, oldest first; [`Found::replies_count`] is their number.
pub(crate) async fn replies(
    db: &mut Session,
    id: IntelId,
    window: &Window,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    let mut sql = open("");
    select(&mut sql, viewer);
    sql.push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    shown(&mut sql, viewer);
    sql.push(" and n.parent_id = ").push_bind(id);
    if !window.after().is_empty() {
        sql.push(" and (n.created_at, n.id) > ").push_list(window.after().iter().cloned());
    }
    sql.push(" order by n.created_at, n.id");
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    Ok(db.all(sql).await?)
}

/// What replies and one's own words are sorted by, of a row that was read.
pub(crate) fn keys_of_reply(found: &Found) -> Vec<Arg> {
    vec![found.intel.created_at.into(), found.intel.id.into()]
}

/// What the caller wrote, and whether it is there for them like anybody's.
struct Own {
    found: Found,
    is_shown: bool,
}

impl FromRow for Own {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { found: Found::from_row(row)?, is_shown: row.get("is_shown")? })
    }
}

/// What the caller wrote, replies included, newest first; also where the trip or the thread was hidden since, so that they
/// can take it back. Of a place that is hidden from them they learn nothing, not how many replied.
pub(crate) async fn own(db: &mut Session, caller: Caller, window: &Window) -> Result<Vec<Found>> {
    let (columns, order_by) = Sort::Newest.keys();
    let mut sql = open("");
    select(&mut sql, Some(caller));
    is_shown(sql.push(", case when "), Some(caller));
    sql.push(" then TRUE else FALSE end as is_shown").push(FROM).push(JOIN_PARENT).push(JOIN_AUTHOR);
    sql.push(" where n.traveler_id = ").push_bind(caller.id);
    sql.push_after(columns, window.after()).push(" order by ").push(order_by);
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    let own: Vec<Own> = db.all(sql).await?;
    let told = |Own { found, is_shown }| if is_shown { found } else { found.alone() };
    Ok(own.into_iter().map(told).collect())
}

/// How much the caller wrote.
pub(crate) async fn own_total(db: &mut Session, caller: Caller) -> Result<i64> {
    let count = sql!("select cast(count(*) as bigint) from travel_intel where traveler_id = $1");
    Ok(db.one(count.bind(caller.id)).await?)
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

/// What there is about a trip for `viewer`, by type. What is hidden counts for nobody.
pub(crate) async fn stats(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<Vec<Figures>> {
    let mut sql = open(
        "select n.intel_type, cast(count(*) as bigint) - cast(count(n.parent_id) as bigint) as threads,
            cast(count(n.parent_id) as bigint) as replies,
            cast(sum(case when n.parent_id is null and n.severity_level = 'critical' then 1 else 0 end) as bigint)
                as critical,
            cast(sum(case when n.parent_id is null and n.status = 'resolved' then 1 else 0 end) as bigint) as resolved",
    );
    sql.push(FROM).push(JOIN_PARENT);
    shown(&mut sql, viewer);
    sql.push(" and n.deleted_at is null and n.hidden_at is null and n.itinerary_id = ").push_bind(id);
    sql.push(" group by n.intel_type");
    Ok(db.all(sql).await?)
}

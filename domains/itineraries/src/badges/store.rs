//! Badges in the database.

use super::model::{Badge, NewBadge};
use crate::{
    model::ItineraryId,
    store::{JOINS, push_beside, push_shown, shown},
};
use accounts::visible_to;
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Window,
    sql,
};
use uuid::Uuid;

/// Reads the badge beside a trip; `None` when it has none.
pub(crate) fn beside(row: &Row<'_>) -> Result<Option<Badge>, DbError> {
    if row.get::<Option<Uuid>>("badge_id")?.is_none() {
        return Ok(None);
    }
    Badge::from_row(row).map(Some)
}

impl FromRow for Badge {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("badge_id")?,
            itinerary_id: row.get("badge_itinerary_id")?,
            awarded_by: row.get("badge_awarded_by")?,
            kind: row.get("badge_type")?,
            points: row.get("badge_points")?,
            rationale: row.get("badge_rationale")?,
            custom_name: row.get("badge_custom_name")?,
            custom_image: row.get("badge_custom_image")?,
            created_at: row.get("badge_created_at")?,
        })
    }
}

/// The title of a trip that everybody may see. A block between its author and an administrator is nothing to a badge.
pub(super) async fn title(db: &mut Session, id: ItineraryId) -> Result<Option<String>> {
    let mut sql = open("select i.title from itineraries i");
    shown(&mut sql, None);
    sql.push(" and i.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// A badge with the name of who awarded it.
#[derive(Debug)]
pub(super) struct Given {
    pub badge: Badge,
    pub validator: Option<String>,
}

impl FromRow for Given {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { badge: Badge::from_row(row)?, validator: row.get("validator")? })
    }
}

/// The badge of a trip that the reader may see.
pub(super) async fn of(db: &mut Session, id: ItineraryId, reader: Option<Caller>) -> Result<Option<Given>> {
    Ok(db.maybe(of_trip(id, reader)).await?)
}

pub(crate) fn of_trip(id: ItineraryId, reader: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    push_beside(&mut sql, reader);
    // Whoever awarded it and is hidden from the reader has no name.
    sql.push(", (select v.username from travelers v where v.id = b.awarded_by");
    visible_to(&mut sql, "v.id", reader);
    sql.push(") as validator from itineraries i").push(JOINS);
    shown(&mut sql, reader);
    sql.push(" and i.id = ").push_bind(id);
    sql.push(" and b.id is not null");
    sql
}

/// Awards a badge; `None` when the trip has one.
pub(super) async fn award(
    tx: &mut Tx,
    id: Uuid,
    itinerary: ItineraryId,
    by: TravelerId,
    new: NewBadge,
    at: Timestamp,
) -> Result<Option<Badge>> {
    let insert = sql!(
        "insert into itinerary_badges
            (id, itinerary_id, awarded_by, badge_type, points, rationale, custom_name, custom_image, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (itinerary_id) do nothing"
    );
    let insert = insert
        .bind(id)
        .bind(itinerary)
        .bind(by)
        .bind(new.kind)
        .bind(new.points)
        .bind(new.rationale.clone())
        .bind(new.custom_name.clone())
        .bind(new.custom_image.clone())
        .bind(at);
    let awarded = tx.run(insert).await? == 1;
    Ok(awarded.then(|| Badge {
        id,
        itinerary_id: itinerary,
        awarded_by: Some(by),
        kind: new.kind.to_owned(),
        points: new.points,
        rationale: new.rationale,
        custom_name: new.custom_name,
        custom_image: new.custom_image,
        created_at: at,
    }))
}

/// Takes a badge away; the trip that had it.
pub(super) async fn remove(tx: &mut Tx, id: Uuid) -> Result<Option<ItineraryId>> {
    Ok(tx.maybe(sql!("delete from itinerary_badges where id = $1 returning itinerary_id").bind(id)).await?)
}

/// A badge with the title of its trip and the name of who awarded it.
#[derive(Debug)]
pub(super) struct Awarded {
    pub badge: Badge,
    /// None while the trip is not shown to everybody: a draft is nobody's but its author's. The badge can be taken away still.
    pub title: Option<String>,
    pub validator: Option<String>,
}

impl FromRow for Awarded {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { badge: Badge::from_row(row)?, title: row.get("title")?, validator: row.get("validator")? })
    }
}

/// Which badges an administrator wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub itinerary: Option<ItineraryId>,
    pub awarded_by: Option<TravelerId>,
    pub kind: Option<String>,
}

const BADGE: &str = "select b.id as badge_id, b.itinerary_id as badge_itinerary_id, b.awarded_by as badge_awarded_by, \
    b.badge_type, b.points as badge_points, b.rationale as badge_rationale, b.custom_name as badge_custom_name, \
    b.custom_image as badge_custom_image, b.created_at as badge_created_at, v.username as validator";

/// Badges with what stands beside them, up to where the conditions begin.
fn awarded() -> Sql {
    let mut sql = open(BADGE);
    push_shown(sql.push(", case when "), None);
    sql.push(" then i.title end as title from itinerary_badges b join itineraries i on i.id = b.itinerary_id");
    sql.push(" left join travelers v on v.id = b.awarded_by");
    sql
}

fn narrow(sql: &mut Sql, wanted: &Wanted) {
    sql.push(" where 1 = 1");
    if let Some(itinerary) = wanted.itinerary {
        sql.push(" and b.itinerary_id = ").push_bind(itinerary);
    }
    if let Some(by) = wanted.awarded_by {
        sql.push(" and b.awarded_by = ").push_bind(by);
    }
    if let Some(kind) = &wanted.kind {
        sql.push(" and b.badge_type = ").push_bind(kind);
    }
}

/// What of a window are badges, newest first, and one row more.
pub(super) async fn page(db: &mut Session, wanted: &Wanted, window: &Window) -> Result<Vec<Awarded>> {
    let mut sql = awarded();
    narrow(&mut sql, wanted);
    sql.push_after("(b.created_at, b.id)", window.after());
    sql.push(" order by b.created_at desc, b.id desc limit ").push_bind(window.limit());
    sql.push(" offset ").push_bind(window.offset());
    Ok(db.all(sql).await?)
}

/// How many badges all pages have.
pub(super) async fn count(db: &mut Session, wanted: &Wanted) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from itinerary_badges b");
    narrow(&mut sql, wanted);
    Ok(db.one(sql).await?)
}

/// One badge.
pub(super) async fn find(db: &mut Session, id: Uuid) -> Result<Option<Awarded>> {
    let mut sql = awarded();
    sql.push(" where b.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// The badge of a trip.
pub(super) async fn awarded_to(db: &mut Session, id: ItineraryId) -> Result<Option<Awarded>> {
    let mut sql = awarded();
    sql.push(" where b.itinerary_id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// One badge, held until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, id: Uuid) -> Result<Option<Awarded>> {
    let mut sql = awarded();
    sql.push(" where b.id = ").push_bind(id).push_by_engine("", " for no key update of b");
    Ok(tx.maybe(sql).await?)
}

/// Writes a badge that is held, with the commit.
pub(super) fn update(tx: &mut Tx, badge: &Badge) {
    let update = sql!(
        "update itinerary_badges
         set badge_type = $2, points = $3, rationale = $4, custom_name = $5, custom_image = $6 where id = $1"
    );
    let update = update.bind(badge.id).bind(&badge.kind).bind(badge.points).bind(badge.rationale.clone());
    tx.run_at_commit(update.bind(badge.custom_name.clone()).bind(badge.custom_image.clone()));
}

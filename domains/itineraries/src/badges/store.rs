//! Badges in the database.

use super::model::{Badge, NewBadge};
use crate::{
    model::ItineraryId,
    store::{BESIDE, JOINS, shown},
};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Row, Session, Sql, Tx, open},
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

/// Whether the reader may see a trip.
pub(super) async fn is_shown(db: &mut Session, id: ItineraryId, reader: Caller) -> Result<bool> {
    let mut sql = open("select i.id from itineraries i");
    shown(&mut sql, Some(reader));
    sql.push(" and i.id = ").push_bind(id);
    Ok(db.maybe::<ItineraryId>(sql).await?.is_some())
}

/// The badge of a trip that the reader may see.
pub(super) async fn of(db: &mut Session, id: ItineraryId, reader: Option<Caller>) -> Result<Option<Badge>> {
    Ok(db.maybe(of_trip(id, reader)).await?)
}

pub(crate) fn of_trip(id: ItineraryId, reader: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(BESIDE).push(" from itineraries i").push(JOINS);
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

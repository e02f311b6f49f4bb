//! The trips of a group.

use crate::model::{GroupId, ItineraryId};
use accounts::visible_to;
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{Session, Sql, Tx, open},
    record, sql,
};

record! {
    /// A trip of a group.
    #[derive(Debug, Clone)]
    pub(crate) struct Trip {
        pub itinerary_id: ItineraryId,
        pub title: String,
        pub destination: String,
        pub added_by: TravelerId,
        pub created_at: Timestamp,
    }
}

/// The condition that `viewer` may see the trip `i`.
fn trip_seen(sql: &mut Sql, viewer: Caller) {
    sql.push(" and i.deleted_at is null and (i.is_published = TRUE or i.traveler_id = ").push_bind(viewer.id);
    sql.push(")");
    visible_to(sql, "i.traveler_id", Some(viewer));
}

/// The trips of a group that `viewer`, who belongs to it, may see, the latest first.
pub(crate) async fn trips(db: &mut Session, group: GroupId, viewer: Caller) -> Result<Vec<Trip>> {
    Ok(db.all(trips_sql(group, viewer)).await?)
}

pub(super) fn trips_sql(group: GroupId, viewer: Caller) -> Sql {
    let mut sql = open("select x.itinerary_id, i.title, i.destination, x.created_at, x.added_by");
    sql.push(" from travel_group_itineraries x join itineraries i on i.id = x.itinerary_id where x.group_id = ");
    sql.push_bind(group);
    trip_seen(&mut sql, viewer);
    // What somebody hidden did is not there: a trip that nobody added would tell that they belong to the group.
    visible_to(&mut sql, "x.added_by", Some(viewer));
    sql.push(" order by x.created_at desc, x.itinerary_id desc limit 100");
    sql
}

record! {
    /// A trip that is about to be added.
    #[derive(Debug)]
    pub(crate) struct Offered {
        pub title: String,
        pub destination: String,
        pub is_published: bool,
        /// Whether the group has it.
        pub is_there: bool,
        /// How many the group has.
        pub count: i64,
    }
}

/// A trip that `viewer` may see, and whether the group has it.
pub(crate) async fn offered(
    db: &mut Session,
    group: GroupId,
    id: ItineraryId,
    viewer: Caller,
) -> Result<Option<Offered>> {
    let mut sql =
        open("select i.title, i.destination, i.is_published, exists (select 1 from travel_group_itineraries x");
    sql.push(" where x.itinerary_id = i.id and x.group_id = ").push_bind(group);
    sql.push(") as is_there, (select cast(count(*) as bigint) from travel_group_itineraries x where x.group_id = ");
    sql.push_bind(group).push(") as count from itineraries i where i.id = ").push_bind(id);
    trip_seen(&mut sql, viewer);
    Ok(db.maybe(sql).await?)
}

/// Adds a trip, with the commit.
pub(crate) fn add(tx: &mut Tx, group: GroupId, id: ItineraryId, by: TravelerId, now: Timestamp) {
    let add = sql!(
        "insert into travel_group_itineraries (group_id, itinerary_id, added_by, added_on, created_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing"
    );
    tx.run_at_commit(add.bind(group).bind(id).bind(by).bind(now.day()).bind(now));
}

/// Who added a trip that `viewer` may see; `None` when the group does not have it.
pub(crate) async fn added_by(
    db: &mut Session,
    group: GroupId,
    id: ItineraryId,
    viewer: Caller,
) -> Result<Option<TravelerId>> {
    let mut sql = open("select x.added_by from travel_group_itineraries x join itineraries i on i.id = x.itinerary_id");
    sql.push(" where x.group_id = ").push_bind(group).push(" and x.itinerary_id = ").push_bind(id);
    trip_seen(&mut sql, viewer);
    Ok(db.maybe(sql).await?)
}

/// Takes a trip away, with the commit.
pub(crate) fn remove(tx: &mut Tx, group: GroupId, id: ItineraryId) {
    let remove = sql!("delete from travel_group_itineraries where group_id = $1 and itinerary_id = $2");
    tx.run_at_commit(remove.bind(group).bind(id));
}

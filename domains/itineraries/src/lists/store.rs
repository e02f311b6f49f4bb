//! The lists in the database, and the two tables that some of them are read from.

use super::model::{List, RISING_DAYS, named, places};
use crate::{
    model::{Itinerary, ItineraryId},
    store::{Found, read_page, shown},
};
use kernel::{
    Result,
    auth::Caller,
    clock::Timestamp,
    db::{Arg, Session, Sql, Tx, open},
    http::Window,
    record, sql,
};
use std::time::Duration;

impl List {
    /// What it is sorted by, each descending.
    fn keys(&self) -> (&'static str, &'static str) {
        match self {
            Self::Featured => ("(i.featured_at, i.id)", " order by i.featured_at desc, i.id desc"),
            Self::To(_) => ("(p.proof_score, p.itinerary_id)", " order by i.proof_score desc, i.id desc"),
            Self::Rising => (
                "(i.ratings_count + i.viewers_count, i.id)",
                " order by i.ratings_count + i.viewers_count desc, i.id desc",
            ),
            Self::Requested => (
                "(i.viewers_count, i.ratings_count, i.id)",
                " order by i.viewers_count desc, i.ratings_count desc, i.id desc",
            ),
            Self::By(_) => ("(i.created_at, i.id)", " order by i.created_at desc, i.id desc"),
            Self::Naming(_) => ("(c.created_at, c.itinerary_id)", " order by i.created_at desc, i.id desc"),
        }
    }

    /// The same of a row that was read.
    pub(crate) fn keys_of(&self, found: &Found) -> Vec<Arg> {
        let t = &found.itinerary;
        let keys: [Option<Arg>; 3] = match self {
            Self::Featured => [t.featured_at.map(Arg::from), None, None],
            Self::To(_) => [Some(t.proof_score.into()), None, None],
            Self::Rising => [Some((found.safety.count + t.viewers_count).into()), None, None],
            Self::Requested => [Some(t.viewers_count.into()), Some(found.safety.count.into()), None],
            Self::By(_) | Self::Naming(_) => [Some(t.created_at.into()), None, None],
        };
        keys.into_iter().flatten().chain([t.id.into()]).collect()
    }
}

/// The rows of a window, without tracks.
pub(crate) async fn page(
    db: &mut Session,
    list: &List,
    window: &Window,
    viewer: Option<Caller>,
    now: Timestamp,
) -> Result<Vec<Found>> {
    let (columns, order_by) = list.keys();
    let mut sql = open("with page as materialized (");
    match list {
        List::Featured => {
            sql.push("select i.id as page_id from itineraries i");
            shown(&mut sql, viewer);
            sql.push(" and i.is_featured = TRUE");
        }
        List::To(place) => {
            sql.push(
                "select p.itinerary_id as page_id from itinerary_places p join itineraries i on i.id = p.itinerary_id",
            );
            shown(&mut sql, viewer);
            sql.push(" and p.place = ").push_bind(&place.first);
            for more in &place.more {
                sql.push(
                    " and exists (select 1 from itinerary_places more where more.itinerary_id = i.id and more.place = ",
                );
                sql.push_bind(more).push(")");
            }
        }
        List::Rising => rising(&mut sql, window, viewer, now),
        List::Requested => {
            sql.push("select i.id as page_id from itineraries i");
            shown(&mut sql, viewer);
        }
        List::By(author) => {
            sql.push("select i.id as page_id from itineraries i");
            shown(&mut sql, viewer);
            sql.push(" and i.traveler_id = ").push_bind(*author);
        }
        List::Naming(companion) => {
            sql.push("select c.itinerary_id as page_id from itinerary_companions c join itineraries i on i.id = c.itinerary_id");
            shown(&mut sql, viewer);
            sql.push(" and c.traveler_id = ").push_bind(*companion);
        }
    }
    if *list != List::Rising {
        sql.push_after(columns, window.after());
        sql.push(match list {
            List::To(_) => " order by p.proof_score desc, p.itinerary_id desc",
            List::Naming(_) => " order by c.created_at desc, c.itinerary_id desc",
            _ => order_by,
        });
    }
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    read_page(db, sql, order_by, viewer).await
}

/// The best of each day are found along an index; then the best of those.
fn rising(sql: &mut Sql, window: &Window, viewer: Option<Caller>, now: Timestamp) {
    let since = now.minus(Duration::from_hours(24 * RISING_DAYS));
    sql.push("select page_id from (");
    let mut between = "";
    for day in (0..=RISING_DAYS).filter_map(|n| since.day().plus_days(n)) {
        sql.push(between).push("select * from (select i.id as page_id, i.ratings_count + i.viewers_count as figure");
        sql.push(" from itineraries i");
        shown(sql, viewer);
        sql.push(" and i.created_on = ").push_bind(day).push(" and i.created_at >= ").push_bind(since);
        sql.push_after("(i.ratings_count + i.viewers_count, i.id)", window.after());
        sql.push(" order by i.ratings_count + i.viewers_count desc, i.id desc limit ").push_bind(window.limit());
        sql.push(") best");
        between = " union all ";
    }
    sql.push(") days order by figure desc, page_id desc");
}

/// How many trips a list has that somebody owns; others have no totals.
pub(crate) async fn count(db: &mut Session, list: &List, viewer: Option<Caller>) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from itineraries i");
    match list {
        List::Naming(companion) => {
            sql.push(" join itinerary_companions c on c.itinerary_id = i.id");
            shown(&mut sql, viewer);
            sql.push(" and c.traveler_id = ").push_bind(*companion);
        }
        List::By(author) => {
            shown(&mut sql, viewer);
            sql.push(" and i.traveler_id = ").push_bind(*author);
        }
        List::Featured | List::To(_) | List::Rising | List::Requested => return Ok(0),
    }
    Ok(db.one(sql).await?)
}

/// Where a trip is found besides its own row, with the commit; `anew` when it was entered before.
pub(crate) fn enter(tx: &mut Tx, t: &Itinerary, anew: bool) {
    if anew {
        tx.run_at_commit(sql!("delete from itinerary_places where itinerary_id = $1").bind(t.id));
        tx.run_at_commit(sql!("delete from itinerary_companions where itinerary_id = $1").bind(t.id));
    }
    let rows = place_rows(t.id, &t.destination, t.proof_score);
    if !rows.is_empty() {
        let mut sql = open("insert into itinerary_places (place, itinerary_id, proof_score)");
        sql.push_rows(rows);
        tx.run_at_commit(sql);
    }
    let companions = named(t.travel_companions.0.iter().filter_map(|c| c.traveler_id.as_deref()));
    if !companions.is_empty() {
        let mut sql = open("insert into itinerary_companions (traveler_id, itinerary_id, created_at) select t.id, ");
        sql.push("i.id, i.created_at from itineraries i join travelers t on t.id <> i.traveler_id where i.id = ");
        sql.push_bind(t.id).push(" and t.id in ").push_list(companions);
        tx.run_at_commit(sql);
    }
}

/// The arguments of [`enter_place`].
pub(crate) fn place_rows(id: ItineraryId, destination: &str, proof_score: f64) -> Vec<Vec<Arg>> {
    places(destination).into_iter().map(|place| vec![place.into(), id.into(), proof_score.into()]).collect()
}

/// For many trips at once.
pub(crate) fn enter_place() -> Sql {
    sql!("insert into itinerary_places (place, itinerary_id, proof_score) values ($1, $2, $3) on conflict do nothing")
}

record! {
    /// What the places of a trip are made from.
    #[derive(Debug)]
    pub(crate) struct Unfiled { pub id: ItineraryId, pub destination: String, pub proof_score: f64 }
}

/// The next trips in the order of their ids, held until the transaction ends.
pub(crate) async fn unfiled(tx: &mut Tx, after: ItineraryId, at_most: i64) -> Result<Vec<Unfiled>> {
    let next = kernel::by_engine!(
        sqlite: "select id, destination, proof_score from itineraries where id > $1 order by id limit $2",
        postgres: "select id, destination, proof_score from itineraries where id > $1 order by id limit $2 for update",
    );
    Ok(tx.all(next.bind(after).bind(at_most)).await?)
}

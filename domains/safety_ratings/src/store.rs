//! Ratings in the database. What others may see passes `seen`, the one path of lists and details.
//!
//! Whoever changes a rating holds the row of its trip in `itinerary_safety` first and until the end ([`hold`]), so that
//! what all ratings say together is counted by one after the other. Whoever votes holds the rating ([`hold_rating`]).
//! Nobody takes these two the other way round.

use crate::{
    filter::{Filter, Sort},
    model::{ItineraryId, Rating, RatingId, Safety, Tally, deltas},
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Page,
    record, sql,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A rating with everything that is shown of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Found {
    pub author: AuthorCard,
    pub rating: Rating,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { author: AuthorCard::from_row(row)?, rating: Rating::from_row(row)? })
    }
}

const COLUMNS: &str = "r.id, r.itinerary_id, r.traveler_id, r.overall_safety_score, r.rating_type, \
    r.detailed_feedback, r.accommodation_safety, r.route_safety, r.community_safety, r.women_safety_score, \
    r.experience_date, r.photo_ipfs_hashes, r.verified_traveler, r.helpful_votes, r.unhelpful_votes, r.created_at, \
    r.updated_at";

/// Everything about ratings, up to where the conditions begin.
fn select() -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(COLUMNS);
    sql.push(" from safety_ratings r join itineraries i on i.id = r.itinerary_id");
    sql.push(" join travelers author on author.id = r.traveler_id");
    sql
}

/// The condition on the trip `i`: there, published or the viewer's own, and its author not hidden from `viewer`.
fn trip_seen(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" and i.deleted_at is null and (i.is_published = TRUE");
    if let Some(viewer) = viewer {
        sql.push(" or i.traveler_id = ").push_bind(viewer.id);
    }
    sql.push(")");
    visible_to(sql, "i.traveler_id", viewer);
}

/// The condition on a trip `i` of a list that has drafts for nobody.
fn shown_trip(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" and i.deleted_at is null and i.is_published = TRUE");
    visible_to(sql, "i.traveler_id", viewer);
}

/// The condition that every query of what others may see has: the trip is seen, and who rated it is not hidden.
fn seen(sql: &mut Sql, viewer: Option<Caller>) {
    trip_seen(sql, viewer);
    visible_to(sql, "r.traveler_id", viewer);
}

/// A rating that `viewer` may see. Their own they always may: it is theirs to take back, wherever the trip went.
pub(crate) async fn find(db: &mut Session, id: RatingId, viewer: Option<Caller>) -> Result<Option<Found>> {
    Ok(db.maybe(find_sql(id, viewer)).await?)
}

fn find_sql(id: RatingId, viewer: Option<Caller>) -> Sql {
    let mut sql = select();
    sql.push(" where r.id = ").push_bind(id).push(" and (");
    if let Some(viewer) = viewer {
        sql.push("r.traveler_id = ").push_bind(viewer.id).push(" or ");
    }
    sql.push("(TRUE");
    seen(&mut sql, viewer);
    sql.push("))");
    sql
}

/// The conditions of the list on ratings, the same for its page and its total; those on trips go besides. Drafts are in
/// it for nobody.
fn narrow(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>) {
    sql.push(" where TRUE");
    visible_to(sql, "r.traveler_id", viewer);
    if let Some(kind) = &filter.rating_type {
        sql.push(" and r.rating_type = ").push_bind(kind);
    }
    if let Some(least) = filter.min_score {
        sql.push(" and r.overall_safety_score >= ").push_bind(least);
    }
    if let Some(most) = filter.max_score {
        sql.push(" and r.overall_safety_score <= ").push_bind(most);
    }
    if filter.verified_only {
        sql.push(" and r.verified_traveler = TRUE");
    }
    if let Some(itinerary) = filter.itinerary {
        sql.push(" and r.itinerary_id = ").push_bind(itinerary);
    }
}

const NEWEST: &str = " order by r.created_at desc, r.id desc";

fn paged(mut sql: Sql, order: &'static str, page: Page) -> Sql {
    sql.push(order).push(" limit ").push_bind(page.limit()).push(" offset ").push_bind(page.offset());
    sql
}

/// One page of the list.
pub(crate) async fn page(db: &mut Session, filter: &Filter, page: Page, viewer: Option<Caller>) -> Result<Vec<Found>> {
    Ok(db.all(page_sql(filter, page, viewer)).await?)
}

fn page_sql(filter: &Filter, page: Page, viewer: Option<Caller>) -> Sql {
    let mut sql = select();
    narrow(&mut sql, filter, viewer);
    shown_trip(&mut sql, viewer);
    let order = match filter.sort {
        Sort::Newest => NEWEST,
        Sort::Score => " order by r.overall_safety_score desc, r.created_at desc, r.id desc",
    };
    paged(sql, order, page)
}

/// Further than this the list is not counted: it has a row for every rating that there is.
pub(crate) const COUNTED: i64 = 10_000;

record! {
    /// How far the list was counted, and how many ratings of what was counted are shown.
    pub(crate) struct Counted { pub counted: i64, pub shown: i64 }
}

/// How many ratings all pages have, of the newest [`COUNTED`].
pub(crate) async fn count(db: &mut Session, filter: &Filter, viewer: Option<Caller>) -> Result<Counted> {
    Ok(db.one(count_sql(filter, viewer)).await?)
}

/// The limit stands inside, so that no engine joins everything before it stops.
fn count_sql(filter: &Filter, viewer: Option<Caller>) -> Sql {
    let mut sql = open(
        "select cast(count(*) as bigint) as counted, cast(count(i.id) as bigint) as shown \
         from (select r.itinerary_id from safety_ratings r",
    );
    narrow(&mut sql, filter, viewer);
    sql.push(NEWEST).push(" limit ").push_bind(COUNTED);
    sql.push(") newest left join itineraries i on i.id = newest.itinerary_id");
    shown_trip(&mut sql, viewer);
    sql
}

/// How many ratings a trip has that `viewer` may see; `None` when it is not there for them.
pub(crate) async fn count_of(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<i64>> {
    Ok(db.maybe(count_of_sql(id, viewer)).await?)
}

fn count_of_sql(id: ItineraryId, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select (select cast(count(*) as bigint) from safety_ratings r where r.itinerary_id = i.id");
    visible_to(&mut sql, "r.traveler_id", viewer);
    sql.push(") from itineraries i where i.id = ").push_bind(id);
    trip_seen(&mut sql, viewer);
    sql
}

/// One page of a trip's ratings, the newest first.
pub(crate) async fn page_of(
    db: &mut Session,
    id: ItineraryId,
    page: Page,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    Ok(db.all(page_of_sql(id, page, viewer)).await?)
}

fn page_of_sql(id: ItineraryId, page: Page, viewer: Option<Caller>) -> Sql {
    let mut sql = select();
    sql.push(" where r.itinerary_id = ").push_bind(id);
    seen(&mut sql, viewer);
    paged(sql, NEWEST, page)
}

/// One page of what somebody rated, the newest first, wherever the trips went.
pub(crate) async fn page_by(db: &mut Session, rater: TravelerId, page: Page) -> Result<Vec<Found>> {
    Ok(db.all(page_by_sql(rater, page)).await?)
}

fn page_by_sql(rater: TravelerId, page: Page) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(COLUMNS);
    sql.push(" from safety_ratings r join travelers author on author.id = r.traveler_id where r.traveler_id = ");
    sql.push_bind(rater);
    paged(sql, NEWEST, page)
}

/// How many trips somebody rated.
pub(crate) async fn count_by(db: &mut Session, rater: TravelerId) -> Result<i64> {
    let count = sql!("select cast(count(*) as bigint) from safety_ratings where traveler_id = $1");
    Ok(db.one(count.bind(rater)).await?)
}

record! {
    /// What ratings of one type say together with others.
    pub(crate) struct OfType { pub rating_type: String, pub score: i64, pub verified: bool, pub count: i64 }
}

/// How safe a trip is; `None` when it is not there for `viewer`.
pub(crate) async fn safety(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<Safety>> {
    let mut sql = open(
        "select coalesce(s.score, 0) as score, coalesce(s.ratings_count, 0) as ratings_count, \
         coalesce(s.low, 0) as low, coalesce(s.high, 0) as high \
         from itineraries i left join itinerary_safety s on s.itinerary_id = i.id where i.id = ",
    );
    sql.push_bind(id);
    trip_seen(&mut sql, viewer);
    Ok(db.maybe(sql).await?)
}

/// The ratings of a trip, counted by type, score and kind of rater.
pub(crate) async fn tally_by_type(db: &mut Session, id: ItineraryId) -> Result<Vec<OfType>> {
    let mut sql = open(
        "select r.rating_type, r.overall_safety_score as score, r.verified_traveler as verified, \
         cast(count(*) as bigint) as count from safety_ratings r where r.itinerary_id = ",
    );
    sql.push_bind(id);
    visible_to(&mut sql, "r.traveler_id", None);
    sql.push(" group by r.rating_type, r.overall_safety_score, r.verified_traveler");
    Ok(db.all(sql).await?)
}

record! {
    struct Cast { rating_id: RatingId, is_helpful: bool }
}

/// How somebody voted on these ratings.
pub(crate) async fn votes(
    db: &mut Session,
    voter: TravelerId,
    ratings: impl Iterator<Item = RatingId>,
) -> Result<HashMap<RatingId, bool>> {
    let mut sql = open("select rating_id, is_helpful from safety_rating_votes where traveler_id = ");
    sql.push_bind(voter).push(" and rating_id in ").push_list(ratings);
    Ok(db.all::<Cast>(sql).await?.into_iter().map(|v| (v.rating_id, v.is_helpful)).collect())
}

/// What somebody meets who is about to rate a trip, or to change their rating.
pub(crate) struct Stand {
    /// Whose trip it is.
    pub trip_author: TravelerId,
    /// The rater, as others see them.
    pub card: AuthorCard,
    /// The rating that they gave before.
    pub rating: Option<Rating>,
}

impl FromRow for Stand {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let is_rated = row.get::<Option<RatingId>>("id")?.is_some();
        Ok(Self {
            trip_author: row.get("trip_author")?,
            card: AuthorCard::from_row(row)?,
            rating: if is_rated { Some(Rating::from_row(row)?) } else { None },
        })
    }
}

/// Holds what the ratings of a trip say together until the transaction ends; `false` when there is no such trip.
pub(crate) async fn hold(tx: &mut Tx, id: ItineraryId) -> Result<bool> {
    let hold = sql!(
        "insert into itinerary_safety (itinerary_id, score, ratings_count, low, high)
         select id, 0, 0, 0, 0 from itineraries where id = $1
         on conflict (itinerary_id) do update set ratings_count = itinerary_safety.ratings_count"
    );
    Ok(tx.run(hold.bind(id)).await? == 1)
}

/// Where `caller` stands with a trip that is held; `None` when it is not there for them.
pub(crate) async fn stand(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<Option<Stand>> {
    let mut sql = open("select i.traveler_id as trip_author, ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(COLUMNS);
    sql.push(" from itineraries i join travelers author on author.id = ").push_bind(caller.id);
    sql.push(" left join safety_ratings r on r.itinerary_id = i.id and r.traveler_id = author.id where i.id = ");
    sql.push_bind(id);
    trip_seen(&mut sql, Some(caller));
    Ok(tx.maybe(sql).await?)
}

/// The ratings of a trip but for one, counted. Whoever is banned does not count.
pub(crate) async fn tally(tx: &mut Tx, id: ItineraryId, without: Option<RatingId>) -> Result<Vec<Tally>> {
    let mut sql = open(
        "select r.overall_safety_score as score, r.verified_traveler as verified, \
         cast(count(*) as bigint) as count from safety_ratings r where r.itinerary_id = ",
    );
    sql.push_bind(id);
    if let Some(without) = without {
        sql.push(" and r.id <> ").push_bind(without);
    }
    visible_to(&mut sql, "r.traveler_id", None);
    sql.push(" group by r.overall_safety_score, r.verified_traveler");
    Ok(tx.all(sql).await?)
}

/// Writes what the ratings of a trip that is held say together, with the commit.
pub(crate) fn set_safety(tx: &mut Tx, id: ItineraryId, safety: Safety) {
    tx.run_at_commit(
        sql!("update itinerary_safety set score = $2, ratings_count = $3, low = $4, high = $5 where itinerary_id = $1")
            .bind(id)
            .bind(safety.score)
            .bind(safety.ratings_count)
            .bind(safety.low)
            .bind(safety.high),
    );
}

/// What pages of a trip's ratings are made from, besides the trip and the people.
pub(crate) fn topic(id: ItineraryId) -> String {
    format!("safety_ratings:{id}")
}

/// Says that the ratings of a trip are no longer what they were, and with them how safe the trip is.
pub(crate) fn rated(tx: &mut Tx, id: ItineraryId) -> Result<()> {
    tx.changed(topic(id));
    tx.changed("safety_ratings");
    tx.changed(format!("itinerary:{id}"));
    tx.changed("itineraries");
    Ok(tx.happened("itinerary_rated", id)?)
}

/// The columns that its author writes, in the order of `insert` and `update`.
fn written(r: &Rating) -> Vec<Arg> {
    vec![
        r.id.into(),
        r.overall_safety_score.into(),
        r.rating_type.clone().into(),
        r.detailed_feedback.clone().into(),
        r.accommodation_safety.into(),
        r.route_safety.into(),
        r.community_safety.into(),
        r.women_safety_score.into(),
        r.experience_date.into(),
        r.photo_ipfs_hashes.clone().into(),
        r.updated_at.into(),
    ]
}

/// The statement that adds a rating; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into safety_ratings
            (id, overall_safety_score, rating_type, detailed_feedback, accommodation_safety, route_safety,
             community_safety, women_safety_score, experience_date, photo_ipfs_hashes, updated_at, itinerary_id,
             traveler_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    )
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(r: &Rating) -> Vec<Arg> {
    let mut args = written(r);
    args.extend([r.itinerary_id.into(), r.traveler_id.into(), r.created_at.into()]);
    args
}

/// Adds a rating, with the commit.
pub(crate) fn insert(tx: &mut Tx, r: &Rating) {
    tx.run_at_commit(insert_args(r).into_iter().fold(insert_sql(), Sql::bind));
}

/// Writes what its author changed, with the commit.
pub(crate) fn update(tx: &mut Tx, r: &Rating) {
    let update = sql!(
        "update safety_ratings set
            (overall_safety_score, rating_type, detailed_feedback, accommodation_safety, route_safety,
             community_safety, women_safety_score, experience_date, photo_ipfs_hashes, updated_at)
         = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) where id = $1"
    );
    tx.run_at_commit(written(r).into_iter().fold(update, Sql::bind));
}

/// Takes a rating away with its votes; `false` when it was gone already.
pub(crate) async fn delete(tx: &mut Tx, id: RatingId) -> Result<bool> {
    Ok(tx.run(sql!("delete from safety_ratings where id = $1").bind(id)).await? == 1)
}

/// Holds a rating until the transaction ends, so that votes on it come one after the other; `false` when it is gone.
pub(crate) async fn hold_rating(tx: &mut Tx, id: RatingId) -> Result<bool> {
    let hold = by_engine!(
        sqlite: "select id from safety_ratings where id = $1",
        postgres: "select id from safety_ratings where id = $1 for update",
    );
    Ok(tx.maybe::<RatingId>(hold.bind(id)).await?.is_some())
}

/// How somebody voted on a rating that is held.
pub(crate) async fn vote_of(tx: &mut Tx, id: RatingId, voter: TravelerId) -> Result<Option<bool>> {
    let vote = sql!("select is_helpful from safety_rating_votes where rating_id = $1 and traveler_id = $2");
    Ok(tx.maybe(vote.bind(id).bind(voter)).await?)
}

/// Puts one vote in the place of another, and counts it, with the commit.
pub(crate) fn set_vote(
    tx: &mut Tx,
    id: RatingId,
    voter: TravelerId,
    before: Option<bool>,
    after: Option<bool>,
    at: Timestamp,
) {
    tx.run_at_commit(match after {
        None => sql!("delete from safety_rating_votes where rating_id = $1 and traveler_id = $2").bind(id).bind(voter),
        Some(is_helpful) => sql!(
            "insert into safety_rating_votes (rating_id, traveler_id, is_helpful, created_at) values ($1, $2, $3, $4)
             on conflict (rating_id, traveler_id)
             do update set is_helpful = excluded.is_helpful, created_at = excluded.created_at"
        )
        .bind(id)
        .bind(voter)
        .bind(is_helpful)
        .bind(at),
    });
    let (helpful, unhelpful) = deltas(before, after);
    tx.run_at_commit(
        sql!(
            "update safety_ratings set helpful_votes = helpful_votes + $2, unhelpful_votes = unhelpful_votes + $3
             where id = $1"
        )
        .bind(id)
        .bind(helpful)
        .bind(unhelpful),
    );
}

/// Trips that somebody rated, after one of them.
pub(crate) async fn rated_after(
    db: &mut Session,
    rater: TravelerId,
    after: Option<ItineraryId>,
    most: i64,
) -> Result<Vec<ItineraryId>> {
    let mut sql = open("select itinerary_id from safety_ratings where traveler_id = ");
    sql.push_bind(rater);
    if let Some(after) = after {
        sql.push(" and itinerary_id > ").push_bind(after);
    }
    sql.push(" order by itinerary_id limit ").push_bind(most);
    Ok(db.all(sql).await?)
}

/// The statements of the lists, for the test that reads their plans.
pub fn plans() -> Vec<(&'static str, Sql)> {
    let (id, rater, first) = (ItineraryId(uuid::Uuid::nil()), TravelerId(uuid::Uuid::nil()), Page::new(None, None));
    let all = Filter {
        sort: Sort::Newest,
        rating_type: None,
        min_score: None,
        max_score: None,
        verified_only: false,
        itinerary: None,
    };
    let (by_score, of_type, verified, of_trip, scores) = (
        Filter { sort: Sort::Score, ..all.clone() },
        Filter { rating_type: Some("route".to_owned()), ..all.clone() },
        Filter { verified_only: true, ..all.clone() },
        Filter { itinerary: Some(id), ..all.clone() },
        Filter { min_score: Some(4), max_score: Some(4), sort: Sort::Score, ..all.clone() },
    );
    vec![
        ("newest", page_sql(&all, first, None)),
        ("by score", page_sql(&by_score, first, None)),
        ("of a type", page_sql(&of_type, first, None)),
        ("verified", page_sql(&verified, first, None)),
        ("of a trip, filtered", page_sql(&of_trip, first, None)),
        ("of some scores", page_sql(&scores, first, None)),
        ("count of all", count_sql(&all, None)),
        ("count of all of a type", count_sql(&of_type, None)),
        ("of a trip", page_of_sql(id, first, None)),
        ("count of a trip", count_of_sql(id, None)),
        ("of a person", page_by_sql(rater, first)),
        ("one", find_sql(RatingId(uuid::Uuid::nil()), None)),
    ]
}

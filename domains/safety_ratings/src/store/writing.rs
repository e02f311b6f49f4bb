//! What is written, and what is read of a trip or a rating while it is held.
//!
//! Whoever changes a rating holds the row of its trip in `itinerary_safety` first and until the end ([`hold`], [`hold_of`]),
//! so that what all ratings say together is counted by one after the other. Whoever votes holds the rating
//! ([`hold_rating`]). Nobody takes these two the other way round.

use super::{COLUMNS, Found, JOIN_AUTHOR, JOIN_TRIP, RATINGS, one_seen, select, trip_seen};
use crate::{
    model::{ItineraryId, Rating, RatingId, Safety, Tally, deltas},
    verified::{earliest_today, was_there},
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    sql,
};

/// Holds what the ratings of a trip say together until the transaction ends; `false` when there is no such trip.
pub(crate) async fn hold(tx: &mut Tx, id: ItineraryId) -> Result<bool> {
    let hold = sql!(
        "insert into itinerary_safety (itinerary_id, score, ratings_count, low, high)
         select id, 0, 0, 0, 0 from itineraries where id = $1
         on conflict (itinerary_id) do update set ratings_count = itinerary_safety.ratings_count"
    );
    Ok(tx.run(hold.bind(id)).await? == 1)
}

/// The same for the trip of a rating; `false` when there is no such rating.
pub(crate) async fn hold_of(tx: &mut Tx, id: RatingId) -> Result<bool> {
    let hold = sql!(
        "insert into itinerary_safety (itinerary_id, score, ratings_count, low, high)
         select itinerary_id, 0, 0, 0, 0 from safety_ratings where id = $1
         on conflict (itinerary_id) do update set ratings_count = itinerary_safety.ratings_count"
    );
    Ok(tx.run(hold.bind(id)).await? == 1)
}

/// What somebody meets who is about to rate a trip.
pub(crate) struct Stand {
    /// Whose trip it is.
    pub trip_author: TravelerId,
    /// The rater, as others see them.
    pub card: AuthorCard,
    /// The rating that they gave before.
    pub rating: Option<Rating>,
    /// Whether they were on the trip, as far as the service knows.
    pub was_there: bool,
    /// What everybody else gave.
    pub others: Vec<Tally>,
}

/// A rating of a trip that is held.
pub(crate) struct Held {
    pub found: Found,
    /// Whether the trip is there for the caller.
    pub has_trip: bool,
    /// Whether its rater was on the trip, as far as the service knows.
    pub was_there: bool,
    /// What everybody else gave.
    pub others: Vec<Tally>,
}

/// A row with one of the others' tallies: what stands beside it is the same in each.
struct Beside<T>(T, Option<Tally>);

impl<T> Beside<T> {
    /// What they have in common, with all tallies.
    fn gathered(rows: Vec<Self>) -> Option<(T, Vec<Tally>)> {
        let mut first = None;
        let mut tallies = Vec::new();
        for Self(row, tally) in rows {
            first.get_or_insert(row);
            tallies.extend(tally);
        }
        Some((first?, tallies))
    }
}

impl<T: FromRow> FromRow for Beside<T> {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let is_there = row.get::<Option<i64>>("score")?.is_some();
        Ok(Self(T::from_row(row)?, if is_there { Some(Tally::from_row(row)?) } else { None }))
    }
}

struct Rater(TravelerId, AuthorCard, Option<Rating>, bool);

impl FromRow for Rater {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let is_rated = row.get::<Option<RatingId>>("id")?.is_some();
        Ok(Self(
            row.get("trip_author")?,
            AuthorCard::from_row(row)?,
            if is_rated { Some(Rating::from_row(row)?) } else { None },
            row.get("was_there")?,
        ))
    }
}

struct WithTrip(Found, bool, bool);

impl FromRow for WithTrip {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self(Found::from_row(row)?, row.get("has_trip")?, row.get("was_there")?))
    }
}

const TALLIES: &str = ", others.score, others.verified, others.count";

/// Joins the ratings of a trip, counted by score and kind of rater, up to where the trip is named. Whoever is banned does
/// not count; who blocks whom does not matter, or the score would tell it.
fn tallies(sql: &mut Sql) {
    sql.push(
        "select o.overall_safety_score as score, o.verified_traveler as verified, cast(count(*) as bigint) as count \
         from safety_ratings o where TRUE",
    );
    visible_to(sql, "o.traveler_id", None);
    sql.push(" and o.itinerary_id = ");
}

const BY_SCORE: &str = " group by o.overall_safety_score, o.verified_traveler";

/// Where `caller` stands with a trip that is held; `None` when it is not there for them.
pub(crate) async fn stand(tx: &mut Tx, id: ItineraryId, caller: Caller, now: Timestamp) -> Result<Option<Stand>> {
    let mut sql = open("select i.traveler_id as trip_author, ");
    was_there(&mut sql, "i.id", "author.id", earliest_today(now));
    sql.push(" as was_there, ").push(AuthorCard::COLUMNS).push(", ").push(COLUMNS).push(TALLIES);
    sql.push(" from itineraries i join travelers author on author.id = ").push_bind(caller.id);
    sql.push(" left join safety_ratings r on r.itinerary_id = i.id and r.traveler_id = author.id left join (");
    tallies(&mut sql);
    sql.push_bind(id).push(" and o.traveler_id <> ").push_bind(caller.id).push(BY_SCORE);
    sql.push(") others on TRUE where i.id = ").push_bind(id);
    trip_seen(&mut sql, Some(caller));
    let gathered = Beside::gathered(tx.all(sql).await?);
    Ok(gathered.map(|(Rater(trip_author, card, rating, was_there), others)| Stand {
        trip_author,
        card,
        rating,
        was_there,
        others,
    }))
}

/// A rating that the caller may see, of a trip that is held.
pub(crate) async fn find_held(tx: &mut Tx, id: RatingId, caller: Caller, now: Timestamp) -> Result<Option<Held>> {
    let mut sql = open("");
    select(&mut sql, Some(caller));
    sql.push(", case when TRUE");
    trip_seen(&mut sql, Some(caller));
    sql.push(" then TRUE else FALSE end as has_trip, ");
    was_there(&mut sql, "r.itinerary_id", "r.traveler_id", earliest_today(now));
    sql.push(" as was_there").push(TALLIES);
    sql.push(RATINGS).push(JOIN_TRIP).push(JOIN_AUTHOR).push(" left join (");
    tallies(&mut sql);
    sql.push("(select itinerary_id from safety_ratings where id = ").push_bind(id).push(") and o.id <> ").push_bind(id);
    sql.push(BY_SCORE).push(") others on TRUE");
    one_seen(&mut sql, id, Some(caller));
    let gathered = Beside::gathered(tx.all(sql).await?);
    Ok(gathered.map(|(WithTrip(found, has_trip, was_there), others)| Held { found, has_trip, was_there, others }))
}

/// The ratings of a trip that is held, counted.
pub(crate) async fn tally(tx: &mut Tx, id: ItineraryId) -> Result<Vec<Tally>> {
    let mut sql = open("");
    tallies(&mut sql);
    sql.push_bind(id).push(BY_SCORE);
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
        r.verified_traveler.into(),
        r.updated_at.into(),
    ]
}

/// The statement that adds a rating; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into safety_ratings
            (id, overall_safety_score, rating_type, detailed_feedback, accommodation_safety, route_safety,
             community_safety, women_safety_score, experience_date, photo_ipfs_hashes, verified_traveler,
             updated_at, itinerary_id, traveler_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
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
             community_safety, women_safety_score, experience_date, photo_ipfs_hashes, verified_traveler,
             updated_at)
         = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) where id = $1"
    );
    tx.run_at_commit(written(r).into_iter().fold(update, Sql::bind));
}

/// Takes a rating away with its votes, with the commit.
pub(crate) fn delete(tx: &mut Tx, id: RatingId) {
    tx.run_at_commit(sql!("delete from safety_ratings where id = $1").bind(id));
}

/// Holds a rating until the transaction ends, so that votes on it come one after the other; `false` when it is gone.
pub(crate) async fn hold_rating(tx: &mut Tx, id: RatingId) -> Result<bool> {
    let hold = by_engine!(
        sqlite: "select id from safety_ratings where id = $1",
        postgres: "select id from safety_ratings where id = $1 for update",
    );
    Ok(tx.maybe::<RatingId>(hold.bind(id)).await?.is_some())
}

/// What somebody meets who is about to vote on a rating that is held.
pub(crate) struct ToVote {
    pub found: Found,
    /// Whether the vote that they cast before is counted.
    pub is_counted: bool,
}

impl FromRow for ToVote {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { found: Found::from_row(row)?, is_counted: row.get("is_counted")? })
    }
}

/// A rating that is held and that the caller may see. Who is banned meanwhile finds none: their account is held against it, or
/// a vote could be counted behind the job that takes theirs out.
pub(crate) async fn find_to_vote(tx: &mut Tx, id: RatingId, caller: Caller) -> Result<Option<ToVote>> {
    let mut sql = open("");
    select(&mut sql, Some(caller));
    sql.push(
        ", coalesce((select v.is_counted from safety_rating_votes v where v.rating_id = r.id and v.traveler_id = ",
    );
    sql.push_bind(caller.id).push("), TRUE) as is_counted");
    sql.push(RATINGS).push(JOIN_TRIP).push(JOIN_AUTHOR);
    sql.push(" join travelers me on me.id = ").push_bind(caller.id).push(" and me.is_active = TRUE");
    one_seen(&mut sql, id, Some(caller));
    sql.push_by_engine("", " for share of me");
    Ok(tx.maybe(sql).await?)
}

/// Puts one vote in the place of another, of one that counts, and counts it, with the commit.
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
             do update set is_helpful = excluded.is_helpful, created_at = excluded.created_at, is_counted = TRUE"
        )
        .bind(id)
        .bind(voter)
        .bind(is_helpful)
        .bind(at),
    });
    let (helpful, unhelpful) = deltas(before, after);
    tx.run_at_commit(count_votes().bind(id).bind(helpful).bind(unhelpful));
}

pub(crate) fn count_votes() -> Sql {
    sql!(
        "update safety_ratings set helpful_votes = helpful_votes + $2, unhelpful_votes = unhelpful_votes + $3
         where id = $1"
    )
}

pub(crate) fn mark_vote() -> Sql {
    sql!("update safety_rating_votes set is_counted = $3 where rating_id = $1 and traveler_id = $2")
}

/// Holds the next ratings that somebody voted on, in the order of their ids, which is that of every other who holds more than
/// one.
pub(crate) fn hold_voted() -> Sql {
    by_engine!(
        sqlite: "select rating_id from safety_rating_votes where traveler_id = $1 and rating_id > $2
                 order by rating_id limit $3",
        postgres: "select id from safety_ratings where id in
                       (select rating_id from safety_rating_votes where traveler_id = $1 and rating_id > $2
                        order by rating_id limit $3)
                   order by id for no key update",
    )
}

/// The trips that ratings are of.
pub(crate) async fn trips_of(db: &mut Session, ratings: impl Iterator<Item = RatingId>) -> Result<Vec<ItineraryId>> {
    let mut sql = open("select distinct itinerary_id from safety_ratings where id in ");
    sql.push_list(ratings);
    Ok(db.all(sql).await?)
}

/// Holds all ratings of a trip.
pub(crate) async fn hold_ratings(tx: &mut Tx, trip: ItineraryId) -> Result<()> {
    let hold = by_engine!(
        sqlite: "select id from safety_ratings where itinerary_id = $1 limit 0",
        postgres: "select id from safety_ratings where itinerary_id = $1 order by id for no key update",
    );
    let _: Vec<RatingId> = tx.all(hold.bind(trip)).await?;
    Ok(())
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

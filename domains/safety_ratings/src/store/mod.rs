//! Ratings in the database: what is read. What others may see passes `seen`, the one path of lists and details.

mod writing;

pub(crate) use writing::{
    Held, ToVote, count_votes, delete, find_held, find_to_vote, hold, hold_of, hold_rating, hold_ratings, hold_voted,
    insert, insert_args, insert_sql, mark_vote, rated, rated_after, set_safety, set_vote, stand, tally, topic,
    trips_of, update,
};

use crate::{
    filter::{Filter, Sort},
    model::{ItineraryId, Rating, RatingId, Safety},
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    db::{Arg, DbError, FromRow, Row, Session, Sql, open},
    http::Window,
    record, sql,
};
use serde::{Deserialize, Serialize};

/// A rating with everything that is shown of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Found {
    pub author: AuthorCard,
    pub rating: Rating,
    /// Whether the reader found it helpful; of nobody in what all readers share.
    pub user_vote: Option<bool>,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            author: AuthorCard::from_row(row)?,
            rating: Rating::from_row(row)?,
            user_vote: row.get("user_vote")?,
        })
    }
}

const COLUMNS: &str = "r.id, r.itinerary_id, r.traveler_id, r.overall_safety_score, r.rating_type, \
    r.detailed_feedback, r.accommodation_safety, r.route_safety, r.community_safety, r.women_safety_score, \
    r.experience_date, r.photo_ipfs_hashes, r.verified_traveler, r.helpful_votes, r.unhelpful_votes, r.created_at, \
    r.updated_at";

/// What `viewer` is shown of a rating `r` by `author`, up to where the source begins.
fn select(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push("select ").push(AuthorCard::COLUMNS).push(", ").push(COLUMNS).push(", ");
    match viewer {
        Some(viewer) => sql
            .push("(select v.is_helpful from safety_rating_votes v where v.rating_id = r.id and v.traveler_id = ")
            .push_bind(viewer.id)
            .push(")"),
        None => sql.push("cast(null as boolean)"),
    };
    sql.push(" as user_vote");
}

const RATINGS: &str = " from safety_ratings r";
const JOIN_TRIP: &str = " join itineraries i on i.id = r.itinerary_id";
const JOIN_AUTHOR: &str = " join travelers author on author.id = r.traveler_id";

/// The condition on the trip `i`: there, published or the viewer's own, and its author not hidden from `viewer`.
fn trip_seen(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" and i.deleted_at is null and (i.is_published = TRUE");
    if let Some(viewer) = viewer {
        sql.push(" or i.traveler_id = ").push_bind(viewer.id);
    }
    sql.push(")");
    visible_to(sql, "i.traveler_id", viewer);
}

/// The same without drafts, also one's own.
fn trip_published(sql: &mut Sql, viewer: Option<Caller>) {
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
    let mut sql = open("");
    select(&mut sql, viewer);
    sql.push(RATINGS).push(JOIN_TRIP).push(JOIN_AUTHOR);
    one_seen(&mut sql, id, viewer);
    Ok(db.maybe(sql).await?)
}

fn one_seen(sql: &mut Sql, id: RatingId, viewer: Option<Caller>) {
    sql.push(" where r.id = ").push_bind(id).push(" and (");
    if let Some(viewer) = viewer {
        sql.push("r.traveler_id = ").push_bind(viewer.id).push(" or ");
    }
    sql.push("(TRUE");
    seen(sql, viewer);
    sql.push("))");
}

/// Trips that are looked at for a list of ratings of trips to a place, or of certified ones: the best proven.
const TRIPS: i64 = 2_000;

/// Where the list looks: at all ratings in their order, or first for trips, which are few, and then at their ratings.
fn source(sql: &mut Sql, filter: &Filter) {
    if let [first, more @ ..] = filter.places.as_slice() {
        sql.push(" from (select p.itinerary_id as trip_id from itinerary_places p where p.place = ").push_bind(first);
        for place in more {
            sql.push(
                " and exists (select 1 from itinerary_places m where m.itinerary_id = p.itinerary_id and m.place = ",
            );
            sql.push_bind(place).push(")");
        }
        sql.push(" order by p.proof_score desc, p.itinerary_id desc limit ").push_bind(TRIPS);
    } else if filter.women_safe {
        sql.push(
            " from (select w.id as trip_id from itineraries w where w.women_safe_certified = TRUE \
             and w.is_published = TRUE and w.deleted_at is null \
             order by w.proof_score desc, w.created_at desc, w.id desc limit ",
        );
        sql.push_bind(TRIPS);
    } else {
        sql.push(RATINGS).push(" where TRUE");
        return;
    }
    // A cross join, for SQLite keeps its order.
    sql.push(") chosen cross join safety_ratings r where r.itinerary_id = chosen.trip_id");
}

/// The conditions of the list on ratings, the same for its page and its total; those on trips go besides.
fn narrow(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>) {
    visible_to(sql, "r.traveler_id", viewer);
    if let Some(kind) = &filter.rating_type {
        sql.push(" and r.rating_type = ").push_bind(kind);
    }
    // By the plus SQLite knows not to look scores up, for then it would sort what it finds.
    let score = if filter.sort == Sort::Score { " and r.overall_safety_score" } else { " and +r.overall_safety_score" };
    if let Some(least) = filter.min_score {
        sql.push(score).push(" >= ").push_bind(least);
    }
    if let Some(most) = filter.max_score {
        sql.push(score).push(" <= ").push_bind(most);
    }
    if filter.verified_only {
        sql.push(" and r.verified_traveler = TRUE");
    }
    if let Some(itinerary) = filter.itinerary {
        sql.push(" and r.itinerary_id = ").push_bind(itinerary);
    }
}

/// The condition of the list on the trip `i`. Drafts are in it for nobody.
fn of_trips(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>) {
    trip_published(sql, viewer);
    if filter.women_safe {
        sql.push(" and i.women_safe_certified = TRUE");
    }
}

impl Sort {
    /// What it is sorted by, each descending.
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Newest => ("(r.created_at, r.id)", " order by r.created_at desc, r.id desc"),
            Self::Score => (
                "(r.overall_safety_score, r.created_at, r.id)",
                " order by r.overall_safety_score desc, r.created_at desc, r.id desc",
            ),
        }
    }

    /// The same of a row that was read.
    pub(crate) fn keys_of(self, found: &Found) -> Vec<Arg> {
        let r = &found.rating;
        let score = (self == Self::Score).then(|| r.overall_safety_score.into());
        score.into_iter().chain([r.created_at.into(), r.id.into()]).collect()
    }
}

/// The rows of a window, in the order of `sort`.
fn windowed(mut sql: Sql, sort: Sort, window: &Window) -> Sql {
    let (columns, order_by) = sort.keys();
    sql.push_after(columns, window.after()).push(order_by);
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    sql
}

/// A window of the list.
pub(crate) async fn page(
    db: &mut Session,
    filter: &Filter,
    window: &Window,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    let (_, order_by) = filter.sort.keys();
    // Chosen first: with all joins in one, a planner may begin with the people.
    let mut sql = open("with page as (select r.id as page_id");
    source(&mut sql, filter);
    narrow(&mut sql, filter, viewer);
    sql.push(" and exists (select 1 from itineraries i where i.id = r.itinerary_id");
    of_trips(&mut sql, filter, viewer);
    sql.push(")");
    let mut sql = windowed(sql, filter.sort, window);
    sql.push(") ");
    select(&mut sql, viewer);
    sql.push(" from page join safety_ratings r on r.id = page.page_id").push(JOIN_AUTHOR).push(order_by);
    Ok(db.all(sql).await?)
}

/// Further than this the list is not counted: it has a row for every rating that there is.
pub(crate) const COUNTED: i64 = 10_000;

record! {
    /// How far the list was counted, and how many ratings of what was counted are shown.
    pub(crate) struct Counted { pub counted: i64, pub shown: i64 }
}

/// How many ratings all pages have, of the first [`COUNTED`].
pub(crate) async fn count(db: &mut Session, filter: &Filter, viewer: Option<Caller>) -> Result<Counted> {
    let (_, order_by) = filter.sort.keys();
    // The limit stands inside, so that no engine joins everything before it stops.
    let mut sql = open(
        "select cast(count(*) as bigint) as counted, cast(count(i.id) as bigint) as shown from (select r.itinerary_id",
    );
    source(&mut sql, filter);
    narrow(&mut sql, filter, viewer);
    sql.push(order_by).push(" limit ").push_bind(COUNTED);
    sql.push(") first left join itineraries i on i.id = first.itinerary_id");
    of_trips(&mut sql, filter, viewer);
    Ok(db.one(sql).await?)
}

/// How many ratings a trip has that `viewer` may see; `None` when it is not there for them.
pub(crate) async fn count_of(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<i64>> {
    let mut sql = open("select (select cast(count(*) as bigint) from safety_ratings r where r.itinerary_id = i.id");
    visible_to(&mut sql, "r.traveler_id", viewer);
    sql.push(") from itineraries i where i.id = ").push_bind(id);
    trip_seen(&mut sql, viewer);
    Ok(db.maybe(sql).await?)
}

/// A window of a trip's ratings, the newest first.
pub(crate) async fn page_of(
    db: &mut Session,
    id: ItineraryId,
    window: &Window,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    let mut sql = open("");
    select(&mut sql, viewer);
    sql.push(RATINGS).push(JOIN_TRIP).push(JOIN_AUTHOR).push(" where r.itinerary_id = ").push_bind(id);
    seen(&mut sql, viewer);
    Ok(db.all(windowed(sql, Sort::Newest, window)).await?)
}

/// A window of what somebody rated, the newest first, wherever the trips went.
pub(crate) async fn page_by(db: &mut Session, rater: TravelerId, window: &Window) -> Result<Vec<Found>> {
    // Nobody votes on their own.
    let mut sql = open("");
    select(&mut sql, None);
    sql.push(RATINGS).push(JOIN_AUTHOR).push(" where r.traveler_id = ").push_bind(rater);
    Ok(db.all(windowed(sql, Sort::Newest, window)).await?)
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

/// The ratings of a trip, counted by type, score and kind of rater. What is counted is the same for every reader: a score
/// that changed with who blocks whom would tell who does.
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

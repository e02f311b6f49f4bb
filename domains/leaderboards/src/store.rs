//! Rankings in the database. Every question reads the head of an index, or the trips of a bounded time.

use crate::model::{Standing, TagCount};
use accounts::{AuthorCard, visible_to};
use itineraries::{ItineraryId, push_intel_count};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Row, Session, Sql, open},
    record,
};
use serde::{Deserialize, Serialize};

/// The condition of everything that is ranked: a trip that is shown, whose author `viewer` may see.
fn shown(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" where i.is_published = TRUE and i.deleted_at is null");
    visible_to(sql, "i.traveler_id", viewer);
}

/// Which of two trips with the same proof score is ahead. There is an index of each order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tie {
    /// The newer one.
    Newer,
    /// The older one: it had the place first.
    Older,
    /// The one with more votes for it.
    Upvotes,
}

impl Tie {
    const fn order(self) -> &'static str {
        match self {
            Self::Newer => ", i.created_at desc, i.id desc limit ",
            Self::Older => ", i.created_at, i.id limit ",
            Self::Upvotes => ", i.upvotes desc, i.id desc limit ",
        }
    }
}

/// Ranks trips: of all time down the index of proof scores; of a week or a month among the trips of that time (`+ 0`
/// keeps both databases from walking the other index past years of trips).
fn order(sql: &mut Sql, tie: Tie, since: Option<Timestamp>, limit: i64) {
    if let Some(since) = since {
        sql.push(" and i.created_at >= ").push_bind(since).push(" order by i.proof_score + 0 desc");
    } else {
        sql.push(" order by i.proof_score desc");
    }
    sql.push(tie.order()).push_bind(limit);
}

fn top_query(tie: Tie, since: Option<Timestamp>, limit: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select i.id from itineraries i");
    shown(&mut sql, viewer);
    order(&mut sql, tie, since, limit);
    sql
}

/// The trips with the highest proof scores, the best first.
pub(crate) async fn top(
    db: &mut Session,
    tie: Tie,
    since: Option<Timestamp>,
    limit: i64,
    viewer: Option<Caller>,
) -> Result<Vec<ItineraryId>> {
    Ok(db.all(top_query(tie, since, limit, viewer)).await?)
}

/// Both of a board that has both, in one question.
pub(crate) async fn top_and_featured(
    db: &mut Session,
    since: Option<Timestamp>,
    limit: i64,
    viewer: Option<Caller>,
) -> Result<(Vec<ItineraryId>, Vec<ItineraryId>)> {
    let ranked: Vec<Ranked> = db.all(top_and_featured_query(since, limit, viewer)).await?;
    let of = |place: i64| ranked.iter().filter(|r| r.place == place).map(|r| r.id).collect();
    Ok((of(0), of(1)))
}

record! {
    struct Ranked { place: i64, id: ItineraryId }
}

fn top_and_featured_query(since: Option<Timestamp>, limit: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select * from (select cast(0 as bigint) as place, i.id from itineraries i");
    shown(&mut sql, viewer);
    order(&mut sql, Tie::Newer, since, limit);
    sql.push(") top union all select * from (select cast(1 as bigint) as place, i.id from itineraries i");
    shown(&mut sql, viewer);
    sql.push(" and i.is_featured = TRUE order by i.featured_at desc, i.id desc limit ").push_bind(limit);
    sql.push(") featured");
    sql
}

const STANDING: &str = ", author.email_verified as author_email_verified, s.proof_hundredths, s.trips_count from ";

fn travelers_query(since: Option<Timestamp>, limit: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("");
    if let Some(since) = since {
        // Materialized: or the trips are walked by their authors, all of them, to be spared the grouping.
        sql.push("with recent as materialized (select i.traveler_id, i.proof_score from itineraries i");
        shown(&mut sql, viewer);
        sql.push(" and i.created_at >= ").push_bind(since);
        sql.push("), s as (select traveler_id, cast(count(*) as bigint) as trips_count, ");
        sql.push("cast(sum(cast(round(proof_score * 100) as bigint)) as bigint) as proof_hundredths from recent ");
        sql.push("group by traveler_id order by 3 desc, 1 limit ").push_bind(limit).push(") select ");
        sql.push(AuthorCard::COLUMNS).push(STANDING).push("s join travelers author on author.id = s.traveler_id");
    } else {
        sql.push("select ").push(AuthorCard::COLUMNS).push(STANDING);
        sql.push("traveler_standings s join travelers author on author.id = s.traveler_id where s.trips_count > 0");
        visible_to(&mut sql, "s.traveler_id", viewer);
    }
    sql.push(" order by s.proof_hundredths desc, s.traveler_id limit ").push_bind(limit);
    sql
}

/// The people whose shown trips amount to most, the first first; of a week or a month, by the trips of that time.
pub(crate) async fn travelers(
    db: &mut Session,
    since: Option<Timestamp>,
    limit: i64,
    viewer: Option<Caller>,
) -> Result<Vec<Standing>> {
    Ok(db.all(travelers_query(since, limit, viewer)).await?)
}

/// A trip in a table of trips.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TableRow {
    pub id: ItineraryId,
    pub traveler_id: TravelerId,
    pub title: String,
    pub tagline: Option<String>,
    pub proof_score: f64,
    pub upvotes: i64,
    pub intel_count: i64,
    pub has_badge: bool,
    pub author: AuthorCard,
    pub email_verified: bool,
}

impl FromRow for TableRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            traveler_id: row.get("traveler_id")?,
            title: row.get("title")?,
            tagline: row.get("tagline")?,
            proof_score: row.get("proof_score")?,
            upvotes: row.get("upvotes")?,
            intel_count: row.get("intel_count")?,
            has_badge: row.get("has_badge")?,
            author: AuthorCard::from_row(row)?,
            email_verified: row.get("author_email_verified")?,
        })
    }
}

fn table_query(limit: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select i.id, i.traveler_id, i.title, i.tagline, i.proof_score, i.upvotes, ");
    push_intel_count(&mut sql, viewer);
    sql.push(" as intel_count, (b.id is not null) as has_badge, ").push(AuthorCard::COLUMNS);
    sql.push(", author.email_verified as author_email_verified from itineraries i");
    sql.push(
        " join travelers author on author.id = i.traveler_id left join itinerary_intel n on n.itinerary_id = i.id \
         left join itinerary_badges b on b.itinerary_id = i.id",
    );
    shown(&mut sql, viewer);
    order(&mut sql, Tie::Older, None, limit);
    sql
}

/// The trips with the highest proof scores, as rows of a table.
pub(crate) async fn table(db: &mut Session, limit: i64, viewer: Option<Caller>) -> Result<Vec<TableRow>> {
    Ok(db.all(table_query(limit, viewer)).await?)
}

/// New trips that are looked through at most.
const MOST_NEW: i64 = 10_000;
/// As many new trips as a day must have to speak for itself.
const ENOUGH: i64 = 20;
/// As many of the latest count where it has not.
const LATEST: i64 = 100;
/// Trips of one author that count where few do, or that are trending: nobody fills a list alone.
const OF_ONE: i64 = 3;
/// Tags that are kept.
const TAGS: i64 = 20;

/// Appends, as `name`, the newest trips, not more than `most`, and not more than `of_one` of each author.
fn latest(
    sql: &mut Sql,
    name: &'static str,
    of_one: i64,
    most: i64,
    viewer: Option<Caller>,
    only: impl FnOnce(&mut Sql),
) {
    sql.push(name).push(" as (select id from (select recent.*, row_number() over ");
    sql.push("(partition by traveler_id order by created_at desc, id desc) as nth from ");
    sql.push("(select i.id, i.traveler_id, i.created_at from itineraries i");
    shown(sql, viewer);
    only(sql);
    sql.push(" order by i.created_at desc, i.id desc limit ").push_bind(MOST_NEW).push(") recent) r where nth <= ");
    sql.push_bind(of_one).push(" order by created_at desc, id desc limit ").push_bind(most).push(")");
}

fn tags_query(since: Timestamp, viewer: Option<Caller>) -> Sql {
    let day = |sql: &mut Sql| {
        sql.push(" and i.created_at >= ").push_bind(since);
    };
    let mut sql = open("with ");
    latest(&mut sql, "enough", OF_ONE, ENOUGH, viewer, day);
    latest(sql.push(", "), "day", MOST_NEW, MOST_NEW, viewer, |sql| {
        day(sql);
        sql.push(" and (select count(*) from enough) >= ").push_bind(ENOUGH);
    });
    latest(sql.push(", "), "few", OF_ONE, LATEST, viewer, |sql| {
        sql.push(" and (select count(*) from enough) < ").push_bind(ENOUGH);
    });
    sql.push(", latest as (select id from day union all select id from few)");
    sql.push(", used as (select t.tag, max(1 + ");
    sql.push("(i.viewers_count + 20 * i.helpful_votes + 30 * coalesce(n.others_count, 0)) / 1000) as points ");
    // `cross join` tells SQLite to begin with the latest trips, and not with all tags.
    sql.push("from latest cross join itineraries i cross join itinerary_tags t ");
    sql.push("left join itinerary_intel n on n.itinerary_id = i.id where i.id = latest.id and t.itinerary_id = i.id ");
    sql.push("group by t.tag, i.traveler_id) select tag, cast(sum(points) as bigint) as count from used ");
    sql.push("group by tag order by 2 desc, 1 limit ").push_bind(TAGS);
    sql
}

/// The tags of the trips published since `day_ago`, or of the latest hundred when those are fewer than twenty; of one
/// author at most three are counted for the one, and are among the other. An author counts once for a tag, and once more
/// for every hundred points that the best of their trips with it has: a tenth for a viewer, 2 for a helpful vote, 3 for
/// intel by others than its author.
pub(crate) async fn tags(db: &mut Session, day_ago: Timestamp, viewer: Option<Caller>) -> Result<Vec<TagCount>> {
    Ok(db.all(tags_query(day_ago, viewer)).await?)
}

/// New trips among which those that have trending tags are looked for, and how many of them may be of one author.
const TRENDING_AMONG: i64 = 2_000;
const AMONG_OF_ONE: i64 = 20;

fn trending_query(tags: &[String], limit: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("with ");
    latest(&mut sql, "latest", AMONG_OF_ONE, TRENDING_AMONG, viewer, |_| {});
    sql.push(", matching as (select latest.id, cast(count(*) as bigint) as matches from latest ");
    sql.push("cross join itinerary_tags t where t.itinerary_id = latest.id and t.tag in ").push_list(tags);
    sql.push(" group by latest.id), ahead as (select i.id, i.traveler_id, i.created_at, 100 * matching.matches ");
    sql.push("+ 0.1 * i.viewers_count + 2 * i.helpful_votes + 3 * coalesce(n.others_count, 0) + i.proof_score ");
    sql.push("as points from matching join itineraries i on i.id = matching.id ");
    sql.push("left join itinerary_intel n on n.itinerary_id = i.id), placed as (select ahead.*, row_number() over ");
    sql.push("(partition by traveler_id order by points desc, created_at desc, id desc) as nth from ahead) ");
    sql.push("select id from placed where nth <= ").push_bind(OF_ONE);
    sql.push(" order by points desc, created_at desc, id desc limit ").push_bind(limit);
    sql
}

/// Of the newest trips those that have any of `tags`: by 100 for each, and the points of viewers, votes, intel and proof;
/// three of one author at most.
pub(crate) async fn trending(
    db: &mut Session,
    tags: &[String],
    limit: i64,
    viewer: Option<Caller>,
) -> Result<Vec<ItineraryId>> {
    Ok(db.all(trending_query(tags, limit, viewer)).await?)
}

/// A question with the index that it must go by, for the test of plans.
pub type Plan = (&'static str, Sql);

/// The questions of this crate, whose plans are under test.
pub fn plans(since: Timestamp) -> Vec<Plan> {
    let tags = ["food".to_owned(), "hiking".to_owned()];
    vec![
        ("itineraries_most_proven_voted", top_query(Tie::Upvotes, None, 50, None)),
        ("itineraries_recent", top_query(Tie::Upvotes, Some(since), 50, None)),
        ("itineraries_trending", top_and_featured_query(None, 50, None)),
        ("itineraries_recent", top_and_featured_query(Some(since), 50, None)),
        ("traveler_standings_proof", travelers_query(None, 50, None)),
        ("itineraries_recent", travelers_query(Some(since), 50, None)),
        ("itineraries_most_proven_first", table_query(50, None)),
        ("itineraries_recent", tags_query(since, None)),
        ("itineraries_recent", trending_query(&tags, 30, None)),
    ]
}

//! The list of trips: filtered, sorted and counted.

use super::{Found, read_page, shown};
use crate::{
    filter::{Few, Filter, Sort},
    index,
};
use accounts::visible_to;
use kernel::{
    Result,
    auth::Caller,
    db::{Arg, Session, Sql, open},
    http::Window,
    record,
};

/// The conditions of a list, the same for its page and its total.
fn narrow(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>) {
    shown(sql, viewer);
    for activity in &filter.activities {
        if filter.few.activity.as_ref() == Some(activity) {
            sql.push(" and i.id in (select itinerary_id from itinerary_tags where tag = ")
                .push_bind(activity)
                .push(")");
        } else {
            sql.push(" and exists (select 1 from itinerary_tags t where t.itinerary_id = i.id and t.tag = ");
            sql.push_bind(activity).push(")");
        }
    }
    if let Some(least) = filter.min_score {
        sql.push(" and i.proof_score >= ").push_bind(least);
    }
    if let Some(least) = filter.min_safety_score {
        sql.push(" and i.safety_score >= ").push_bind(least);
    }
    match filter.has_gps {
        Some(true) => sql.push(" and i.has_gpx = TRUE"),
        Some(false) => sql.push(" and i.has_gpx = FALSE"),
        None => sql,
    };
    if filter.women_safe {
        sql.push(" and i.women_safe_certified = TRUE");
    }
    if filter.featured {
        sql.push(" and i.is_featured = TRUE");
    }
    if let Some(difficulty) = &filter.difficulty {
        sql.push(" and i.difficulty_level = ").push_bind(difficulty);
    }
}

impl Sort {
    /// What it sorts by, each descending.
    const fn keys(self) -> &'static str {
        match self {
            Self::Trending => "(i.proof_score, i.created_at, i.id)",
            Self::Newest => "(i.created_at, i.id)",
            Self::TopRated => "(i.safety_low, i.proof_score, i.id)",
            Self::MostHelpful => "(i.helpful_votes, i.proof_score, i.id)",
        }
    }

    /// The same of a row that was read.
    pub(crate) fn keys_of(self, found: &Found) -> Vec<Arg> {
        let t = &found.itinerary;
        match self {
            Self::Trending => vec![t.proof_score.into(), t.created_at.into(), t.id.into()],
            Self::Newest => vec![t.created_at.into(), t.id.into()],
            Self::TopRated => vec![found.safety.rank().into(), t.proof_score.into(), t.id.into()],
            Self::MostHelpful => vec![t.helpful_votes.into(), t.proof_score.into(), t.id.into()],
        }
    }

    const fn order_by(self) -> &'static str {
        match self {
            Self::Trending => " order by i.proof_score desc, i.created_at desc, i.id desc",
            Self::Newest => " order by i.created_at desc, i.id desc",
            Self::TopRated => " order by i.safety_low desc, i.proof_score desc, i.id desc",
            Self::MostHelpful => " order by i.helpful_votes desc, i.proof_score desc, i.id desc",
        }
    }

    /// The same of those that were looked up.
    const fn order_of_few(self) -> &'static str {
        match self {
            Self::Trending => " order by few.proof_score desc, few.created_at desc, few.id desc",
            Self::Newest => " order by few.created_at desc, few.id desc",
            Self::TopRated => " order by few.safety_low desc, few.proof_score desc, few.id desc",
            Self::MostHelpful => " order by few.helpful_votes desc, few.proof_score desc, few.id desc",
        }
    }
}

/// So many trips are better looked up and sorted than met on a walk along all of them; more are met soon enough.
const FEW: i64 = 2_000;
/// The same of trips that have words: where a word stands is cheaper to look up than to meet.
const FEW_HITS: i64 = 10_000;

record! {
    #[derive(Debug)]
    struct Having { tag: Option<String>, trips: i64 }
}

/// What of a filter few trips have: the words, and that one of the activities which fewest have.
pub(crate) async fn few(db: &mut Session, filter: &Filter) -> Result<Few> {
    let mut sql = open("");
    let mut between = "";
    if let Some(words) = &filter.words {
        hits(sql.push("with "), words);
        sql.push(
            " select cast(null as text) as tag, cast(count(*) as bigint) as trips from (select 1 from hits limit ",
        );
        sql.push_bind(FEW_HITS + 1).push(") few");
        between = " union all ";
    }
    for activity in &filter.activities {
        sql.push(between).push("select cast(").push_bind(activity).push(" as text) as tag,");
        sql.push(" cast(count(*) as bigint) as trips from (select 1 from itinerary_tags where tag = ");
        sql.push_bind(activity).push(" limit ").push_bind(FEW + 1).push(") few");
        between = " union all ";
    }
    if between.is_empty() {
        return Ok(Few::default());
    }
    let having: Vec<Having> = db.all(sql).await?;
    let words = having.iter().any(|h| h.tag.is_none() && h.trips <= FEW_HITS);
    let tags = having.into_iter().filter_map(|h| Some((h.trips, h.tag?)));
    Ok(Few { words, activity: tags.filter(|(trips, _)| *trips <= FEW).min().map(|(_, tag)| tag) })
}

/// Appends the trips that have all words, by their numbers. Materialized, PostgreSQL reads them by the index of words and
/// not whole tables in the hope to meet enough soon.
fn hits(sql: &mut Sql, words: &str) {
    index::numbers(sql.push("hits as materialized ("), words);
    sql.push(")");
}

/// Appends the trips `i` of these hits, each looked up: SQLite takes `cross join` for an order, and PostgreSQL runs what has
/// an `offset` for itself, for each hit.
fn from_hits(sql: &mut Sql) {
    sql.push_by_engine(
        " from hits cross join itinerary_search w cross join itineraries i on w.number = hits.number and i.id = w.itinerary_id",
        " from hits cross join lateral (select i.* from itinerary_search w join itineraries i on i.id = w.itinerary_id \
         where w.number = hits.number offset 0) i",
    );
}

/// What of a window `viewer` may see, without tracks, and one row more.
pub(crate) async fn page(
    db: &mut Session,
    filter: &Filter,
    window: &Window,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    let mut sql = open("with ");
    let few = filter.words.as_ref().filter(|_| filter.few.words);
    if let Some(words) = few {
        hits(&mut sql, words);
        sql.push(", few as materialized (select i.id, i.proof_score, i.created_at, i.safety_low, i.helpful_votes");
        from_hits(&mut sql);
    } else {
        sql.push("page as materialized (select i.id as page_id from itineraries i");
    }
    narrow(&mut sql, filter, viewer);
    sql.push_after(filter.sort.keys(), window.after());
    if few.is_some() {
        sql.push("), page as materialized (select few.id as page_id from few").push(filter.sort.order_of_few());
    } else {
        if let Some(words) = &filter.words {
            index::has(&mut sql, words);
        }
        sql.push(filter.sort.order_by());
    }
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    read_page(db, sql, filter.sort.order_by(), viewer).await
}

/// Trips of a filter that are counted at most. Nobody turns five hundred pages, and counting half a million takes long.
const MOST_COUNTED: i64 = 10_000;

/// How many trips all pages have; of a filter [`MOST_COUNTED`] at most.
pub(crate) async fn count(db: &mut Session, filter: &Filter, viewer: Option<Caller>) -> Result<i64> {
    let mut sql = open("");
    if filter.is_everything() {
        // People are fewer than trips, and it is known how many trips each of them shows.
        sql.push(
            "select cast(coalesce(sum(s.trips_count), 0) as bigint) from traveler_standings s where s.trips_count > 0",
        );
        visible_to(&mut sql, "s.traveler_id", viewer);
        return Ok(db.one(sql).await?);
    }
    if let Some(words) = &filter.words {
        hits(sql.push("with "), words);
        sql.push(" select cast(count(*) as bigint) from (select 1");
        from_hits(&mut sql);
        narrow(&mut sql, filter, viewer);
    } else {
        sql.push("select cast(count(*) as bigint) from (select 1 from itineraries i");
        // Nothing is sorted here, so an activity is always looked up.
        let activity = filter.few.activity.as_ref().or(filter.activities.first()).cloned();
        narrow(&mut sql, &Filter { few: Few { activity, ..filter.few.clone() }, ..filter.clone() }, viewer);
    }
    sql.push(" limit ").push_bind(MOST_COUNTED).push(") counted");
    Ok(db.one(sql).await?)
}

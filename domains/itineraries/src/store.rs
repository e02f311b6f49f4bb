//! Trips in the database. What others may see passes [`accounts::visible_to`] in `shown`, the one path of lists and
//! details.

use crate::{
    badges::{self, Badge},
    filter::{Few, Filter, Sort},
    index, lists,
    mine::{self, FoundBy},
    model::{Itinerary, ItineraryId, Safety, Track},
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Window,
    record, sql,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A trip with everything that is shown of it. The typed rows may be cached; [`ItineraryView`](crate::ItineraryView) is
/// what a reader gets of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    pub(crate) author: AuthorCard,
    pub(crate) itinerary: Itinerary,
    pub(crate) safety: Safety,
    /// How much travel intel there is about it.
    pub(crate) intel_count: i64,
    pub(crate) badge: Option<Badge>,
    /// The track, for the page of one trip; lists leave it out.
    pub(crate) gpx: Option<String>,
}

impl Found {
    /// A trip that was written a moment ago.
    pub(crate) fn new(itinerary: Itinerary, author: AuthorCard, track: Track) -> Self {
        let gpx = if let Track::Set(gpx) = track { Some(gpx) } else { None };
        Self { author, itinerary, safety: Safety::default(), intel_count: 0, badge: None, gpx }
    }

    /// Which trip.
    pub fn id(&self) -> ItineraryId {
        self.itinerary.id
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let mut itinerary = Itinerary::from_row(row)?;
        let unseen: Option<String> = row.get("unseen_companions")?;
        let unseen: Vec<Uuid> = unseen.iter().flat_map(|ids| ids.split(' ')).filter_map(|id| id.parse().ok()).collect();
        itinerary.travel_companions.0.retain(|companion| !companion.is_one_of(&unseen));
        Ok(Self {
            author: AuthorCard::from_row(row)?,
            itinerary,
            safety: Safety {
                score: row.get("safety_score")?,
                count: row.get("safety_count")?,
                low: row.get("safety_low")?,
                high: row.get("safety_high")?,
            },
            intel_count: row.get("intel_count")?,
            badge: badges::store::beside(row)?,
            gpx: row.get("gpx")?,
        })
    }
}

const COLUMNS: &str = "i.id, i.traveler_id, i.title, i.tagline, i.description, i.destination, i.country, i.regions, \
    i.start_date, i.end_date, i.share_dates, i.duration_days, i.difficulty_level, i.travel_type, \
    i.travel_style, i.budget_minor, i.budget_currency, i.travel_companions, i.activity_tags, \
    i.categories, i.screenshots, i.route_map_url, i.demo_url, i.route_waypoints, i.starting_point_gps, \
    i.ending_point_gps, i.best_season, i.trip_highlights, i.trip_journey, i.day_by_day_plan, \
    i.safety_intelligence, i.hidden_gems, i.unique_highlights, i.safety_tips, i.has_gpx, i.route, \
    i.is_remixed, i.remixed_from_ids, i.women_safe_certified, i.women_safe_by, i.women_safe_at, i.is_published, i.is_featured, \
    i.featured_at, i.upvotes, i.downvotes, i.view_count, i.viewers_count, i.helpful_votes, i.share_count, i.remix_count, \
    i.proof_score, i.identity_score, i.travel_history_score, i.community_score, \
    i.safety_score_component, i.quality_score, i.score_explanations, i.created_at, i.updated_at";

/// The same for lists: twenty trips must not weigh megabytes.
pub(crate) const LIST_COLUMNS: &str = "i.id, i.traveler_id, i.title, i.tagline, substr(i.description, 1, 2000) as description, i.destination, i.country, i.regions, \
    i.start_date, i.end_date, i.share_dates, i.duration_days, i.difficulty_level, i.travel_type, \
    i.travel_style, i.budget_minor, i.budget_currency, i.travel_companions, i.activity_tags, \
    i.categories, i.screenshots, i.route_map_url, i.demo_url, i.route_waypoints, i.starting_point_gps, \
    i.ending_point_gps, i.best_season, substr(i.trip_highlights, 1, 2000) as trip_highlights, substr(i.trip_journey, 1, 2000) as trip_journey, substr(i.day_by_day_plan, 1, 2000) as day_by_day_plan, \
    substr(i.safety_intelligence, 1, 2000) as safety_intelligence, substr(i.hidden_gems, 1, 2000) as hidden_gems, substr(i.unique_highlights, 1, 2000) as unique_highlights, substr(i.safety_tips, 1, 2000) as safety_tips, i.has_gpx, i.route, \
    i.is_remixed, i.remixed_from_ids, i.women_safe_certified, i.women_safe_by, i.women_safe_at, i.is_published, i.is_featured, \
    i.featured_at, i.upvotes, i.downvotes, i.view_count, i.viewers_count, i.helpful_votes, i.share_count, i.remix_count, \
    i.proof_score, i.identity_score, i.travel_history_score, i.community_score, \
    i.safety_score_component, i.quality_score, i.score_explanations, i.created_at, i.updated_at";

const BESIDE: &str = "coalesce(s.score, 0) as safety_score, \
    coalesce(s.ratings_count, 0) as safety_count, coalesce(s.low, 0) as safety_low, coalesce(s.high, 0) as safety_high, \
    b.id as badge_id, b.itinerary_id as badge_itinerary_id, b.badge_type, \
    b.points as badge_points, b.rationale as badge_rationale, b.custom_name as badge_custom_name, \
    b.custom_image as badge_custom_image, b.created_at as badge_created_at";

/// What stands beside a trip `i` in the select list. Who is hidden from a viewer with blocks did not award its badge, did not
/// come along and said nothing about it; others share what is kept for everybody.
pub(crate) fn push_beside(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(BESIDE).push(", ");
    push_intel_count(sql, viewer);
    let Some(viewer) = viewer.filter(|v| v.has_blocks) else {
        sql.push(" as intel_count, b.awarded_by as badge_awarded_by, cast(null as text) as unseen_companions");
        return;
    };
    sql.push(" as intel_count, case when TRUE");
    visible_to(sql, "b.awarded_by", Some(viewer));
    sql.push(" then b.awarded_by end as badge_awarded_by, (select ");
    sql.push_by_engine("group_concat(hex(c.traveler_id), ' ')", "string_agg(cast(c.traveler_id as text), ' ')");
    // Authors get what they wrote: or they could tell who hides from them from whoever they made up.
    sql.push(" from itinerary_companions c where c.itinerary_id = i.id and i.traveler_id <> ").push_bind(viewer.id);
    sql.push(" and not (TRUE");
    visible_to(sql, "c.traveler_id", Some(viewer));
    sql.push(")) as unseen_companions");
}

/// How much intel there is about a trip `i`, beside which `itinerary_intel n` is joined. That counts what everybody wrote;
/// for a viewer with blocks it is counted anew without those whom they do not see.
pub fn push_intel_count(sql: &mut Sql, viewer: Option<Caller>) {
    if !viewer.is_some_and(|v| v.has_blocks) {
        sql.push("coalesce(n.intel_count, 0)");
        return;
    }
    sql.push("(select cast(count(*) as bigint) from travel_intel t left join travel_intel p on p.id = t.parent_id");
    sql.push(" where t.itinerary_id = i.id and t.deleted_at is null and t.hidden_at is null");
    visible_to(sql, "t.traveler_id", viewer);
    sql.push(" and (p.traveler_id is null or (TRUE");
    visible_to(sql, "p.traveler_id", viewer);
    sql.push(")))");
}

/// What stands beside a trip `i`.
pub(crate) const JOINS: &str = " join travelers author on author.id = i.traveler_id \
    left join itinerary_safety s on s.itinerary_id = i.id left join itinerary_intel n on n.itinerary_id = i.id \
    left join itinerary_badges b on b.itinerary_id = i.id";

/// Everything about one trip, with its track and what belongs to its reader, up to where the conditions begin; beside it
/// stands what `viewer` may see.
fn select_one(reader: Option<Caller>, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(COLUMNS).push(", ");
    push_beside(&mut sql, viewer);
    sql.push(", g.gpx");
    mine::columns(&mut sql, reader);
    sql.push(" from itineraries i").push(JOINS);
    sql.push(" left join itinerary_tracks g on g.itinerary_id = i.id");
    mine::joins(&mut sql, reader);
    sql
}

/// The same without tracks, for lists, up to what it is selected from.
fn select_listed(sql: &mut Sql, viewer: Option<Caller>) -> &mut Sql {
    sql.push("select ").push(AuthorCard::COLUMNS).push(", ").push(LIST_COLUMNS).push(", ");
    push_beside(sql, viewer);
    sql.push(", cast(null as text) as gpx")
}

/// What of a trip does not belong into a list, but is not worth a column list of its own.
fn lighten<'a>(found: impl Iterator<Item = &'a mut Found>) {
    for one in found {
        one.itinerary.route_waypoints.0.clear();
    }
}

/// The condition that every query of what others may see has: published, there, and its author not hidden from `viewer`.
pub(crate) fn shown(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" where i.is_published = TRUE and i.deleted_at is null");
    visible_to(sql, "i.traveler_id", viewer);
}

/// A trip that `viewer` may see because it is published.
pub(crate) async fn find(db: &mut Session, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<Found>> {
    let mut sql = select_one(None, viewer);
    shown(&mut sql, viewer);
    sql.push(" and i.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// The same for administrators, with what belongs to them. They are shown it as everybody is, and not as their blocks have
/// it: nobody gets out of their reach by blocking them.
pub(crate) async fn find_by(db: &mut Session, id: ItineraryId, reader: Caller) -> Result<Option<FoundBy>> {
    let mut sql = select_one(Some(reader), None);
    shown(&mut sql, None);
    sql.push(" and i.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// A trip of `author`, drafts included.
pub(crate) async fn find_own(db: &mut Session, id: ItineraryId, author: Caller) -> Result<Option<FoundBy>> {
    let mut sql = select_one(Some(author), Some(author));
    sql.push(" where i.deleted_at is null and i.id = ").push_bind(id);
    sql.push(" and i.traveler_id = ").push_bind(author.id);
    Ok(db.maybe(sql).await?)
}

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

/// Reads the rows of the ids that `page` has, which a query began with. The ids are found first and the rows read then, so
/// that finding moves keys around and not whole trips.
pub(crate) async fn read_page(
    db: &mut Session,
    mut sql: Sql,
    order_by: &'static str,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    sql.push(") ");
    // SQLite takes `cross join` for an order: the few ids first, whatever it believes about their number.
    select_listed(&mut sql, viewer).push(" from page cross join itineraries i").push(JOINS);
    sql.push(" where i.id = page.page_id").push(order_by);
    let mut found: Vec<Found> = db.all(sql).await?;
    lighten(found.iter_mut());
    Ok(found)
}

/// Trips with given words that are counted at most.
const MOST_COUNTED: i64 = 10_000;

/// How many trips all pages have.
pub(crate) async fn count(db: &mut Session, filter: &Filter, viewer: Option<Caller>) -> Result<i64> {
    let mut sql = open("");
    if let Some(words) = &filter.words {
        hits(sql.push("with "), words);
        sql.push(" select cast(count(*) as bigint) from (select 1");
        from_hits(&mut sql);
        narrow(&mut sql, filter, viewer);
        sql.push(" limit ").push_bind(MOST_COUNTED).push(") counted");
    } else {
        sql.push("select cast(count(*) as bigint) from itineraries i");
        // Nothing is sorted here, so an activity is always looked up.
        let activity = filter.few.activity.as_ref().or(filter.activities.first()).cloned();
        narrow(&mut sql, &Filter { few: Few { activity, ..filter.few.clone() }, ..filter.clone() }, viewer);
    }
    Ok(db.one(sql).await?)
}

/// Those of `ids` that `viewer` may see because they are published, in the order of `ids` and each once, without tracks.
/// For others who rank trips by rules of their own; at most a page of them.
pub async fn find_many(db: &mut Session, ids: &[ItineraryId], viewer: Option<Caller>) -> Result<Vec<Found>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = open("");
    select_listed(&mut sql, viewer).push(" from itineraries i").push(JOINS);
    shown(&mut sql, viewer);
    sql.push(" and i.id in ").push_list(ids.iter().copied());
    let mut found: Vec<Found> = db.all(sql).await?;
    lighten(found.iter_mut());
    found.sort_by_key(|one| place(ids, one));
    Ok(found)
}

/// The same with what belongs to its reader: for one reply, and no cache.
pub async fn find_many_by(db: &mut Session, ids: &[ItineraryId], reader: Option<Caller>) -> Result<Vec<FoundBy>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = open("");
    mine::columns(select_listed(&mut sql, reader), reader);
    sql.push(" from itineraries i").push(JOINS);
    mine::joins(&mut sql, reader);
    shown(&mut sql, reader);
    sql.push(" and i.id in ").push_list(ids.iter().copied());
    let mut found: Vec<FoundBy> = db.all(sql).await?;
    lighten(found.iter_mut().map(|one| &mut one.found));
    found.sort_by_key(|one| place(ids, &one.found));
    Ok(found)
}

fn place(ids: &[ItineraryId], found: &Found) -> Option<usize> {
    ids.iter().position(|wanted| *wanted == found.itinerary.id)
}

/// Holds the row of a trip until the transaction ends: whoever changes it, or counters and rows that follow it, comes
/// after whoever holds it. `None` when there is no such trip.
pub(crate) async fn lock(tx: &mut Tx, id: ItineraryId) -> Result<Option<Held>> {
    let lock = by_engine!(
        sqlite: "select traveler_id, upvotes, downvotes from itineraries where id = $1 and deleted_at is null",
        postgres: "select traveler_id, upvotes, downvotes from itineraries
                   where id = $1 and deleted_at is null for no key update",
    );
    Ok(tx.maybe(lock.bind(id)).await?)
}

record! {
    /// What is known of a trip that is held.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Held { pub traveler_id: TravelerId, pub upvotes: i64, pub downvotes: i64 }
}

/// A trip that is about to be changed, whoever published it: held until the transaction ends, so that two changes of
/// different fields both stay. Whoever had to wait for the row gets it as it is now; what stands beside it, and belongs to
/// others, as it was when they began to wait.
pub(crate) async fn hold(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<Option<FoundBy>> {
    let mut sql = select_one(Some(caller), Some(caller));
    sql.push(" where i.deleted_at is null and i.id = ").push_bind(id);
    sql.push_by_engine("", " for no key update of i");
    Ok(tx.maybe(sql).await?)
}

/// The columns that follow from what the author wrote, in the order of `insert` and `update`.
fn written(t: &Itinerary) -> Vec<Arg> {
    vec![
        t.title.clone().into(),
        t.tagline.clone().into(),
        t.description.clone().into(),
        t.destination.clone().into(),
        t.country.clone().into(),
        t.regions.clone().into(),
        t.start_date.into(),
        t.end_date.into(),
        t.share_dates.into(),
        t.duration_days.into(),
        t.difficulty_level.clone().into(),
        t.travel_type.clone().into(),
        t.travel_style.clone().into(),
        t.budget_minor.into(),
        t.budget_currency.clone().into(),
        t.travel_companions.clone().into(),
        t.activity_tags.clone().into(),
        t.categories.clone().into(),
        t.screenshots.clone().into(),
        t.route_map_url.clone().into(),
        t.demo_url.clone().into(),
        t.route_waypoints.clone().into(),
        t.starting_point_gps.clone().into(),
        t.ending_point_gps.clone().into(),
        t.best_season.clone().into(),
        t.trip_highlights.clone().into(),
        t.trip_journey.clone().into(),
        t.day_by_day_plan.clone().into(),
        t.safety_intelligence.clone().into(),
        t.hidden_gems.clone().into(),
        t.unique_highlights.clone().into(),
        t.safety_tips.clone().into(),
        t.has_gpx.into(),
        t.route.clone().into(),
        t.is_remixed.into(),
        t.remixed_from_ids.clone().into(),
        t.is_published.into(),
        t.updated_at.into(),
    ]
}

/// The statement that adds a trip; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into itineraries
            (title, tagline, description, destination, country, regions, start_date, end_date, share_dates,
             duration_days, difficulty_level, travel_type, travel_style, budget_minor, budget_currency,
             travel_companions, activity_tags, categories, screenshots, route_map_url, demo_url, route_waypoints,
             starting_point_gps, ending_point_gps, best_season, trip_highlights, trip_journey, day_by_day_plan,
             safety_intelligence, hidden_gems, unique_highlights, safety_tips, has_gpx, route, is_remixed,
             remixed_from_ids, is_published, updated_at, id, traveler_id,
             created_at, score_explanations, is_featured, featured_at, women_safe_certified, created_on)
         values
            ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42,
             $43, $44, $45, $46)"
    )
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(t: &Itinerary) -> Vec<Arg> {
    let mut args = written(t);
    args.extend([
        t.id.into(),
        t.traveler_id.into(),
        t.created_at.into(),
        t.score_explanations.clone().into(),
        t.is_featured.into(),
        t.featured_at.into(),
        t.women_safe_certified.into(),
        t.created_at.day().into(),
    ]);
    args
}

/// Adds a trip with its tags and track.
pub(crate) async fn insert(tx: &mut Tx, t: &Itinerary, track: Track) -> Result<()> {
    let sql = insert_args(t).into_iter().fold(insert_sql(), Sql::bind);
    tx.run(sql).await?;
    tag(tx, t);
    lists::store::enter(tx, t, false);
    index::write(tx, t);
    set_track(tx, t.id, track);
    Ok(())
}

/// Writes what the author changed of a trip that is held, with the commit.
pub(crate) fn update(tx: &mut Tx, t: &Itinerary, track: Track) {
    let update = sql!(
        "update itineraries set
            (title, tagline, description, destination, country, regions, start_date, end_date, share_dates,
             duration_days, difficulty_level, travel_type, travel_style, budget_minor, budget_currency,
             travel_companions, activity_tags, categories, screenshots, route_map_url, demo_url, route_waypoints,
             starting_point_gps, ending_point_gps, best_season, trip_highlights, trip_journey, day_by_day_plan,
             safety_intelligence, hidden_gems, unique_highlights, safety_tips, has_gpx, route, is_remixed,
             remixed_from_ids, is_published, updated_at, women_safe_certified, women_safe_by, women_safe_at)
         =
            ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39,
             $40, $41, $42)
         where id = $1"
    );
    let update = written(t).into_iter().fold(update.bind(t.id), Sql::bind);
    tx.run_at_commit(update.bind(t.women_safe_certified).bind(t.women_safe_by).bind(t.women_safe_at));
    tx.run_at_commit(sql!("delete from itinerary_tags where itinerary_id = $1").bind(t.id));
    tag(tx, t);
    lists::store::enter(tx, t, true);
    index::write(tx, t);
    set_track(tx, t.id, track);
}

/// The rows that a search by activity finds, with the commit.
fn tag(tx: &mut Tx, t: &Itinerary) {
    let tags = t.folded_tags();
    if !tags.is_empty() {
        let mut sql = open("insert into itinerary_tags (tag, itinerary_id)");
        sql.push_rows(tags.into_iter().map(|tag| vec![tag.into(), t.id.into()]));
        tx.run_at_commit(sql);
    }
}

fn set_track(tx: &mut Tx, id: ItineraryId, track: Track) {
    match track {
        Track::Keep => {}
        Track::Remove => tx.run_at_commit(sql!("delete from itinerary_tracks where itinerary_id = $1").bind(id)),
        Track::Set(gpx) => tx.run_at_commit(
            sql!(
                "insert into itinerary_tracks (itinerary_id, gpx) values ($1, $2)
                 on conflict (itinerary_id) do update set gpx = excluded.gpx"
            )
            .bind(id)
            .bind(gpx),
        ),
    }
}

/// Takes a trip out of sight for good; `false` when it was already.
pub(crate) async fn delete(tx: &mut Tx, id: ItineraryId, at: Timestamp) -> Result<bool> {
    let delete = sql!("update itineraries set deleted_at = $2, updated_at = $2 where id = $1 and deleted_at is null");
    index::remove(tx, id);
    Ok(tx.run(delete.bind(id).bind(at)).await? == 1)
}

/// Puts a published trip on show; `false` when there is none.
pub(crate) async fn feature(tx: &mut Tx, id: ItineraryId, by: TravelerId, at: Timestamp) -> Result<bool> {
    let feature = sql!(
        "update itineraries set is_featured = TRUE, featured_at = coalesce(featured_at, $2), featured_by = $3
         where id = $1 and deleted_at is null and is_published = TRUE"
    );
    Ok(tx.run(feature.bind(id).bind(at).bind(by)).await? == 1)
}

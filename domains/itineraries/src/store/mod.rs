//! Trips in the database. What others may see passes [`accounts::visible_to`] in `shown`, the one path of lists and
//! details.

mod list;
mod written;

pub(crate) use list::{count, few, page};
pub(crate) use written::{delete, feature, insert, insert_args, insert_sql, update};

use crate::{
    badges::{self, Badge},
    mine::{self, FoundBy},
    model::{Itinerary, ItineraryId, Safety, Track},
};
use accounts::{AuthorCard, push_blocked, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    db::{DbError, FromRow, Row, Session, Sql, Tx, open},
    record,
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
    /// Accounts of companions that are hidden from whom this was read for. Only the author, who typed them, is shown them
    /// still: she could otherwise tell who hides from her from whoever is gone, and from whoever she made up.
    pub(crate) unseen: Vec<Uuid>,
    /// The track, for the page of one trip; lists leave it out.
    pub(crate) gpx: Option<String>,
}

impl Found {
    /// A trip that was written a moment ago.
    pub(crate) fn new(itinerary: Itinerary, author: AuthorCard, track: Track) -> Self {
        let gpx = if let Track::Set(gpx) = track { Some(gpx) } else { None };
        Self { author, itinerary, safety: Safety::default(), intel_count: 0, badge: None, unseen: Vec::new(), gpx }
    }

    /// Which trip.
    pub fn id(&self) -> ItineraryId {
        self.itinerary.id
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let unseen: Option<String> = row.get("unseen_companions")?;
        Ok(Self {
            author: AuthorCard::from_row(row)?,
            itinerary: Itinerary::from_row(row)?,
            safety: Safety {
                score: row.get("safety_score")?,
                count: row.get("safety_count")?,
                low: row.get("safety_low")?,
                high: row.get("safety_high")?,
            },
            intel_count: row.get("intel_count")?,
            badge: badges::store::beside(row)?,
            unseen: unseen.iter().flat_map(|ids| ids.split(' ')).filter_map(|id| id.parse().ok()).collect(),
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

/// What stands beside a trip `i` in the select list. Who is hidden from the viewer did not award its badge, did not come along
/// and said nothing about it. Blocks apart everybody is told the same: whoever compared answers could otherwise tell that
/// somebody blocks them.
pub(crate) fn push_beside(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(BESIDE).push(", ");
    push_intel_count(sql, viewer);
    let viewer = viewer.filter(|v| v.has_blocks);
    sql.push(" as intel_count, case when TRUE");
    visible_to(sql, "b.awarded_by", viewer);
    sql.push(" then b.awarded_by end as badge_awarded_by, (select ");
    sql.push_by_engine("group_concat(hex(c.traveler_id), ' ')", "string_agg(cast(c.traveler_id as text), ' ')");
    sql.push(" from itinerary_companions c where c.itinerary_id = i.id and not (TRUE");
    visible_to(sql, "c.traveler_id", viewer);
    sql.push(")) as unseen_companions");
}

/// How much intel there is about a trip `i`, beside which `itinerary_intel n` is joined. From what is counted for everybody a
/// viewer with blocks is taken what they block, and nothing else: figures that differ in more would tell of a block.
pub fn push_intel_count(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push("coalesce(n.intel_count, 0)");
    let Some(viewer) = viewer.filter(|v| v.has_blocks) else { return };
    sql.push(" - (select cast(count(*) as bigint) from travel_intel t left join travel_intel p on p.id = t.parent_id");
    sql.push(" where t.itinerary_id = i.id and t.is_counted = TRUE and (");
    push_blocked(sql, "t.traveler_id", viewer.id);
    sql.push(" or ");
    push_blocked(sql, "p.traveler_id", viewer.id);
    sql.push("))");
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
    push_shown(sql.push(" where "), viewer);
}

/// The same as a part of an expression.
pub(crate) fn push_shown(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push("i.is_published = TRUE and i.deleted_at is null");
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

/// A trip that the caller may see, with what belongs to them; none if they are banned meanwhile, which is held off until the
/// transaction ends.
pub(crate) async fn find_while_active(tx: &mut Tx, id: ItineraryId, caller: Caller) -> Result<Option<FoundBy>> {
    let mut sql = select_one(Some(caller), Some(caller));
    sql.push(" join travelers me on me.id = ").push_bind(caller.id).push(" and me.is_active = TRUE");
    shown(&mut sql, Some(caller));
    sql.push(" and i.id = ").push_bind(id).push_by_engine("", " for share of me");
    Ok(tx.maybe(sql).await?)
}

/// A trip of `author`, drafts included.
pub(crate) async fn find_own(db: &mut Session, id: ItineraryId, author: Caller) -> Result<Option<FoundBy>> {
    let mut sql = select_one(Some(author), Some(author));
    sql.push(" where i.deleted_at is null and i.id = ").push_bind(id);
    sql.push(" and i.traveler_id = ").push_bind(author.id);
    Ok(db.maybe(sql).await?)
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

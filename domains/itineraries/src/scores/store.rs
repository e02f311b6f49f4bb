//! Scores in the database.

use super::model::{Facts, Maxima, Scores};
use crate::model::ItineraryId;
use accounts::visible_to;
use kernel::{
    Result,
    auth::TravelerId,
    by_engine,
    clock::Timestamp,
    db::{Arg, Json, Session, Sql, Tx, open},
    record, sql,
};
use uuid::Uuid;

/// Everything that scores depend on, of these trips.
const FACTS: &str = "select i.id, a.email_verified, a.women_guide_certified, \
    cast(length(coalesce(a.bio, '')) as bigint) as bio_length, (a.avatar_url is not null) as has_avatar, \
    (a.travel_style is not null) as has_travel_style, a.travel_interests, \
    (select cast(count(*) as bigint) from itineraries own \
        where own.traveler_id = i.traveler_id and own.is_published = TRUE and own.deleted_at is null) as trips, \
    i.upvotes, i.downvotes, v.vote_type as own_vote, i.viewers_count as viewers, \
    coalesce(n.others_count, 0) as intel, i.helpful_votes as helpful_before, \
    coalesce(s.score, 0) as safety_score, coalesce(s.ratings_count, 0) as safety_ratings, \
    cast(length(i.description) as bigint) as description_length, \
    cast(length(coalesce(i.trip_highlights, '')) as bigint) as trip_highlights_length, \
    cast(length(coalesce(i.trip_journey, '')) as bigint) as trip_journey_length, \
    cast(length(coalesce(i.day_by_day_plan, '')) as bigint) as day_by_day_plan_length, \
    cast(length(coalesce(i.hidden_gems, '')) as bigint) as hidden_gems_length, \
    cast(length(coalesce(i.unique_highlights, '')) as bigint) as unique_highlights_length, \
    cast(length(coalesce(i.safety_tips, '')) as bigint) as safety_tips_length, \
    (i.best_season is not null) as has_best_season, i.screenshots, \
    (i.route_map_url is not null or i.has_gpx = TRUE) as has_route, \
    (i.starting_point_gps is not null and i.ending_point_gps is not null) as has_both_ends, \
    (i.is_published = TRUE and a.is_active = TRUE) as is_shown, i.score_explanations as scores, \
    (select cast(count(*) as bigint) from safety_ratings r join itineraries rated on rated.id = r.itinerary_id \
        where r.traveler_id = i.traveler_id and rated.is_published = TRUE and rated.deleted_at is null";

/// Then, after the condition on whose trips were rated (what is hidden would be counted by the score), the helpful votes on its
/// ratings and on the first words of its intel, of those who are shown and without what its author found helpful.
const HELPFUL: [&str; 2] = [
    ") as ratings_given, \
    (select cast(coalesce(sum(h.helpful_votes), 0) as bigint) from safety_ratings h where h.itinerary_id = i.id",
    ") + (select cast(coalesce(sum(h.helpful_votes), 0) as bigint) from travel_intel h \
        where h.itinerary_id = i.id and h.parent_id is null and h.is_counted = TRUE) \
    - (select cast(count(*) as bigint) from safety_ratings h join safety_rating_votes own on own.rating_id = h.id \
        where h.itinerary_id = i.id and own.traveler_id = i.traveler_id and own.is_helpful = TRUE \
            and own.is_counted = TRUE",
];

const FROM: &str = ") - (select cast(count(*) as bigint) from travel_intel h join travel_intel_votes own on own.intel_id = h.id \
        where h.itinerary_id = i.id and h.parent_id is null and h.is_counted = TRUE \
            and own.traveler_id = i.traveler_id and own.is_helpful = TRUE and own.is_counted = TRUE) as helpful \
    from itineraries i join travelers a on a.id = i.traveler_id \
    left join itinerary_votes v on v.itinerary_id = i.id and v.traveler_id = i.traveler_id \
        and v.is_counted = TRUE \
    left join itinerary_intel n on n.itinerary_id = i.id \
    left join itinerary_safety s on s.itinerary_id = i.id \
    where i.id in ";

/// The facts of trips that are held.
pub(super) async fn facts(tx: &mut Tx, ids: &[ItineraryId]) -> Result<Vec<Facts>> {
    Ok(tx.all(facts_of(ids)).await?)
}

pub(crate) fn facts_of(ids: &[ItineraryId]) -> Sql {
    let mut sql = open(FACTS);
    visible_to(&mut sql, "rated.traveler_id", None);
    for helpful in HELPFUL {
        sql.push(helpful);
        visible_to(&mut sql, "h.traveler_id", None);
    }
    sql.push(FROM);
    sql.push_list(ids.iter().copied()).push(" order by i.id");
    sql
}

/// Holds the next trips after `after`, in the order of their ids, which is that of every other who holds more than one.
pub(super) async fn hold_after(tx: &mut Tx, after: Uuid, most: usize) -> Result<Vec<ItineraryId>> {
    let hold = by_engine!(
        sqlite: "select id from itineraries where id > $1 and deleted_at is null order by id limit $2",
        postgres: "select id from itineraries where id > $1 and deleted_at is null order by id limit $2 for no key update",
    );
    Ok(tx.all(hold.bind(after).bind(i64::try_from(most).unwrap_or(i64::MAX))).await?)
}

record! {
    /// A trip in the order in which its author's are listed.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Listed { pub id: ItineraryId, pub created_at: Timestamp }
}

/// The next of somebody's trips, drafts included, the newest first.
pub(super) async fn of_author(
    db: &mut Session,
    author: TravelerId,
    after: Option<(Timestamp, ItineraryId)>,
    most: usize,
) -> Result<Vec<Listed>> {
    Ok(db.all(listed(author, after, most)).await?)
}

pub(crate) fn listed(author: TravelerId, after: Option<(Timestamp, ItineraryId)>, most: usize) -> Sql {
    let mut sql = open("select id, created_at from itineraries where deleted_at is null and traveler_id = ");
    sql.push_bind(author);
    let after: Vec<Arg> = after.into_iter().flat_map(|(at, id)| [at.into(), id.into()]).collect();
    sql.push_after("(created_at, id)", &after).push(" order by created_at desc, id desc limit ");
    sql.push_bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql
}

/// Holds trips in the order of their ids; those that are there.
pub(super) async fn hold(tx: &mut Tx, ids: &[ItineraryId]) -> Result<Vec<ItineraryId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(tx.all(held(ids)).await?)
}

pub(crate) fn held(ids: &[ItineraryId]) -> Sql {
    let mut sql = open("select id from itineraries where deleted_at is null and id in ");
    sql.push_list(ids.iter().copied()).push(" order by id").push_by_engine("", " for no key update");
    sql
}

/// The maxima as they are known.
pub(super) async fn maxima(db: &mut Session) -> Result<Maxima> {
    let known = sql!("select trips, ratings, viewers, intel, helpful from score_maxima where one = 1");
    Ok(db.maybe(known).await?.unwrap_or_default())
}

fn args(m: Maxima) -> [i64; 5] {
    [m.trips, m.ratings, m.viewers, m.intel, m.helpful]
}

/// Raises the maxima with the commit, whatever others have raised them to meanwhile.
pub(super) fn raise(tx: &mut Tx, maxima: Maxima) {
    let raise = sql!(
        "insert into score_maxima (one, trips, ratings, viewers, intel, helpful) values (1, $1, $2, $3, $4, $5)
         on conflict (one) do update set
            trips = case when excluded.trips > score_maxima.trips then excluded.trips else score_maxima.trips end,
            ratings = case when excluded.ratings > score_maxima.ratings then excluded.ratings else score_maxima.ratings end,
            viewers = case when excluded.viewers > score_maxima.viewers then excluded.viewers else score_maxima.viewers end,
            intel = case when excluded.intel > score_maxima.intel then excluded.intel else score_maxima.intel end,
            helpful = case when excluded.helpful > score_maxima.helpful then excluded.helpful else score_maxima.helpful end"
    );
    tx.run_at_commit(args(maxima).into_iter().fold(raise, Sql::bind));
}

/// Sets the maxima, with the commit.
pub(super) fn set(tx: &mut Tx, maxima: Maxima) {
    let set = sql!(
        "insert into score_maxima (one, trips, ratings, viewers, intel, helpful) values (1, $1, $2, $3, $4, $5)
         on conflict (one) do update set trips = excluded.trips, ratings = excluded.ratings, viewers = excluded.viewers,
            intel = excluded.intel, helpful = excluded.helpful"
    );
    tx.run_at_commit(args(maxima).into_iter().fold(set, Sql::bind));
}

/// Writes scores of trips that are held, and how many found helpful what is said of them.
pub(super) async fn write(tx: &mut Tx, scores: &[(&Facts, Scores)]) -> Result<()> {
    let write = sql!(
        "update itineraries set identity_score = $2, travel_history_score = $3, community_score = $4,
            safety_score_component = $5, quality_score = $6, proof_score = $7, score_explanations = $8, helpful_votes = $9
         where id = $1"
    );
    let rows = scores.iter().map(|(facts, scores)| {
        let points = scores.points().into_iter().chain([scores.proof()]).map(Arg::from);
        let rest = [Json(scores.explanations()).into(), facts.helpful.into()];
        std::iter::once(facts.id.into()).chain(points).chain(rest).collect()
    });
    tx.run_many(write, rows.collect()).await?;
    Ok(())
}

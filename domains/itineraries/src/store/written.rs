//! Trips as they are written.

use crate::{
    index, lists,
    model::{Itinerary, ItineraryId, Track},
};
use kernel::{
    Result,
    auth::TravelerId,
    clock::Timestamp,
    db::{Arg, Sql, Tx, open},
    sql,
};

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

//! Groups that fit a traveler.

use crate::{
    filter::MatchQuery,
    model::{
        earliest_today,
        matching::{Match, Wish, Wishes, fit},
    },
    store,
    store::Found,
    view::{GroupView, MatchedGroups},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Result,
    auth::Caller,
    clock::Day,
    db::Session,
    http::{PageOf, PageQuery, Paged, Pagination, Query, Reply},
};

/// Groups that fit the caller
///
/// Those with a free seat to which the caller does not belong, the best first, each with its score and the reasons that it
/// is the sum of: dates (by the month), destination (by distance where both are known, else by its words), interests,
/// languages, pace, preferences and free seats. 400 are looked at: those that go
/// where and when the caller wishes first, then where, then when, then the soonest. Whoever set `women_only_group_preference` for
/// her safety gets none but groups for women only. A page has 15 when nothing is said.
#[utoipa::path(
    get, path = "/api/travel-groups/matching", tag = "travel-groups", operation_id = "match_groups",
    params(MatchQuery, PageQuery),
    responses((status = 200, description = "A page of groups", body = Paged<MatchedGroups<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn match_groups(
    app: App,
    caller: Caller,
    Query(query): Query<MatchQuery>,
    PageOf(page): PageOf<15>,
) -> Result<Response> {
    let asked = query.check()?;
    let today = earliest_today(app.clock.now());
    let mut db = app.db.read().await?;
    let wishes = complete(&mut db, asked, caller, today).await?;
    let candidates = store::candidates::groups(&mut db, caller, today, &wishes).await?;
    let mut fitting: Vec<(Match, Found)> =
        candidates.into_iter().filter_map(|found| Some((fit(&found.group, &wishes)?, found))).collect();
    // What is equally good stays in the order in which it was found.
    fitting.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
    let total = i64::try_from(fitting.len()).unwrap_or(i64::MAX);
    let (skip, take) = (usize::try_from(page.offset()), usize::try_from(page.limit()));
    let shown = fitting.iter().skip(skip.unwrap_or(usize::MAX)).take(take.unwrap_or_default());
    let matched_groups = shown.map(|(fit, found)| GroupView::new(found, &[]).with_match(fit)).collect();
    let pagination = Pagination::new(page, total);
    Ok(Reply(Paged::new(MatchedGroups { matched_groups, pagination: pagination.clone() }, pagination)).into_response())
}

/// What was not asked for is taken from the profile and the plans.
async fn complete(db: &mut Session, mut wishes: Wishes, caller: Caller, today: Day) -> Result<Wishes> {
    if wishes.trips.is_empty() {
        let plans = store::candidates::plans(db, caller.id, today).await?;
        wishes.trips = plans
            .into_iter()
            .map(|plan| Wish {
                town: Some(plan.destination),
                point: plan.starting_point_gps.as_deref().and_then(point),
                start: plan.start_date,
                end: plan.end_date,
            })
            .collect();
    }
    if let Some(taste) = store::candidates::taste(db, caller.id).await? {
        if wishes.interests.is_empty() {
            wishes.interests = taste.travel_interests.0;
        }
        wishes.pace = wishes.pace.or(taste.travel_style);
        wishes.prefers_women_only = taste.women_only;
    }
    Ok(wishes)
}

/// A place as trips have it: `48.2, 16.4`.
fn point(text: &str) -> Option<(f64, f64)> {
    let (lat, lon) = text.split_once(',')?;
    let degrees = |text: &str, most: f64| text.trim().parse::<f64>().ok().filter(|d| d.abs() <= most);
    degrees(lat, 90.0).zip(degrees(lon, 180.0))
}

//! Reading ratings, and what those of a trip say together.
//!
//! What the anonymous get is kept and shared. For whoever is signed in the database is asked, which takes one query for the
//! page and their own votes on it: whom they do not see is theirs alone.

use super::{no_rating, no_trip};
use crate::{
    filter::{Filter, RatingQuery, Sort},
    model::{ItineraryId, RATING_TYPES, RatingId, Safety, Tally},
    store,
    store::{Counted, Found, topic},
    view::{ItinerarySafety, OneOrAll, RatingView, Ratings, SafetyView},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    cache::Question,
    http::{CursorQuery, Data, Listing, PageQuery, Paged, Pagination, Paging, Path, Query, Render, Reply, Window},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The part of a list that was asked for, as the anonymous share it, or of one reader.
#[derive(Debug, Serialize, Deserialize)]
struct Listed {
    found: Vec<Found>,
    pagination: Pagination,
}

impl Listed {
    fn nothing(window: &Window) -> Self {
        Self { found: Vec::new(), pagination: Pagination::of(window, window.total(0, false), None) }
    }

    fn views(&self, viewer: Option<Caller>, app: &App) -> Vec<RatingView<'_>> {
        let now = app.clock.now();
        self.found.iter().map(|found| RatingView::new(found, viewer, now)).collect()
    }

    fn listing(&self, viewer: Option<Caller>, app: &App) -> Reply<Listing<RatingView<'_>>> {
        Reply(Listing::at(self.views(viewer, app), self.pagination.clone()))
    }

    fn named(&self, viewer: Option<Caller>, app: &App) -> Reply<Paged<Ratings<'_>>> {
        let pagination = self.pagination.clone();
        Reply(Paged::new(Ratings { ratings: self.views(viewer, app), pagination: pagination.clone() }, pagination))
    }

    fn linked(&self, paging: &Paging, response: Response) -> Response {
        paging.linked(response, self.pagination.next_cursor.as_deref())
    }
}

/// List safety ratings
///
/// Ratings of published trips, filtered and sorted. Filters combine. Of more than 10,000 the total is that of the first
/// 10,000; it grows for whoever pages beyond.
#[utoipa::path(
    get, path = "/api/safety-ratings", tag = "safety-ratings", operation_id = "list_safety_ratings",
    params(RatingQuery, PageQuery, CursorQuery),
    responses((status = 200, description = "A page of ratings", body = Paged<Ratings<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_safety_ratings(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<RatingQuery>,
    paging: Paging,
) -> Result<Response> {
    let filter = query.check()?;
    let window = paging.window(&app, filter.list())?;
    if filter.finds_nothing() {
        let nothing = Listed::nothing(&window);
        return Ok(nothing.linked(&paging, nothing.named(viewer, &app).into_response()));
    }
    if viewer.is_some() {
        let listed = load_list(&app, &filter, &window, viewer).await?;
        return Ok(listed.linked(&paging, listed.named(viewer, &app).into_response()));
    }
    let key = window.key();
    let question = Question {
        shelf: "safety_ratings",
        key: &key,
        topics: &["safety_ratings", "itineraries", "people"],
        render: |app, listed: &Listed| listed.named(None, app).json(),
    };
    let load = move |app: App, viewer| async move { load_list(&app, &filter, &window, viewer).await.map(Some) };
    let listed = question.ask(&app, None, load).await?.ok_or_else(|| Error::internal("a list is always there"))?;
    Ok(listed.value.linked(&paging, listed.reply()))
}

async fn load_list(app: &App, filter: &Filter, window: &Window, viewer: Option<Caller>) -> Result<Listed> {
    let mut db = app.db.read().await?;
    let mut found = store::page(&mut db, filter, window, viewer).await?;
    let next = window.cut(app, &mut found, |f| filter.sort.keys_of(f));
    let total = match (window.total(found.len(), next.is_some()), window.page()) {
        (None, Some(page)) => {
            let Counted { counted, shown } = store::count(&mut db, filter, viewer).await?;
            // There are more than were counted, and whoever looks at them knows of these.
            let seen = i64::try_from(found.len()).unwrap_or_default();
            let known = if seen > 0 { page.offset() + seen + i64::from(next.is_some()) } else { 0 };
            Some(if counted == store::COUNTED { shown.max(known) } else { shown })
        }
        (total, _) => total,
    };
    Ok(Listed { found, pagination: Pagination::of(window, total, next) })
}

/// One safety rating, or those of a trip
///
/// The id is looked up as a rating's, then as a trip's: then it is the page that `GET /api/itineraries/{id}/ratings`
/// gives.
#[utoipa::path(
    get, path = "/api/safety-ratings/{id}", tag = "safety-ratings", operation_id = "get_safety_rating",
    params(
        ("id" = RatingId, Path, description = "Which rating, or which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "The rating, or a page of the trip's ratings", body = OneOrAll<'_>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_safety_rating(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<RatingId>,
    paging: Paging,
) -> Result<Response> {
    let found = store::find(&mut app.db.read().await?, id, viewer).await?;
    let Some(found) = found else {
        return ratings_of(&app, ItineraryId(id.0), viewer, &paging).await?.ok_or_else(no_rating);
    };
    let view = RatingView::new(&found, viewer, app.clock.now());
    Ok(Reply::new(view, "Safety rating retrieved").into_response())
}

/// My safety ratings
///
/// All that one gave, the newest first, also those of trips that are no longer shown.
#[utoipa::path(
    get, path = "/api/safety-ratings/user/ratings", tag = "safety-ratings", operation_id = "list_own_safety_ratings",
    params(PageQuery, CursorQuery),
    responses((status = 200, description = "A page of the caller's ratings", body = Listing<RatingView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_own_safety_ratings(app: App, caller: Caller, paging: Paging) -> Result<Response> {
    let window = paging.window(&app, format!("safety ratings by {}", caller.id))?;
    let mut db = app.db.read().await?;
    let mut found = store::page_by(&mut db, caller.id, &window).await?;
    let next = window.cut(&app, &mut found, |f| Sort::Newest.keys_of(f));
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::count_by(&mut db, caller.id).await?),
        total => total,
    };
    let listed = Listed { found, pagination: Pagination::of(&window, total, next) };
    Ok(listed.linked(&paging, listed.listing(Some(caller), &app).into_response()))
}

/// Safety ratings of a trip
///
/// The newest first. Those of a draft are found by its author only.
#[utoipa::path(
    get, path = "/api/itineraries/{id}/ratings", tag = "safety-ratings", operation_id = "list_itinerary_ratings",
    params(
        ("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "A page of the trip's ratings", body = Listing<RatingView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_itinerary_ratings(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<ItineraryId>,
    paging: Paging,
) -> Result<Response> {
    ratings_of(&app, id, viewer, &paging).await?.ok_or_else(no_trip)
}

/// A page of a trip's ratings; `None` when the trip is not there for `viewer`.
async fn ratings_of(app: &App, id: ItineraryId, viewer: Option<Caller>, paging: &Paging) -> Result<Option<Response>> {
    let window = paging.window(app, format!("safety ratings of {id}"))?;
    if viewer.is_some() {
        let listed = load_page(app, id, &window, viewer).await?;
        return Ok(listed.map(|listed| listed.linked(paging, listed.listing(viewer, app).into_response())));
    }
    let key = window.key();
    let question = Question {
        shelf: "itinerary_ratings",
        key: &key,
        topics: &[&topic(id), &format!("itinerary:{id}"), "people"],
        render: |app, listed: &Listed| listed.listing(None, app).json(),
    };
    let load = move |app: App, viewer| async move { load_page(&app, id, &window, viewer).await };
    let listed = question.ask(app, None, load).await?;
    Ok(listed.map(|listed| listed.value.linked(paging, listed.reply())))
}

async fn load_page(app: &App, id: ItineraryId, window: &Window, viewer: Option<Caller>) -> Result<Option<Listed>> {
    let mut db = app.db.read().await?;
    let mut found = store::page_of(&mut db, id, window, viewer).await?;
    let next = window.cut(app, &mut found, |f| Sort::Newest.keys_of(f));
    let mut total = window.total(found.len(), next.is_some());
    // Where nothing was found, there may be no trip.
    if found.is_empty() || total.is_none() && window.page().is_some() {
        let Some(counted) = store::count_of(&mut db, id, viewer).await? else { return Ok(None) };
        total = window.page().map(|_| counted);
    }
    Ok(Some(Listed { found, pagination: Pagination::of(window, total, next) }))
}

/// What the ratings of a trip say together, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Together {
    id: ItineraryId,
    safety: Safety,
    by_type: BTreeMap<String, Safety>,
}

impl Together {
    fn reply(&self) -> Reply<Data<ItinerarySafety>> {
        let of = |kind: &str| SafetyView::from(self.by_type.get(kind).copied().unwrap_or(Safety::NONE));
        let view = ItinerarySafety {
            itinerary_id: self.id,
            safety_score: self.safety.score,
            safety_ratings_count: self.safety.ratings_count,
            safety: self.safety.into(),
            by_type: RATING_TYPES.iter().map(|kind| (*kind, of(kind))).collect(),
        };
        Reply::new(view, "Safety rating retrieved")
    }
}

/// How safe a trip is
///
/// What its ratings say together: the mean of verified raters if there are any, else of all, with its 95 % interval; and
/// the same of each type.
#[utoipa::path(
    get, path = "/api/itineraries/{id}/safety-rating", tag = "safety-ratings", operation_id = "get_itinerary_safety",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "How safe it is", body = Data<ItinerarySafety>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_itinerary_safety(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<ItineraryId>,
) -> Result<Response> {
    if viewer.is_some() {
        let together = load_safety(&app, id, viewer).await?.ok_or_else(no_trip)?;
        return Ok(together.reply().into_response());
    }
    let key = id.to_string();
    let question = Question {
        shelf: "itinerary_safety",
        key: &key,
        topics: &[&topic(id), &format!("itinerary:{id}"), "people"],
        render: |_, together: &Together| together.reply().json(),
    };
    let load = move |app: App, viewer| async move { load_safety(&app, id, viewer).await };
    let entry = question.ask(&app, None, load).await?;
    entry.map(|entry| entry.reply()).ok_or_else(no_trip)
}

async fn load_safety(app: &App, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<Together>> {
    let mut db = app.db.read().await?;
    let Some(safety) = store::safety(&mut db, id, viewer).await? else { return Ok(None) };
    let mut tallies: BTreeMap<String, Vec<Tally>> = BTreeMap::new();
    for t in store::tally_by_type(&mut db, id).await? {
        tallies.entry(t.rating_type).or_default().push(Tally { score: t.score, verified: t.verified, count: t.count });
    }
    let by_type = tallies.into_iter().map(|(kind, of)| (kind, Safety::of(&of))).collect();
    Ok(Some(Together { id, safety, by_type }))
}

//! Reading ratings, and what those of a trip say together.

use super::{no_rating, no_trip};
use crate::{
    filter::{Filter, RatingQuery},
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
    http::{Data, Listing, Page, PageQuery, Paged, Pagination, Path, Query, Render, Reply},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A page of ratings as it is kept: with its total, and without anything that belongs to one reader.
#[derive(Debug, Serialize, Deserialize)]
struct Listed {
    found: Vec<Found>,
    page: Page,
    total: i64,
}

type Votes = HashMap<RatingId, bool>;

impl Listed {
    fn views(&self, viewer: Option<Caller>, votes: &Votes, app: &App) -> Vec<RatingView<'_>> {
        let now = app.clock.now();
        self.found.iter().map(|f| RatingView::new(f, viewer, votes.get(&f.rating.id).copied(), now)).collect()
    }

    fn listing(&self, viewer: Option<Caller>, votes: &Votes, app: &App) -> Reply<Listing<RatingView<'_>>> {
        Reply(Listing::new(self.views(viewer, votes, app), self.page, self.total))
    }

    fn named(&self, viewer: Option<Caller>, votes: &Votes, app: &App) -> Reply<Paged<Ratings<'_>>> {
        let pagination = Pagination::new(self.page, self.total);
        Reply(Paged::new(
            Ratings { ratings: self.views(viewer, votes, app), pagination: pagination.clone() },
            pagination,
        ))
    }

    /// How `viewer` voted on what is on the page.
    async fn votes(&self, viewer: Option<Caller>, app: &App) -> Result<Votes> {
        match viewer {
            Some(viewer) if !self.found.is_empty() => {
                let ids = self.found.iter().map(|f| f.rating.id);
                store::votes(&mut app.db.read().await?, viewer.id, ids).await
            }
            _ => Ok(Votes::new()),
        }
    }
}

/// List safety ratings
///
/// Ratings of published trips, filtered, sorted and paged. Filters combine. Of more than 10,000 the total is that
/// of the newest 10,000; it grows for whoever pages beyond.
#[utoipa::path(
    get, path = "/api/safety-ratings", tag = "safety-ratings", operation_id = "list_safety_ratings",
    params(RatingQuery, PageQuery),
    responses((status = 200, description = "A page of ratings", body = Paged<Ratings<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_safety_ratings(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<RatingQuery>,
    page: Page,
) -> Result<Response> {
    let filter = query.check()?;
    if filter.finds_nothing() {
        let nothing = Listed { found: Vec::new(), page, total: 0 };
        return Ok(nothing.named(viewer, &Votes::new(), &app).into_response());
    }
    let key = filter.key(page);
    let question = Question {
        shelf: "safety_ratings",
        key: &key,
        topics: &["safety_ratings", "itineraries", "people"],
        render: |app, listed: &Listed| listed.named(None, &Votes::new(), app).json(),
    };
    let listed = question.ask(&app, viewer, move |app, viewer| load_list(app, filter, page, viewer)).await?;
    let listed = listed.ok_or_else(|| Error::internal("a list is always there"))?;
    if viewer.is_none() {
        return Ok(listed.reply());
    }
    let votes = listed.value.votes(viewer, &app).await?;
    Ok(listed.value.named(viewer, &votes, &app).into_response())
}

async fn load_list(app: App, filter: Filter, page: Page, viewer: Option<Caller>) -> Result<Option<Listed>> {
    let mut db = app.db.read().await?;
    let found = store::page(&mut db, &filter, page, viewer).await?;
    let seen = i64::try_from(found.len()).unwrap_or_default();
    let is_full = seen == page.limit();
    // A page that is not full knows the total, unless it lies beyond the end.
    let total = if !is_full && (seen > 0 || page.number() == 1) {
        page.offset() + seen
    } else {
        let Counted { counted, shown } = store::count(&mut db, &filter, viewer).await?;
        // There are more than were counted, and whoever looks at them knows of these.
        let known = if seen > 0 { page.offset() + seen + i64::from(is_full) } else { 0 };
        if counted == store::COUNTED { shown.max(known) } else { shown }
    };
    Ok(Some(Listed { found, page, total }))
}

/// One safety rating, or those of a trip
///
/// The id is looked up as a rating's, then as a trip's: then it is the page that `GET /api/itineraries/{id}/ratings`
/// gives.
#[utoipa::path(
    get, path = "/api/safety-ratings/{id}", tag = "safety-ratings", operation_id = "get_safety_rating",
    params(
        ("id" = RatingId, Path, description = "Which rating, or which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses((status = 200, description = "The rating, or a page of the trip's ratings", body = OneOrAll<'_>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_safety_rating(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<RatingId>,
    page: Page,
) -> Result<Response> {
    let mut db = app.db.read().await?;
    let Some(found) = store::find(&mut db, id, viewer).await? else {
        drop(db);
        return ratings_of(&app, ItineraryId(id.0), viewer, page).await?.ok_or_else(no_rating);
    };
    let vote = match viewer {
        Some(viewer) => store::votes(&mut db, viewer.id, std::iter::once(id)).await?.remove(&id),
        None => None,
    };
    let view = RatingView::new(&found, viewer, vote, app.clock.now());
    Ok(Reply::new(view, "Safety rating retrieved").into_response())
}

/// My safety ratings
///
/// All that one gave, the newest first, also those of trips that are no longer shown.
#[utoipa::path(
    get, path = "/api/safety-ratings/user/ratings", tag = "safety-ratings", operation_id = "list_own_safety_ratings",
    params(PageQuery),
    responses((status = 200, description = "A page of the caller's ratings", body = Listing<RatingView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_own_safety_ratings(app: App, caller: Caller, page: Page) -> Result<Response> {
    let mut db = app.db.read().await?;
    let total = store::count_by(&mut db, caller.id).await?;
    let found = if total > 0 { store::page_by(&mut db, caller.id, page).await? } else { Vec::new() };
    // Nobody votes on their own.
    Ok(Listed { found, page, total }.listing(Some(caller), &Votes::new(), &app).into_response())
}

/// Safety ratings of a trip
///
/// The newest first. Those of a draft are found by its author only.
#[utoipa::path(
    get, path = "/api/itineraries/{id}/ratings", tag = "safety-ratings", operation_id = "list_itinerary_ratings",
    params(
        ("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses((status = 200, description = "A page of the trip's ratings", body = Listing<RatingView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_itinerary_ratings(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<ItineraryId>,
    page: Page,
) -> Result<Response> {
    ratings_of(&app, id, viewer, page).await?.ok_or_else(no_trip)
}

/// A page of a trip's ratings; `None` when the trip is not there for `viewer`.
async fn ratings_of(app: &App, id: ItineraryId, viewer: Option<Caller>, page: Page) -> Result<Option<Response>> {
    let key = format!("{id} {} {}", page.number(), page.per_page());
    let question = Question {
        shelf: "itinerary_ratings",
        key: &key,
        topics: &[&topic(id), &format!("itinerary:{id}"), "people"],
        render: |app, listed: &Listed| listed.listing(None, &Votes::new(), app).json(),
    };
    if let Some(entry) = question.ask(app, viewer, move |app, viewer| load_page(app, id, page, viewer)).await? {
        let votes = entry.value.votes(viewer, app).await?;
        return Ok(Some(match viewer {
            None => entry.reply(),
            viewer => entry.value.listing(viewer, &votes, app).into_response(),
        }));
    }
    // A draft is never in the cache; its author gets it from the database.
    let Some(caller) = viewer else { return Ok(None) };
    let Some(own) = load_page(app.clone(), id, page, Some(caller)).await? else { return Ok(None) };
    let votes = own.votes(viewer, app).await?;
    Ok(Some(own.listing(viewer, &votes, app).into_response()))
}

async fn load_page(app: App, id: ItineraryId, page: Page, viewer: Option<Caller>) -> Result<Option<Listed>> {
    let mut db = app.db.read().await?;
    let Some(total) = store::count_of(&mut db, id, viewer).await? else { return Ok(None) };
    let found = if total > page.offset() { store::page_of(&mut db, id, page, viewer).await? } else { Vec::new() };
    Ok(Some(Listed { found, page, total }))
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
    let key = id.to_string();
    let question = Question {
        shelf: "itinerary_safety",
        key: &key,
        topics: &[&topic(id), &format!("itinerary:{id}"), "people"],
        render: |_, together: &Together| together.reply().json(),
    };
    match (question.ask(&app, viewer, move |app, viewer| load_safety(app, id, viewer)).await?, viewer) {
        (Some(entry), None) => Ok(entry.reply()),
        (Some(entry), Some(_)) => Ok(entry.value.reply().into_response()),
        (None, None) => Err(no_trip()),
        (None, viewer) => {
            let own = load_safety(app.clone(), id, viewer).await?;
            own.map(|together| together.reply().into_response()).ok_or_else(no_trip)
        }
    }
}

async fn load_safety(app: App, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<Together>> {
    let mut db = app.db.read().await?;
    let Some(safety) = store::safety(&mut db, id, viewer).await? else { return Ok(None) };
    let mut tallies: BTreeMap<String, Vec<Tally>> = BTreeMap::new();
    for t in store::tally_by_type(&mut db, id).await? {
        tallies.entry(t.rating_type).or_default().push(Tally { score: t.score, verified: t.verified, count: t.count });
    }
    let by_type = tallies.into_iter().map(|(kind, of)| (kind, Safety::of(&of))).collect();
    Ok(Some(Together { id, safety, by_type }))
}

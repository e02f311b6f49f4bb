//! Reading: lists, a thread, figures. Nothing of it is cached: what holds depends on the moment, and who may see whom on
//! the reader.

use super::{no_trip, not_found};
use crate::{
    filter::IntelQuery,
    model::{IntelId, ItineraryId},
    store,
    view::{ByType, IntelView, StatsView, ThreadView},
    words::Kind,
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Result,
    auth::Caller,
    http::{CursorQuery, Data, Listing, PageQuery, Pagination, Paging, Path, Query, Reply},
};

/// List travel intel
///
/// The threads about a trip, without their replies; or those about all trips that meet a filter. Warnings that no longer
/// hold stand below the rest. Without a filter, a thread whose first words were deleted keeps its place while it has
/// replies. Pages by number over all trips end at 10,000.
#[utoipa::path(
    get, path = "/api/travel-intel", tag = "travel-intel", operation_id = "list_travel_intel",
    params(IntelQuery, PageQuery, CursorQuery),
    responses(
        (status = 200, description = "A page of threads", body = Listing<IntelView<'_>>),
        (status = 404, description = "There is no such trip that the reader may see (`not_found`)"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_travel_intel(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<IntelQuery>,
    paging: Paging,
) -> Result<Response> {
    let filter = query.check()?;
    let window = paging.window(&app, filter.list())?;
    let now = app.clock.now();
    let mut db = app.db.read().await?;
    let (found, next) = store::page(&app, &mut db, &filter, &window, viewer).await?;
    if found.is_empty()
        && let Some(trip) = filter.itinerary
        && !store::has_trip(&mut db, trip, viewer).await?
    {
        return Err(no_trip());
    }
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::total(&mut db, &filter, viewer).await?),
        total => total,
    };
    let views = found.iter().map(|f| IntelView::new(f, viewer, now)).collect();
    let listing = Listing::at(views, Pagination::of(&window, total, next.clone()));
    Ok(paging.linked(Reply(listing).into_response(), next.as_deref()))
}

/// My travel intel
///
/// What the caller wrote, replies included, newest first; also where the trip or the thread is hidden from them by now.
#[utoipa::path(
    get, path = "/api/travel-intel/user/intel", tag = "travel-intel", operation_id = "list_own_travel_intel",
    params(PageQuery, CursorQuery),
    responses((status = 200, description = "A page of it", body = Listing<IntelView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_own_travel_intel(app: App, caller: Caller, paging: Paging) -> Result<Response> {
    let window = paging.window(&app, format!("travel intel by {}", caller.id))?;
    let now = app.clock.now();
    let mut db = app.db.read().await?;
    let mut found = store::own(&mut db, caller, &window).await?;
    let next = window.cut(&app, &mut found, store::keys_of_reply);
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::own_total(&mut db, caller).await?),
        total => total,
    };
    let views = found.iter().map(|f| IntelView::new(f, Some(caller), now)).collect();
    let listing = Listing::at(views, Pagination::of(&window, total, next.clone()));
    Ok(paging.linked(Reply(listing).into_response(), next.as_deref()))
}

/// Figures about the travel intel of a trip
///
/// How much there is, and how many threads of each type. What was deleted does not count, nor do people who are hidden.
#[utoipa::path(
    get, path = "/api/travel-intel/stats/{id}", tag = "travel-intel", operation_id = "get_travel_intel_stats",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The figures", body = Data<StatsView>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_travel_intel_stats(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<ItineraryId>,
) -> Result<Reply<Data<StatsView>>> {
    let mut db = app.db.read().await?;
    let figures = store::stats(&mut db, id, viewer).await?;
    if figures.is_empty() && !store::has_trip(&mut db, id, viewer).await? {
        return Err(no_trip());
    }
    let sum = |of: fn(&store::Figures) -> i64| figures.iter().map(of).sum();
    let threads = |kind: Kind| figures.iter().find(|f| f.intel_type == kind).map_or(0, |f| f.threads);
    let stats = StatsView {
        total: sum(|f| f.threads + f.replies),
        by_type: ByType {
            question: threads(Kind::Question),
            update: threads(Kind::Update),
            warning: threads(Kind::Warning),
            recommendation: threads(Kind::Recommendation),
            local_insight: threads(Kind::LocalInsight),
            tip: threads(Kind::Tip),
        },
        critical_count: sum(|f| f.critical),
        resolved_count: sum(|f| f.resolved),
        replies_count: sum(|f| f.replies),
    };
    Ok(Reply::new(stats, "Travel intel statistics retrieved"))
}

/// A piece of travel intel
///
/// With a page of its replies, oldest first.
#[utoipa::path(
    get, path = "/api/travel-intel/{id}", tag = "travel-intel", operation_id = "get_travel_intel",
    params(
        ("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "It, and its replies", body = Data<ThreadView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_travel_intel(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<IntelId>,
    paging: Paging,
) -> Result<Response> {
    let window = paging.window(&app, format!("replies to {id}"))?;
    let now = app.clock.now();
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, viewer).await?.ok_or_else(not_found)?;
    let mut replies =
        if found.replies_count > 0 { store::replies(&mut db, id, &window, viewer).await? } else { Vec::new() };
    let next = window.cut(&app, &mut replies, store::keys_of_reply);
    let total = window.page().map(|_| found.replies_count);
    let thread = ThreadView {
        intel: IntelView::new(&found, viewer, now),
        replies: replies.iter().map(|f| IntelView::new(f, viewer, now)).collect(),
        pagination: Pagination::of(&window, total, next.clone()),
    };
    Ok(paging.linked(Reply::new(thread, "Travel intel retrieved").into_response(), next.as_deref()))
}

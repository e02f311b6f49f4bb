//! The addresses of saved trips.

use super::store;
use crate::{api, model::ItineraryId, view::ItineraryView};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    clock::Timestamp,
    http::{Created, CursorQuery, Data, Listing, PageQuery, Pagination, Paging, Path, Post, Reply},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a trip is saved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedState {
    /// Whether the caller has saved it.
    #[schema(example = true)]
    saved: bool,
    /// Which trip.
    project_id: ItineraryId,
}

/// Save a trip
///
/// Keeps it for later. Saving it again changes nothing and is a 200.
#[utoipa::path(
    post, path = "/api/saved/save/{id}", tag = "saved", operation_id = "save_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 201, description = "It is saved", body = Data<SavedState>),
        (status = 200, description = "It was saved before", body = Data<SavedState>),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn save_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    post: Post<api::Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || api::is_there(&app, id, caller)).await?;
    let is_new = store::save(&mut begun.tx, id, caller, app.clock.now()).await?.ok_or_else(api::not_found)?;
    let state = SavedState { saved: true, project_id: id };
    if !is_new {
        return begun.commit(&Reply::new(state, "Itinerary was saved before")).await;
    }
    begun.tx.changed(api::topic(id));
    begun.tx.changed("itineraries");
    begun.commit(&Created::new(state, "Itinerary saved")).await
}

/// Forget a saved trip
///
/// Also one that the caller cannot see any more. A 404 when it is not saved.
#[utoipa::path(
    delete, path = "/api/saved/unsave/{id}", tag = "saved", operation_id = "unsave_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "It is not saved any more", body = Data<SavedState>)),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn unsave_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
) -> Result<Reply<Data<SavedState>>> {
    let mut tx = app.db.write().await?;
    if !store::forget(&mut tx, id, caller).await? {
        return Err(Error::NotFound("Saved itinerary"));
    }
    tx.changed(api::topic(id));
    tx.changed("itineraries");
    tx.commit().await?;
    Ok(Reply::new(SavedState { saved: false, project_id: id }, "Itinerary removed from saved"))
}

/// Is a trip saved?
///
/// Whoever is not signed in has saved nothing.
#[utoipa::path(
    get, path = "/api/saved/check/{id}", tag = "saved", operation_id = "check_saved",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "Whether it is saved", body = Data<SavedState>)),
    security((), ("bearer" = [])),
    extensions(("x-rate-limit" = json!("glance"))),
)]
pub(crate) async fn check_saved(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<ItineraryId>,
) -> Result<Reply<Data<SavedState>>> {
    let saved = match viewer {
        None => false,
        Some(caller) => store::is_saved(&mut app.db.read().await?, id, caller).await?,
    };
    Ok(Reply::new(SavedState { saved, project_id: id }, "Success"))
}

/// A saved trip.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedItinerary)]
pub(crate) struct SavedView<'a> {
    /// The trip.
    #[serde(flatten)]
    itinerary: ItineraryView<'a>,
    /// Since when it is saved.
    saved_at: Timestamp,
}

/// One's saved trips
///
/// Those that the caller may still see, the last saved first.
#[utoipa::path(
    get, path = "/api/saved/my-saved", tag = "saved", operation_id = "list_saved",
    params(PageQuery, CursorQuery),
    responses((status = 200, description = "A page of saved trips", body = Listing<SavedView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_saved(app: App, caller: Caller, paging: Paging) -> Result<Response> {
    list(app, caller, paging).await
}

/// One's saved trips
///
/// The same as `/api/saved/my-saved`.
#[utoipa::path(
    get, path = "/api/saved/itineraries", tag = "saved", operation_id = "list_saved_itineraries",
    params(PageQuery, CursorQuery),
    responses((status = 200, description = "A page of saved trips", body = Listing<SavedView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_saved_itineraries(app: App, caller: Caller, paging: Paging) -> Result<Response> {
    list(app, caller, paging).await
}

async fn list(app: App, caller: Caller, paging: Paging) -> Result<Response> {
    let window = paging.window(&app, format!("saved by {}", caller.id))?;
    let mut db = app.db.read().await?;
    let mut saved = store::page(&mut db, caller, &window).await?;
    let next = window.cut(&app, &mut saved, store::Saved::keys);
    let total = match window.total(saved.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::count(&mut db, caller).await?),
        total => total,
    };
    let now = app.clock.now();
    let with_time = saved.iter().map(|s| SavedView { itinerary: s.found.view(Some(caller), now), saved_at: s.at });
    let listing = Listing::at(with_time.collect(), Pagination::of(&window, total, next.clone()));
    Ok(paging.linked(Reply(listing).into_response(), next.as_deref()))
}

//! The addresses of trips, in the order of their routes.

use crate::{
    filter::{Filter, ItineraryQuery},
    lists::{self, api::Listed},
    mine::Overlay,
    model::{Itinerary, ItineraryId, Track},
    scores, store,
    store::Found,
    view::ItineraryView,
    wire::ItineraryBody,
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::{Admin, Caller, TravelerId},
    cache::{Entry, Question},
    db::Tx,
    http::{
        Body, Created, CursorQuery, Data, Listing, Message, PageQuery, Pagination, Paging, Path, Post, Query, Render,
        Reply, Window, Wire,
    },
};
use serde::Deserialize;
use std::sync::Arc;

/// List trips
///
/// Published trips, filtered, sorted and paged: by `cursor` (preferred), or by `page` with a total. Filters combine; of more
/// than 10,000 trips that a filter lets through `total` counts 10,000, and the cursor reads on behind them. Lists leave
/// tracks and waypoints out, and carry the first 2,000 characters of long texts. The `Link` header has the addresses of the
/// pages around this one.
#[utoipa::path(
    get, path = "/api/itineraries", tag = "itineraries", operation_id = "list_itineraries",
    params(ItineraryQuery, PageQuery, CursorQuery),
    responses((status = 200, description = "A page of trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_itineraries(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<ItineraryQuery>,
    paging: Paging,
) -> Result<Response> {
    let filter = query.check()?;
    let window = paging.window(&app, filter.list())?;
    if filter.finds_nothing() {
        let pagination = Pagination::of(&window, window.page().map(|_| 0), None);
        let listed = Listed { message: "Success".to_owned(), found: Vec::new(), pagination };
        return listed.answer(viewer, &app, &paging).await;
    }
    let wanted = window.clone();
    lists::api::answer(app, viewer, &paging, &window, move |app, viewer| load_list(app, filter, wanted, viewer)).await
}

async fn load_list(app: App, mut filter: Filter, window: Window, viewer: Option<Caller>) -> Result<Option<Listed>> {
    let mut db = app.db.read().await?;
    filter.few = store::few(&mut db, &filter).await?;
    let mut found = store::page(&mut db, &filter, &window, viewer).await?;
    let next = window.cut(&app, &mut found, |f| filter.sort.keys_of(f));
    drop(db);
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(total(&app, filter, viewer).await?),
        total => total,
    };
    Ok(Some(Listed { message: "Success".to_owned(), found, pagination: Pagination::of(&window, total, next) }))
}

/// How many trips a filter lets through, whatever the page and the order: counted once for all of them.
async fn total(app: &App, filter: Filter, viewer: Option<Caller>) -> Result<i64> {
    let key = filter.chosen();
    let question = Question {
        shelf: "itineraries_total",
        key: &key,
        topics: &["itineraries", "people"],
        render: |_, total: &i64| Ok(total.to_string().into_bytes()),
    };
    let load =
        |app: App, viewer| async move { store::count(&mut app.db.read().await?, &filter, viewer).await.map(Some) };
    Ok(question.ask(app, viewer, load).await?.map_or(0, |entry| entry.value))
}

/// Publish a trip
///
/// `title` and `destination` are required. `is_published: false` makes a draft.
#[utoipa::path(
    post, path = "/api/itineraries", tag = "itineraries", operation_id = "create_itinerary",
    request_body(content = ItineraryBody, description = "The trip"),
    responses((status = 201, description = "The trip", body = Data<ItineraryView<'_>>)),
    security(("bearer" = [])),
    extensions(("x-max-body" = json!(12_582_912)), ("x-reaches" = json!("own_until_published"))),
)]
pub(crate) async fn create_itinerary(app: App, caller: Caller, post: Post<ItineraryBody>) -> Result<Response> {
    let (body, post) = post.split();
    let changes = body.check_new(&app).await?;
    let mut itinerary = Itinerary::new(ItineraryId(app.new_uuid()), caller.id, app.clock.now());
    let track = itinerary.apply(changes, app.clock.now())?;
    may_publish(&app, &itinerary, caller)?;
    let mut begun = post.begin(&app, caller).await?;
    store::insert(&mut begun.tx, &itinerary, track.clone()).await?;
    begun.tx.changed("itineraries");
    rescore(&mut begun.tx, &itinerary, itinerary.is_published)?;
    let author = accounts::card(&mut begun.tx, caller.id, Some(caller)).await?.ok_or_else(Error::bad_token)?;
    let found = Found::new(itinerary, author, track);
    let reply = Created::new(ItineraryView::new(&found, Some(caller), app.clock.now()), "Itinerary created");
    begun.commit(&reply).await
}

/// One trip
///
/// With its track. Drafts are found by their author only.
#[utoipa::path(
    get, path = "/api/itineraries/{id}", tag = "itineraries", operation_id = "get_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The trip", body = Data<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_itinerary(app: App, viewer: Option<Caller>, Path(id): Path<ItineraryId>) -> Result<Response> {
    match (shown(&app, id, viewer).await?, viewer) {
        (Some(entry), None) => Ok(entry.reply()),
        (Some(entry), Some(reader)) => {
            let mut views = vec![ItineraryView::new(&entry.value, Some(reader), app.clock.now())];
            Overlay::of(&app, Some(reader), std::iter::once(id)).await?.lay_over(&mut views);
            let view = views.pop().ok_or_else(not_found)?;
            Ok(Reply::new(view, "Itinerary retrieved").into_response())
        }
        (None, Some(caller)) => {
            let own = store::find_own(&mut app.db.read().await?, id, caller).await?.ok_or_else(not_found)?;
            Ok(Reply::new(own.view(Some(caller), app.clock.now()), "Itinerary retrieved").into_response())
        }
        (None, None) => Err(not_found()),
    }
}

/// A published trip as the cache has it, or else the database.
pub(crate) async fn shown(app: &App, id: ItineraryId, viewer: Option<Caller>) -> Result<Option<Arc<Entry<Found>>>> {
    let (key, topic) = (id.to_string(), topic(id));
    let question = Question {
        shelf: "itinerary",
        key: &key,
        topics: &[&topic, "people"],
        render: |app, found: &Found| {
            Reply::new(ItineraryView::new(found, None, app.clock.now()), "Itinerary retrieved").json()
        },
    };
    let load = move |app: App, viewer| async move { store::find(&mut app.db.read().await?, id, viewer).await };
    question.ask(app, viewer, load).await
}

/// Whether a reply about a trip may be given again: what was hidden since must not be shown by it.
pub(crate) async fn is_there(app: &App, id: ItineraryId, caller: Caller) -> Result<()> {
    shown(app, id, Some(caller)).await?.map(|_| ()).ok_or_else(not_found)
}

/// The same for administrators. A block between its author and them hides nothing here: nobody gets out of their reach by
/// blocking them.
pub(crate) async fn is_there_for_all(app: &App, id: ItineraryId) -> Result<()> {
    store::find(&mut app.db.read().await?, id, None).await?.map(|_| ()).ok_or_else(not_found)
}

pub(crate) fn topic(id: ItineraryId) -> String {
    format!("itinerary:{id}")
}

pub(crate) fn not_found() -> Error {
    Error::NotFound("Itinerary")
}

/// Change a trip
///
/// Changes the fields that are given; `null` clears one that can be empty. Only its author may. A certificate as safe for
/// women ends when route, destination, days or words become other ones: `women_safe_certified` is false then.
#[utoipa::path(
    put, path = "/api/itineraries/{id}", tag = "itineraries", operation_id = "replace_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ItineraryBody, description = "What to change"),
    responses(
        (status = 200, description = "The trip as it is now", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Somebody else published it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-max-body" = json!(12_582_912)), ("x-reaches" = json!("own_until_published"))),
)]
pub(crate) async fn replace_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    Body(body): Body<ItineraryBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

/// Change a trip
///
/// The same as PUT: changes the fields that are given; `null` clears one that can be empty. Only its author may. A
/// certificate as safe for women ends when route, destination, days or words become other ones.
#[utoipa::path(
    patch, path = "/api/itineraries/{id}", tag = "itineraries", operation_id = "update_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ItineraryBody, description = "What to change"),
    responses(
        (status = 200, description = "The trip as it is now", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Somebody else published it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-max-body" = json!(12_582_912)), ("x-reaches" = json!("own_until_published"))),
)]
pub(crate) async fn update_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    Body(body): Body<ItineraryBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

async fn change(app: App, caller: Caller, id: ItineraryId, body: ItineraryBody) -> Result<Response> {
    let changes = body.check_change(&app).await?;
    let mut tx = app.db.write().await?;
    let mut held = store::hold(&mut tx, id, caller).await?.ok_or_else(not_found)?;
    let found = &mut held.found;
    may_change(&mut tx, id, found.itinerary.traveler_id, caller).await?;
    let was_published = found.itinerary.is_published;
    let track = found.itinerary.change(changes, found.gpx.as_deref(), app.clock.now())?;
    may_publish(&app, &found.itinerary, caller)?;
    match &track {
        Track::Keep => {}
        Track::Remove => found.gpx = None,
        Track::Set(gpx) => found.gpx = Some(gpx.clone()),
    }
    store::update(&mut tx, &found.itinerary, track);
    tx.changed(topic(id));
    tx.changed("itineraries");
    rescore(&mut tx, &held.found.itinerary, held.found.itinerary.is_published != was_published)?;
    tx.commit().await?;
    Ok(Reply::new(held.view(Some(caller), app.clock.now()), "Itinerary updated").into_response())
}

/// All of an author's trips are scored by how many are published.
fn rescore(tx: &mut Tx, trip: &Itinerary, counts: bool) -> Result<()> {
    if counts { scores::rescore_of(tx, trip.traveler_id) } else { scores::rescore(tx, trip.id) }
}

/// A draft reaches nobody but its author.
fn may_publish(app: &App, becomes: &Itinerary, author: Caller) -> Result<()> {
    if becomes.is_published { author.may_reach_others(app) } else { Ok(()) }
}

/// What the caller may not see is not there; what somebody else published is, but is not the caller's to change.
async fn may_change(tx: &mut Tx, id: ItineraryId, author: TravelerId, caller: Caller) -> Result<()> {
    if author == caller.id {
        return Ok(());
    }
    match store::find(tx, id, Some(caller)).await? {
        Some(_) => Err(not_author()),
        None => Err(not_found()),
    }
}

pub(crate) fn not_author() -> Error {
    Error::forbidden("not_author", "You can only edit your own itineraries")
}

/// Delete a trip
///
/// Takes it out of sight for good. Only its author may.
#[utoipa::path(
    delete, path = "/api/itineraries/{id}", tag = "itineraries", operation_id = "delete_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "Somebody else published it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_itinerary(app: App, caller: Caller, Path(id): Path<ItineraryId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let held = store::lock(&mut tx, id).await?.ok_or_else(not_found)?;
    may_change(&mut tx, id, held.traveler_id, caller).await?;
    store::delete(&mut tx, id, app.clock.now()).await?;
    tx.changed(topic(id));
    tx.changed("itineraries");
    scores::rescore_of(&mut tx, caller.id)?;
    tx.commit().await?;
    Ok(Reply::message("Itinerary deleted"))
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

/// Feature a trip
///
/// Puts a published trip on show. For administrators; doing it again changes nothing.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/feature", tag = "itineraries", operation_id = "feature_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip, on show", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn feature_itinerary(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<ItineraryId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, admin, || is_there_for_all(&app, id)).await?;
    if !store::feature(&mut begun.tx, id, admin.id, app.clock.now()).await? {
        return Err(not_found());
    }
    begun.tx.changed(topic(id));
    begun.tx.changed("itineraries");
    let found = store::find_by(&mut begun.tx, id, admin).await?.ok_or_else(not_found)?;
    begun.commit(&Reply::new(found.view(Some(admin), app.clock.now()), "Itinerary featured")).await
}

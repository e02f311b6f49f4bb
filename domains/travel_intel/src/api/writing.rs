//! Posting, changing and deleting.

use super::{announce, no_trip, not_found};
use crate::{
    model::{Intel, IntelId, Place},
    store,
    store::Found,
    view::IntelView,
    wire::{IntelBody, Settled},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::{Admin, Caller},
    db::Session,
    http::{Body, Created, Data, Message, Path, Post, Reply},
};

/// Post travel intel
///
/// `itinerary_id` and `content` are required. With `parent_intel_id` it is a reply; threads are one level deep, so an
/// answer to a reply stands below the same first words.
#[utoipa::path(
    post, path = "/api/travel-intel", tag = "travel-intel", operation_id = "create_travel_intel",
    request_body(content = IntelBody, description = "What to say"),
    responses(
        (status = 201, description = "It", body = Data<IntelView<'_>>),
        (status = 404, description = "There is no such trip, or nothing to reply to, that the caller may see (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn create_travel_intel(app: App, caller: Caller, post: Post<IntelBody>) -> Result<Response> {
    let now = app.clock.now();
    let (body, post) = post.split();
    let (mut place, kind, changes) = body.check_new(now)?;
    let id = IntelId(app.new_uuid());
    // What was hidden since is not shown by a reply that was given before.
    let there = || async { is_there(&mut app.db.read().await?, place, caller).await };
    let mut begun = post.begin_while(&app, caller, there).await?;
    let tx = &mut begun.tx;
    let author = match place.parent {
        None => store::writer_at_trip(tx, place.itinerary, caller).await?.ok_or_else(no_trip)?,
        Some(parent) => {
            let thread = store::writer_in_thread(tx, parent, caller).await?.ok_or_else(not_found)?;
            if thread.itinerary_id != place.itinerary {
                return Err(Error::field("parent_intel_id", "is about another itinerary"));
            }
            place.parent = Some(thread.top);
            thread.writer
        }
    };
    let mut intel = Intel::new(id, place, caller.id, kind, now);
    intel.apply(changes, now)?;
    if let Some(top) = place.parent
        && !store::answer(tx, top, Settled::default(), now).await?
    {
        return Err(not_found());
    }
    store::insert(tx, &intel);
    announce(tx, place.itinerary)?;
    let found = Found::new(intel, author);
    begun.commit(&Created::new(IntelView::new(&found, Some(caller), now), "Travel intel created")).await
}

/// Whether the caller may see the trip, and what a reply is to.
async fn is_there(db: &mut Session, place: Place, caller: Caller) -> Result<()> {
    match place.parent {
        None if store::has_trip(db, place.itinerary, Some(caller)).await? => Ok(()),
        None => Err(no_trip()),
        Some(parent) => store::find(db, parent, Some(caller)).await?.map(|_| ()).ok_or_else(not_found),
    }
}

/// Change travel intel
///
/// Changes the fields that are given; `null` clears one that can be empty. Only its author may; its type stays.
#[utoipa::path(
    put, path = "/api/travel-intel/{id}", tag = "travel-intel", operation_id = "replace_travel_intel",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = IntelBody, description = "What to change"),
    responses(
        (status = 200, description = "It as it is now", body = Data<IntelView<'_>>),
        (status = 403, description = "Somebody else wrote it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn replace_travel_intel(
    app: App,
    caller: Caller,
    Path(id): Path<IntelId>,
    Body(body): Body<IntelBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

/// Change travel intel
///
/// The same as PUT: changes the fields that are given; `null` clears one that can be empty. Only its author may; its type
/// stays.
#[utoipa::path(
    patch, path = "/api/travel-intel/{id}", tag = "travel-intel", operation_id = "update_travel_intel",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = IntelBody, description = "What to change"),
    responses(
        (status = 200, description = "It as it is now", body = Data<IntelView<'_>>),
        (status = 403, description = "Somebody else wrote it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn update_travel_intel(
    app: App,
    caller: Caller,
    Path(id): Path<IntelId>,
    Body(body): Body<IntelBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

async fn change(app: App, caller: Caller, id: IntelId, body: IntelBody) -> Result<Response> {
    let now = app.clock.now();
    let changes = body.check_change(now)?;
    let mut tx = app.db.write().await?;
    store::hold(&mut tx, id).await?.ok_or_else(not_found)?;
    let mut found = store::find(&mut tx, id, Some(caller)).await?.ok_or_else(not_found)?;
    if found.intel.is_deleted() {
        return Err(not_found());
    }
    if !found.intel.is_of(Some(caller)) {
        return Err(Error::forbidden("not_author", "You can only edit your own travel intel"));
    }
    found.intel.apply(changes, now)?;
    store::update(&mut tx, &found.intel);
    tx.commit().await?;
    Ok(Reply::new(IntelView::new(&found, Some(caller), now), "Travel intel updated").into_response())
}

/// Delete travel intel
///
/// Its words and its author are gone at once. When others replied, an empty place (`is_deleted`) stays above their
/// replies until the last of them is gone. Its author may, and administrators; an author also where the trip was hidden
/// since.
#[utoipa::path(
    delete, path = "/api/travel-intel/{id}", tag = "travel-intel", operation_id = "delete_travel_intel",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "Somebody else wrote it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_travel_intel(app: App, caller: Caller, Path(id): Path<IntelId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let replies = store::hold(&mut tx, id).await?.ok_or_else(not_found)?;
    let found = match store::find(&mut tx, id, Some(caller)).await? {
        Some(found) => found,
        None => store::find_own(&mut tx, id, caller).await?.ok_or_else(not_found)?,
    };
    if found.intel.is_deleted() {
        return Err(not_found());
    }
    if !found.intel.is_of(Some(caller)) {
        if !caller.is_admin {
            return Err(Error::forbidden("not_author", "You can only delete your own travel intel"));
        }
        Admin::of(&app, caller)?;
    }
    store::delete(&mut tx, &found.intel, replies, app.clock.now());
    announce(&mut tx, found.intel.itinerary_id)?;
    tx.commit().await?;
    Ok(Reply::message("Travel intel deleted"))
}

//! Hiding: what the author of a trip may do about what others say under it. She cannot silence a warning: whoever warns
//! of her trip, or says something about safety, is heard; only administrators take that away.

use super::{announce, answering::Nothing, not_found};
use crate::{
    model::IntelId,
    store,
    store::{Found, OnTrip},
    view::IntelView,
};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::Caller,
    clock::Timestamp,
    db::Tx,
    http::{Data, Path, Post, Reply},
};

/// Hide travel intel
///
/// The author of a trip hides what somebody else says under it: others find the place of it as if it had been deleted, and
/// it no longer counts. Its author still sees it, marked `is_hidden`. A warning, what is `safety_related`, and what was
/// answered to them stays.
#[utoipa::path(
    post, path = "/api/travel-intel/{id}/hide", tag = "travel-intel", operation_id = "hide_travel_intel",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is hidden", body = Data<IntelView<'_>>),
        (status = 403, description = "Somebody else made the trip (`not_trip_author`), it is the caller's own \
            (`own_intel`), or it warns (`warning_stays`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn hide_travel_intel(
    app: App,
    caller: Caller,
    Path(id): Path<IntelId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let now = app.clock.now();
    let (_, post) = post.split();
    // What was hidden since is not shown by a reply that was given before.
    let there =
        || async { store::find(&mut app.db.read().await?, id, Some(caller)).await?.map(|_| ()).ok_or_else(not_found) };
    let mut begun = post.begin_while(&app, caller, there).await?;
    let found = set(&mut begun.tx, id, caller, Some(now)).await?;
    begun.commit(&Reply::new(IntelView::new(&found, Some(caller), now), "Travel intel hidden")).await
}

/// Show hidden travel intel again
///
/// Only the author of the trip, who hid it, may.
#[utoipa::path(
    delete, path = "/api/travel-intel/{id}/hide", tag = "travel-intel", operation_id = "show_travel_intel",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is shown", body = Data<IntelView<'_>>),
        (status = 403, description = "Somebody else made the trip (`not_trip_author`), or it is the caller's own \
            (`own_intel`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn show_travel_intel(app: App, caller: Caller, Path(id): Path<IntelId>) -> Result<Response> {
    let mut tx = app.db.write().await?;
    let found = set(&mut tx, id, caller, None).await?;
    tx.commit().await?;
    let view = IntelView::new(&found, Some(caller), app.clock.now());
    Ok(axum::response::IntoResponse::into_response(Reply::new(view, "Travel intel shown")))
}

async fn set(tx: &mut Tx, id: IntelId, caller: Caller, hidden_at: Option<Timestamp>) -> Result<Found> {
    store::hold(tx, id).await?.ok_or_else(not_found)?;
    let OnTrip { mut found, trip_author, warns } = store::find_on_trip(tx, id, caller).await?.ok_or_else(not_found)?;
    if found.intel.is_deleted() {
        return Err(not_found());
    }
    if trip_author != caller.id {
        return Err(Error::forbidden(
            "not_trip_author",
            "Only the author of the itinerary hides what is said about it",
        ));
    }
    if found.intel.is_of(Some(caller)) {
        return Err(Error::forbidden("own_intel", "Delete your own travel intel instead"));
    }
    if hidden_at.is_some() && warns {
        return Err(Error::forbidden("warning_stays", "What warns or is about safety cannot be hidden"));
    }
    if found.intel.hidden_at.is_some() != hidden_at.is_some() {
        found.intel.hidden_at = hidden_at;
        store::hide(tx, &found.intel);
        announce(tx, found.intel.itinerary_id)?;
    }
    Ok(found)
}

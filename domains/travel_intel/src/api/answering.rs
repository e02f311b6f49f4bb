//! What others do with a piece of intel: find it helpful or not, answer it, settle it.

use super::{announce, not_found};
use crate::{
    model::{Intel, IntelId, Place, Turn},
    store,
    store::{Found, OnTrip, ToVote},
    view::{IntelView, VotesView},
    wire::{Answer, Changes, RespondBody},
    words::Kind,
};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::{Admin, Caller, TravelerId},
    http::{Created, Data, Path, Post, Reply, Wire},
};
use serde::Deserialize;

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

/// Find travel intel helpful
///
/// One vote a person: after the other one it is switched, and the same one again takes it back. Not for one's own.
#[utoipa::path(
    post, path = "/api/travel-intel/{id}/helpful", tag = "travel-intel", operation_id = "mark_travel_intel_helpful",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "Both counts", body = Data<VotesView>),
        (status = 403, description = "It is the caller's own (`own_intel`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn mark_travel_intel_helpful(
    app: App,
    caller: Caller,
    Path(id): Path<IntelId>,
    post: Post<Nothing>,
) -> Result<Response> {
    vote(app, caller, id, post, true).await
}

/// Find travel intel unhelpful
///
/// One vote a person: after the other one it is switched, and the same one again takes it back. Not for one's own.
#[utoipa::path(
    post, path = "/api/travel-intel/{id}/unhelpful", tag = "travel-intel", operation_id = "mark_travel_intel_unhelpful",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "Both counts", body = Data<VotesView>),
        (status = 403, description = "It is the caller's own (`own_intel`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn mark_travel_intel_unhelpful(
    app: App,
    caller: Caller,
    Path(id): Path<IntelId>,
    post: Post<Nothing>,
) -> Result<Response> {
    vote(app, caller, id, post, false).await
}

async fn vote(app: App, caller: Caller, id: IntelId, post: Post<Nothing>, is_helpful: bool) -> Result<Response> {
    let (_, post) = post.split();
    // What was hidden since is not shown by a reply that was given before.
    let there =
        || async { store::find(&mut app.db.read().await?, id, Some(caller)).await?.map(|_| ()).ok_or_else(not_found) };
    let mut begun = post.begin_while(&app, caller, there).await?;
    // Held first and read then: what is read is what the votes before this one left.
    store::hold(&mut begun.tx, id).await?.ok_or_else(not_found)?;
    let ToVote { found, is_counted } = store::find_to_vote(&mut begun.tx, id, caller).await?.ok_or_else(not_found)?;
    if found.intel.is_deleted() {
        return Err(not_found());
    }
    if found.intel.is_of(Some(caller)) {
        return Err(Error::forbidden("own_intel", "You cannot vote on your own travel intel"));
    }
    let turn = Turn::new(found.user_vote, is_helpful);
    // Who was banned and is back a moment ago: what is not counted yet is not taken away.
    let turn = if is_counted { turn } else { turn.uncounted() };
    store::set_vote(&mut begun.tx, id, caller.id, turn);
    if turn.helpful != 0 && found.intel.parent_id.is_none() {
        // How many found helpful what is said of a trip is counted there.
        begun.tx.happened("itinerary_intel_changed", found.intel.itinerary_id)?;
    }
    let (helpful, unhelpful) = (found.intel.helpful_votes + turn.helpful, found.intel.unhelpful_votes + turn.unhelpful);
    begun.commit(&Reply::new(VotesView::new(helpful, unhelpful, turn.vote), "Vote recorded")).await
}

/// Respond to travel intel
///
/// With `content`, a reply (201). With `status` or `response_status`, or with nothing (which means `resolved`), it settles
/// the matter (200): whoever asked may, the trip's author, and administrators. Both together do both. What is said to a
/// reply is said to the first words of its thread.
#[utoipa::path(
    post, path = "/api/travel-intel/{id}/respond", tag = "travel-intel", operation_id = "respond_to_travel_intel",
    params(("id" = IntelId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = RespondBody, description = "The answer"),
    responses(
        (status = 200, description = "What was settled", body = Data<IntelView<'_>>),
        (status = 201, description = "The reply", body = Data<IntelView<'_>>),
        (status = 403, description = "Somebody else asked (`not_asker`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn respond_to_travel_intel(
    app: App,
    caller: Caller,
    Path(id): Path<IntelId>,
    post: Post<RespondBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let answer = body.check()?;
    if answer.content.is_some() {
        return say(app, caller, id, post, answer).await;
    }
    settle(app, caller, id, post, answer).await
}

/// Only whoever asked, whose trip it is, and administrators whose session is confirmed.
fn may_settle(app: &App, caller: Caller, asker: Option<TravelerId>, trip_author: TravelerId) -> Result<()> {
    if asker == Some(caller.id) || trip_author == caller.id {
        return Ok(());
    }
    if caller.is_admin {
        return Admin::of(app, caller).map(|_| ());
    }
    Err(Error::forbidden("not_asker", "Only its author, the author of the itinerary and administrators settle it"))
}

async fn say(app: App, caller: Caller, id: IntelId, post: Post<()>, answer: Answer) -> Result<Response> {
    let now = app.clock.now();
    // What was hidden since is not shown by a reply that was given before.
    let there =
        || async { store::find(&mut app.db.read().await?, id, Some(caller)).await?.map(|_| ()).ok_or_else(not_found) };
    let mut begun = post.begin_while(&app, caller, there).await?;
    let thread = store::writer_in_thread(&mut begun.tx, id, caller).await?.ok_or_else(not_found)?;
    if !answer.settled.is_silent() {
        may_settle(&app, caller, thread.asker, thread.trip_author)?;
    }
    let place = Place { itinerary: thread.itinerary_id, parent: Some(thread.top) };
    let mut intel = Intel::new(IntelId(app.new_uuid()), place, caller.id, Kind::Update, now);
    intel.apply(Changes { content: answer.content, ..Changes::default() }, now)?;
    if !store::answer(&mut begun.tx, thread.top, answer.settled, now).await? {
        return Err(not_found());
    }
    store::insert(&mut begun.tx, &intel);
    announce(&mut begun.tx, place.itinerary)?;
    let found = Found::new(intel, thread.writer);
    begun.commit(&Created::new(IntelView::new(&found, Some(caller), now), "Reply created")).await
}

async fn settle(app: App, caller: Caller, id: IntelId, post: Post<()>, answer: Answer) -> Result<Response> {
    let now = app.clock.now();
    // Before a reply that was given earlier is given again: what was hidden or deleted since must not be shown.
    let there = || async {
        let thread = store::writer_in_thread(&mut app.db.read().await?, id, caller).await?.ok_or_else(not_found)?;
        may_settle(&app, caller, thread.asker, thread.trip_author)
    };
    let mut begun = post.begin_while(&app, caller, there).await?;
    // Held before it is read: of two who settle different things at once both stay.
    let OnTrip { mut found, trip_author, .. } =
        store::hold_thread(&mut begun.tx, id, caller).await?.ok_or_else(not_found)?;
    may_settle(&app, caller, found.intel.traveler_id, trip_author)?;
    if found.intel.is_deleted() {
        return Err(not_found());
    }
    if let Some(status) = answer.settled.status {
        found.intel.set_status(status, now);
    }
    if let Some(response) = answer.settled.response_status {
        found.intel.response_status = response;
    }
    found.intel.updated_at = now;
    store::settle(&mut begun.tx, &found.intel);
    begun.commit(&Reply::new(IntelView::new(&found, Some(caller), now), "Intel response recorded")).await
}

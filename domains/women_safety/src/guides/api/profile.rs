//! Becoming a guide, and what a guide says of herself.

use super::no_guide;
use crate::guides::{
    model::{Guide, GuideId, earliest_today},
    store,
    view::GuideView,
    wire::{AvailabilityBody, GuideBody},
};
use accounts::set_guide_certified;
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Body, Created, Data, Message, Post, Reply},
};

/// My profile as a guide
///
/// With everything that only its owner sees.
#[utoipa::path(
    get, path = "/api/women-safety/guides/profile", tag = "women-safety", operation_id = "get_own_guide",
    responses(
        (status = 200, description = "The profile", body = Data<GuideView<'_>>),
        (status = 404, description = "The caller is no guide (`not_found`)"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn get_own_guide(app: App, caller: Caller) -> Result<Response> {
    let found = store::own(&mut app.db.read().await?, caller).await?.ok_or_else(no_guide)?;
    let today = earliest_today(app.clock.now());
    Ok(Reply::new(GuideView::new(&found, Some(caller), today), "Guide retrieved").into_response())
}

/// Become a guide
///
/// Any account may. She takes bookings of anyone at once, unless she says otherwise; the directory shows her without
/// being asked for others once an administrator verified her. Whoever withdrew comes back this way, unverified.
#[utoipa::path(
    post, path = "/api/women-safety/guides/profile", tag = "women-safety", operation_id = "create_guide",
    request_body(content = GuideBody, description = "What the guide says of herself; nothing is required"),
    responses(
        (status = 201, description = "The profile", body = Data<GuideView<'_>>),
        (status = 409, description = "The caller is a guide already (`already_guide`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn create_guide(app: App, caller: Caller, post: Post<GuideBody>) -> Result<Response> {
    let (body, post) = post.split();
    let changes = body.check()?;
    let now = app.clock.now();
    let mut begun = post.begin(&app, caller).await?;
    let already = || Error::conflict("already_guide", "You are a guide already: change your profile with PUT");
    let (before, card) = store::hold_own(&mut begun.tx, caller).await?;
    if before.as_ref().is_some_and(|found| found.guide.is_active) {
        return Err(already());
    }
    let is_new = before.is_none();
    let successful_trips_count = before.as_ref().map_or(0, |found| found.successful_trips_count);
    let before = before.map(|found| found.guide);
    let mut guide = before.unwrap_or_else(|| Guide::new(GuideId(app.new_uuid()), caller.id, now));
    guide.is_active = true;
    guide.apply(changes, now);
    if !is_new {
        store::update(&mut begun.tx, &guide);
    } else if !store::insert(&mut begun.tx, &guide).await? {
        return Err(already());
    }
    let card = card.ok_or_else(no_guide)?;
    let found =
        store::Found { author: card, guide, successful_trips_count, has_requested: false, has_confirmed: false };
    let view = GuideView::new(&found, Some(caller), earliest_today(now));
    begun.commit(&Created::new(view, "You are a guide now")).await
}

/// Change my profile as a guide
///
/// Changes the fields that are given; `null` clears one that can be empty. Prices of bookings that were made stay.
#[utoipa::path(
    put, path = "/api/women-safety/guides/profile", tag = "women-safety", operation_id = "update_guide",
    request_body(content = GuideBody, description = "What to change"),
    responses(
        (status = 200, description = "The profile as it is now", body = Data<GuideView<'_>>),
        (status = 404, description = "The caller is no guide (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn update_guide(app: App, caller: Caller, Body(body): Body<GuideBody>) -> Result<Response> {
    let changes = body.check()?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let (own, _) = store::hold_own(&mut tx, caller).await?;
    let mut found = own.filter(|f| f.guide.is_active).ok_or_else(no_guide)?;
    found.guide.apply(changes, now);
    store::update(&mut tx, &found.guide);
    tx.commit().await?;
    let view = GuideView::new(&found, Some(caller), earliest_today(now));
    Ok(Reply::new(view, "Guide profile updated").into_response())
}

/// Stop being a guide
///
/// The profile is shown to nobody any more, is verified no longer, and forgets how to reach her. What is open has to be
/// declined or cancelled before. Reviews stay, and are there again when she comes back.
#[utoipa::path(
    delete, path = "/api/women-safety/guides/profile", tag = "women-safety", operation_id = "withdraw_guide",
    responses(
        (status = 200, description = "She is a guide no longer", body = Message),
        (status = 404, description = "The caller is no guide (`not_found`)"),
        (status = 409, description = "There are bookings that are not over (`open_bookings`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn withdraw_guide(app: App, caller: Caller) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let found = store::own(&mut tx, caller).await?.filter(|f| f.guide.is_active).ok_or_else(no_guide)?;
    let (id, now) = (found.guide.id, app.clock.now());
    if !store::withdraw(&mut tx, id, now).await? {
        return Err(Error::conflict("open_bookings", "Decline or cancel what is open first"));
    }
    if found.guide.is_verified {
        set_guide_certified(&mut tx, caller.id, false)?;
        store::keep_verification(&mut tx, app.new_uuid(), id, None, (false, None), now);
    }
    tx.commit().await?;
    Ok(Reply::message("You are a guide no longer"))
}

/// Say whether I take bookings
///
/// While she does not, nobody can ask her for those days; what was confirmed stays.
#[utoipa::path(
    put, path = "/api/women-safety/guides/availability", tag = "women-safety", operation_id = "set_guide_availability",
    request_body(content = AvailabilityBody, description = "Whether, and until when not"),
    responses(
        (status = 200, description = "The profile as it is now", body = Data<GuideView<'_>>),
        (status = 404, description = "The caller is no guide (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn set_guide_availability(
    app: App,
    caller: Caller,
    Body(body): Body<AvailabilityBody>,
) -> Result<Response> {
    let now = app.clock.now();
    let (status, until) = body.check(now)?;
    let mut tx = app.db.write().await?;
    let mut found = store::own(&mut tx, caller).await?.filter(|f| f.guide.is_active).ok_or_else(no_guide)?;
    store::set_availability(&mut tx, found.guide.id, status, until, now);
    tx.commit().await?;
    (found.guide.availability_status, found.guide.unavailable_until) = (status, until);
    let view = GuideView::new(&found, Some(caller), earliest_today(now));
    Ok(Reply::new(view, "Availability updated").into_response())
}

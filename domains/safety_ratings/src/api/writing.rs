//! Rating a trip, and changing one's mind.

use super::{no_rating, no_trip};
use crate::{
    model::{ItineraryId, Rating, RatingId, Safety, Tally},
    store,
    store::{Found, Held, rated},
    view::RatingView,
    wire::{Changes, RatingBody},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::{Admin, Caller},
    clock::Timestamp,
    db::Tx,
    http::{Body, Created, Data, Message, Path, Post, Reply},
};

/// Rate a trip
///
/// `itinerary_id` and `overall_safety_score` are required. One rating a person and trip: doing it again changes the
/// fields that are given, and answers 200. Nobody rates their own.
#[utoipa::path(
    post, path = "/api/safety-ratings", tag = "safety-ratings", operation_id = "create_safety_rating",
    request_body(content = RatingBody, description = "The rating"),
    responses(
        (status = 200, description = "The caller's rating, which was there before", body = Data<RatingView<'_>>),
        (status = 201, description = "The rating", body = Data<RatingView<'_>>),
        (status = 403, description = "It is the caller's own trip (`own_itinerary`)"),
        (status = 404, description = "There is no trip with this id that the caller may see (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn create_safety_rating(app: App, caller: Caller, post: Post<RatingBody>) -> Result<Response> {
    let (body, post) = post.split();
    let (id, changes) = body.check_with_trip(app.clock.now())?;
    rate(app, caller, id, changes, post).await
}

/// Rate this trip
///
/// The same as `POST /api/safety-ratings`, with the trip in the address.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/rating", tag = "safety-ratings", operation_id = "rate_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = RatingBody, description = "The rating"),
    responses(
        (status = 200, description = "The caller's rating, which was there before", body = Data<RatingView<'_>>),
        (status = 201, description = "The rating", body = Data<RatingView<'_>>),
        (status = 403, description = "It is the caller's own trip (`own_itinerary`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn rate_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    post: Post<RatingBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let changes = body.check_new(app.clock.now())?;
    rate(app, caller, id, changes, post).await
}

async fn rate(app: App, caller: Caller, id: ItineraryId, changes: Changes, post: Post<()>) -> Result<Response> {
    let now = app.clock.now();
    // What was hidden since is not shown by a reply that was given before.
    let there = || async {
        store::count_of(&mut app.db.read().await?, id, Some(caller)).await?.map(|_| ()).ok_or_else(no_trip)
    };
    let mut begun = post.begin_while(&app, caller, there).await?;
    if !store::hold(&mut begun.tx, id).await? {
        return Err(no_trip());
    }
    let stand = store::stand(&mut begun.tx, id, caller, now).await?.ok_or_else(no_trip)?;
    if stand.trip_author == caller.id {
        return Err(Error::forbidden("own_itinerary", "You cannot rate your own itinerary"));
    }
    let (before, was_there) = (stand.rating, stand.was_there);
    let is_new = before.is_none();
    let mut rating = before.unwrap_or_else(|| Rating::new(RatingId(app.new_uuid()), id, caller.id, now));
    rating.apply(changes, now);
    rating.verified_traveler = was_there;
    if is_new {
        store::insert(&mut begun.tx, &rating);
        begun.tx.happened("traveler_ratings_changed", caller.id)?;
    } else {
        store::update(&mut begun.tx, &rating);
    }
    count(&mut begun.tx, &rating, stand.others)?;
    let found = Found { author: stand.card, rating, user_vote: None };
    let view = RatingView::new(&found, Some(caller), now);
    if is_new {
        begun.commit(&Created::new(view, "Safety rating added")).await
    } else {
        begun.commit(&Reply::new(view, "Safety rating updated")).await
    }
}

/// Counts a rating that is about to be written together with the others of its trip, which is held.
fn count(tx: &mut Tx, rating: &Rating, mut others: Vec<Tally>) -> Result<()> {
    others.push(Tally::from(rating));
    store::set_safety(tx, rating.itinerary_id, Safety::of(&others));
    rated(tx, rating.itinerary_id)
}

/// Change a safety rating
///
/// Changes the fields that are given; `null` clears one that can be empty. Only its author may, while the trip is there
/// for them.
#[utoipa::path(
    put, path = "/api/safety-ratings/{id}", tag = "safety-ratings", operation_id = "replace_safety_rating",
    params(("id" = RatingId, Path, description = "Which rating", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = RatingBody, description = "What to change"),
    responses(
        (status = 200, description = "The rating as it is now", body = Data<RatingView<'_>>),
        (status = 403, description = "Somebody else gave it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn replace_safety_rating(
    app: App,
    caller: Caller,
    Path(id): Path<RatingId>,
    Body(body): Body<RatingBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

/// Change a safety rating
///
/// The same as PUT: changes the fields that are given; `null` clears one that can be empty. Only its author may, while
/// the trip is there for them.
#[utoipa::path(
    patch, path = "/api/safety-ratings/{id}", tag = "safety-ratings", operation_id = "update_safety_rating",
    params(("id" = RatingId, Path, description = "Which rating", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = RatingBody, description = "What to change"),
    responses(
        (status = 200, description = "The rating as it is now", body = Data<RatingView<'_>>),
        (status = 403, description = "Somebody else gave it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn update_safety_rating(
    app: App,
    caller: Caller,
    Path(id): Path<RatingId>,
    Body(body): Body<RatingBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

async fn change(app: App, caller: Caller, id: RatingId, body: RatingBody) -> Result<Response> {
    let now = app.clock.now();
    let changes = body.check_change(now)?;
    let mut tx = app.db.write().await?;
    let Held { mut found, has_trip, was_there, others } = held(&mut tx, id, caller, now).await?;
    if found.rating.traveler_id != caller.id {
        return Err(Error::forbidden("not_author", "You can only change your own safety ratings"));
    }
    if !has_trip {
        return Err(no_rating());
    }
    found.rating.apply(changes, now);
    found.rating.verified_traveler = was_there;
    store::update(&mut tx, &found.rating);
    count(&mut tx, &found.rating, others)?;
    tx.commit().await?;
    Ok(Reply::new(RatingView::new(&found, Some(caller), now), "Safety rating updated").into_response())
}

/// A rating whose trip is held from now on. What the caller may not see is not there.
async fn held(tx: &mut Tx, id: RatingId, caller: Caller, now: Timestamp) -> Result<Held> {
    if !store::hold_of(tx, id).await? {
        return Err(no_rating());
    }
    // Held first and read then: what is read is what those before this one left.
    store::find_held(tx, id, caller, now).await?.ok_or_else(no_rating)
}

/// Take a safety rating back
///
/// It is gone with the votes on it. Its author may, also when the trip is no longer shown, and administrators.
#[utoipa::path(
    delete, path = "/api/safety-ratings/{id}", tag = "safety-ratings", operation_id = "delete_safety_rating",
    params(("id" = RatingId, Path, description = "Which rating", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "Somebody else gave it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_safety_rating(app: App, caller: Caller, Path(id): Path<RatingId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let Held { found: Found { rating, .. }, others, .. } = held(&mut tx, id, caller, app.clock.now()).await?;
    if rating.traveler_id != caller.id {
        if !caller.is_admin {
            return Err(Error::forbidden("not_author", "You can only change your own safety ratings"));
        }
        Admin::of(&app, caller)?;
    }
    store::delete(&mut tx, id);
    store::set_safety(&mut tx, rating.itinerary_id, Safety::of(&others));
    rated(&mut tx, rating.itinerary_id)?;
    tx.happened("traveler_ratings_changed", rating.traveler_id)?;
    tx.commit().await?;
    Ok(Reply::message("Safety rating deleted"))
}

//! The addresses of reviews.

use super::{
    model::{Review, ReviewId},
    store::{self, Found},
    view::{ReviewHelpfulness, ReviewView, Reviews},
    wire::{About, AnswerBody, Nothing, Rated, ReviewBody, no_review},
};
use crate::guides::{api::no_guide, model::GuideId};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Body, Created, Data, Message, Page, PageQuery, Paged, Pagination, Path, Post, Reply},
};

/// Reviews of a guide
///
/// The newest first. What hidden people say is not there, but it counts in her mean.
#[utoipa::path(
    get, path = "/api/women-safety/guides/{id}/reviews", tag = "women-safety", operation_id = "list_guide_reviews",
    params(
        ("id" = GuideId, Path, description = "Which guide", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses((status = 200, description = "A page of reviews", body = Paged<Reviews<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_guide_reviews(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<GuideId>,
    page: Page,
) -> Result<Response> {
    let mut db = app.db.read().await?;
    let total = store::count_of(&mut db, id, viewer).await?.ok_or_else(no_guide)?;
    let found = if total > page.offset() { store::page_of(&mut db, id, page, viewer).await? } else { Vec::new() };
    let pagination = Pagination::new(page, total);
    let reviews = found.iter().map(ReviewView::new).collect();
    Ok(Reply(Paged::new(Reviews { reviews, pagination: pagination.clone() }, pagination)).into_response())
}

/// Review this guide
///
/// Once a booking that is completed, or was cancelled when it had begun (`was_under_way`), whatever she did since: a guide
/// cannot block her critics.
#[utoipa::path(
    post, path = "/api/women-safety/guides/{id}/reviews", tag = "women-safety", operation_id = "review_guide",
    params(("id" = GuideId, Path, description = "Which guide", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ReviewBody, description = "The review"),
    responses(
        (status = 201, description = "The review", body = Data<ReviewView<'_>>),
        (status = 403, description = "The caller has no completed booking with her (`no_completed_booking`), or is the guide (`own_guide`)"),
        (status = 409, description = "The caller reviewed that already (`already_reviewed`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn review_guide(
    app: App,
    caller: Caller,
    Path(id): Path<GuideId>,
    post: Post<ReviewBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let (about, rated) = body.check_new(Some(id))?;
    review(app, caller, about, rated, post).await
}

/// Review a guide
///
/// The same as `POST /api/women-safety/guides/{id}/reviews`, with the guide or the booking in the body.
#[utoipa::path(
    post, path = "/api/women-safety/reviews", tag = "women-safety", operation_id = "create_guide_review",
    request_body(content = ReviewBody, description = "The review"),
    responses(
        (status = 201, description = "The review", body = Data<ReviewView<'_>>),
        (status = 403, description = "The caller has no completed booking with her (`no_completed_booking`), or is the guide (`own_guide`)"),
        (status = 404, description = "There is no such guide that the caller may see (`not_found`)"),
        (status = 409, description = "The caller reviewed that already (`already_reviewed`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn create_review(app: App, caller: Caller, post: Post<ReviewBody>) -> Result<Response> {
    let (body, post) = post.split();
    let (about, rated) = body.check_new(None)?;
    review(app, caller, about, rated, post).await
}

async fn review(app: App, caller: Caller, about: About, rated: Rated, post: Post<()>) -> Result<Response> {
    let mut begun = post.begin(&app, caller).await?;
    let (stand, tour, author) = store::stand(&mut begun.tx, about, caller).await?;
    let stand = stand.ok_or_else(no_guide)?;
    if stand.owner == caller.id {
        return Err(Error::forbidden("own_guide", "You cannot review yourself"));
    }
    if stand.completed == 0 {
        // Who is hidden from the caller is not there, unless they were on a tour together.
        return Err(if stand.is_seen { no_completed() } else { no_guide() });
    }
    let already = || Error::conflict("already_reviewed", "You have already reviewed this booking");
    let tour = tour.ok_or_else(|| if about.booking.is_some() { no_completed() } else { already() })?;
    let review = Review::new(ReviewId(app.new_uuid()), caller.id, tour, rated, app.clock.now());
    if !store::insert(&mut begun.tx, &review).await? {
        return Err(already());
    }
    let author = author.ok_or_else(no_guide)?;
    begun.tx.happened("guide_reviewed", review.id)?;
    let found = Found { author, review, guide_owner: stand.owner };
    begun.commit(&Created::new(ReviewView::new(&found), "Review added")).await
}

fn no_completed() -> Error {
    Error::forbidden("no_completed_booking", "You must complete a booking to review this guide")
}

/// Change a review
///
/// Changes the fields that are given. Only its author may. The guide's answer stays.
#[utoipa::path(
    put, path = "/api/women-safety/reviews/{id}", tag = "women-safety", operation_id = "update_guide_review",
    params(("id" = ReviewId, Path, description = "Which review", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ReviewBody, description = "What to change"),
    responses(
        (status = 200, description = "The review as it is now", body = Data<ReviewView<'_>>),
        (status = 403, description = "Somebody else wrote it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn update_review(
    app: App,
    caller: Caller,
    Path(id): Path<ReviewId>,
    Body(body): Body<ReviewBody>,
) -> Result<Response> {
    let changes = body.check_change()?;
    let mut tx = app.db.write().await?;
    let mut found = own(store::hold(&mut tx, id, caller).await?, caller)?;
    let before = found.review.rating;
    found.review.apply(changes, app.clock.now());
    store::update(&mut tx, &found.review, found.review.rating - before);
    tx.commit().await?;
    Ok(Reply::new(ReviewView::new(&found), "Review updated").into_response())
}

/// Take a review back
///
/// It is gone with the votes on it and its answer, and the booking can be reviewed again. Only its author may.
#[utoipa::path(
    delete, path = "/api/women-safety/reviews/{id}", tag = "women-safety", operation_id = "delete_guide_review",
    params(("id" = ReviewId, Path, description = "Which review", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "Somebody else wrote it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_review(app: App, caller: Caller, Path(id): Path<ReviewId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let found = own(store::hold(&mut tx, id, caller).await?, caller)?;
    store::delete(&mut tx, &found.review);
    tx.commit().await?;
    Ok(Reply::message("Review deleted"))
}

/// A review that is the caller's to change.
fn own(found: Option<Found>, caller: Caller) -> Result<Found> {
    let found = found.ok_or_else(no_review)?;
    if found.review.traveler_id == caller.id {
        Ok(found)
    } else {
        Err(Error::forbidden("not_author", "You can only change your own reviews"))
    }
}

/// Find a review helpful
///
/// Once a person; again it changes nothing. Not for one's own, nor for those of oneself.
#[utoipa::path(
    post, path = "/api/women-safety/reviews/{id}/helpful", tag = "women-safety", operation_id = "find_review_helpful",
    params(("id" = ReviewId, Path, description = "Which review", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The votes as they are now", body = Data<ReviewHelpfulness>),
        (status = 403, description = "It is by the caller (`own_review`) or about the caller (`own_guide`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn find_review_helpful(
    app: App,
    caller: Caller,
    Path(id): Path<ReviewId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let there =
        || async { store::find(&mut app.db.read().await?, id, caller).await?.map(|_| ()).ok_or_else(no_review) };
    let mut begun = post.begin_while(&app, caller, there).await?;
    let found = store::hold(&mut begun.tx, id, caller).await?.ok_or_else(no_review)?;
    if found.review.traveler_id == caller.id {
        return Err(Error::forbidden("own_review", "You cannot vote on your own review"));
    }
    if found.guide_owner == caller.id {
        return Err(Error::forbidden("own_guide", "You cannot vote on reviews of yourself"));
    }
    let is_new = store::set_helpful(&mut begun.tx, id, caller.id, true, app.clock.now()).await?;
    let helpful_count = found.review.helpful_count + i64::from(is_new);
    begun.commit(&Reply::new(ReviewHelpfulness { helpful_count, user_found_helpful: true }, "Vote counted")).await
}

/// Find a review helpful no longer
///
/// Takes the caller's vote back; without one it changes nothing.
#[utoipa::path(
    delete, path = "/api/women-safety/reviews/{id}/helpful", tag = "women-safety",
    operation_id = "unfind_review_helpful",
    params(("id" = ReviewId, Path, description = "Which review", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The votes as they are now", body = Data<ReviewHelpfulness>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn unfind_review_helpful(
    app: App,
    caller: Caller,
    Path(id): Path<ReviewId>,
) -> Result<Reply<Data<ReviewHelpfulness>>> {
    let mut tx = app.db.write().await?;
    let found = store::hold(&mut tx, id, caller).await?.ok_or_else(no_review)?;
    let was_there = store::set_helpful(&mut tx, id, caller.id, false, app.clock.now()).await?;
    tx.commit().await?;
    let helpful_count = found.review.helpful_count - i64::from(was_there);
    Ok(Reply::new(ReviewHelpfulness { helpful_count, user_found_helpful: false }, "Vote taken back"))
}

/// Answer a review
///
/// The guide may, once.
#[utoipa::path(
    post, path = "/api/women-safety/reviews/{id}/answer", tag = "women-safety", operation_id = "answer_review",
    params(("id" = ReviewId, Path, description = "Which review", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = AnswerBody, description = "The answer"),
    responses(
        (status = 201, description = "The review with its answer", body = Data<ReviewView<'_>>),
        (status = 403, description = "It is about somebody else (`guide_only`)"),
        (status = 409, description = "She answered already (`already_answered`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn answer_review(
    app: App,
    caller: Caller,
    Path(id): Path<ReviewId>,
    post: Post<AnswerBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let answer = body.check()?;
    let now = app.clock.now();
    // Before a reply that was given earlier is given again: whoever is hidden since must not be shown.
    let there =
        || async { store::find(&mut app.db.read().await?, id, caller).await?.map(|_| ()).ok_or_else(no_review) };
    let mut begun = post.begin_while(&app, caller, there).await?;
    let mut found = store::hold(&mut begun.tx, id, caller).await?.ok_or_else(no_review)?;
    if found.guide_owner != caller.id {
        return Err(Error::forbidden("guide_only", "Only the guide whom it is about may answer"));
    }
    if found.review.guide_answer.is_some() {
        return Err(Error::conflict("already_answered", "You answered this review already"));
    }
    store::set_answer(&mut begun.tx, id, &answer, now);
    (found.review.guide_answer, found.review.answered_at) = (Some(answer), Some(now));
    begun.tx.happened("guide_review_answered", id)?;
    begun.commit(&Created::new(ReviewView::new(&found), "Answer added")).await
}

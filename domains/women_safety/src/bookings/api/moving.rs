//! Answering a request, and how a booking ends. What may follow what is `model::after`.

use super::{booking::day_taken, no_booking};
use crate::{
    bookings::{
        model::{BookingId, Move, Outcome, Status, after},
        store::{self, Found},
        view::BookingView,
        wire::{Nothing, ReasonBody},
    },
    guides::model::latest_today,
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    db::Tx,
    http::{Data, Path, Post, Reply},
};

/// Confirm a booking
///
/// The guide promises these days to the traveller, who sees from now on how to reach her. A day is promised once, however
/// many are confirmed at the same time.
#[utoipa::path(
    post, path = "/api/women-safety/bookings/{id}/confirm", tag = "women-safety", operation_id = "confirm_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 403, description = "It is the guide's to confirm (`guide_only`)"),
        (status = 409, description = "It is not a request any more (`illegal_transition`), or one of the days is promised to somebody else (`day_taken`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn confirm_booking(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    make(app, caller, id, Move::Confirm, None, post).await
}

/// Decline a booking
///
/// The guide says no to a request.
#[utoipa::path(
    post, path = "/api/women-safety/bookings/{id}/decline", tag = "women-safety", operation_id = "decline_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ReasonBody, description = "Why; not needed"),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 403, description = "It is the guide's to decline (`guide_only`)"),
        (status = 409, description = "It is not a request any more (`illegal_transition`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn decline_booking(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    post: Post<ReasonBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    make(app, caller, id, Move::Decline, body.check()?, post).await
}

/// Cancel a booking
///
/// Either side may: a request at any time, what is confirmed before its first day has begun anywhere on Earth; the traveller
/// also later, until the last day is over, and can review what has begun. Its days to come are free again.
#[utoipa::path(
    post, path = "/api/women-safety/bookings/{id}/cancel", tag = "women-safety", operation_id = "cancel_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ReasonBody, description = "Why; not needed"),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 409, description = "It is over, or it has begun and the guide asks (`illegal_transition`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn cancel_booking(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    post: Post<ReasonBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    make(app, caller, id, Move::Cancel, body.check()?, post).await
}

/// Cancel a booking
///
/// The same as `POST /api/women-safety/bookings/{id}/cancel` without a reason. It stays in the lists of both sides.
#[utoipa::path(
    delete, path = "/api/women-safety/bookings/{id}", tag = "women-safety", operation_id = "delete_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 409, description = "It is over, or it has begun and the guide asks (`illegal_transition`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_booking(app: App, caller: Caller, Path(id): Path<BookingId>) -> Result<Response> {
    let mut tx = app.db.write().await?;
    let found = moved(&app, &mut tx, caller, id, Move::Cancel, None).await?;
    tx.commit().await?;
    Ok(Reply::new(BookingView::new(&found, caller), "Booking cancelled").into_response())
}

/// Call a booking completed
///
/// From its first day on. It is completed once both sides said so, or with the first word after its last day; two days after
/// that it is without a word. Its days to come are free again, and the traveller can review it. For 14 days after the last one
/// her word also counts against the guide's that nobody came.
#[utoipa::path(
    post, path = "/api/women-safety/bookings/{id}/complete", tag = "women-safety", operation_id = "complete_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 409, description = "It is not confirmed, or has not begun, or a no-show was reported and not contradicted in time (`illegal_transition`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn complete_booking(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    make(app, caller, id, Move::Complete, None, post).await
}

/// Report a no-show
///
/// The guide says that nobody came; once the last day is over everywhere on Earth, and not once the traveller called it
/// completed. For 14 days after that day the traveller can contradict, by calling it completed.
#[utoipa::path(
    post, path = "/api/women-safety/bookings/{id}/no-show", tag = "women-safety", operation_id = "report_no_show",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 403, description = "It is the guide's to report (`guide_only`)"),
        (status = 409, description = "It is not confirmed, is not over, or was called completed by the traveller (`illegal_transition`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn report_no_show(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    make(app, caller, id, Move::NoShow, None, post).await
}

async fn make(
    app: App,
    caller: Caller,
    id: BookingId,
    step: Move,
    reason: Option<String>,
    post: Post<()>,
) -> Result<Response> {
    let mut begun = match post.clone().begin(&app, caller).await {
        Err(Error::Replay(given)) => {
            let found = store::find(&mut app.db.read().await?, id, caller).await?.ok_or_else(no_booking)?;
            // The reply shows the other side, and must not be given again when they are hidden since.
            if found.other.is_some() {
                return Err(Error::Replay(given));
            }
            post.without_key().begin(&app, caller).await?
        }
        begun => begun?,
    };
    let found = moved(&app, &mut begun.tx, caller, id, step, reason).await?;
    let message = match (step, found.booking.status) {
        (Move::Confirm, _) => "Booking confirmed",
        (Move::Decline, _) => "Booking declined",
        (Move::Cancel, _) => "Booking cancelled",
        (Move::Complete, Status::Completed) => "Booking completed",
        (Move::Complete, _) => "Kept; the other side has to say so too",
        (Move::NoShow, _) => "No-show reported",
    };
    begun.commit(&Reply::new(BookingView::new(&found, caller), message)).await
}

/// Makes a move with a booking, and tells whoever listens.
async fn moved(
    app: &App,
    tx: &mut Tx,
    caller: Caller,
    id: BookingId,
    step: Move,
    reason: Option<String>,
) -> Result<Found> {
    let now = app.clock.now();
    let (mut found, takes) = store::hold_to_move(tx, id, caller).await?.ok_or_else(no_booking)?;
    let (side, is_seen) = (found.side(caller.id), found.other.is_some());
    let booking = &mut found.booking;
    let from = booking.status;
    let outcome = after(from, step, side, booking.phase(now), booking.other_said(side));
    let illegal = || {
        let (from, to) = (from.word(), step.to().word());
        Error::conflict("illegal_transition", format!("There is no way from {from} to {to} now"))
    };
    match outcome {
        Outcome::NotYours => return Err(Error::forbidden("guide_only", "Only the guide of this booking may do this")),
        Outcome::Illegal => return Err(illegal()),
        // A job is about to end what those had who do not see each other any more.
        Outcome::Now(Status::Confirmed) if !is_seen => return Err(illegal()),
        // Another one ends what is asked of a guide for women by who is verified no longer.
        Outcome::Now(Status::Confirmed) if !takes => return Err(illegal()),
        Outcome::Now(_) | Outcome::Said => {}
    }
    booking.follow(outcome, side, caller.id, now);
    booking.reason = reason.or(booking.reason.take());
    match outcome {
        Outcome::Now(Status::Confirmed) => {
            store::take_days(tx, booking).await.map_err(
                |error| {
                    if error.is_unique() { day_taken() } else { error.into() }
                },
            )?;
        }
        Outcome::Now(Status::Cancelled | Status::Completed) if from == Status::Confirmed => {
            store::free_days(tx, &[id], latest_today(now));
        }
        _ => {}
    }
    store::keep(tx, booking);
    if let Outcome::Now(status) = outcome {
        tx.happened(event(status), id)?;
    }
    Ok(found)
}

/// What others hear of it.
const fn event(status: Status) -> &'static str {
    match status {
        Status::Requested => "booking_requested",
        Status::Confirmed => "booking_confirmed",
        Status::Declined => "booking_declined",
        Status::Cancelled => "booking_cancelled",
        Status::Completed => "booking_completed",
        Status::NoShow => "booking_no_show",
    }
}

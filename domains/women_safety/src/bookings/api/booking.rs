//! Asking a guide for some days, and changing one's mind before she answers.

use super::no_booking;
use crate::{
    bookings::{
        model::{Booking, BookingId, Status},
        store::{self, Chance, Found},
        view::BookingView,
        wire::{BookingBody, SharingBody, Wanted},
    },
    guides::{
        self,
        api::no_guide,
        model::{Guide, GuideId},
    },
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::{Caller, TravelerId},
    http::{Body, Created, Data, Path, Post, Reply},
};

/// Book this guide
///
/// Asks her for these days; she confirms or declines. The price is eight hours a day at her rate of now. `booking_date` is
/// read for one day.
#[utoipa::path(
    post, path = "/api/women-safety/guides/{id}/book", tag = "women-safety", operation_id = "book_guide",
    params(("id" = GuideId, Path, description = "Which guide", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = BookingBody, description = "What is wanted"),
    responses(
        (status = 201, description = "The request", body = Data<BookingView<'_>>),
        (status = 403, description = "She takes verified women only (`women_only`), or is the caller (`own_guide`)"),
        (status = 409, description = "She takes no bookings then (`guide_unavailable`), not so many (`group_too_large`), is somebody else's then (`day_taken`), or was asked already (`already_requested`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn book_guide(
    app: App,
    caller: Caller,
    Path(id): Path<GuideId>,
    post: Post<BookingBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let wanted = body.check_new(app.clock.now())?;
    book(app, caller, id, wanted, post).await
}

/// Book a guide
///
/// The same as `POST /api/women-safety/guides/{id}/book`, with `guide_id` in the body.
#[utoipa::path(
    post, path = "/api/women-safety/bookings", tag = "women-safety", operation_id = "create_booking",
    request_body(content = BookingBody, description = "Which guide, and what is wanted"),
    responses(
        (status = 201, description = "The request", body = Data<BookingView<'_>>),
        (status = 403, description = "She takes verified women only (`women_only`), or is the caller (`own_guide`)"),
        (status = 404, description = "There is no guide with this id that the caller may see (`not_found`)"),
        (status = 409, description = "She takes no bookings then (`guide_unavailable`), not so many (`group_too_large`), is somebody else's then (`day_taken`), or was asked already (`already_requested`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn create_booking(app: App, caller: Caller, post: Post<BookingBody>) -> Result<Response> {
    let (body, post) = post.split();
    let (id, wanted) = body.check_with_guide(app.clock.now())?;
    book(app, caller, id, wanted, post).await
}

async fn book(app: App, caller: Caller, id: GuideId, wanted: Wanted, post: Post<()>) -> Result<Response> {
    // Before a reply that was given earlier is given again: whoever is hidden since must not be shown.
    let there = || async {
        let found = guides::store::find(&mut app.db.read().await?, id, Some(caller)).await?.ok_or_else(no_guide)?;
        is_another(&found, caller)
    };
    let mut begun = post.begin_while(&app, caller, there).await?;
    let asked = store::asked(&mut begun.tx, id, (wanted.start_date, wanted.end_date), caller).await?;
    let (found, chance, takes) = asked.ok_or_else(no_guide)?;
    is_another(&found, caller)?;
    may_have(&found.guide, &wanted, chance, takes)?;
    let booking = Booking::new(BookingId(app.new_uuid()), &found.guide, caller.id, wanted, app.clock.now());
    if !store::insert(&mut begun.tx, &booking).await? {
        return Err(already_requested());
    }
    begun.tx.happened("booking_requested", booking.id)?;
    let found = Found { booking, other: Some(found.author) };
    begun.commit(&Created::new(BookingView::new(&found, caller), "Booking request sent to guide")).await
}

fn is_another(found: &guides::store::Found, caller: Caller) -> Result<()> {
    if found.guide.traveler_id == caller.id {
        return Err(Error::forbidden("own_guide", "You cannot book yourself"));
    }
    Ok(())
}

/// Whether the guide can be asked for that.
fn may_have(guide: &Guide, wanted: &Wanted, chance: Chance, takes: bool) -> Result<()> {
    if !chance.is_there {
        return Err(no_guide());
    }
    if !takes {
        return Err(Error::forbidden("women_only", "She takes verified women only"));
    }
    if !guide.takes(wanted.start_date) {
        return Err(Error::conflict("guide_unavailable", "She takes no bookings for these days"));
    }
    if wanted.group_size > guide.max_group_size {
        return Err(Error::conflict("group_too_large", format!("She takes {} at most", guide.max_group_size)));
    }
    if chance.is_taken {
        return Err(day_taken());
    }
    Ok(())
}

/// A day of these is somebody else's.
pub(super) fn day_taken() -> Error {
    Error::conflict("day_taken", "She is booked on one of these days")
}

fn already_requested() -> Error {
    Error::conflict("already_requested", "You asked her for these days already")
}

/// Change a request
///
/// Changes the fields that are given, at the guide's rate of now. Only the traveller may, and only until she answers.
#[utoipa::path(
    put, path = "/api/women-safety/bookings/{id}", tag = "women-safety", operation_id = "update_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = BookingBody, description = "What to change"),
    responses(
        (status = 200, description = "The request as it is now", body = Data<BookingView<'_>>),
        (status = 403, description = "It is the traveller's to change (`traveler_only`), or she takes verified women only (`women_only`)"),
        (status = 409, description = "It was answered already (`illegal_transition`), or what is wanted cannot be had (`guide_unavailable`, `group_too_large`, `day_taken`, `already_requested`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn update_booking(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    Body(body): Body<BookingBody>,
) -> Result<Response> {
    let now = app.clock.now();
    body.check_fields()?;
    let mut tx = app.db.write().await?;
    let found = store::hold_and_find(&mut tx, id, caller).await?.ok_or_else(no_booking)?;
    if found.booking.traveler_id != caller.id {
        return Err(Error::forbidden("traveler_only", "Only the traveller changes a request"));
    }
    let wanted = body.check_change(Wanted::from(&found.booking), now)?;
    if found.booking.status != Status::Requested {
        return Err(Error::conflict(
            "illegal_transition",
            format!("A booking that is {} cannot be changed", found.booking.status.word()),
        ));
    }
    let days = (wanted.start_date, wanted.end_date);
    let (guides::store::Found { guide, .. }, chance, takes) =
        store::asked(&mut tx, found.booking.guide_id, days, caller).await?.ok_or_else(no_booking)?;
    may_have(&guide, &wanted, chance, takes)?;
    let booking = changed(found.booking, &guide, caller.id, wanted.clone(), now);
    store::change(&mut tx, id, &wanted, booking.total_cost_cents, now)
        .await
        .map_err(|error| if error.is_unique() { already_requested() } else { error.into() })?;
    tx.commit().await?;
    let found = Found { booking, other: found.other };
    Ok(Reply::new(BookingView::new(&found, caller), "Booking updated").into_response())
}

/// Share the emergency contacts with the guide, or stop
///
/// Only the traveller may, and at any time, also when the booking was answered. While it is shared, the guide finds those who
/// agreed to be a contact in the booking, from a day before its first day to a day after its last one, and the medical text
/// with `medical_shared_with_guides` of the settings.
#[utoipa::path(
    put, path = "/api/women-safety/bookings/{id}/sharing", tag = "women-safety", operation_id = "share_emergency_contacts",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = SharingBody, description = "Whether to share"),
    responses(
        (status = 200, description = "The booking as it is now", body = Data<BookingView<'_>>),
        (status = 403, description = "It is the traveller's to share (`traveler_only`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn share_emergency_contacts(
    app: App,
    caller: Caller,
    Path(id): Path<BookingId>,
    Body(body): Body<SharingBody>,
) -> Result<Response> {
    let is_shared = body.check()?;
    let mut tx = app.db.write().await?;
    let mut found = store::hold_and_find(&mut tx, id, caller).await?.ok_or_else(no_booking)?;
    if found.booking.traveler_id != caller.id {
        return Err(Error::forbidden("traveler_only", "Only the traveller shares the emergency contacts"));
    }
    let now = app.clock.now();
    store::share(&mut tx, id, is_shared, now);
    tx.commit().await?;
    (found.booking.emergency_contacts_shared, found.booking.updated_at) = (is_shared, now);
    let message = if is_shared { "Emergency contacts shared" } else { "Emergency contacts no longer shared" };
    Ok(Reply::new(BookingView::new(&found, caller), message).into_response())
}

fn changed(
    before: Booking,
    guide: &Guide,
    traveler: TravelerId,
    wanted: Wanted,
    now: kernel::clock::Timestamp,
) -> Booking {
    Booking { created_at: before.created_at, ..Booking::new(before.id, guide, traveler, wanted, now) }
}

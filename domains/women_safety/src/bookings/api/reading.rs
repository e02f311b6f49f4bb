//! Reading bookings: one's own, and those of one's guests.

use super::no_booking;
use crate::{
    bookings::{
        model::{BookingId, Side},
        store,
        view::{BookingView, Bookings, OneBookingView},
        wire::{BookingQuery, Which},
    },
    settings,
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Result,
    auth::Caller,
    http::{Data, Page, PageQuery, Paged, Pagination, Path, Query, Reply},
};

/// My bookings
///
/// What the caller asked guides for, the newest first.
#[utoipa::path(
    get, path = "/api/women-safety/bookings", tag = "women-safety", operation_id = "list_own_bookings",
    params(BookingQuery, PageQuery),
    responses((status = 200, description = "A page of bookings", body = Paged<Bookings<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_own_bookings(
    app: App,
    caller: Caller,
    Query(query): Query<BookingQuery>,
    page: Page,
) -> Result<Response> {
    list(app, Side::Traveler, caller, query, page).await
}

/// Bookings of my guests
///
/// What others asked the caller for as a guide, the newest first. Nothing for whoever is none.
#[utoipa::path(
    get, path = "/api/women-safety/bookings/guests", tag = "women-safety", operation_id = "list_guests_bookings",
    params(BookingQuery, PageQuery),
    responses((status = 200, description = "A page of bookings", body = Paged<Bookings<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_guests_bookings(
    app: App,
    caller: Caller,
    Query(query): Query<BookingQuery>,
    page: Page,
) -> Result<Response> {
    list(app, Side::Guide, caller, query, page).await
}

async fn list(app: App, side: Side, caller: Caller, query: BookingQuery, page: Page) -> Result<Response> {
    let (mut total, mut found) = (0, Vec::new());
    if let Some(Which { status }) = query.read() {
        let mut db = app.db.read().await?;
        total = store::count(&mut db, side, caller, status).await?;
        if total > page.offset() {
            found = store::page(&mut db, side, caller, status, page).await?;
        }
    }
    let pagination = Pagination::new(page, total);
    let bookings = found.iter().map(|f| BookingView::new(f, caller)).collect();
    Ok(Reply(Paged::new(Bookings { bookings, pagination: pagination.clone() }, pagination)).into_response())
}

/// A booking
///
/// For its two sides only. From a day before its first day to a day after its last one the guide gets `emergency`: whom to call
/// for the traveller, if `emergency_contacts_shared`.
#[utoipa::path(
    get, path = "/api/women-safety/bookings/{id}", tag = "women-safety", operation_id = "get_booking",
    params(("id" = BookingId, Path, description = "Which booking", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The booking", body = Data<OneBookingView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn get_booking(app: App, caller: Caller, Path(id): Path<BookingId>) -> Result<Response> {
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, caller).await?.ok_or_else(no_booking)?;
    // Not to a guide from whom the traveller is hidden.
    let is_guide = found.side(caller.id) == Side::Guide && found.other.is_some();
    let emergency = if is_guide && found.booking.shows_emergency(app.clock.now()) {
        let shown = settings::for_guide(&app, &mut db, found.booking.traveler_id, caller.id).await?;
        tracing::info!(booking = %id, guide = %caller.id, "a guide was shown the emergency contacts of a booking");
        Some(shown)
    } else {
        None
    };
    let view = OneBookingView { booking: BookingView::new(&found, caller), emergency };
    Ok(Reply::new(view, "Booking retrieved").into_response())
}

//! Waiting for a seat.

use super::no_group;
use crate::{
    model::{GroupId, MOST_WAITING, WaitId, already_member},
    store,
    view::PlaceView,
    wire::Nothing,
};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Created, Data, Message, Path, Post, Reply},
};

/// Wait for a seat
///
/// Puts the caller at the end of the waiting list of a full group. A seat that becomes free is held for 24 hours for
/// whoever waits longest, then for the next: `pending.waitlist` of the group says so. Where somebody has to agree it is
/// not held: whom it is offered to can ask, as others can; whoever was sent away is offered none, and can ask. Doing it again
/// keeps the place.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/waitlist", tag = "travel-groups", operation_id = "wait_for_seat",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The caller's place, which they had before", body = Data<PlaceView>),
        (status = 201, description = "The caller's place", body = Data<PlaceView>),
        (status = 409, description = "There is a seat: join (`seats_free`); the caller is a member (`already_member`); \
            it has traveled (`group_over`); 500 wait already (`waitlist_full`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn wait_for_seat(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let now = app.clock.now();
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || super::still_seen(&app, id, caller)).await?;
    let tx = &mut begun.tx;
    let (group, standing) = store::seats::hold_to_join(tx, id, caller, now).await?.ok_or_else(no_group)?;
    if group.is_women_only && !standing.women_verified {
        return Err(no_group());
    }
    if standing.is_member() {
        return Err(already_member());
    }
    let (place, waiting) = store::seats::place_among(tx, id, caller.id, now).await?;
    if let Some(place) = place {
        return begun.commit(&Reply::new(PlaceView::from(place), "You are waiting")).await;
    }
    group.is_open(now)?;
    // Whoever gets no seat for another reason waits like the others, or they would learn of it.
    if !standing.is_full(&group) {
        return Err(Error::conflict("seats_free", "There is a free seat: join"));
    }
    if waiting >= MOST_WAITING {
        return Err(Error::conflict("waitlist_full", "500 people wait already"));
    }
    let place = store::seats::Place { id: WaitId(app.new_uuid()), position: waiting + 1, offered_until: None };
    store::seats::wait(tx, place.id, id, caller.id, now);
    begun.commit(&Created::new(PlaceView::from(place), "You are waiting")).await
}

/// Stop waiting
///
/// Gives the place up, and a seat that was held with it, also of a group that the caller does not see any more.
#[utoipa::path(
    delete, path = "/api/travel-groups/{id}/waitlist", tag = "travel-groups", operation_id = "stop_waiting",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The caller does not wait any more", body = Message),
        (status = 404, description = "There is no such group, or the caller does not wait (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn stop_waiting(app: App, caller: Caller, Path(id): Path<GroupId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let now = app.clock.now();
    // Whoever does not see the group any more, because of a block, is not kept waiting by that.
    store::hold_any(&mut tx, id).await?.ok_or_else(no_group)?;
    let standing = store::seats::standing(&mut tx, id, caller.id, now).await?.ok_or_else(no_group)?;
    if !standing.is_waiting {
        store::hold(&mut tx, id, caller).await?.ok_or_else(no_group)?;
        return Err(Error::NotFound("Place in the waiting list"));
    }
    store::seats::stop_waiting(&mut tx, id, caller.id);
    store::seats::pass_on(&mut tx, id, now)?;
    tx.commit().await?;
    Ok(Reply::message("You are not waiting"))
}

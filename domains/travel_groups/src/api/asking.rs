//! Requests to join a group that approves its members.

use super::{joining::seat, managed_with, nobody};
use crate::{
    model::{Door, GroupId, RequestId, full},
    store,
    view::{Membership, RequestView},
    wire::{Nothing, RequestPath},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Given, Result,
    auth::{Caller, TravelerId},
    db::Tx,
    http::{Data, Listing, Message, Page, PageQuery, Path, Post, Reply},
};
use serde::Deserialize;

/// Who asks to join a group
///
/// The latest first. For its organizers and moderators.
#[utoipa::path(
    get, path = "/api/travel-groups/{id}/requests", tag = "travel-groups", operation_id = "list_group_requests",
    params(
        ("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "A page of requests", body = Listing<RequestView<'_>>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_group_requests(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    page: Page,
) -> Result<Response> {
    let mut db = app.db.read().await?;
    super::may_read(&mut db, id, caller).await?;
    let (requests, total) = store::people::requests(&mut db, id, page, caller).await?;
    Ok(Reply(Listing::new(requests.iter().map(RequestView::from).collect(), page, total)).into_response())
}

/// Agree to a request
///
/// They get a seat, if there is one. For the group's organizers and moderators.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/requests/{request_id}/approve", tag = "travel-groups",
    operation_id = "approve_group_request", params(RequestPath),
    responses(
        (status = 200, description = "Their membership", body = Data<Membership>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
        (status = 409, description = "There is no seat (`group_full`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn approve_group_request(
    app: App,
    caller: Caller,
    Path(RequestPath { id, request_id }): Path<RequestPath>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = match post.begin(&app, caller).await {
        Err(Error::Replay(given)) => {
            still_approved(&app, id, caller, &given).await?;
            return Err(Error::Replay(given));
        }
        begun => begun?,
    };
    let membership = agree(&mut begun.tx, &app, id, request_id, caller).await?;
    begun.commit(&Reply::new(membership, "Request approved")).await
}

/// That the caller still has a say, and may know of whom the reply names: the request that did is gone.
async fn still_approved(app: &App, id: GroupId, caller: Caller, given: &Given) -> Result<()> {
    let approved: Approved = super::said(given)?;
    super::still_managed(app, id, caller, Some(approved.traveler_id)).await
}

/// What is read of an approval that was given before.
#[derive(Deserialize)]
struct Approved {
    traveler_id: TravelerId,
}

/// Gives whoever asked a seat.
pub(super) async fn agree(
    tx: &mut Tx,
    app: &App,
    id: GroupId,
    request: RequestId,
    caller: Caller,
) -> Result<Membership> {
    let requester = store::people::requester(id, request, caller);
    let (group, _, asked) = managed_with::<TravelerId>(tx, app, id, caller, requester).await?;
    let asked = asked.ok_or_else(no_request)?;
    let now = app.clock.now();
    let standing = store::seats::standing_to_join(tx, id, asked, now).await?.ok_or_else(nobody)?;
    if group.is_women_only && !standing.women_verified {
        return Err(full());
    }
    let (membership, _) = seat(tx, app, &group, (asked, &standing), Door::Asked)?;
    tx.happened("travel_group_request_approved", membership.id)?;
    Ok(membership)
}

/// Refuse a request
///
/// It is gone; they may ask again, unless they are banned. For the group's organizers and moderators.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/requests/{request_id}/reject", tag = "travel-groups",
    operation_id = "reject_group_request", params(RequestPath),
    responses(
        (status = 200, description = "It is refused", body = Message),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn reject_group_request(
    app: App,
    caller: Caller,
    Path(RequestPath { id, request_id }): Path<RequestPath>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || super::still_managed(&app, id, caller, None)).await?;
    let requester = store::people::requester(id, request_id, caller);
    let (_, _, asked) = managed_with::<TravelerId>(&mut begun.tx, &app, id, caller, requester).await?;
    store::people::forget_request(&mut begun.tx, id, asked.ok_or_else(no_request)?);
    begun.commit(&Reply::message("Request rejected")).await
}

fn no_request() -> Error {
    Error::NotFound("Request")
}

//! Coming and going.

use super::{no_group, pending, seated};
use crate::{
    model::{Admission, Door, Group, GroupId, MemberId, RequestId, Role, Standing, admit},
    store,
    store::seats::Going,
    view::Membership,
    wire::Nothing,
};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::{Caller, TravelerId},
    db::Tx,
    http::{Accepted, Created, Data, Message, Path, Post, Reply, data},
};

/// Gives somebody a seat in a group that is held, if the rule lets them in; the membership, and whether it is new.
pub(super) fn seat(
    tx: &mut Tx,
    app: &App,
    group: &Group,
    (traveler, standing): (TravelerId, &Standing),
    door: Door,
) -> Result<(Membership, Admission)> {
    let now = app.clock.now();
    let admission = admit(group, standing, door, now)?;
    if admission == Admission::Asks {
        let id = standing.request_id.unwrap_or_else(|| RequestId(app.new_uuid()));
        if standing.request_id.is_none() {
            store::people::ask(tx, id, group.id, traveler, now);
            tx.happened("travel_group_requested", id)?;
        }
        return Ok((pending(id.0, group.id, traveler, now), admission));
    }
    let id = standing.member_id.unwrap_or_else(|| MemberId(app.new_uuid()));
    store::seats::take(tx, id, group.id, traveler, Role::Member, now);
    if standing.held > 0 {
        // One may be of the seat that was taken, where somebody has to agree, or to somebody whom a block keeps from it now.
        store::seats::pass_on(tx, group.id, now)?;
    }
    tx.happened("travel_group_members_changed", group.id)?;
    Ok((seated(id.0, group.id, traveler, now), admission))
}

/// Join a group
///
/// Takes a seat, or asks for it where the group approves its members, or once was left by being sent away. When there is
/// none to be had it is a 409, and nobody is put on the waiting list by that.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/join", tag = "travel-groups", operation_id = "join_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The caller's membership, again", body = Data<Membership>),
        (status = 201, description = "The caller's membership", body = Data<Membership>),
        (status = 202, description = "Somebody has to agree", body = Data<Membership>),
        (status = 409, description = "There is no seat (`group_full`), the caller is a member (`already_member`), or it \
            has traveled (`group_over`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn join_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || super::still_seen(&app, id, caller)).await?;
    let held = store::seats::hold_to_join(&mut begun.tx, id, caller, app.clock.now()).await?;
    let (group, standing) = held.ok_or_else(no_group)?;
    // What the request knew of her may be a moment old by now.
    if group.is_women_only && !standing.women_verified {
        return Err(no_group());
    }
    let (membership, admission) = seat(&mut begun.tx, &app, &group, (caller.id, &standing), Door::Open)?;
    match admission {
        Admission::First => begun.commit(&Created::new(membership, "Joined travel group")).await,
        Admission::Again => begun.commit(&Reply::new(membership, "Rejoined group")).await,
        Admission::Asks => begun.commit(&Accepted(data(membership, "The organizers were asked"))).await,
    }
}

/// Leave a group
///
/// Gives the seat up, or takes back what was asked for, also of a group that the caller does not see any more. The creator
/// hands the group over first, or deletes it.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/leave", tag = "travel-groups", operation_id = "leave_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The caller does not belong to it", body = Message),
        (status = 404, description = "There is no such group, or the caller does not belong to it (`not_found`)"),
        (status = 409, description = "The caller is its creator (`creator_stays`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn leave_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    // One's own going is said again also of a group that is hidden meanwhile.
    let mut begun = post.begin(&app, caller).await?;
    // Whoever does not see the group any more, because of a block, is not kept in it by that.
    let group = store::hold_any(&mut begun.tx, id).await?.ok_or_else(no_group)?;
    let standing = store::seats::standing(&mut begun.tx, id, caller.id, app.clock.now()).await?.ok_or_else(no_group)?;
    if !standing.is_member() {
        if standing.request_id.is_none() {
            store::hold(&mut begun.tx, id, caller).await?.ok_or_else(no_group)?;
            return Err(Error::NotFound("Membership"));
        }
        store::people::forget_request(&mut begun.tx, id, caller.id);
        return begun.commit(&Reply::message("Request taken back")).await;
    }
    if group.creator_id == caller.id {
        let message = "The creator cannot leave the group: hand it over, or delete it";
        return Err(Error::conflict("creator_stays", message));
    }
    store::seats::give_up(&mut begun.tx, id, caller.id, Going::Left, app.clock.now())?;
    begun.commit(&Reply::message("Left travel group")).await
}

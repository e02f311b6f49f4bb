//! Who belongs to a group: the list, roles, the creator's place, and sending somebody away.

use super::{asking, held, managed, no_group, no_member};
use crate::{
    jobs::LEADER_MADE,
    model::{Group, GroupId, MOST_GROUPS, MemberId, RequestId, Role},
    store,
    store::{Meant, seats::Going},
    view::{MemberView, Members, Membership},
    wire::{MemberPath, Nothing, RoleBody, TravelerBody, Wanted},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::{Caller, TravelerId},
    db::Tx,
    http::{Body, Data, Message, Page, PageQuery, Paged, Pagination, Path, Post, Reply},
};

/// Who belongs to a group
///
/// The first to come first, without those whom the reader does not see; for others than members the organizer only.
#[utoipa::path(
    get, path = "/api/travel-groups/{id}/members", tag = "travel-groups", operation_id = "list_group_members",
    params(
        ("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses((status = 200, description = "A page of members", body = Paged<Members<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_group_members(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<GroupId>,
    page: Page,
) -> Result<Response> {
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, viewer).await?.ok_or_else(no_group)?;
    let Some(viewer) = viewer.filter(|_| found.role.is_some()) else {
        let members = if page.number() == 1 { vec![MemberView::organizer(&found)] } else { Vec::new() };
        return Ok(named(members, Pagination::new(page, 1)));
    };
    let members = store::members_page(&mut db, id, page, viewer).await?;
    let total = store::members_count(&mut db, id, viewer).await?;
    Ok(named(members.iter().map(MemberView::new).collect(), Pagination::new(page, total)))
}

fn named(members: Vec<MemberView<'_>>, pagination: Pagination) -> Response {
    Reply(Paged::new(Members { members, pagination: pagination.clone() }, pagination)).into_response()
}

/// Give a member a role
///
/// `member`, `moderator` or `organizer`. Its organizers may; only the creator makes organizers, or takes it from them, and
/// stays one. Whoever does not see a new moderator or organizer, because of a block, leaves. `accepted` agrees to a
/// request, as `POST .../requests/{request_id}/approve` does.
#[utoipa::path(
    put, path = "/api/travel-groups/{id}/members/{member_id}/role", tag = "travel-groups",
    operation_id = "set_group_role", params(MemberPath),
    request_body(content = RoleBody, description = "The role"),
    responses(
        (status = 200, description = "The member as they are now", body = Data<Membership>),
        (status = 403, description = "The caller gives no roles (`not_organizer`), or not this one (`not_creator`)"),
        (status = 409, description = "They are the creator (`creator_stays`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn set_group_role(
    app: App,
    caller: Caller,
    Path(MemberPath { id, member_id }): Path<MemberPath>,
    Body(body): Body<RoleBody>,
) -> Result<Response> {
    let wanted = body.check()?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let Wanted::Role(role) = wanted else {
        let membership = asking::agree(&mut tx, &app, id, RequestId(member_id.0), caller).await?;
        tx.commit().await?;
        return Ok(Reply::new(membership, "Request approved").into_response());
    };
    let (group, standing) = held(&mut tx, &app, id, caller).await?;
    if standing.role() != Some(Role::Organizer) {
        return Err(Error::forbidden("not_organizer", "Only organizers of the group give roles"));
    }
    let member = store::member(&mut tx, id, member_id, caller).await?.ok_or_else(no_member)?;
    let meant = (member.traveler_id, member.role());
    group.may_appoint((caller.id, standing.role()), meant, role)?;
    store::set_role(&mut tx, id, member.traveler_id, role, now);
    if role > member.role() {
        tx.happened_amid_requests(LEADER_MADE, member.traveler_id)?;
    }
    tx.commit().await?;
    let membership =
        Membership { role: role.name(), ..super::seated(member.id.0, id, member.traveler_id, member.joined_at) };
    Ok(Reply::new(membership, "Role changed").into_response())
}

/// Send a member away
///
/// They come back only when somebody agrees. Its organizers and moderators may, each those with a lower role; nobody sends
/// the creator away.
#[utoipa::path(
    delete, path = "/api/travel-groups/{id}/members/{member_id}", tag = "travel-groups",
    operation_id = "remove_group_member", params(MemberPath),
    responses(
        (status = 200, description = "They do not belong to it any more", body = Message),
        (status = 403, description = "The caller may not send them away (`not_organizer`)"),
        (status = 409, description = "They are the creator (`creator_stays`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn remove_group_member(
    app: App,
    caller: Caller,
    Path(MemberPath { id, member_id }): Path<MemberPath>,
) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let (group, role) = managed(&mut tx, &app, id, caller).await?;
    let member = store::member(&mut tx, id, member_id, caller).await?.ok_or_else(no_member)?;
    group.may_send_away(caller.id, role, member.traveler_id, member.role())?;
    store::seats::give_up(&mut tx, id, member.traveler_id, Going::Removed, app.clock.now())?;
    tx.happened("travel_group_members_changed", id)?;
    tx.commit().await?;
    Ok(Reply::message("Member removed"))
}

/// Ask a member to lead a group
///
/// Nothing else changes until they agree, for others see who leads a group: `is_asked_to_lead` tells them, and
/// `POST .../transfer/accept` is theirs. Asking another one, or oneself, takes it back. Only its creator may.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/transfer", tag = "travel-groups", operation_id = "hand_over_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = TravelerBody, description = "To whom"),
    responses(
        (status = 200, description = "They were asked: their membership, as it was", body = Data<Membership>),
        (status = 403, description = "The caller did not make it (`not_creator`)"),
        (status = 404, description = "There is no such group, or nobody like that in it (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn hand_over_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<TravelerBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let (heir, _) = body.check()?;
    let mut begun = post.begin_while(&app, caller, || still_member(&app, id, caller, heir)).await?;
    let tx = &mut begun.tx;
    let member = store::member_sql(id, MemberId(heir.0), caller);
    let (group, member) = store::hold_with::<Meant>(tx, id, caller, member).await?.ok_or_else(no_group)?;
    if group.creator_id != caller.id {
        return Err(Error::forbidden("not_creator", "Only the creator of the group can hand it over"));
    }
    let member = member.into_iter().next().ok_or_else(no_member)?;
    may_lead(tx, &group, member.traveler_id).await?;
    store::set_heir(tx, id, Some(member.traveler_id).filter(|heir| *heir != caller.id));
    let role = member.role().name();
    let membership = Membership { role, ..super::seated(member.id.0, id, member.traveler_id, member.joined_at) };
    begun.commit(&Reply::new(membership, "They were asked to lead the group")).await
}

/// That the caller may still know of a group and of somebody in it.
async fn still_member(app: &App, id: GroupId, caller: Caller, whom: TravelerId) -> Result<()> {
    super::still_seen(app, id, caller).await?;
    let mut db = app.db.read().await?;
    store::member(&mut db, id, MemberId(whom.0), caller).await?.map(|_| ()).ok_or_else(no_member)
}

/// Agree to lead a group
///
/// The caller is its creator from now on, which others see; who was it before stays as an organizer. Whoever does not see
/// the new creator, because of a block, leaves.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/transfer/accept", tag = "travel-groups", operation_id = "accept_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is the caller's", body = Data<Membership>),
        (status = 409, description = "Nobody asked the caller to lead it (`not_asked`), or they have 50 groups already \
            (`too_many_groups`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn accept_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let now = app.clock.now();
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || super::still_seen(&app, id, caller)).await?;
    let tx = &mut begun.tx;
    let member = store::member_sql(id, MemberId(caller.id.0), caller);
    let (group, member) = store::hold_with::<Meant>(tx, id, caller, member).await?.ok_or_else(no_group)?;
    let not_asked = || Error::conflict("not_asked", "Nobody asked you to lead this group");
    if group.heir_id != Some(caller.id) {
        return Err(not_asked());
    }
    let member = member.into_iter().next().ok_or_else(not_asked)?;
    if may_lead(tx, &group, caller.id).await? >= MOST_GROUPS {
        return Err(Error::conflict("too_many_groups", "You have 50 groups: delete one first"));
    }
    store::set_creator(tx, id, caller.id, now);
    tx.happened_amid_requests(LEADER_MADE, caller.id)?;
    let role = Role::Organizer.name();
    let membership = Membership { role, ..super::seated(member.id.0, id, caller.id, member.joined_at) };
    begun.commit(&Reply::new(membership, "You lead the group")).await
}

/// A women-only group is led by a verified woman, and stays it until the transaction ends. How many groups they lead already.
async fn may_lead(tx: &mut Tx, group: &Group, heir: TravelerId) -> Result<i64> {
    let leader = store::people::leader(tx, heir).await?.ok_or_else(no_member)?;
    if group.is_women_only && !leader.women_verified { Err(no_member()) } else { Ok(leader.groups) }
}

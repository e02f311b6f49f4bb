//! Invitations.

use super::{joining::seat, managed, managed_with, no_group, no_invite, nobody};
use crate::{
    model::{Admission, Door, GroupId, INVITE_LASTS, InviteId, MOST_INVITES, REFUSAL_LASTS, already_member, full},
    store,
    store::people::Invite,
    view::{InviteView, Membership},
    wire::{InvitePath, Nothing, TravelerBody},
};
use accounts::AuthorCard;
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    db::Tx,
    http::{Created, Data, Listing, Message, Page, PageQuery, Path, Post, Reply},
};

/// Invite somebody
///
/// The invitation is good for seven days, while whoever made it has a say in the group, and holds no seat. Its organizers
/// and moderators may. Whoever cannot be invited,
/// because there is a block between them and somebody in the group, or because it is not for them, is answered like
/// nobody.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/invite", tag = "travel-groups", operation_id = "invite_to_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = TravelerBody, description = "Whom"),
    responses(
        (status = 201, description = "The invitation", body = Data<Membership>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
        (status = 404, description = "There is no such group, or nobody like that to invite (`not_found`)"),
        (status = 409, description = "They are a member (`already_member`), are invited (`already_invited`), refused \
            within 30 days (`invite_declined`), or are banned (`banned`); the group is full (`group_full`), has traveled \
            (`group_over`), or has 100 invitations (`too_many_invites`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn invite_to_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<TravelerBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let (invitee, _) = body.check()?;
    let now = app.clock.now();
    let mut begun = post.begin_while(&app, caller, || super::still_managed(&app, id, caller, Some(invitee))).await?;
    let tx = &mut begun.tx;
    let card = accounts::card_sql(invitee, Some(caller));
    let (group, _, card) = managed_with::<AuthorCard>(tx, &app, id, caller, card).await?;
    card.ok_or_else(nobody)?;
    let (standing, before, count) = store::people::invited(tx, id, invitee, now).await?;
    let standing = standing.ok_or_else(nobody)?;
    if standing.is_member() {
        return Err(already_member());
    }
    if standing.is_blocked || (group.is_women_only && !standing.women_verified) {
        return Err(nobody());
    }
    if standing.is_banned() {
        return Err(Error::conflict("banned", "They are banned from the group: lift the ban first"));
    }
    check_before(before.filter(|i| now < i.expires_at))?;
    group.is_open(now)?;
    if group.current_members_count >= group.max_members {
        return Err(full());
    }
    if count >= MOST_INVITES {
        return Err(Error::conflict("too_many_invites", "The group has 100 invitations: cancel one first"));
    }
    let invite = Invite {
        id: InviteId(app.new_uuid()),
        group_id: id,
        traveler_id: invitee,
        inviter_id: caller.id,
        state: "pending".to_owned(),
        created_at: now,
        expires_at: now.plus(INVITE_LASTS),
    };
    store::people::invite(tx, &invite);
    tx.happened("travel_group_invited", invite.id)?;
    begun.commit(&Created::new(super::pending(invite.id.0, id, invitee, now), "Invitation sent")).await
}

fn check_before(before: Option<Invite>) -> Result<()> {
    match before.map(|i| i.state).as_deref() {
        Some("declined") => Err(Error::conflict("invite_declined", "They refused an invitation not long ago")),
        Some(_) => Err(Error::conflict("already_invited", "They are invited already")),
        None => Ok(()),
    }
}

/// Invitations of a group
///
/// Those that are good, the latest first, each with who made it. For its organizers and moderators.
#[utoipa::path(
    get, path = "/api/travel-groups/{id}/invites", tag = "travel-groups", operation_id = "list_group_invites",
    params(
        ("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "A page of invitations", body = Listing<InviteView<'_>>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_group_invites(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    page: Page,
) -> Result<Response> {
    let mut db = app.db.read().await?;
    super::may_read(&mut db, id, caller).await?;
    let (invites, total) = store::people::invites(&mut db, id, page, caller, app.clock.now()).await?;
    Ok(Reply(Listing::new(invites.iter().map(InviteView::named).collect(), page, total)).into_response())
}

/// The caller's invitations
///
/// Those that are good, the latest first, each with its group as others than members see it.
#[utoipa::path(
    get, path = "/api/travel-groups/invites", tag = "travel-groups", operation_id = "list_own_group_invites",
    params(PageQuery),
    responses((status = 200, description = "A page of invitations", body = Listing<InviteView<'_>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_own_group_invites(app: App, caller: Caller, page: Page) -> Result<Response> {
    let mut db = app.db.read().await?;
    let (found, total) = store::people::invites_to(&mut db, caller, app.clock.now(), page).await?;
    let invites = found.iter().map(|(invite, group)| InviteView::with_group(invite, group));
    Ok(Reply(Listing::new(invites.collect(), page, total)).into_response())
}

/// Accept an invitation
///
/// Takes a seat, if there is one; nobody else has to agree.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/invites/{invite_id}/accept", tag = "travel-groups",
    operation_id = "accept_group_invite", params(InvitePath),
    responses(
        (status = 200, description = "The caller's membership, again", body = Data<Membership>),
        (status = 201, description = "The caller's membership", body = Data<Membership>),
        (status = 409, description = "There is no seat (`group_full`), the invitation has run out (`invite_expired`), or \
            the group has traveled (`group_over`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn accept_group_invite(
    app: App,
    caller: Caller,
    Path(InvitePath { id, invite_id }): Path<InvitePath>,
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
    own(tx, id, invite_id, caller, &app).await?;
    let (membership, admission) = seat(tx, &app, &group, (caller.id, &standing), Door::Asked)?;
    if admission == Admission::First {
        begun.commit(&Created::new(membership, "Joined travel group")).await
    } else {
        begun.commit(&Reply::new(membership, "Rejoined group")).await
    }
}

/// Decline an invitation
///
/// It is gone, and the group cannot invite the caller again for 30 days.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/invites/{invite_id}/decline", tag = "travel-groups",
    operation_id = "decline_group_invite", params(InvitePath),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 409, description = "The invitation has run out (`invite_expired`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn decline_group_invite(
    app: App,
    caller: Caller,
    Path(InvitePath { id, invite_id }): Path<InvitePath>,
    post: Post<Nothing>,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || super::still_seen(&app, id, caller)).await?;
    store::hold(&mut begun.tx, id, caller).await?.ok_or_else(no_group)?;
    let invite = own(&mut begun.tx, id, invite_id, caller, &app).await?;
    store::people::refuse(&mut begun.tx, invite.id, app.clock.now().plus(REFUSAL_LASTS));
    begun.commit(&Reply::message("Invitation declined")).await
}

/// An invitation to the caller that is good.
async fn own(tx: &mut Tx, group: GroupId, id: InviteId, caller: Caller, app: &App) -> Result<Invite> {
    let invite = store::people::invite_to(tx, group, id, caller.id).await?.ok_or_else(no_invite)?;
    if invite.expires_at <= app.clock.now() {
        return Err(Error::conflict("invite_expired", "The invitation was good for seven days"));
    }
    Ok(invite)
}

/// Cancel an invitation
///
/// For the group's organizers and moderators.
#[utoipa::path(
    delete, path = "/api/travel-groups/{id}/invites/{invite_id}", tag = "travel-groups",
    operation_id = "cancel_group_invite", params(InvitePath),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn cancel_group_invite(
    app: App,
    caller: Caller,
    Path(InvitePath { id, invite_id }): Path<InvitePath>,
) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    managed(&mut tx, &app, id, caller).await?;
    if !store::people::cancel_invite(&mut tx, id, invite_id, caller, app.clock.now()).await? {
        return Err(no_invite());
    }
    tx.commit().await?;
    Ok(Reply::message("Invitation cancelled"))
}

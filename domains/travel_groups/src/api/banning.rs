//! Bans from a group.

use super::{managed, managed_with, nobody};
use crate::{
    model::GroupId,
    store,
    store::{people::Ban, people::Named, seats::Going},
    view::BanView,
    wire::{BanPath, TravelerBody},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Created, Data, Listing, Message, Page, PageQuery, Path, Post, Reply},
};

/// Ban somebody from a group
///
/// They do not belong to it any more and get no seat; to them the group looks full. Its organizers and moderators may, each
/// those with a lower role. Doing it again changes the reason, and not since when.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/bans", tag = "travel-groups", operation_id = "ban_from_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = TravelerBody, description = "Whom, and why"),
    responses(
        (status = 201, description = "The ban", body = Data<BanView<'_>>),
        (status = 403, description = "The caller may not ban them (`not_organizer`)"),
        (status = 404, description = "There is no such group, or nobody like that (`not_found`)"),
        (status = 409, description = "They are the creator (`creator_stays`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn ban_from_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<TravelerBody>,
) -> Result<Response> {
    let now = app.clock.now();
    let (body, post) = post.split();
    let (traveler, reason) = body.check()?;
    let mut begun = post.begin_while(&app, caller, || super::still_managed(&app, id, caller, Some(traveler))).await?;
    let tx = &mut begun.tx;
    let card = accounts::card_sql(traveler, Some(caller));
    let (group, role, card) = managed_with(tx, &app, id, caller, card).await?;
    let card = card.ok_or_else(nobody)?;
    let standing = store::seats::standing(tx, id, traveler, now).await?.ok_or_else(nobody)?;
    if let Some(theirs) = standing.role() {
        group.may_send_away(caller.id, role, traveler, theirs)?;
    }
    store::people::ban(tx, id, traveler, caller.id, reason.clone(), now);
    if standing.is_member() {
        store::seats::give_up(tx, id, traveler, Going::Removed, now)?;
    } else if standing.is_waiting {
        store::seats::pass_on(tx, id, now)?;
    }
    let created_at = standing.banned_at.unwrap_or(now);
    let ban = Named { traveler: card, thing: Ban { group_id: id, traveler_id: traveler, reason, created_at } };
    begun.commit(&Created::new(BanView::from(&ban), "Banned from the group")).await
}

/// Who is banned from a group
///
/// The latest first. For its organizers and moderators.
#[utoipa::path(
    get, path = "/api/travel-groups/{id}/bans", tag = "travel-groups", operation_id = "list_group_bans",
    params(
        ("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "A page of bans", body = Listing<BanView<'_>>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_group_bans(app: App, caller: Caller, Path(id): Path<GroupId>, page: Page) -> Result<Response> {
    let mut db = app.db.read().await?;
    super::may_read(&mut db, id, caller).await?;
    let (bans, total) = store::people::bans(&mut db, id, page, caller).await?;
    Ok(Reply(Listing::new(bans.iter().map(BanView::from).collect(), page, total)).into_response())
}

/// Lift a ban
///
/// They come back only when somebody agrees, if they were sent away. For the group's organizers and moderators.
#[utoipa::path(
    delete, path = "/api/travel-groups/{id}/bans/{traveler_id}", tag = "travel-groups",
    operation_id = "unban_from_group", params(BanPath),
    responses(
        (status = 200, description = "They are not banned", body = Message),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn unban_from_group(
    app: App,
    caller: Caller,
    Path(BanPath { id, traveler_id }): Path<BanPath>,
) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    managed(&mut tx, &app, id, caller).await?;
    if !store::people::unban(&mut tx, id, traveler_id, caller).await? {
        return Err(Error::NotFound("Ban"));
    }
    tx.commit().await?;
    Ok(Reply::message("Ban lifted"))
}

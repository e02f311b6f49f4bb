//! Groups: the list, and one of them from its beginning to its end.

use super::{held, no_group};
use crate::{
    filter::{Filter, GroupQuery},
    model::{Group, GroupId, MOST_GROUPS, MemberId, Role, earliest_today},
    store,
    store::Found,
    view::{GroupView, Groups, PendingView},
    wire::{Changes, GroupBody},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    db::Session,
    http::{
        Body, Created, CursorQuery, Data, Message, PageQuery, Paged, Pagination, Paging, Path, Post, Query, Reply,
        Window,
    },
};
use serde::Deserialize;
use std::collections::HashMap;

/// Members of a group in a list.
const FIRST_MEMBERS: i64 = 5;
/// Nobody has more.
const ALL_MEMBERS: i64 = 50;

/// List groups
///
/// Filtered, sorted and paged: by `cursor` (preferred), or by `page` with a total. Whoever does not belong to a group gets
/// it without its days, with the town only, and with the organizer as its one member; dates sort and filter by the month.
/// Women-only groups are listed for verified women only.
#[utoipa::path(
    get, path = "/api/travel-groups", tag = "travel-groups", operation_id = "list_groups",
    params(GroupQuery, PageQuery, CursorQuery),
    responses((status = 200, description = "A page of groups", body = Paged<Groups<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_groups(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<GroupQuery>,
    paging: Paging,
) -> Result<Response> {
    let filter = query.check()?;
    let window = paging.window(&app, filter.list())?;
    if filter.finds_nothing() {
        let pagination = Pagination::of(&window, window.page().map(|_| 0), None);
        return Ok(named(&[], &HashMap::new(), pagination, &paging));
    }
    let mut db = app.db.read().await?;
    let (found, pagination) = page(&app, &mut db, &filter, &window, viewer).await?;
    let members = roster(&mut db, &found, FIRST_MEMBERS, viewer).await?;
    Ok(named(&found, &members, pagination, &paging))
}

type Roster = HashMap<GroupId, Vec<store::Member>>;

fn named(found: &[Found], members: &Roster, pagination: Pagination, paging: &Paging) -> Response {
    let next = pagination.next_cursor.clone();
    let groups = views(found, members);
    let reply = Reply(Paged::new(Groups { groups, pagination: pagination.clone() }, pagination));
    paging.linked(reply.into_response(), next.as_deref())
}

/// Groups as their reader gets them.
pub(super) fn views<'a>(found: &'a [Found], members: &'a Roster) -> Vec<GroupView<'a>> {
    let of = |f: &Found| members.get(&f.group.id).map_or(&[][..], Vec::as_slice);
    found.iter().map(|f| GroupView::new(f, of(f))).collect()
}

async fn page(
    app: &App,
    db: &mut Session,
    filter: &Filter,
    window: &Window,
    viewer: Option<Caller>,
) -> Result<(Vec<Found>, Pagination)> {
    let today = earliest_today(app.clock.now());
    let mut found = store::page(db, filter, window, today, viewer).await?;
    let next = window.cut(app, &mut found, |f| filter.sort.keys_of(f));
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::count(db, filter, today, viewer).await?),
        total => total,
    };
    Ok((found, Pagination::of(window, total, next)))
}

/// The first members of those groups that the viewer belongs to.
async fn roster(db: &mut Session, found: &[Found], most: i64, viewer: Option<Caller>) -> Result<Roster> {
    let own: Vec<GroupId> = found.iter().filter(|f| f.role.is_some()).map(|f| f.group.id).collect();
    match viewer {
        Some(viewer) if !own.is_empty() => store::first_members(db, own.into_iter(), most, viewer).await,
        _ => Ok(Roster::new()),
    }
}

/// Make a group
///
/// `name`, `destination`, `start_date` and `end_date` are required. Who makes it is its organizer and takes its first
/// seat. A women-only group is made by verified women only.
#[utoipa::path(
    post, path = "/api/travel-groups", tag = "travel-groups", operation_id = "create_group",
    request_body(content = GroupBody, description = "The group"),
    responses(
        (status = 201, description = "The group", body = Data<GroupView<'_>>),
        (status = 403, description = "Only verified women make women-only groups (`women_verified_required`)"),
        (status = 409, description = "The caller has 50 groups already (`too_many_groups`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn create_group(app: App, caller: Caller, post: Post<GroupBody>) -> Result<Response> {
    let now = app.clock.now();
    let (body, post) = post.split();
    let changes = body.check_new()?;
    let mut group = Group::new(GroupId(app.new_uuid()), caller.id, now);
    group.apply(changes, now)?;
    let organizer_id = MemberId(app.new_uuid());
    let mut begun = match post.begin(&app, caller).await {
        Err(Error::Replay(given)) => {
            let Made { id } = super::said(&given)?;
            super::still_seen(&app, id, caller).await?;
            return Err(Error::Replay(given));
        }
        begun => begun?,
    };
    let tx = &mut begun.tx;
    let standing = store::seats::standing_to_join(tx, group.id, caller.id, now).await?.ok_or_else(Error::bad_token)?;
    if group.is_women_only && !standing.women_verified {
        return Err(women_only());
    }
    let (count, creator) = store::creator(tx, caller).await?.ok_or_else(Error::bad_token)?;
    if count >= MOST_GROUPS {
        return Err(Error::conflict("too_many_groups", "You have 50 groups: delete one first"));
    }
    store::insert(tx, &group);
    store::seats::take(tx, organizer_id, group.id, caller.id, Role::Organizer, now);
    let member = store::Member {
        id: organizer_id,
        group_id: group.id,
        role: Role::Organizer.name().to_owned(),
        joined_at: now,
        traveler: creator.clone(),
    };
    let found =
        Found { creator, group, organizer_id, organizer_joined_at: now, role: Some(Role::Organizer), is_heir: false };
    let members = [member];
    begun.commit(&Created::new(GroupView::new(&found, &members), "Travel group created")).await
}

/// What is read of a group whose making was told of before.
#[derive(Deserialize)]
struct Made {
    id: GroupId,
}

fn women_only() -> Error {
    Error::forbidden("women_verified_required", "Only verified women make women-only groups")
}

/// One group
///
/// Members get all of it; others what they would get in the list.
#[utoipa::path(
    get, path = "/api/travel-groups/{id}", tag = "travel-groups", operation_id = "get_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The group", body = Data<GroupView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_group(app: App, viewer: Option<Caller>, Path(id): Path<GroupId>) -> Result<Response> {
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, viewer).await?.ok_or_else(no_group)?;
    detail(&app, &mut db, &found, viewer, "Travel group retrieved").await
}

async fn detail(
    app: &App,
    db: &mut Session,
    found: &Found,
    viewer: Option<Caller>,
    message: &'static str,
) -> Result<Response> {
    let id = found.group.id;
    let (members, trips) = match viewer.filter(|_| found.role.is_some()) {
        Some(member) => store::inside(db, id, ALL_MEMBERS, member).await?,
        None => (Vec::new(), Vec::new()),
    };
    let view = GroupView::new(found, &members);
    let view = match viewer {
        Some(_) if found.role.is_some() => view.with_trips(trips),
        Some(other) => {
            let now = app.clock.now();
            let place = store::seats::place(db, id, other.id, now).await?;
            let (request_id, invite_id) = store::people::pending(db, id, other, now).await?;
            let pending = PendingView { request_id, invite_id, waitlist: place.map(Into::into) };
            view.with_pending(Some(pending))
        }
        None => view,
    };
    Ok(Reply::new(view, message).into_response())
}

/// Change a group
///
/// Changes the fields that are given; `null` clears one that can be empty. Its organizers and moderators may. It never
/// gets smaller than it has members, and becomes women-only, or stops being it, only while its creator is alone in it.
#[utoipa::path(
    put, path = "/api/travel-groups/{id}", tag = "travel-groups", operation_id = "replace_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = GroupBody, description = "What to change"),
    responses(
        (status = 200, description = "The group as it is now", body = Data<GroupView<'_>>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
        (status = 409, description = "It has more members than that (`too_many_members`), or members besides its \
            creator (`not_alone`), or is over (`group_over`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn replace_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    Body(body): Body<GroupBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

/// Change a group
///
/// The same as PUT: changes the fields that are given; `null` clears one that can be empty. Its organizers and moderators
/// may.
#[utoipa::path(
    patch, path = "/api/travel-groups/{id}", tag = "travel-groups", operation_id = "update_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = GroupBody, description = "What to change"),
    responses(
        (status = 200, description = "The group as it is now", body = Data<GroupView<'_>>),
        (status = 403, description = "The caller has no say in it (`not_organizer`)"),
        (status = 409, description = "It has more members than that (`too_many_members`), or members besides its \
            creator (`not_alone`), or is over (`group_over`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn update_group(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    Body(body): Body<GroupBody>,
) -> Result<Response> {
    change(app, caller, id, body).await
}

async fn change(app: App, caller: Caller, id: GroupId, body: GroupBody) -> Result<Response> {
    let now = app.clock.now();
    let changes = body.check_change()?;
    let mut tx = app.db.write().await?;
    let (mut group, standing) = held(&mut tx, &app, id, caller).await?;
    Group::may_manage(standing.role())?;
    let becomes = check_women_only(&group, &changes, standing.women_verified)?;
    let is_resized = changes.max_members.is_some_and(|most| most != group.max_members);
    group.apply(changes, now)?;
    store::update(&mut tx, &group);
    if becomes {
        // Those who were asked before it was for other people must not come in by that.
        store::people::forget_all(&mut tx, id);
    } else if is_resized {
        store::seats::pass_on(&mut tx, id, now)?;
    }
    tx.commit().await?;
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, Some(caller)).await?.ok_or_else(no_group)?;
    detail(&app, &mut db, &found, Some(caller), "Travel group updated").await
}

/// Whether the group is for other people afterwards. While others are in it, it stays as it is: lifted, the flag would
/// show them to everybody, and set, its refusal would tell who of them is not verified.
fn check_women_only(group: &Group, changes: &Changes, women_verified: bool) -> Result<bool> {
    let Some(wanted) = changes.is_women_only.filter(|wanted| *wanted != group.is_women_only) else {
        return Ok(false);
    };
    if wanted && !women_verified {
        return Err(women_only());
    }
    if group.current_members_count > 1 {
        let message = "Who the group is for changes only while its creator is alone in it";
        return Err(Error::conflict("not_alone", message));
    }
    Ok(true)
}

/// Delete a group
///
/// It is gone for everybody. Only its creator may.
#[utoipa::path(
    delete, path = "/api/travel-groups/{id}", tag = "travel-groups", operation_id = "delete_group",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "The caller did not make it (`not_creator`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_group(app: App, caller: Caller, Path(id): Path<GroupId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let group = store::hold(&mut tx, id, caller).await?.ok_or_else(no_group)?;
    if group.creator_id != caller.id {
        return Err(Error::forbidden("not_creator", "Only the creator of the group can delete it"));
    }
    store::close(&mut tx, id, app.clock.now());
    tx.commit().await?;
    Ok(Reply::message("Travel group deleted"))
}

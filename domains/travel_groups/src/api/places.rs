//! The trips of a group.

use super::{held, no_group};
use crate::{
    model::{Group, GroupId, ItineraryId, MOST_ITINERARIES, has_ended},
    store,
    store::places::Trip,
    view::{TripView, Trips},
    wire::{ItineraryBody, ItineraryPath},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Created, Data, Message, Path, Post, Reply},
};

/// The trips of a group
///
/// For members, without those that they may not see and those that somebody added who is hidden from them; for others there
/// are none.
#[utoipa::path(
    get, path = "/api/travel-groups/{id}/itineraries", tag = "travel-groups", operation_id = "list_group_itineraries",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The trips", body = Data<Trips>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_group_itineraries(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<GroupId>,
) -> Result<Response> {
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, viewer).await?.ok_or_else(no_group)?;
    let trips = match viewer.filter(|_| found.role.is_some()) {
        Some(member) => store::places::trips(&mut db, id, member).await?,
        None => Vec::new(),
    };
    let trips = Trips { itineraries: trips.into_iter().map(TripView::from).collect() };
    Ok(Reply::new(trips, "Group itineraries retrieved").into_response())
}

/// Add a trip to a group
///
/// A published one that the caller may see. Its members may, until the group has traveled: who was on a trip is read from
/// this.
#[utoipa::path(
    post, path = "/api/travel-groups/{id}/itineraries", tag = "travel-groups", operation_id = "add_group_itinerary",
    params(("id" = GroupId, Path, description = "Which group", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ItineraryBody, description = "Which trip"),
    responses(
        (status = 201, description = "The trip", body = Data<TripView>),
        (status = 403, description = "The caller does not belong to it (`not_member`)"),
        (status = 404, description = "There is no such group or trip (`not_found`)"),
        (status = 409, description = "The group has it (`already_added`), has 50 (`too_many_itineraries`), or has \
            traveled (`group_over`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn add_group_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<GroupId>,
    post: Post<ItineraryBody>,
) -> Result<Response> {
    let now = app.clock.now();
    let (body, post) = post.split();
    let trip = body.check()?;
    let mut begun = post.begin_while(&app, caller, || still_there(&app, id, caller, trip)).await?;
    let tx = &mut begun.tx;
    let (group, standing) = held(tx, &app, id, caller).await?;
    if !standing.is_member() {
        return Err(not_member());
    }
    let offered = store::places::offered(tx, id, trip, caller).await?.filter(|o| o.is_published);
    let offered = offered.ok_or(Error::NotFound("Itinerary"))?;
    if offered.is_there {
        return Err(Error::conflict("already_added", "The group has this itinerary"));
    }
    if offered.count >= MOST_ITINERARIES {
        return Err(Error::conflict("too_many_itineraries", "The group has 50 itineraries: remove one first"));
    }
    if has_ended(group.end_date, now) {
        return Err(Error::conflict("group_over", "The group has traveled: its itineraries do not change"));
    }
    store::places::add(tx, id, trip, caller.id, now);
    let added = Trip {
        itinerary_id: trip,
        title: offered.title,
        destination: offered.destination,
        added_by: caller.id,
        created_at: now,
    };
    begun.commit(&Created::new(TripView::from(added), "Itinerary added")).await
}

/// That the caller still belongs to a group and may see a trip.
async fn still_there(app: &App, id: GroupId, caller: Caller, trip: ItineraryId) -> Result<()> {
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, Some(caller)).await?.ok_or_else(no_group)?;
    found.role.ok_or_else(not_member)?;
    store::places::offered(&mut db, id, trip, caller).await?.map(|_| ()).ok_or(Error::NotFound("Itinerary"))
}

fn not_member() -> Error {
    Error::forbidden("not_member", "Only members of the group can do this")
}

/// Take a trip from a group
///
/// Who added it may, and the group's organizers and moderators, until it has traveled.
#[utoipa::path(
    delete, path = "/api/travel-groups/{id}/itineraries/{itinerary_id}", tag = "travel-groups",
    operation_id = "remove_group_itinerary", params(ItineraryPath),
    responses(
        (status = 200, description = "The group does not have it any more", body = Message),
        (status = 403, description = "The caller does not belong to it (`not_member`), or did not add it \
            (`not_organizer`)"),
        (status = 409, description = "The group has traveled (`group_over`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn remove_group_itinerary(
    app: App,
    caller: Caller,
    Path(ItineraryPath { id, itinerary_id }): Path<ItineraryPath>,
) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let (group, standing) = held(&mut tx, &app, id, caller).await?;
    if !standing.is_member() {
        return Err(not_member());
    }
    let added_by = store::places::added_by(&mut tx, id, itinerary_id, caller).await?;
    if added_by.ok_or(Error::NotFound("Itinerary"))? != caller.id {
        Group::may_manage(standing.role())?;
    }
    if has_ended(group.end_date, app.clock.now()) {
        return Err(Error::conflict("group_over", "The group has traveled: its itineraries do not change"));
    }
    store::places::remove(&mut tx, id, itinerary_id);
    tx.commit().await?;
    Ok(Reply::message("Itinerary removed"))
}

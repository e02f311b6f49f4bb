//! The addresses of groups.

pub(crate) mod asking;
pub(crate) mod banning;
pub(crate) mod groups;
pub(crate) mod inviting;
pub(crate) mod joining;
pub(crate) mod matching;
pub(crate) mod members;
pub(crate) mod places;
pub(crate) mod waiting;

use crate::{
    model::{Group, GroupId, Role, Standing},
    store,
    view::Membership,
};
use kernel::{
    App, Error, Given, Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{FromRow, Session, Sql, Tx},
};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

/// What is said of a group that is not there, or not for the caller.
pub(crate) fn no_group() -> Error {
    Error::NotFound("Travel group")
}

/// What is said of a person who is not there, or not for the caller, or whom this group is not for.
pub(crate) fn nobody() -> Error {
    Error::NotFound("Traveler")
}

fn no_member() -> Error {
    Error::NotFound("Member")
}

fn no_invite() -> Error {
    Error::NotFound("Invitation")
}

/// A group that the caller may know of, held, and what they are in it.
pub(crate) async fn held(tx: &mut Tx, app: &App, id: GroupId, caller: Caller) -> Result<(Group, Standing)> {
    let standing = store::seats::standing_sql(id, caller.id, app.clock.now());
    let (group, standing) = store::hold_with(tx, id, caller, standing).await?.ok_or_else(no_group)?;
    Ok((group, standing.into_iter().next().ok_or_else(no_group)?))
}

/// The same, by somebody who has a say in who belongs to it.
pub(crate) async fn managed(tx: &mut Tx, app: &App, id: GroupId, caller: Caller) -> Result<(Group, Role)> {
    let (group, standing) = held(tx, app, id, caller).await?;
    Group::may_manage(standing.role())?;
    Ok((group, standing.role().unwrap_or(Role::Member)))
}

/// The same, with what is asked besides.
async fn managed_with<T: FromRow>(
    tx: &mut Tx,
    app: &App,
    id: GroupId,
    caller: Caller,
    asked: Sql,
) -> Result<(Group, Role, Option<T>)> {
    let held = store::hold_for(tx, id, caller, app.clock.now(), asked).await?;
    let (group, standing, found) = held.ok_or_else(no_group)?;
    Group::may_manage(standing.role())?;
    Ok((group, standing.role().unwrap_or(Role::Member), found.into_iter().next()))
}

/// That the caller has a say in a group; for lists.
async fn may_read(db: &mut Session, id: GroupId, caller: Caller) -> Result<()> {
    let found = store::find(db, id, Some(caller)).await?.ok_or_else(no_group)?;
    Group::may_manage(found.role)
}

/// That the caller may still know of a group: what was said of it before is not said again to whom it is hidden.
async fn still_seen(app: &App, id: GroupId, caller: Caller) -> Result<()> {
    store::find(&mut app.db.read().await?, id, Some(caller)).await?.map(|_| ()).ok_or_else(no_group)
}

/// What a reply that was given before is about.
fn said<T: DeserializeOwned>(given: &Given) -> Result<T> {
    #[derive(Deserialize)]
    struct Said<T> {
        data: T,
    }
    let said: Said<T> =
        serde_json::from_str(&given.body).map_err(|e| Error::internal(format!("a stored reply: {e}")))?;
    Ok(said.data)
}

/// The same of what somebody who has a say did, and of the person whom they named.
async fn still_managed(app: &App, id: GroupId, caller: Caller, whom: Option<TravelerId>) -> Result<()> {
    let mut db = app.db.read().await?;
    may_read(&mut db, id, caller).await?;
    match whom {
        Some(whom) => accounts::card(&mut db, whom, Some(caller)).await?.map(|_| ()).ok_or_else(nobody),
        None => Ok(()),
    }
}

/// A seat that was taken.
const fn seated(id: Uuid, group_id: GroupId, traveler_id: TravelerId, now: Timestamp) -> Membership {
    Membership {
        id,
        group_id,
        traveler_id,
        role: Role::Member.name(),
        join_status: "accepted",
        is_active: true,
        joined_date: now,
    }
}

/// The same while somebody has to agree.
const fn pending(id: Uuid, group_id: GroupId, traveler_id: TravelerId, now: Timestamp) -> Membership {
    Membership { join_status: "pending", is_active: false, ..seated(id, group_id, traveler_id, now) }
}

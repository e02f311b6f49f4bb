//! What happens to groups by itself: seats that are offered, invitations that run out, groups that end, and members who
//! may not belong to one any more.

use crate::{
    model::{BAN_SETTLES, GroupId, earliest_today},
    store,
    store::seats::Going,
};
use kernel::{App, Result, auth::TravelerId, jobs::Job};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Groups in a run; what is left is for the next one.
const BATCH: i64 = 200;

/// Passes on offers that have run out, and forgets invitations that have.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PassOnSeats {}

impl Job for PassOnSeats {
    const KIND: &'static str = "pass_on_group_seats";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let groups = store::seats::unsettled(&mut app.db.read().await?, now, BATCH).await?;
        for id in groups {
            let mut tx = app.db.write().await?;
            if store::hold_any(&mut tx, id).await?.is_some() {
                store::seats::pass_on(&mut tx, id, now)?;
                tx.commit().await?;
            }
        }
        let mut tx = app.db.write().await?;
        tx.run_at_commit(store::people::forget_invites(now));
        Ok(tx.commit().await?)
    }
}

/// Tells of the trips of groups that have traveled: who was there is known now. Nobody waits for a seat any more.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct EndGroups {}

impl Job for EndGroups {
    const KIND: &'static str = "end_groups";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let today = earliest_today(app.clock.now());
        let ended = store::ending(&mut app.db.read().await?, today, BATCH).await?;
        for id in ended {
            let mut tx = app.db.write().await?;
            for itinerary in store::itinerary_ids(&mut tx, id).await? {
                tx.happened("itinerary_travelers_changed", itinerary)?;
            }
            store::set_ended(&mut tx, id);
            store::seats::forget_waiting(&mut tx, id);
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Somebody was banned or left: their seats are free, and what they led is closed, after a ban in seven days. Who is back
/// comes back by themselves. Of whose account is gone the words are erased, when they have left everywhere.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LeaveGroups {
    traveler: TravelerId,
}

impl From<Uuid> for LeaveGroups {
    fn from(traveler: Uuid) -> Self {
        Self { traveler: TravelerId(traveler) }
    }
}

impl Job for LeaveGroups {
    const KIND: &'static str = "leave_groups";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let groups = store::groups_without_right(&mut app.db.read().await?, self.traveler).await?;
        for id in groups {
            take_out(&app, id, self.traveler).await?;
        }
        let mut tx = app.db.write().await?;
        if store::erasing::is_deleted(&mut tx, self.traveler).await? {
            store::erasing::erase(&mut tx, self.traveler);
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Somebody was banned seven days ago: what they led is closed, if they are still, and since then.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CloseGroups {
    traveler: TravelerId,
}

impl Job for CloseGroups {
    // Not the kind of `LeaveGroups`, which is done at once whatever waits.
    const KIND: &'static str = "close_groups";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        LeaveGroups { traveler: self.traveler }.run(app, id).await
    }
}

/// Somebody is not verified as a woman any more: groups for women only are not for them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LeaveWomensGroups {
    traveler: TravelerId,
}

impl From<Uuid> for LeaveWomensGroups {
    fn from(traveler: Uuid) -> Self {
        Self { traveler: TravelerId(traveler) }
    }
}

impl Job for LeaveWomensGroups {
    const KIND: &'static str = "leave_womens_groups";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        LeaveGroups { traveler: self.traveler }.run(app, id).await
    }
}

/// Somebody has more to say in a group than before. Told again when a join that did not know of it must be through.
pub(crate) const LEADER_MADE: &str = "travel_group_leader_made";

/// Somebody blocked somebody, or has more to say in a group now: whom a block hides a group from is not kept in it, where
/// she would hold a seat and be seen by the others, nor in its waiting list. A seat that is held for one of the two, and that
/// the other one keeps them from, is for the next.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartGroups {
    traveler: TravelerId,
}

impl From<Uuid> for PartGroups {
    fn from(traveler: Uuid) -> Self {
        Self { traveler: TravelerId(traveler) }
    }
}

impl Job for PartGroups {
    const KIND: &'static str = "part_groups";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut db = app.db.read().await?;
        let seats = store::seats_behind_blocks(&mut db, self.traveler).await?;
        let waits = store::seats::waits_behind_blocks(&mut db, self.traveler).await?;
        drop(db);
        let mut groups: BTreeSet<GroupId> = seats.into_iter().map(|seat| seat.group_id).collect();
        groups.extend(waits.into_iter().map(|wait| wait.group_id));
        for id in groups {
            let now = app.clock.now();
            let mut tx = app.db.write().await?;
            if store::hold_any(&mut tx, id).await?.is_none() {
                continue;
            }
            // The block may have been lifted meanwhile, or others lead the group. Two who both go are both asked about
            // before either has gone.
            let seats = store::seats_behind_blocks(&mut tx, self.traveler).await?;
            for seat in seats.into_iter().filter(|seat| seat.group_id == id) {
                store::seats::give_up(&mut tx, id, seat.traveler_id, Going::Left, now)?;
            }
            let waits = store::seats::waits_behind_blocks(&mut tx, self.traveler).await?;
            for wait in waits.into_iter().filter(|wait| wait.group_id == id && wait.is_hidden) {
                store::seats::stop_waiting(&mut tx, id, wait.traveler_id);
            }
            store::seats::pass_on(&mut tx, id, now)?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Takes somebody out of a group who may not belong to it. What they led is closed: its creator is shown to others, and
/// nobody becomes that without agreeing. A ban may be lifted, so until it is seven days old what they led is hidden only,
/// which every question about groups sees to.
async fn take_out(app: &App, id: GroupId, traveler: TravelerId) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let Some(group) = store::hold_any(&mut tx, id).await? else { return Ok(()) };
    // What led here may have been taken back meanwhile.
    if !store::groups_without_right(&mut tx, traveler).await?.contains(&id) {
        return Ok(());
    }
    if group.creator_id == traveler {
        let until = store::banned_since(&mut tx, traveler).await?.map(|since| since.plus(BAN_SETTLES));
        if let Some(left) =
            until.and_then(|until| (until.utc() - now.utc()).to_std().ok()).filter(|left| !left.is_zero())
        {
            tx.enqueue_after(&CloseGroups { traveler }, left)?;
            return Ok(tx.commit().await?);
        }
        store::close(&mut tx, id, now);
    }
    store::people::forget(&mut tx, id, traveler);
    store::seats::give_up(&mut tx, id, traveler, Going::Left, now)?;
    Ok(tx.commit().await?)
}

//! Who was on a trip, as far as the service knows: whoever belonged, until it ended, to a group that had this trip while
//! it traveled, together with somebody else. Groups of one would let anybody make themselves a witness. It is known when the
//! month of the last day is over: others than members get months, and a rating that changes would tell them the day.

use crate::{
    model::{ItineraryId, Safety},
    store,
    store::rated,
};
use chrono::Datelike;
use kernel::{
    App, Result,
    clock::{Day, Timestamp},
    db::{Sql, Tx, open},
    jobs::Job,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// The first day that it is today somewhere on Earth.
pub(crate) fn earliest_today(now: Timestamp) -> Day {
    now.minus(Duration::from_hours(12)).day()
}

/// A month as `travel_groups` counts it.
fn month(day: Day) -> i64 {
    i64::from(day.date().year()) * 12 + i64::from(day.date().month0())
}

/// Whether a member belonged to the group `g` when it ended.
macro_rules! stayed {
    ($m:literal) => {
        concat!($m, ".joined_on <= g.end_date and (", $m, ".state = 'accepted' or ", $m, ".left_on > g.end_date)")
    };
}

/// Appends the condition that the person in the column `who` was on the trip in the column `trip`.
pub(crate) fn was_there(sql: &mut Sql, trip: &'static str, who: &'static str, today: Day) {
    sql.push("exists (select 1 from travel_group_itineraries x join travel_groups g on g.id = x.group_id");
    sql.push(" join travel_group_members m on m.group_id = g.id and m.traveler_id = ").push(who);
    sql.push(" where x.itinerary_id = ").push(trip).push(" and g.end_month < ").push_bind(month(today));
    sql.push(" and x.added_on <= g.end_date and (g.is_active = TRUE or g.closed_on > g.end_date) and ");
    sql.push(stayed!("m"));
    sql.push(" and exists (select 1 from travel_group_members o where o.group_id = g.id");
    sql.push(" and o.traveler_id <> m.traveler_id and ").push(stayed!("o")).push("))");
}

/// Finds out anew who of those who rated a trip was on it.
async fn recheck(tx: &mut Tx, trip: ItineraryId, today: Day) -> Result<bool> {
    let mut sql = open("update safety_ratings set verified_traveler = not verified_traveler where itinerary_id = ");
    sql.push_bind(trip).push(" and verified_traveler <> (");
    was_there(&mut sql, "safety_ratings.itinerary_id", "safety_ratings.traveler_id", today);
    sql.push(")");
    Ok(tx.run(sql).await? > 0)
}

/// A group that had a trip has traveled: those who were there and rated it count as such.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recheck {
    trip: ItineraryId,
}

impl From<Uuid> for Recheck {
    fn from(trip: Uuid) -> Self {
        Self { trip: ItineraryId(trip) }
    }
}

impl Job for Recheck {
    const KIND: &'static str = "recheck_verified_travelers";

    fn unique_key(&self) -> Option<String> {
        Some(self.trip.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        store::hold(&mut tx, self.trip).await?;
        // In the order of their ids, like the job that counts votes.
        store::hold_ratings(&mut tx, self.trip).await?;
        if recheck(&mut tx, self.trip, earliest_today(app.clock.now())).await? {
            let tallies = store::tally(&mut tx, self.trip).await?;
            store::set_safety(&mut tx, self.trip, Safety::of(&tallies));
            rated(&mut tx, self.trip)?;
        }
        Ok(tx.commit().await?)
    }
}

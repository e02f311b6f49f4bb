//! What happens to bookings without anybody's doing: reminders, completion, and the end of what two had who do not see each
//! other any more. Each statement names the state that it leaves, so that a second run, or a second process, finds nothing.

use super::{
    model::{BookingId, Side},
    store,
};
use crate::guides::model::{earliest_today, latest_today};
use kernel::{
    App, Result,
    auth::TravelerId,
    clock::Timestamp,
    db::Tx,
    jobs::{Job, Jobs},
    mail::Template,
};
use minijinja::context;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

pub(crate) fn jobs() -> Jobs {
    Jobs::default()
        .every::<RemindOfBookings>("*/15 * * * *")
        .every::<SettleBookings>("7 * * * *")
        .on::<SendBookingReminder>()
        .on_event::<PartBookings>("traveler_blocked")
        .on_event::<PartBookings>("traveler_standing_changed")
        .on_event::<PartFromWomen>("women_verification_changed")
}

const A_DAY: Duration = Duration::from_hours(24);

/// Bookings in a transaction.
const BATCH: i64 = 200;

fn is_full(ids: &[BookingId]) -> bool {
    i64::try_from(ids.len()).is_ok_and(|n| n >= BATCH)
}

/// Queues reminders of what begins tomorrow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct RemindOfBookings;

impl Job for RemindOfBookings {
    const KIND: &'static str = "remind_of_bookings";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let today = now.day();
        let Some(tomorrow) = today.plus_days(1) else { return Ok(()) };
        let mut tx = app.db.write().await?;
        // What begins today is late, but not yet too late.
        let ids = store::take_reminders(&mut tx, (today, tomorrow), now, BATCH).await?;
        for booking in &ids {
            for to in [Side::Traveler, Side::Guide] {
                tx.enqueue(&SendBookingReminder { booking: *booking, to })?;
            }
        }
        if is_full(&ids) {
            tx.enqueue(&self)?;
        }
        Ok(tx.commit().await?)
    }
}

/// Reminds one side of a booking.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendBookingReminder {
    booking: BookingId,
    to: Side,
}

impl Job for SendBookingReminder {
    const KIND: &'static str = "send_booking_reminder";
    const TRIES: i64 = 10;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut db = app.db.read().await?;
        let Some(sides) = store::confirmed_sides(&mut db, self.booking).await? else { return Ok(()) };
        let (to, other) = match self.to {
            Side::Traveler => (sides.traveler, sides.guide),
            Side::Guide => (sides.guide, sides.traveler),
        };
        let Some(reminder) = store::reminder(&mut db, self.booking, to, other).await? else { return Ok(()) };
        drop(db);
        let template = Template {
            subject: include_str!("mail/reminder.subject.txt"),
            text: include_str!("mail/reminder.txt"),
            html: include_str!("mail/reminder.html"),
        };
        let values = context! {
            name => reminder.name,
            other => reminder.other_name,
            guides => self.to == Side::Guide,
            destination => reminder.destination,
            start => reminder.start_date.to_string(),
            end => reminder.end_date.to_string(),
        };
        app.mail.send(id, &reminder.email, template, values).await
    }
}

/// Completes what is over, and cancels requests that nobody answered in time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct SettleBookings;

impl Job for SettleBookings {
    const KIND: &'static str = "settle_bookings";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let today = earliest_today(now);
        let mut tx = app.db.write().await?;
        // The guide had a day to say that nobody came.
        let completed = store::complete(&mut tx, earliest_today(now.minus(A_DAY)), now, BATCH).await?;
        let lapsed = store::lapse(&mut tx, today, now, BATCH).await?;
        for id in &completed {
            tx.happened("booking_completed", *id)?;
        }
        for id in &lapsed {
            tx.happened("booking_cancelled", *id)?;
        }
        if is_full(&completed) || is_full(&lapsed) {
            tx.enqueue(&self)?;
        }
        Ok(tx.commit().await?)
    }
}

/// Somebody blocked somebody, was banned, or left: cancels what is not over between those who do not see each other any more.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartBookings {
    traveler: TravelerId,
}

impl From<Uuid> for PartBookings {
    fn from(traveler: Uuid) -> Self {
        Self { traveler: TravelerId(traveler) }
    }
}

impl Job for PartBookings {
    const KIND: &'static str = "part_bookings";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let days = (earliest_today(now), latest_today(now));
        let ids = store::part(&mut tx, self.traveler, days, now, BATCH).await?;
        parted(tx, &ids, now, &self).await
    }
}

/// Somebody is verified as a woman no longer: cancels what is ahead with guides for women.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartFromWomen {
    traveler: TravelerId,
}

impl From<Uuid> for PartFromWomen {
    fn from(traveler: Uuid) -> Self {
        Self { traveler: TravelerId(traveler) }
    }
}

impl Job for PartFromWomen {
    const KIND: &'static str = "part_from_women";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let ids = store::part_from_women(&mut tx, self.traveler, latest_today(now), now, BATCH).await?;
        parted(tx, &ids, now, &self).await
    }
}

/// Frees the days of what was cancelled, tells of it, and goes on while there may be more.
async fn parted<J: Job>(mut tx: Tx, ids: &[BookingId], now: Timestamp, job: &J) -> Result<()> {
    if !ids.is_empty() {
        store::free_days(&mut tx, ids, latest_today(now));
    }
    for id in ids {
        tx.happened("booking_cancelled", *id)?;
    }
    if is_full(ids) {
        tx.enqueue(job)?;
    }
    Ok(tx.commit().await?)
}

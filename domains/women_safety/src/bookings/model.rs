//! What a booking is, and what may follow what. Pure.

use crate::{
    bookings::wire::Wanted,
    guides::model::{Guide, GuideId, earliest_today, latest_today},
    words::words,
};
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
    id, record,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

id! {
    /// A booking of a guide.
    BookingId, "Booking"
}

words! {
    /// How far a booking has come.
    Status {
        Requested = "requested",
        Confirmed = "confirmed",
        Declined = "declined",
        Cancelled = "cancelled",
        Completed = "completed",
        NoShow = "no_show",
    }
}

/// What somebody does with a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    Confirm,
    Decline,
    Cancel,
    Complete,
    NoShow,
}

impl Move {
    /// Where it leads.
    pub(crate) const fn to(self) -> Status {
        match self {
            Self::Confirm => Status::Confirmed,
            Self::Decline => Status::Declined,
            Self::Cancel => Status::Cancelled,
            Self::Complete => Status::Completed,
            Self::NoShow => Status::NoShow,
        }
    }
}

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// Who booked.
    Traveler,
    /// Who was booked.
    Guide,
}

/// Where the days of a booking are. They have begun once they did so somewhere on Earth, as no guide leaves a tour that may
/// be under way; they are over when they are so everywhere, and past when that was so long ago that nobody answers any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Ahead,
    Begun,
    Over,
    Past,
}

/// For so many days after the last one who booked may say that she was there.
const ANSWERED_WITHIN: i64 = 14;

/// What a move does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The booking is in this state from now on.
    Now(Status),
    /// It is kept that this side calls it completed; the other one has to as well.
    Said,
    /// The move is not this side's.
    NotYours,
    /// There is no such way from here.
    Illegal,
}

/// What follows when `side` makes a move with a booking that is `from`; `other_said` is whether the other side called it
/// completed. Whoever booked may leave until the tour is over, as nobody is kept on one; its guide may not once it has begun.
/// Against the word of who came nobody reports a no-show, nor before the tour is over: it would take the review away. And it
/// is a word that who booked can gainsay.
pub(crate) const fn after(from: Status, step: Move, side: Side, phase: Phase, other_said: bool) -> Outcome {
    if matches!((step, side), (Move::Confirm | Move::Decline | Move::NoShow, Side::Traveler)) {
        return Outcome::NotYours;
    }
    match (from, step, phase) {
        (Status::Requested, Move::Confirm, Phase::Ahead | Phase::Begun)
        | (Status::Requested, Move::Decline | Move::Cancel, _)
        | (Status::Confirmed, Move::Cancel, Phase::Ahead)
        | (Status::Confirmed, Move::Complete, Phase::Over | Phase::Past) => Outcome::Now(step.to()),
        (Status::Confirmed, Move::Cancel, Phase::Begun) if matches!(side, Side::Traveler) => {
            Outcome::Now(Status::Cancelled)
        }
        (Status::NoShow, Move::Complete, Phase::Over) if matches!(side, Side::Traveler) => {
            Outcome::Now(Status::Completed)
        }
        (Status::Confirmed, Move::NoShow, Phase::Over | Phase::Past) if !other_said => Outcome::Now(Status::NoShow),
        (Status::Confirmed, Move::Complete, Phase::Begun) if other_said => Outcome::Now(Status::Completed),
        (Status::Confirmed, Move::Complete, Phase::Begun) => Outcome::Said,
        _ => Outcome::Illegal,
    }
}

record! {
    /// A booking as it is stored.
    #[derive(Debug, Clone)]
    pub(crate) struct Booking {
        pub id: BookingId,
        pub guide_id: GuideId,
        pub traveler_id: TravelerId,
        pub destination: String,
        pub start_date: Day,
        pub end_date: Day,
        pub group_size: i64,
        pub activity_type: Option<String>,
        pub special_requirements: Option<String>,
        pub notes_from_traveler: Option<String>,
        pub emergency_contacts_shared: bool,
        pub insurance_provided: bool,
        pub status: Status,
        pub total_cost_cents: Option<i64>,
        pub said_done_by_traveler: bool,
        pub said_done_by_guide: bool,
        pub ended_by: Option<TravelerId>,
        pub reason: Option<String>,
        /// It was cancelled when it had begun: what happened till then can be reviewed.
        pub was_under_way: bool,
        pub confirmation_date: Option<Timestamp>,
        pub completed_at: Option<Timestamp>,
        pub cancellation_date: Option<Timestamp>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

impl Booking {
    /// What somebody wants of a guide, at her price of now.
    pub(crate) fn new(id: BookingId, guide: &Guide, traveler_id: TravelerId, wanted: Wanted, at: Timestamp) -> Self {
        Self {
            id,
            guide_id: guide.id,
            traveler_id,
            destination: wanted.destination,
            start_date: wanted.start_date,
            end_date: wanted.end_date,
            group_size: wanted.group_size,
            activity_type: wanted.activity_type,
            special_requirements: wanted.special_requirements,
            notes_from_traveler: wanted.notes_from_traveler,
            emergency_contacts_shared: wanted.emergency_contacts_shared,
            insurance_provided: wanted.insurance_provided,
            status: Status::Requested,
            total_cost_cents: price(guide.hourly_rate_cents, wanted.start_date, wanted.end_date),
            said_done_by_traveler: false,
            said_done_by_guide: false,
            ended_by: None,
            reason: None,
            was_under_way: false,
            confirmation_date: None,
            completed_at: None,
            cancellation_date: None,
            created_at: at,
            updated_at: at,
        }
    }

    /// Where its days are now.
    pub(crate) fn phase(&self, now: Timestamp) -> Phase {
        if self.start_date > latest_today(now) {
            Phase::Ahead
        } else if self.end_date >= earliest_today(now) {
            Phase::Begun
        } else if earliest_today(now).days_since(self.end_date) <= ANSWERED_WITHIN {
            Phase::Over
        } else {
            Phase::Past
        }
    }

    /// Whether it is the time for its guide to know whom to call for the traveller, who wants it: from a day before its first
    /// day begins somewhere to a day after its last one is over everywhere, unless it ended without a tour.
    pub(crate) fn shows_emergency(&self, now: Timestamp) -> bool {
        let (soon, lately) = (latest_today(now.plus(AROUND)), earliest_today(now.minus(AROUND)));
        let is_on = matches!(self.status, Status::Confirmed | Status::Completed);
        is_on && self.emergency_contacts_shared && self.start_date <= soon && self.end_date >= lately
    }

    /// Whether the other side called it completed.
    pub(crate) const fn other_said(&self, side: Side) -> bool {
        match side {
            Side::Traveler => self.said_done_by_guide,
            Side::Guide => self.said_done_by_traveler,
        }
    }

    /// What `outcome` of a move by `side`, who is `mover`, makes of it.
    pub(crate) fn follow(&mut self, outcome: Outcome, side: Side, mover: TravelerId, at: Timestamp) {
        self.updated_at = at;
        if matches!(outcome, Outcome::Said | Outcome::Now(Status::Completed)) {
            match side {
                Side::Traveler => self.said_done_by_traveler = true,
                Side::Guide => self.said_done_by_guide = true,
            }
        }
        let Outcome::Now(status) = outcome else { return };
        self.was_under_way =
            (self.status, status) == (Status::Confirmed, Status::Cancelled) && !matches!(self.phase(at), Phase::Ahead);
        self.status = status;
        match status {
            Status::Requested => {}
            Status::Confirmed => self.confirmation_date = Some(at),
            Status::Completed => {
                self.completed_at = Some(at);
                // A no-show that was gainsaid.
                (self.cancellation_date, self.ended_by, self.reason) = (None, None, None);
            }
            Status::Declined | Status::Cancelled | Status::NoShow => {
                self.cancellation_date = Some(at);
                self.ended_by = Some(mover);
            }
        }
    }

    /// Its days, the first one first.
    pub(crate) fn days(&self) -> Vec<Day> {
        let count = u64::try_from(days_of(self.start_date, self.end_date)).unwrap_or_default();
        (0..count).filter_map(|n| self.start_date.plus_days(n)).collect()
    }
}

/// How long before and after a booking its guide knows whom to call.
const AROUND: Duration = Duration::from_hours(24);

/// How many days from one to the other, both counted.
pub(crate) fn days_of(start: Day, end: Day) -> i64 {
    end.days_since(start) + 1
}

/// Eight hours a day at the hourly rate, in cents; unknown while the guide names no rate.
fn price(hourly_rate_cents: Option<i64>, start: Day, end: Day) -> Option<i64> {
    hourly_rate_cents.map(|rate| rate * 8 * days_of(start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_way_of_a_booking() {
        use {
            Move::{Cancel, Complete, Confirm, Decline, NoShow},
            Outcome::{Illegal, NotYours, Now, Said},
            Phase::{Ahead, Begun, Over, Past},
            Side::{Guide, Traveler},
        };
        // Every way that there is; whatever is not here is illegal, or not for that side.
        let ways = [
            (Status::Requested, Confirm, Guide, Ahead, Now(Status::Confirmed)),
            (Status::Requested, Confirm, Guide, Begun, Now(Status::Confirmed)),
            (Status::Requested, Decline, Guide, Ahead, Now(Status::Declined)),
            (Status::Requested, Decline, Guide, Begun, Now(Status::Declined)),
            (Status::Requested, Decline, Guide, Over, Now(Status::Declined)),
            (Status::Requested, Decline, Guide, Past, Now(Status::Declined)),
            (Status::Requested, Cancel, Traveler, Past, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Guide, Past, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Traveler, Ahead, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Traveler, Begun, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Traveler, Over, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Guide, Ahead, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Guide, Begun, Now(Status::Cancelled)),
            (Status::Requested, Cancel, Guide, Over, Now(Status::Cancelled)),
            (Status::Confirmed, Cancel, Traveler, Ahead, Now(Status::Cancelled)),
            (Status::Confirmed, Cancel, Guide, Ahead, Now(Status::Cancelled)),
            (Status::Confirmed, Cancel, Traveler, Begun, Now(Status::Cancelled)),
            (Status::Confirmed, Complete, Traveler, Begun, Said),
            (Status::Confirmed, Complete, Guide, Begun, Said),
            (Status::Confirmed, Complete, Traveler, Over, Now(Status::Completed)),
            (Status::Confirmed, Complete, Guide, Over, Now(Status::Completed)),
            (Status::Confirmed, Complete, Traveler, Past, Now(Status::Completed)),
            (Status::Confirmed, Complete, Guide, Past, Now(Status::Completed)),
            (Status::Confirmed, NoShow, Guide, Over, Now(Status::NoShow)),
            (Status::Confirmed, NoShow, Guide, Past, Now(Status::NoShow)),
            (Status::NoShow, Complete, Traveler, Over, Now(Status::Completed)),
        ];
        let steps = [Confirm, Decline, Cancel, Complete, NoShow];
        for (from, step, side, phase) in Status::ALL.iter().flat_map(|from| {
            steps.iter().flat_map(move |step| {
                [Traveler, Guide]
                    .into_iter()
                    .flat_map(move |side| [Ahead, Begun, Over, Past].map(|phase| (*from, *step, side, phase)))
            })
        }) {
            let way = ways.iter().find(|w| (w.0, w.1, w.2, w.3) == (from, step, side, phase));
            let guides = side == Traveler && matches!(step, Confirm | Decline | NoShow);
            let expected = way.map_or(if guides { NotYours } else { Illegal }, |w| w.4);
            assert_eq!(after(from, step, side, phase, false), expected, "{from:?} {step:?} {side:?} {phase:?}");
            let both = match expected {
                Said => Now(Status::Completed),
                Now(Status::NoShow) => Illegal,
                other => other,
            };
            assert_eq!(after(from, step, side, phase, true), both, "{from:?} {step:?} {side:?} {phase:?}");
        }
    }

    fn booked(status: Status, start: &str, end: &str) -> Booking {
        let (nobody, at) = (uuid::Uuid::nil(), Timestamp::from_micros(0));
        Booking {
            id: BookingId(nobody),
            guide_id: GuideId(nobody),
            traveler_id: TravelerId(nobody),
            destination: String::new(),
            start_date: day(start),
            end_date: day(end),
            group_size: 1,
            activity_type: None,
            special_requirements: None,
            notes_from_traveler: None,
            emergency_contacts_shared: true,
            insurance_provided: false,
            status,
            total_cost_cents: None,
            said_done_by_traveler: false,
            said_done_by_guide: false,
            ended_by: None,
            reason: None,
            was_under_way: false,
            confirmation_date: None,
            completed_at: None,
            cancellation_date: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn emergency_contacts_are_for_the_days_around_a_tour() {
        let now: Timestamp = serde_json::from_value("2027-04-10T10:00:00Z".into()).unwrap();
        for (status, is_shared, start, end, is_shown) in [
            // It is the 11th at UTC+14 from 10:00 on, and still the 9th at UTC-12 before 12:00.
            (Status::Confirmed, true, "2027-04-10", "2027-04-10", true),
            (Status::Completed, true, "2027-04-10", "2027-04-10", true),
            (Status::Confirmed, true, "2027-04-12", "2027-04-20", true),
            (Status::Confirmed, true, "2027-04-13", "2027-04-20", false),
            (Status::Confirmed, true, "2027-04-01", "2027-04-08", true),
            (Status::Confirmed, true, "2027-04-01", "2027-04-07", false),
            (Status::Confirmed, false, "2027-04-10", "2027-04-10", false),
            (Status::Requested, true, "2027-04-10", "2027-04-10", false),
            (Status::Declined, true, "2027-04-10", "2027-04-10", false),
            (Status::Cancelled, true, "2027-04-10", "2027-04-10", false),
            (Status::NoShow, true, "2027-04-10", "2027-04-10", false),
        ] {
            let booking = Booking { emergency_contacts_shared: is_shared, ..booked(status, start, end) };
            assert_eq!(booking.shows_emergency(now), is_shown, "{status:?} {is_shared} {start} {end}");
        }
    }

    #[test]
    fn a_price_is_eight_hours_a_day() {
        for (rate, start, end, expected) in [
            (None, "2027-04-02", "2027-04-02", None),
            (Some(0), "2027-04-02", "2027-04-02", Some(0)),
            (Some(2_550), "2027-04-02", "2027-04-02", Some(20_400)),
            (Some(1_999), "2027-02-27", "2027-03-01", Some(47_976)),
            (Some(100_000_000), "2027-04-02", "2027-05-31", Some(48_000_000_000)),
        ] {
            assert_eq!(price(rate, day(start), day(end)), expected, "{rate:?} {start} {end}");
        }
    }
}

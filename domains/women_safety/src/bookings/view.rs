//! A booking as one of its two sides gets it. Of a side that is hidden from the other (by a block, a ban, or because the
//! account is gone) nothing is left but the days and what became of it.

use super::{
    model::{BookingId, Side, Status, days_of},
    store::Found,
};
use crate::guides::{
    model::{GuideId, usd},
    view::PersonView,
};
use crate::settings::EmergencyView;
use kernel::{
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    http::Pagination,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A booking of a guide.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookingView<'a> {
    /// Which booking.
    id: BookingId,
    /// Which guide; null when she is hidden from the reader.
    #[schema(value_type = Option<String>, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    guide_id: Option<GuideId>,
    /// Who booked; null when they are hidden from the reader.
    #[schema(value_type = Option<String>, example = "01a3b1c2-7a00-7000-8000-00000000002b")]
    traveler_id: Option<TravelerId>,
    /// Which side the reader is: `traveler` or `guide`.
    #[schema(example = "traveler")]
    role: Side,
    /// Who the other side is; null when they are hidden from the reader.
    #[schema(value_type = Option<PersonView<'_>>, example = json!(null))]
    other: Option<PersonView<'a>>,
    /// Where; null for a guide when the traveller is hidden from her.
    #[schema(example = "Kyoto")]
    destination: Option<&'a str>,
    /// The first day.
    #[schema(example = "2027-04-02")]
    start_date: Day,
    /// The last day.
    #[schema(example = "2027-04-03")]
    end_date: Day,
    /// How many days.
    #[schema(example = 2)]
    days: i64,
    /// How many come.
    #[schema(example = 2)]
    group_size: i64,
    /// What to do.
    #[schema(example = "temples")]
    activity_type: Option<&'a str>,
    /// What to mind.
    #[schema(example = "No stairs, please.")]
    special_requirements: Option<&'a str>,
    /// Anything else.
    #[schema(example = "We come from the station.")]
    notes_from_traveler: Option<&'a str>,
    /// How far it has come: `requested`, `confirmed`, `declined`, `cancelled`, `completed` or `no_show`.
    #[schema(example = "requested")]
    status: Status,
    /// What it costs: eight hours a day at the rate of the moment of booking; null when the guide named none.
    #[schema(example = 408.0)]
    total_cost_usd: Option<f64>,
    /// Not kept; always `pending`.
    #[schema(example = "pending")]
    payment_status: &'static str,
    /// Whether the guide may see the emergency contacts around those days.
    #[schema(example = false)]
    emergency_contacts_shared: bool,
    /// Whether the traveller is insured.
    #[schema(example = true)]
    insurance_provided: bool,
    /// Whether the traveller called it completed.
    #[schema(example = false)]
    completed_by_traveler: bool,
    /// Whether the guide called it completed.
    #[schema(example = false)]
    completed_by_guide: bool,
    /// Why it ended, in the words of who ended it.
    #[schema(example = json!(null))]
    cancellation_reason: Option<&'a str>,
    /// Whether it was cancelled when it had begun; the traveller can review it then.
    #[schema(example = false)]
    was_under_way: bool,
    /// When the guide confirmed it.
    #[schema(value_type = Option<Timestamp>, example = json!(null))]
    confirmation_date: Option<Timestamp>,
    /// When it was declined, cancelled, or reported as a no-show.
    #[schema(value_type = Option<Timestamp>, example = json!(null))]
    cancellation_date: Option<Timestamp>,
    /// When it was completed.
    #[schema(value_type = Option<Timestamp>, example = json!(null))]
    completed_at: Option<Timestamp>,
    /// When it was requested.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

impl<'a> BookingView<'a> {
    /// What `viewer`, who is one of its sides, gets of it.
    pub(crate) fn new(found: &'a Found, viewer: Caller) -> Self {
        let (b, side) = (&found.booking, found.side(viewer.id));
        let is_hidden = found.other.is_none();
        // What the traveller wrote is theirs, and not for a guide from whom they are hidden.
        let sees_words = side == Side::Traveler || !is_hidden;
        Self {
            id: b.id,
            guide_id: (side == Side::Guide || !is_hidden).then_some(b.guide_id),
            traveler_id: sees_words.then_some(b.traveler_id),
            role: side,
            other: found.other.as_ref().map(PersonView::from),
            destination: Some(b.destination.as_str()).filter(|_| sees_words),
            start_date: b.start_date,
            end_date: b.end_date,
            days: days_of(b.start_date, b.end_date),
            group_size: b.group_size,
            activity_type: b.activity_type.as_deref().filter(|_| sees_words),
            special_requirements: b.special_requirements.as_deref().filter(|_| sees_words),
            notes_from_traveler: b.notes_from_traveler.as_deref().filter(|_| sees_words),
            status: b.status,
            total_cost_usd: b.total_cost_cents.map(usd),
            payment_status: "pending",
            emergency_contacts_shared: b.emergency_contacts_shared,
            insurance_provided: b.insurance_provided,
            completed_by_traveler: b.said_done_by_traveler,
            completed_by_guide: b.said_done_by_guide,
            cancellation_reason: b.reason.as_deref().filter(|_| !is_hidden || b.ended_by == Some(viewer.id)),
            was_under_way: b.was_under_way,
            confirmation_date: b.confirmation_date,
            cancellation_date: b.cancellation_date,
            completed_at: b.completed_at,
            created_at: b.created_at,
            updated_at: b.updated_at,
        }
    }
}

/// One booking. What its guide may know in an emergency stands here only, and so in no list.
#[derive(Serialize, ToSchema)]
pub(crate) struct OneBookingView<'a> {
    #[serde(flatten)]
    pub booking: BookingView<'a>,
    /// For the guide, from a day before to a day after the booking, while the traveller shares it; else null.
    pub emergency: Option<EmergencyView>,
}

/// Bookings under the name that clients read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bookings<'a> {
    /// The bookings on this page.
    #[schema(value_type = Vec<BookingView<'_>>)]
    pub bookings: Vec<BookingView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}

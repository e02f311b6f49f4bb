//! What a client may say of a group. Fields that belong to the server (members, counts, the creator) are not here, so a
//! request cannot set them.

use crate::model::{GroupId, InviteId, ItineraryId, MemberId, RequestId, Role, WOMEN_ONLY};
use kernel::{
    Error, Faults, Result,
    auth::TravelerId,
    clock::Day,
    http::{Field, Noun, Wire, day_field, field},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// The fields of a group that its organizers write. When creating, `name`, `destination`, `start_date` and `end_date` are
/// required and `null` counts as absent; when changing, absent fields stay and `null` clears what can be empty.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "name": "Surf and slow mornings", "destination": "Lisbon, Portugal", "description": "A week of small waves.",
    "start_date": "2027-04-02", "end_date": "2027-04-09", "group_type": "interest_based", "max_members": 6,
    "activity_tags": ["surfing", "food"], "languages": ["en", "pt"], "travel_pace": "slow"
}))]
pub(crate) struct GroupBody {
    /// What it is called, 1 to 200 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(200)))]
    #[schema(value_type = Option<String>, example = "Surf and slow mornings")]
    name: Field<String>,
    /// In words, at most 5,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 5_000))]
    #[schema(value_type = Option<String>, example = "A week of small waves.")]
    description: Field<String>,
    /// Where to, at most 200 characters: the town first. What stands after a comma is for members only.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(200)))]
    #[schema(value_type = Option<String>, example = "Lisbon, Portugal")]
    destination: Field<String>,
    /// Degrees north of the destination. Kept to a tenth of a degree, for finding groups that travel near.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = -90.0, max = 90.0))]
    #[schema(value_type = Option<f64>, example = 38.7)]
    latitude: Field<f64>,
    /// Degrees east of the destination. Kept to a tenth of a degree.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = -180.0, max = 180.0))]
    #[schema(value_type = Option<f64>, example = -9.1)]
    longitude: Field<f64>,
    /// The first day, not in the past when it changes. `travel_dates_start` is the same. Others than members get its month.
    #[serde(default, deserialize_with = "day_field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    start_date: Field<Day>,
    /// The last day, within 366 days. `travel_dates_end` is the same. For members only.
    #[serde(default, deserialize_with = "day_field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-09")]
    end_date: Field<Day>,
    /// The kind of group, a word of at most 50 characters such as `interest_based` (the default), `safety_focused`,
    /// `location_based` or `women_only`, which makes it a women-only group. `trip_type` and `type` are the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(50)))]
    #[schema(value_type = Option<String>, example = "interest_based")]
    group_type: Field<String>,
    /// Seats, 2 to 50; 10 when absent. Never fewer than members.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 2, max = 50))]
    #[schema(value_type = Option<i64>, example = 6)]
    max_members: Field<i64>,
    /// What the group likes to do, at most 20 of at most 50 characters. `interests` is the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(words))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["surfing", "food"]))]
    activity_tags: Field<Vec<String>>,
    /// The languages that it speaks, at most 20 of at most 50 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(words))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["en", "pt"]))]
    languages: Field<Vec<String>>,
    /// How fast it travels, a word of at most 50 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(50)))]
    #[schema(value_type = Option<String>, example = "slow")]
    travel_pace: Field<String>,
    /// Whether only verified women see it. Changes only while the creator is alone in it.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = false)]
    is_women_only: Field<bool>,
    /// Whether an organizer or moderator agrees to everybody who joins.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = false)]
    requires_approval: Field<bool>,
}

impl Wire for GroupBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[
        ("travel_dates_start", "start_date"),
        ("travel_dates_end", "end_date"),
        ("interests", "activity_tags"),
        ("type", "group_type"),
        ("trip_type", "group_type"),
        ("require_approval", "requires_approval"),
    ];
}

/// The same fields, found right: what is `None` was not given.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub name: Option<String>,
    pub description: Option<String>,
    pub destination: Option<String>,
    pub latitude: Field<f64>,
    pub longitude: Field<f64>,
    pub start_date: Option<Day>,
    pub end_date: Option<Day>,
    pub group_type: Option<String>,
    pub max_members: Option<i64>,
    pub activity_tags: Option<Vec<String>>,
    pub languages: Option<Vec<String>>,
    pub travel_pace: Field<String>,
    pub is_women_only: Option<bool>,
    pub requires_approval: Option<bool>,
}

impl GroupBody {
    /// For a new group.
    pub(crate) fn check_new(self) -> Result<Changes> {
        let mut faults = Faults::default();
        macro_rules! required {
            ($($field:ident),*) => { $(if self.$field.clone().flatten().is_none() {
                faults.add(stringify!($field), "is required");
            })* };
        }
        required!(name, destination, start_date, end_date);
        self.check(faults)
    }

    /// For a group that is there.
    pub(crate) fn check_change(self) -> Result<Changes> {
        let mut faults = Faults::default();
        macro_rules! needed {
            ($($field:ident),*) => { $(if self.$field == Some(None) {
                faults.add(stringify!($field), "cannot be null");
            })* };
        }
        needed!(name, destination, start_date, end_date, group_type, max_members, is_women_only, requires_approval);
        self.check(faults)
    }

    fn check(self, mut faults: Faults) -> Result<Changes> {
        faults.check(&self);
        if self.destination.iter().flatten().any(|d| d.trim().starts_with(',')) {
            faults.add("destination", "must begin with a town");
        }
        if self.latitude.map(|l| l.is_some()) != self.longitude.map(|l| l.is_some()) {
            faults.add("longitude", "must be given together with latitude");
        }
        let group_type = self.group_type.flatten().map(|t| t.trim().to_lowercase());
        let is_for_women = group_type.as_deref() == Some(WOMEN_ONLY);
        if is_for_women && self.is_women_only == Some(Some(false)) {
            faults.add("is_women_only", "must be true for a group of this type");
        }
        faults.result()?;
        let line = |f: Field<String>| f.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
        let words = |f: Field<Vec<String>>| {
            f.map(|v| {
                v.unwrap_or_default().into_iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect()
            })
        };
        let coarse = |f: Field<f64>| f.map(|v| v.map(|degrees| (degrees * 10.0).round() / 10.0));
        Ok(Changes {
            name: line(self.name).flatten(),
            description: self.description.map(|d| d.unwrap_or_default().trim().to_owned()),
            destination: line(self.destination).flatten(),
            latitude: coarse(self.latitude),
            longitude: coarse(self.longitude),
            start_date: self.start_date.flatten(),
            end_date: self.end_date.flatten(),
            group_type,
            max_members: self.max_members.flatten(),
            activity_tags: words(self.activity_tags),
            languages: words(self.languages),
            travel_pace: line(self.travel_pace),
            is_women_only: if is_for_women { Some(true) } else { self.is_women_only.flatten() },
            requires_approval: self.requires_approval.flatten(),
        })
    }
}

type Checked = Result<(), garde::Error>;

/// One line of 1 to `max` characters.
fn line(max: usize) -> impl FnOnce(&Field<String>, &()) -> Checked {
    move |value, ()| match value {
        Some(Some(text)) if text.trim().is_empty() || text.trim().chars().count() > max => {
            Err(garde::Error::new(format!("must have 1 to {max} characters")))
        }
        Some(Some(text)) if text.trim().contains(char::is_control) => Err(garde::Error::new("must be one line")),
        _ => Ok(()),
    }
}

fn words(value: &Field<Vec<String>>, (): &()) -> Checked {
    let given = value.iter().flatten();
    if given.clone().any(|words| words.len() > 20) {
        return Err(garde::Error::new("must have at most 20 entries"));
    }
    if given.flatten().any(|w| w.chars().count() > 50 || w.contains(char::is_control)) {
        return Err(garde::Error::new("must have entries of at most 50 characters"));
    }
    Ok(())
}

/// Somebody whom an organizer means.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GroupTraveler, example = json!({ "traveler_id": "01a3b1c2-7a00-7000-8000-00000000002a" }))]
pub(crate) struct TravelerBody {
    /// Whom. `user_id` is the same.
    #[schema(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    traveler_id: Option<String>,
    /// Why, at most 500 characters; read by bans only. For the organizers.
    #[serde(default)]
    #[schema(example = "Was rude to others.")]
    reason: Option<String>,
}

impl Wire for TravelerBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("user_id", "traveler_id")];
}

impl TravelerBody {
    /// Whom, and why. What cannot be an id is the id of nobody.
    pub(crate) fn check(self) -> Result<(TravelerId, Option<String>)> {
        let id = needed_id("traveler_id", self.traveler_id)?;
        let reason = self.reason.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty());
        if reason.as_ref().is_some_and(|r| r.chars().count() > 500) {
            return Err(Error::field("reason", "must have at most 500 characters"));
        }
        let id = id.parse().ok().map(TravelerId).ok_or(Error::NotFound("Traveler"))?;
        Ok((id, reason))
    }
}

/// A trip that is added to a group.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GroupItinerary, example = json!({ "itinerary_id": "01a3b1c2-7a00-7000-8000-00000000002a" }))]
pub(crate) struct ItineraryBody {
    /// Which trip.
    #[schema(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    itinerary_id: Option<String>,
}

impl Wire for ItineraryBody {}

impl ItineraryBody {
    /// Which. What cannot be an id is the id of nothing.
    pub(crate) fn check(self) -> Result<ItineraryId> {
        let id = needed_id("itinerary_id", self.itinerary_id)?;
        id.parse().ok().map(ItineraryId).ok_or(Error::NotFound("Itinerary"))
    }
}

fn needed_id(name: &str, given: Option<String>) -> Result<String> {
    let id = given.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    id.ok_or_else(|| Error::field(name, "is required"))
}

/// A role that a member gets.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GroupRole, example = json!({ "role": "moderator" }))]
pub(crate) struct RoleBody {
    /// `member`, `moderator` or `organizer`; `accepted` agrees to a request instead.
    #[schema(example = "moderator")]
    role: Option<String>,
}

impl Wire for RoleBody {}

/// What is to become of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Role(Role),
    Accepted,
}

impl RoleBody {
    pub(crate) fn check(self) -> Result<Wanted> {
        let role = self.role.unwrap_or_default();
        if role.trim().eq_ignore_ascii_case("accepted") {
            return Ok(Wanted::Accepted);
        }
        let role = Role::named(&role).map(Wanted::Role);
        role.ok_or_else(|| Error::field("role", "must be member, moderator or organizer"))
    }
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

macro_rules! place {
    ($(#[$meta:meta])* $name:ident { $field:ident: $id:ty } $noun:literal, $what:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
        #[into_params(parameter_in = Path)]
        pub(crate) struct $name {
            /// Which group.
            #[param(value_type = String, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
            pub id: GroupId,
            #[doc = $what]
            #[param(value_type = String, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002b")]
            pub $field: $id,
        }

        impl Noun for $name {
            const NOUN: &'static str = $noun;
        }
    };
}
place! {
    /// Of a member.
    MemberPath { member_id: MemberId } "Member", "Which member: the id of the membership, or of the traveler."
}
place! {
    /// Of an invitation.
    InvitePath { invite_id: InviteId } "Invitation", "Which invitation."
}
place! {
    /// Of a request.
    RequestPath { request_id: RequestId } "Request", "Which request."
}
place! {
    /// Of somebody who is banned.
    BanPath { traveler_id: TravelerId } "Ban", "Who is banned."
}
place! {
    /// Of a trip.
    ItineraryPath { itinerary_id: ItineraryId } "Itinerary", "Which trip."
}

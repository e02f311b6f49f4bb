//! What a group is, who may do what in it, and who gets a seat. Pure.

pub(crate) mod matching;

use crate::wire::Changes;
use chrono::Datelike;
use kernel::{
    Error, Faults, Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Json,
    id, record,
    text::{fold, unaccent},
};
use std::time::Duration;

id! {
    /// A group.
    GroupId, "Travel group"
}
id! {
    /// A membership.
    MemberId, "Member"
}
id! {
    /// An invitation.
    InviteId, "Invitation"
}
id! {
    /// Somebody's wish to join.
    RequestId, "Request"
}
id! {
    /// A place in a waiting list.
    WaitId, "Place in the waiting list"
}
id! {
    /// A trip.
    ItineraryId, "Itinerary"
}

/// The kind of group that only women can see.
pub(crate) const WOMEN_ONLY: &str = "women_only";
/// How long an invitation is good.
pub(crate) const INVITE_LASTS: Duration = Duration::from_hours(7 * 24);
/// How long a free seat is held for whom it was offered.
pub(crate) const OFFER_LASTS: Duration = Duration::from_hours(24);
/// After a refusal nobody is asked again for so long.
pub(crate) const REFUSAL_LASTS: Duration = Duration::from_hours(30 * 24);
/// After that much of a creator's ban, the groups that they led are closed.
pub(crate) const BAN_SETTLES: Duration = Duration::from_hours(7 * 24);
/// Days of a group's travel, at most.
pub(crate) const MOST_DAYS: i64 = 366;
/// Groups of one person, invitations and trips of one group, and people who wait for it, at most.
pub(crate) const MOST_GROUPS: i64 = 50;
pub(crate) const MOST_INVITES: i64 = 100;
pub(crate) const MOST_ITINERARIES: i64 = 50;
pub(crate) const MOST_WAITING: i64 = 500;

record! {
    /// A group as it is stored.
    #[derive(Debug, Clone)]
    #[expect(clippy::struct_field_names, reason = "the names of the contract")]
    pub(crate) struct Group {
        pub id: GroupId,
        pub creator_id: TravelerId,
        /// Whom the creator asked to lead it.
        pub heir_id: Option<TravelerId>,
        pub name: String,
        pub description: String,
        pub group_type: String,
        pub destination: String,
        pub latitude: Option<f64>,
        pub longitude: Option<f64>,
        pub start_date: Day,
        pub end_date: Day,
        pub max_members: i64,
        pub current_members_count: i64,
        pub activity_tags: Json<Vec<String>>,
        pub languages: Json<Vec<String>>,
        pub travel_pace: Option<String>,
        pub is_women_only: bool,
        pub requires_approval: bool,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

/// What somebody may do in a group that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Member,
    Moderator,
    Organizer,
}

impl Role {
    /// By its name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.trim().to_lowercase().as_str() {
            "member" => Some(Self::Member),
            "moderator" => Some(Self::Moderator),
            "organizer" => Some(Self::Organizer),
            _ => None,
        }
    }

    /// As clients read it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Organizer => "organizer",
        }
    }
}

impl Group {
    /// A group that [`Group::apply`] fills.
    pub(crate) fn new(id: GroupId, creator_id: TravelerId, at: Timestamp) -> Self {
        Self {
            id,
            creator_id,
            heir_id: None,
            name: String::new(),
            description: String::new(),
            group_type: "interest_based".to_owned(),
            destination: String::new(),
            latitude: None,
            longitude: None,
            start_date: at.day(),
            end_date: at.day(),
            max_members: 10,
            current_members_count: 1,
            activity_tags: Json(Vec::new()),
            languages: Json(Vec::new()),
            travel_pace: None,
            is_women_only: false,
            requires_approval: false,
            created_at: at,
            updated_at: at,
        }
    }

    /// Takes over what was given; what it cannot become is a fault. The days of one that is over stay as they were: who
    /// was on a trip is read from them.
    pub(crate) fn apply(&mut self, changes: Changes, now: Timestamp) -> Result<()> {
        let (start, end) = (self.start_date, self.end_date);
        macro_rules! set {
            ($($field:ident),* $(,)?) => { $(if let Some(value) = changes.$field { self.$field = value; })* };
        }
        set!(
            name,
            description,
            group_type,
            destination,
            start_date,
            end_date,
            max_members,
            is_women_only,
            requires_approval,
            latitude,
            longitude,
            travel_pace,
        );
        if let Some(tags) = changes.activity_tags {
            self.activity_tags = Json(tags);
        }
        if let Some(languages) = changes.languages {
            self.languages = Json(languages);
        }
        if !self.is_women_only && self.group_type == WOMEN_ONLY {
            "interest_based".clone_into(&mut self.group_type);
        }
        if self.end_date < self.start_date {
            return Err(Error::field("end_date", "must not be before start_date"));
        }
        if self.end_date.days_since(self.start_date) >= MOST_DAYS {
            return Err(Error::field("end_date", "must be within 366 days from start_date"));
        }
        if (self.start_date, self.end_date) != (start, end) && has_ended(end, now) {
            return Err(Error::conflict("group_over", "The days of a group that is over do not change"));
        }
        // A client that sends back what it got changes no day of a group that is under way.
        let mut faults = Faults::default();
        for (name, day, before) in [("start_date", self.start_date, start), ("end_date", self.end_date, end)] {
            if day != before && day < earliest_today(now) {
                faults.add(name, "must not be in the past");
            }
        }
        faults.result()?;
        if self.max_members < self.current_members_count {
            return Err(Error::conflict("too_many_members", "The group has more members than that"));
        }
        self.updated_at = now;
        Ok(())
    }

    /// The part of the destination that others than members get: what stands before the first comma.
    pub(crate) fn town(&self) -> &str {
        self.destination.split(',').next().unwrap_or_default().trim()
    }

    /// What the search looks into. Nothing that others than members do not get.
    pub(crate) fn search_text(&self) -> String {
        unaccent(&format!("{}\n{}\n{}", self.name, self.town(), self.description))
    }

    /// What the filter of activities looks into: each between bars.
    pub(crate) fn tags_text(&self) -> String {
        self.activity_tags.0.iter().fold("|".to_owned(), |text, tag| format!("{text}{}|", fold_tag(tag)))
    }

    /// Whether it takes nobody any more: the month of its last day has passed everywhere on Earth. By the month, because
    /// a refusal would tell others the day.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        month(self.end_date) < month(earliest_today(now))
    }

    /// That it is not over.
    pub(crate) fn is_open(&self, now: Timestamp) -> Result<()> {
        if self.is_over(now) {
            return Err(Error::conflict("group_over", "The group has traveled: it takes nobody any more"));
        }
        Ok(())
    }

    /// Whether somebody with this role has a say in who belongs to it.
    pub(crate) fn may_manage(role: Option<Role>) -> Result<()> {
        match role {
            Some(Role::Organizer | Role::Moderator) => Ok(()),
            _ => Err(Error::forbidden("not_organizer", "Only organizers and moderators of the group can do this")),
        }
    }

    /// Whether `by` may send away, or ban, a member who is `whom`.
    pub(crate) fn may_send_away(&self, by: TravelerId, role: Role, whom: TravelerId, theirs: Role) -> Result<()> {
        if whom == self.creator_id {
            return Err(Error::conflict("creator_stays", "The creator of a group cannot be sent away"));
        }
        if by != self.creator_id && theirs >= role {
            return Err(Error::forbidden("not_organizer", "Only members of a lower role can be sent away"));
        }
        Ok(())
    }

    /// Whether `by` may give somebody, who is `theirs`, another role.
    pub(crate) fn may_appoint(
        &self,
        (by, role): (TravelerId, Option<Role>),
        (whom, theirs): (TravelerId, Role),
        new: Role,
    ) -> Result<()> {
        if role != Some(Role::Organizer) {
            return Err(Error::forbidden("not_organizer", "Only organizers of the group give roles"));
        }
        if whom == self.creator_id {
            return Err(Error::conflict("creator_stays", "The creator of a group stays its organizer"));
        }
        if by != self.creator_id && theirs.max(new) == Role::Organizer {
            return Err(Error::forbidden("not_creator", "Only the creator of the group makes organizers"));
        }
        Ok(())
    }
}

/// The first day that it is today somewhere on Earth; before it, everything is over everywhere.
pub(crate) fn earliest_today(now: Timestamp) -> Day {
    now.minus(Duration::from_hours(12)).day()
}

/// Whether travel that ends on this day is over everywhere on Earth.
pub(crate) fn has_ended(end: Day, now: Timestamp) -> bool {
    end < earliest_today(now)
}

/// A month as a number that grows by one each month.
pub(crate) fn month(day: Day) -> i64 {
    i64::from(day.date().year()) * 12 + i64::from(day.date().month0())
}

/// A tag as it is compared.
pub(crate) fn fold_tag(tag: &str) -> String {
    fold(tag.trim()).replace('|', " ")
}

record! {
    /// Where somebody stands with a group that is held.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Standing {
        /// `accepted`, `left`, `removed`, or nothing.
        pub state: Option<String>,
        pub role: Option<String>,
        pub member_id: Option<MemberId>,
        /// Since when they are banned from it.
        pub banned_at: Option<Timestamp>,
        /// Whether there is a block between them and anybody who belongs to it.
        pub is_blocked: bool,
        /// Whether a women-only group is open to them.
        pub women_verified: bool,
        pub request_id: Option<RequestId>,
        /// Whether an offer of a seat to them is good.
        pub is_offered: bool,
        /// Seats that are held for others.
        pub held: i64,
        pub is_waiting: bool,
        /// Whether an offer to anybody has run out and was not yet passed on.
        pub is_stale: bool,
    }
}

impl Standing {
    /// The role of an active member.
    pub(crate) fn role(&self) -> Option<Role> {
        self.is_member().then(|| self.role.as_deref().and_then(Role::named)).flatten()
    }

    /// Whether they belong to it.
    pub(crate) fn is_member(&self) -> bool {
        self.state.as_deref() == Some("accepted")
    }

    /// Whether they are banned from it.
    pub(crate) const fn is_banned(&self) -> bool {
        self.banned_at.is_some()
    }

    /// Whether no seat is to be had for them, whatever the figures say: a ban and a block look like a full group.
    /// Where somebody has to agree, an offer says that one can ask: it holds the seat against nobody, or those who wait
    /// would keep everybody from being agreed to.
    pub(crate) fn is_full(&self, group: &Group) -> bool {
        let held = if group.requires_approval { 0 } else { self.held };
        self.is_banned() || self.is_blocked || group.current_members_count + held >= group.max_members
    }
}

/// By which door somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// On their own.
    Open,
    /// Somebody who has a say asked them in, or agreed.
    Asked,
}

/// What becomes of a wish to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// A seat, for the first time.
    First,
    /// A seat, again.
    Again,
    /// Somebody who has a say is asked.
    Asks,
}

/// The one rule of who gets a seat. Whoever was removed comes back only by asking.
pub(crate) fn admit(group: &Group, standing: &Standing, door: Door, now: Timestamp) -> Result<Admission> {
    if standing.is_member() {
        return Err(already_member());
    }
    // Everybody is told that it is over, first: who is refused for another reason would learn of it by another answer.
    group.is_open(now)?;
    if standing.is_full(group) {
        return Err(full());
    }
    let was_removed = standing.state.as_deref() == Some("removed");
    Ok(match door {
        Door::Open if group.requires_approval || was_removed => Admission::Asks,
        _ if standing.state.is_some() => Admission::Again,
        _ => Admission::First,
    })
}

/// The one answer to whoever gets no seat, for whatever reason.
pub(crate) fn full() -> Error {
    Error::conflict("group_full", "The group is full")
}

/// The answer about somebody who belongs to it.
pub(crate) fn already_member() -> Error {
    Error::conflict("already_member", "Already a member of this group")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_435_200_000_000; // 2026-11-23 12:00 UTC

    fn group(count: i64, most: i64) -> Group {
        let now = Timestamp::from_micros(NOON);
        let mut group = Group::new(GroupId(uuid::Uuid::nil()), TravelerId(uuid::Uuid::nil()), now);
        (group.current_members_count, group.max_members) = (count, most);
        group
    }

    #[test]
    fn who_gets_a_seat() {
        let (now, open) = (Timestamp::from_micros(NOON), group(1, 3));
        let of = |state: &str| Standing { state: Some(state.to_owned()), ..Standing::default() };
        let asks = Group { requires_approval: true, ..open.clone() };
        let nobody = Standing::default();
        let held = |held| Standing { held, ..Standing::default() };
        let over = |count| Group { end_date: "2026-10-31".parse().unwrap(), ..group(count, 3) };
        for (group, standing, door, expected) in [
            (&open, nobody.clone(), Door::Open, "First"),
            (&open, of("left"), Door::Open, "Again"),
            (&open, of("removed"), Door::Open, "Asks"),
            (&open, of("removed"), Door::Asked, "Again"),
            (&open, of("accepted"), Door::Open, "already_member"),
            (&open, held(1), Door::Open, "First"),
            (&open, held(2), Door::Open, "group_full"),
            (&open, Standing { banned_at: Some(now), ..of("removed") }, Door::Open, "group_full"),
            (&open, Standing { is_blocked: true, ..nobody.clone() }, Door::Asked, "group_full"),
            (&group(3, 3), nobody.clone(), Door::Open, "group_full"),
            (&asks, nobody.clone(), Door::Open, "Asks"),
            (&asks, of("left"), Door::Open, "Asks"),
            (&asks, nobody, Door::Asked, "First"),
            (&asks, held(2), Door::Asked, "First"),
            (&asks, held(2), Door::Open, "Asks"),
            (&Group { requires_approval: true, ..group(3, 3) }, held(0), Door::Asked, "group_full"),
            (&over(1), of("left"), Door::Open, "group_over"),
            (&over(3), Standing { banned_at: Some(now), ..of("removed") }, Door::Open, "group_over"),
            (&over(1), Standing { is_blocked: true, ..Standing::default() }, Door::Asked, "group_over"),
        ] {
            let found = match admit(group, &standing, door, now) {
                Ok(admission) => format!("{admission:?}"),
                Err(error) => error.code().to_owned(),
            };
            assert_eq!(found, expected, "{standing:?} {door:?}");
        }
    }

    #[test]
    fn a_group_is_over_with_its_month() {
        let over = |end: &str, at: &str| {
            let now = Timestamp::from(at.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
            Group { end_date: end.parse().unwrap(), ..group(1, 3) }.is_over(now)
        };
        for (end, at, expected) in [
            ("2026-11-02", "2026-11-30T23:59:59Z", false),
            ("2026-11-02", "2026-12-01T11:59:59Z", false), // still November in some places
            ("2026-11-02", "2026-12-01T12:00:00Z", true),
            ("2026-12-31", "2027-01-01T12:00:00Z", true),
            ("2027-01-01", "2026-12-31T12:00:00Z", false),
        ] {
            assert_eq!(over(end, at), expected, "{end} {at}");
        }
    }

    #[test]
    fn others_get_the_town() {
        for (destination, town) in
            [("Kyoto, Japan", "Kyoto"), (" Kyoto ", "Kyoto"), ("Oslo,Blindern, 3", "Oslo"), (", x", "")]
        {
            assert_eq!(Group { destination: destination.to_owned(), ..group(1, 3) }.town(), town);
        }
    }

    /// The conditions of blocks compare them in the database.
    #[test]
    fn the_names_of_roles_are_in_the_order_of_what_they_may() {
        use Role::{Member, Moderator, Organizer};
        let roles = [Member, Moderator, Organizer];
        assert!(roles.is_sorted() && roles.map(Role::name).is_sorted());
    }

    #[test]
    fn who_may_send_whom_away() {
        use Role::{Member, Moderator, Organizer};
        let [a, b, c] = [1, 2, 3].map(|n| TravelerId(uuid::Uuid::from_u128(n)));
        let group = Group { creator_id: a, ..group(3, 5) };
        for (by, role, whom, theirs, expected) in [
            (a, Organizer, b, Organizer, "ok"),
            (b, Organizer, a, Organizer, "creator_stays"),
            (b, Organizer, c, Organizer, "not_organizer"),
            (b, Organizer, c, Moderator, "ok"),
            (b, Moderator, c, Moderator, "not_organizer"),
            (b, Moderator, c, Member, "ok"),
        ] {
            let found = group.may_send_away(by, role, whom, theirs).map_or_else(|e| e.code(), |()| "ok");
            assert_eq!(found, expected, "{role:?} {theirs:?}");
        }
    }
}

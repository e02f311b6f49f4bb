//! What is shown of a group: the one way out, which decides who learns when and where exactly it travels, and with whom.

use crate::{
    model::{GroupId, InviteId, ItineraryId, MemberId, RequestId, Role, WaitId, matching::Match},
    store::{
        Found, Member,
        people::{Ban, Invite, Named, Request, Sent},
        places::Trip,
        seats::Place,
    },
};
use accounts::AuthorCard;
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
    http::Pagination,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A group as its reader gets it. Whoever does not belong to it gets no days, the town only, and the organizer alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TravelGroup)]
pub(crate) struct GroupView<'a> {
    /// Which group.
    id: GroupId,
    /// The same as `id`.
    uuid: GroupId,
    /// What it is called.
    #[schema(value_type = String, example = "Surf and slow mornings")]
    name: &'a str,
    /// In words.
    #[schema(value_type = String, example = "A week of small waves.")]
    description: &'a str,
    /// The kind of group.
    #[schema(value_type = String, example = "interest_based")]
    group_type: &'a str,
    /// Where to; for others than members the town only.
    #[schema(value_type = String, example = "Lisbon")]
    destination: &'a str,
    /// The first day; null for others than members.
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    start_date: Option<Day>,
    /// The last day; null for others than members.
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-09")]
    end_date: Option<Day>,
    /// The month of the first day.
    #[schema(example = "2027-04")]
    start_month: String,
    /// Seats.
    #[schema(example = 6)]
    max_members: i64,
    /// Seats that are taken.
    #[schema(example = 3)]
    current_members_count: i64,
    /// What the group likes to do.
    #[schema(value_type = Vec<String>, example = json!(["surfing", "food"]))]
    activity_tags: &'a [String],
    /// The languages that it speaks.
    #[schema(value_type = Vec<String>, example = json!(["en", "pt"]))]
    languages: &'a [String],
    /// How fast it travels.
    #[schema(value_type = Option<String>, example = "slow")]
    travel_pace: Option<&'a str>,
    /// Whether only verified women see it.
    #[schema(example = false)]
    is_women_only: bool,
    /// Whether an organizer or moderator agrees to everybody who joins.
    #[schema(example = false)]
    requires_approval: bool,
    /// Not kept; always null.
    #[schema(value_type = Option<String>, example = json!(null))]
    group_chat_room_id: (),
    /// Not kept; always false.
    #[schema(example = false)]
    live_location_sharing_enabled: bool,
    /// Not kept; always true.
    #[schema(example = true)]
    emergency_alert_enabled: bool,
    /// Always true: one that was deleted is not shown.
    #[schema(example = true)]
    is_active: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    is_featured: bool,
    /// Who leads it.
    created_by_traveler_id: TravelerId,
    /// Who leads it, as others see them.
    #[schema(value_type = AuthorCard)]
    creator: &'a AuthorCard,
    /// Members: the organizer only, for others than members; the first five, in lists. Without those whom the reader does
    /// not see.
    #[schema(value_type = Vec<MemberView<'_>>)]
    members: Vec<MemberView<'a>>,
    /// The trips of the group, in its detail and for members.
    itineraries: Vec<TripView>,
    /// Whether the reader belongs to it.
    #[schema(example = false)]
    is_member: bool,
    /// What the reader is in it: `organizer`, `moderator`, `member` or null.
    #[schema(value_type = Option<String>, example = json!(null))]
    user_role: Option<&'static str>,
    /// Whether the creator asks the reader to lead it: see `POST .../transfer/accept`.
    #[schema(example = false)]
    is_asked_to_lead: bool,
    /// What the reader did to get in, in its detail.
    #[schema(value_type = Option<PendingView>, example = json!(null))]
    pending: Option<PendingView>,
    /// How well it fits the reader, in `matching`.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    matched: Option<MatchView>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

impl<'a> GroupView<'a> {
    /// What its reader gets of it, with the members that were looked up for them.
    pub(crate) fn new(found: &'a Found, members: &'a [Member]) -> Self {
        let g = &found.group;
        let is_member = found.role.is_some();
        Self {
            id: g.id,
            uuid: g.id,
            name: &g.name,
            description: &g.description,
            group_type: &g.group_type,
            destination: if is_member { &g.destination } else { g.town() },
            start_date: is_member.then_some(g.start_date),
            end_date: is_member.then_some(g.end_date),
            start_month: g.start_date.month(),
            max_members: g.max_members,
            current_members_count: g.current_members_count,
            activity_tags: &g.activity_tags.0,
            languages: &g.languages.0,
            travel_pace: g.travel_pace.as_deref(),
            is_women_only: g.is_women_only,
            requires_approval: g.requires_approval,
            group_chat_room_id: (),
            live_location_sharing_enabled: false,
            emergency_alert_enabled: true,
            is_active: true,
            is_featured: false,
            created_by_traveler_id: g.creator_id,
            creator: &found.creator,
            members: if is_member {
                members.iter().map(MemberView::new).collect()
            } else {
                vec![MemberView::organizer(found)]
            },
            itineraries: Vec::new(),
            is_member,
            user_role: found.role.map(Role::name),
            is_asked_to_lead: is_member && found.is_heir,
            pending: None,
            matched: None,
            created_at: g.created_at,
            updated_at: g.updated_at,
        }
    }

    /// With its trips.
    #[must_use]
    pub(crate) fn with_trips(self, trips: Vec<Trip>) -> Self {
        Self { itineraries: trips.into_iter().map(TripView::from).collect(), ..self }
    }

    /// With what the reader did to get in.
    #[must_use]
    pub(crate) fn with_pending(self, pending: Option<PendingView>) -> Self {
        Self { pending, ..self }
    }

    /// With how well it fits.
    #[must_use]
    pub(crate) fn with_match(self, found: &Match) -> Self {
        let reasons = found.reasons.iter();
        let reasons = reasons.map(|r| ReasonView { kind: r.kind, detail: r.detail.clone(), weight: r.weight });
        Self { matched: Some(MatchView { score: found.score, reasons: reasons.collect() }), ..self }
    }
}

/// Somebody who belongs to a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TravelGroupMember)]
pub(crate) struct MemberView<'a> {
    /// Which membership.
    id: MemberId,
    /// Of which group.
    group_id: GroupId,
    /// Whose.
    traveler_id: TravelerId,
    /// `organizer`, `moderator` or `member`.
    #[schema(value_type = String, example = "member")]
    role: &'a str,
    /// Always `accepted`: nobody else is shown.
    #[schema(value_type = String, example = "accepted")]
    join_status: &'static str,
    /// Since when.
    joined_date: Timestamp,
    /// Not kept; always 0.
    #[schema(example = 0.0)]
    traveler_reputation_at_join: f64,
    /// Not kept; always false.
    #[schema(example = false)]
    has_shared_location: bool,
    /// Not kept; always true.
    #[schema(example = true)]
    notifications_enabled: bool,
    /// Always true: nobody else is shown.
    #[schema(example = true)]
    is_active: bool,
    /// Whose, as others see them.
    #[schema(value_type = AuthorCard)]
    traveler: &'a AuthorCard,
}

impl<'a> MemberView<'a> {
    /// A member.
    pub(crate) fn new(member: &'a Member) -> Self {
        Self::of(member.id, member.group_id, &member.role, member.joined_at, &member.traveler)
    }

    /// Who leads a group.
    pub(crate) fn organizer(found: &'a Found) -> Self {
        let role = Role::Organizer.name();
        Self::of(found.organizer_id, found.group.id, role, found.organizer_joined_at, &found.creator)
    }

    const fn of(
        id: MemberId,
        group_id: GroupId,
        role: &'a str,
        joined_date: Timestamp,
        traveler: &'a AuthorCard,
    ) -> Self {
        Self {
            id,
            group_id,
            traveler_id: traveler.id,
            role,
            join_status: "accepted",
            joined_date,
            traveler_reputation_at_join: 0.0,
            has_shared_location: false,
            notifications_enabled: true,
            is_active: true,
            traveler,
        }
    }
}

/// A membership without the person, who is the reader or somebody whom the reader named.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Membership {
    /// Which membership, request or invitation.
    #[schema(value_type = String, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002b")]
    pub id: uuid::Uuid,
    /// Of which group.
    pub group_id: GroupId,
    /// Whose.
    pub traveler_id: TravelerId,
    /// `organizer`, `moderator` or `member`.
    #[schema(value_type = String, example = "member")]
    pub role: &'static str,
    /// `accepted`, or `pending` until somebody agrees.
    #[schema(value_type = String, example = "accepted")]
    pub join_status: &'static str,
    /// Whether a seat is taken.
    #[schema(example = true)]
    pub is_active: bool,
    /// Since when.
    pub joined_date: Timestamp,
}

/// A trip of a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TravelGroupItinerary)]
pub(crate) struct TripView {
    /// Which trip.
    id: ItineraryId,
    /// The same as `id`.
    itinerary_id: ItineraryId,
    /// Its title.
    #[schema(example = "Ten days along the coast")]
    title: String,
    /// Where it goes.
    #[schema(example = "Lisbon, Portugal")]
    destination: String,
    /// Who added it.
    added_by: TravelerId,
    /// When.
    created_at: Timestamp,
}

impl From<Trip> for TripView {
    fn from(t: Trip) -> Self {
        Self {
            id: t.itinerary_id,
            itinerary_id: t.itinerary_id,
            title: t.title,
            destination: t.destination,
            added_by: t.added_by,
            created_at: t.created_at,
        }
    }
}

/// Why a group fits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonView {
    /// `dates`, `destination`, `interests`, `languages`, `pace`, `seats` or `preferences`.
    #[schema(value_type = String, example = "interests")]
    kind: &'static str,
    /// In words.
    #[schema(example = "You share food, surfing")]
    detail: String,
    /// What it adds to the score.
    #[schema(example = 20.0)]
    weight: f64,
}

/// How well a group fits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchView {
    /// 0 to 100: the sum of its reasons.
    #[schema(example = 73.5)]
    score: f64,
    /// Why, the heaviest first.
    reasons: Vec<ReasonView>,
}

/// What somebody did, or was done for them, to get into a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PendingView {
    /// Their request, until somebody decides.
    pub request_id: Option<RequestId>,
    /// Their invitation, while it is good.
    pub invite_id: Option<InviteId>,
    /// Their place in the waiting list.
    pub waitlist: Option<PlaceView>,
}

/// A place in a waiting list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceView {
    /// Which place.
    id: WaitId,
    /// How many come first, and this one: from 1.
    #[schema(example = 2)]
    position: i64,
    /// Until when a free seat is held for the reader: join by then. Null while there is none.
    offered_until: Option<Timestamp>,
}

impl From<Place> for PlaceView {
    fn from(p: Place) -> Self {
        Self { id: p.id, position: p.position, offered_until: p.offered_until }
    }
}

/// An invitation, as the group's organizers and the invited get it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InviteView<'a> {
    /// Which invitation.
    id: InviteId,
    /// To which group.
    group_id: GroupId,
    /// Who is invited.
    traveler_id: TravelerId,
    /// Who invited them. Absent for an organizer who does not see whoever it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    inviter_id: Option<TravelerId>,
    /// Always `pending`: one that was answered is gone.
    #[schema(value_type = String, example = "pending")]
    status: &'a str,
    /// When it was made.
    created_at: Timestamp,
    /// Until when it is good: seven days.
    expires_at: Timestamp,
    /// Who is invited, as others see them; for the organizers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AuthorCard>)]
    traveler: Option<&'a AuthorCard>,
    /// The group, as others than members see it; for the invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<GroupView<'_>>)]
    group: Option<GroupView<'a>>,
}

impl<'a> InviteView<'a> {
    /// For the organizers.
    pub(crate) fn named(named: &'a Named<Sent>) -> Self {
        let inviter_id = named.thing.inviter_id;
        Self { traveler: Some(&named.traveler), inviter_id, ..Self::bare(&named.thing.invite) }
    }

    /// For the invited.
    pub(crate) fn with_group(invite: &'a Invite, group: &'a Found) -> Self {
        let inviter_id = Some(invite.inviter_id);
        Self { group: Some(GroupView::new(group, &[])), inviter_id, ..Self::bare(invite) }
    }

    fn bare(i: &'a Invite) -> Self {
        Self {
            id: i.id,
            group_id: i.group_id,
            traveler_id: i.traveler_id,
            inviter_id: None,
            status: &i.state,
            created_at: i.created_at,
            expires_at: i.expires_at,
            traveler: None,
            group: None,
        }
    }
}

/// Somebody's wish to join.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestView<'a> {
    /// Which request.
    id: RequestId,
    /// To which group.
    group_id: GroupId,
    /// Whose.
    traveler_id: TravelerId,
    /// Always `pending`: one that was decided is gone.
    #[schema(value_type = String, example = "pending")]
    status: &'static str,
    /// When it was made.
    created_at: Timestamp,
    /// Whose, as others see them.
    #[schema(value_type = AuthorCard)]
    traveler: &'a AuthorCard,
}

impl<'a> From<&'a Named<Request>> for RequestView<'a> {
    fn from(named: &'a Named<Request>) -> Self {
        let r = &named.thing;
        Self {
            id: r.id,
            group_id: r.group_id,
            traveler_id: r.traveler_id,
            status: "pending",
            created_at: r.created_at,
            traveler: &named.traveler,
        }
    }
}

/// A ban from a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BanView<'a> {
    /// From which group.
    group_id: GroupId,
    /// Who.
    traveler_id: TravelerId,
    /// Why; for the organizers.
    #[schema(value_type = Option<String>, example = "Was rude to others.")]
    reason: Option<&'a str>,
    /// Since when.
    created_at: Timestamp,
    /// Who, as others see them.
    #[schema(value_type = AuthorCard)]
    traveler: &'a AuthorCard,
}

impl<'a> From<&'a Named<Ban>> for BanView<'a> {
    fn from(named: &'a Named<Ban>) -> Self {
        let b = &named.thing;
        Self {
            group_id: b.group_id,
            traveler_id: b.traveler_id,
            reason: b.reason.as_deref(),
            created_at: b.created_at,
            traveler: &named.traveler,
        }
    }
}

/// Groups under the name that clients of this list read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Groups<'a> {
    /// The groups on this page.
    #[schema(value_type = Vec<GroupView<'_>>)]
    pub groups: Vec<GroupView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}

/// Groups that fit, under the name that clients of this list read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchedGroups<'a> {
    /// The groups on this page, the best first.
    #[schema(value_type = Vec<GroupView<'_>>)]
    pub matched_groups: Vec<GroupView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}

/// Members under the name that clients of this list read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members<'a> {
    /// The members on this page, the first to come first.
    #[schema(value_type = Vec<MemberView<'_>>)]
    pub members: Vec<MemberView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}

/// The trips of a group under the name that clients read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Trips {
    /// The trips, the latest first; none for others than members.
    pub itineraries: Vec<TripView>,
}

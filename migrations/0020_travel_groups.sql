-- Groups that travel together. Seats are exact: the database counts them by triggers on `travel_group_members` (next
-- file), in the transaction of every change whoever makes it, and refuses more than there are.
create table travel_groups (
    id {id} primary key,
    creator_id {id} not null references travelers (id) on delete cascade,
    -- Whom the creator asked to lead it; others see who leads a group, so nobody does without agreeing.
    heir_id {id} references travelers (id) on delete set null,
    name {text} not null,
    description {text} not null,
    group_type {text} not null,
    destination {text} not null,
    -- What others than members get of the destination, and what the list is searched by.
    town {text} not null,
    latitude {real},
    longitude {real},
    start_date {day} not null,
    end_date {day} not null,
    -- The months of both days, years times twelve: lists sort and filter by it, for a day is for members only.
    start_month {int} not null,
    end_month {int} not null,
    max_members {int} not null check (max_members between 2 and 50),
    current_members_count {int} not null default 0,
    activity_tags {json} not null,
    languages {json} not null,
    travel_pace {text},
    is_women_only {bool} not null,
    requires_approval {bool} not null,
    search_text {text} not null,
    town_text {text} not null,
    tags_text {text} not null,
    is_active {bool} not null,
    -- The day on which it was deleted.
    closed_on {day},
    -- Whether the end was told to those who care.
    is_ended {bool} not null default FALSE,
    created_at {time} not null,
    updated_at {time} not null,
    check (end_date >= start_date),
    check (current_members_count between 0 and max_members)
) {strict};
create index travel_groups_newest on travel_groups (created_at desc, id desc) where is_active = TRUE;
create index travel_groups_popular on travel_groups (current_members_count desc, created_at desc, id desc)
    where is_active = TRUE;
create index travel_groups_soon on travel_groups ((-start_month) desc, created_at desc, id desc) where is_active = TRUE;
create index travel_groups_creator on travel_groups (creator_id, created_at desc, id desc);
create index travel_groups_heir on travel_groups (heir_id) where heir_id is not null;
create index travel_groups_ending on travel_groups (end_month, id) where is_ended = FALSE;

-- Who belongs to a group, and who did. One row a group and traveller.
create table travel_group_members (
    id {id} not null unique,
    group_id {id} not null references travel_groups (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    role {text} not null check (role in ('organizer', 'moderator', 'member')),
    state {text} not null check (state in ('accepted', 'left', 'removed')),
    -- The days in UTC: who was there when the group ended was on its trips.
    joined_on {day} not null,
    left_on {day},
    joined_at {time} not null,
    updated_at {time} not null,
    primary key (group_id, traveler_id),
    check ((state = 'accepted') = (left_on is null))
) {strict};
create index travel_group_members_listed on travel_group_members (group_id, joined_at, id) where state = 'accepted';
create index travel_group_members_traveler on travel_group_members (traveler_id, group_id);

create table travel_group_invites (
    id {id} primary key,
    group_id {id} not null references travel_groups (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    inviter_id {id} not null references travelers (id) on delete cascade,
    state {text} not null check (state in ('pending', 'declined')),
    created_at {time} not null,
    expires_at {time} not null
) {strict};
create unique index travel_group_invites_one_each on travel_group_invites (group_id, traveler_id);
create index travel_group_invites_listed on travel_group_invites (group_id, created_at desc, id desc);
create index travel_group_invites_traveler on travel_group_invites (traveler_id, created_at desc, id desc);
create index travel_group_invites_inviter on travel_group_invites (inviter_id);
create index travel_group_invites_expiring on travel_group_invites (expires_at);

-- Who asked to join a group that approves its members. One that was decided is gone.
create table travel_group_requests (
    id {id} primary key,
    group_id {id} not null references travel_groups (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    created_at {time} not null
) {strict};
create unique index travel_group_requests_one_each on travel_group_requests (group_id, traveler_id);
create index travel_group_requests_listed on travel_group_requests (group_id, created_at desc, id desc);
create index travel_group_requests_traveler on travel_group_requests (traveler_id);

-- Who waits for a seat, in the order of their coming. An offered seat is held for whom it was offered, until then.
create table travel_group_waitlist (
    id {id} primary key,
    group_id {id} not null references travel_groups (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    created_at {time} not null,
    offered_until {time}
) {strict};
create unique index travel_group_waitlist_one_each on travel_group_waitlist (group_id, traveler_id);
create index travel_group_waitlist_order on travel_group_waitlist (group_id, created_at, id);
create index travel_group_waitlist_traveler on travel_group_waitlist (traveler_id);
create index travel_group_waitlist_offers on travel_group_waitlist (offered_until) where offered_until is not null;

create table travel_group_bans (
    group_id {id} not null references travel_groups (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    banned_by {id} not null references travelers (id) on delete cascade,
    reason {text},
    created_at {time} not null,
    primary key (group_id, traveler_id)
) {strict};
create index travel_group_bans_listed on travel_group_bans (group_id, created_at desc, traveler_id desc);
create index travel_group_bans_traveler on travel_group_bans (traveler_id);
create index travel_group_bans_banned_by on travel_group_bans (banned_by);

create table travel_group_itineraries (
    group_id {id} not null references travel_groups (id) on delete cascade,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    added_by {id} not null references travelers (id) on delete cascade,
    added_on {day} not null,
    created_at {time} not null,
    primary key (group_id, itinerary_id)
) {strict};
create index travel_group_itineraries_itinerary on travel_group_itineraries (itinerary_id, group_id);
create index travel_group_itineraries_added_by on travel_group_itineraries (added_by);

-- What travelers ask, tell and warn each other of about a trip, in threads of one level.
create table travel_intel (
    id {id} primary key,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    -- Null when it was deleted and stays for its replies: nothing of its author is left then.
    traveler_id {id} references travelers (id) on delete cascade,
    -- No cascade: deleting somebody's words must not take the replies of others along.
    parent_id {id} references travel_intel (id),
    intel_type {text} not null
        check (intel_type in ('question', 'update', 'warning', 'recommendation', 'local_insight', 'tip')),
    title {text},
    content {text} not null,
    location_gps {text},
    location_name {text},
    photo_ipfs_hashes {json} not null,
    severity_level {text} not null check (severity_level in ('low', 'medium', 'high', 'critical')),
    status {text} not null check (status in ('open', 'in_progress', 'resolved', 'verified', 'closed', 'archived')),
    response_status {text} not null check (response_status in ('open', 'awaiting_response', 'resolved', 'verified')),
    safety_related {bool} not null,
    -- Until when a warning holds; `valid_day` when a day was given, whose end this is.
    valid_until {time},
    valid_day {day},
    helpful_votes {int} not null default 0 check (helpful_votes >= 0),
    unhelpful_votes {int} not null default 0 check (unhelpful_votes >= 0),
    replies_count {int} not null default 0 check (replies_count >= 0),
    created_at {time} not null,
    updated_at {time} not null,
    resolved_at {time},
    deleted_at {time},
    check (parent_id is null or intel_type = 'update'),
    check (valid_until is null or intel_type = 'warning'),
    check (traveler_id is not null or deleted_at is not null),
    check (deleted_at is null or (traveler_id is null and title is null and content = '' and location_gps is null
        and location_name is null and helpful_votes = 0 and unhelpful_votes = 0))
) {strict};
-- The list of a trip, in the order of each sort.
create index travel_intel_newest on travel_intel (itinerary_id, created_at desc, id desc) where parent_id is null;
create index travel_intel_helpful on travel_intel (itinerary_id, helpful_votes desc, created_at desc, id desc)
    where parent_id is null;
-- Everything about a trip, for its figures.
create index travel_intel_itinerary on travel_intel (itinerary_id);
-- Lists over all trips, by each filter.
create index travel_intel_type on travel_intel (intel_type, created_at desc, id desc)
    where parent_id is null and deleted_at is null;
create index travel_intel_severity on travel_intel (severity_level, created_at desc, id desc)
    where parent_id is null and deleted_at is null;
create index travel_intel_status on travel_intel (status, created_at desc, id desc)
    where parent_id is null and deleted_at is null;
create index travel_intel_safety on travel_intel (safety_related, created_at desc, id desc)
    where parent_id is null and deleted_at is null;
-- Warnings that end, in the order in which those that have ended are listed.
create index travel_intel_ending on travel_intel (created_at desc, id desc)
    where valid_until is not null and parent_id is null and deleted_at is null;
create index travel_intel_replies on travel_intel (parent_id, created_at, id) where parent_id is not null;
create index travel_intel_traveler on travel_intel (traveler_id, created_at desc, id desc);

-- One vote a person. The counters of `travel_intel` change in the transaction that changes these rows.
create table travel_intel_votes (
    intel_id {id} not null references travel_intel (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    is_helpful {bool} not null,
    primary key (intel_id, traveler_id)
) {strict};
create index travel_intel_votes_traveler on travel_intel_votes (traveler_id);

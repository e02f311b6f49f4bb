-- One vote a person and trip. `itineraries.upvotes` and `downvotes` are changed in the transaction that changes a row.
create table itinerary_votes (
    id {id} not null unique,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    vote_type {text} not null check (vote_type in ('up', 'down')),
    created_at {time} not null,
    updated_at {time} not null,
    primary key (itinerary_id, traveler_id)
) {strict};
create index itinerary_votes_traveler on itinerary_votes (traveler_id, created_at desc, id desc);

-- What people keep for later; `itineraries.share_count` counts the rows.
create table itinerary_saves (
    traveler_id {id} not null references travelers (id) on delete cascade,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    saved_at {time} not null,
    primary key (traveler_id, itinerary_id)
) {strict};
create index itinerary_saves_newest on itinerary_saves (traveler_id, saved_at desc, itinerary_id desc);
create index itinerary_saves_itinerary on itinerary_saves (itinerary_id);

-- Who looked at a trip on which day, so that nobody is counted twice. The viewer is a keyed hash that differs every day:
-- the rows say neither who looked nor that two days had the same viewer, and are forgotten after the next day. No
-- reference to the trip: a batch of thousands must not fail for one that went away.
create table itinerary_views (
    day {day} not null,
    itinerary_id {id} not null,
    viewer_key {bytes} not null,
    primary key (day, itinerary_id, viewer_key)
) {strict};

-- A distinction by an administrator, one a trip.
create table itinerary_badges (
    id {id} primary key,
    itinerary_id {id} not null unique references itineraries (id) on delete cascade,
    awarded_by {id} references travelers (id) on delete set null,
    badge_type {text} not null check (badge_type in ('stone', 'silver', 'gold', 'platinum', 'demerit', 'custom')),
    points {int} not null check (points between -100 and 100),
    rationale {text},
    custom_name {text},
    custom_image {text},
    created_at {time} not null,
    check ((badge_type = 'custom') = (custom_name is not null))
) {strict};
create index itinerary_badges_awarded_by on itinerary_badges (awarded_by);

-- The largest figures that a score was ever measured against: one row, raised by whoever sees more, set anew by the walk
-- over all trips every night.
create table score_maxima (
    one {int} primary key check (one = 1),
    trips {int} not null,
    ratings {int} not null,
    views {int} not null,
    intel {int} not null,
    helpful {int} not null
) {strict};

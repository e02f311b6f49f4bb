-- Trips that people publish. Lists of words are JSON for display; `itinerary_tags` is what is searched.
create table itineraries (
    id {id} primary key,
    traveler_id {id} not null references travelers (id) on delete cascade,
    title {text} not null,
    tagline {text},
    description {text} not null,
    destination {text} not null,
    country {text},
    regions {json} not null,
    start_date {day},
    end_date {day},
    share_dates {bool} not null,
    duration_days {int} check (duration_days between 1 and 3650),
    difficulty_level {text} not null check (difficulty_level in ('easy', 'moderate', 'difficult', 'expert')),
    travel_type {text},
    travel_style {text},
    budget_minor {int} check (budget_minor >= 0),
    budget_currency {text} not null,
    travel_companions {json} not null,
    activity_tags {json} not null,
    categories {json} not null,
    screenshots {json} not null,
    route_map_url {text},
    demo_url {text},
    route_waypoints {json} not null,
    starting_point_gps {text},
    ending_point_gps {text},
    best_season {text},
    trip_highlights {text},
    trip_journey {text},
    day_by_day_plan {text},
    safety_intelligence {text},
    hidden_gems {text},
    unique_highlights {text},
    safety_tips {text},
    has_gpx {bool} not null,
    route {json},
    is_remixed {bool} not null,
    remixed_from_ids {json} not null,
    search_text {text} not null,
    destination_text {text} not null,
    women_safe_certified {bool} not null,
    is_published {bool} not null,
    is_featured {bool} not null,
    featured_at {time},
    featured_by {id},
    deleted_at {time},
    upvotes {int} not null default 0 check (upvotes >= 0),
    downvotes {int} not null default 0 check (downvotes >= 0),
    view_count {int} not null default 0 check (view_count >= 0),
    helpful_votes {int} not null default 0 check (helpful_votes >= 0),
    share_count {int} not null default 0 check (share_count >= 0),
    remix_count {int} not null default 0 check (remix_count >= 0),
    proof_score {real} not null default 0 check (proof_score between 0 and 100),
    identity_score {real} not null default 0,
    travel_history_score {real} not null default 0,
    community_score {real} not null default 0,
    safety_score_component {real} not null default 0,
    quality_score {real} not null default 0,
    score_explanations {json} not null,
    created_at {time} not null,
    updated_at {time} not null,
    check (end_date >= start_date)
) {strict};
-- The lists: what is shown, in the order of each sort.
create index itineraries_trending on itineraries (proof_score desc, created_at desc, id desc)
    where is_published = TRUE and deleted_at is null;
create index itineraries_newest on itineraries (created_at desc, id desc)
    where is_published = TRUE and deleted_at is null;
create index itineraries_helpful on itineraries (helpful_votes desc, proof_score desc, id desc)
    where is_published = TRUE and deleted_at is null;
create index itineraries_featured on itineraries (featured_at desc, id desc)
    where is_featured = TRUE and is_published = TRUE and deleted_at is null;
create index itineraries_destination on itineraries (destination_text, created_at desc)
    where is_published = TRUE and deleted_at is null;
-- Totals are counted from this one alone.
create index itineraries_shown on itineraries (traveler_id) where is_published = TRUE and deleted_at is null;
create index itineraries_traveler on itineraries (traveler_id, created_at desc, id desc);

create table itinerary_tags (
    tag {text} not null,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    primary key (tag, itinerary_id)
) {strict};
create index itinerary_tags_itinerary on itinerary_tags (itinerary_id);

-- The track, apart from the row, because a list of twenty trips must not read a hundred megabytes.
create table itinerary_tracks (
    itinerary_id {id} primary key references itineraries (id) on delete cascade,
    gpx {text} not null
) {strict};

-- How safe a trip was rated; written by safety_ratings in the transaction of each rating, joined by readers.
create table itinerary_safety (
    itinerary_id {id} primary key references itineraries (id) on delete cascade,
    score {real} not null check (score between 0 and 5),
    ratings_count {int} not null check (ratings_count >= 0)
) {strict};
create index itinerary_safety_score on itinerary_safety (score desc, itinerary_id);

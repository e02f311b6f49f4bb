-- How safe somebody found a trip: one rating a person and trip. What all of them say together is `itinerary_safety`.
create table safety_ratings (
    id {id} primary key,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    overall_safety_score {int} not null check (overall_safety_score between 1 and 5),
    rating_type {text} not null
        check (rating_type in ('overall', 'accommodation', 'route', 'community', 'women_safety')),
    detailed_feedback {text},
    accommodation_safety {int} check (accommodation_safety between 1 and 5),
    route_safety {int} check (route_safety between 1 and 5),
    community_safety {int} check (community_safety between 1 and 5),
    women_safety_score {int} check (women_safety_score between 1 and 5),
    experience_date {day} not null,
    photo_ipfs_hashes {json} not null,
    verified_traveler {bool} not null default FALSE,
    helpful_votes {int} not null default 0 check (helpful_votes >= 0),
    unhelpful_votes {int} not null default 0 check (unhelpful_votes >= 0),
    created_at {time} not null,
    updated_at {time} not null
) {strict};
create unique index safety_ratings_one_each on safety_ratings (itinerary_id, traveler_id);
-- The lists: all, the best first, those of a kind, of verified travellers, of a trip, of a person.
create index safety_ratings_newest on safety_ratings (created_at desc, id desc);
create index safety_ratings_score on safety_ratings (overall_safety_score desc, created_at desc, id desc);
create index safety_ratings_type on safety_ratings (rating_type, created_at desc, id desc);
create index safety_ratings_verified on safety_ratings (created_at desc, id desc) where verified_traveler = TRUE;
create index safety_ratings_itinerary on safety_ratings (itinerary_id, created_at desc, id desc);
create index safety_ratings_traveler on safety_ratings (traveler_id, created_at desc, id desc);

-- Who found a rating helpful, or not: one vote a person. The rating's two counters change with these rows.
create table safety_rating_votes (
    rating_id {id} not null references safety_ratings (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    is_helpful {bool} not null,
    created_at {time} not null,
    primary key (rating_id, traveler_id)
) {strict};
create index safety_rating_votes_traveler on safety_rating_votes (traveler_id);

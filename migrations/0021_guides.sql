-- People who guide others. The sum and the count of their ratings change in the statement that changes the mean.
create table guides (
    id {id} primary key,
    traveler_id {id} not null unique references travelers (id) on delete cascade,
    bio {text},
    years_of_experience {int} not null check (years_of_experience between 0 and 80),
    languages_spoken {json} not null,
    specializations {json} not null,
    favorite_destinations {json} not null,
    service_locations {json} not null,
    hourly_rate_cents {int} check (hourly_rate_cents between 0 and 100000000),
    max_group_size {int} not null check (max_group_size between 1 and 50),
    accepts {text} not null check (accepts in ('women', 'anyone')),
    offers_accommodation {bool} not null,
    offers_meals {bool} not null,
    contact_email {text},
    phone_for_bookings {text},
    cancellation_policy {text},
    safety_protocols {text},
    availability_status {text} not null check (availability_status in ('available', 'unavailable', 'on_leave')),
    unavailable_until {day},
    is_active {bool} not null,
    -- Set by administrators only.
    is_verified {bool} not null default FALSE,
    verification_level {text} check (verification_level in ('bronze', 'silver', 'gold', 'platinum')),
    verification_date {time},
    background_check_completed {bool} not null default FALSE,
    first_aid_certified {bool} not null default FALSE,
    emergency_response_training {bool} not null default FALSE,
    is_featured {bool} not null default FALSE,
    rating_sum {int} not null default 0 check (rating_sum >= 0),
    total_reviews {int} not null default 0 check (total_reviews >= 0),
    average_rating {real} not null default 0,
    created_at {time} not null,
    updated_at {time} not null
) {strict};
-- The directory in its orders.
create index guides_by_rating on guides (average_rating desc, total_reviews desc, id desc) where is_active = TRUE;
create index guides_by_experience on guides (years_of_experience desc, id desc) where is_active = TRUE;
create index guides_by_availability on guides (availability_status, average_rating desc, total_reviews desc, id desc)
    where is_active = TRUE;
create index guides_by_price on guides (hourly_rate_cents, id desc) where is_active = TRUE and hourly_rate_cents is not null;

-- By what a guide is found: where, for what, in which languages, by which words about herself.
create table guide_terms (
    kind {text} not null check (kind in ('location', 'specialization', 'language', 'bio')),
    term {word} not null,
    guide_id {id} not null references guides (id) on delete cascade,
    primary key (kind, term, guide_id)
) {strict};
create index guide_terms_guide on guide_terms (guide_id, kind, term);

-- Which administrator verified whom, or took it back, and when. Rows are only added.
create table guide_verifications (
    id {id} primary key,
    guide_id {id} not null references guides (id) on delete cascade,
    admin_id {id} references travelers (id) on delete set null,
    is_verified {bool} not null,
    verification_level {text},
    created_at {time} not null
) {strict};
create index guide_verifications_guide on guide_verifications (guide_id, created_at desc, id desc);
create index guide_verifications_admin on guide_verifications (admin_id);

-- Somebody wants a guide for some days. The price is the one of the moment of booking.
create table guide_bookings (
    id {id} primary key,
    guide_id {id} not null references guides (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    destination {text} not null,
    start_date {day} not null,
    end_date {day} not null,
    group_size {int} not null check (group_size between 1 and 50),
    activity_type {text},
    special_requirements {text},
    notes_from_traveler {text},
    emergency_contacts_shared {bool} not null,
    insurance_provided {bool} not null,
    status {text} not null
        check (status in ('requested', 'confirmed', 'declined', 'cancelled', 'completed', 'no_show')),
    total_cost_cents {int} check (total_cost_cents >= 0),
    said_done_by_traveler {bool} not null default FALSE,
    said_done_by_guide {bool} not null default FALSE,
    -- Null when nobody did it but the rules, and before.
    ended_by {id} references travelers (id) on delete set null,
    reason {text},
    confirmation_date {time},
    completed_at {time},
    cancellation_date {time},
    reminded_at {time},
    created_at {time} not null,
    updated_at {time} not null,
    check (end_date >= start_date)
) {strict};
create unique index guide_bookings_one_request on guide_bookings (traveler_id, guide_id, start_date, end_date)
    where status = 'requested';
create index guide_bookings_traveler on guide_bookings (traveler_id, created_at desc, id desc);
create index guide_bookings_traveler_status on guide_bookings (traveler_id, status, created_at desc, id desc);
create index guide_bookings_guide on guide_bookings (guide_id, created_at desc, id desc);
create index guide_bookings_guide_status on guide_bookings (guide_id, status, created_at desc, id desc);
create index guide_bookings_pair on guide_bookings (traveler_id, guide_id, status);
create index guide_bookings_ended_by on guide_bookings (ended_by);
-- For the jobs: what begins, what is over, and what nobody answered in time.
create index guide_bookings_to_remind on guide_bookings (start_date, id) where status = 'confirmed' and reminded_at is null;
create index guide_bookings_to_complete on guide_bookings (end_date, id) where status = 'confirmed';
create index guide_bookings_unanswered on guide_bookings (start_date, id) where status = 'requested';

-- The days that a guide has promised: one booking a day, whoever confirms at the same time.
create table guide_days (
    guide_id {id} not null references guides (id) on delete cascade,
    day {day} not null,
    booking_id {id} not null references guide_bookings (id) on delete cascade,
    primary key (guide_id, day)
) {strict};
create index guide_days_booking on guide_days (booking_id);

-- What travellers say about a guide: once a completed booking.
create table guide_reviews (
    id {id} primary key,
    guide_id {id} not null references guides (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    booking_id {id} not null unique references guide_bookings (id) on delete cascade,
    rating {int} not null check (rating between 1 and 5),
    review_title {text},
    review_text {text},
    safety_rating {int} not null check (safety_rating between 1 and 5),
    knowledge_rating {int} not null check (knowledge_rating between 1 and 5),
    communication_rating {int} not null check (communication_rating between 1 and 5),
    professionalism_rating {int} not null check (professionalism_rating between 1 and 5),
    value_for_money_rating {int} not null check (value_for_money_rating between 1 and 5),
    tour_type {text},
    helpful_count {int} not null default 0 check (helpful_count >= 0),
    guide_answer {text},
    answered_at {time},
    created_at {time} not null,
    updated_at {time} not null
) {strict};
create index guide_reviews_guide on guide_reviews (guide_id, created_at desc, id desc);
create index guide_reviews_traveler on guide_reviews (traveler_id);

-- Who found a review helpful: once a person.
create table guide_review_votes (
    review_id {id} not null references guide_reviews (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    created_at {time} not null,
    primary key (review_id, traveler_id)
) {strict};
create index guide_review_votes_traveler on guide_review_votes (traveler_id);

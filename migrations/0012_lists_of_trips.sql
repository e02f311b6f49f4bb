-- What the lists of trips are read by, so that each is a walk along an index.

-- Copied from `itinerary_safety` by the triggers of the next file, in the transaction of the rating: an index cannot look
-- into another table. Without ratings `safety_low` is -1, below every rated trip.
alter table itineraries add column safety_low {real} not null default -1;
alter table itineraries add column safety_score {real} not null default 0;
alter table itineraries add column ratings_count {int} not null default 0;
-- The day of `created_at` in UTC: whoever looks for the best of 30 days looks for the best of each.
alter table itineraries add column created_on {day} not null default '1970-01-01';

create index itineraries_top_rated on itineraries (safety_low desc, proof_score desc, id desc)
    where is_published = TRUE and deleted_at is null;
create index itineraries_rising on itineraries (created_on, (ratings_count + view_count) desc, id desc)
    where is_published = TRUE and deleted_at is null;
create index itineraries_requested on itineraries (view_count desc, ratings_count desc, id desc)
    where is_published = TRUE and deleted_at is null;
create index itineraries_women_safe on itineraries (proof_score desc, created_at desc, id desc)
    where women_safe_certified = TRUE and is_published = TRUE and deleted_at is null;
-- Totals are counted from this one alone, filtered or not. The first column is none that lists are filtered by, or SQLite
-- would look rows up by it and sort them.
create index itineraries_counted on itineraries
    (traveler_id, difficulty_level, has_gpx, women_safe_certified, is_featured, proof_score, safety_score,
     destination_text, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;
drop index itineraries_shown;

-- Under which places a trip is found: one to three words of its destination that stand one behind the other, folded.
-- `proof_score` is the trip's, copied by a trigger.
create table itinerary_places (
    place {text} not null,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    proof_score {real} not null,
    primary key (place, itinerary_id)
) {strict};
create index itinerary_places_best on itinerary_places (place, proof_score desc, itinerary_id desc);
create index itinerary_places_itinerary on itinerary_places (itinerary_id);

-- Who was named as a companion by their account. `created_at` is the trip's.
create table itinerary_companions (
    traveler_id {id} not null references travelers (id) on delete cascade,
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    created_at {time} not null,
    primary key (traveler_id, itinerary_id)
) {strict};
create index itinerary_companions_newest on itinerary_companions (traveler_id, created_at desc, itinerary_id desc);
create index itinerary_companions_itinerary on itinerary_companions (itinerary_id);

-- Figures about a trip that must be true in the transaction that changes them: each is a table of its writer, which the
-- lists of trips join.

-- The 95 % interval around the mean of the safety ratings, in the same unit; lists are sorted by its lower end.
alter table itinerary_safety add column low {real} not null default 0;
alter table itinerary_safety add column high {real} not null default 0;
create index itinerary_safety_low on itinerary_safety (low desc, itinerary_id);
drop index itinerary_safety_score;

-- How much travel intel there is about a trip, replies included; written by travel_intel.
create table itinerary_intel (
    itinerary_id {id} primary key references itineraries (id) on delete cascade,
    intel_count {int} not null check (intel_count >= 0)
) {strict};

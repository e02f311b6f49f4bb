-- Whether a piece of intel is among its trip's figures: not while it is hidden, or its author is, or who began its thread. A
-- job of travel_intel changes both when somebody is banned, comes back or leaves.
alter table travel_intel add column is_counted {bool} not null default TRUE;
create index travel_intel_trips on travel_intel (traveler_id, itinerary_id);

update travel_intel set is_counted = FALSE where deleted_at is not null or hidden_at is not null
    or traveler_id in (select id from travelers where is_active = FALSE)
    or parent_id in (select p.id from travel_intel p join travelers t on t.id = p.traveler_id where t.is_active = FALSE);
update itinerary_intel set
    intel_count = (select count(*) from travel_intel n
        where n.itinerary_id = itinerary_intel.itinerary_id and n.is_counted = TRUE),
    others_count = (select count(*) from travel_intel n join itineraries i on i.id = n.itinerary_id
        where n.itinerary_id = itinerary_intel.itinerary_id and n.is_counted = TRUE and n.traveler_id <> i.traveler_id)
where itinerary_id in (select itinerary_id from travel_intel where is_counted = FALSE);

-- How the other leaderboards of trips part those with the same proof score; `itineraries_trending` has the first one's way.
create index itineraries_most_proven_first on itineraries (proof_score desc, created_at, id)
    where is_published = TRUE and deleted_at is null;
create index itineraries_most_proven_voted on itineraries (proof_score desc, upvotes desc, id desc)
    where is_published = TRUE and deleted_at is null;

-- Made anew with the votes, by which rankings of a week or a month part the same scores. As the last one: where nothing is known
-- of a table PostgreSQL takes the youngest of the indexes that have a column.
drop index itineraries_recent;
create index itineraries_recent
    on itineraries (created_at desc, id desc, traveler_id, proof_score, upvotes, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;

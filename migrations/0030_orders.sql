-- A search for words that very many trips have walks along the best ones: with the columns of its condition in the index it
-- reads no long row.
drop index itineraries_trending;
create index itineraries_trending
    on itineraries (proof_score desc, created_at desc, id desc, traveler_id, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;

-- What is hidden was helpful to nobody: its votes would tell it from what was deleted.
drop index travel_intel_helpful;
create index travel_intel_helpful on travel_intel
    (itinerary_id, (case when hidden_at is null then helpful_votes else 0 end) desc, created_at desc, id desc)
    where parent_id is null;

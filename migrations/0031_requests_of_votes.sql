-- The request by which a vote was last cast or changed, as in `X-Request-Id`: whoever did not hear the answer asks by it.
alter table itinerary_votes add column request_id {text} check (length(request_id) between 8 and 64);
create index itinerary_votes_request on itinerary_votes (traveler_id, request_id, updated_at desc, id desc)
    where request_id is not null;

-- Whether a vote is among its trip's counters: not while its voter is hidden. A job changes both when somebody is banned,
-- comes back or leaves.
alter table itinerary_votes add column is_counted {bool} not null default TRUE;
create index itinerary_votes_trips on itinerary_votes (traveler_id, itinerary_id);

update itineraries set
    upvotes = upvotes - (select count(*) from itinerary_votes v join travelers t on t.id = v.traveler_id
        where v.itinerary_id = itineraries.id and v.vote_type = 'up' and t.is_active = FALSE),
    downvotes = downvotes - (select count(*) from itinerary_votes v join travelers t on t.id = v.traveler_id
        where v.itinerary_id = itineraries.id and v.vote_type = 'down' and t.is_active = FALSE)
where id in (select v.itinerary_id from itinerary_votes v join travelers t on t.id = v.traveler_id
    where t.is_active = FALSE);
update itinerary_votes set is_counted = FALSE where traveler_id in (select id from travelers where is_active = FALSE);

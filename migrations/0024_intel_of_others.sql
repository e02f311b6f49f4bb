-- How much of a trip's intel others than its author wrote: what ranks it must not follow what its author says under it.
alter table itinerary_intel add column others_count {int} not null default 0 check (others_count >= 0);
update itinerary_intel set others_count =
    (select count(*) from travel_intel n join itineraries i on i.id = n.itinerary_id
     where n.itinerary_id = itinerary_intel.itinerary_id and n.traveler_id <> i.traveler_id
        and n.deleted_at is null and n.hidden_at is null);

-- What follows another table, in the same transaction, whoever wrote there. The triggers belong to `itineraries`.
create trigger itineraries_safety_insert after insert on itinerary_safety begin
    update itineraries set ratings_count = new.ratings_count, safety_score = new.score,
        safety_low = case when new.ratings_count > 0 then new.low else -1 end
    where id = new.itinerary_id;
end;
create trigger itineraries_safety_update after update on itinerary_safety begin
    update itineraries set ratings_count = new.ratings_count, safety_score = new.score,
        safety_low = case when new.ratings_count > 0 then new.low else -1 end
    where id = new.itinerary_id;
end;
create trigger itineraries_safety_delete after delete on itinerary_safety begin
    update itineraries set ratings_count = 0, safety_score = 0, safety_low = -1 where id = old.itinerary_id;
end;
create trigger itinerary_places_score after update of proof_score on itineraries
when new.proof_score <> old.proof_score begin
    update itinerary_places set proof_score = new.proof_score where itinerary_id = new.id;
end;

-- Trips that exist.
update itineraries set created_on = strftime('%Y-%m-%d', created_at / 1000000, 'unixepoch');
update itineraries set ratings_count = s.ratings_count, safety_score = s.score,
    safety_low = case when s.ratings_count > 0 then s.low else -1 end
from itinerary_safety s where s.itinerary_id = itineraries.id;
insert into itinerary_companions (traveler_id, itinerary_id, created_at)
select distinct t.id, i.id, i.created_at
from itineraries i, json_each(i.travel_companions) c
join travelers t on t.id = unhex(replace(c.value ->> 'traveler_id', '-', ''))
where t.id <> i.traveler_id;
-- Folding is done by the program, so their places come by a job.
insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
select x'00000000000070008000000000000012', 'fill_places', '{"after": "00000000-0000-0000-0000-000000000000"}',
       'ready', 0, 0, 5, 0
where exists (select 1 from itineraries);

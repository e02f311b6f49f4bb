-- What follows another table, in the same transaction, whoever wrote there. The triggers belong to `itineraries`.
create function itineraries_follow_safety() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        update itineraries set ratings_count = 0, safety_score = 0, safety_low = -1 where id = old.itinerary_id;
    else
        update itineraries set ratings_count = new.ratings_count, safety_score = new.score,
            safety_low = case when new.ratings_count > 0 then new.low else -1 end
        where id = new.itinerary_id;
    end if;
    return null;
end $$;
create trigger itineraries_safety after insert or update or delete on itinerary_safety
    for each row execute function itineraries_follow_safety();

create function itinerary_places_follow_score() returns trigger language plpgsql as $$
begin
    update itinerary_places set proof_score = new.proof_score where itinerary_id = new.id;
    return null;
end $$;
create trigger itinerary_places_score after update of proof_score on itineraries
    for each row when (new.proof_score <> old.proof_score) execute function itinerary_places_follow_score();

-- Trips that exist.
update itineraries set created_on = (created_at at time zone 'UTC')::date;
update itineraries i set ratings_count = s.ratings_count, safety_score = s.score,
    safety_low = case when s.ratings_count > 0 then s.low else -1 end
from itinerary_safety s where s.itinerary_id = i.id;
insert into itinerary_companions (traveler_id, itinerary_id, created_at)
select distinct t.id, i.id, i.created_at
from itineraries i, jsonb_array_elements(i.travel_companions) c
join travelers t on cast(t.id as text) = lower(c ->> 'traveler_id')
where t.id <> i.traveler_id;
-- Folding is done by the program, so their places come by a job.
insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
select '00000000-0000-7000-8000-000000000012', 'fill_places', '{"after": "00000000-0000-0000-0000-000000000000"}',
       'ready', '1970-01-01T00:00:00Z', 0, 5, '1970-01-01T00:00:00Z'
where exists (select 1 from itineraries);

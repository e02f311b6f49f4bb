create trigger traveler_standings_added after insert on itineraries
when new.is_published = TRUE and new.deleted_at is null begin
    insert into traveler_standings (traveler_id, proof_hundredths, trips_count)
    values (new.traveler_id, cast(round(new.proof_score * 100) as integer), 1)
    on conflict (traveler_id) do update
    set proof_hundredths = proof_hundredths + excluded.proof_hundredths, trips_count = trips_count + 1;
end;
create trigger traveler_standings_removed after delete on itineraries
when old.is_published = TRUE and old.deleted_at is null begin
    update traveler_standings
    set proof_hundredths = proof_hundredths - cast(round(old.proof_score * 100) as integer),
        trips_count = trips_count - 1
    where traveler_id = old.traveler_id;
end;
create trigger traveler_standings_changed
after update of proof_score, is_published, deleted_at, traveler_id on itineraries
when (old.proof_score, old.is_published, old.deleted_at is null, old.traveler_id)
     is not (new.proof_score, new.is_published, new.deleted_at is null, new.traveler_id) begin
    update traveler_standings
    set proof_hundredths = proof_hundredths - cast(round(old.proof_score * 100) as integer),
        trips_count = trips_count - 1
    where traveler_id = old.traveler_id and old.is_published = TRUE and old.deleted_at is null;
    insert into traveler_standings (traveler_id, proof_hundredths, trips_count)
    select new.traveler_id, cast(round(new.proof_score * 100) as integer), 1
    where new.is_published = TRUE and new.deleted_at is null
    on conflict (traveler_id) do update
    set proof_hundredths = proof_hundredths + excluded.proof_hundredths, trips_count = trips_count + 1;
end;

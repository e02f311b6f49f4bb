create function keep_traveler_standings() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' and old.is_published and old.deleted_at is null then
        update traveler_standings
        set proof_hundredths = proof_hundredths - cast(round(old.proof_score * 100) as bigint),
            trips_count = trips_count - 1
        where traveler_id = old.traveler_id;
    end if;
    if tg_op <> 'DELETE' and new.is_published and new.deleted_at is null then
        insert into traveler_standings as s (traveler_id, proof_hundredths, trips_count)
        values (new.traveler_id, cast(round(new.proof_score * 100) as bigint), 1)
        on conflict (traveler_id) do update
        set proof_hundredths = s.proof_hundredths + excluded.proof_hundredths, trips_count = s.trips_count + 1;
    end if;
    return null;
end
$$;
create trigger traveler_standings_added after insert or delete on itineraries
    for each row execute function keep_traveler_standings();
create trigger traveler_standings_changed
    after update of proof_score, is_published, deleted_at, traveler_id on itineraries
    for each row
    when ((old.proof_score, old.is_published, old.deleted_at is null, old.traveler_id)
          is distinct from (new.proof_score, new.is_published, new.deleted_at is null, new.traveler_id))
    execute function keep_traveler_standings();

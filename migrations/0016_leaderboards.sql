-- What a traveller's shown trips amount to: how many, and the sum of their proof scores in hundredths, which is exact.
-- The database keeps it true by triggers on `itineraries`, in the transaction of every change whoever makes it, so that a
-- ranking of a million travellers reads the head of an index.
create table traveler_standings (
    traveler_id {id} primary key references travelers (id) on delete cascade,
    proof_hundredths {int} not null,
    trips_count {int} not null check (trips_count >= 0)
) {strict};
create index traveler_standings_proof on traveler_standings (proof_hundredths desc, traveler_id) where trips_count > 0;

insert into traveler_standings (traveler_id, proof_hundredths, trips_count)
select traveler_id, cast(sum(cast(round(proof_score * 100) as bigint)) as bigint), count(*) from itineraries
where is_published = TRUE and deleted_at is null group by traveler_id;

-- Rankings of a week or a month, and what is new, without reading long rows. SQLite looks for the columns of the
-- condition in the index as well, or reads the row.
create index itineraries_recent
    on itineraries (created_at desc, id desc, traveler_id, proof_score, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;

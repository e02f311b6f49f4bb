-- In which trips a word stands. A word of a title is there a second time with U+E000 before it, and one of title, places
-- or tags with U+E001. The lexemes are made by the program: both engines have the same.
create table itinerary_index (
    number bigint primary key references itinerary_search (number) on delete cascade,
    words tsvector not null
);
create index itinerary_index_words on itinerary_index using gin (words);

-- Folding is done by the program, so trips that exist are indexed by a job.
insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
select '00000000-0000-7000-8000-000000000015', 'fill_search', '{"after": "00000000-0000-0000-0000-000000000000"}',
       'ready', '1970-01-01T00:00:00Z', 0, 5, '1970-01-01T00:00:00Z'
where exists (select 1 from itineraries);

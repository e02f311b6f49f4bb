-- In which trips a word stands. A word of a title is there a second time with U+E000 before it, and one of title, places
-- or tags with U+E001. The words are made by the program: both engines have the same. The tokenizer `ascii` takes every
-- character beyond ASCII for a part of a word, which is right for text that was cut into words before.
create virtual table itinerary_index using fts5 (
    words, content = '', contentless_delete = 1, detail = none, prefix = '3 4', tokenize = 'ascii'
);
create trigger itinerary_search_gone after delete on itinerary_search begin
    delete from itinerary_index where rowid = old.number;
end;

-- Folding is done by the program, so trips that exist are indexed by a job.
insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
select x'00000000000070008000000000000015', 'fill_search', '{"after": "00000000-0000-0000-0000-000000000000"}',
       'ready', 0, 0, 5, 0
where exists (select 1 from itineraries);

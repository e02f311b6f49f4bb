-- What is ranked of a trip that was found: the words of its title, of its places and of its tags, in order, with a blank
-- between them. `itinerary_index` knows under `number` in which trips a word stands.
create table itinerary_search (
    number {serial},
    itinerary_id {id} not null references itineraries (id) on delete cascade,
    title {text} not null,
    destination {text} not null,
    tags {text} not null
) {strict};
create unique index itinerary_search_itinerary on itinerary_search (itinerary_id);

-- The spellings of places that trips go to, by their groups of three letters: where a misspelt one is looked up.
create table place_trigrams (
    trigram {word} not null,
    word {word} not null,
    primary key (trigram, word)
) {strict};

-- Whether a trip that was found may be shown, and how it is ranked, without reading its long row. SQLite looks for the
-- columns of the condition in the index as well, or reads the row.
create index itineraries_found on itineraries (id, traveler_id, proof_score, created_at, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;

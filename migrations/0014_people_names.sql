-- The words of people's names, folded and without accents, in order: what begins with the same letters lies together.
-- E-mail addresses are not among them, so that no search can find, or confirm, one.
create table traveler_names (
    word {word} not null,
    traveler_id {id} not null references travelers (id) on delete cascade,
    primary key (word, traveler_id)
) {strict};
create index traveler_names_traveler on traveler_names (traveler_id, word);

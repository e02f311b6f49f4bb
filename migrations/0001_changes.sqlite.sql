-- What changed, for the caches of other processes. One writer: ids are given out in the order of commits.
create table changes (
    id integer primary key autoincrement,
    topics text not null,
    at integer not null
) strict;
create index changes_at on changes (at);

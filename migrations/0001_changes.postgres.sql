-- What changed, for the caches of other processes. Transactions become visible in another order than their ids were
-- given out, so readers go by the transaction id and their last snapshot.
create table changes (
    id bigint generated always as identity primary key,
    topics text not null,
    at timestamptz not null,
    xid xid8 not null default pg_current_xact_id()
);
create index changes_xid on changes (xid);
create index changes_at on changes (at);

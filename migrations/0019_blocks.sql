-- Who does not want to see, or be seen by, whom. It works in both directions, so it is looked up by either.
create table blocks (
    blocker_id {id} not null references travelers (id) on delete cascade,
    blocked_id {id} not null references travelers (id) on delete cascade,
    -- Whether the blocker could see the other at that time: their list shows only whom they did.
    was_seen {bool} not null,
    created_at {time} not null,
    primary key (blocker_id, blocked_id),
    check (blocker_id <> blocked_id)
) {strict};
create index blocks_blocked on blocks (blocked_id, blocker_id);
create index blocks_listed on blocks (blocker_id, created_at desc, blocked_id desc) where was_seen = TRUE;

-- Found out by the operator or an administrator, and shown to nobody else.
alter table travelers add column women_verified {bool} not null default FALSE;

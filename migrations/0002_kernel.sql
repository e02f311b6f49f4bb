-- Work to do after a transaction: leased, retried, and kept as 'dead' when its tries are used up.
create table jobs (
    id {id} primary key,
    kind {text} not null,
    payload {json} not null,
    state {text} not null check (state in ('ready', 'running', 'dead')),
    run_at {time} not null,
    attempts {int} not null,
    max_attempts {int} not null,
    locked_until {time},
    unique_key {text},
    last_error {text},
    created_at {time} not null
) {strict};
create index jobs_ready on jobs (run_at) where state = 'ready';
create index jobs_running on jobs (locked_until) where state = 'running';
-- Two triggers of one job become one, but only while it has not begun: a job that runs may have read old rows.
create unique index jobs_unique on jobs (kind, unique_key) where state = 'ready';

-- When each schedule ticks next; whoever moves `next_at` enqueues the job.
create table schedules (
    name {text} primary key,
    cron {text} not null,
    next_at {time} not null
) {strict};

-- Replies already given to a POST with an Idempotency-Key.
create table idempotency_keys (
    traveler_id {id} not null,
    route {text} not null,
    key {text} not null,
    request_hash {bytes} not null,
    status {int},
    body {text},
    created_at {time} not null,
    primary key (traveler_id, route, key)
) {strict};
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- People. `email_key` and `username_key` are the folded forms that must be unique; the others are as typed.
create table travelers (
    id {id} primary key,
    email {text} not null,
    email_key {text} not null,
    email_verified {bool} not null,
    password_hash {text} not null,
    username {text} not null,
    username_key {text} not null,
    display_name {text} not null,
    full_name {text},
    avatar_url {text},
    bio {text},
    travel_style {text},
    travel_interests {json} not null,
    is_admin {bool} not null,
    is_active {bool} not null,
    women_guide_certified {bool} not null,
    created_at {time} not null,
    updated_at {time} not null
) {strict};
create unique index travelers_email_key on travelers (email_key);
create unique index travelers_username_key on travelers (username_key);
-- Whoever may not be seen: looked up for every row that is shown or counted.
create index travelers_hidden on travelers (id) where is_active = FALSE;
create index travelers_admins on travelers (created_at) where is_admin = TRUE;

-- One signed-in device. Every request checks that its session has not ended.
create table sessions (
    id {id} primary key,
    traveler_id {id} not null references travelers (id) on delete cascade,
    user_agent {text} not null,
    created_at {time} not null,
    last_used_at {time} not null,
    expires_at {time} not null,
    ended_at {time}
) {strict};
create index sessions_traveler on sessions (traveler_id, created_at);
create index sessions_expires_at on sessions (expires_at);

-- Refresh tokens by their hash. A session has one that is unused; a used one that comes back late ends the session.
create table refresh_tokens (
    hash {bytes} primary key,
    session_id {id} not null references sessions (id) on delete cascade,
    created_at {time} not null,
    expires_at {time} not null,
    used_at {time},
    successor {bytes}
) {strict};
create index refresh_tokens_session on refresh_tokens (session_id);

-- Passwords tried in vain, one row an account (or rather an address, so that those without an account look the same), and
-- one more for each device that was signed in to it before. The key is a keyed hash: no address of a stranger is kept.
create table sign_in_attempts (
    key {bytes} primary key,
    failures {int} not null check (failures > 0),
    blocked_until {time},
    last_at {time} not null
) {strict};
create index sign_in_attempts_last_at on sign_in_attempts (last_at);

-- One-time codes that were asked for, also for addresses without an account. The code itself is nowhere: it follows from
-- the id and a key outside the database. Of those asked for at the same moment, `seq` lets one through.
create table otp_challenges (
    id {id} primary key,
    address_hash {bytes} not null,
    seq {int} not null,
    purpose {text} not null check (purpose in ('sign_in', 'administrate')),
    tries_left {int} not null check (tries_left >= 0),
    created_at {time} not null,
    expires_at {time} not null
) {strict};
create unique index otp_challenges_address on otp_challenges (address_hash, purpose, seq);
create index otp_challenges_created_at on otp_challenges (created_at);

-- When the owner of the account's address last confirmed a session with a code.
alter table sessions add column confirmed_at {time};

-- When an account was deleted by its owner. The row stays without anything of them; what hangs on it is hidden.
alter table travelers add column deleted_at {time};

-- Accounts that wait for their address to be confirmed, where registering is private. They are nobody yet. The latest of
-- an address is the one that can be confirmed, by whoever also knows its password. Of those who register one at the same
-- moment, `seq` lets one through.
create table registrations (
    id {id} primary key,
    token_hash {bytes} not null,
    email {text} not null,
    email_key {text} not null,
    seq {int} not null,
    tries_left {int} not null check (tries_left >= 0),
    password_hash {text} not null,
    username {text} not null,
    username_key {text} not null,
    display_name {text} not null,
    full_name {text},
    created_at {time} not null,
    expires_at {time} not null
) {strict};
create unique index registrations_token_hash on registrations (token_hash);
create unique index registrations_email_key on registrations (email_key, seq);
create index registrations_created_at on registrations (created_at);

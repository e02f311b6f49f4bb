-- What a mail lets its reader do, once: the hash of the token in its link. Using it ends it; the row stays for two days,
-- because it counts as mail that was sent.
create table mail_tokens (
    hash {bytes} primary key,
    traveler_id {id} not null references travelers (id) on delete cascade,
    purpose {text} not null check (purpose in ('verify_email', 'change_email', 'reset_password')),
    email {text} not null,
    email_key {text} not null,
    created_at {time} not null,
    expires_at {time} not null
) {strict};
create index mail_tokens_traveler on mail_tokens (traveler_id, purpose, created_at);
create index mail_tokens_created_at on mail_tokens (created_at);

-- Where a device was last, coarsely: its IPv4 network of 24 bits, or IPv6 of 48.
alter table sessions add column network {text};

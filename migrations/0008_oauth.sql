-- Accounts elsewhere that sign somebody in here. The provider's own id counts, never an address.
create table identities (
    provider {text} not null check (provider in ('github', 'google')),
    subject {text} not null,
    traveler_id {id} not null references travelers (id) on delete cascade,
    username {text},
    created_at {time} not null,
    last_used_at {time} not null,
    primary key (provider, subject)
) {strict};
create unique index identities_traveler on identities (traveler_id, provider);

-- Somebody who was sent to a provider and is to come back, once, with the same browser. Rows live for ten minutes.
create table oauth_flows (
    state_hash {bytes} primary key,
    provider {text} not null check (provider in ('github', 'google')),
    purpose {text} not null check (purpose in ('login', 'connect')),
    browser_hash {bytes} not null,
    traveler_id {id},
    session_id {id},
    return_to {text},
    code_challenge {text},
    created_at {time} not null,
    expires_at {time} not null,
    check ((purpose = 'connect') = (traveler_id is not null and session_id is not null))
) {strict};
create index oauth_flows_expires_at on oauth_flows (expires_at);

-- What a web client that sent a code challenge exchanges for tokens, once, within a minute.
create table handover_codes (
    hash {bytes} primary key,
    traveler_id {id} not null,
    code_challenge {text} not null,
    created_at {time} not null,
    expires_at {time} not null
) {strict};
create index handover_codes_expires_at on handover_codes (expires_at);
create index handover_codes_traveler on handover_codes (traveler_id);

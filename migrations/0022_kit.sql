-- Which keys sealed values of this database may be under, each with something sealed under it: at a start it shows whether
-- the keys of the settings are the right ones.
create table encryption_check (
    key_id {text} primary key,
    sealed {bytes} not null,
    created_at {time} not null
) {strict};

-- What a traveler set for her safety. `emergency_contacts` is a list in JSON. The last three are sealed, and bound to the row.
create table women_safety_settings (
    traveler_id {id} primary key references travelers (id) on delete cascade,
    women_only_group_preference {bool} not null,
    location_sharing_enabled {bool} not null,
    emergency_contacts {bytes},
    medical_conditions {bytes},
    insurance_provider {bytes},
    updated_at {time} not null
) {strict};

-- Whether the owner of an address agreed to be told when somebody is in danger. The address is a keyed hash; it stands, sealed,
-- in the list. Who was taken off the list ('removed') is asked anew when she is put back, who declined is not.
create table women_safety_consents (
    id {id} primary key,
    traveler_id {id} not null references travelers (id) on delete cascade,
    address_hash {bytes} not null,
    state {text} not null check (state in ('pending', 'agreed', 'declined', 'removed')),
    -- The latest mail that asked: its id, when, and the hash of the token in its link.
    mail_id {id},
    mailed_at {time},
    token_hash {bytes},
    created_at {time} not null,
    unique (traveler_id, address_hash)
) {strict};
create unique index women_safety_consents_token on women_safety_consents (token_hash) where token_hash is not null;

-- How many mails that ask were sent on a day for a person, and to an address; both are keyed hashes.
create table women_safety_mail_counts (
    who {bytes} not null,
    day {day} not null,
    sent {int} not null,
    primary key (who, day)
) {strict};
create index women_safety_mail_counts_day on women_safety_mail_counts (day);

-- Calls for help. What they say is sealed.
create table emergency_alerts (
    id {id} primary key,
    traveler_id {id} not null references travelers (id) on delete cascade,
    state {text} not null check (state in ('active', 'cancelled', 'closed')),
    location {bytes},
    message {bytes},
    created_at {time} not null,
    ended_at {time}
) {strict};
create index emergency_alerts_traveler on emergency_alerts (traveler_id, created_at desc, id desc);
create index emergency_alerts_created_at on emergency_alerts (created_at);

-- Whom a call goes to: name and address as they were in the list, sealed. Once `begun_at` is set, a mail may have left.
create table emergency_alert_recipients (
    id {id} primary key,
    alert_id {id} not null references emergency_alerts (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    consent_id {id} not null,
    name {bytes} not null,
    address {bytes} not null,
    token_hash {bytes} not null unique,
    begun_at {time},
    sent_at {time},
    acknowledged_at {time}
) {strict};
create index emergency_alert_recipients_alert on emergency_alert_recipients (alert_id, id);
create index emergency_alert_recipients_traveler on emergency_alert_recipients (traveler_id);

-- What helps: numbers, addresses, advice. Without a region and countries it is for everywhere.
create table women_safety_resources (
    id {id} primary key,
    title {text} not null,
    description {text},
    content {text} not null,
    category {text} not null check (category in ('tips', 'emergency', 'legal', 'health', 'packing', 'cultural', 'navigation')),
    target_region {text},
    -- As it is compared.
    region_key {text},
    target_countries {json} not null,
    -- Whether it is for certain countries; which ones stands in the table below.
    has_countries {bool} not null,
    applies_to_travel_types {json} not null,
    external_links {json} not null,
    helpline_numbers {json} not null,
    urgency_level {text} not null check (urgency_level in ('low', 'medium', 'high', 'critical')),
    language {text} not null,
    source {text} not null,
    checked_on {day} not null,
    is_featured {bool} not null,
    is_pinned {bool} not null,
    -- Title, description and content, folded for searching.
    search_text {text} not null,
    helpful_count {int} not null check (helpful_count >= 0),
    created_at {time} not null,
    updated_at {time} not null,
    retired_at {time}
) {strict};
create index women_safety_resources_listed on women_safety_resources
    (language, is_pinned desc, is_featured desc, created_at desc, id desc) where retired_at is null;
create index women_safety_resources_all on women_safety_resources (created_at desc, id desc);
create index women_safety_resources_region on women_safety_resources (region_key) where retired_at is null;

create table women_safety_resource_countries (
    country_key {text} not null,
    resource_id {id} not null references women_safety_resources (id) on delete cascade,
    primary key (country_key, resource_id)
) {strict};
create index women_safety_resource_countries_resource on women_safety_resource_countries (resource_id);

create table women_safety_resource_votes (
    resource_id {id} not null references women_safety_resources (id) on delete cascade,
    traveler_id {id} not null references travelers (id) on delete cascade,
    created_at {time} not null,
    primary key (resource_id, traveler_id)
) {strict};
create index women_safety_resource_votes_traveler on women_safety_resource_votes (traveler_id);

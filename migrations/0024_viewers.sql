-- What trips are ranked by. `view_count` counts sessions, which whoever is signed out can invent; `viewers_count` counts
-- travellers, and each network of the signed out, once a trip and day. Of the views until now nobody knows whose they
-- were, so it begins with nothing.
alter table itineraries add column viewers_count {int} not null default 0 check (viewers_count >= 0);

-- What a row counts as: a traveller's as both, a session's as a view, a network's as a viewer.
alter table itinerary_views add column is_view {bool} not null default TRUE;
alter table itinerary_views add column is_viewer {bool} not null default FALSE;

drop index itineraries_rising;
create index itineraries_rising on itineraries (created_on, (ratings_count + viewers_count) desc, id desc)
    where is_published = TRUE and deleted_at is null;
drop index itineraries_requested;
create index itineraries_requested on itineraries (viewers_count desc, ratings_count desc, id desc)
    where is_published = TRUE and deleted_at is null;

-- The maximum that shares are taken of is raised by whatever is scored next.
alter table score_maxima rename column views to viewers;
update score_maxima set viewers = 0;

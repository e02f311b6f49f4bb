-- Whom trips are ranked by: travellers, each once a trip however often they come back. The key is a keyed hash of the trip and
-- the traveller, and another one for each trip, so the rows say neither who looked nor that two trips had the same viewer.
-- They are forgotten after 90 days, and when an account is banned or leaves; `itineraries.viewers_count` counts them. No
-- reference to the trip: a batch of thousands must not fail for one that went away.
create table itinerary_viewers (
    viewer_key {bytes} primary key,
    itinerary_id {id} not null,
    day {day} not null
) {strict};
create index itinerary_viewers_day on itinerary_viewers (day, viewer_key);

-- The rows of networks, which were viewers as well until now.
delete from itinerary_views where is_view = FALSE;
alter table itinerary_views drop column is_view;
alter table itinerary_views drop column is_viewer;

-- Of the viewers until now nobody knows who they were, or whether they were the same on two days: it begins with nothing.
update itineraries set viewers_count = 0 where viewers_count > 0;
update score_maxima set viewers = 0;

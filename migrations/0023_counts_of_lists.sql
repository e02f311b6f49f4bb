-- Totals of filtered lists, counted from an index alone.

-- Trips that an activity has, or a search found, are looked up here one by one: with everything else that lists are
-- filtered by, so that counting them reads no row. SQLite looks for the columns of the condition in the index as well.
drop index itineraries_found;
create index itineraries_found on itineraries
    (id, traveler_id, proof_score, created_at, difficulty_level, has_gpx, women_safe_certified, is_featured,
     safety_score, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;

-- Certified trips in the order of each sort, or they would all be read and sorted; the first is what they are counted from.
create index itineraries_women_safe_newest on itineraries
    (created_at desc, id desc, traveler_id, proof_score, difficulty_level, has_gpx, is_featured, safety_score,
     women_safe_certified, is_published, deleted_at)
    where women_safe_certified = TRUE and is_published = TRUE and deleted_at is null;
create index itineraries_women_safe_rated on itineraries (safety_low desc, proof_score desc, id desc)
    where women_safe_certified = TRUE and is_published = TRUE and deleted_at is null;
create index itineraries_women_safe_helpful on itineraries (helpful_votes desc, proof_score desc, id desc)
    where women_safe_certified = TRUE and is_published = TRUE and deleted_at is null;

-- Made anew unchanged: where nothing is known of a table PostgreSQL takes the youngest of the indexes that have a column.
drop index itineraries_recent;
create index itineraries_recent
    on itineraries (created_at desc, id desc, traveler_id, proof_score, is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;

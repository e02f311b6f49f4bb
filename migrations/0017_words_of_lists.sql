-- Lists of trips are read by the index of words, which knows since this version which words stand in a destination. What
-- they were compared with before goes, and with it more than half of the weight of a trip's row.
drop index itineraries_destination;
drop index itineraries_counted;
create index itineraries_counted on itineraries
    (traveler_id, difficulty_level, has_gpx, women_safe_certified, is_featured, proof_score, safety_score,
     is_published, deleted_at)
    where is_published = TRUE and deleted_at is null;
alter table itineraries drop column search_text;
alter table itineraries drop column destination_text;

-- Who certified a trip as safe for women, and when: for administrators.
alter table itineraries add column women_safe_by {id};
alter table itineraries add column women_safe_at {time};

-- All badges, for administrators.
create index itinerary_badges_newest on itinerary_badges (created_at desc, id desc);

-- What the lists of ratings and of intel are read by, so that each is a walk along an index.
create index safety_ratings_type_score on safety_ratings
    (rating_type, overall_safety_score desc, created_at desc, id desc);
create index safety_ratings_verified_score on safety_ratings (overall_safety_score desc, created_at desc, id desc)
    where verified_traveler = TRUE;
create index safety_ratings_itinerary_score on safety_ratings
    (itinerary_id, overall_safety_score desc, created_at desc, id desc);

-- When the author of the trip hid it. Others find the place of it as if it had been deleted.
alter table travel_intel add column hidden_at {time} check (hidden_at is null or intel_type <> 'warning');

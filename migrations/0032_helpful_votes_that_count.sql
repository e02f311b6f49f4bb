-- Whether a vote on how helpful something is is among its counters: not while its voter is hidden. A job changes both when
-- somebody is banned, comes back or leaves. What trips have of it follows with their scores, in the night at the latest.
alter table safety_rating_votes add column is_counted {bool} not null default TRUE;
drop index safety_rating_votes_traveler;
create index safety_rating_votes_traveler on safety_rating_votes (traveler_id, rating_id);

update safety_ratings set
    helpful_votes = helpful_votes - (select count(*) from safety_rating_votes v join travelers t on t.id = v.traveler_id
        where v.rating_id = safety_ratings.id and v.is_helpful = TRUE and t.is_active = FALSE),
    unhelpful_votes = unhelpful_votes - (select count(*) from safety_rating_votes v join travelers t on t.id = v.traveler_id
        where v.rating_id = safety_ratings.id and v.is_helpful = FALSE and t.is_active = FALSE)
where id in (select v.rating_id from safety_rating_votes v join travelers t on t.id = v.traveler_id
    where t.is_active = FALSE);
update safety_rating_votes set is_counted = FALSE where traveler_id in (select id from travelers where is_active = FALSE);

alter table travel_intel_votes add column is_counted {bool} not null default TRUE;
drop index travel_intel_votes_traveler;
create index travel_intel_votes_traveler on travel_intel_votes (traveler_id, intel_id);

update travel_intel set
    helpful_votes = helpful_votes - (select count(*) from travel_intel_votes v join travelers t on t.id = v.traveler_id
        where v.intel_id = travel_intel.id and v.is_helpful = TRUE and t.is_active = FALSE),
    unhelpful_votes = unhelpful_votes - (select count(*) from travel_intel_votes v join travelers t on t.id = v.traveler_id
        where v.intel_id = travel_intel.id and v.is_helpful = FALSE and t.is_active = FALSE)
where id in (select v.intel_id from travel_intel_votes v join travelers t on t.id = v.traveler_id
    where t.is_active = FALSE);
update travel_intel_votes set is_counted = FALSE where traveler_id in (select id from travelers where is_active = FALSE);

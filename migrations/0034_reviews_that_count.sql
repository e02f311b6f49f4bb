-- Whether a review is among its guide's figures: not while its author is hidden. A job changes both when somebody is banned,
-- comes back or leaves.
alter table guide_reviews add column is_counted {bool} not null default TRUE;

update guide_reviews set is_counted = FALSE where traveler_id in (select id from travelers where is_active = FALSE);
update guides set
    rating_sum = (select coalesce(sum(r.rating), 0) from guide_reviews r
        where r.guide_id = guides.id and r.is_counted = TRUE),
    total_reviews = (select count(*) from guide_reviews r where r.guide_id = guides.id and r.is_counted = TRUE)
where id in (select guide_id from guide_reviews where is_counted = FALSE);
update guides set average_rating = case when total_reviews = 0 then 0
    else cast(rating_sum as double precision) / total_reviews end
where id in (select guide_id from guide_reviews where is_counted = FALSE);

-- Totals of the groups that one can join: with the month after which a group takes nobody any more.
drop index travel_groups_counted;
create index travel_groups_counted on travel_groups
    (is_women_only, start_month, group_type, creator_id, current_members_count, max_members, end_month, id, is_active)
    where is_active = TRUE;

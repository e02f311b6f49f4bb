-- Totals of the list of groups, counted from an index alone. SQLite looks for the column of the condition in it as well.
create index travel_groups_counted on travel_groups
    (is_women_only, start_month, group_type, creator_id, current_members_count, max_members, id, is_active)
    where is_active = TRUE;

-- Who has a say in a group: asked of every group that somebody meets, whatever the number of its members.
create index travel_group_members_leading on travel_group_members (group_id, traveler_id, role, state)
    where state = 'accepted' and role <> 'member';

-- Who waits and was offered nothing; and what a group offered, which was looked for among the offers of all groups.
create index travel_group_waitlist_idle on travel_group_waitlist (group_id, traveler_id, offered_until)
    where offered_until is null;
create index travel_group_waitlist_offered on travel_group_waitlist (group_id, offered_until, traveler_id)
    where offered_until is not null;

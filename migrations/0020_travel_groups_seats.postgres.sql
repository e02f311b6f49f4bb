create function travel_groups_count_seats() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' and old.state = 'accepted' then
        update travel_groups set current_members_count = current_members_count - 1 where id = old.group_id;
    end if;
    if tg_op <> 'DELETE' and new.state = 'accepted' then
        update travel_groups set current_members_count = current_members_count + 1 where id = new.group_id;
    end if;
    return null;
end
$$;
create trigger travel_group_members_came after insert or delete on travel_group_members
    for each row execute function travel_groups_count_seats();
create trigger travel_group_members_changed after update of state on travel_group_members
    for each row when (old.state is distinct from new.state) execute function travel_groups_count_seats();

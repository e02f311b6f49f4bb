create trigger travel_group_members_came after insert on travel_group_members when new.state = 'accepted' begin
    update travel_groups set current_members_count = current_members_count + 1 where id = new.group_id;
end;
create trigger travel_group_members_gone after delete on travel_group_members when old.state = 'accepted' begin
    update travel_groups set current_members_count = current_members_count - 1 where id = old.group_id;
end;
create trigger travel_group_members_changed after update of state on travel_group_members when old.state <> new.state
begin
    update travel_groups
    set current_members_count = current_members_count
        + case when new.state = 'accepted' then 1 else 0 end - case when old.state = 'accepted' then 1 else 0 end
    where id = new.group_id;
end;

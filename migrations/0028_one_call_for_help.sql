-- A call for help that goes on takes what is said after it. `renewed_at` is when that was last, `mails_due_at` when the
-- latest mails may leave, `renewals` how often something new was said. `sender_name`, sealed, is who called, for the all-clear of
-- somebody whose account is gone.
alter table emergency_alerts add column renewed_at {time};
alter table emergency_alerts add column mails_due_at {time};
alter table emergency_alerts add column renewals {int} not null default 0;
alter table emergency_alerts add column sender_name {bytes};

-- Which mail of the call is the latest, whether it was seen, when a server refused it for good; when the all-clear left, or
-- was found to have nowhere to go.
alter table emergency_alert_recipients add column mail_round {int} not null default 0;
alter table emergency_alert_recipients add column is_seen {bool} not null default FALSE;
alter table emergency_alert_recipients add column failed_at {time};
alter table emergency_alert_recipients add column cleared_at {time};
update emergency_alert_recipients set is_seen = TRUE where acknowledged_at is not null;

-- One at a time: of several the latest goes on.
update emergency_alerts set state = 'closed', ended_at = created_at
 where state = 'active' and exists (
    select 1 from emergency_alerts later where later.traveler_id = emergency_alerts.traveler_id and later.state = 'active'
       and (later.created_at > emergency_alerts.created_at
          or (later.created_at = emergency_alerts.created_at and later.id > emergency_alerts.id)));
create unique index emergency_alerts_active on emergency_alerts (traveler_id) where state = 'active';

-- First tries go before those that failed, and these in the order of how often they did.
create index jobs_next on jobs (urgent desc, attempts, run_at) where state = 'ready';

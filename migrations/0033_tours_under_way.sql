-- Whether a booking was cancelled when its days had begun: what happened till then can be reviewed, whoever ended it.
alter table guide_bookings add column was_under_way {bool} not null default FALSE;

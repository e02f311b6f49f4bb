-- What is urgent is done before everything else that is ready, also when it is tried again.
alter table jobs add column urgent {bool} not null default FALSE;

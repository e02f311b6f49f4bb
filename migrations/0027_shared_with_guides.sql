-- Whether her guide gets the medical text together with the emergency contacts of a booking.
alter table women_safety_settings add column medical_shared_with_guides {bool} not null default FALSE;

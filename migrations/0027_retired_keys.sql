-- When a rotation last found nothing under this key. Its row stays: a process that still has it first may seal with it again.
alter table encryption_check add column retired_at {time};

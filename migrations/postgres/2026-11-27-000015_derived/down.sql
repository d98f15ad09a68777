ALTER TABLE trending_state DROP COLUMN made;
DROP INDEX related_by_made;
ALTER TABLE related DROP COLUMN made;
ALTER TABLE log_head DROP COLUMN derived_seq;

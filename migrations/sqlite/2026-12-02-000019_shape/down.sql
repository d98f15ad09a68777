ALTER TABLE log_head DROP COLUMN shaped_at;
ALTER TABLE log_head DROP COLUMN shape;

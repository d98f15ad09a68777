-- What is derived and kept is no change of the log: lists of related news, and the ranking of what trends. A number of
-- their own says what was made since, so that a kept answer ends exactly when a list that it shows is another one.

-- The last such number. Drawn as seq is, under the lock of the same row, so that it is in commit order. Not every number
-- is found again: what is made anew has the newer one.
ALTER TABLE log_head ADD COLUMN derived_seq BIGINT NOT NULL DEFAULT 0;

-- By which number it was made; all that one transaction makes has one number.
ALTER TABLE related ADD COLUMN made BIGINT NOT NULL DEFAULT 0;
CREATE INDEX related_by_made ON related (made, article_id);
ALTER TABLE trending_state ADD COLUMN made BIGINT NOT NULL DEFAULT 0;

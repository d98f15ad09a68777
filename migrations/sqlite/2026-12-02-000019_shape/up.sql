-- An answer is made by settings and by a program, too. Which ones they are by now, as a number that tells them apart; 0 where nobody has
-- said so. It stands in the head, so each process learns of it as it learns of changes.
ALTER TABLE log_head ADD COLUMN shape BIGINT NOT NULL DEFAULT 0;

-- Since when. No answer that was made by others before says that it is of this instant, or later.
ALTER TABLE log_head ADD COLUMN shaped_at BIGINT NOT NULL DEFAULT 0;

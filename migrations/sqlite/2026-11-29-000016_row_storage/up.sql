-- A table WITHOUT ROWID keeps whole rows in the inner pages of its tree: of lists of two kilobytes a page holds a few, so
-- the tree was five pages high, and each list had a page beside it for what did not fit. By its id as row id a list is one page.
CREATE TABLE related_rows (
    article_id INTEGER NOT NULL PRIMARY KEY,
    list       TEXT    NOT NULL,
    made       BIGINT  NOT NULL DEFAULT 0
);
INSERT INTO related_rows (article_id, list, made) SELECT article_id, list, made FROM related ORDER BY article_id;
DROP TABLE related;
ALTER TABLE related_rows RENAME TO related;
CREATE INDEX related_by_made ON related (made, article_id);

CREATE TABLE related_rows (
    article_id BIGINT NOT NULL PRIMARY KEY,
    list       TEXT   NOT NULL,
    made       BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO related_rows (article_id, list, made) SELECT article_id, list, made FROM related ORDER BY article_id;
DROP TABLE related;
ALTER TABLE related_rows RENAME TO related;
CREATE INDEX related_by_made ON related (made, article_id);

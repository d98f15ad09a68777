DROP INDEX articles_published_updated;
DROP INDEX tombstones_at;
ALTER TABLE tombstones DROP COLUMN touches;

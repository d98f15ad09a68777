DROP INDEX tombstones_at;
ALTER TABLE tombstones DROP COLUMN touches;

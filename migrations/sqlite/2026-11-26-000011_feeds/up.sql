-- A feed tells its readers what was taken back of what it had (RFC 6721), so a tombstone says which lists the article
-- stood in. Those that are there already stand in the feed of everything only.
ALTER TABLE tombstones ADD COLUMN touches TEXT NOT NULL DEFAULT '{}';
CREATE INDEX tombstones_at ON tombstones (at, article_id);

-- When a month's articles last changed, for sitemaps, from the index alone.
CREATE INDEX articles_published_updated ON articles (published_at, updated_at);

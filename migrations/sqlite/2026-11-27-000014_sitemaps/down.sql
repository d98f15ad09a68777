DROP INDEX articles_published_elsewhere;
DROP INDEX articles_published_updated;
CREATE INDEX articles_published_updated ON articles (published_at, updated_at);

-- Sitemaps leave out what first stood elsewhere, so their months are counted without it: those that name no other address
-- by the one index, and by the other those that name one, which may still be the site's own.
DROP INDEX articles_published_updated;
CREATE INDEX articles_published_updated ON articles (published_at, updated_at) WHERE (rest::json ->> 'canonical_url') IS NULL;
CREATE INDEX articles_published_elsewhere ON articles (published_at) WHERE (rest::json ->> 'canonical_url') IS NOT NULL;

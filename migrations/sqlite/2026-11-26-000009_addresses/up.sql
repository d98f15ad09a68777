-- Addresses that articles had elsewhere (old permalinks): host, path and query in one form, or a path alone. The first
-- that claims one keeps it. As with slugs there are two tables: the public looks into the second only, which has an
-- address from the moment at which its article was published first.
CREATE TABLE newsroom_addresses (
    address    TEXT   PRIMARY KEY,
    article_id BIGINT NOT NULL REFERENCES newsroom_articles (id)
) WITHOUT ROWID;
CREATE INDEX newsroom_addresses_article ON newsroom_addresses (article_id);

CREATE TABLE article_addresses (
    address    TEXT   PRIMARY KEY,
    article_id BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX article_addresses_article ON article_addresses (article_id);

-- Collections: ordered lists that editors run, filled up by a rule.

-- rule is JSON, as src/model/collection.rs has it: names of sections, topics and authors stand in it as slugs, since what
-- is published under one may come and go. version grows with every change.
CREATE TABLE collections (
    id          BIGINT  NOT NULL PRIMARY KEY,
    slug        TEXT    COLLATE "C" NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    version     INTEGER NOT NULL
);
-- The two that always are there; a global id is made of the number.
INSERT INTO collections (id, slug, name, description, rule, version) VALUES
    (1, 'top-news', 'Top News', 'What matters most now: what the editors pinned, what trends in the last 24 hours, then the latest.', '{"by":"trending","window":"24h"}', 1),
    (2, 'latest-news', 'Latest News', 'What was published last, newest first.', '{"by":"latest"}', 1);

-- An article in a place, from an instant and until one. It may be one that is not published: what is shown is joined with
-- the catalogue. due_at is the next of the two instants that nobody has acted on yet.
CREATE TABLE collection_pins (
    collection_id BIGINT  NOT NULL REFERENCES collections (id),
    article_id    BIGINT  NOT NULL REFERENCES newsroom_articles (id),
    slot          INTEGER NOT NULL,
    starts_at     BIGINT,
    ends_at       BIGINT,
    due_at        BIGINT,
    PRIMARY KEY (collection_id, article_id)
);
-- The timer asks for the next that is due.
CREATE INDEX collection_pins_due ON collection_pins (due_at) WHERE due_at IS NOT NULL;

-- The number of the last change of a collection. It comes with the head, which every read takes, so that a node may keep
-- the collections in memory and never shows old ones.
ALTER TABLE log_head ADD COLUMN collections_seq BIGINT NOT NULL DEFAULT 0;

-- How often articles are seen, and what trends. None of it is the catalogue: a view is no change, and no number of the
-- log is drawn for it.

-- Views by article and hour (hours since 1970, UTC). Older than the longest window: pruned.
CREATE TABLE views (
    hour       BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    n          BIGINT NOT NULL,
    PRIMARY KEY (hour, article_id)
) WITHOUT ROWID;

-- Who was counted already in an hour: 40 bits of a salted hash, so that several visitors stand behind each mark. Kept
-- for the hour and the one after it.
CREATE TABLE view_marks (
    hour       BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    mark       BIGINT NOT NULL,
    PRIMARY KEY (hour, article_id, mark)
) WITHOUT ROWID;

-- The salt of a day (days since 1970, UTC), shared by all nodes; gone an hour after the day.
CREATE TABLE view_salts (
    day  BIGINT NOT NULL PRIMARY KEY,
    salt TEXT   NOT NULL
) WITHOUT ROWID;

-- What trends, in order, as it was ranked last. span is the window in hours; section_id 0 is everything.
CREATE TABLE trending (
    span       BIGINT NOT NULL,
    section_id BIGINT NOT NULL,
    place      BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    score      BIGINT NOT NULL,
    PRIMARY KEY (span, section_id, place)
) WITHOUT ROWID;

-- When that was. The row's lock keeps two nodes from ranking at once.
CREATE TABLE trending_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO trending_state (id, at) VALUES (1, 0);

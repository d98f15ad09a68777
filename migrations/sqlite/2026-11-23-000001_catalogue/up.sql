-- The newsroom side and the catalogue side, and the one change sequence between them and whoever follows.
--
-- Ids are made by the program (see src/model/id.rs), instants are UTC milliseconds, small structures are JSON in
-- TEXT. Tables whose names begin with newsroom_ hold what is not public; public reads never touch them.

-- ---------------------------------------------------------------- the change sequence
-- One row. The UPDATE that draws numbers locks it until the transaction ends, so numbers are gap-free and in
-- commit order, which a database sequence cannot promise. log_id is renewed when a backup is restored.
CREATE TABLE log_head (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    log_id TEXT   NOT NULL,
    seq    BIGINT NOT NULL
);
INSERT INTO log_head (id, log_id, seq) VALUES (1, lower(hex(randomblob(16))), 0);

CREATE TABLE changes (
    seq     INTEGER NOT NULL PRIMARY KEY,
    at      BIGINT  NOT NULL,
    noun    TEXT    NOT NULL,
    subject BIGINT  NOT NULL,
    deed    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    touches TEXT    NOT NULL
);
-- What happened to one thing: cache validity, mirrors that ask about one article.
CREATE INDEX changes_subject ON changes (subject, seq);

-- ---------------------------------------------------------------- the newsroom side
CREATE TABLE newsroom_articles (
    id          INTEGER NOT NULL PRIMARY KEY,
    uri         TEXT    NOT NULL UNIQUE,
    slug        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    revision_id BIGINT,
    hash        TEXT    NOT NULL,
    due_at      BIGINT,
    reason      TEXT,
    -- What the story says of its authors, topics and sections while it waits; they learn it when it is published.
    offers      TEXT,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);
-- The timer asks for the next that is due.
CREATE INDEX newsroom_articles_due ON newsroom_articles (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE newsroom_revisions (
    id         INTEGER NOT NULL PRIMARY KEY,
    article_id BIGINT  NOT NULL REFERENCES newsroom_articles (id),
    number     INTEGER NOT NULL,
    document   TEXT    NOT NULL,
    made_by    TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL
);
CREATE UNIQUE INDEX newsroom_revisions_number ON newsroom_revisions (article_id, number);

-- Every slug and alias that an article ever had; the key is what keeps one from being given to another article.
CREATE TABLE newsroom_slugs (
    slug       TEXT   PRIMARY KEY,
    article_id BIGINT NOT NULL REFERENCES newsroom_articles (id)
) WITHOUT ROWID;
CREATE INDEX newsroom_slugs_article ON newsroom_slugs (article_id);

-- Authors, topics and sections as the newsroom knows them. The catalogue gets a copy when a published article
-- uses one, so a name that stands only in a draft is not public. Listed ones are public without an article.
CREATE TABLE newsroom_terms (
    id        INTEGER NOT NULL PRIMARY KEY,
    noun      TEXT    NOT NULL,
    slug      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    parent_id BIGINT,
    about     TEXT    NOT NULL,
    listed    BOOLEAN NOT NULL,
    -- Only stories that are not public have named it so far: what they say of it gives way to the first public one.
    provisional BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX newsroom_terms_slug ON newsroom_terms (noun, slug);

CREATE TABLE newsroom_term_aliases (
    noun    TEXT   NOT NULL,
    alias   TEXT   NOT NULL,
    term_id BIGINT NOT NULL REFERENCES newsroom_terms (id),
    PRIMARY KEY (noun, alias)
) WITHOUT ROWID;

-- ---------------------------------------------------------------- the catalogue side
CREATE TABLE sections (
    id        INTEGER NOT NULL PRIMARY KEY,
    slug      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    parent_id BIGINT,
    about     TEXT NOT NULL,
    fold      TEXT NOT NULL
);
CREATE INDEX sections_fold ON sections (fold, id);

CREATE TABLE authors (
    id    INTEGER NOT NULL PRIMARY KEY,
    slug  TEXT NOT NULL UNIQUE,
    name  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    about TEXT NOT NULL,
    fold  TEXT NOT NULL
);
CREATE INDEX authors_fold ON authors (fold, id);

CREATE TABLE topics (
    id        INTEGER NOT NULL PRIMARY KEY,
    slug      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    parent_id BIGINT,
    about     TEXT NOT NULL,
    fold      TEXT NOT NULL
);
CREATE INDEX topics_fold ON topics (fold, id);
CREATE INDEX topics_kind ON topics (kind, fold, id);
CREATE INDEX topics_parent ON topics (parent_id);

-- What every list shows; bodies stand apart so that a scan of cards reads few pages.
CREATE TABLE articles (
    id                  INTEGER NOT NULL PRIMARY KEY,
    uri                 TEXT    NOT NULL UNIQUE,
    slug                TEXT    NOT NULL UNIQUE,
    version             INTEGER NOT NULL,
    updated_at          BIGINT  NOT NULL,
    headline            TEXT    NOT NULL,
    label               TEXT,
    genre               TEXT    NOT NULL,
    summary             TEXT    NOT NULL,
    section_id          BIGINT,
    authors             TEXT    NOT NULL,
    topics              TEXT    NOT NULL,
    image               TEXT,
    language            TEXT    NOT NULL,
    published_at        BIGINT  NOT NULL,
    published_precision TEXT    NOT NULL,
    word_count          INTEGER NOT NULL,
    rest                TEXT    NOT NULL
);
CREATE INDEX articles_published ON articles (published_at, id);
CREATE INDEX articles_updated ON articles (updated_at, id);
CREATE INDEX articles_genre ON articles (genre, published_at, id);
CREATE INDEX articles_language ON articles (language, published_at, id);

CREATE TABLE article_bodies (
    article_id INTEGER NOT NULL PRIMARY KEY,
    body       TEXT NOT NULL,
    html       TEXT NOT NULL
);

-- The link tables carry the instant of publication, so that one index serves filter and order.
CREATE TABLE article_sections (
    section_id   BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    article_id   BIGINT NOT NULL,
    PRIMARY KEY (section_id, published_at, article_id)
) WITHOUT ROWID;
CREATE INDEX article_sections_article ON article_sections (article_id, section_id);

CREATE TABLE article_authors (
    author_id    BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    article_id   BIGINT NOT NULL,
    PRIMARY KEY (author_id, published_at, article_id)
) WITHOUT ROWID;
CREATE INDEX article_authors_article ON article_authors (article_id, author_id);

CREATE TABLE article_topics (
    topic_id     BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    article_id   BIGINT NOT NULL,
    PRIMARY KEY (topic_id, published_at, article_id)
) WITHOUT ROWID;
CREATE INDEX article_topics_article ON article_topics (article_id, topic_id);

-- Every slug and alias under which a published article could be asked for; rows stay when it goes.
CREATE TABLE article_slugs (
    slug       TEXT   PRIMARY KEY,
    article_id BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX article_slugs_article ON article_slugs (article_id);

-- What remains of an article that was taken back.
CREATE TABLE tombstones (
    article_id INTEGER NOT NULL PRIMARY KEY,
    uri        TEXT    NOT NULL UNIQUE,
    slug       TEXT    NOT NULL,
    killed     BOOLEAN NOT NULL,
    reason     TEXT    NOT NULL,
    at         BIGINT  NOT NULL
);

-- How many articles are published: all, and per section, topic, author, genre and language.
CREATE TABLE counts (
    kind TEXT   NOT NULL,
    key  TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

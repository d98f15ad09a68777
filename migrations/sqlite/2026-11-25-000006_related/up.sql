-- Related news: what an editor linked, what is kept of each article, and how far the follower that keeps it has come.

-- Links that editors set from a published article to others, by URI: the other may come later, or go. In order.
CREATE TABLE article_links (
    article_id BIGINT NOT NULL,
    place      INTEGER NOT NULL,
    uri        TEXT   NOT NULL,
    PRIMARY KEY (article_id, place)
) WITHOUT ROWID;
-- Whose lists to make anew when an article comes or goes.
CREATE INDEX article_links_by_uri ON article_links (uri, article_id);

-- What belongs beside an article, as one document that is read whole. Derived: it can be made anew at any time.
CREATE TABLE related (
    article_id BIGINT NOT NULL PRIMARY KEY,
    list       TEXT   NOT NULL
) WITHOUT ROWID;

-- Followers of the log of which one node runs at a time: where it stands, and who has the lease. fence counts the
-- holders, so that one whose lease ran out while it worked cannot write any more. fill_after: what it keeps of the
-- articles behind this id is to be made anew, in the order of the ids. settings: with what it is made.
CREATE TABLE followers (
    name       TEXT   NOT NULL PRIMARY KEY,
    log_id     TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    fill_after BIGINT NOT NULL,
    settings   TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    fence      BIGINT NOT NULL,
    until      BIGINT NOT NULL
) WITHOUT ROWID;

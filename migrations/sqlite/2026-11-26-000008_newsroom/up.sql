-- The newsroom as people work in it: whose a piece is, who did what when, notes to the desk, autosaves, previews.
--
-- edit counts every write to the entry: what If-Match compares. public_revision_id is the revision that readers see, NULL
-- where nothing of the article is public; the newest revision beside it may be a draft. published_at is when it first
-- became public, for documents that leave it open. owner_id and assignee_id are accounts: who made it, and whose work it
-- is now. headline is the newest revision's, for lists.
ALTER TABLE newsroom_articles ADD COLUMN edit INTEGER NOT NULL DEFAULT 1;
ALTER TABLE newsroom_articles ADD COLUMN public_revision_id BIGINT;
ALTER TABLE newsroom_articles ADD COLUMN published_at BIGINT;
ALTER TABLE newsroom_articles ADD COLUMN owner_id BIGINT;
ALTER TABLE newsroom_articles ADD COLUMN assignee_id BIGINT;
ALTER TABLE newsroom_articles ADD COLUMN headline TEXT NOT NULL DEFAULT '';
UPDATE newsroom_articles SET public_revision_id = revision_id WHERE state = 'published';
UPDATE newsroom_articles SET published_at = (SELECT a.published_at FROM articles a WHERE a.id = newsroom_articles.id);
UPDATE newsroom_articles SET headline = coalesce((SELECT json_extract(r.document, '$.headline') FROM newsroom_revisions r WHERE r.id = newsroom_articles.revision_id), '');
-- Lists of the newsroom: what was touched last comes first; of a state, of an owner, of an assignee.
CREATE INDEX newsroom_articles_updated ON newsroom_articles (updated_at, id);
CREATE INDEX newsroom_articles_state ON newsroom_articles (state, updated_at, id);
CREATE INDEX newsroom_articles_owner ON newsroom_articles (owner_id, updated_at, id) WHERE owner_id IS NOT NULL;
CREATE INDEX newsroom_articles_assignee ON newsroom_articles (assignee_id, updated_at, id) WHERE assignee_id IS NOT NULL;

-- edit is the entry's when the revision was made: so the text that a writer began with is found again.
ALTER TABLE newsroom_revisions ADD COLUMN edit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE newsroom_revisions ADD COLUMN restored_from INTEGER;

-- What somebody is typing: one row for an article and an account, in the place of the one before. It is no revision.
CREATE TABLE newsroom_autosaves (
    article_id BIGINT  NOT NULL REFERENCES newsroom_articles (id),
    account_id BIGINT  NOT NULL,
    edit       INTEGER NOT NULL,
    -- What was sent, as it was sent: half a name typed is no author yet.
    form       TEXT    NOT NULL,
    saved_at   BIGINT  NOT NULL,
    PRIMARY KEY (article_id, account_id)
) WITHOUT ROWID;

-- Notes to the desk; never public.
CREATE TABLE newsroom_notes (
    id         INTEGER NOT NULL PRIMARY KEY,
    article_id BIGINT  NOT NULL REFERENCES newsroom_articles (id),
    account_id BIGINT,
    text       TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL
);
CREATE INDEX newsroom_notes_article ON newsroom_notes (article_id, id);

-- Who did what when. What was public at an instant follows from it: the last event before it that published or took back.
CREATE TABLE newsroom_events (
    id         INTEGER NOT NULL PRIMARY KEY,
    article_id BIGINT  NOT NULL REFERENCES newsroom_articles (id),
    at         BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    account_id BIGINT,
    -- The number of the revision that it is about, the public version and the slug afterwards.
    revision   INTEGER,
    version    INTEGER NOT NULL,
    slug       TEXT    NOT NULL,
    detail     TEXT    NOT NULL
);
CREATE INDEX newsroom_events_article ON newsroom_events (article_id, id);

-- Previews that were given out: whoever has the token reads the draft. The row has a hash of the token's secret.
CREATE TABLE newsroom_previews (
    id         INTEGER NOT NULL PRIMARY KEY,
    article_id BIGINT  NOT NULL REFERENCES newsroom_articles (id),
    revision   INTEGER,
    secret     TEXT    NOT NULL,
    account_id BIGINT,
    made_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX newsroom_previews_article ON newsroom_previews (article_id, id);
CREATE INDEX newsroom_previews_expiry ON newsroom_previews (expires_at);

-- The audit store: the revisions of what was killed. Nothing but the command line of the operator reads it.
CREATE TABLE killed_revisions (
    id         INTEGER NOT NULL PRIMARY KEY,
    article_id BIGINT  NOT NULL,
    number     INTEGER NOT NULL,
    document   TEXT    NOT NULL,
    made_by    TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL,
    killed_at  BIGINT  NOT NULL
);
CREATE INDEX killed_revisions_article ON killed_revisions (article_id, number);

-- Creating requests that came with an Idempotency-Key: a retry finds what the first one made.
CREATE TABLE idempotency_keys (
    account_id BIGINT NOT NULL,
    key        TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    made       BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);

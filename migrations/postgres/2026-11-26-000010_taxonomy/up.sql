-- Topics, sections and authors are edited: each counts its writes, and one that was merged says into which.
ALTER TABLE newsroom_terms ADD COLUMN edit INTEGER NOT NULL DEFAULT 1;
ALTER TABLE newsroom_terms ADD COLUMN merged_into BIGINT;
CREATE INDEX newsroom_terms_parent ON newsroom_terms (parent_id);
CREATE INDEX newsroom_terms_merged ON newsroom_terms (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX newsroom_term_aliases_term ON newsroom_term_aliases (term_id);

-- Slugs and ids under which a term was public before it was renamed or merged. The public looks here and never into
-- newsroom_term_aliases, which also has names that stand in drafts alone.
CREATE TABLE term_aliases (
    noun    TEXT   COLLATE "C" NOT NULL,
    alias   TEXT   COLLATE "C" NOT NULL,
    term_id BIGINT NOT NULL,
    PRIMARY KEY (noun, alias)
);
CREATE INDEX term_aliases_term ON term_aliases (term_id);

-- The same of terms that have left the public side: they lead again when the term comes back.
CREATE TABLE newsroom_term_addresses (
    noun    TEXT   COLLATE "C" NOT NULL,
    alias   TEXT   COLLATE "C" NOT NULL,
    term_id BIGINT NOT NULL,
    PRIMARY KEY (noun, alias)
);
CREATE INDEX newsroom_term_addresses_term ON newsroom_term_addresses (term_id);

CREATE INDEX sections_parent ON sections (parent_id);

-- The feed of a label is a list like any other: newest first by an index, and how many articles have which label.
CREATE INDEX articles_label ON articles (label, published_at, id) WHERE label IS NOT NULL;
INSERT INTO counts (kind, key, n) SELECT 'label', label, COUNT(*) FROM articles WHERE label IS NOT NULL GROUP BY label;

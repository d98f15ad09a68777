-- Tags of languages are compared without case (RFC 5646, 2.1.1), and lists compare texts: what stands here gets the case that the
-- program gives it since, in the forms that there are: a language, perhaps a script, perhaps a region. Others (with variants,
-- extensions or private use) get theirs when their article is published anew. A part of one letter makes it another form.
CREATE TABLE language_case AS SELECT DISTINCT language AS written, CASE
    WHEN language LIKE '__-____-__' THEN
        lower(substr(language, 1, 3)) || upper(substr(language, 4, 1)) || lower(substr(language, 5, 4)) || upper(substr(language, 9, 2))
    WHEN language LIKE '___-____-__' THEN
        lower(substr(language, 1, 4)) || upper(substr(language, 5, 1)) || lower(substr(language, 6, 4)) || upper(substr(language, 10, 2))
    WHEN language LIKE '__-____' THEN
        lower(substr(language, 1, 3)) || upper(substr(language, 4, 1)) || lower(substr(language, 5, 3))
    WHEN language LIKE '___-____' THEN
        lower(substr(language, 1, 4)) || upper(substr(language, 5, 1)) || lower(substr(language, 6, 3))
    WHEN language LIKE '__-__' THEN lower(substr(language, 1, 3)) || upper(substr(language, 4, 2))
    WHEN language LIKE '___-__' THEN lower(substr(language, 1, 4)) || upper(substr(language, 5, 2))
    WHEN language LIKE '%-%' THEN language
    ELSE lower(language)
END AS settled
FROM articles WHERE language NOT LIKE '_-%' AND language NOT LIKE '%-_-%';
UPDATE articles SET language = (SELECT settled FROM language_case WHERE written = articles.language)
WHERE language IN (SELECT written FROM language_case WHERE written <> settled);
DROP TABLE language_case;
DELETE FROM counts WHERE kind = 'language';
INSERT INTO counts (kind, key, n) SELECT 'language', language, COUNT(*) FROM articles GROUP BY language;

-- Tags of languages are compared without case (RFC 5646, 2.1.1), and lists compare texts. Just before this runs the program puts what stands
-- here into the case that it gives tags since (`store::migrate`), which takes more rules than SQL has; here they are counted anew.
DELETE FROM counts WHERE kind = 'language';
INSERT INTO counts (kind, key, n) SELECT 'language', language, COUNT(*) FROM articles GROUP BY language;

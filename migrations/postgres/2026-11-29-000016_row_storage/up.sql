-- A body is read by every page of its article, and moved out of its row and compressed from two kilobytes on, which costs
-- a page more than all else that it reads. Rows that fit into a page of the database stay as they are; longer ones are
-- compressed, by the faster way where the server has it. Holds for what is written from now on.
ALTER TABLE article_bodies SET (toast_tuple_target = 8160);
DO $$
BEGIN
    EXECUTE 'ALTER TABLE article_bodies ALTER COLUMN body SET COMPRESSION lz4, ALTER COLUMN html SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN
    NULL; -- Before version 14, or built without it.
END
$$;

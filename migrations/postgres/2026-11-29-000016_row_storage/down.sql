ALTER TABLE article_bodies RESET (toast_tuple_target);
DO $$
BEGIN
    EXECUTE 'ALTER TABLE article_bodies ALTER COLUMN body SET COMPRESSION default, ALTER COLUMN html SET COMPRESSION default';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN
    NULL;
END
$$;

DROP INDEX newsroom_terms_name;

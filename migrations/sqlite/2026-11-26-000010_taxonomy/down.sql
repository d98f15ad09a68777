DROP INDEX sections_parent;
DROP TABLE newsroom_term_addresses;
DROP TABLE term_aliases;
DROP INDEX newsroom_term_aliases_term;
DROP INDEX newsroom_terms_merged;
DROP INDEX newsroom_terms_parent;
ALTER TABLE newsroom_terms DROP COLUMN merged_into;
ALTER TABLE newsroom_terms DROP COLUMN edit;

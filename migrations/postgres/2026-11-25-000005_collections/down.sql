ALTER TABLE log_head DROP COLUMN collections_seq;
DROP TABLE collection_pins;
DROP TABLE collections;

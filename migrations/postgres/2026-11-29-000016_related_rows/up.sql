-- On SQLite the lists of related news become ordinary rows. Here they always were.
SELECT 1;

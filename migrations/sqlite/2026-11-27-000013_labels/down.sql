DROP INDEX articles_label;
DELETE FROM counts WHERE kind = 'label';

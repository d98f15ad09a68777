DROP TABLE trending_state;
DROP TABLE trending;
DROP TABLE view_salts;
DROP TABLE view_marks;
DROP TABLE views;

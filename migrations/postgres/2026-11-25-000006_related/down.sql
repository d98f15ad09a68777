DROP TABLE followers;
DROP TABLE related;
DROP TABLE article_links;

DROP TABLE article_addresses;
DROP TABLE newsroom_addresses;

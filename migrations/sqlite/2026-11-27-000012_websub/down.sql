DROP TABLE websub_subscriptions;
DROP TABLE websub_requests;

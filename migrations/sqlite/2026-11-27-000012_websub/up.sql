-- WebSub (W3C Recommendation of 23 January 2018): who wants to be told of a feed.
-- `key` is a hash of topic and callback: an address may be longer than an index takes.

-- What was asked for and is not verified yet. Who asks again for the same before that takes the place of the first.
CREATE TABLE websub_requests (
    key TEXT PRIMARY KEY NOT NULL,
    -- Drawn anew with each: so that an answer to a replaced one changes nothing.
    id BIGINT NOT NULL,
    mode TEXT NOT NULL,
    topic TEXT NOT NULL,
    callback TEXT NOT NULL,
    secret TEXT,
    lease_seconds BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX websub_requests_due ON websub_requests (due_at);

CREATE TABLE websub_subscriptions (
    key TEXT PRIMARY KEY NOT NULL,
    topic TEXT NOT NULL,
    callback TEXT NOT NULL,
    secret TEXT,
    expires_at BIGINT NOT NULL,
    -- The entity tag of what the subscriber has; what the feed is now differs from it: there is something to deliver.
    delivered TEXT NOT NULL,
    -- How often in a row a delivery failed, since when, and when to try again.
    tries INTEGER NOT NULL,
    failing_since BIGINT,
    due_at BIGINT NOT NULL
);
CREATE INDEX websub_subscriptions_expires ON websub_subscriptions (expires_at);

-- Who is asking: accounts, their sessions, what logs them in, and what must be known of it.

-- An account. email is as it was typed, email_key as it is compared; both are NULL where a provider told none, and after
-- deletion. roles are words with spaces between. password is a PHC string; NULL for who logs in by a provider only.
-- epoch grows when access tokens that are out must die though the sessions live on, as after a change of roles.
CREATE TABLE accounts (
    id         BIGINT  NOT NULL PRIMARY KEY,
    email      TEXT,
    email_key  TEXT    COLLATE "C" UNIQUE,
    name       TEXT    NOT NULL,
    roles      TEXT    NOT NULL,
    password   TEXT,
    status     TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    epoch      BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    version    INTEGER NOT NULL
);

-- A session: one log-in on one device. What the device holds is a handle, which finds the row, and a secret, which
-- proves it; the row has hashes of both. In token mode each refresh gives another secret, so a secret that does not fit
-- its handle was used before. expires_at slides, ends_at does not. place is a hash of the network that it began from.
CREATE TABLE sessions (
    id         BIGINT  NOT NULL PRIMARY KEY,
    account_id BIGINT  NOT NULL REFERENCES accounts (id),
    mode       TEXT    NOT NULL CHECK (mode IN ('cookie', 'token')),
    handle     TEXT    NOT NULL UNIQUE,
    secret     TEXT    NOT NULL,
    remember   BOOLEAN NOT NULL,
    device     TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    used_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    ends_at    BIGINT  NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX sessions_account ON sessions (account_id, used_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Who an account is at a provider.
CREATE TABLE identities (
    provider   TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    email      TEXT,
    name       TEXT,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_account ON identities (account_id);

-- What may be used once: links in mails, invitations, the state of a log-in at a provider. hash is of the secret that is
-- out; a row goes when it is used, and when a newer one for the same purpose and subject comes.
CREATE TABLE one_time (
    hash       TEXT   NOT NULL PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    data       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX one_time_subject ON one_time (purpose, subject);
CREATE INDEX one_time_expiry ON one_time (expires_at);

-- Mail that waits. The secret of its link is made when it is sent; a sign-up has the hash of its password here.
CREATE TABLE mail_queue (
    id     BIGINT  NOT NULL PRIMARY KEY,
    kind   TEXT    NOT NULL,
    data   TEXT    NOT NULL,
    at     BIGINT  NOT NULL,
    due_at BIGINT  NOT NULL,
    tries  INTEGER NOT NULL
);
CREATE INDEX mail_queue_due ON mail_queue (due_at);

-- Keys that sign access tokens (Ed25519, PKCS #8). A key signs from signs_at on, when every node and client can know it,
-- until the next one does; it is shown until gone_at.
CREATE TABLE signing_keys (
    kid        TEXT   NOT NULL PRIMARY KEY,
    private    TEXT   NOT NULL,
    public     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    signs_at   BIGINT NOT NULL,
    gone_at    BIGINT
);

-- What every node must know at once: a session that ended, an account whose tokens died, keys that changed. Numbered as
-- the changes of the catalogue are: gap-free and in commit order. Rows go when no token can be that old.
CREATE TABLE identity_log (
    seq     BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    subject BIGINT NOT NULL,
    epoch   BIGINT NOT NULL
);
CREATE TABLE identity_head (
    id  BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);
INSERT INTO identity_head (id, seq) VALUES (1, 0);

-- What happened around accounts, for those who must look into it. address is the network that limits are counted by.
CREATE TABLE security_events (
    id         BIGINT NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    account_id BIGINT,
    actor_id   BIGINT,
    address    TEXT,
    detail     TEXT   NOT NULL
);
CREATE INDEX security_events_account ON security_events (account_id, id);

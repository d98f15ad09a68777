//! The tables as diesel knows them. One schema serves both engines; `tests/it/migrate.rs` holds it against the
//! migrated databases.

use diesel::table;

table! {
    log_head (id) {
        id -> BigInt,
        log_id -> Text,
        seq -> BigInt,
        collections_seq -> BigInt,
        derived_seq -> BigInt,
        shape -> BigInt,
        shaped_at -> BigInt,
    }
}
table! {
    changes (seq) {
        seq -> BigInt, at -> BigInt, noun -> Text, subject -> BigInt, deed -> Text, version -> Integer, touches -> Text,
    }
}
table! {
    newsroom_articles (id) {
        id -> BigInt,
        uri -> Text,
        slug -> Text,
        state -> Text,
        version -> Integer,
        revision_id -> Nullable<BigInt>,
        hash -> Text,
        due_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        offers -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        edit -> Integer,
        public_revision_id -> Nullable<BigInt>,
        published_at -> Nullable<BigInt>,
        owner_id -> Nullable<BigInt>,
        assignee_id -> Nullable<BigInt>,
        headline -> Text,
    }
}
table! {
    newsroom_revisions (id) {
        id -> BigInt,
        article_id -> BigInt,
        number -> Integer,
        document -> Text,
        made_by -> Text,
        made_at -> BigInt,
        edit -> Integer,
        restored_from -> Nullable<Integer>,
    }
}
table! {
    newsroom_autosaves (article_id, account_id) {
        article_id -> BigInt,
        account_id -> BigInt,
        edit -> Integer,
        form -> Text,
        saved_at -> BigInt,
    }
}
table! {
    newsroom_notes (id) {
        id -> BigInt, article_id -> BigInt, account_id -> Nullable<BigInt>, text -> Text, made_at -> BigInt,
    }
}
table! {
    newsroom_events (id) {
        id -> BigInt,
        article_id -> BigInt,
        at -> BigInt,
        kind -> Text,
        account_id -> Nullable<BigInt>,
        revision -> Nullable<Integer>,
        version -> Integer,
        slug -> Text,
        detail -> Text,
    }
}
table! {
    newsroom_previews (id) {
        id -> BigInt,
        article_id -> BigInt,
        revision -> Nullable<Integer>,
        secret -> Text,
        account_id -> Nullable<BigInt>,
        made_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}
table! {
    killed_revisions (id) {
        id -> BigInt,
        article_id -> BigInt,
        number -> Integer,
        document -> Text,
        made_by -> Text,
        made_at -> BigInt,
        killed_at -> BigInt,
    }
}
table! {
    idempotency_keys (account_id, key) {
        account_id -> BigInt, key -> Text, request -> Text, made -> BigInt, at -> BigInt,
    }
}
table! {
    newsroom_slugs (slug) { slug -> Text, article_id -> BigInt, }
}
table! {
    newsroom_addresses (address) { address -> Text, article_id -> BigInt, }
}
table! {
    newsroom_terms (id) {
        id -> BigInt,
        noun -> Text,
        slug -> Text,
        name -> Text,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
        about -> Text,
        listed -> Bool,
        provisional -> Bool,
        edit -> Integer,
        merged_into -> Nullable<BigInt>,
    }
}
table! {
    term_aliases (noun, alias) { noun -> Text, alias -> Text, term_id -> BigInt, }
}
table! {
    newsroom_term_addresses (noun, alias) { noun -> Text, alias -> Text, term_id -> BigInt, }
}
table! {
    newsroom_term_aliases (noun, alias) { noun -> Text, alias -> Text, term_id -> BigInt, }
}
table! {
    sections (id) {
        id -> BigInt, slug -> Text, name -> Text, parent_id -> Nullable<BigInt>, about -> Text, fold -> Text,
    }
}
table! {
    authors (id) { id -> BigInt, slug -> Text, name -> Text, kind -> Text, about -> Text, fold -> Text, }
}
table! {
    topics (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
        about -> Text,
        fold -> Text,
    }
}
table! {
    articles (id) {
        id -> BigInt,
        uri -> Text,
        slug -> Text,
        version -> Integer,
        updated_at -> BigInt,
        headline -> Text,
        label -> Nullable<Text>,
        genre -> Text,
        summary -> Text,
        section_id -> Nullable<BigInt>,
        authors -> Text,
        topics -> Text,
        image -> Nullable<Text>,
        language -> Text,
        published_at -> BigInt,
        published_precision -> Text,
        word_count -> Integer,
        rest -> Text,
    }
}
table! {
    article_bodies (article_id) { article_id -> BigInt, body -> Text, html -> Text, }
}
table! {
    article_sections (section_id, published_at, article_id) {
        section_id -> BigInt, published_at -> BigInt, article_id -> BigInt,
    }
}
table! {
    article_authors (author_id, published_at, article_id) {
        author_id -> BigInt, published_at -> BigInt, article_id -> BigInt,
    }
}
table! {
    article_topics (topic_id, published_at, article_id) {
        topic_id -> BigInt, published_at -> BigInt, article_id -> BigInt,
    }
}
table! {
    article_slugs (slug) { slug -> Text, article_id -> BigInt, }
}
table! {
    article_addresses (address) { address -> Text, article_id -> BigInt, }
}
table! {
    tombstones (article_id) {
        article_id -> BigInt, uri -> Text, slug -> Text, killed -> Bool, reason -> Text, at -> BigInt,
        touches -> Text,
    }
}
table! {
    websub_requests (key) {
        key -> Text, id -> BigInt, mode -> Text, topic -> Text, callback -> Text, secret -> Nullable<Text>,
        lease_seconds -> BigInt, tries -> Integer, due_at -> BigInt,
    }
}
table! {
    websub_subscriptions (key) {
        key -> Text, topic -> Text, callback -> Text, secret -> Nullable<Text>, expires_at -> BigInt, delivered -> Text,
        tries -> Integer, failing_since -> Nullable<BigInt>, due_at -> BigInt,
    }
}
table! {
    counts (kind, key) { kind -> Text, key -> Text, n -> BigInt, }
}
table! {
    views (hour, article_id) { hour -> BigInt, article_id -> BigInt, n -> BigInt, }
}
table! {
    view_marks (hour, article_id, mark) { hour -> BigInt, article_id -> BigInt, mark -> BigInt, }
}
table! {
    view_salts (day) { day -> BigInt, salt -> Text, }
}
table! {
    trending (span, section_id, place) {
        span -> BigInt, section_id -> BigInt, place -> BigInt, article_id -> BigInt, score -> BigInt,
    }
}
table! {
    trending_state (id) { id -> BigInt, at -> BigInt, made -> BigInt, }
}
table! {
    collections (id) {
        id -> BigInt, slug -> Text, name -> Text, description -> Text, rule -> Text, version -> Integer,
    }
}
table! {
    collection_pins (collection_id, article_id) {
        collection_id -> BigInt,
        article_id -> BigInt,
        slot -> Integer,
        starts_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
    }
}
table! {
    article_links (article_id, place) { article_id -> BigInt, place -> Integer, uri -> Text, }
}
table! {
    related (article_id) { article_id -> BigInt, list -> Text, made -> BigInt, }
}
table! {
    followers (name) {
        name -> Text,
        log_id -> Text,
        seq -> BigInt,
        fill_after -> BigInt,
        settings -> Text,
        holder -> Text,
        fence -> BigInt,
        until -> BigInt,
    }
}
table! {
    accounts (id) {
        id -> BigInt,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        name -> Text,
        roles -> Text,
        password -> Nullable<Text>,
        status -> Text,
        epoch -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> Integer,
    }
}
table! {
    sessions (id) {
        id -> BigInt,
        account_id -> BigInt,
        mode -> Text,
        handle -> Text,
        secret -> Text,
        remember -> Bool,
        device -> Text,
        place -> Text,
        created_at -> BigInt,
        used_at -> BigInt,
        expires_at -> BigInt,
        ends_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}
table! {
    identities (provider, subject) {
        provider -> Text,
        subject -> Text,
        account_id -> BigInt,
        email -> Nullable<Text>,
        name -> Nullable<Text>,
        created_at -> BigInt,
        used_at -> BigInt,
    }
}
table! {
    one_time (hash) {
        hash -> Text, purpose -> Text, subject -> Text, data -> Text, created_at -> BigInt, expires_at -> BigInt,
    }
}
table! {
    mail_queue (id) {
        id -> BigInt, kind -> Text, data -> Text, at -> BigInt, due_at -> BigInt, tries -> Integer,
    }
}
table! {
    signing_keys (kid) {
        kid -> Text,
        private -> Text,
        public -> Text,
        created_at -> BigInt,
        signs_at -> BigInt,
        gone_at -> Nullable<BigInt>,
    }
}
table! {
    identity_log (seq) { seq -> BigInt, at -> BigInt, kind -> Text, subject -> BigInt, epoch -> BigInt, }
}
table! {
    identity_head (id) { id -> BigInt, seq -> BigInt, }
}
table! {
    security_events (id) {
        id -> BigInt,
        at -> BigInt,
        kind -> Text,
        account_id -> Nullable<BigInt>,
        actor_id -> Nullable<BigInt>,
        address -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(accounts, sessions, identities);
diesel::allow_tables_to_appear_in_same_query!(collections, collection_pins);
diesel::allow_tables_to_appear_in_same_query!(
    articles,
    views,
    trending,
    article_bodies,
    article_sections,
    article_authors,
    article_topics,
    article_links,
    related,
    sections,
    tombstones
);
diesel::allow_tables_to_appear_in_same_query!(newsroom_articles, newsroom_revisions);

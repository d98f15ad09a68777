//! What is in the catalogue, past all of our own code: every text of every table, counts made anew, the log replayed.

use std::collections::{BTreeMap, BTreeSet};

use masthead::model::change::Deed;
use serde_json::json;

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

/// The marks `zu…q` (or with another beginning) that stand in a text.
fn marks_in(beginning: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(beginning) {
        let digits: String = text[at + 2..].chars().take_while(char::is_ascii_digit).collect();
        if text[at + 2 + digits.len()..].starts_with('q') {
            found.insert(digits);
        }
    }
    found
}

/// A mark like [`mark`] for what a story says of a term that others share.
pub fn lasting_mark(n: usize) -> String {
    format!("yu{n}q")
}

/// The mark of a number, made to survive slugs, folding and HTML. No id has a `u`, so none has it by chance.
pub fn mark(n: usize) -> String {
    format!("zu{n}q")
}

impl TestApp {
    /// The tables that public reads speak to, and the log that followers read.
    pub async fn catalogue_tables(&self) -> Vec<String> {
        let mut tables = self.tables().await;
        tables.retain(|table| !table.starts_with("newsroom_") && table != "killed_revisions");
        tables
    }

    /// Every mark that stands anywhere in the catalogue, with the places.
    pub async fn marks(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.marks_with("zu").await
    }

    /// The same for the marks of what was said of shared terms.
    pub async fn lasting_marks(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.marks_with("yu").await
    }

    async fn marks_with(&self, beginning: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for table in self.catalogue_tables().await {
            for (column, _) in self.columns(&table).await {
                for text in self.texts(&format!("SELECT CAST({column} AS TEXT) AS v FROM {table}")).await {
                    for mark in marks_in(beginning, &text) {
                        found.entry(mark).or_default().insert(format!("{table}.{column}"));
                    }
                }
            }
        }
        found
    }

    /// Holds what is kept twice against what it is kept of: counts against rows, links against articles, copies of
    /// names against links, the log against all.
    pub async fn assert_whole(&self) {
        self.assert_counts().await;
        self.assert_links().await;
        self.assert_log().await;
    }

    async fn assert_counts(&self) {
        let kept =
            self.texts("SELECT kind || ' ' || key || ' ' || CAST(n AS TEXT) AS v FROM counts WHERE n <> 0").await;
        let mut made = Vec::new();
        for (kind, sql) in [
            ("all", "SELECT '' AS key, COUNT(*) AS n FROM articles"),
            ("genre", "SELECT genre AS key, COUNT(*) AS n FROM articles GROUP BY genre"),
            ("language", "SELECT language AS key, COUNT(*) AS n FROM articles GROUP BY language"),
            ("label", "SELECT label AS key, COUNT(*) AS n FROM articles WHERE label IS NOT NULL GROUP BY label"),
            (
                "section",
                "SELECT CAST(section_id AS TEXT) AS key, COUNT(*) AS n FROM article_sections GROUP BY section_id",
            ),
            ("topic", "SELECT CAST(topic_id AS TEXT) AS key, COUNT(*) AS n FROM article_topics GROUP BY topic_id"),
            ("author", "SELECT CAST(author_id AS TEXT) AS key, COUNT(*) AS n FROM article_authors GROUP BY author_id"),
        ] {
            let sql = format!("SELECT '{kind} ' || key || ' ' || CAST(n AS TEXT) AS v FROM ({sql}) x WHERE n <> 0");
            made.extend(self.texts(&sql).await);
        }
        let (kept, made): (BTreeSet<_>, BTreeSet<_>) = (kept.into_iter().collect(), made.into_iter().collect());
        assert_eq!(kept, made, "the kept counts and the rows differ");
    }

    async fn assert_links(&self) {
        for table in ["article_sections", "article_authors", "article_topics"] {
            let astray = self
                .texts(&format!(
                    "SELECT CAST(l.article_id AS TEXT) AS v FROM {table} l LEFT JOIN articles a \
                     ON a.id = l.article_id AND a.published_at = l.published_at WHERE a.id IS NULL"
                ))
                .await;
            assert!(astray.is_empty(), "{table} has rows of no article: {astray:?}");
        }
        let bodies = "SELECT CAST(article_id AS TEXT) AS v FROM article_bodies ORDER BY article_id";
        let articles = "SELECT CAST(id AS TEXT) AS v FROM articles ORDER BY id";
        assert_eq!(self.texts(bodies).await, self.texts(articles).await);
        let both = "SELECT uri AS v FROM tombstones WHERE uri IN (SELECT uri FROM articles)";
        assert!(self.texts(both).await.is_empty(), "{:?} are here and have a grave", self.texts(both).await);
        // Names are there when a published article uses them, or one below them; then and only then.
        let used = |table: &str, link: &str, column: &str, tree: bool| {
            let used = format!("SELECT {column} AS id FROM {link}");
            let below = format!("SELECT parent_id AS id FROM {table} WHERE parent_id IS NOT NULL");
            let keep = if tree { format!("{used} UNION {below}") } else { used.clone() };
            [
                format!("SELECT slug AS v FROM {table} WHERE id NOT IN ({keep})"),
                format!("SELECT CAST(id AS TEXT) AS v FROM ({keep}) k WHERE id NOT IN (SELECT id FROM {table})"),
            ]
        };
        for sql in [
            used("sections", "article_sections", "section_id", true),
            used("topics", "article_topics", "topic_id", true),
            used("authors", "article_authors", "author_id", false),
        ]
        .concat()
        {
            assert_eq!(self.texts(&sql).await, Vec::<String>::new(), "{sql}");
        }
    }

    /// Whoever follows the log from the beginning knows what is public.
    async fn assert_log(&self) {
        let mut known: BTreeSet<(&str, i64)> = BTreeSet::new();
        for (noun, number, deed) in self.log().await {
            match deed {
                Deed::Withdrawn | Deed::Killed | Deed::Removed => known.remove(&(noun, number)),
                Deed::Published => known.insert((noun, number)),
                Deed::Updated | Deed::Corrected | Deed::Moved => {
                    assert!(known.contains(&(noun, number)), "{noun} {number} was {deed:?} while it was not public");
                    continue;
                }
            };
        }
        let mut there = BTreeSet::new();
        for (noun, table) in
            [("article", "articles"), ("author", "authors"), ("topic", "topics"), ("section", "sections")]
        {
            let ids = self.texts(&format!("SELECT CAST(id AS TEXT) AS v FROM {table}")).await;
            there.extend(ids.iter().map(|id| (noun, id.parse::<i64>().unwrap())));
        }
        assert_eq!(known, there, "the log tells of other things than are in the catalogue");
    }
}

both!(nothing_unpublished_is_anywhere_in_the_catalogue, async |t| {
    // Each has its mark in every field that a line has.
    let marked = |n: usize, fields: serde_json::Value| {
        let m = mark(n);
        let all = json!({
            "slug": format!("slug-{m}"), "previousSlugs": [format!("old-{m}")], "headline": m, "label": m, "genre": m,
            "description_text": m, "body_text": m, "language": format!("en-x-{m}"), "source": m, "license": m,
            "section": { "name": m, "description": m, "parent": { "name": format!("Above {m}") } },
            "authors": [{ "name": m, "code": m, "bio": m, "organisation": m, "role": m, "url": format!("https://{m}.org/") }],
            "subjects": [{ "scheme": m, "code": m, "name": m, "description": m, "parent": { "name": format!("Broad {m}") } }],
            "people": [format!("Person {m}")], "organisations": [format!("Org {m}")], "places": [format!("Place {m}")],
            "events": [format!("Event {m}")], "entities": [format!("Entity {m}")],
            "image": { "url": format!("https://example.org/{m}.png"), "alt": m, "caption": m, "credit": m },
            "canonical_url": format!("https://example.org/{m}"), "copyrightnotice": m, "disclaimers": [m],
            "infosources": [{ "name": m, "url": format!("https://{m}.example/") }],
            "corrections": [{ "published": "2026-02-02T00:00:00Z", "text": m }],
        });
        with(with(story(&format!("urn:t:{m}")), all), fields)
    };
    let later = t.now().plus_millis(1);
    t.import_all(&[
        marked(1, json!({ "status": "withheld" })),
        marked(2, json!({ "published": later })),
        marked(3, json!({ "status": "withheld" })),
        marked(4, json!({})),
    ])
    .await;
    let draft = t.id(&format!("urn:t:{}", mark(3))).await;
    masthead::newsroom::withdraw::withdraw(&t.db, &masthead::model::viewer::Viewer::system(), draft, "No.")
        .await
        .unwrap();
    t.assert_whole().await;
    let found = t.marks().await;
    // The published one is found in every column that holds text, so the scan sees what there is to see.
    assert_eq!(found.keys().collect::<Vec<_>>(), ["4"], "{found:?}");
    println!("{} columns have the mark of the published article, none has another", found["4"].len());
    assert!(found["4"].len() >= 25, "{:?}", found["4"]);

    // And when it goes, its text goes too: what stays is the address, the URI, and that it is gone.
    let id = t.id(&format!("urn:t:{}", mark(4))).await;
    masthead::newsroom::withdraw::withdraw(&t.db, &masthead::model::viewer::Viewer::system(), id, "Wrong.")
        .await
        .unwrap();
    t.assert_whole().await;
    let left = t.marks().await.remove("4").unwrap_or_default();
    let allowed = ["article_slugs.slug", "tombstones.slug", "tombstones.uri", "changes.touches", "counts.key"];
    assert!(left.iter().all(|place| allowed.contains(&place.as_str())), "{left:?}");
});

both!(what_a_waiting_story_says_of_a_public_name_waits_with_it, async |t| {
    // Everything here is public by a story that says nothing of it but the name.
    t.import_all(&[with(
        story("urn:t:public"),
        json!({ "authors": ["Ada Marsh"], "subjects": ["Rail"], "entities": ["Harbour Bridge"], "section": "world" }),
    )])
    .await;
    let saying = |n: usize, fields: serde_json::Value| {
        let m = mark(n);
        let says = json!({
            "authors": [{ "name": "Ada Marsh", "bio": m, "kind": "independent", "organisation": m, "code": m,
                          "url": format!("https://{m}.org/"), "image": { "url": format!("https://{m}.org/a.png") } }],
            "subjects": [
                { "name": "Rail", "description": m, "scheme": m, "code": m, "parent": { "name": format!("Above {m}") } },
                // One that is found by its code whatever it is called.
                { "name": format!("Project {m}"), "slug": format!("project-{m}"), "scheme": "wikidata",
                  "code": format!("Q{}", n % 2), "description": m, "parent": { "name": format!("Plan {m}") } },
            ],
            "places": [{ "name": "Harbour Bridge", "description": m }],
            "section": { "name": "World", "slug": "world", "description": m },
        });
        with(with(story(&format!("urn:t:{n}")), says), fields)
    };
    let later = t.now().plus_millis(1_000);
    t.import_all(&[
        saying(2, json!({ "status": "withheld" })),
        saying(1, json!({ "published": later })),
        saying(3, json!({ "status": "withheld" })),
    ])
    .await;
    let hidden = async |when: &str| {
        let found = t.marks().await;
        assert!(found.is_empty(), "{when}: {found:?}");
        t.assert_whole().await;
    };
    hidden("while they wait").await;
    let bridge = "SELECT kind || ' ' || slug AS v FROM topics WHERE slug LIKE 'harbour-bridge%'";
    assert_eq!(t.texts(bridge).await, ["entity harbour-bridge"]);
    assert_eq!(t.texts("SELECT kind AS v FROM authors").await, ["staff"]);

    // Another public story uses all of these names, one that none had used before among them.
    let names = json!({
        "authors": ["Ada Marsh"], "entities": ["Harbour Bridge"], "section": "world",
        "subjects": ["Rail", { "name": "New quay", "scheme": "wikidata", "code": "Q1" }],
    });
    t.import_all(&[with(story("urn:t:second"), names)]).await;
    hidden("when another story uses the names").await;
    let quay = "SELECT slug || ' ' || name AS v FROM topics WHERE slug LIKE '%quay%'";
    assert_eq!(t.texts(quay).await, ["new-quay New quay"]);
    withdraw_for(t, 3).await;
    hidden("when one of them is withdrawn").await;

    // The instant of the first has come: what it says is said now, and only that.
    t.clock.advance(1_000);
    let due = masthead::newsroom::publish::publish_due(&t.db, 10).await.unwrap();
    assert_eq!((due.published, due.failed.len()), (1, 0));
    t.assert_whole().await;
    let found = t.marks().await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["1"], "{found:?}");
    for place in ["authors.about", "topics.about", "topics.name", "sections.about"] {
        assert!(found["1"].contains(place), "{place} is lost: {found:?}");
    }
    assert_eq!(t.texts(bridge).await, ["place harbour-bridge"]);
    assert_eq!(t.texts("SELECT kind AS v FROM authors").await, ["independent"]);
    // Who was first to be public named it.
    assert_eq!(t.texts(quay).await, ["new-quay New quay"]);

    // And the other by an editor's word: it adds what is not known yet, and names what nobody has named in public.
    masthead::newsroom::publish::publish(&t.db, &masthead::model::viewer::Viewer::system(), t.id("urn:t:2").await)
        .await
        .unwrap();
    t.assert_whole().await;
    assert_eq!(
        t.texts("SELECT name AS v FROM topics WHERE slug LIKE 'project-%'").await,
        [format!("Project {}", mark(2))]
    );
    assert!(!t.marks().await["2"].contains("authors.about"));
});

both!(what_a_killed_story_said_while_it_waited_is_erased, async |t| {
    let m = mark(1);
    let line = with(story("urn:t:1"), json!({ "status": "withheld", "authors": [{ "name": "Ada Marsh", "bio": m }] }));
    t.import_all(&[line]).await;
    let id = t.id("urn:t:1").await;
    masthead::newsroom::withdraw::kill(&t.db, &masthead::model::viewer::Viewer::system(), id, "By order.")
        .await
        .unwrap();
    assert!(t.entry("urn:t:1").await.unwrap().offers.is_empty());
});

async fn withdraw_for(t: &TestApp, n: usize) {
    let id = t.id(&format!("urn:t:{n}")).await;
    masthead::newsroom::withdraw::withdraw(&t.db, &masthead::model::viewer::Viewer::system(), id, "No.").await.unwrap();
}

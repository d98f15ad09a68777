//! Import: what is known is known again, what is broken costs itself alone, what is hostile comes to nothing.

mod addresses;
mod at_once;
mod command;
mod drafts;
mod embargo;
mod feeds;
mod ghost;
mod jsonl;
mod markdown;
mod ninjs;
mod returns;
mod wxr;

use masthead::catalogue::list;
use masthead::formats::item::Item;
use masthead::model::viewer::Viewer;
use masthead::newsroom::import::Importer;
use masthead::newsroom::import::Report;
use scraper::{Html, Node};
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count, shared};

/// An address as it stands in a query.
fn encoded(url: &str) -> String {
    url::form_urlencoded::byte_serialize(url.as_bytes()).collect()
}

impl TestApp {
    /// Imports what a format made of a file, as the program would.
    pub async fn import_items(&self, items: Vec<Item>) -> Report {
        let importer = Importer::new(&self.db, &Viewer::system(), "en", false).expect("an importer");
        let mut all = Report::default();
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let batch = items.by_ref().take(200).collect();
            let prepared = importer.prepare(batch).await.expect("the batch is read");
            all.add(importer.write(prepared).await.expect("the batch is written"));
        }
        all
    }

    /// How many blocks of each kind the bodies of the catalogue have: styles, `list` for items, `_type` for the others.
    pub async fn blocks(&self) -> std::collections::BTreeMap<String, usize> {
        let mut all = std::collections::BTreeMap::new();
        for body in self.texts("SELECT body AS v FROM article_bodies").await {
            for block in serde_json::from_str::<Vec<Value>>(&body).expect("Portable Text") {
                let kind = match (block["_type"].as_str().expect("a type"), block["listItem"].as_str()) {
                    ("block", Some(_)) => "list",
                    ("block", None) => block["style"].as_str().unwrap_or("normal"),
                    (other, _) => other,
                };
                *all.entry(kind.to_owned()).or_insert(0) += 1;
            }
        }
        all
    }
}

/// Holds the sums of a report against what is expected: created, drafts, scheduled, passed over, failed.
fn assert_sums(report: &Report, of: &str, [created, drafts, scheduled, passed, failed]: [u64; 5]) {
    let found =
        [report.created, report.drafts, report.scheduled, report.passed.values().sum(), report.failed.len() as u64];
    let reasons: Vec<_> = report.failed.iter().map(|failure| (&failure.name, &failure.reason)).collect();
    assert_eq!(found, [created, drafts, scheduled, passed, failed], "{of}: {reasons:?} {:?}", report.passed);
    assert_eq!(report.lines(), created + drafts + scheduled + passed + failed, "{of}");
}

both!(a_second_import_changes_nothing_and_a_changed_line_is_a_new_version, async |t| {
    let lines: Vec<Value> = (0..40)
        .map(|n| with(story(&format!("urn:t:{n}")), json!({ "subjects": ["Budget"], "authors": ["Ada Marsh"] })))
        .collect();
    let first = t.import_all(&lines).await;
    assert_eq!((first.created, first.lines()), (40, 40));
    let second = t.import(&lines).await;
    assert_eq!((second.unchanged, second.lines(), second.seq.max(first.seq)), (40, 40, first.seq));

    let mut changed = lines.clone();
    changed[7] = with(changed[7].clone(), json!({ "headline": "Another headline" }));
    t.clock.advance(1_000);
    let third = t.import(&changed).await;
    assert_eq!((third.updated, third.unchanged, third.lines()), (1, 39, 40));
    let card = t.card("urn:t:7").await.unwrap();
    assert_eq!((card.version, card.headline.as_str(), card.updated_at), (2, "Another headline", t.now()));
    assert_eq!(t.card("urn:t:8").await.unwrap().version, 1);
    t.assert_whole().await;
});

both!(of_two_lines_of_one_story_in_a_batch_the_later_counts, async |t| {
    let line = |headline: &str| with(story("urn:t:1"), json!({ "headline": headline }));
    let report = t.import_all(&[line("One"), line("Two"), line("One")]).await;
    assert_eq!((report.created, report.updated, report.lines()), (1, 2, 3));
    assert_eq!(t.card("urn:t:1").await.unwrap().headline, "One");
    // The first of these is what is here already; the second goes on from it.
    let report = t.import_all(&[line("One"), line("Two")]).await;
    assert_eq!((report.unchanged, report.updated), (1, 1));
    assert_eq!(t.card("urn:t:1").await.unwrap().headline, "Two");
});

both!(a_batch_goes_on_from_the_one_before_it_that_is_still_being_written, async |t| {
    let item = |headline: &str| {
        let line = with(story("urn:t:1"), json!({ "headline": headline }));
        vec![Item::json(1, line.to_string().into_bytes())]
    };
    t.import_items(item("One")).await;
    let importer = Importer::new(&t.db, &Viewer::system(), "en", false).unwrap();
    let first = importer.prepare(item("Two")).await.unwrap();
    // Back to what the database has while it is read, which the first batch takes away.
    let second = importer.prepare(item("One")).await.unwrap();
    assert_eq!(importer.write(first).await.unwrap().updated, 1);
    assert_eq!(importer.write(second).await.unwrap().updated, 1);
    assert_eq!(t.card("urn:t:1").await.unwrap().headline, "One");
    let third = importer.prepare(item("One")).await.unwrap();
    assert_eq!(importer.write(third).await.unwrap().unchanged, 1);
});

both!(one_bad_line_costs_one_line, async |t| {
    let long = "x".repeat(3_000);
    let bad: [(Value, &str); 9] = [
        (with(story("urn:t:a"), json!({ "headline": "" })), "headline"),
        (with(story("urn:t:b"), json!({ "published": null })), "published"),
        (with(story("urn:t:c"), json!({ "published": "yesterday" })), "published"),
        (with(story("urn:t:d"), json!({ "language": "not a tag" })), "language"),
        (with(story("urn:t:e"), json!({ "type": "picture" })), "type"),
        (with(story(&format!("urn:{long}")), json!({})), "uri"),
        (with(story("urn:t:f"), json!({ "authors": [{ "name": long }] })), "authors"),
        (with(story("urn:t:g"), json!({ "section": "a/b/c/d/e/f/g/h/i/j" })), "section"),
        (with(story("urn:t:h"), json!({ "authors": [{ "name": "A", "kind": "robot" }] })), "robot"),
    ];
    let mut lines = vec![story("urn:t:1")];
    lines.extend(bad.iter().map(|(line, _)| line.clone()));
    lines.push(story("urn:t:2"));
    let report = t.import(&lines).await;
    assert_eq!((report.created, report.failed.len(), report.lines()), (2, bad.len(), lines.len() as u64));
    for (n, (failure, (_, word))) in report.failed.iter().zip(&bad).enumerate() {
        assert_eq!(failure.number, n as u64 + 2);
        assert!(failure.reason.contains(word), "{word}: {}", failure.reason);
    }
    // Of what failed nothing stayed, no author and no section either.
    t.assert_whole().await;
    let terms = t.texts("SELECT slug AS v FROM newsroom_terms").await;
    assert!(terms.is_empty(), "{terms:?}");
});

both!(a_notice_that_says_nothing_is_none_and_an_address_with_a_blank_is_one, async |t| {
    let fields = json!({
        "disclaimers": ["", " \t", "Mine only."],
        "corrections": [
            { "published": "2026-01-30T09:00:00Z", "text": "It was seven." },
            { "published": "some day", "text": " \u{a0}\n" },
            { "published": "2026-01-31T09:00:00Z", "text": "" },
        ],
        "image": { "url": " https://img.example/the sea.png" },
        "canonical_url": "https://elsewhere.example/the sea",
    });
    let report = t.import(&[with(story("urn:t:1"), fields)]).await;
    assert_eq!((report.created, report.failed.len()), (1, 0), "{report:?}");
    let dropped: Vec<(&str, u64)> = report.dropped.iter().map(|(what, n)| (what.as_str(), *n)).collect();
    assert_eq!(dropped, [("correction without text", 2), ("disclaimer without text", 2)]);
    let card = t.card("urn:t:1").await.unwrap();
    assert_eq!(card.own_disclaimers, ["Mine only."]);
    assert_eq!(card.corrections.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["It was seven."]);
    assert_eq!(card.image.as_ref().unwrap().url, "https://img.example/the%20sea.png");
    assert_eq!(card.canonical_url.as_deref(), Some("https://elsewhere.example/the%20sea"));
    // The same from a document of another format.
    let role = |role: &str, value: &str| json!({ "role": role, "contentType": "text/plain", "value": value });
    let document = json!({
        "standard": { "name": "ninjs", "version": "3.1" }, "uri": "urn:t:2", "type": "text", "pubStatus": "usable",
        "versionCreated": "2026-01-30T09:00:00Z", "headlines": [role("main", "Two")],
        "descriptions": [role("disclaimer", " "), role("correction", "\t"), role("correction", "It was eight.")],
        "bodies": [{ "role": "main", "contentType": "text/plain", "value": "Text." }],
    });
    let report = t.import_items(masthead::formats::ninjs::read(document.to_string().as_bytes()).unwrap().items).await;
    assert_eq!((report.created, report.failed.len()), (1, 0), "{report:?}");
    let card = t.card("urn:t:2").await.unwrap();
    assert_eq!((card.own_disclaimers.len(), card.corrections.len()), (0, 1), "{card:?}");
});

both!(a_dry_run_keeps_nothing_and_says_what_would_be, async |t| {
    t.import_all(&[story("urn:t:1")]).await;
    let before = t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await;
    let lines = [
        story("urn:t:1"),
        story("urn:t:2"),
        with(story("urn:t:3"), json!({ "headline": "" })),
        with(story("urn:t:4"), json!({ "status": "canceled" })),
    ];
    let bytes = |lines: &[Value]| lines.iter().map(|line| line.to_string().into_bytes()).collect();
    let report = t.try_import(bytes(&lines), true).await.unwrap();
    assert_eq!((report.unchanged, report.created, report.withdrawn, report.failed.len()), (1, 1, 1, 1));
    assert_eq!(t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await, before);
    assert_eq!(t.texts("SELECT uri AS v FROM newsroom_articles").await, ["urn:t:1"]);
    let kept = t.try_import(bytes(&lines), false).await.unwrap();
    assert_eq!(Report { seq: report.seq, ..kept }, report);
});

/// What no reader's browser may get.
fn assert_harmless(html: &str, of: &str) {
    for node in Html::parse_fragment(html).tree.root().descendants() {
        let Node::Element(element) = node.value() else { continue };
        let name = element.name();
        for never in
            ["script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "base", "meta", "link"]
        {
            assert_ne!(name, never, "{of}: {html}");
        }
        for (attribute, value) in element.attrs() {
            assert!(!attribute.starts_with("on"), "{of}: {attribute} in {html}");
            assert!(!["style", "srcdoc", "formaction", "action"].contains(&attribute), "{of}: {attribute} in {html}");
            let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let plain = plain.to_ascii_lowercase();
            if ["href", "src", "cite"].contains(&attribute) {
                for scheme in ["javascript:", "vbscript:", "data:"] {
                    assert!(!plain.starts_with(scheme), "{of}: {attribute} in {html}");
                }
            }
        }
    }
}

/// Strings that break programs, of the shared set where it is there, and a few of our own.
fn hostile_strings() -> Vec<String> {
    let own = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "'; DROP TABLE articles; --",
        "\u{0}\u{1}\u{7f}\u{fffe}",
        "\u{202e}gnp.exe",
        "%s%n%x",
        "{{7*7}}",
        "${jndi:ldap://x/}",
        "../../../etc/passwd",
        "Robert'); DROP TABLE topics;--",
        "\u{feff}",
        "\u{d7ff}\u{e000}",
        "a\u{301}\u{301}\u{301}",
        "١٢٣",
        "\"\\\"",
        "%_%",
        "art_0000000000001",
        "null",
        "undefined",
        "NaN",
        "-1",
        "1e309",
        "<!--",
        "]]>",
        "\n\r\n\t",
        "\u{1f468}\u{200d}\u{1f469}",
    ];
    let mut all: Vec<String> = own.map(str::to_owned).to_vec();
    if let Some(json) = shared::file("data/hostile/naughty-strings/blns.json") {
        all.extend(serde_json::from_slice::<Vec<String>>(&json).unwrap());
    }
    if let Some(text) = shared::file("data/hostile/xss/xss-payload-list.txt") {
        let text = String::from_utf8_lossy(&text).into_owned();
        // All of them are read by the unit tests of the formats; here a part is enough for every run.
        all.extend(text.lines().step_by(count(20, 1)).map(str::to_owned));
    }
    all
}

async fn hostile_lines_come_to_nothing(t: &TestApp) {
    let strings = hostile_strings();
    let mut lines = Vec::new();
    for (n, text) in strings.iter().enumerate() {
        let body = ["body_text", "body_markdown", "body_html"][n % 3];
        let named = [text.as_str()];
        // As text beside a sound name, and as every name.
        let headline: String = format!("{n} {text}").chars().take(1_000).collect();
        let fields = json!({ "headline": headline, "description_text": text, "label": text, body: text });
        lines.push(with(with(story(&format!("urn:text:{n}")), json!({ "body_text": null })), fields));
        let names = json!({
            "slug": text, "headline": text, "authors": named, "subjects": named, "people": named, "section": { "name": text },
            "places": named, "entities": named, "genre": text, "source": text, "canonical_url": text,
            "image": { "url": text, "alt": text, "caption": text, "credit": text }, "copyrightnotice": text,
            "infosources": [{ "name": text, "url": text }], "corrections": [{ "published": "2026-02-02", "text": text }],
        });
        lines.push(with(story(&format!("urn:names:{n}")), names));
    }
    let mut total = Report::default();
    for batch in lines.chunks(400) {
        let report = t.import(batch).await;
        assert_eq!(report.lines(), batch.len() as u64, "a line is not accounted for");
        total.add(report);
    }
    t.assert_whole().await;
    let failed: std::collections::BTreeSet<String> =
        total.failed.iter().map(|f| f.reason.chars().take(60).collect()).collect();
    println!(
        "{:?}: {} hostile lines, {} went in, {} failed: {failed:?}",
        t.engine(),
        lines.len(),
        total.created,
        total.failed.len()
    );
    // Text goes in whatever it is; a name may be none at all.
    let text_failed: Vec<_> = total
        .failed
        .iter()
        .filter(|f| String::from_utf8_lossy(&f.bytes).contains("urn:text:"))
        .map(|f| &f.reason)
        .collect();
    assert!(text_failed.is_empty(), "{text_failed:?}");
    assert!(total.created > lines.len() as u64 * 8 / 10);

    for html in t.texts("SELECT html AS v FROM article_bodies").await {
        assert_harmless(&html, "a body");
    }
    for sql in [
        "SELECT headline || summary || COALESCE(label, '') || authors || rest AS v FROM articles",
        "SELECT name || about AS v FROM authors",
        "SELECT name || about AS v FROM topics",
        "SELECT name || about AS v FROM sections",
    ] {
        for text in t.texts(sql).await {
            let forbidden = text.chars().find(|c| c.is_control() && !['\n', '\t', '\r'].contains(c) && *c < '\u{7f}');
            assert_eq!(forbidden, None, "{text:?}");
        }
    }
    for column in ["articles.slug", "topics.slug", "authors.slug", "sections.slug"] {
        let (table, column) = column.split_once('.').unwrap();
        for slug in t.texts(&format!("SELECT {column} AS v FROM {table}")).await {
            assert!(masthead::model::slug::is_slug(&slug), "{table}: {slug:?}");
        }
    }
    // Everything can be read again by its own doors, and hostile words can be looked for.
    let reader = t.reader();
    // The doors refuse what XML forbids before it comes this far.
    for text in strings.iter().filter(|text| masthead::model::text::checked("q", text).is_ok()).take(300) {
        let first = list::Paging::first(3);
        list::topics_by_name(&reader, None, Some(text), &first)
            .await
            .map(drop)
            .unwrap_or_else(|e| assert!(!e.code().retry()));
        masthead::catalogue::article::by_slug(&reader, text)
            .await
            .map(drop)
            .unwrap_or_else(|e| assert!(!e.code().retry(), "{e:?}"));
    }
}

both!(the_hostile_set_comes_to_nothing, async |t| hostile_lines_come_to_nothing(t).await);

both!(whatever_json_a_line_is_it_is_accounted_for, async |t| {
    let root = std::env::var_os("MASTHEAD_SHARED").map(std::path::PathBuf::from);
    let root = root.unwrap_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let mut lines: Vec<(String, Vec<u8>)> = vec![
        ("n_own".to_owned(), b"{\"uri\":\"u\",}".to_vec()),
        ("n_deep".to_owned(), b"[".repeat(100_000)),
        ("n_deep_object".to_owned(), b"{\"uri\":".repeat(10_000)),
    ];
    for entry in std::fs::read_dir(root.join("data/hostile/json")).into_iter().flatten() {
        let path = entry.unwrap().path();
        lines.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()));
    }
    let stories = lines.iter().map(|(_, bytes)| {
        // As the whole line, and as a field of one.
        let field =
            [&b"{\"uri\":\"urn:t:1\",\"headline\":\"H\",\"published\":\"2026-01-01\",\"extra\":"[..], bytes, b"}"]
                .concat();
        [bytes.clone(), field]
    });
    let raw: Vec<Vec<u8>> = stories.flatten().collect();
    let report = t.import_bytes(raw.clone()).await;
    assert_eq!(report.lines(), raw.len() as u64);
    let failed: std::collections::BTreeSet<u64> = report.failed.iter().map(|f| f.number).collect();
    for (n, (name, _)) in lines.iter().enumerate() {
        let (whole, field) = (2 * n as u64 + 1, 2 * n as u64 + 2);
        assert!(failed.contains(&whole), "{name} is no story");
        if name.starts_with("n_") && !name.contains("trailing") {
            assert!(failed.contains(&field), "{name} is no JSON");
        }
    }
    println!("{:?}: {} documents, {} of {} lines failed", t.engine(), lines.len(), failed.len(), raw.len());
});

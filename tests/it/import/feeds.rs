//! Feeds: every entry is accounted for, in whatever state a feed is.

use std::collections::BTreeMap;

use masthead::formats::feed::read;
use masthead::formats::item::Content;
use regex::bytes::Regex;

use super::assert_sums;
use crate::harness::{both, shared};

/// How many entries a feed has, counted in another way: tags of the text outside comments and CDATA, or the items of JSON.
fn counted(bytes: &[u8]) -> usize {
    if bytes.trim_ascii_start().starts_with(b"{") {
        return serde_json::from_slice::<serde_json::Value>(bytes)
            .map_or(0, |feed| feed["items"].as_array().map_or(0, Vec::len));
    }
    // UTF-16 has a NUL beside each letter of ASCII.
    let plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let hidden = Regex::new(r"(?s)<!--.*?-->|<!\[CDATA\[.*?\]\]>").unwrap();
    let begins = Regex::new(r"<([A-Za-z]+:)?(item|entry)([\s>/]|$)").unwrap();
    begins.find_iter(&hidden.replace_all(&plain, &b""[..])).count()
}

/// Every feed of the shared data.
fn feeds() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in [
        "feed-rs/rss0",
        "feed-rs/rss1",
        "feed-rs/rss2",
        "feed-rs/atom",
        "feed-rs/jsonfeed",
        "rss-crate",
        "feedparser-illformed",
        "feedparser-illformed/chardet",
        "feedparser-illformed/geo",
    ] {
        for name in shared::names(&format!("data/feeds/{folder}")) {
            if let Some(bytes) = shared::file(&format!("data/feeds/{folder}/{name}")) {
                all.push((format!("{folder}/{name}"), bytes));
            }
        }
    }
    all
}

both!(every_entry_of_the_feeds_is_accounted_for, async |t| {
    let (mut refused, mut entries, mut sums) = (BTreeMap::new(), 0, [0; 3]);
    for (name, bytes) in feeds() {
        let expected = counted(&bytes);
        let found = match read(&bytes) {
            Ok(found) => found,
            Err(error) => {
                refused.insert(name, error.message().to_owned());
                continue;
            }
        };
        assert_eq!(found.items.len(), expected, "{name}: {:?}", found.notes);
        entries += expected;
        let mut own = found.items;
        for item in &mut own {
            if let Content::Story(line) = &mut item.content {
                // The same entry stands in several files.
                line.uri = format!("{name}:{}", line.uri);
            }
        }
        let first = t.import_items(own.clone()).await;
        assert_eq!(first.lines(), expected as u64, "{name}");
        let second = t.import_items(own).await;
        // An entry that stands in a feed twice, word for word, is one.
        let kept = first.lines() - first.failed.len() as u64;
        assert_eq!((second.unchanged, second.failed.len()), (kept, first.failed.len()), "{name}: {second:?}");
        for failure in &first.failed {
            println!("{name}: {}: {}", failure.number, failure.reason);
        }
        sums = [sums[0] + first.created, sums[1] + first.updated, sums[2] + first.failed.len() as u64];
    }
    println!("{:?}: {entries} entries: {sums:?} created, updated, failed; refused: {refused:#?}", t.engine());
    if entries == 0 {
        return;
    }
    // Each refusal says the line, or that it is no feed.
    for (name, says) in &refused {
        assert!(
            says.contains("line ")
                || says.contains("no feed")
                || says.contains("unsupported version")
                || says.contains("cannot be read"),
            "{name}: {says}"
        );
        assert!(name.starts_with("feedparser-illformed/") || name.contains("invalid"), "{name}: {says}");
    }
    // One of RSS 1.0 has no link, and stands in a file that breaks off.
    assert_eq!(sums[2], 1, "{sums:?}");
    t.assert_whole().await;
});

const RSS: &str = include_str!("../../fixtures/import/rss.xml");

both!(a_feed_is_imported_whole, async |t| {
    let report = t.import_items(read(RSS.as_bytes()).unwrap().items).await;
    assert_sums(&report, "fixture", [2, 0, 0, 0, 0]);
    let blocks = t.blocks().await;
    let kinds: Vec<(&str, usize)> = blocks.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(kinds, [("blockquote", 1), ("h2", 1), ("image", 1), ("list", 2), ("normal", 2)]);
    let card = t.card("https://paper.example/?p=1").await.unwrap();
    assert_eq!(card.canonical_url.as_deref(), Some("https://paper.example/2020/05/first"));
    assert_eq!((card.source.as_deref(), card.summary.as_str()), (Some("The Paper"), "In short."));
    // Without a date of its own it is dated with when it came, and stays so.
    let undated = t.card("urn:x-paper:2").await.unwrap();
    assert_eq!(undated.published_at, t.now());
    t.clock.advance(60_000);
    let changed = RSS.replace("Second</title>", "Second, changed</title>");
    let report = t.import_items(read(changed.as_bytes()).unwrap().items).await;
    assert_eq!((report.updated, report.unchanged), (1, 1));
    assert_eq!(t.card("urn:x-paper:2").await.unwrap().published_at, undated.published_at);
    t.assert_whole().await;
});

both!(a_feed_that_takes_back_takes_back_here, async |t| {
    let feed = |parts: &str| {
        let text = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" \
             xmlns:app=\"http://www.w3.org/2007/app\"><id>urn:x:feed</id><title>C</title>{parts}</feed>"
        );
        read(text.as_bytes()).unwrap().items
    };
    let entry = |n: u32, date: &str, more: &str| {
        format!("<entry><id>urn:x:{n}</id><title>Story {n}</title><updated>{date}</updated>{more}</entry>")
    };
    let draft = "<app:control><app:draft>yes</app:draft></app:control>";
    let all = [
        entry(1, "2026-01-01T10:00:00Z", ""),
        entry(2, "2026-01-01T10:00:00Z", draft),
        entry(3, "2999-05-01 at some time", ""),
        entry(4, "2026-01-01 10:00:00", ""),
    ];
    let report = t.import_items(feed(&all.concat())).await;
    assert_sums(&report, "feed", [2, 2, 0, 0, 0]);
    assert_eq!(report.dropped.get("date that cannot be read: kept as a draft"), Some(&1));
    let public = "SELECT uri AS v FROM articles ORDER BY uri";
    assert_eq!(t.texts(public).await, ["urn:x:1", "urn:x:4"]);
    let gone = |n: u32| {
        format!(
            "<at:deleted-entry ref=\"urn:x:{n}\" when=\"2026-01-15T10:00:00Z\"><at:comment>Never true.</at:comment></at:deleted-entry>"
        )
    };
    // Also what never was here: an older copy of it shall not come in afterwards.
    let report = t.import_items(feed(&[gone(1), gone(7)].concat())).await;
    assert_eq!((report.withdrawn, report.failed.len()), (2, 0), "{report:?}");
    let report = t
        .import_items(feed(&[entry(1, "2026-01-02T10:00:00Z", ""), entry(7, "2026-01-02T10:00:00Z", "")].concat()))
        .await;
    assert_eq!((report.unchanged, report.lines()), (2, 2), "{report:?}");
    assert_eq!(t.texts(public).await, ["urn:x:4"]);
    let reasons = t.texts("SELECT reason AS v FROM newsroom_articles WHERE reason IS NOT NULL").await;
    assert_eq!(reasons, ["Never true.", "Never true."]);
    t.assert_whole().await;
});

both!(hostile_documents_are_never_resolved, async |t| {
    let mut documents: Vec<String> = vec![
        "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss version=\"2.0\"><channel><item><title>&x;</title></item></channel></rss>".into(),
        "<rss version=\"2.0\" xmlns:xi=\"http://www.w3.org/2001/XInclude\"><channel><item><guid>urn:x:1</guid><title>t<xi:include href=\"file:///etc/passwd\"/></title></item></channel></rss>".into(),
    ];
    if let Some(lines) = shared::lines("data/hostile/xml/xxe_and_bombs.jsonl.gz") {
        for line in lines {
            let text = serde_json::from_slice::<serde_json::Value>(&line).unwrap()["text"].as_str().unwrap().to_owned();
            // As a document of its own, and as what stands in a feed.
            let declared = text.find('[').zip(text.find("]>")).map(|(from, to)| text[from..to + 1].to_owned());
            if let Some(declared) = declared {
                documents.push(format!("<!DOCTYPE rss {declared}><rss version=\"2.0\"><channel><item><title>&xxe;&file;&test;&a4;&lol9;</title></item></channel></rss>"));
            }
            documents.push(text);
        }
    }
    let begun = std::time::Instant::now();
    let mut refused = 0;
    for text in &documents {
        match read(text.as_bytes()) {
            Ok(found) => drop(t.import_items(found.items).await),
            Err(_) => refused += 1,
        }
        if let Ok(text) = masthead::formats::wxr::decoded(text.as_bytes()) {
            assert!(masthead::formats::wxr::Export::open(&text, Default::default()).is_err(), "{text}");
        }
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    for text in t.texts("SELECT headline AS v FROM articles UNION ALL SELECT html AS v FROM article_bodies").await {
        assert!(!text.contains("root:") && text.len() < 10_000, "{text}");
    }
    println!("{:?}: {} documents, {refused} refused", t.engine(), documents.len());
    assert!(refused >= documents.len() - 4);
});

/// The files of a tar archive (POSIX.1-2008, ustar).
fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').trim().to_owned();
    let mut files = Vec::new();
    let mut rest = archive;
    while rest.len() >= 512 && rest[0] != 0 {
        let (head, after) = rest.split_at(512);
        let size = usize::from_str_radix(&text(&head[124..136]), 8).unwrap();
        if matches!(head[156], b'0' | 0) {
            files.push((text(&head[..100]), after[..size].to_vec()));
        }
        rest = &after[(size.div_ceil(512) * 512).min(after.len())..];
    }
    files
}

both!(a_thousand_feeds_with_one_feature_each_are_accounted_for, async |t| {
    let Some(archive) = shared::file("data/feeds/feedparser-wellformed.tar.gz") else { return };
    let (mut refused, mut items, mut entries, mut files) = (BTreeMap::<String, usize>::new(), Vec::new(), 0, 0);
    for (name, bytes) in unpacked(&archive) {
        if !name.ends_with(".xml") && !name.ends_with(".json") {
            continue;
        }
        files += 1;
        let expected = counted(&bytes);
        match read(&bytes) {
            Ok(found) => {
                assert_eq!(found.items.len(), expected, "{name}");
                entries += expected;
                for mut item in found.items {
                    if let Content::Story(line) = &mut item.content {
                        line.uri = format!("file:{}:{}", name.replace(' ', "-"), line.uri);
                    }
                    items.push(item);
                }
            }
            Err(error) => {
                let says: String = error
                    .message()
                    .split(':')
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .filter(|c| !c.is_ascii_digit())
                    .collect();
                *refused.entry(says).or_insert(0) += 1;
            }
        }
    }
    let report = t.import_items(items.clone()).await;
    let reasons: std::collections::BTreeSet<_> = report.failed.iter().map(|failure| &failure.reason).collect();
    println!(
        "{:?}: {files} files, {entries} entries, {} created, {} failed: {reasons:#?}; refused: {refused:#?}",
        t.engine(),
        report.created,
        report.failed.len()
    );
    assert_eq!(report.lines(), entries as u64);
    assert!(
        entries > 500 && refused.values().sum::<usize>() * 25 < files && report.failed.len() * 20 < entries,
        "{files}"
    );
    let again = t.import_items(items).await;
    assert_eq!(
        (again.unchanged, again.failed.len()),
        (report.lines() - report.failed.len() as u64, report.failed.len())
    );
    t.assert_whole().await;
});

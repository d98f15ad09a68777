//! Feeds: what a reader polls is what is public, and a poll in vain costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use feed_rs::model::Feed;
use masthead::catalogue::channel::{self, Found, Of, Part};
use masthead::catalogue::sitemap;
use masthead::config::{Settings, SiteSettings, Sources};
use masthead::model::viewer::Viewer;
use masthead::newsroom::access::Expected;
use masthead::newsroom::taxonomy::{self, Form};
use masthead::newsroom::{publish, withdraw};
use serde_json::{Value, json};

use crate::harness::http::Server;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

const FORMATS: [&str; 3] = ["rss", "atom", "json"];

struct Polled {
    status: u16,
    tag: String,
    modified: String,
    text: String,
}

async fn poll(server: &Server, path: &str, headers: &[(&str, &str)]) -> Polled {
    let mut request = server.client.get(format!("{}{path}", server.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let (tag, modified) = (header("etag"), header("last-modified"));
    Polled { status: response.status().as_u16(), tag, modified, text: response.text().await.unwrap() }
}

fn parsed(text: &str) -> Feed {
    feed_rs::parser::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn titles(feed: &Feed) -> Vec<String> {
    feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().content.clone()).collect()
}

/// Stories a day apart: `s0` is the newest.
fn stories(n: usize) -> Vec<Value> {
    (0..n)
        .map(|i| {
            let fields = json!({
                "slug": format!("s{i}"), "headline": format!("Story {i}"),
                "published": format!("2026-01-{:02}T{:02}:00:00Z", 28 - i / 2, 23 - i % 2),
                "section": { "name": if i % 2 == 0 { "Harbour" } else { "Council" } },
                "subjects": ["Ferries"], "places": ["Port Ellory"], "authors": [{ "name": "Ada Marsh" }],
            });
            with(story(&format!("tag:news.example,2026:{i}")), fields)
        })
        .collect()
}

fn op_ed() -> Value {
    with(
        story("urn:t:op-ed"),
        json!({
            "slug": "op-ed", "headline": "Who pays <for> the \"wall\" & why", "label": "Op-Ed", "genre": "opinion",
            "published": "2026-01-31T08:00:00Z", "description_text": "A <summary> & more.",
            "authors": [{ "name": "Ben Cole", "kind": "independent" }, { "name": "Ada Marsh" }],
            "corrections": [{ "published": "2026-01-31T09:00:00Z", "text": "It was <seven> & not eight." }],
            "copyrightnotice": "© The Courier", "source": "The Courier", "license": "https://example.org/licence",
            "image": { "url": "/i.png?a=1&b=2", "alt": "A wall", "credit": "Cole" },
        }),
    )
}

both!(every_dialect_says_the_same_and_loses_no_notice, async |t| {
    t.import_all(&stories(3)).await;
    t.import_all(&[op_ed()]).await;
    for full in ["true", "false"] {
        let server = t.serve_as(&[("feeds.full_text", full), ("site.url", "https://courier.example/news")]).await;
        let mut told = Vec::new();
        for format in FORMATS {
            let polled = poll(&server, &format!("/feeds/latest.{format}"), &[]).await;
            assert_eq!(polled.status, 200, "{format}");
            let feed = parsed(&polled.text);
            assert_eq!(feed.entries.len(), 4, "{format}");
            let first = &feed.entries[0];
            let all: String = [
                first.summary.as_ref().map(|text| text.content.clone()).unwrap_or_default(),
                first.content.as_ref().and_then(|content| content.body.clone()).unwrap_or_default(),
            ]
            .concat();
            for must in [
                "Op-Ed",
                "It was &lt;seven&gt; &amp; not eight.",
                "do not necessarily reflect",
                "A &lt;summary&gt; &amp; more.",
            ] {
                // JSON Feed has the summary as text, and in full the body alone with notices.
                let plain = must.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                assert!(all.contains(must) || all.contains(&plain), "{format} {full}: {must:?} is not in {all}");
            }
            assert_eq!(all.contains("The first paragraph"), full == "true", "{format} {full}");
            assert!(!all.contains("<script"));
            assert_eq!(first.links[0].href, "https://courier.example/news/op-ed", "{format}");
            let authors: Vec<&str> =
                first.authors.iter().map(|person| person.name.as_deref().unwrap_or_default()).collect();
            assert_eq!(authors, ["Ben Cole", "Ada Marsh"], "{format}");
            told.push((
                titles(&feed),
                feed.entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>(),
                feed.entries.iter().map(|entry| entry.published.map(|at| at.timestamp())).collect::<Vec<_>>(),
            ));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
        assert_eq!(told[0].0[0], "Who pays <for> the \"wall\" & why");
        let json: Value = serde_json::from_str(&poll(&server, "/feeds/latest.json", &[]).await.text).unwrap();
        let item = &json["items"][0];
        assert_eq!(item["image"], "https://courier.example/news/i.png?a=1&b=2");
        let notices = &item["_masthead"];
        assert_eq!((&notices["label"], &notices["copyrightNotice"]), (&json!("Op-Ed"), &json!("© The Courier")));
        assert_eq!(notices["corrections"][0]["text"], "It was <seven> & not eight.");
    }
});

both!(a_poll_of_a_feed_that_has_not_changed_reads_nothing, async |t| {
    t.import_all(&stories(6)).await;
    let server = t.serve().await;
    for path in [
        "/feeds/latest.rss",
        "/feeds/sections/harbour.atom",
        "/feeds/authors/ada-marsh.json",
        "/feeds/places/port-ellory.rss",
        "/sitemaps/news.xml",
    ] {
        let first = poll(&server, path, &[]).await;
        assert_eq!(first.status, 200, "{path}: {}", first.text);
        // What goes on by itself must be quiet meanwhile: the least of several counts.
        let mut least = u64::MAX;
        for _ in 0..12 {
            let before = t.db.statements();
            let again = poll(&server, path, &[("if-none-match", &first.tag)]).await;
            assert_eq!(
                (again.status, again.text.as_str(), again.tag.as_str()),
                (304, "", first.tag.as_str()),
                "{path}"
            );
            least = least.min(t.db.statements() - before);
        }
        assert_eq!(least, 0, "{path}");
        // The date of what was never seen before is told when it has stood for a while.
        t.clock.advance(10_000);
        let first = poll(&server, path, &[]).await;
        assert_eq!(first.modified.is_empty(), !path.starts_with("/feeds/"), "{path}");
        if !first.modified.is_empty() {
            let again = poll(&server, path, &[("if-modified-since", &first.modified)]).await;
            assert_eq!(again.status, 304, "{path}");
            let older = poll(&server, path, &[("if-modified-since", "Thu, 01 Jan 2099 00:00:00 GMT")]).await;
            assert_eq!(older.status, 200, "{path}");
        }
    }
});

both!(the_date_of_a_feed_is_past_and_of_one_state, async |t| {
    t.import_all(&stories(3)).await;
    // Two nodes, of which one is asked for the feed only after a change.
    let (near, far) = (t.serve().await, t.serve().await);
    let path = "/feeds/sections/harbour.rss";
    let is_past =
        |date: &str| chrono::DateTime::parse_from_rfc2822(date).unwrap().timestamp_millis() <= t.now().millis();
    assert_eq!(poll(&near, path, &[]).await.modified, "", "another state may come within the second");
    t.clock.advance(10_000);
    let first = poll(&near, path, &[]).await;
    assert!(is_past(&first.modified), "{}", first.modified);
    assert_eq!(poll(&near, path, &[("if-modified-since", &first.modified)]).await.status, 304);
    // One leaves that is not the newest: what the feed shows is no newer than before.
    t.import_all(&[with(stories(3).remove(2), json!({ "section": { "name": "Council" } }))]).await;
    for server in [&near, &far] {
        let held = poll(server, path, &[("if-modified-since", &first.modified)]).await;
        assert_eq!((held.status, held.modified.as_str()), (200, ""));
        assert_ne!(held.tag, first.tag);
    }
    // Twice within a moment.
    t.import_all(&[with(stories(3).remove(0), json!({ "headline": "Another headline" }))]).await;
    t.clock.advance(900);
    assert_eq!(poll(&near, path, &[("if-modified-since", &first.modified)]).await.modified, "");
    t.clock.advance(10_000);
    for server in [&near, &far] {
        let now = poll(server, path, &[("if-modified-since", &first.modified)]).await;
        if now.modified.is_empty() {
            t.clock.advance(10_000);
        }
        let now = poll(server, path, &[]).await;
        assert!(is_past(&now.modified) && now.modified != first.modified, "{} {}", now.modified, first.modified);
        assert_eq!(poll(server, path, &[("if-modified-since", &now.modified)]).await.status, 304);
    }
    // One that starts when all has been quiet for a while tells a date at once.
    let late = t.serve().await;
    let told = poll(&late, path, &[]).await.modified;
    assert!(is_past(&told) && told != first.modified, "{told:?}");
    assert_eq!(poll(&late, path, &[("if-modified-since", &told)]).await.status, 304);
});

both!(a_date_is_of_no_other_settings, async |t| {
    t.import_all(&stories(3)).await;
    let (path, named) = ("/feeds/latest.rss", [("site.name", "The Harbour Courier")]);
    let before = t.serve().await;
    poll(&before, path, &[]).await;
    t.clock.advance(10_000);
    let first = poll(&before, path, &[]).await;
    assert_ne!(first.modified, "");
    // Nodes of the same settings tell the same date, whenever they were started.
    let same = poll(&t.serve().await, path, &[]).await;
    assert_eq!((same.modified, same.tag), (first.modified.clone(), first.tag.clone()));
    // Started anew by others it is another document, though nothing was published since.
    let after = t.serve_as(&named).await;
    let held = [("if-modified-since", first.modified.as_str())];
    let now = poll(&after, path, &held).await;
    assert_eq!((now.status, now.modified.as_str()), (200, ""), "{}", now.text);
    assert_ne!(now.tag, first.tag);
    t.clock.advance(10_000);
    let now = poll(&after, path, &held).await;
    assert_eq!(now.status, 200);
    assert!(!now.modified.is_empty() && now.modified != first.modified, "{} {}", now.modified, first.modified);
    assert_eq!(poll(&after, path, &[("if-modified-since", &now.modified)]).await.status, 304);
    assert_eq!(poll(&t.serve_as(&named).await, path, &[]).await.modified, now.modified);
    // Both go on, and make something else of the same change: who was there before tells no date of it.
    t.import_all(&[with(stories(1).remove(0), json!({ "headline": "Another headline" }))]).await;
    for server in [&before, &after] {
        poll(server, path, &[]).await;
    }
    t.clock.advance(10_000);
    let (old, new) = (poll(&before, path, &[]).await, poll(&after, path, &[]).await);
    assert!(old.modified.is_empty() && !new.modified.is_empty(), "{:?} {:?}", old.modified, new.modified);
    assert_ne!(old.tag, new.tag);
    let held = [("if-modified-since", new.modified.as_str())];
    assert_eq!((poll(&before, path, &held).await.status, poll(&after, path, &held).await.status), (200, 304));
    // The former settings come again: what they showed meanwhile had no date, so it begins anew.
    let again = t.serve().await;
    for server in [&before, &again] {
        let back = poll(server, path, &held).await;
        assert_eq!((back.status, back.tag.as_str()), (200, old.tag.as_str()));
    }
    t.clock.advance(10_000);
    let back = poll(&again, path, &held).await;
    assert!(back.status == 200 && !back.modified.is_empty() && back.modified != new.modified, "{}", back.modified);
});

/// The tags of some feeds now, and when they changed.
async fn tags(t: &TestApp, server: &Server) -> BTreeMap<&'static str, (String, String)> {
    let mut tags = BTreeMap::new();
    let paths = [
        "/feeds/latest.atom",
        "/feeds/sections/harbour.atom",
        "/feeds/sections/council.atom",
        "/feeds/topics/ferries.atom",
        "/feeds/authors/ada-marsh.atom",
        "/feeds/collections/top-news.atom",
    ];
    for path in paths {
        poll(server, path, &[]).await;
    }
    // Dates are told when what was seen has stood for a while.
    t.clock.advance(10_000);
    for path in paths {
        let polled = poll(server, path, &[]).await;
        assert_eq!(polled.status, 200, "{path}: {}", polled.text);
        assert_ne!(polled.modified, "", "{path}");
        tags.insert(path, (polled.tag, polled.modified));
    }
    tags
}

/// Which feeds changed by what was done: their tags, and their dates with them.
async fn changed(
    t: &TestApp,
    server: &Server,
    before: &mut BTreeMap<&'static str, (String, String)>,
) -> BTreeSet<&'static str> {
    let now = tags(t, server).await;
    let changed: BTreeSet<&'static str> = now.keys().copied().filter(|path| now[path].0 != before[path].0).collect();
    for (path, (_, modified)) in now.iter().filter(|(path, _)| !path.contains("collections")) {
        assert_eq!(
            *modified != before[path].1,
            changed.contains(path),
            "{path}: {modified} after {:?}",
            before[path].1
        );
    }
    *before = now;
    changed
}

both!(a_feed_changes_exactly_when_what_it_shows_does, async |t| {
    t.import_all(&stories(8)).await;
    let elsewhere = json!({ "section": { "name": "Markets" }, "published": "2026-01-02T08:00:00Z" });
    t.import_all(&[with(story("urn:t:elsewhere"), elsewhere)]).await;
    let server = t.serve().await;
    let editor = Viewer::system();
    let mut before = tags(t, &server).await;
    let all = BTreeSet::from([
        "/feeds/latest.atom",
        "/feeds/sections/harbour.atom",
        "/feeds/topics/ferries.atom",
        "/feeds/authors/ada-marsh.atom",
        "/feeds/collections/top-news.atom",
    ]);
    assert_eq!(changed(t, &server, &mut before).await, BTreeSet::new());
    // One more in the harbour: the council's feed is as it was.
    t.import_all(&[with(
        stories(1).remove(0),
        json!({ "uri": "urn:t:new", "slug": "new", "published": "2026-01-30T08:00:00Z" }),
    )])
    .await;
    assert_eq!(changed(t, &server, &mut before).await, all);
    // It moves to the council: it leaves one feed, and comes into the other.
    t.import_all(&[with(
        stories(1).remove(0),
        json!({ "uri": "urn:t:new", "slug": "new", "published": "2026-01-30T08:00:00Z", "section": { "name": "Council" } }),
    )])
    .await;
    let moved = changed(t, &server, &mut before).await;
    assert!(
        moved.contains("/feeds/sections/harbour.atom") && moved.contains("/feeds/sections/council.atom"),
        "{moved:?}"
    );
    // Taken back: gone, and told where it stood, and where it had left: who follows that feed has the old copy still.
    let markets = poll(&server, "/feeds/sections/markets.atom", &[]).await;
    let id = t.id("urn:t:new").await;
    withdraw::withdraw(&t.db, &editor, id, "Wrong & <gone>.").await.unwrap();
    let gone = changed(t, &server, &mut before).await;
    for path in ["/feeds/sections/council.atom", "/feeds/sections/harbour.atom"] {
        assert!(gone.contains(path), "{path}: {gone:?}");
        let text = poll(&server, path, &[]).await.text;
        assert!(text.contains("<at:deleted-entry ref=\"urn:t:new\""), "{path}: {text}");
        assert!(text.contains("Wrong &amp; &lt;gone&gt;."), "{path}: {text}");
    }
    let now = poll(&server, "/feeds/sections/markets.atom", &[]).await;
    assert!(now.tag == markets.tag && !now.text.contains("deleted-entry"), "{}", now.text);
    publish::publish(&t.db, &editor, id).await.unwrap();
    let council = poll(&server, "/feeds/sections/council.atom", &[]).await.text;
    assert!(!council.contains("deleted-entry") && council.contains("<id>urn:t:new</id>"), "{council}");
    let harbour = poll(&server, "/feeds/sections/harbour.atom", &[]).await.text;
    assert!(!harbour.contains("urn:t:new"), "{harbour}");
    // An author is renamed: whatever they sign changes; the identity of the articles does not.
    let ids = |text: &str| parsed(text).entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    let was = ids(&poll(&server, "/feeds/latest.atom", &[]).await.text);
    let look = taxonomy::one(&t.db, &editor, taxonomy::Noun::Section, "harbour").await.unwrap();
    let form = serde_json::from_value(json!({ "name": "The Harbour", "slug": "the-harbour" })).unwrap();
    taxonomy::change(&t.db, &editor, look.term.id, Expected::Any, Form::Section(form)).await.unwrap();
    let old = poll(&server, "/feeds/sections/harbour.atom", &[]).await;
    assert_eq!(old.status, 308);
    let now = poll(&server, "/feeds/sections/the-harbour.atom", &[]).await;
    assert!(now.text.contains("<title>The Harbour – "), "{}", now.text);
    assert_eq!(ids(&poll(&server, "/feeds/latest.atom", &[]).await.text), was);
});

both!(a_kept_feed_tells_at_once_of_the_kill_of_what_was_withdrawn_long_ago, async |t| {
    t.import_all(&stories(4)).await;
    let (server, editor) = (t.serve().await, Viewer::system());
    let id = t.id("tag:news.example,2026:0").await;
    withdraw::withdraw(&t.db, &editor, id, "Wrong.").await.unwrap();
    t.clock.advance(31 * 24 * 60 * 60 * 1_000);
    let feeds = [
        "/feeds/latest.atom",
        "/feeds/sections/harbour.atom",
        "/feeds/topics/ferries.atom",
        "/feeds/authors/ada-marsh.atom",
    ];
    for path in feeds {
        let kept = poll(&server, path, &[]).await;
        assert!(kept.status == 200 && !kept.text.contains("deleted-entry"), "{path}: {}", kept.text);
    }
    withdraw::kill(&t.db, &editor, id, "A court has said so.").await.unwrap();
    for path in feeds {
        let now = poll(&server, path, &[]).await.text;
        assert!(now.contains("deleted-entry") && now.contains("A court has said so."), "{path}: {now}");
    }
    let other = poll(&server, "/feeds/sections/council.atom", &[]).await.text;
    assert!(!other.contains("deleted-entry"), "{other}");
});

both!(a_feed_tells_of_the_last_article_that_it_had, async |t| {
    t.import_all(&stories(1)).await;
    let (server, editor) = (t.serve().await, Viewer::system());
    let id = t.id("tag:news.example,2026:0").await;
    let all = ["sections/harbour", "topics/ferries", "topics/port-ellory", "places/port-ellory", "authors/ada-marsh"];
    // How many entries each has in each dialect, and what the Atom feeds tell; all alike.
    let told = async |entries: usize, reason: Option<&str>| {
        for feed in all {
            for format in FORMATS {
                let polled = poll(&server, &format!("/feeds/{feed}.{format}"), &[]).await;
                assert_eq!(polled.status, 200, "{feed}.{format}: {}", polled.text);
                assert_eq!(parsed(&polled.text).entries.len(), entries, "{feed}.{format}");
                let stone = polled.text.contains("<at:deleted-entry ref=\"tag:news.example,2026:0\"");
                assert_eq!(stone, reason.is_some() && format == "atom", "{feed}.{format}: {}", polled.text);
                assert!(!stone || polled.text.contains(reason.unwrap()), "{feed}.{format}: {}", polled.text);
            }
        }
    };
    let missing = async |feeds: &[&str]| {
        for path in feeds {
            assert_eq!(poll(&server, &format!("/feeds/{path}"), &[]).await.status, 404, "{path}");
        }
    };
    // Kept, as what is there and as what is not.
    told(1, None).await;
    let never =
        ["sections/none.atom", "topics/none.atom", "places/none.rss", "places/ferries.atom", "authors/none.json"];
    missing(&never).await;
    withdraw::withdraw(&t.db, &editor, id, "Wrong.").await.unwrap();
    told(0, Some("Wrong.")).await;
    missing(&never).await;
    // It has no past that could be asked for.
    missing(&["topics/ferries.atom?archive=2026-01-28", "sections/harbour.rss?archive=2026-01-28"]).await;
    publish::publish(&t.db, &editor, id).await.unwrap();
    told(1, None).await;
    withdraw::withdraw(&t.db, &editor, id, "Wrong again.").await.unwrap();
    told(0, Some("Wrong again.")).await;
    // Until it is long ago; and told of anew when something new is to be told of it.
    t.clock.advance(31 * 24 * 60 * 60 * 1_000);
    let gone = all.map(|feed| format!("{feed}.atom"));
    missing(&gone.each_ref().map(String::as_str)).await;
    withdraw::kill(&t.db, &editor, id, "A court has said so.").await.unwrap();
    told(0, Some("A court has said so.")).await;
    missing(&never).await;
});

/// Whether the Atom feed at a path tells that what has this URI was taken back; `None` where there is no such feed.
async fn tells(server: &Server, path: &str, uri: &str) -> Option<bool> {
    let polled = poll(server, &format!("/feeds/{path}.atom"), &[]).await;
    let stone = polled.text.contains(&format!("<at:deleted-entry ref=\"{uri}\""));
    match polled.status {
        200 => Some(stone),
        404 => None,
        status => panic!("{path}: {status} {}", polled.text),
    }
}

both!(a_feed_tells_of_what_had_left_it_when_it_was_taken_back, async |t| {
    let about = |uri: &str, topics: &[&str]| with(story(uri), json!({ "subjects": topics }));
    let first = [
        about("urn:t:a", &["Ferries", "Bridges", "Schools"]),
        about("urn:t:b", &["Ferries"]),
        about("urn:t:c", &["Markets"]),
    ];
    t.import_all(&first).await;
    let (server, editor) = (t.serve().await, Viewer::system());
    let feeds = ["topics/ferries", "topics/bridges", "topics/schools", "topics/markets", "topics/none"];
    let told = async || {
        let mut told = Vec::new();
        for path in feeds {
            told.push(tells(&server, path, "urn:t:a").await);
        }
        told
    };
    assert_eq!(told().await, [Some(false), Some(false), Some(false), Some(false), None]);
    // It leaves two of them, one of which had nothing else.
    t.import_all(&[about("urn:t:a", &["Schools"])]).await;
    assert_eq!(told().await, [Some(false), None, Some(false), Some(false), None]);
    let id = t.id("urn:t:a").await;
    withdraw::withdraw(&t.db, &editor, id, "Wrong.").await.unwrap();
    let all = [Some(true), Some(true), Some(true), Some(false), None];
    assert_eq!(told().await, all);
    // It comes back to one of them, and is out of the others again without having been taken back.
    publish::publish(&t.db, &editor, id).await.unwrap();
    assert_eq!(told().await, [Some(false), None, Some(false), Some(false), None]);
    withdraw::kill(&t.db, &editor, id, "A court has said so.").await.unwrap();
    assert_eq!(told().await, all);
    t.clock.advance(31 * 24 * 60 * 60 * 1_000);
    assert_eq!(told().await, [Some(false), None, None, Some(false), None]);
});

both!(what_was_merged_tells_of_what_either_had, async |t| {
    use taxonomy::Noun;
    let editor = Viewer::system();
    let naming = |noun: Noun, name: &str| match noun {
        Noun::Topic => json!({ "subjects": [name] }),
        Noun::Author => json!({ "authors": [name] }),
        Noun::Section => json!({ "section": { "name": name } }),
    };
    let server = t.serve().await;
    for (noun, folder) in [(Noun::Topic, "topics"), (Noun::Author, "authors"), (Noun::Section, "sections")] {
        let uri = |n: &str| format!("urn:t:{folder}:{n}");
        let line = |n: &str, name: &str| with(story(&uri(n)), naming(noun, name));
        let kill = async |n: &str| {
            let id = t.id(&uri(n)).await;
            withdraw::kill(&t.db, &editor, id, "No.").await.unwrap();
        };
        let merge = async |from: &str, into: &str| {
            let id = taxonomy::one(&t.db, &editor, noun, from).await.unwrap().term.id;
            taxonomy::merge(&t.db, &editor, noun, id, Expected::Any, into).await.unwrap();
            let polled = poll(&server, &format!("/feeds/{folder}/{from}.atom"), &[]).await;
            (polled.status, polled.text)
        };
        let into = format!("{folder}/ferries");
        t.import_all(&[
            line("stays", "Ferries"),
            line("other", "Markets"),
            line("ferry-1", "Ferry"),
            line("ferry-2", "Ferry"),
            line("ferry-3", "Ferry"),
            line("boat", "Boat"),
            line("ship-1", "Ship"),
            line("ship-2", "Ship"),
        ])
        .await;
        // Kept as it is before.
        assert_eq!(tells(&server, &into, &uri("ferry-1")).await, Some(false));
        // Taken back before the merge, while others stay; and what left it before the merge, and is taken back after it.
        kill("ferry-1").await;
        t.import_all(&[line("ferry-2", "Markets")]).await;
        assert_eq!(tells(&server, &into, &uri("ferry-1")).await, Some(false), "not yet");
        assert_eq!(merge("ferry", "ferries").await.0, 308);
        assert_eq!(tells(&server, &into, &uri("ferry-1")).await, Some(true));
        assert_eq!(tells(&server, &into, &uri("ferry-2")).await, Some(false));
        kill("ferry-2").await;
        assert_eq!(tells(&server, &into, &uri("ferry-2")).await, Some(true));
        // What came along with the merge.
        kill("ferry-3").await;
        assert_eq!(tells(&server, &into, &uri("ferry-3")).await, Some(true));
        // What was the last of its own, so that the term was in the catalogue no more when it was merged.
        kill("boat").await;
        assert_eq!(tells(&server, &format!("{folder}/boat"), &uri("boat")).await, Some(true));
        assert_eq!(merge("boat", "ferries").await.0, 308);
        assert_eq!(tells(&server, &into, &uri("boat")).await, Some(true));
        // Both are gone: the old feed is that of the other one.
        t.import_all(&[line("liner", "Liner")]).await;
        for n in ["ship-1", "ship-2", "liner"] {
            kill(n).await;
        }
        merge("ship", "liner").await;
        // What the newsroom does with what nobody sees is no change of the log.
        t.clock.advance(2 * 60 * 1_000);
        for feed in ["ship", "liner"] {
            assert_eq!(tells(&server, &format!("{folder}/{feed}"), &uri("ship-1")).await, Some(true), "{feed}");
        }
        // Who never had them is told nothing.
        for n in ["ferry-1", "ferry-3", "boat", "ship-1"] {
            assert_eq!(tells(&server, &format!("{folder}/markets"), &uri(n)).await, Some(false), "{n}");
        }
    }
});

both!(what_an_article_has_been_costs_the_same_however_much_it_is, async |t| {
    // What stays keeps its author and section in the catalogue.
    let line = |uri: &str, topic: String| {
        with(story(uri), json!({ "subjects": [topic], "authors": ["Ada Marsh"], "section": { "name": "Harbour" } }))
    };
    t.import_all(&[line("urn:t:stays", "Stays".to_owned())]).await;
    let mut costs = Vec::new();
    for (uri, versions) in [("urn:t:1", 2), ("urn:t:2", 20)] {
        for n in 0..versions {
            t.import_all(&[line(uri, format!("{uri} {n}"))]).await;
        }
        let id = t.id(uri).await;
        let before = t.db.statements();
        withdraw::withdraw(&t.db, &Viewer::system(), id, "No.").await.unwrap();
        costs.push(t.db.statements() - before);
    }
    assert_eq!(costs[0], costs[1], "{costs:?}");
});

both!(a_label_tells_of_the_last_article_that_carried_it, async |t| {
    let line = |n: usize, label: Value| with(story(&format!("urn:t:{n}")), json!({ "label": label }));
    t.import_all(&[line(0, json!("Letter")), line(1, json!("Essay")), line(2, json!(null))]).await;
    let (server, editor) = (t.serve().await, Viewer::system());
    // Kept, as what is there and as what is not.
    for (path, is) in [("labels/letter", true), ("labels/essay", true), ("labels/none", false)] {
        assert_eq!(tells(&server, path, "urn:t:0").await, is.then_some(false), "{path}");
    }
    // One loses its label: there is nothing to tell yet.
    t.import_all(&[line(1, json!(null))]).await;
    assert_eq!(tells(&server, "labels/essay", "urn:t:1").await, None);
    withdraw::withdraw(&t.db, &editor, t.id("urn:t:0").await, "Wrong.").await.unwrap();
    withdraw::kill(&t.db, &editor, t.id("urn:t:1").await, "A court has said so.").await.unwrap();
    withdraw::withdraw(&t.db, &editor, t.id("urn:t:2").await, "Wrong.").await.unwrap();
    for (path, own, other) in [("labels/letter", "urn:t:0", "urn:t:1"), ("labels/essay", "urn:t:1", "urn:t:0")] {
        assert_eq!(tells(&server, path, own).await, Some(true), "{path}");
        // Of its own alone.
        for uri in [other, "urn:t:2"] {
            assert_eq!(tells(&server, path, uri).await, Some(false), "{path} {uri}");
        }
        for format in FORMATS {
            let polled = poll(&server, &format!("/feeds/{path}.{format}"), &[]).await;
            assert_eq!((polled.status, parsed(&polled.text).entries.len()), (200, 0), "{path}.{format}");
        }
    }
    assert_eq!(tells(&server, "labels/none", "urn:t:0").await, None);
    // The words went with the articles.
    let left = t.texts("SELECT touches AS v FROM tombstones UNION ALL SELECT touches AS v FROM changes").await;
    assert!(left.iter().all(|row| !row.to_lowercase().contains("letter")), "{left:?}");
    // It comes back: it is a label like any other.
    publish::publish(&t.db, &editor, t.id("urn:t:0").await).await.unwrap();
    let feed = poll(&server, "/feeds/labels/letter.json", &[]).await;
    assert_eq!(titles(&parsed(&feed.text)), ["Story urn:t:0"]);
    t.clock.advance(31 * 24 * 60 * 60 * 1_000);
    assert_eq!(tells(&server, "labels/essay", "urn:t:1").await, None);
    assert_eq!(tells(&server, "labels/letter", "urn:t:1").await, Some(false));
});

both!(the_feed_of_a_label_moves_only_where_it_tells_more, async |t| {
    t.import_all(&[stories(1), vec![op_ed()]].concat()).await;
    let server = t.serve().await;
    let mut before = Vec::new();
    for format in FORMATS {
        before.push(poll(&server, &format!("/feeds/labels/op-ed.{format}"), &[]).await);
    }
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("tag:news.example,2026:0").await, "Wrong.").await.unwrap();
    for (format, before) in FORMATS.into_iter().zip(before) {
        let now = poll(&server, &format!("/feeds/labels/op-ed.{format}"), &[]).await;
        // Atom alone has a word for it.
        assert_eq!(now.tag != before.tag, format == "atom", "{format}: {}", now.text);
    }
});

both!(what_was_in_no_list_that_is_kept_is_told_of_everywhere, async |t| {
    t.import_all(&[stories(2), vec![op_ed()]].concat()).await;
    let server = t.serve().await;
    server.settled().await;
    let paths = ["/feeds/collections/top-news", "/feeds/labels/op-ed", "/feeds/search"];
    for path in paths {
        assert!(!poll(&server, &format!("{path}.atom"), &[]).await.text.contains("deleted-entry"), "{path}");
    }
    withdraw::kill(&t.db, &Viewer::system(), t.id("tag:news.example,2026:0").await, "No.").await.unwrap();
    server.settled().await;
    for path in paths {
        let feed = poll(&server, &format!("{path}.atom"), &[]).await;
        let stone = feed.text.contains("<at:deleted-entry ref=\"tag:news.example,2026:0\"");
        assert!(feed.status == 200 && stone, "{path}: {}", feed.text);
    }
});

both!(what_went_costs_a_feed_the_same_however_much_it_is, async |t| {
    let app = t.app();
    let mut costs = Vec::new();
    let mut n = 0;
    for size in [1, 30] {
        while n < size {
            let uri = format!("urn:t:{n}");
            t.import_all(&[with(story(&uri), json!({ "subjects": ["Ferries"] }))]).await;
            withdraw::withdraw(&t.db, &Viewer::system(), t.id(&uri).await, "No.").await.unwrap();
            n += 1;
        }
        let part = Part { size: 20, gone: true, ..Part::default() };
        let before = t.db.statements();
        let found = channel::find(&t.reader(), &app, &Of::Topic("ferries".to_owned()), &part).await.unwrap();
        costs.push(t.db.statements() - before);
        let Found::Here(feed) = found else { panic!("{found:?}") };
        assert_eq!((feed.stories.len(), feed.gone.len()), (0, size));
    }
    assert_eq!(costs[0], costs[1], "{costs:?}");
});

both!(pages_and_archives_have_everything_once, async |t| {
    t.import_all(&stories(25)).await;
    let server = t.serve_as(&[("feeds.items", "4")]).await;
    let base = server.base.clone();
    let local = |href: &str| href.find("/feeds/").map(|at| href[at..].to_owned()).unwrap();
    let everything: Vec<String> = (0..25).map(|i| format!("Story {i}")).collect();
    for format in FORMATS {
        let (mut path, mut seen, mut pages) = (format!("/feeds/latest.{format}"), Vec::new(), 0);
        loop {
            let text = poll(&server, &path, &[]).await.text;
            seen.extend(titles(&parsed(&text)));
            pages += 1;
            let next = match format {
                "json" => serde_json::from_str::<Value>(&text).unwrap()["next_url"].as_str().map(str::to_owned),
                _ => text.split("rel=\"next\"").nth(1).and_then(|rest| rest.split('"').nth(3)).map(str::to_owned),
            };
            let Some(next) = next else { break };
            path = local(&next.replace("&amp;", "&"));
        }
        assert_eq!((pages, &seen), (7, &everything), "{format} at {base}");
    }
    // Whoever was away follows the archives until one that they know.
    let (mut path, mut seen, mut archives) = ("/feeds/latest.atom".to_owned(), BTreeSet::new(), Vec::new());
    loop {
        let text = poll(&server, &path, &[]).await.text;
        assert_eq!(text.contains("<fh:archive/>"), path.contains("archive="), "{text}");
        seen.extend(titles(&parsed(&text)));
        let before = text.split("rel=\"prev-archive\"").nth(1).and_then(|rest| rest.split('"').nth(3));
        let Some(before) = before else { break };
        path = local(&before.replace("&amp;", "&"));
        archives.push(path.clone());
        assert!(archives.len() < 100, "{archives:?}");
    }
    assert_eq!(seen, everything.iter().cloned().collect());
    assert!(archives.len() >= 12 && archives.iter().collect::<BTreeSet<_>>().len() == archives.len(), "{archives:?}");
    // They stay where they are when something new comes.
    t.import_all(&[with(story("urn:t:new"), json!({ "published": "2026-01-30T08:00:00Z" }))]).await;
    let again = poll(&server, "/feeds/latest.atom", &[]).await.text;
    assert!(again.contains("?archive=2026-01-27\""), "{again}");
});

both!(what_is_no_feed_says_so, async |t| {
    t.import_all(&stories(2)).await;
    let server = t.serve().await;
    for (path, status) in [
        ("/feeds/latest.xml", 404),
        ("/feeds/sections/none.rss", 404),
        ("/feeds/places/ferries.rss", 404),
        ("/feeds/topics/ferries.rss", 200),
        ("/feeds/topics/port-ellory.rss", 200),
        ("/feeds/latest.rss?archive=2026-13-01", 400),
        ("/feeds/latest.rss?after=x", 400),
        ("/feeds/collections/top-news.rss?after=x", 400),
        ("/sitemaps/news.xml", 200),
        ("/sitemaps/news.xml?page=2", 404),
        ("/sitemaps/articles/2026-01.xml", 200),
        ("/sitemaps/articles/2025-01.xml", 404),
        ("/sitemaps/articles/2026-13.xml", 404),
    ] {
        assert_eq!(poll(&server, path, &[]).await.status, status, "{path}");
    }
});

both!(sitemaps_list_what_first_stood_here, async |t| {
    let dated = |n: usize, month: usize, fields: Value| {
        let own =
            json!({ "slug": format!("s{n}"), "published": format!("2026-{month:02}-{:02}T08:00:00Z", 1 + n % 27) });
        with(with(story(&format!("urn:t:{n}")), own), fields)
    };
    let elsewhere = |n: usize| json!({ "canonical_url": format!("https://elsewhere.example/{n}") });
    // January has both, and what names its own address; December and the last two days have only what stood elsewhere.
    let mut lines: Vec<Value> =
        (0..6).map(|n| dated(n, 1, if n % 2 == 0 { elsewhere(n) } else { json!({}) })).collect();
    lines.push(dated(
        6,
        1,
        json!({ "canonical_url": "https://courier.example/news/harbour/s6", "section": { "name": "Harbour" } }),
    ));
    lines.push(dated(7, 1, json!({ "canonical_url": "https://courier.example/news/s7" })));
    lines.push(dated(8, 1, json!({ "canonical_url": "https://courier.example/news/s7" })));
    lines.extend((9..12).map(|n| with(dated(n, 1, elsewhere(n)), json!({ "published": format!("2025-12-{n:02}") }))));
    lines.push(with(dated(12, 1, elsewhere(12)), json!({ "published": t.now() })));
    t.import_all(&lines).await;
    let server =
        t.serve_as(&[("site.url", "https://courier.example/news"), ("site.article_path", "/{section}/{slug}")]).await;
    let index = poll(&server, "/sitemaps/index.xml", &[]).await.text;
    let files: Vec<&str> = index
        .split("<loc>")
        .skip(1)
        .map(|rest| rest.split(['<', '?']).next().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(files, ["news.xml", "2026-01.xml"], "{index}");
    let listed = |text: &str| -> Vec<String> {
        text.split("<loc>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    let january = poll(&server, "/sitemaps/articles/2026-01.xml", &[]).await.text;
    let all = ["s7", "harbour/s6", "s5", "s3", "s1"].map(|path| format!("https://courier.example/news/{path}"));
    assert_eq!(listed(&january), all, "{january}");
    assert_eq!(poll(&server, "/sitemaps/articles/2025-12.xml", &[]).await.status, 404);
    let news = poll(&server, "/sitemaps/news.xml", &[]).await;
    assert_eq!((news.status, listed(&news.text).len()), (200, 0), "{}", news.text);
    // A part has as many as it can have, and the count says how many parts there are.
    let site = server_site();
    let reader = t.reader();
    let months = sitemap::months(&reader, &site).await.unwrap();
    assert_eq!(
        months.iter().map(|busy| (busy.month.to_string(), busy.articles)).collect::<Vec<_>>(),
        [("2026-01".into(), 5)]
    );
    for (page, slugs) in [(1, vec!["s7", "s6"]), (2, vec!["s5", "s3"]), (3, vec!["s1"]), (4, vec![])] {
        let part = sitemap::of_month(&reader, &site, months[0].month, page, 2).await.unwrap();
        assert_eq!(part.iter().map(|one| one.slug.as_str()).collect::<Vec<_>>(), slugs, "page {page}");
    }
});

fn server_site() -> SiteSettings {
    let flags =
        Sources::none().flag("site.url", "https://courier.example/news").flag("site.article_path", "/{section}/{slug}");
    Settings::load(&flags).unwrap().site
}

async fn two(t: &TestApp) -> (Server, Server) {
    (t.serve().await, t.serve().await)
}

both!(no_feed_is_stale_when_a_write_has_returned, async |t| {
    t.import_all(&stories(3)).await;
    let (one, other) = two(t).await;
    for round in 0..20 {
        let uri = format!("urn:t:round-{round}");
        let fields = json!({ "headline": format!("Round {round}"), "published": "2026-01-31T08:00:00Z" });
        t.import_all(&[with(story(&uri), fields)]).await;
        for server in [&one, &other] {
            let feed = parsed(&poll(server, "/feeds/latest.rss", &[]).await.text);
            assert!(titles(&feed).contains(&format!("Round {round}")), "round {round}");
        }
        let id = t.id(&uri).await;
        withdraw::withdraw(&t.db, &Viewer::system(), id, "No.").await.unwrap();
        for server in [&one, &other] {
            let feed = parsed(&poll(server, "/feeds/latest.rss", &[]).await.text);
            assert!(!titles(&feed).contains(&format!("Round {round}")), "round {round}");
            assert_eq!(poll(server, &format!("/v1/articles/{id}.jsonld"), &[]).await.status, 410);
        }
    }
});

both!(a_label_has_a_feed_with_what_carries_it_of_its_own_or_by_rule, async |t| {
    let piece = |n: usize, fields: Value| {
        let at = json!({ "published": format!("2026-01-{:02}T08:00:00Z", 28 - n), "headline": format!("Piece {n}") });
        with(with(story(&format!("urn:t:{n}")), at), fields)
    };
    let by = |kind: &str| json!({ "genre": "opinion", "authors": [{ "name": kind, "kind": kind }] });
    let pieces = [
        piece(0, json!({ "label": "Op-Ed" })),
        piece(1, json!({})),
        piece(2, by("independent")),
        piece(3, by("staff")),
        piece(4, json!({ "label": "Op Ed" })),
        piece(5, with(by("independent"), json!({ "label": "Letter" }))),
        piece(6, by("independent")),
        piece(7, json!({ "label": "Op-Ed" })),
    ];
    t.import_all(&pieces).await;
    let mut settings = t.settings_with(&[("feeds.items", "2")]);
    settings.labels = vec![masthead::config::NoticeSettings {
        genres: vec!["opinion".to_owned()],
        author_kinds: vec!["independent".to_owned()],
        text: "Op-Ed".to_owned(),
    }];
    let server = t.serve_set(settings).await;
    let (mut path, mut seen) = ("/feeds/labels/op-ed.json".to_owned(), Vec::new());
    loop {
        let feed: Value = serde_json::from_str(&poll(&server, &path, &[]).await.text).unwrap();
        let items = feed["items"].as_array().unwrap();
        assert!(items.len() <= 2, "{feed}");
        for item in items {
            seen.push(item["title"].as_str().unwrap().to_owned());
            assert!(["Op-Ed", "Op Ed"].contains(&item["_masthead"]["label"].as_str().unwrap()), "{item}");
        }
        let Some(next) = feed["next_url"].as_str() else { break };
        path = next[next.find("/feeds/").unwrap()..].to_owned();
    }
    assert_eq!(seen, [0, 2, 4, 6, 7].map(|n| format!("Piece {n}")));
    assert_eq!(poll(&server, "/feeds/labels/letter.rss", &[]).await.status, 200);
    assert_eq!(poll(&server, "/feeds/labels/none.rss", &[]).await.status, 404);
    assert!(poll(&server, "/feeds.opml", &[]).await.text.contains("/feeds/labels/letter.rss"));
    // It moves when what it shows does.
    let before = poll(&server, "/feeds/labels/letter.rss", &[]).await;
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:t:5").await, "Wrong.").await.unwrap();
    let after = poll(&server, "/feeds/labels/letter.rss", &[("if-none-match", &before.tag)]).await;
    assert_eq!((after.status, parsed(&after.text).entries.len()), (200, 0), "{}", after.text);
    // With its last article the label is gone as soon as there is nothing to tell of it.
    t.clock.advance(31 * 24 * 60 * 60 * 1_000);
    let after = poll(&server, "/feeds/labels/letter.rss", &[("if-none-match", &before.tag)]).await;
    assert_eq!(after.status, 404, "{}", after.text);
});

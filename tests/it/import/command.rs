//! The command: what it says, what it keeps of what failed, and what it fetches.

use std::io::{Read, Write};
use std::path::Path;

use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use crate::cli::masthead;
use crate::harness::story::{story, with};
use crate::harness::{Home, TestApp, both};

fn run(home: &Path, database: &str, arguments: &[&str], private: bool) -> (bool, String) {
    let mut command = masthead(home, database, arguments);
    if private {
        command.env("MASTHEAD__OUTBOUND__ALLOW_PRIVATE", "true");
    }
    let output = command.output().expect("the program starts");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A server on loopback that gives one file, as often as it is asked.
fn server(file: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // It ends with the process of the test.
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{file}", file.len())
                    .as_bytes(),
            );
        }
    });
    format!("http://{address}/feed.xml")
}

both!(what_failed_can_be_mended_and_imported, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    std::fs::write(
        home.join("export.xml"),
        include_str!("../../fixtures/import/wordpress.xml").replace("en-GB", "en-GB-"),
    )
    .unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "wxr", "export.xml", "--dry-run"], false);
    assert!(
        !ok && says.contains(
            "9 items: 1 created, 0 updated, 0 unchanged, 1 scheduled, 2 drafts, 4 passed over, 1 failed (dry run"
        ),
        "{says}"
    );
    assert!(t.texts("SELECT uri AS v FROM newsroom_articles").await.is_empty());
    let (ok, says) = run(home, &t.options.url, &["import", "wxr", "export.xml", "--pages"], false);
    assert!(!ok && says.contains("2 created") && says.contains("3 passed over"), "{says}");
    assert!(
        says.contains("item 9 (No date): ") && says.contains("left out: comment (2)") && says.contains("attachment"),
        "{says}"
    );
    assert!(
        says.contains("export.rejected.txt: mend it where it stands, in export.xml,") && says.contains("`import wxr`"),
        "{says}"
    );
    let rejected = std::fs::read_to_string(home.join("export.rejected.txt")).unwrap();
    assert!(rejected.starts_with("item 9 (No date): ") && rejected.contains("wp:post_date_gmt"), "{rejected}");
    assert!(!home.join("export.rejected.jsonl").exists());
    // A story that reached its form is kept as a line that can be mended.
    std::fs::write(
        home.join("post.md"),
        "---\ntitle: x\ndate: 2020-05-01\nauthor: ' '\nslug: post\ncategories: [a/b/c/d/e/f/g/h/i/j]\n---\nText.",
    )
    .unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "markdown", "post.md"], false);
    assert!(!ok && says.contains("import jsonl"), "{says}");
    let mended = std::fs::read_to_string(home.join("post.rejected.jsonl")).unwrap().replace("a/b/c/d/e/f/g/h/i/j", "a");
    std::fs::write(home.join("mended.jsonl"), mended).unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "jsonl", "mended.jsonl"], false);
    assert!(ok && says.contains("1 created"), "{says}");
    t.assert_whole().await;
});

both!(what_cannot_be_read_is_mended_as_what_it_is, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let document = |uri: &str, fields: Value| {
        let document = json!({
            "standard": { "name": "ninjs", "version": "3.1" }, "uri": uri, "type": "text", "versionCreated": "2026-02-01T10:00:00Z",
            "headlines": [{ "value": format!("Story {uri}") }],
            "bodies": [{ "contentType": "text/plain", "value": "Words of a long story. ".repeat(500) }],
        });
        with(document, fields)
    };
    let long = "x".repeat(1_001);
    let documents = json!([
        document("urn:n:1", json!({})),
        document("urn:n:2", json!({ "pubStatus": "cancelled" })),
        document("urn:n:3", json!({ "headlines": [{ "value": long }] })),
    ]);
    // As people write it, over many lines.
    std::fs::write(home.join("stories.json"), serde_json::to_string_pretty(&documents).unwrap()).unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "ninjs", "stories.json"], false);
    assert!(!ok && says.contains("1 created") && says.contains("2 failed"), "{says}");
    for (kept, format) in [("stories.rejected.jsonl", "`import jsonl`"), ("stories.rejected.ninjs", "`import ninjs`")] {
        let told = says.lines().find(|line| line.contains(kept)).unwrap_or_else(|| panic!("{kept}: {says}"));
        assert!(told.ends_with(format), "{told}");
    }
    let mend = |kept: &str, from: &str, to: &str| {
        let kept = std::fs::read_to_string(home.join(kept)).unwrap();
        assert!(kept.lines().count() == 1 && kept.contains(from), "{kept}");
        std::fs::write(home.join("mended.json"), kept.replace(from, to)).unwrap();
    };
    mend("stories.rejected.ninjs", "cancelled", "usable");
    let (ok, says) = run(home, &t.options.url, &["import", "ninjs", "mended.json"], false);
    assert!(ok && says.contains("1 created"), "{says}");
    mend("stories.rejected.jsonl", &long, "Shorter");
    let (ok, says) = run(home, &t.options.url, &["import", "jsonl", "mended.json"], false);
    assert!(ok && says.contains("1 created"), "{says}");
    assert_eq!(t.texts("SELECT uri AS v FROM articles ORDER BY uri").await, ["urn:n:1", "urn:n:2", "urn:n:3"]);

    // A file of Markdown is mended where it is.
    std::fs::write(home.join("broken.md"), "---\ntitle: [\n---\nText.").unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "markdown", "broken.md"], false);
    let told = says.lines().find(|line| line.contains("broken.rejected.txt")).unwrap_or_else(|| panic!("{says}"));
    assert!(!ok && told.contains("in broken.md,") && told.ends_with("`import markdown`"), "{says}");
    assert!(!home.join("broken.rejected.jsonl").exists());
    std::fs::write(home.join("broken.md"), "---\ntitle: Mended\ndate: 2020-05-01\n---\nText.").unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "markdown", "broken.md"], false);
    assert!(ok && says.contains("1 created"), "{says}");
    t.assert_whole().await;
});

both!(what_was_rejected_of_arrays_is_mended_line_by_line, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let document = |n: usize, status: &str| {
        json!({
            "standard": { "name": "ninjs", "version": "3.1" }, "uri": format!("urn:n:{n}"), "type": "text", "pubStatus": status,
            "versionCreated": "2026-02-01T10:00:00Z", "headlines": [{ "value": format!("Story {n}") }],
            "bodies": [{ "contentType": "text/plain", "value": "Text." }],
        })
    };
    // Arrays a line, one of them in another: what is rejected first is an array.
    let lines = [
        json!([[document(1, "cancelled"), document(2, "cancelled")]]),
        json!([document(3, "usable"), document(4, "cancelled")]),
        document(5, "cancelled"),
    ];
    std::fs::write(home.join("stories.ninjs"), lines.map(|line| line.to_string()).join("\n")).unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "ninjs", "stories.ninjs"], false);
    assert!(!ok && says.contains("4 items: 1 created") && says.contains("3 failed"), "{says}");
    let kept = std::fs::read_to_string(home.join("stories.rejected.ninjs")).unwrap();
    assert!(kept.starts_with('[') && kept.lines().count() == 3, "{kept}");
    std::fs::write(home.join("mended.ninjs"), kept.replace("cancelled", "usable")).unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "ninjs", "mended.ninjs"], false);
    assert!(ok && says.contains("4 items: 4 created"), "{says}");
    t.assert_whole().await;
});

both!(what_is_taken_back_is_gone_in_a_mirror_over_ninjs, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let gone = json!({ "slug": "gone-before", "status": "canceled", "statusReason": "Never true.", "headline": "", "body_text": null });
    t.import_all(&[story("urn:t:1"), story("urn:t:2"), story("urn:t:3"), with(story("urn:t:4"), gone)]).await;
    let second = Home::new(t.engine(), "second").await.expect("the first database was there too");
    let theirs = second.options().url.clone();
    let export = |standard: &str| {
        let arguments = ["export", "ninjs", "--standard", standard];
        let output = masthead(home, &t.options.url, &arguments).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(home.join("all.ninjs"), output.stdout).unwrap();
    };
    let import = |database: &str| {
        let (ok, says) = run(home, database, &["import", "ninjs", "all.ninjs"], false);
        assert!(ok, "{says}");
        says
    };
    export("3.1");
    let says = import(&theirs);
    assert!(says.contains("4 items: 3 created, 0 updated, 0 unchanged, 1 withdrawn, 0 failed"), "{says}");
    let (first, other) = (t.id("urn:t:1").await, t.id("urn:t:2").await);
    withdraw::withdraw(&t.db, &Viewer::system(), first, "It was wrong.").await.unwrap();
    withdraw::kill(&t.db, &Viewer::system(), other, "By order of a court.").await.unwrap();
    // The versions say the same.
    export("2.2");
    let says = import(&theirs);
    assert!(says.contains("4 items: 0 created, 0 updated, 2 unchanged, 2 withdrawn, 0 failed"), "{says}");
    export("3.1");
    for database in [&theirs, &t.options.url] {
        let says = import(database);
        assert!(says.contains("4 items: 0 created, 0 updated, 4 unchanged, 0 failed"), "{says}");
    }
    let mirror = TestApp::over(second.options()).await;
    assert_eq!(mirror.texts("SELECT slug AS v FROM articles").await, ["story-urn-t-3"]);
    mirror.assert_whole().await;
    let server = mirror.serve().await;
    for (slug, reason) in
        [("story-urn-t-1", "It was wrong."), ("story-urn-t-2", "By order of a court."), ("gone-before", "Never true.")]
    {
        let said = server.ask("GET", &format!("/v1/articles/{slug}"), None, None).await;
        assert_eq!((said.status, said.code(), said.text("/reason")), (410, "GONE", reason), "{slug}");
        assert_eq!(said.body["killed"], slug == "story-urn-t-2", "{slug}");
    }
    assert_eq!(server.get("/v1/articles/story-urn-t-3").await.status(), 200);
    second.remove().await;
});

both!(a_file_of_another_kind_is_named, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    std::fs::write(home.join("a.xml"), "<rss version=\"2.0\"><channel/></rss>").unwrap();
    std::fs::create_dir(home.join("empty")).unwrap();
    for (arguments, part) in [
        (["import", "wxr", "a.xml"], "import feed"),
        (["import", "ghost", "a.xml"], "no export of Ghost"),
        (["import", "ninjs", "a.xml"], "no JSON"),
        (["import", "jsonl", "a.xml"], "line 1"),
        (["import", "wxr", "missing.xml"], "missing.xml cannot be read"),
        (["import", "feed", "empty"], "is a folder"),
        (["import", "markdown", "empty"], "no Markdown files"),
    ] {
        let (ok, says) = run(home, &t.options.url, &arguments, false);
        assert!(!ok && says.contains(part), "{arguments:?}: {says}");
    }
    assert!(t.texts("SELECT uri AS v FROM newsroom_articles").await.is_empty());
});

both!(an_address_is_fetched_when_it_is_given_and_leads_nowhere_private, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let address = server(include_str!("../../fixtures/import/rss.xml"));
    let port = address.split([':', '/']).nth(4).unwrap();
    let secret = format!("https://localhost:{port}/feed.xml");
    for (address, part) in [
        (address.as_str(), "no https address"),
        (secret.as_str(), "no public address"),
        ("https://169.254.169.254/latest/meta-data/", "may not go"),
        ("https://[::1]/", "may not go"),
    ] {
        let (ok, says) = run(folder.path(), &t.options.url, &["import", "feed", address], false);
        assert!(!ok && says.contains(part), "{address}: {says}");
    }
    assert!(t.texts("SELECT uri AS v FROM newsroom_articles").await.is_empty());
    let (ok, says) = run(folder.path(), &t.options.url, &["import", "feed", &address], true);
    assert!(ok && says.contains("2 created"), "{says}");
});

both!(old_addresses_go_out_and_come_back, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let lines = [
        with(story("urn:t:1"), json!({ "previousUrls": ["http://old.example/a/?x=%7e", "/b.html"] })),
        with(
            story("urn:t:2"),
            json!({ "previousUrls": ["/gone"], "status": "canceled", "statusReason": "Wrong.", "headline": "" }),
        ),
    ];
    t.import_all(&lines).await;
    let export = |database: &str| {
        let output = masthead(home, database, &["export", "jsonl"]).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let first = export(&t.options.url);
    let text = String::from_utf8_lossy(&first).into_owned();
    assert!(text.contains(r#""previousUrls":["/b.html","https://old.example/a?x=~"]"#), "{text}");
    assert!(text.contains(r#""previousUrls":["/gone"]"#), "{text}");
    std::fs::write(home.join("all.jsonl"), &first).unwrap();
    let second = Home::new(t.engine(), "second").await.expect("the first database was there too");
    let (ok, says) = run(home, &second.options().url, &["import", "jsonl", "all.jsonl"], false);
    assert!(ok, "{says}");
    assert_eq!(export(&second.options().url), first);
    second.remove().await;
});

both!(files_of_markdown_never_take_each_others_place, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let write = |path: &str, matter: &str| {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("---\ntitle: T\ndate: 2020-05-01\n{matter}\n---\nText.")).unwrap();
    };
    for path in ["a/index.md", "b/index.md", "c/same.md", "c/same.markdown", "_drafts/d.md", "held/e.md"] {
        write(path, "lang: en");
    }
    write("held/_index.md", "cascade: {draft: true}");
    // As a shell names the bundles of a folder.
    let (ok, says) = run(home, &t.options.url, &["import", "markdown", "a/index.md", "b/index.md"], false);
    assert!(ok && says.contains("2 items: 2 created"), "{says}");
    let uris = "SELECT uri AS v FROM newsroom_articles ORDER BY uri";
    assert_eq!(t.texts(uris).await, ["markdown:a/index", "markdown:b/index"]);
    // The folder that they are in calls them the same.
    let (ok, says) = run(home, &t.options.url, &["import", "markdown", "."], false);
    assert!(!ok && says.contains("1 created, 0 updated, 2 unchanged, 2 drafts, 1 passed over, 1 failed"), "{says}");
    assert!(says.contains("has the same lasting name as") && says.contains("a `uri` of its own"), "{says}");
    // A folder of drafts that is named itself is one, and so is what is below a page that holds it back.
    for named in ["_drafts", "_drafts/d.md", "held", "held/e.md"] {
        let (_, says) = run(home, &t.options.url, &["import", "markdown", named, "--dry-run"], false);
        assert!(says.contains("0 created"), "{named}: {says}");
    }
    assert_eq!(t.texts("SELECT uri AS v FROM articles").await.len(), 3);
    t.assert_whole().await;
});

both!(what_failed_of_several_files_is_kept_of_each, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (file, uri) in [("s.json", "urn:t:1"), ("s.jsonl", "urn:t:2")] {
        std::fs::write(home.join(file), with(story(uri), json!({ "headline": "" })).to_string()).unwrap();
    }
    for _ in 0..2 {
        let (ok, says) = run(home, &t.options.url, &["import", "jsonl", "s.json", "./s.jsonl"], false);
        assert!(
            !ok && says.contains("s.rejected.jsonl: mend it") && says.contains("s.rejected.2.jsonl: mend it"),
            "{says}"
        );
        for (kept, uri) in [("s.rejected.jsonl", "urn:t:1"), ("s.rejected.2.jsonl", "urn:t:2")] {
            let kept = std::fs::read_to_string(home.join(kept)).unwrap();
            assert!(kept.lines().count() == 1 && kept.contains(uri), "{kept}");
        }
        assert!(!home.join("s.rejected.3.jsonl").exists());
    }
    // What is still to be read stays as it is.
    let (ok, says) = run(home, &t.options.url, &["import", "jsonl", "s.json", "s.rejected.jsonl"], false);
    assert!(!ok && says.contains("s.rejected.2.jsonl: mend it"), "{says}");
    assert!(std::fs::read_to_string(home.join("s.rejected.jsonl")).unwrap().contains("urn:t:1"));
});

both!(of_a_file_that_is_cut_off_what_was_read_is_imported, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    for n in 0..20 {
        writeln!(packed, "{}", story(&format!("urn:t:{n}"))).unwrap();
    }
    let packed = packed.finish().unwrap();
    std::fs::write(home.join("s.jsonl.gz"), &packed[..packed.len() / 2]).unwrap();
    std::fs::write(home.join("other.jsonl"), story("urn:t:other").to_string()).unwrap();
    let (ok, says) = run(home, &t.options.url, &["import", "jsonl", "s.jsonl.gz"], false);
    let here = t.texts("SELECT uri AS v FROM articles").await.len();
    assert!((5..15).contains(&here), "{here}: {says}");
    assert!(
        !ok && says.contains(&format!("{here} created")) && says.contains(&format!("cut off after line {here}")),
        "{says}"
    );
    // It keeps no other file out.
    let (ok, says) = run(home, &t.options.url, &["import", "jsonl", "s.jsonl.gz", "other.jsonl"], false);
    assert!(!ok && says.contains("cut off after") && says.contains("all files: 1 created"), "{says}");
});

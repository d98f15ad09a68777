//! Folders of Markdown: every file is accounted for.

use masthead::formats::front_matter;
use masthead::formats::item::Item;

use super::assert_sums;
use crate::harness::{NOW, both};

fn items(files: &[(&str, &str)]) -> Vec<Item> {
    let site = Some("https://old.example");
    let now = NOW.parse().unwrap();
    let item =
        |(number, (path, text)): (u64, &(&str, &str))| front_matter::item(path, text.as_bytes(), number, site, now);
    (1..).zip(files).map(item).collect()
}

const FILES: &[(&str, &str)] = &[
    (
        "_posts/2020-05-01-sea-wall.md",
        "---\ntitle: Sea wall\ncategories: [City]\ntags: [Budget]\nauthor: Ada Marsh\npermalink: /2020/wall.html\n---\n## Sub\n\nText.\n\n> Said.\n\n- a\n- b\n\n![A](https://x.example/a.jpg)\n",
    ),
    ("news/toml.md", "+++\ntitle = \"In TOML\"\ndate = 2020-06-01T10:00:00Z\naliases = [\"/old/toml/\"]\n+++\nText.\n"),
    ("news/later.md", "---\ntitle: Canary later\ndate: 2031-01-01\n---\nText.\n"),
    ("news/draft.md", "---\ntitle: Canary draft\ndraft: true\naliases: [/canary]\n---\nText.\n"),
    ("news/_index.md", "---\ntitle: News\n---\n"),
    ("README.md", "# How to write here\n"),
    ("news/undated.md", "---\ntitle: Undated\n---\nText.\n"),
    ("news/broken.md", "---\ntitle: [\n---\nText.\n"),
];

both!(a_folder_is_imported_whole, async |t| {
    let report = t.import_items(items(FILES)).await;
    assert_sums(&report, "fixture", [2, 1, 1, 2, 2]);
    let names: Vec<&str> = report.failed.iter().map(|failure| failure.name.as_str()).collect();
    assert_eq!(names, ["news/undated.md", "news/broken.md"]);
    let blocks = t.blocks().await;
    let kinds: Vec<(&str, usize)> = blocks.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(kinds, [("blockquote", 1), ("h2", 1), ("image", 1), ("list", 2), ("normal", 2)]);
    let card = t.card("https://old.example/_posts/2020-05-01-sea-wall").await.unwrap();
    assert_eq!((card.slug.as_str(), card.published_at.to_string().as_str()), ("sea-wall", "2020-05-01T00:00:00.000Z"));
    let addresses = t.texts("SELECT address AS v FROM article_addresses ORDER BY address").await;
    assert_eq!(addresses, ["old.example/2020/wall.html", "old.example/old/toml"]);
    for text in t.texts("SELECT headline AS v FROM articles").await {
        assert!(!text.contains("Canary"), "{text}");
    }
    let again = t.import_items(items(FILES)).await;
    assert_eq!((again.unchanged, again.failed.len()), (4, 2));
    t.assert_whole().await;
});

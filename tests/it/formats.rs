//! One truth in all formats: what GraphQL, REST, the feeds, ninjs, JSON-LD and the sitemap say of an article agrees.

use std::collections::BTreeMap;

use masthead::formats::item::Content;
use masthead::formats::jsonl::SectionName;
use masthead::formats::ninjs;
use quick_xml::events::Event;
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};
use crate::harness::{both, count};

/// What a headline, a name or a sentence may be.
const HOSTILE: &[&str] = &[
    "Plain words",
    "<script>alert(1)</script>",
    "</script><!-- & ]]> \"quoted\" 'twice'",
    "a & b &amp; c &#x3c; d",
    "Ünïcödé, 日本語, עברית and 📰",
    "= + - @SUM(A1)",
    "javascript:alert(1)",
    "tab\tand \u{2028} line \u{85} breaks",
    "{{ 7 * 7 }} ${x} %s \\n \\u0000",
    "]]>",
];

fn line(chance: &mut Chance, n: usize) -> Value {
    let text = |chance: &mut Chance| format!("{} {n}", chance.pick(HOSTILE));
    let list = |chance: &mut Chance, most: usize| -> Vec<String> {
        (0..chance.below(most + 1)).map(|i| format!("{} {i}", chance.pick(HOSTILE))).collect()
    };
    let day = 1 + n % 27;
    let published = format!("2026-01-{day:02}T{:02}:00:00Z", n % 24);
    let authors: Vec<Value> = (0..chance.below(4))
        .map(|i| {
            let kind = *chance.pick(&["staff", "contributor", "independent"]);
            json!({ "name": format!("{} {n}-{i}", chance.pick(HOSTILE)), "kind": kind })
        })
        .collect();
    let corrections: Vec<Value> =
        list(chance, 2).into_iter().map(|text| json!({ "published": "2026-01-30T09:00:00Z", "text": text })).collect();
    let mut line = with(
        story(&format!("urn:t:{n}")),
        json!({
            "slug": format!("story-{n}"), "headline": text(chance), "published": published,
            "description_text": text(chance), "genre": *chance.pick(&["news", "opinion", "analysis", "review"]),
            "authors": authors, "corrections": corrections, "disclaimers": list(chance, 2),
            "people": list(chance, 2), "subjects": list(chance, 2), "places": list(chance, 1), "events": list(chance, 1),
            "organisations": list(chance, 1), "entities": list(chance, 1),
            "body_text": format!("{}\n\n{}", text(chance), text(chance)),
        }),
    );
    let mut maybe = |percent: usize, name: &str, value: Value| {
        if chance.percent(percent) {
            line[name] = value;
        }
    };
    maybe(50, "label", json!("Op-Ed <b> & more"));
    maybe(70, "section", json!({ "name": format!("Section & <{}>", n % 3) }));
    maybe(30, "canonical_url", json!(format!("https://elsewhere.example/{n}?a=1&b=2")));
    maybe(50, "source", json!("The <Courier> & Co"));
    maybe(50, "copyrightnotice", json!("© <all> & rights"));
    maybe(50, "license", json!("https://example.org/licence?a=1&b=2"));
    maybe(
        50,
        "image",
        json!({ "url": "/i.png?a=1&b=2", "alt": "a <b>", "caption": "c & d", "credit": "\"e\"", "width": 3, "height": 2 }),
    );
    maybe(40, "updated", json!("2026-01-30T10:00:00Z"));
    line
}

/// What a format says of an article, as far as it says it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    title: String,
    byline: Vec<String>,
    published: String,
    updated: String,
    url: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value, member: &str) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|one| text(&one[member])).collect()
}

async fn get(server: &Server, path: &str) -> Said {
    let said = Said::of(server.get(path).await).await;
    assert_eq!(said.status, 200, "{path}: {said:?}");
    said
}

/// The articles of a feed, by slug.
fn fed(feed: &str) -> BTreeMap<String, (Told, String)> {
    let feed = feed_rs::parser::parse(feed.as_bytes()).unwrap_or_else(|e| panic!("{e}: {feed}"));
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default()
    };
    feed.entries
        .into_iter()
        .map(|entry| {
            let url = entry.links[0].href.clone();
            let told = Told {
                title: entry.title.unwrap().content,
                byline: entry.authors.into_iter().filter_map(|person| person.name).collect(),
                published: at(entry.published),
                updated: at(entry.updated),
                url: url.clone(),
            };
            let words: String = [
                entry.summary.map(|text| text.content).unwrap_or_default(),
                entry.content.and_then(|content| content.body).unwrap_or_default(),
                entry.categories.into_iter().map(|one| format!(" [{}]", one.label.unwrap_or(one.term))).collect(),
            ]
            .concat();
            let words = line_of(&words);
            (url.rsplit('/').next().unwrap().to_owned(), (told, words))
        })
        .collect()
}

fn escaped(text: &str) -> String {
    line_of(&masthead::formats::html::escape(text))
}

/// The text with each run of white space as one space: renderings and readers differ in that.
fn line_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a document, which must be well-formed and have this root.
fn xml_words(document: &str, root: &str) -> String {
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let (mut words, mut depth, mut first) = (String::new(), 0, String::new());
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {document}")) {
            Event::Start(start) => {
                depth += 1;
                if first.is_empty() {
                    first = start.name().as_ref().to_owned();
                }
                for attribute in start.attributes() {
                    attribute.unwrap_or_else(|e| panic!("{e}: {document}"));
                }
                words.push(' ');
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => words.push_str(&text),
            Event::GeneralRef(name) => words.push_str(&quick_xml::escape::unescape(&format!("&{};", &*name)).unwrap()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((depth, first.as_str()), (0, root), "{document}");
    words
}

/// In which order the content models of NITF 3.6 have what stands in these elements.
const NITF: &[(&str, &[&str])] = &[
    ("body", &["body.head", "body.content", "body.end"]),
    ("body.head", &["hedline", "note", "rights", "byline", "distributor", "dateline", "abstract", "series"]),
    ("hedline", &["hl1", "hl2"]),
    ("bq", &["block", "credit"]),
    ("media", &["media-metadata", "media-reference", "media-object", "media-caption", "media-producer"]),
    ("table", &["caption", "thead", "tbody"]),
];

/// Holds the order of a document of NITF, or of one that has such a document in it, and where small letters stand.
fn assert_nitf(document: &str) {
    let mut reader = quick_xml::Reader::from_str(document);
    // What is open, each with the place of what came last in it.
    let mut open: Vec<(String, usize)> = Vec::new();
    loop {
        let (name, is_empty): (String, bool) = match reader.read_event().unwrap_or_else(|e| panic!("{e}: {document}")) {
            Event::Start(start) => (start.name().as_ref().to_owned(), false),
            Event::Empty(start) => (start.name().as_ref().to_owned(), true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        if let Some((parent, last)) = open.last_mut() {
            if let Some((_, order)) = NITF.iter().find(|(of, _)| *of == parent.as_str()) {
                let place = order.iter().position(|one| *one == name.as_str());
                assert!(place.is_some_and(|at| at >= *last), "{name} in {parent}: {document}");
                *last = place.unwrap_or_default();
            }
            if ["sub", "sup"].contains(&name.as_str()) {
                assert_eq!(parent.as_str(), "num", "{name}: {document}");
            }
        }
        if !is_empty {
            open.push((name, 0));
        }
    }
}

both!(nitf_has_its_elements_in_their_order, async |t| {
    let fields = json!({
        "slug": "one", "authors": ["Ada Marsh", "Ben Cole"], "license": "CC0-1.0", "copyrightnotice": "The Courier",
        "label": "Op-Ed", "disclaimers": ["Mine only."], "corrections": [{ "published": "2026-02-02", "text": "It was seven." }],
        "body_html": "<p>H<sub>2</sub>O and m<sup>2</sup></p><ul><li>m<sup>3</sup></li></ul><blockquote><p>x<sup>2</sup></p></blockquote>\
                      <figure><a href=\"https://a.example/\"><img src=\"https://a.example/s.jpg\" alt=\"A\"></a>\
                      <figcaption>CO<sub>2</sub></figcaption></figure>\
                      <table><caption>C</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
    });
    t.import_all(&[with(story("urn:t:1"), fields)]).await;
    let server = t.serve().await;
    for suffix in ["nitf", "newsml"] {
        let raw = server.get(&format!("/v1/articles/one.{suffix}")).await.text().await.unwrap();
        assert_nitf(&raw);
        for part in [
            "<rights>",
            "<byline>",
            "<abstract>",
            "<media-metadata",
            "<num><sub>2</sub></num>",
            "<num><sup>3</sup></num>",
        ] {
            assert!(raw.contains(part), "{part} is not in {raw}");
        }
    }
});

/// What an importer reads of a document is what the document was made of.
fn round_trip(document: &Value, rest: &Value) {
    let bytes = serde_json::to_vec(document).unwrap();
    let Content::Story(line) = ninjs::read(&bytes).unwrap().items.remove(0).content else {
        panic!("no story: {document}")
    };
    assert_eq!(line.headline, text(&rest["headline"]));
    assert_eq!(line.uri, text(&rest["uri"]));
    assert_eq!(line.description_text.as_deref().unwrap_or_default(), text(&rest["summary"]));
    assert_eq!(line.label.as_deref(), rest["label"].as_str());
    let disclaimers: Vec<String> =
        rest["disclaimers"].as_array().unwrap().iter().map(|one| text(&one["text"])).collect();
    assert_eq!(line.disclaimers, disclaimers);
    let corrections: Vec<(String, String)> =
        line.corrections.iter().map(|one| (one.published.clone(), one.text.clone())).collect();
    let all = rest["corrections"].as_array().unwrap().iter();
    assert_eq!(corrections, all.map(|one| (text(&one["publishedAt"]), text(&one["text"]))).collect::<Vec<_>>());
    let shown = masthead::formats::html::parse(line.body_html.as_deref().unwrap()).body.plain_text();
    let whole = text(&rest["body"]["text"]);
    assert!(line_of(&whole).contains(&line_of(&shown)), "{shown:?} is not in {whole:?}");
    for notice in line.disclaimers.iter().chain(line.label.iter()) {
        let (here, there) =
            (line_of(&shown).matches(&line_of(notice)).count(), line_of(&whole).matches(&line_of(notice)).count());
        assert!(here < there, "{notice} is still in {shown}");
    }
    assert_eq!(
        line.published.as_deref().map(|at| at[..19].to_owned()),
        Some(text(&rest["publishedAt"])[..19].to_owned())
    );
    assert_eq!(line.genre.as_deref(), rest["genre"].as_str());
    assert_eq!(
        (line.source.as_deref(), line.copyrightnotice.as_deref(), line.license.as_deref()),
        (rest["source"].as_str(), rest["copyrightNotice"].as_str(), rest["license"].as_str())
    );
    let section = match &line.section {
        Some(SectionName::Full(section)) => Some(section.name.clone()),
        _ => None,
    };
    assert_eq!(section.as_deref(), rest["section"]["name"].as_str());
    assert_eq!(line.slug.as_deref(), rest["slug"].as_str());
    let authors: Vec<String> = line.authors.iter().map(|author| author.name.clone()).collect();
    assert_eq!(authors, texts(&rest["authors"], "name"));
    let elsewhere = rest["canonicalUrl"].as_str().filter(|canonical| Some(*canonical) != rest["url"].as_str());
    assert_eq!(line.canonical_url.as_deref(), elsewhere);
    let topics = [&line.subjects, &line.people, &line.organisations, &line.places, &line.events, &line.entities];
    let mut names: Vec<String> = topics.into_iter().flatten().map(|topic| topic.name.clone()).collect();
    let mut all = texts(&rest["topics"], "name");
    names.sort();
    all.sort();
    assert_eq!(names, all);
}

both!(every_format_says_the_same_of_an_article, async |t| {
    let mut chance = Chance::new();
    let n = count(40, 400);
    let lines: Vec<Value> = (0..n).map(|i| line(&mut chance, i)).collect();
    let report = t.import(&lines).await;
    assert_eq!(report.failed.len(), 0, "{:?}", report.failed.first());
    let flags = [("site.url", "https://courier.example/news"), ("feeds.items", "100"), ("rate_limit.enabled", "false")];
    let server = t.serve_as(&flags).await;
    let (mut rss, mut atom, mut json_feed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (all, format) in [(&mut rss, "rss"), (&mut atom, "atom"), (&mut json_feed, "json")] {
        for day in 1..=27 {
            let path = format!("/feeds/latest.{format}?archive=2026-01-{day:02}");
            all.extend(fed(&server.get(&path).await.text().await.unwrap()));
        }
        assert_eq!(all.len(), n, "{format}");
    }
    let sitemap = server.get("/sitemaps/articles/2026-01.xml").await.text().await.unwrap();
    for i in 0..n {
        let slug = format!("story-{i}");
        let rest = get(&server, &format!("/v1/articles/{slug}?body=html,text")).await.body;
        let query = "query($slug: String!) { article(slug: $slug) { headline byline publishedAt updatedAt url canonicalUrl label \
                     section { name } disclaimers { text } corrections { text } jsonLd } }";
        let graphql = server.graphql(query, json!({ "slug": slug })).await["data"]["article"].take();
        let labels = rest["label"].as_str().map(str::to_owned);
        let disclaimers = rest["disclaimers"].clone();
        let disclaimers: Vec<String> = disclaimers
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().map_or_else(|| text(&one["text"]), str::to_owned))
            .collect();
        let corrections = texts(&rest["corrections"], "text");
        let section = rest["section"]["name"].as_str().map(str::to_owned);
        // The two doors.
        for member in ["headline", "byline", "publishedAt", "updatedAt", "url", "canonicalUrl", "label"] {
            assert_eq!(graphql[member], rest[member], "{slug}: {member}");
        }
        assert_eq!(texts(&graphql["disclaimers"], "text"), disclaimers, "{slug}");
        assert_eq!(texts(&graphql["corrections"], "text"), corrections, "{slug}");
        assert_eq!(graphql["section"]["name"].as_str().map(str::to_owned), section, "{slug}");
        // The feeds.
        let second = |at: &Value| text(at)[..19].to_owned();
        let told = Told {
            title: text(&rest["headline"]),
            byline: texts(&rest["authors"], "name"),
            published: second(&rest["publishedAt"]),
            updated: second(&rest["updatedAt"]),
            url: text(&rest["url"]),
        };
        let names: Vec<&String> = labels.iter().chain(&section).collect();
        for (format, (said, words)) in [("rss", &rss[&slug]), ("atom", &atom[&slug]), ("json", &json_feed[&slug])] {
            // RSS has no date of an update that the library reads.
            let said = Told { updated: told.updated.clone(), ..said.clone() };
            // A feed that names nobody is signed by the publication.
            let said = if told.byline.is_empty() { Told { byline: Vec::new(), ..said } } else { said };
            let trimmed = |told: &Told| {
                let line = |text: &String| line_of(text);
                Told { title: line(&told.title), byline: told.byline.iter().map(line).collect(), ..told.clone() }
            };
            assert_eq!(trimmed(&said), trimmed(&told), "{slug} in {format}");
            for notice in disclaimers.iter().chain(&corrections).chain(&labels) {
                assert!(
                    words.contains(&escaped(notice)) || words.contains(&line_of(notice)),
                    "{slug} in {format}: {notice} not in {words}"
                );
            }
            if format != "json" {
                for name in &names {
                    assert!(
                        words.contains(&line_of(&format!("[{name}]"))),
                        "{slug} in {format}: {name} not in {words}"
                    );
                }
            }
            // Names are text there, and so is the summary of JSON Feed.
            let markup = words.split(" [").next().unwrap_or_default();
            assert!(format == "json" || !markup.to_lowercase().contains("<script"), "{words}");
        }
        // ninjs, in both versions, by the standard's own schemas.
        for version in ["3.1", "2.2"] {
            let said = get(&server, &format!("/v1/articles/{slug}.ninjs?version={version}")).await;
            assert_eq!(said.header("content-type"), format!("application/ninjs+json; version={version}"));
            let document = said.body;
            ninjs::check(&document).unwrap_or_else(|e| panic!("{slug} {version}: {e:?}: {document}"));
            assert_eq!(document["standard"]["version"], version);
            let of = |list: &str, role: &str| -> Vec<String> {
                let all = document[list].as_array().into_iter().flatten();
                all.filter(|one| one["role"] == role).map(|one| text(&one["value"])).collect()
            };
            assert_eq!(of("headlines", "main"), [text(&rest["headline"])]);
            assert_eq!(of("headlines", "label"), labels.iter().cloned().collect::<Vec<_>>());
            assert_eq!(of("descriptions", "disclaimer"), disclaimers);
            assert_eq!(of("descriptions", "correction"), corrections);
            assert_eq!(text(&document["by"]), text(&rest["byline"]));
            let (first, last) =
                if version == "3.1" { ("firstCreated", "versionCreated") } else { ("firstcreated", "versioncreated") };
            assert_eq!((&document[first], &document[last]), (&rest["publishedAt"], &rest["updatedAt"]));
            let status = if version == "3.1" { "pubStatus" } else { "pubstatus" };
            assert_eq!(document[status], "usable");
            let bodies = line_of(&of("bodies", "main").concat());
            for notice in disclaimers.iter().chain(&corrections).chain(&labels) {
                assert!(
                    bodies.contains(&escaped(notice)) && bodies.contains(&line_of(notice)),
                    "{slug}: {notice} not in {bodies}"
                );
            }
            round_trip(&document, &rest);
            let alternatives = document.get("altIds").or(document.get("altids")).unwrap();
            let canonical = alternatives.as_array().unwrap().iter().find(|one| one["role"] == "canonical").unwrap();
            assert_eq!(canonical["value"], rest["canonicalUrl"]);
        }
        // The older standards: their words, and that they are well-formed.
        for (suffix, root) in [("newsml", "newsItem"), ("nitf", "nitf")] {
            let raw = server.get(&format!("/v1/articles/{slug}.{suffix}")).await.text().await.unwrap();
            let words = line_of(&xml_words(&raw, root));
            assert_nitf(&raw);
            let names = told.byline.iter().chain(&disclaimers).chain(&corrections).chain(&labels).chain(&section);
            for word in names.chain([&told.title]) {
                let there = words.contains(&line_of(word));
                assert!(
                    there || (suffix == "nitf" && section.as_ref() == Some(word)),
                    "{slug} in {suffix}: {word} not in {words}"
                );
            }
            assert!(raw.contains(&text(&rest["publishedAt"])) && raw.contains(&text(&rest["updatedAt"])), "{raw}");
        }
        // JSON-LD.
        let raw = server.get(&format!("/v1/articles/{slug}.jsonld")).await.text().await.unwrap();
        assert!(!raw.contains(['<', '>', '&']), "{raw}");
        let ld: Value = serde_json::from_str(&raw).unwrap();
        assert_eq!(graphql["jsonLd"], raw.as_str(), "{slug}");
        for (member, of) in [
            ("headline", "headline"),
            ("datePublished", "publishedAt"),
            ("dateModified", "updatedAt"),
            ("url", "url"),
            ("@id", "canonicalUrl"),
        ] {
            assert_eq!(ld[member], rest[of], "{slug}: {member}");
        }
        let authors = texts(&ld["author"], "name");
        assert_eq!(if told.byline.is_empty() { Vec::new() } else { authors }, told.byline);
        assert_eq!(ld["articleSection"].as_str().map(str::to_owned), section);
        assert_eq!(texts(&ld["correction"], "text"), corrections);
        assert_eq!(texts(&ld["hasPart"], "text"), disclaimers);
        assert_eq!(ld["genre"].as_array().unwrap().len(), 1 + labels.iter().count());
        let kind = if rest["genre"] == "opinion" { "OpinionNewsArticle" } else { "" };
        assert!(kind.is_empty() || ld["@type"] == kind);
        // The sitemap has what first stood here, and that alone.
        let own = rest["canonicalUrl"] == rest["url"];
        let entry = format!("<loc>{}</loc><lastmod>{}</lastmod>", text(&rest["url"]), text(&rest["updatedAt"]));
        assert_eq!(sitemap.contains(&entry), own, "{slug}: {entry}");
    }
    println!("{n} articles agree in nine formats");
});

both!(a_format_is_chosen_by_suffix_or_accept, async |t| {
    t.import_all(&[story("urn:t:1"), with(story("urn:t:2"), json!({ "slug": "gone" }))]).await;
    let slug = t.card("urn:t:1").await.unwrap().slug.clone();
    let gone = t.id("urn:t:2").await;
    masthead::newsroom::withdraw::withdraw(&t.db, &masthead::model::viewer::Viewer::system(), gone, "Wrong.")
        .await
        .unwrap();
    let server = t.serve().await;
    let ask = async |path: String, accept: &str| {
        let mut request = server.client.get(format!("{}{path}", server.base));
        if !accept.is_empty() {
            request = request.header("accept", accept);
        }
        Said::of(request.send().await.unwrap()).await
    };
    for (suffix, accept, media_type) in [
        ("", "", "application/json"),
        ("", "application/ld+json", "application/ld+json; charset=utf-8"),
        ("", "application/ninjs+json", "application/ninjs+json; version=3.1"),
        ("", "application/ninjs+json; version=2.2", "application/ninjs+json; version=2.2"),
        ("", "application/ninjs+json;version=\"2\";q=0.9, text/html", "application/ninjs+json; version=2.2"),
        ("", "application/ninjs+json; Version=2.2", "application/ninjs+json; version=2.2"),
        (
            "",
            "application/ninjs+json;version=2.2;q=0.1, application/ninjs+json;version=3.1;q=0.9",
            "application/ninjs+json; version=3.1",
        ),
        (
            "",
            "application/ninjs+json;version=3.1;q=0, application/ninjs+json;q=0.5",
            "application/ninjs+json; version=2.2",
        ),
        ("", "application/ninjs+json;version=9, application/json;q=0.5", "application/json"),
        (".jsonld", "application/ninjs+json", "application/ld+json; charset=utf-8"),
        (".ninjs", "text/html", "application/ninjs+json; version=3.1"),
        (".ninjs?version=2.2", "", "application/ninjs+json; version=2.2"),
    ] {
        let said = ask(format!("/v1/articles/{slug}{suffix}"), accept).await;
        assert_eq!((said.status, said.header("content-type")), (200, media_type), "{suffix} {accept}");
        assert!(said.header("vary").contains("Accept,"), "{}", said.header("vary"));
        let tag = said.header("etag").to_owned();
        let mut request =
            server.client.get(format!("{}/v1/articles/{slug}{suffix}", server.base)).header("if-none-match", tag);
        if !accept.is_empty() {
            request = request.header("accept", accept);
        }
        assert_eq!(request.send().await.unwrap().status(), 304, "{suffix} {accept}");
    }
    // What a format does not know it refuses, by whichever way it is asked for.
    for (rest, accept, parameter) in [
        ("?fields=id", "application/ld+json", "fields"),
        ("?include=related", "application/ninjs+json; version=2.2", "include"),
        ("?body=html", "application/nitf+xml", "body"),
        (".jsonld?fields=id", "", "fields"),
        (".jsonld?version=2.2", "", "version"),
        (".newsml?version=3.1", "", "version"),
        (".nitf?version=2.2", "", "version"),
        (".ninjs?version=1.0", "", "version"),
    ] {
        let said = ask(format!("/v1/articles/{slug}{rest}"), accept).await;
        assert_eq!((said.status, said.code()), (400, "INVALID_PARAMETER"), "{rest} {accept}: {said:?}");
        assert_eq!(said.text("/parameter"), parameter, "{rest} {accept}");
    }
    assert_eq!(ask(format!("/v1/articles/{slug}?fields=id"), "application/json").await.status, 200);
    assert_eq!(ask(format!("/v1/articles/{slug}"), "application/ninjs+json;version=9").await.status, 406);
    let refused = ask(format!("/v1/articles/{slug}"), "text/html").await;
    assert_eq!(refused.status, 406);
    for what in ["application/json", "application/ld+json", "application/ninjs+json"] {
        assert!(refused.text("/detail").contains(what), "{refused:?}");
    }
    // What was taken back.
    let said = ask("/v1/articles/gone.ninjs".to_owned(), "").await;
    assert_eq!((said.status, said.text("/pubStatus")), (410, "canceled"));
    ninjs::check(&said.body).unwrap();
    let said = ask("/v1/articles/gone.jsonld".to_owned(), "").await;
    assert_eq!((said.status, said.code(), said.text("/reason")), (410, "GONE", "Wrong."));
    assert_eq!(ask("/v1/articles/none.jsonld".to_owned(), "").await.status, 404);
    assert_eq!(ask(format!("/v1/articles/{slug}.pdf"), "").await.status, 404);
});

both!(an_old_address_leads_to_the_new_one_in_the_format_that_was_asked_for, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "old" }))]).await;
    let id = t.id("urn:t:1").await;
    masthead::newsroom::move_slug::move_slug(&t.db, &masthead::model::viewer::Viewer::system(), id, "new")
        .await
        .unwrap();
    let server = t.serve().await;
    // Whoever asks first: what is kept is for all of one format.
    let asked = [
        ("", "application/ld+json"),
        (".jsonld", ""),
        (".ninjs?version=2.2", ""),
        ("", "application/ninjs+json; version=2.2"),
        (".ninjs", ""),
        (".ninjs?version=3.1", ""),
        ("", "application/ninjs+json"),
        ("", "application/nitf+xml"),
        (".nitf", "application/ld+json"),
    ];
    for (rest, accept) in asked.into_iter().chain(asked.into_iter().rev()) {
        let mut request = server.client.get(format!("{}/v1/articles/old{rest}", server.base));
        if !accept.is_empty() {
            request = request.header("accept", accept);
        }
        let said = Said::of(request.send().await.unwrap()).await;
        assert_eq!(
            (said.status, said.header("location")),
            (308, format!("/v1/articles/new{rest}").as_str()),
            "{accept}"
        );
    }
});

both!(a_list_of_articles_comes_as_ninjs_too, async |t| {
    let stories: Vec<Value> = (0..5)
        .map(|n| {
            let fields = json!({ "label": "Op-Ed", "published": format!("2026-01-{:02}T08:00:00Z", 28 - n), "subjects": ["Ferries"] });
            with(story(&format!("urn:t:{n}")), fields)
        })
        .collect();
    t.import_all(&stories).await;
    let server = t.serve().await;
    let ask = async |path: &str, accept: &str| {
        let request = server.client.get(format!("{}{path}", server.base)).header("accept", accept);
        Said::of(request.send().await.unwrap()).await
    };
    for version in ["3.1", "2.2"] {
        let media_type = format!("application/ninjs+json; version={version}");
        let (mut path, mut uris) = ("/v1/articles?topic=ferries&first=2".to_owned(), Vec::new());
        loop {
            let said = ask(&path, &media_type).await;
            assert_eq!((said.status, said.header("content-type")), (200, media_type.as_str()), "{said:?}");
            let documents = said.body.as_array().unwrap();
            assert!(documents.len() <= 2);
            for document in documents {
                ninjs::check(document).unwrap_or_else(|e| panic!("{version}: {e:?}: {document}"));
                uris.push(document["uri"].as_str().unwrap().to_owned());
            }
            // As the importer reads it.
            let read = ninjs::read(said.body.to_string().as_bytes()).unwrap().items;
            assert!(read.iter().all(|item| matches!(item.content, Content::Story(_))) && read.len() == documents.len());
            let tag = said.header("etag").to_owned();
            let again = server.client.get(format!("{}{path}", server.base)).header("accept", &media_type);
            assert_eq!(again.header("if-none-match", tag).send().await.unwrap().status(), 304);
            let link = said.header("link").to_owned();
            let Some(next) = link.split(", ").find(|link| link.ends_with("rel=\"next\"")) else { break };
            path = next[1..next.find('>').unwrap()].to_owned();
        }
        assert_eq!(uris, (0..5).map(|n| format!("urn:t:{n}")).collect::<Vec<_>>(), "{version}");
    }
    assert_eq!(ask("/v1/articles", "application/ld+json").await.status, 406);
    assert_eq!(ask("/v1/articles", "*/*").await.header("content-type"), "application/json");
    let other = "application/ninjs+json;version=9, application/json;q=0.5";
    assert_eq!(ask("/v1/articles", other).await.header("content-type"), "application/json");
});

both!(a_name_is_told_once_and_a_code_with_a_blank_is_no_code, async |t| {
    let fields = json!({
        "slug": "one", "people": ["Victoria"], "subjects": [{ "scheme": "medtop", "code": "20 00", "name": "Trade" }],
        "places": ["Victoria", { "scheme": "medtop", "code": "20000065", "name": "Port" }],
        "authors": [{ "name": "Ann", "url": "https://ann.example/[2]" }], "license": "https://licence.example/[3]",
        "infosources": [{ "name": "The Gazette", "url": "https://gazette.example/[1]" }],
        "body_html": "<p><a href=\"#note\">n</a> <a href=\"../x?a=1&amp;b=2\">x</a> <a href=\"/y\">y</a></p>",
    });
    t.import_all(&[with(story("urn:t:1"), fields)]).await;
    let server =
        t.serve_as(&[("site.url", "https://courier.example/news"), ("site.article_path", "/city/{slug}")]).await;
    let document = |path: &'static str| {
        let server = &server;
        async move { server.get(path).await.text().await.unwrap() }
    };
    let json_ld: Value = serde_json::from_str(&document("/v1/articles/one.jsonld").await).unwrap();
    let mut keywords: Vec<&str> = json_ld["keywords"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    keywords.sort_unstable();
    assert_eq!(keywords, ["Port", "Trade", "Victoria"]);
    let json_feed: Value = serde_json::from_str(&document("/feeds/latest.json").await).unwrap();
    assert_eq!(json_feed["items"][0]["tags"].as_array().unwrap().len(), 3, "{json_feed}");
    let rss = document("/feeds/latest.rss").await;
    assert_eq!(rss.matches(">Victoria</category>").count(), 1, "{rss}");
    // Atom tells the two apart by their terms.
    let atom = document("/feeds/latest.atom").await;
    assert_eq!(atom.matches("label=\"Victoria\"").count(), 2, "{atom}");
    let nitf = document("/v1/articles/one.nitf").await;
    assert_eq!(nitf.matches("<keyword key=\"Victoria\"/>").count(), 1, "{nitf}");
    let newsml = document("/v1/articles/one.newsml").await;
    assert!(newsml.contains("qcode=\"medtop:20000065\"") && !newsml.contains("qcode=\"medtop:20 00\""), "{newsml}");
    assert!(newsml.contains("uri=\"http://cv.iptc.org/newscodes/mediatopic/20%2000\""), "{newsml}");
    assert!(newsml.contains("uri=\"https://gazette.example/%5B1%5D\""), "{newsml}");
    let encoded = |at: &str| format!("https://{at}.example/%5B");
    assert_eq!(json_feed["items"][0]["authors"][0]["url"], format!("{}2%5D", encoded("ann")));
    assert_eq!(json_ld["author"][0]["url"], format!("{}2%5D", encoded("ann")));
    assert_eq!(json_ld["citation"][0]["url"], format!("{}1%5D", encoded("gazette")));
    assert!(atom.contains(&format!("<uri>{}2%5D</uri>", encoded("ann"))), "{atom}");
    assert!(atom.contains(&format!("href=\"{}3%5D\"", encoded("licence"))), "{atom}");
    // What is relative leads to the same place from everywhere.
    let ninjs: Value = serde_json::from_str(&document("/v1/articles/one.ninjs").await).unwrap();
    let html =
        |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    for body in [
        text(&ninjs["bodies"][0]["value"]),
        text(&json_feed["items"][0]["content_html"]),
        html(&rss),
        html(&atom),
        html(&newsml),
        nitf,
    ] {
        for href in ["news/city/one#note", "news/x?a=1&amp;b=2", "news/y"] {
            assert!(body.contains(&format!("href=\"https://courier.example/{href}\"")), "{href}: {body}");
        }
    }
});

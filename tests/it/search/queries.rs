//! What readers type: what it finds, what it shows, and that nothing that is typed is a fault.

use std::collections::BTreeSet;

use masthead::catalogue::Reader;
use masthead::catalogue::list::Wanted;
use masthead::catalogue::search::{Counting, Search};
use masthead::followers;
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{both, count, shared};

fn corpus() -> Vec<Value> {
    let of = |name: &str, fields: Value| with(story(&format!("urn:t:{name}")), with(bare(), fields));
    vec![
        of(
            "wall",
            json!({
                "headline": "Council approves the sea wall", "description_text": "It costs $3.5 billion.",
                "body_text": "The city's sea wall will stand in 2030, say engineers at example.com.\n\nElections follow.",
                "authors": ["Ada Marsh"], "subjects": ["Sea Wall", "City Budget"], "section": "politics/elections", "places": ["Port Ellory"],
            }),
        ),
        of(
            "walls",
            json!({
                "headline": "Walls of the old sea fort", "body_text": "A wall by the sea. The U.S. pays.",
                "authors": ["Björn Åkesson"], "people": ["Ada Lovelace"], "section": "culture",
            }),
        ),
        of(
            "election",
            json!({
                "headline": "An election in São Paulo", "body_text": "The elected mayor thanks voters; naïve façades.",
                "authors": ["Ada Marsh", "Ed King"], "section": "politics", "genre": "opinion",
            }),
        ),
        of("dyke", json!({ "headline": "The dyke holds", "body_text": "No wall was needed.", "section": "news" })),
        of(
            "wahl",
            json!({
                "headline": "Die Wahlen in der Straße", "language": "de", "body_text": "Größere Häuser wurden gewählt.",
            }),
        ),
        of(
            "tokyo",
            json!({ "headline": "東京都知事選挙", "language": "ja", "body_text": "水が足りない。京都ではない。" }),
        ),
        of("seoul", json!({ "headline": "서울시 새 시장", "language": "ko", "body_text": "선거가 끝났다." })),
        of("cairo", json!({ "headline": "الانتخابات في القاهرة", "language": "ar", "body_text": "مدرسة جديدة" })),
    ]
}

fn bare() -> Value {
    json!({ "description_text": "" })
}

both!(what_is_listed_below_a_facet_costs_for_each_of_its_values, async |t| {
    t.import_all(&corpus()[..2]).await;
    let server = t.serve().await;
    let cost = async |query: &str, variables: Value| {
        let answer = server.graphql(query, variables).await;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["extensions"]["cost"]["complexity"].as_u64().unwrap()
    };
    for (facet, of) in [("sections", "section"), ("topics", "topic"), ("authors", "author")] {
        let list = "articles(first: 100) { nodes { slug } }";
        let query = format!("{{ search(query: \"\", first: 1) {{ facets {{ {facet} {{ {of} {{ {list} }} }} }} }} }}");
        let listed = cost(&query, Value::Null).await;
        // Twenty lists of a hundred articles each, of which one field is shown.
        assert!(listed >= 20 * 200, "{facet}: {listed}");
    }
    // What the values show of themselves is not dear, also on the longest page.
    let search = include_str!("../../../benches/operations/search.graphql");
    let (usual, longest) =
        (cost(search, json!({ "query": "wall" })).await, cost(search, json!({ "query": "wall", "first": 100 })).await);
    assert!(usual < 1_000 && longest < 10_000, "{usual}, {longest}");
});

both!(a_query_finds_what_a_reader_means, async |t| {
    t.import_all(&corpus()).await;
    let app = t.app();
    let followers = followers::start(&app);
    let cases: &[(&str, &str)] = &[
        ("sea wall", "wall walls"),
        ("SEA WALLS", "wall walls"),
        ("\"sea wall\"", "wall"),
        ("“sea wall”", "wall"),
        ("\"sea walls\"", "wall"),
        ("\"wall sea\"", ""),
        // No phrase reaches from the headline into the summary, or from one paragraph's end over a part's.
        ("\"wall it costs\"", ""),
        ("wall -fort", "wall dyke"),
        ("wall -\"sea wall\"", "walls dyke"),
        ("-wall", "election wahl tokyo seoul cairo"),
        ("-walls -wall", "election wahl tokyo seoul cairo"),
        ("fort OR dyke", "walls dyke"),
        ("fort OR dyke OR mayor", "walls dyke election"),
        ("\"sea wall\" OR dyke", "wall dyke"),
        ("fort OR", "walls"),
        // What is written in one piece is one alternative, on either side.
        ("sea-fort OR dyke", "walls dyke"),
        ("dyke OR sea-fort", "walls dyke"),
        ("sea-absent OR dyke", "dyke"),
        ("dyke OR sea-absent", "dyke"),
        ("dyke OR sea-absent OR old-fort wall", "walls dyke"),
        ("sea-for* OR mayor", "walls election"),
        ("mayor OR sea-for*", "walls election"),
        ("sea-absen* OR dyke", "dyke"),
        ("or", ""),
        ("elect*", "wall election"),
        ("ele* -são", "wall"),
        ("election", "wall election"),
        ("sao paulo", "election"),
        ("SÃO PAULO", "election"),
        ("naive facades", "election"),
        ("3.5", "wall"),
        ("$3.5 billion", "wall"),
        ("us pays", "walls"),
        ("U.S.", "walls"),
        ("example", "wall"),
        ("example.com", "wall"),
        ("city's", "wall"),
        ("city", "wall"),
        ("author:marsh", "wall election"),
        ("author:\"ada marsh\"", "wall election"),
        ("author:\"marsh ada\"", "wall election"),
        ("AUTHOR:Marsh", "wall election"),
        ("author:ada", "wall election"),
        ("author:akesson", "walls"),
        ("author:åkesson", "walls"),
        ("author:marsh -author:king", "wall"),
        ("author:marsh author:king", "election"),
        ("author:marsh OR author:akesson", "wall walls election"),
        ("topic:sea", "wall"),
        ("topic:\"sea wall\"", "wall"),
        ("topic:\"city budget\"", "wall"),
        ("topic:lovelace", "walls"),
        ("topic:ellory", "wall"),
        ("-topic:sea sea", "walls"),
        ("section:politics", "wall election"),
        ("section:elections", "wall"),
        ("section:politics -wall", "election"),
        ("section:nothing", ""),
        ("author:", ""),
        ("marsh", "wall election"),
        ("lovelace", "walls"),
        ("wahl", "wahl"),
        ("strasse", "wahl"),
        ("STRASSE", "wahl"),
        ("straße", "wahl"),
        ("haus", "wahl"),
        ("grosser", "wahl"),
        ("東京", "tokyo"),
        ("京都", "tokyo"),
        ("東京都", "tokyo"),
        ("都京", ""),
        ("水", "tokyo"),
        ("選挙", "tokyo"),
        ("東京 -水", ""),
        ("서울", "seoul"),
        ("선거", "seoul"),
        ("القاهرة", "cairo"),
        ("القاهره", "cairo"),
        ("absent", ""),
        ("sea absent", ""),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let reader = Reader::new(&t.db);
        let search = loop {
            match Search::find(&reader, &app.search, text, &Wanted::default(), false).await {
                Ok(search) => break search,
                Err(error) => assert_eq!(error.code(), masthead::error::Code::Unavailable),
            }
        };
        let page = search.page(&reader, 50, None, Counting { total: true, ..Counting::default() }).await.unwrap();
        let found: BTreeSet<&str> = page.hits.iter().map(|hit| hit.card.uri.trim_start_matches("urn:t:")).collect();
        let expected: BTreeSet<&str> = expected.split_whitespace().collect();
        if found != expected || page.counts.total != found.len() as u64 {
            wrong.push(format!("{text}: {found:?}, {}, not {expected:?}", page.counts.total));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    followers.stop();
});

/// What a reader may type who means no good, or means nothing.
fn hostile() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if let Some(bytes) = shared::file("data/hostile/naughty-strings/blns.json") {
        all.extend(serde_json::from_slice::<Vec<String>>(&bytes).unwrap());
    }
    for text in [
        "",
        " ",
        "\0",
        "\u{1}\u{7f}",
        "\"",
        "\"\"",
        "\"\"\"",
        "-",
        "--",
        "-\"",
        "-\"\"",
        "*",
        "**",
        "a*",
        "*a",
        "a**",
        "?",
        "~",
        "^2",
        "OR",
        "OR OR",
        "a OR",
        "OR a",
        "-OR",
        "AND NOT",
        "a AND b",
        "(",
        ")",
        "((((",
        "[a TO b]",
        "{a TO b}",
        "a:b",
        ":",
        "author:",
        "author:\"",
        "author:\"\"",
        "-author:",
        "-author:*",
        "topic:-a",
        "section:OR",
        "author:topic:section:a",
        "-\"-\"",
        "\u{202e}abc",
        "\u{feff}",
        "\u{200b}",
        "é\u{301}\u{301}\u{301}",
        "ﷺ",
        "İ",
        "ŉ",
        "ß*",
        "\u{1F468}\u{200d}\u{1F469}\u{200d}\u{1F467}",
        "\u{10FFFF}",
        "\u{FFFF}",
        "a\tb\nc\rd",
        "%00",
        "%",
        "\\",
        "\\\"",
        "'",
        "<mark>",
        "</mark><script>",
        "&lt;",
        "-- -- --",
        "0",
        "-0",
        "1e999",
        "NaN",
        "null",
        "undefined",
    ] {
        all.push(text.to_owned());
    }
    for (part, n) in [
        ("a", 5_000),
        ("\"", 2_000),
        ("-a ", 600),
        ("a OR ", 400),
        ("a* ", 600),
        ("東", 2_000),
        ("é", 2_000),
        ("author:a ", 200),
        ("\u{300}", 2_000),
    ] {
        all.push(part.repeat(n));
    }
    all
}

/// An address with what is typed in it.
fn typed(path: &str, text: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!("{path}?q={query}")
}

/// Whether it is HTML that shows plain text with marked words, and nothing else.
fn is_safe(html: &str) -> bool {
    let plain = html.replace("<mark>", "").replace("</mark>", "");
    !plain.contains(['<', '>', '"', '\''])
        && html.matches("<mark>").count() == html.matches("</mark>").count()
        && plain
            .split('&')
            .skip(1)
            .all(|rest| ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|e| rest.starts_with(e)))
}

both!(nothing_that_is_typed_is_a_fault, async |t| {
    let all = hostile();
    // The texts are written, too, so that they are found and shown.
    let lines: Vec<Value> = all
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(n, text)| {
            let fields = json!({ "headline": format!("Story {n}"), "description_text": text, "body_text": format!("a {text} b") });
            with(story(&format!("urn:t:{n}")), fields)
        })
        .collect();
    t.import(&lines).await;
    let server = t.serve().await;
    let began = std::time::Instant::now();
    while server.get("/v1/search?q=story").await.status() != 200 {
        assert!(began.elapsed().as_secs() < 20, "no index");
    }
    let query = "query($q: String!) { suggest(query: $q) { __typename } search(query: $q, first: 5) { totalCount \
                 pageInfo { hasNextPage } edges { snippet highlight { text marks } } facets { genres { count } years { year count } } } }";
    let (mut hits, mut slowest) = (0, std::time::Duration::ZERO);
    let step = count(2, 1);
    for text in all.iter().skip(t.now().millis() as usize % step).step_by(step) {
        let shown: String = text.chars().take(60).collect();
        let asked = std::time::Instant::now();
        let answer = server.graphql(query, json!({ "q": text })).await;
        slowest = slowest.max(asked.elapsed());
        assert!(answer["errors"].is_null(), "{shown:?}: {answer}");
        let found = &answer["data"]["search"];
        let total = found["totalCount"].as_i64().unwrap();
        for facet in ["genres", "years"] {
            let counted: i64 =
                found["facets"][facet].as_array().unwrap().iter().map(|c| c["count"].as_i64().unwrap()).sum();
            assert_eq!(counted, total, "{shown:?}: {facet}");
        }
        for edge in found["edges"].as_array().unwrap() {
            hits += 1;
            let html = edge["snippet"].as_str().unwrap();
            assert!(is_safe(html), "{shown:?}: {html}");
            // The marks of the plain text are those of the HTML.
            let units: Vec<u16> = edge["highlight"]["text"].as_str().unwrap().encode_utf16().collect();
            let marks = edge["highlight"]["marks"].as_array().unwrap().iter();
            let marks = marks.map(|mark| (mark[0].as_u64().unwrap() as usize, mark[1].as_u64().unwrap() as usize));
            let marked: Vec<String> = marks.map(|(from, to)| String::from_utf16(&units[from..to]).unwrap()).collect();
            let unescape = |text: &str| {
                let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
                text.replace("&#39;", "'").replace("&amp;", "&")
            };
            let in_html: Vec<String> =
                html.split("<mark>").skip(1).map(|rest| unescape(rest.split("</mark>").next().unwrap())).collect();
            assert_eq!(marked, in_html, "{shown:?}: {html}");
            assert_eq!(
                unescape(&html.replace("<mark>", "").replace("</mark>", "")),
                edge["highlight"]["text"].as_str().unwrap()
            );
        }
        if text.chars().count() <= 2_000 {
            for path in ["/v1/search", "/v1/suggest"] {
                let answer = server.get(&typed(path, text)).await;
                assert_eq!(answer.status(), 200, "{path} {shown:?}");
                let answer: Value = answer.json().await.unwrap();
                assert!(
                    path == "/v1/suggest" || answer["totalCount"] == total,
                    "{shown:?}: {total}, {}",
                    answer["totalCount"]
                );
            }
        }
    }
    assert!(hits > all.len(), "hardly anything is found: {hits} hits");
    println!("{:?}: {} hostile queries, {hits} hits, {slowest:?} at the most", t.engine(), all.len());
});

both!(a_walk_from_the_newest_on_is_in_order_and_shows_each_once, async |t| {
    let at = |n: usize| format!("2026-01-{:02}T{:02}:00:00Z", 1 + n / 24 % 28, n % 24);
    let line =
        |uri: String, n: usize| with(story(&uri), json!({ "headline": format!("Ferry {n}"), "published": at(n) }));
    t.import_all(&(0..40).map(|n| line(format!("urn:stays:{n}"), n / 2)).collect::<Vec<_>>()).await;
    let server = t.serve().await;
    let began = std::time::Instant::now();
    while server.get("/v1/search?q=ferry").await.status() != 200 {
        assert!(began.elapsed().as_secs() < 20, "no index");
    }
    for round in 0..count(2, 20) {
        let (mut path, mut found, mut dates) =
            ("/v1/search?q=ferry&order=newest&first=7".to_owned(), Vec::new(), Vec::new());
        loop {
            let seq: i64 = t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await.remove(0).parse().unwrap();
            let request =
                server.client.get(format!("{}{path}", server.base)).header("Masthead-Min-Seq", seq.to_string());
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            for hit in answer["data"].as_array().unwrap_or_else(|| panic!("{answer}")) {
                found.push(hit["article"]["uri"].as_str().unwrap().to_owned());
                dates.push(hit["article"]["publishedAt"].as_str().unwrap().to_owned());
            }
            if answer["pageInfo"]["hasNextPage"] == false {
                break;
            }
            let cursor = answer["pageInfo"]["endCursor"].as_str().unwrap();
            path = format!("/v1/search?q=ferry&order=newest&first=7&after={cursor}");
            // Others come in among them, before and behind the cursor; and one that was shown is changed.
            let changed = line(found[0].clone(), 5);
            t.import_all(&[line(format!("urn:comes:{round}-{}", found.len()), found.len() % 20), changed]).await;
        }
        assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
        let once: BTreeSet<&String> = found.iter().collect();
        assert_eq!(once.len(), found.len(), "one comes twice: {found:?}");
        let stays =
            (0..40).map(|n| format!("urn:stays:{n}")).filter(|uri| !once.contains(uri) && *uri != found[0]).count();
        assert_eq!(stays, 0, "some were never shown");
    }
});

both!(what_is_suggested_says_what_it_is, async |t| {
    let fields = |n: usize| {
        json!({
            "headline": "Marina opens", "subjects": ["Marine Life"], "people": ["Marta Kern"], "places": ["Marburg"],
            "organisations": ["Marlin Trust"], "events": ["Maritime Days"], "entities": ["Mara"],
            "authors": ["Mario Sand"], "slug": format!("marina-{n}"),
        })
    };
    t.import_all(&[
        with(story("urn:t:1"), fields(1)),
        with(story("urn:t:2"), with(fields(2), json!({ "places": ["Marburg", "Märkte"] }))),
    ])
    .await;
    let server = t.serve().await;
    let ask = async |typed: &str| loop {
        let answer = server.get(&format!("{}&first=20", self::typed("/v1/suggest", typed))).await;
        if answer.status() == 200 {
            break answer.json::<Value>().await.unwrap()["data"].as_array().unwrap().clone();
        }
        assert_eq!(answer.status(), 503);
    };
    let all = ask("mar").await;
    let of =
        |kind: &str| all.iter().filter(|s| s["kind"] == kind).map(|s| s["text"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(of("SUBJECT"), ["Marine Life"]);
    assert_eq!(of("PERSON"), ["Marta Kern"]);
    assert_eq!(of("PLACE"), ["Marburg", "Märkte"], "what more articles are about comes first");
    assert_eq!(of("ORGANISATION"), ["Marlin Trust"]);
    assert_eq!(of("EVENT"), ["Maritime Days"]);
    assert_eq!(of("ENTITY"), ["Mara"]);
    assert_eq!(of("AUTHOR"), ["Mario Sand"]);
    assert_eq!(of("ARTICLE"), ["Marina opens", "Marina opens"]);
    assert!(all.last().is_some_and(|last| last["kind"] == "ARTICLE"), "headlines come last");
    let texts =
        async |typed: &str| ask(typed).await.iter().map(|s| s["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts("MARKT").await, ["Märkte"]);
    assert_eq!(texts("kern mar").await, ["Marta Kern"]);
    assert_eq!(texts("marta k").await, ["Marta Kern"]);
    assert_eq!(texts("arta").await, Vec::<String>::new());
    assert_eq!(ask("m").await.len(), 10, "{:?}", texts("m").await);
    assert!(texts("").await.is_empty() && texts("-*").await.is_empty());
    let query = "query { suggest(query: \"mar\", first: 20) { __typename ... on Topic { kind name } ... on Author { name } ... on Article { headline } } }";
    let answer = server.graphql(query, json!({})).await;
    let kinds: BTreeSet<&str> =
        answer["data"]["suggest"].as_array().unwrap().iter().map(|s| s["__typename"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["Article", "Author", "Topic"]), "{answer}");
});

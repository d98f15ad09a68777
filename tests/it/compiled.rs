//! Root fields that are made in one go say, byte for byte, what the library says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, TypeKind, TypeSystemDefinition};
use serde_json::{Map, Value, json};

use crate::harness::chance::Chance;
use crate::harness::http::Server;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};

/// A newsroom that has something of everything that can be shown.
async fn newsroom(t: &TestApp) {
    let lines: Vec<Value> = (0..24)
        .map(|n: usize| {
            let author = |n: usize| {
                let kind = ["staff", "contributor", "independent"][n % 3];
                let mut author = json!({ "name": format!("Author \u{201c}{n}\u{201d}"), "kind": kind });
                if n.is_multiple_of(2) {
                    author["bio"] = json!("Writes\nmuch.");
                    author["organisation"] = json!("The <Works> & Co");
                    author["image"] = json!({ "url": "/portraits/a.jpg", "alt": "A \"portrait\"" });
                }
                author
            };
            let of = |words: &[&str]| words[n % words.len()].to_owned();
            let mut fields = json!({
                "slug": format!("s{n}"),
                "headline": format!("Story {n} \u{2028} with \\ and \" and \u{7}"),
                "description_text": if n.is_multiple_of(5) { "" } else { "A summary\twith a tab." },
                "body_html": format!("<h2>Head {n}</h2><p>Text &amp; <a href=\"/x?a=1&amp;b=2\">link</a> of the ferry {n}.</p><blockquote>Said.</blockquote>"),
                "published": t.now().plus_millis(-3_600_000 * (n as i64 % 7) - 1_234),
                "section": { "name": of(&["Harbour", "Council"]), "parent": { "name": "Town", "description": "All of it." } },
                "authors": (0..n % 3).map(|k| author(n + k)).collect::<Vec<_>>(),
                "subjects": [of(&["Ferries", "Budget"]), "Everything"],
                "people": [format!("Person {}", n % 4)],
                "places": [of(&["Port Ellory", "Hill End"]), "The Coast"],
                "genre": of(&["news", "opinion", "analysis"]),
                "language": if n.is_multiple_of(6) { "de" } else { "en" },
            });
            if n.is_multiple_of(4) {
                fields["label"] = json!("Op-Ed");
                fields["disclaimers"] = json!(["Her own view, <not> ours."]);
                fields["image"] = json!({ "url": "/pictures/sea.jpg", "caption": "The sea", "credit": "C. Ray", "width": 800, "height": 600 });
            }
            if n % 5 == 1 {
                fields["corrections"] = json!([{ "published": t.now().plus_millis(-60_000), "text": "It was \"seven\"." }]);
                fields["canonical_url"] = json!("https://elsewhere.example/a");
                fields["source"] = json!("Wire");
                fields["license"] = json!("CC-BY-4.0");
                fields["copyrightnotice"] = json!("\u{a9} Wire");
                fields["infosources"] = json!([{ "name": "Agency", "url": "https://agency.example/" }, { "name": "Other" }]);
                fields["related"] = json!(["urn:t:2"]);
            }
            with(story(&format!("urn:t:{n}")), fields)
        })
        .collect();
    t.import_all(&lines).await;
}

/// An answer as bytes.
async fn bytes(server: &Server, query: &str, variables: &Value) -> String {
    let body = json!({ "query": query, "variables": variables });
    let answer = server.client.post(format!("{}/graphql", server.base)).json(&body).send().await.unwrap();
    answer.text().await.unwrap()
}

/// How many root fields were made in one go.
async fn compiled(server: &Server) -> u64 {
    let text = server.get("/metrics").await.text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with("masthead_graphql_root_fields_total{by=\"compiled\"}"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// The answers of the library to the whole, of the library to its parts, and of what is compiled.
async fn hold(server: &Server, query: &str, variables: &Value) -> String {
    let whole = bytes(server, query, variables).await;
    for how in ["in parts", "compiled", "compiled again"] {
        assert_eq!(bytes(server, query, variables).await, whole, "{how}: {query} {variables}");
    }
    whole
}

/// Nothing is kept, so each answer is made.
const PLAIN: [(&str, &str); 3] = [("cache.size", "0B"), ("cache.entities", "0B"), ("graphql.max_complexity", "100000")];
/// What answers are made of is kept; so are the blocks that pages share, which are made once.
const SHARES: [(&str, &str); 2] = [PLAIN[0], PLAIN[2]];

/// What the reference pages ask for, and each way of asking.
const CASES: [&str; 17] = [
    "query ($slug: String!) { article(slug: $slug) { __typename id slug headline label genre summary section { __typename slug name parent { name } }
        authors { slug name kind image { url alt } } publishedAt publishedPrecision updatedAt language canonicalUrl url uri version byline wordCount
        image { __typename url alt caption credit width height } body(notices: SEPARATE) { html portableText } disclaimers { text } corrections { publishedAt text }
        topics { slug name kind } moreAbout(first: 5) { topic { slug name kind } articles { slug headline label publishedAt } }
        moreFrom(first: 2, topics: 1) { topic { slug } articles { slug authors { name } } }
        related(first: 5) { article { slug headline label publishedAt } score reasons { kind text } } source license copyrightNotice infoSources { name url } }
        latestNews(first: 5) { slug headline label publishedAt } topNews { slug } }",
    "query ($slug: String) { article(slug: $slug) { body { html portableText markdown text } } }",
    "query ($first: Int = 20, $after: String) { articles(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
        edges { cursor node { slug authors { name } topics { name } section { slug name } image { url } } } } }",
    "query ($slug: String = \"ferries\", $n: Int) { topic(slug: $slug) { id slug name kind description parent { slug } articleCount }
        articles(first: $n, filter: { topic: $slug }) { nodes { slug } } }",
    "query ($n: Int! = 3) { a: latestNews(first: $n) { ...F t: topics(kind: PLACE) { name } } b: latestNews { ...F ...F related { article { ...F } } } }
        fragment F on Article { slug ... on Node { id } ...G } fragment G on Article { authors { name } ... { authors { slug } } }",
    "{ topic(slug: \"ferries\") { articles(first: 2) { nodes { slug section { articles(last: 1) { edges { node { slug } } } } } } } }",
    "{ sections { slug children { slug articleCount } parent { slug } articleCount articles(first: 1) { nodes { authors { articles(first: 1) { totalCount } } } } } }",
    "{ collections { id slug name description rule articles(first: 2) { slug } pinned { slug } } collection(slug: \"top-news\") { articles { slug } } }",
    "{ author(slug: \"author-1\") { id name kind bio organisation url image { url } articleCount articles { nodes { slug } } } section(slug: \"town\") { description } }",
    "{ trending(window: HOUR) { slug } topNews(section: \"harbour\", first: 3) { slug } trendingToo: trending(section: \"nowhere\") { slug } }",
    "{ articles(first: 3, orderBy: OLDEST, filter: { genre: \"opinion\", publishedFrom: \"2020-01-01T00:00:00Z\" }) { nodes { slug } } }",
    "{ article(slug: \"nowhere\") { slug } topic(slug: \"nowhere\") { slug } articles(filter: { author: \"nobody\" }) { totalCount pageInfo { hasNextPage endCursor } nodes { slug } } }",
    "query ($q: String = \"ferry\") { search(query: $q, first: 3) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor score snippet highlight { text marks } node { slug section { name } } } nodes { slug }
        facets { sections { section { slug parent { slug } } count } topics { topic { slug name } count } authors { author { name } count } genres { genre count } years { year count } } } }",
    "{ search(query: \"nothingofthesort\") { totalCount edges { snippet } facets { years { year } } } all: search(query: \"\", orderBy: NEWEST) { nodes { slug } } }",
    "query ($id: ID) { article(id: $id) { slug } author(id: $id) { slug } }",
    "query ($url: String) { article(url: $url) { slug } }",
    "{ latestNews(first: 4) { few: moreFrom(first: 2, topics: 4) { articles { slug } } many: moreFrom(topics: 8) { articles { slug } }
        moreAbout(first: 1, topics: 2) { articles { slug } } } }",
];

both!(what_is_made_in_one_go_is_what_the_library_says, async |t| {
    newsroom(t).await;
    let (server, shares) = (t.serve_as(&PLAIN).await, t.serve_as(&SHARES).await);
    server.settled().await;
    shares.settled().await;
    let slugs = (0..24).map(|n| json!({ "slug": format!("s{n}") }));
    for variables in slugs.chain([json!({ "slug": "nowhere" })]) {
        for query in &CASES[..2] {
            hold(&server, query, &variables).await;
            hold(&shares, query, &variables).await;
        }
    }
    for (n, query) in CASES.iter().enumerate() {
        let before = compiled(&server).await;
        let variables = json!({ "slug": "s4", "url": "/harbour/s4", "id": "art_0000000000000" });
        let answer: Value = serde_json::from_str(&hold(&server, query, &variables).await).unwrap();
        assert!(answer["errors"].is_null(), "{query}: {answer}");
        assert!(compiled(&server).await >= before + 2, "case {n} is not made in one go: {query}");
    }
    // Blocks of several lengths are read together, and nothing stands in one twice.
    let blocks: Value = serde_json::from_str(&bytes(&server, CASES[16], &json!({})).await).unwrap();
    for article in blocks["data"]["latestNews"].as_array().unwrap() {
        for block in ["few", "many", "moreAbout"] {
            let shown =
                article[block].as_array().unwrap().iter().flat_map(|block| block["articles"].as_array().unwrap());
            let mut slugs: Vec<String> = shown.map(|article| article["slug"].to_string()).collect();
            let all = slugs.len();
            slugs.sort_unstable();
            slugs.dedup();
            assert_eq!(slugs.len(), all, "{block}: {article}");
        }
    }
    // Each value of a variable that is not a text is looked at by the library first.
    for n in [0, 1, 7, 100, 101, -1] {
        for query in [CASES[2], CASES[3], CASES[4]] {
            hold(&server, query, &json!({ "n": n, "first": n })).await;
        }
    }
    // What has a fault is said as before, whatever came before it.
    for variables in [json!({ "slug": 5 }), json!({ "slug": null }), json!({ "n": null, "first": null }), json!({})] {
        for query in CASES {
            hold(&server, query, &variables).await;
        }
    }
    for variables in
        [json!({ "after": "nonsense" }), json!({ "id": "nonsense" }), json!({ "id": 7 }), json!({ "url": "/s" })]
    {
        for query in [CASES[2], CASES[14], CASES[15]] {
            hold(&server, query, &variables).await;
        }
    }
});

/// How many queries were left to the library as a whole, by reason.
async fn given_up(server: &Server) -> BTreeMap<String, u64> {
    let text = server.get("/metrics").await.text().await.unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("masthead_graphql_given_up_total{reason=\""));
    lines
        .filter_map(|line| line.split_once("\"} "))
        .map(|(reason, n)| (reason.to_owned(), n.parse().unwrap()))
        .collect()
}

both!(what_is_left_to_the_library_is_counted_by_its_reason, async |t| {
    let (one, two) = (with(story("urn:t:1"), json!({ "slug": "s1" })), with(story("urn:t:2"), json!({ "slug": "s2" })));
    t.import_all(&[one, two.clone()]).await;
    t.import_all(&[with(two, json!({ "status": "canceled", "statusReason": "Wrong." }))]).await;
    let server = t.serve_as(&PLAIN).await;
    server.settled().await;
    let query = "query ($slug: String) { article(slug: $slug) { slug } }";
    let before = given_up(&server).await;
    for _ in 0..4 {
        bytes(&server, query, &json!({ "slug": "s1" })).await;
    }
    assert_eq!(given_up(&server).await, before, "what is well is not left to it");
    for (variables, reason) in [(json!({ "slug": "s2" }), "GONE"), (json!({}), "INVALID_PARAMETER")] {
        let (before, n) = (given_up(&server).await.get(reason).copied().unwrap_or(0), 3);
        for _ in 0..n {
            assert!(bytes(&server, query, &variables).await.contains(reason));
        }
        assert_eq!(given_up(&server).await.get(reason).copied(), Some(before + n), "{reason}");
    }
});

both!(as_many_statements_for_many_rows_as_for_one, async |t| {
    newsroom(t).await;
    let server = t.serve_as(&PLAIN).await;
    server.settled().await;
    let query = "query ($n: Int!) { latestNews(first: $n) { slug authors { name } topics { name articleCount } section { name parent { name } }
        body { html } moreAbout { articles { authors { name } } } moreFrom { articles { topics { name } } }
        related(first: 3) { article { slug section { name } authors { name } body { text } } } } }";
    let mut statements = Vec::new();
    for n in [4, 24] {
        hold(&server, query, &json!({ "n": n })).await;
        // Followers make some beside, so the fewest of several are its own.
        let mut fewest = u64::MAX;
        for _ in 0..8 {
            let before = (t.db.statements(), compiled(&server).await);
            bytes(&server, query, &json!({ "n": n })).await;
            fewest = fewest.min(t.db.statements() - before.0);
            assert_eq!(compiled(&server).await, before.1 + 1);
        }
        statements.push(fewest);
    }
    println!("statements: {statements:?}");
    assert!(statements[1] <= statements[0] + 1, "{statements:?}");
});

/// Random documents over what the schema has.
struct Writer<'a> {
    types: &'a BTreeMap<String, Vec<FieldDefinition>>,
    chance: &'a mut Chance,
    /// What the variables are, and how they are declared.
    variables: Map<String, Value>,
    declared: String,
}

/// The fields of the object types of the schema, by name.
fn types() -> BTreeMap<String, Vec<FieldDefinition>> {
    let definitions = parse_schema(masthead::graphql::sdl()).unwrap().definitions.into_iter();
    let object = |definition| match definition {
        TypeSystemDefinition::Type(named) => match named.node.kind {
            TypeKind::Object(object) => {
                let fields = object.fields.into_iter().map(|field| field.node).collect();
                Some((named.node.name.node.to_string(), fields))
            }
            _ => None,
        },
        _ => None,
    };
    definitions.filter_map(object).collect()
}

fn named(ty: &BaseType) -> &str {
    match ty {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(&inner.base),
    }
}

impl Writer<'_> {
    /// A value for an argument: as it stands, or as a variable.
    fn value(&mut self, argument: &str, ty: &str) -> String {
        let n = self.chance.below(5);
        let slugs = ["s1", "s4", "ferries", "port-ellory", "town", "harbour", "author-1", "top-news", "nowhere"];
        let (text, value) = match argument {
            "first" | "last" | "topics" => (n.to_string(), json!(n)),
            "slug" | "section" => {
                let slug = *self.chance.pick(&slugs);
                (format!("\"{slug}\""), json!(slug))
            }
            "query" => ("\"ferry\"".to_owned(), json!("ferry")),
            "kind" => ("PLACE".to_owned(), json!("PLACE")),
            "window" => ("WEEK".to_owned(), json!("WEEK")),
            "orderBy" => ("RECENTLY_UPDATED".to_owned(), json!("RECENTLY_UPDATED")),
            "filter" => ("{ topic: \"ferries\", language: \"en\" }".to_owned(), json!({ "topic": "ferries" })),
            "notices" => ("INLINE".to_owned(), json!("INLINE")),
            _ => ("null".to_owned(), Value::Null),
        };
        // Search has an order of its own, so that one is written.
        if self.chance.percent(60) || argument == "orderBy" {
            return text;
        }
        let name = format!("v{}", self.variables.len());
        self.variables.insert(name.clone(), value);
        let _ = write!(self.declared, "${name}: {ty} ");
        format!("${name}")
    }

    fn field(&mut self, field: &FieldDefinition, depth: usize) -> Option<String> {
        let below = named(&field.ty.node.base);
        if depth == 0 && self.types.contains_key(below) {
            return None;
        }
        let mut text = String::new();
        if self.chance.percent(15) {
            let _ = write!(text, "a{}: ", self.chance.below(1_000));
        }
        text.push_str(&field.name.node);
        let mut arguments = Vec::new();
        for argument in field.arguments.iter().map(|argument| &argument.node) {
            let name = argument.name.node.as_str();
            // One of the ways to name one thing; and forwards, as mostly.
            let skipped = ["id", "url", "after", "last", "before"].contains(&name);
            let needed = !argument.ty.node.nullable && argument.default_value.is_none() || name == "slug";
            if needed || !skipped && self.chance.percent(40) {
                arguments.push(format!("{name}: {}", self.value(name, &argument.ty.node.to_string())));
            }
        }
        if !arguments.is_empty() {
            let _ = write!(text, "({})", arguments.join(", "));
        }
        if self.types.contains_key(below) {
            let selection = self.selection(below, depth - 1);
            let _ = write!(text, " {{ {selection} }}");
        } else if below == "Suggestion" {
            text.push_str(" { __typename }");
        }
        Some(text)
    }

    fn selection(&mut self, of: &str, depth: usize) -> String {
        let fields = &self.types[of];
        let mut chosen = Vec::new();
        if self.chance.percent(30) {
            chosen.push("__typename".to_owned());
        }
        for _ in 0..1 + self.chance.below(6) {
            let field = self.chance.pick(fields).clone();
            let text = self.field(&field, depth);
            chosen.extend(match text {
                Some(text) if self.chance.percent(10) => Some(format!("... on {of} {{ {text} }}")),
                other => other,
            });
        }
        if chosen.is_empty() {
            chosen.push("__typename".to_owned());
        }
        chosen.join(" ")
    }
}

/// The root fields that show what is published.
const ROOTS: [&str; 15] = [
    "article",
    "article",
    "article",
    "articles",
    "latestNews",
    "topNews",
    "trending",
    "author",
    "topic",
    "section",
    "sections",
    "collection",
    "collections",
    "topics",
    "search",
];

both!(no_document_is_told_another_thing, async |t| {
    newsroom(t).await;
    let (server, shares) = (t.serve_as(&PLAIN).await, t.serve_as(&SHARES).await);
    server.settled().await;
    shares.settled().await;
    let (types, mut chance) = (types(), Chance::new());
    let (rounds, mut sound) = (count(400, 20_000), 0);
    for round in 0..rounds {
        let mut roots = Vec::new();
        let mut writer = Writer { types: &types, chance: &mut chance, variables: Map::new(), declared: String::new() };
        for n in 0..1 + writer.chance.below(2) {
            let root = *writer.chance.pick(&ROOTS);
            let field = types["Query"].iter().find(|field| field.name.node == root).unwrap();
            roots.extend(writer.field(field, 4).map(|text| match text.split_once(": ") {
                Some((alias, _)) if alias.starts_with('a') && alias.len() < 5 => text,
                _ => format!("r{n}: {text}"),
            }));
        }
        let (declared, variables) = (writer.declared, Value::Object(writer.variables));
        let declared = if declared.is_empty() { declared } else { format!("({declared})") };
        let asked = if round % 3 == 0 { &shares } else { &server };
        let answer = hold(asked, &format!("query {declared} {{ {} }}", roots.join(" ")), &variables).await;
        sound += usize::from(!answer.contains("\"errors\""));
    }
    let made = compiled(&server).await;
    println!("{rounds} documents, {sound} of them sound, {made} root fields made in one go");
    assert!(sound > rounds / 2 && made > rounds as u64 / 2, "{sound} sound, {made} made in one go");
});

/// Every field that is not made in one go, by its type: whoever adds one to the schema says where it belongs.
const LEFT: [(&str, &[&str]); 2] = [
    ("Article", &["duplicates", "jsonLd"]),
    // Of accounts, of the newsroom, of the log; lists by name.
    ("Query", &["authors", "suggest", "topics", "node", "nodes"]),
];

both!(every_field_of_what_is_published_is_known, async |t| {
    newsroom(t).await;
    let server = t.serve_as(&PLAIN).await;
    server.settled().await;
    let types = types();
    let left = |ty: &str, field: &str| LEFT.iter().any(|(t, fields)| *t == ty && fields.contains(&field));
    // How each type is come to from an article or a collection.
    let ways = [
        ("Article", "article(slug: \"s1\") { $ }"),
        ("Author", "article(slug: \"s1\") { authors { $ } }"),
        ("Topic", "article(slug: \"s1\") { topics { $ } }"),
        ("Section", "article(slug: \"s1\") { section { $ } }"),
        ("Image", "article(slug: \"s4\") { image { $ } }"),
        ("ArticleBody", "article(slug: \"s1\") { body { $ } }"),
        ("Disclaimer", "article(slug: \"s4\") { disclaimers { $ } }"),
        ("Correction", "article(slug: \"s1\") { corrections { $ } }"),
        ("InformationProvider", "article(slug: \"s1\") { infoSources { $ } }"),
        ("TopicBlock", "article(slug: \"s1\") { moreAbout { $ } }"),
        ("Related", "article(slug: \"s1\") { related { $ } }"),
        ("RelatedReason", "article(slug: \"s1\") { related { reasons { $ } } }"),
        ("ArticleConnection", "articles { $ }"),
        ("ArticleEdge", "articles { edges { $ } }"),
        ("PageInfo", "articles { pageInfo { $ } }"),
        ("Collection", "collection(slug: \"top-news\") { $ }"),
        ("SearchConnection", "search(query: \"ferry\") { $ }"),
        ("SearchEdge", "search(query: \"ferry\") { edges { $ } }"),
        ("SnippetBody", "search(query: \"ferry\") { edges { highlight { $ } } }"),
        ("SearchFacets", "search(query: \"ferry\") { facets { $ } }"),
        ("SectionCount", "search(query: \"ferry\") { facets { sections { $ } } }"),
        ("TopicCount", "search(query: \"ferry\") { facets { topics { $ } } }"),
        ("AuthorCount", "search(query: \"ferry\") { facets { authors { $ } } }"),
        ("GenreCount", "search(query: \"ferry\") { facets { genres { $ } } }"),
        ("YearCount", "search(query: \"ferry\") { facets { years { $ } } }"),
    ];
    for (ty, way) in ways {
        for field in &types[ty] {
            let name = field.name.node.as_str();
            let below = if types.contains_key(named(&field.ty.node.base)) { " { __typename }" } else { "" };
            let query = format!("{{ {} }}", way.replace('$', &format!("{name}{below}")));
            let before = compiled(&server).await;
            hold(&server, &query, &json!({})).await;
            let made = compiled(&server).await > before;
            assert_eq!(made, !left(ty, name), "{ty}.{name} is made in one go, or stands in the list of what is not");
        }
    }
});

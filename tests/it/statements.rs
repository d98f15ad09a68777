//! How many SQL statements an operation costs: as many for one result as for a hundred.
//!
//! The reference operations are asked over GraphQL, in the shared folder's own text where it is there, else in ours.
//! Other lists are asked too: what is batched in one place is easily forgotten in another.

use std::collections::BTreeMap;

use async_graphql::{Request, Variables};
use masthead::catalogue::{changes, collection};
use masthead::graphql::documents::Documents;
use masthead::graphql::{Asked, schema};
use masthead::store::migrate;
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{Home, TestApp, both, shared};

/// Stories that share everything that stories can share, each with a name of its own beside it.
fn stories(n: usize) -> Vec<Value> {
    let one = |n: usize| {
        with(
            story(&format!("urn:t:{n}")),
            json!({
                "slug": format!("story-{n}"),
                "published": format!("2026-01-{:02}T{:02}:00:00Z", 1 + n % 28, n % 24),
                "section": { "name": "Elections", "parent": { "name": "Politics" } },
                "authors": ["Ada Marsh", format!("Author {}", n % 50)],
                "subjects": [{ "name": "Budget", "parent": { "name": "Money" } }, format!("Subject {}", n % 40)],
                "places": ["Harbour", format!("Place {}", n % 30)],
                "people": [format!("Person {}", n % 20)],
                "image": { "url": "https://example.org/a.png", "alt": "A bridge" },
                "genre": "opinion",
            }),
        )
    };
    (0..n).map(one).collect()
}

/// An operation and what it is asked with for few results and for many.
struct Operation {
    name: String,
    text: String,
    few: Value,
    many: Value,
}

fn operations() -> Vec<Operation> {
    let reference = |name: &str, own: &str| {
        let shared = shared::file(&format!("reference/{name}.graphql")).map(|bytes| String::from_utf8(bytes).unwrap());
        shared.unwrap_or_else(|| own.to_owned())
    };
    let mut all = Vec::new();
    let mut add = |name: &str, text: String, few: Value, many: Value| {
        all.push(Operation { name: name.to_owned(), text, few, many });
    };
    let one = json!({ "slug": "story-0" });
    add("page", reference("page", include_str!("../../benches/operations/page.graphql")), one.clone(), one.clone());
    let lite = reference("page-lite", include_str!("../../benches/operations/page-lite.graphql"));
    add("page-lite", lite, one.clone(), one);
    let front = reference("front", include_str!("../../benches/operations/front.graphql"));
    add("front", front, json!({ "first": 1 }), json!({ "first": 100 }));
    let topic = reference("topic", include_str!("../../benches/operations/topic.graphql"));
    add("topic", topic, json!({ "slug": "budget", "first": 1 }), json!({ "slug": "budget", "first": 100 }));
    for (name, text) in [
        ("lists", "{ slug authors { slug kind } section { slug parent { slug } } topics { slug parent { slug } } }"),
        ("related", "{ slug related(first: 3) { article { slug section { slug } } reasons { text } } }"),
        ("blocks", "{ slug moreAbout(first: 2) { topic { slug } articles { slug authors { slug } } } }"),
        ("notices", "{ slug disclaimers { text } corrections { text } }"),
        ("bodies", "{ slug body { html } }"),
    ] {
        for filter in
            ["", ", filter: { section: \"politics\" }", ", filter: { author: \"ada-marsh\", place: \"harbour\" }"]
        {
            let text = format!("query ($first: Int) {{ articles(first: $first{filter}) {{ nodes {text} }} }}");
            // With one row a step may find all that it needs in what came before, and be spared.
            add(&format!("{name}{filter}"), text, json!({ "first": 5 }), json!({ "first": 80 }));
        }
    }
    let names = "query ($first: Int) { authors(first: $first) { nodes { slug } } \
                 topics(first: $first) { nodes { slug parent { slug } } } }";
    add("names", names.to_owned(), json!({ "first": 1 }), json!({ "first": 50 }));
    let back = "query ($first: Int) { articles(last: $first) { totalCount pageInfo { hasNextPage hasPreviousPage } \
                nodes { slug topics { slug } } } }";
    add("backwards", back.to_owned(), json!({ "first": 1 }), json!({ "first": 50 }));
    all
}

/// What a process reads once, and again only when it has changed, the collections; and related news as it is kept.
async fn warm(t: &TestApp) {
    let followers = masthead::followers::start(&t.app());
    crate::related::settled(&t.db).await;
    followers.stop();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    collection::all(&t.reader()).await.unwrap();
}

/// Asks, and gives the number of statements and of results.
async fn ask(t: &TestApp, operation: &Operation, variables: &Value) -> (u64, usize) {
    let app = t.app();
    let schema = schema(&app, &Documents::open(&app.settings.graphql).unwrap());
    let request = Request::new(&operation.text).variables(Variables::from_json(variables.clone()));
    // As a server does four times a second, so that no operation has to.
    changes::head(&t.db).await.unwrap();
    let before = t.db.statements();
    let response = Asked::anonymous(&app).run(&schema, request).await;
    let statements = t.db.statements() - before;
    assert!(response.errors.is_empty(), "{}: {:?}", operation.name, response.errors);
    let text = serde_json::to_string(&response.data).unwrap();
    (statements, text.matches("\"slug\"").count() + text.matches("\"headline\"").count())
}

async fn as_many_for_one_as_for_a_hundred(t: &TestApp) {
    t.import_all(&stories(120)).await;
    warm(t).await;
    let mut counts = BTreeMap::new();
    for operation in operations() {
        let few = ask(t, &operation, &operation.few).await;
        let many = ask(t, &operation, &operation.many).await;
        assert!(many.1 >= few.1, "{}: {few:?} {many:?}", operation.name);
        counts.insert(operation.name.clone(), (few, many));
    }
    for (name, ((few, small), (many, large))) in &counts {
        println!("{:?} {name}: {few} statements for {small} names, {many} for {large}", t.engine());
    }
    for (name, ((few, _), (many, _))) in counts {
        if name.starts_with("related") {
            // In related news of a whole list some rows may find their neighbours loaded already, run a step ahead and
            // ask once more: bounded by the number of steps, whatever the number of rows.
            assert!(many <= few + 1, "{name} costs {few} statements, and {many} for more results");
        } else {
            assert_eq!(few, many, "{name} costs more statements for more results");
        }
    }
}

both!(an_operation_costs_as_many_statements_for_one_result_as_for_a_hundred, async |t| {
    as_many_for_one_as_for_a_hundred(t).await;
});

// The page's lists are of a fixed length, so here the catalogue grows: few neighbours, or a hundred.
both!(a_page_costs_as_many_statements_with_few_neighbours_as_with_a_hundred, async |t| {
    let home = Home::new(t.engine(), "few").await.expect("the first database was there too");
    migrate::run(&home.options(), false).await.unwrap();
    let small = TestApp::over(home.options()).await;
    small.import_all(&stories(8)).await;
    t.import_all(&stories(120)).await;
    warm(&small).await;
    warm(t).await;
    for operation in operations().iter().take(2) {
        let (few, names) = ask(&small, operation, &operation.few).await;
        let (many, more) = ask(t, operation, &operation.few).await;
        println!(
            "{:?} {}: {few} statements among 8 articles ({names} names), {many} among 120 ({more})",
            t.engine(),
            operation.name
        );
        assert_eq!(few, many, "{}", operation.name);
    }
    drop(small);
    home.remove().await;
});

both!(lists_that_the_latest_news_fill_up_cost_as_many_statements_for_few_rows_as_for_many, async |t| {
    // Two by two they share a topic and no more, so the list of each has one article, and no two lists have the same.
    let one = |n: usize| {
        let fields = json!({
            "slug": format!("story-{n}"),
            "published": format!("2026-01-{:02}T{:02}:00:00Z", 1 + n / 24, n % 24),
            "subjects": [format!("Pair {}", n % 30)],
        });
        with(story(&format!("urn:t:{n}")), fields)
    };
    t.import_all(&(0..60).map(one).collect::<Vec<_>>()).await;
    warm(t).await;
    let text = "query ($first: Int) { articles(first: $first, orderBy: OLDEST) { nodes { slug \
                related(first: 3) { article { slug } reasons { text } } } } }";
    let (few, many) = (json!({ "first": 5 }), json!({ "first": 25 }));
    let operation = Operation { name: "filled up".to_owned(), text: text.to_owned(), few, many };
    let (few, small) = ask(t, &operation, &operation.few).await;
    let (many, large) = ask(t, &operation, &operation.many).await;
    println!("{:?}: {few} statements for 5 rows, {many} for 25", t.engine());
    assert_eq!((small, large), (5 * 4, 25 * 4), "each row has its slug and three beside");
    assert!(many <= few + 1, "{few} statements, and {many} for more rows");
});

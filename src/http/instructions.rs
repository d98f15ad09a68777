//! What `tests/instructions.sh` counts: the same request again and again, in this process, under valgrind.

use actix_web::http::header;
use actix_web::test::{self, TestRequest};
use actix_web::web;
use serde_json::{Value, json};

use super::{routes, shell::Shell};
use crate::app::App;
use crate::config::{Settings, Sources};
use crate::formats::item::Item;
use crate::graphql::documents::Documents;
use crate::graphql::{self, roots::Roots};
use crate::identity::Identity;
use crate::model::time::Clock;
use crate::model::viewer::Viewer;
use crate::newsroom::import::Importer;

const PAGE: &str =
    "query ($slug: String!) { article(slug: $slug) { id slug headline label summary section { slug name }
    authors { slug name kind } publishedAt body(notices: INLINE) { html } disclaimers { text } corrections { text }
    topics { slug name kind } moreAbout { topic { slug name } articles { slug headline } } }
    latestNews(first: 5) { slug headline } topNews(first: 5) { slug headline } }";

fn story(n: usize) -> Value {
    json!({
        "uri": format!("urn:counted:{n}"), "slug": format!("s{n}"), "headline": format!("Story {n}"),
        "published": format!("2026-01-{:02}T10:00:00Z", n + 1), "description_text": "A summary.",
        "body_text": "A paragraph of some length, which a page shows. ".repeat(40), "section": "Harbour",
        "authors": [{ "name": "Ann Marsh" }], "subjects": ["Ferries", "Budget"], "places": ["Port Ellory"],
    })
}

/// Sends `REQUESTS` requests of the sort `SORT`: `hot` (a kept page), `unchanged` (its 304) or `cold` (a page that is made
/// anew over what is kept of single things).
///
/// What is counted is what runs inside of [`counted`]: neither the start, which differs from run to run, nor other threads.
#[test]
#[ignore = "its work is counted by tests/instructions.sh"]
fn requests() {
    let setting = |name: &str| std::env::var(name).unwrap();
    let (sort, requests): (String, usize) = (setting("SORT"), setting("REQUESTS").parse().unwrap());
    let system = actix_web::rt::System::new();
    let folder = tempfile::tempdir().unwrap();
    let app = system.block_on(newsroom(folder.path(), if sort == "cold" { "0B" } else { "16MiB" }));
    let documents = Documents::open(&app.settings.graphql).unwrap();
    let service = Shell::new(app.settings.clone())
        .keeping(&app)
        .app()
        .app_data(web::Data::new(graphql::schema(&app, &documents)))
        .app_data(web::Data::new(documents))
        .app_data(web::Data::new(app.clone()))
        .app_data(web::Data::new(system.block_on(Identity::open(&app)).unwrap()))
        .app_data(web::Data::new(Roots::new(&app)))
        .configure(routes::configure);
    let service = system.block_on(test::init_service(service));
    let ask = async |n: usize, held: Option<&str>| {
        let body = json!({ "query": PAGE, "variables": { "slug": format!("s{}", n % 20) } });
        let request = match held {
            Some(tag) => TestRequest::get().uri("/v1/articles/s1").insert_header((header::IF_NONE_MATCH, tag)),
            None => TestRequest::post().uri("/graphql").set_json(body),
        };
        test::call_service(&service, request.to_request()).await
    };
    let tag = system.block_on(async {
        // Until everything is as it will be.
        for n in 0..60 {
            assert_eq!(ask(n, None).await.status(), 200);
        }
        let article = TestRequest::get().uri("/v1/articles/s1").to_request();
        let article = test::call_service(&service, article).await;
        article.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned()
    });
    let (held, status) = if sort == "unchanged" { (Some(tag.as_str()), 304) } else { (None, 200) };
    counted(&system, async {
        for n in 0..requests {
            let response = ask(n, held).await;
            assert_eq!(response.status(), status);
            test::read_body(response).await;
        }
    });
}

/// The function by whose name valgrind is told when to count.
#[inline(never)]
fn counted(system: &actix_web::rt::SystemRunner, requests: impl Future<Output = ()>) {
    system.block_on(requests);
}

/// A newsroom of twenty stories, whose answers are kept in so much memory.
async fn newsroom(folder: &std::path::Path, size: &str) -> App {
    let sources = Sources::none()
        .flag("database.url", format!("sqlite://{}", folder.join("test.db").display()))
        .flag("cache.size", size)
        .flag("rate_limit.enabled", "false")
        .flag("log.requests", "false");
    let app = App::open(Settings::load(&sources).unwrap(), Clock::system()).await.unwrap();
    let importer = Importer::new(&app.db, &Viewer::system(), "en", false).unwrap();
    let raw = (0..20).zip(1..).map(|(n, line)| Item::json(line, story(n).to_string().into_bytes()));
    importer.write(importer.prepare(raw.collect()).await.unwrap()).await.unwrap();
    app
}

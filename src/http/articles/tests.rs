//! The door as a client meets it: all layers, all routes, a database of its own.

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header;
use actix_web::test::{self, TestRequest};
use actix_web::web;
use serde_json::{Value, json};

use crate::app::App;
use crate::config::{Settings, Sources};
use crate::followers;
use crate::formats::item::Item;
use crate::http::{browser::Description, endpoint::Method, routes, shell::Shell};
use crate::identity::Identity;
use crate::model::time::Clock;
use crate::model::viewer::Viewer;
use crate::newsroom::import::Importer;

struct House {
    app: App,
    _folder: tempfile::TempDir,
}

/// An application on an SQLite file of its own, with these lines imported.
async fn house(lines: &[Value], flags: &[(&str, &str)]) -> House {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let sources = Sources::none().flag("database.url", &url).flag("site.url", "https://news.example");
    let sources = flags.iter().fold(sources, |sources, (key, value)| sources.flag(*key, *value));
    let app = App::open(Settings::load(&sources).unwrap(), Clock::system()).await.unwrap();
    let house = House { app, _folder: folder };
    house.import(lines).await;
    house
}

impl House {
    async fn import(&self, lines: &[Value]) {
        let importer = Importer::new(&self.app.db, &Viewer::system(), "en", false).unwrap();
        let raw = lines.iter().zip(1..).map(|(line, number)| Item::json(number, line.to_string().into_bytes()));
        let report = importer.write(importer.prepare(raw.collect()).await.unwrap()).await.unwrap();
        assert!(report.failed.is_empty(), "{:?}", report.failed);
    }

    async fn send(&self, req: TestRequest) -> ServiceResponse {
        let shell = Shell::new(self.app.settings.clone());
        let followers = followers::start(&self.app);
        let identity = Identity::open(&self.app).await.unwrap();
        let service = shell
            .app()
            .app_data(web::Data::new(self.app.clone()))
            .app_data(web::Data::new(followers.clone()))
            .app_data(web::Data::new(identity))
            .app_data(web::Data::new(crate::graphql::roots::Roots::new(&self.app)))
            .app_data(web::Data::new(Description::new(self.app.settings.page).unwrap()))
            .configure(routes::configure);
        let response = test::call_service(&test::init_service(service).await, req.to_request()).await;
        followers.stop();
        response.map_into_boxed_body()
    }

    async fn get(&self, path: &str) -> ServiceResponse {
        self.send(TestRequest::with_uri(path)).await
    }

    /// The body of a 200.
    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        body(response).await
    }

    /// The statements that answering takes, the followers' apart.
    async fn statements(&self, path: &str) -> u64 {
        let before = self.app.db.statements();
        let response =
            actix_web::rt::time::timeout(std::time::Duration::from_secs(5), self.direct(path)).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        self.app.db.statements() - before
    }

    /// As [`House::get`] without followers, whose own statements would be counted.
    async fn direct(&self, path: &str) -> ServiceResponse {
        let shell = Shell::new(self.app.settings.clone());
        let service = shell.app().app_data(web::Data::new(self.app.clone())).configure(routes::configure);
        let req = TestRequest::with_uri(path).to_request();
        test::call_service(&test::init_service(service).await, req).await.map_into_boxed_body()
    }
}

async fn body<B: MessageBody>(response: ServiceResponse<B>) -> Value {
    let bytes = test::read_body(response).await;
    serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"))
}

fn head<'a>(response: &'a ServiceResponse, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// One story; each is published an hour after the one before it.
fn story(n: i64) -> Value {
    json!({
        "uri": format!("urn:story:{n}"),
        "slug": format!("story-{n}"),
        "headline": format!("Story {n}"),
        "published": format!("2026-01-{:02}T10:00:00Z", n),
        "body_text": "One paragraph.",
        "section": "politics",
        "genre": if n == 1 { "opinion" } else { "news" },
        "label": if n == 1 { json!("Op-Ed") } else { Value::Null },
        "authors": [{ "code": "ann", "name": "Ann", "kind": "independent" }, { "code": "bo", "name": "Bo" }],
        "subjects": [{ "code": "ferries", "name": "Ferries" }],
        "places": [{ "code": "quay", "name": "Quay" }],
        "image": { "url": "/sample/a.png", "credit": "Cy" },
        "source": "The Wire",
    })
}

fn stories(n: i64) -> Vec<Value> {
    (1..=n).map(story).collect()
}

#[actix_web::test]
async fn an_article_has_everything_on_its_page() {
    let house = house(&stories(7), &[]).await;
    // What is related is found in the index, which a busy machine does not make at once.
    for _ in 0..50 {
        if house.get("/v1/search").await.status() == 200 {
            break;
        }
    }
    let whole = "include=authors,topics,section,image,related,moreAbout,moreFrom,latestNews,topNews";
    let page = house.json(&format!("/v1/articles/story-1?{whole}&body=html,text,markdown,portableText")).await;
    assert_eq!((&page["headline"], &page["byline"]), (&json!("Story 1"), &json!("Ann and Bo")));
    assert_eq!((&page["authors"][0]["kind"], &page["authors"][0]["bio"]), (&json!("INDEPENDENT"), &Value::Null));
    assert_eq!(page["url"], "https://news.example/politics/story-1");
    assert_eq!(
        (&page["image"]["url"], &page["image"]["credit"]),
        (&json!("https://news.example/sample/a.png"), &json!("Cy"))
    );
    assert_eq!(page["publishedAt"], "2026-01-01T10:00:00.000Z");
    for (part, rows) in [("related", 5), ("latestNews", 5), ("topNews", 5), ("moreAbout", 1), ("moreFrom", 1)] {
        assert_eq!(page[part].as_array().unwrap().len(), rows, "{part}");
    }
    assert_eq!(page["moreFrom"][0]["topic"]["kind"], "PLACE");
    assert_eq!(page["moreAbout"][0]["articles"].as_array().unwrap().len(), 5);
    assert_eq!(page["related"][0]["reasons"][0]["kind"], "SHARED_TOPIC");
    // The disclaimer of the default rule stands in every rendering and beside them.
    let disclaimer = page["disclaimers"][0]["text"].as_str().unwrap();
    for rendering in ["html", "text", "markdown"] {
        let text = page["body"][rendering].as_str().unwrap();
        assert!(text.contains("Op-Ed") && text.contains("editorial position"), "{rendering}: {text}");
    }
    assert_eq!(page["body"]["portableText"][1]["children"][0]["text"], disclaimer);
    // By id it is the same.
    let id = page["id"].as_str().unwrap();
    assert_eq!(house.json(&format!("/v1/articles/{id}?fields=slug")).await["slug"], "story-1");
}

#[actix_web::test]
async fn fields_select_and_notices_stay() {
    let house = house(&stories(2), &[]).await;
    let always = ["label", "disclaimers", "corrections", "source", "license", "copyrightNotice"];
    for (path, at) in
        [("/v1/articles/story-1?fields=headline", ""), ("/v1/articles?fields=headline&order=oldest", "/data/0")]
    {
        let answer = house.json(path).await;
        let article = answer.pointer(at).unwrap().as_object().unwrap();
        let mut names: Vec<&str> = article.keys().map(String::as_str).collect();
        names.retain(|name| !always.contains(name));
        assert_eq!(names, ["headline"], "{path}");
        assert!(always.iter().all(|name| article.contains_key(*name)), "{path}");
        assert_eq!((&article["label"], &article["source"]), (&json!("Op-Ed"), &json!("The Wire")));
        assert_eq!(article["disclaimers"].as_array().unwrap().len(), 1, "{path}");
    }
    let listed = house.json("/v1/articles").await;
    assert_eq!((&listed["data"][0]["body"], &listed["data"][0]["section"]["name"]), (&Value::Null, &json!("Politics")));
    assert_eq!(listed["data"][0]["topics"][0]["bio"], Value::Null);
}

#[actix_web::test]
async fn links_walk_a_list_both_ways() {
    let house = house(&stories(5), &[]).await;
    let slugs = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|a| a["slug"].as_str().unwrap().to_owned()).collect()
    };
    let link = |response: &ServiceResponse, relation: &str| {
        let all = head(response, "link").split(", <").map(|l| l.trim_start_matches('<').to_owned()).collect::<Vec<_>>();
        let end = format!("rel=\"{relation}\"");
        all.into_iter().find(|l| l.ends_with(&end)).map(|l| l.split('>').next().unwrap().to_owned())
    };
    for order in ["newest", "oldest", "recently-updated"] {
        let (mut next, mut seen, mut last) =
            (Some(format!("/v1/articles?order={order}&first=2&topic=ferries")), vec![], None);
        while let Some(path) = next {
            let response = house.get(&path).await;
            next = link(&response, "next");
            assert_eq!(link(&response, "prev").is_some(), !seen.is_empty());
            let page = body(response).await;
            assert_eq!(page["totalCount"], 5);
            seen.extend(slugs(&page));
            last = Some(path);
        }
        assert_eq!(seen.len(), 5, "{order}");
        let (mut prev, mut back) = (last, Vec::new());
        while let Some(path) = prev {
            let response = house.get(&path).await;
            prev = link(&response, "prev");
            back.splice(0..0, slugs(&body(response).await));
        }
        assert_eq!(back, seen, "{order}");
    }
    let tail = house.json("/v1/articles?first=3&last=1&order=oldest").await;
    assert_eq!((slugs(&tail), &tail["pageInfo"]["hasPreviousPage"]), (vec!["story-3".to_owned()], &json!(true)));
    let none = house.json("/v1/articles?section=nothing").await;
    assert_eq!(
        (&none["totalCount"], &none["pageInfo"]["hasNextPage"], &none["pageInfo"]["endCursor"]),
        (&json!(0), &json!(false), &Value::Null)
    );
}

#[actix_web::test]
async fn what_moved_and_what_is_gone_say_so() {
    let house = house(&stories(2), &[]).await;
    let mut moved = story(1);
    moved["slug"] = json!("story-one");
    moved["previousSlugs"] = json!(["story-1", "an-older-name"]);
    let mut gone = story(2);
    gone["status"] = json!("canceled");
    gone["statusReason"] = json!("The source withdrew it.");
    house.import(&[moved, gone]).await;

    let response = house.get("/v1/articles/an-older-name/related?first=2").await;
    assert_eq!(response.status(), 308);
    let now = house.json("/v1/articles?fields=slug").await["data"][0]["slug"].as_str().unwrap().to_owned();
    assert_eq!(head(&response, "location"), format!("/v1/articles/{now}/related?first=2"));

    let response = house.get("/v1/articles/story-2?fields=slug").await;
    assert_eq!((response.status().as_u16(), head(&response, "content-type")), (410, "application/problem+json"));
    let id = head(&response, "x-request-id").to_owned();
    let problem = body(response).await;
    assert_eq!((&problem["code"], &problem["reason"]), (&json!("GONE"), &json!("The source withdrew it.")));
    assert_eq!((&problem["killed"], &problem["requestId"]), (&json!(false), &json!(id)));
    assert!(problem["withdrawnAt"].as_str().unwrap().ends_with('Z'));

    let response = house.get("/v1/articles/never-was").await;
    assert_eq!((response.status().as_u16(), &body(response).await["code"]), (404, &json!("NOT_FOUND")));
}

#[actix_web::test]
async fn unchanged_answers_are_304_and_head_has_no_body() {
    let house = house(&stories(2), &[]).await;
    let response = house.get("/v1/articles?first=1").await;
    let (tag, seq) = (head(&response, "etag").to_owned(), head(&response, "masthead-seq").to_owned());
    assert!(tag.len() == 34 && seq.parse::<i64>().unwrap() > 0, "{tag} {seq}");
    let again = TestRequest::with_uri("/v1/articles?first=1").insert_header((header::IF_NONE_MATCH, tag.clone()));
    let response = house.send(again).await;
    assert_eq!((response.status().as_u16(), head(&response, "etag")), (304, tag.as_str()));
    assert!(head(&response, "link").contains("rel=\"next\""));
    let options = TestRequest::with_uri("/v1/articles").method(actix_web::http::Method::OPTIONS);
    let response = house.send(options).await;
    assert_eq!((response.status().as_u16(), head(&response, "allow")), (204, "GET, HEAD, OPTIONS"));
    let response = house.send(TestRequest::post().uri("/v1/articles")).await;
    assert_eq!((response.status().as_u16(), head(&response, "allow")), (405, "GET, HEAD, OPTIONS"));
    let png = TestRequest::with_uri("/v1/articles").insert_header((header::ACCEPT, "image/png"));
    assert_eq!(house.send(png).await.status(), 406);
}

#[actix_web::test]
async fn every_endpoint_refuses_what_it_does_not_know() {
    let house = house(&stories(1), &[]).await;
    // What a provider sends beside its answer is to be ignored (RFC 6749, 4.1.2).
    for endpoint in routes::CONTRACT.iter().filter(|endpoint| !endpoint.path.ends_with("/callback")) {
        let path =
            endpoint.path.replace("{provider}", "x").replace("{idOrSlug}", "ferries").replace("{slug}", "top-news");
        let mut parts = path.split('/').skip(2);
        let id = match (parts.next(), parts.next()) {
            (Some("newsroom"), Some("collections")) => "col_0cf9b4z8r1c0g",
            (Some("newsroom"), Some("topics")) => "top_0cf9b4z8r1c0g",
            (Some("newsroom"), Some("sections")) => "sec_0cf9b4z8r1c0g",
            (Some("newsroom"), Some("authors")) => "aut_0cf9b4z8r1c0g",
            (Some("newsroom"), _) => "art_0cf9b4z8r1c0g",
            (Some("me"), _) => "ses_0cf9b4z8r1c0g",
            _ => "acc_0cf9b4z8r1c0g",
        };
        let path = path
            .replace("{id}", id)
            .replace("{article}", "art_0cf9b4z8r1c0g")
            .replace("{format}", if endpoint.path.starts_with("/feeds") { "rss" } else { "jsonld" })
            .replace("{month}", "2026-10")
            .replace("{number}", "1")
            .replace("{preview}", "pre_0cf9b4z8r1c0g");
        let uri = format!("{path}?nonsense=1");
        let request = match endpoint.method {
            Method::Get => TestRequest::get(),
            Method::Post => TestRequest::post(),
            Method::Put => TestRequest::put(),
            Method::Patch => TestRequest::patch(),
            Method::Delete => TestRequest::delete(),
        };
        let response = house.send(request.uri(&uri)).await;
        assert_eq!(response.status(), 400, "{path}");
        let problem = body(response).await;
        assert_eq!(
            (&problem["code"], &problem["parameter"]),
            (&json!("INVALID_PARAMETER"), &json!("nonsense")),
            "{path}"
        );
    }
    for path in
        ["/v1/articles?after=bjox", "/v1/articles?after=abc", "/v1/authors?before=bjoxOjI", "/v1/topics?after=YTpiOmM"]
    {
        let response = house.get(path).await;
        assert_eq!(
            (response.status().as_u16(), &body(response).await["code"]),
            (400, &json!("INVALID_CURSOR")),
            "{path}"
        );
    }
    let stray = body(house.get("/v2/articles").await).await;
    assert_eq!(stray["code"], "NOT_FOUND");
}

#[actix_web::test]
async fn other_nouns_are_shown_by_slug_and_by_id() {
    let house = house(&stories(3), &[]).await;
    for (list, one, count) in [
        ("/v1/authors?query=an", "/v1/authors/ann", 3),
        ("/v1/topics?kind=place", "/v1/topics/quay", 3),
        ("/v1/sections", "/v1/sections/politics", 3),
    ] {
        let listed = house.json(list).await["data"].as_array().unwrap().clone();
        assert_eq!(listed.len(), 1, "{list}");
        let found = house.json(one).await;
        assert_eq!(found, listed[0], "{list}");
        assert_eq!(found["articleCount"], count);
        let noun = one.rsplit_once('/').unwrap().0;
        assert_eq!(house.json(&format!("{noun}/{}", found["id"].as_str().unwrap())).await, found);
        assert_eq!(house.get(&format!("{noun}/nobody")).await.status(), 404);
    }
    assert_eq!(house.json("/v1/collections/latest-news?first=2").await["articles"].as_array().unwrap().len(), 2);
    assert_eq!(house.json("/v1/latest-news").await["data"][0]["slug"], "story-3");
    assert_eq!(house.json("/v1/top-news?first=1").await["data"].as_array().unwrap().len(), 1);
    assert_eq!(house.json("/v1/collections").await["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn statements_do_not_grow_with_rows() {
    // More than any page asks for, so that nothing has to be filled up with the latest news.
    let house = house(&stories(22), &[]).await;
    for path in [
        "/v1/articles?include=authors,topics,section&topic=ferries&first=",
        "/v1/latest-news?include=authors,topics,section&first=",
        "/v1/articles/story-1/related?first=",
        "/v1/topics?first=",
        "/v1/authors?first=",
    ] {
        let (few, many) = (house.statements(&format!("{path}1")).await, house.statements(&format!("{path}20")).await);
        println!("{path}: {few} statements for 1 row, {many} for 20");
        // A page that ends the list spares the look at what follows.
        assert!(many <= few && few <= 12, "{path}: {few} for 1 row, {many} for 20");
    }
}

#[actix_web::test]
async fn anonymous_readers_pay_by_what_they_ask_for() {
    let house = house(&stories(1), &[("rate_limit.exempt_loopback", "false")]).await;
    let left = async |path: &str| {
        let req = TestRequest::with_uri(path).peer_addr("203.0.113.5:1000".parse().unwrap());
        let response = house.send(req).await;
        head(&response, "ratelimit").split(['=', ';']).nth(2).unwrap().parse::<u32>().unwrap()
    };
    let (one, page, list, odd) = (
        left("/v1/articles/story-1?fields=slug").await,
        left("/v1/articles/story-1?include=related").await,
        left("/v1/articles?first=10").await,
        left("/v1/articles?first=10&topic=ferries&author=ann").await,
    );
    assert_eq!([one, page, list, odd].map(|left| 20_000 - left), [5, 20, 15, 60]);
}

#[actix_web::test]
async fn freshness_is_waited_for_and_then_refused() {
    let house = house(&stories(1), &[]).await;
    let seq: i64 = head(&house.get("/v1/articles").await, "masthead-seq").parse().unwrap();
    for (asked, status) in [(seq.to_string(), 200), ((seq + 1).to_string(), 503), ("x".to_owned(), 400)] {
        let req = TestRequest::with_uri("/v1/articles").insert_header(("Masthead-Min-Seq", asked.clone()));
        let response = house.send(req).await;
        assert_eq!(response.status(), status, "{asked}");
        assert_eq!(head(&response, "retry-after"), if status == 503 { "2" } else { "" });
    }
}

#[actix_web::test]
async fn pages_and_probes_answer() {
    let house = house(&stories(1), &[]).await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/openapi.json", "application/json"),
        ("/openapi.yaml", "application/yaml"),
        ("/sample/harbour.png", "image/png"),
        ("/problems/gone", "application/json"),
        ("/healthz", "application/json"),
        ("/readyz", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ] {
        let response = house.get(path).await;
        assert_eq!((response.status().as_u16(), head(&response, "content-type")), (200, kind), "{path}");
        if kind.starts_with("text/html") {
            assert!(head(&response, "content-security-policy").contains("script-src") || path == "/", "{path}");
        }
    }
    let page = TestRequest::with_uri("/problems/not-found").insert_header((header::ACCEPT, "text/html"));
    let response = house.send(page).await;
    assert_eq!(head(&response, "content-type"), "text/html; charset=utf-8");
    let text = String::from_utf8(test::read_body(house.get("/metrics").await).await.to_vec()).unwrap();
    for name in [
        "masthead_log_head_seq",
        "masthead_db_pool_size{pool=\"readers\"}",
        "masthead_follower_lag{follower=\"watch\"}",
        "masthead_db_statements_total",
    ] {
        assert!(text.contains(name), "{name} is missing in:\n{text}");
    }
    for path in ["/docs/", "/docs/index.html", "/sample/none.png", "/assets/graphiql/none.js", "/problems/none"] {
        assert_eq!(house.get(path).await.status(), 404, "{path}");
    }
}

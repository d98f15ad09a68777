//! How fresh a search is: within a second without asking, and as fresh as is asked for.

use std::time::{Duration, Instant};

use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use masthead::search::Index;
use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::http::Server;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};

async fn head(t: &TestApp) -> i64 {
    t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await.remove(0).parse().unwrap()
}

async fn at_least(server: &Server, seq: i64, path: &str) -> Response {
    let request = server.client.get(format!("{}{path}", server.base)).header("Masthead-Min-Seq", seq.to_string());
    request.send().await.unwrap()
}

async fn asked(server: &Server, seq: i64, media: &str) -> Response {
    let query = "query { search(query: \"edition\") { totalCount edges { node { headline } } } }";
    let request = server.client.post(format!("{}/graphql", server.base)).json(&json!({ "query": query }));
    request.header("Masthead-Min-Seq", seq.to_string()).header("accept", media).send().await.unwrap()
}

// The test writes past the server, as another process would: nothing tells the server but the log.
both!(a_search_that_asks_for_a_change_finds_it, async |t| {
    let server = t.serve().await;
    t.import_all(&[with(story("urn:t:0"), json!({ "headline": "Edition none" }))]).await;
    for n in 1..=count(8, 100) {
        let headline = format!("Edition {n}");
        t.import_all(&[with(story("urn:t:1"), json!({ "headline": headline }))]).await;
        let seq = head(t).await;
        let answer = at_least(&server, seq, "/v1/search?q=edition&order=newest").await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["masthead-seq"].to_str().unwrap().parse::<i64>().unwrap() >= seq);
        let answer: Value = answer.json().await.unwrap();
        let found =
            answer["data"].as_array().unwrap().iter().any(|hit| hit["article"]["headline"] == headline.as_str());
        assert!(found, "{headline} is not in {answer}");
        let answer: Value = at_least(&server, seq, &format!("/v1/search?q=%22{}%22", headline.replace(' ', "+")))
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(answer["totalCount"], 1, "{headline}: {answer}");
        let id = t.id("urn:t:1").await;
        withdraw::withdraw(&t.db, &Viewer::system(), id, "A reason.").await.unwrap();
        let answer: Value = asked(&server, head(t).await, "application/json").await.json().await.unwrap();
        assert_eq!(answer["data"]["search"]["totalCount"], 1, "{answer}");
        assert_eq!(answer["data"]["search"]["edges"][0]["node"]["headline"], "Edition none");
    }
});

both!(a_search_that_cannot_be_as_fresh_as_is_asked_says_so, async |t| {
    let app = t.app();
    t.import_all(&[with(story("urn:t:1"), json!({ "headline": "First edition" }))]).await;
    let server = t.serve().await;
    let first = head(t).await;
    assert_eq!(at_least(&server, first, "/v1/search?q=edition").await.status(), 200);
    // Somebody who has the right to write and does not: the server's index stands still. It lets go of the right only
    // when a generation is adopted, so it gets a new one.
    let made = app.search.make().unwrap().unwrap();
    let writer = made.index.writer().unwrap().unwrap();
    let writer = masthead::followers::fill(&t.db, writer, &mut |_| {}).await.unwrap();
    app.search.index().unwrap();
    app.search.adopt(made).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    t.import_all(&[with(story("urn:t:2"), json!({ "headline": "Second edition" }))]).await;
    let second = head(t).await;

    let began = Instant::now();
    let refused = at_least(&server, second, "/v1/search?q=edition").await;
    assert_eq!(refused.status(), 503);
    assert!(began.elapsed() > Duration::from_secs(1), "it did not wait");
    assert_eq!(refused.headers()["retry-after"], "2");
    let problem: Value = refused.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["retryable"]), (&json!("UNAVAILABLE"), &json!(true)));
    assert!(problem["detail"].as_str().unwrap().contains(&second.to_string()), "{problem}");
    assert_eq!(at_least(&server, second, "/v1/suggest?q=edition").await.status(), 503);
    for media in ["application/json", "application/graphql-response+json"] {
        let refused = asked(&server, second, media).await;
        assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "2"));
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{refused}");
    }
    // Who asks for less, or for nothing, is answered with what there is; and lists do not wait for the index.
    for (seq, path) in [(first, "/v1/search?q=edition"), (0, "/v1/search?q=edition")] {
        let answer: Value = at_least(&server, seq, path).await.json().await.unwrap();
        assert_eq!(answer["totalCount"], 1, "{answer}");
    }
    let listed: Value = at_least(&server, second, "/v1/articles").await.json().await.unwrap();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    // When the writer ends, the server takes over.
    writer.close().unwrap();
    let began = Instant::now();
    while at_least(&server, second, "/v1/search?q=edition").await.status() != 200 {
        assert!(began.elapsed() < Duration::from_secs(5), "nobody took over");
    }
    let answer: Value = at_least(&server, second, "/v1/search?q=edition").await.json().await.unwrap();
    assert_eq!(answer["totalCount"], 2, "{answer}");
    assert!(
        Index::open(&app.search.folder().join(std::fs::read_to_string(app.search.folder().join("current")).unwrap()))
            .unwrap()
            .is_some()
    );
});

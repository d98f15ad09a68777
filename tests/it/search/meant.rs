//! What a reader means by words of one piece, quotation marks, names and stars, and what stands in a text unseen.

use std::collections::BTreeSet;

use masthead::app::App;
use masthead::catalogue::list::Wanted;
use masthead::catalogue::search::{Counting, Search, Suggestion, suggest};
use masthead::followers;
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use super::up_to_date;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

/// A story of this name with these fields, and nothing else in it that is looked for.
fn of(name: &str, fields: Value) -> Value {
    let bare = json!({ "headline": "Nothing else", "description_text": "", "body_text": "No more." });
    with(with(story(&format!("urn:t:{name}")), bare), fields)
}

/// What is found, by names.
async fn found(t: &TestApp, app: &App, text: &str, newest: bool) -> BTreeSet<String> {
    let reader = up_to_date(t).await;
    let search = Search::find(&reader, &app.search, text, &Wanted::default(), newest).await.unwrap();
    let page = search.page(&reader, 50, None, Counting { total: true, ..Counting::default() }).await.unwrap();
    let names = page.hits.iter().map(|hit| hit.card.uri.trim_start_matches("urn:t:").to_owned());
    let names: BTreeSet<String> = names.collect();
    assert_eq!(page.counts.total, names.len() as u64, "{text}");
    names
}

/// Insists on what each query finds.
async fn finds(t: &TestApp, app: &App, newest: bool, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = found(t, app, text, newest).await;
        let expected: BTreeSet<String> = expected.split_whitespace().map(str::to_owned).collect();
        if found != expected {
            wrong.push(format!("{text}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

both!(words_may_miss_only_where_nobody_insists_on_them, async |t| {
    t.import_all(&[
        of("count", json!({ "headline": "Clinics count covid-19 cases" })),
        of("reopens", json!({ "headline": "Tennis club reopens after covid-19" })),
        of("cup", json!({ "headline": "Tennis club wins cup" })),
    ])
    .await;
    let app = t.app();
    let followers = followers::start(&app);
    let best = [
        // What is written in one piece is one word of those that may miss.
        ("covid-19 tennis", "reopens"),
        ("covid-19 tennis club", "reopens cup"),
        ("covid-19 tennis cases", "count reopens"),
        ("tennis club cup", "reopens cup"),
        ("tennis club cup covid-19", "reopens cup"),
        ("tennis club cup \"covid\"", "reopens"),
        ("tennis club \"cup\"", "cup"),
        ("\"tennis\" \"club\" \"cup\"", "cup"),
        // What is typed twice is one word.
        ("tennis tennis cases", ""),
    ];
    finds(t, &app, false, &best).await;
    // By time nothing is ranked down.
    let newest = [
        ("covid-19 tennis club", "reopens"),
        ("tennis club cup", "cup"),
        ("covid-19 tennis cases", ""),
        ("club", "reopens cup"),
    ];
    finds(t, &app, true, &newest).await;
    followers.stop();
    let server = t.serve().await;
    let path = "/feeds/search.json?q=tennis+club+cup";
    let feed = loop {
        let answer = server.get(path).await;
        if answer.status() == 200 {
            break answer.text().await.unwrap();
        }
        assert_eq!(answer.status(), 503);
    };
    assert!(feed.contains("Tennis club wins cup") && !feed.contains("Tennis club reopens"), "{feed}");
});

both!(words_of_a_name_are_of_one_name, async |t| {
    t.import_all(&[
        of(
            "storm",
            json!({
                "headline": "The storm", "subjects": ["Harbour Board", "City Budget"], "authors": ["Ada Marsh", "Sea King"],
                "section": "politics/elections",
            }),
        ),
        of("calm", json!({ "headline": "No storm", "subjects": ["Budget Board"], "authors": ["Ada King"], "section": "culture" })),
    ])
    .await;
    let app = t.app();
    let followers = followers::start(&app);
    let cases = [
        ("topic:\"harbour board\"", "storm"),
        ("topic:\"board harbour\"", "storm"),
        ("topic:\"harbour budget\"", ""),
        ("topic:\"budget board\"", "calm"),
        ("storm -topic:\"budget board\"", "storm"),
        ("author:\"ada king\"", "calm"),
        ("author:\"ada sea\"", ""),
        ("author:\"ada sea\" OR author:\"king sea\"", "storm"),
        ("author:ada", "storm calm"),
        ("section:elections", "storm"),
        ("section:politics", "storm"),
        ("section:\"politics elections\"", ""),
        // The last word may only be begun.
        ("topic:harb*", "storm"),
        ("topic:bud*", "storm calm"),
        ("topic:\"board bud*\"", "calm"),
        ("topic:\"city bud*\"", "storm"),
        ("storm -topic:harb*", "calm"),
        ("author:ki*", "storm calm"),
        ("section:elec*", "storm"),
        // A phrase stands in one name, too.
        ("\"board city\"", ""),
        ("\"marsh sea\"", ""),
        ("\"city budget\"", "storm"),
        ("storm -\"board city\"", "storm calm"),
    ];
    finds(t, &app, false, &cases).await;
    followers.stop();
});

both!(what_nobody_sees_is_no_part_of_what_is_looked_for, async |t| {
    t.import_all(&[
        of("fell", json!({ "headline": "The gov\u{ad}ern\u{ad}ment fell", "subjects": ["Par\u{2060}liament"] })),
        of("marks", json!({ "body_text": "A \u{200e}government\u{200f} and a coal\u{2060}ition." })),
        of("books", json!({ "headline": "کتاب\u{200c}ها", "language": "fa" })),
    ])
    .await;
    let app = t.app();
    let followers = followers::start(&app);
    let cases = [
        ("government", "fell marks"),
        ("governments", "fell marks"),
        ("govern\u{ad}ments", "fell marks"),
        ("governm*", "fell marks"),
        ("\"the government fell\"", "fell"),
        ("government -\u{2060}coalition", "fell"),
        ("\u{200e}-government", "books"),
        ("coalition", "marks"),
        ("topic:parliament", "fell"),
        ("کتاب", "books"),
        ("کتاب\u{200c}ها", "books"),
        ("کتابها", "books"),
    ];
    finds(t, &app, false, &cases).await;
    for typed in ["governm", "gov\u{ad}ernment", "fell gover"] {
        let suggested = suggest(&up_to_date(t).await, &app.search, typed, 10).await.unwrap();
        let is_it = |one: &Suggestion| matches!(one, Suggestion::Article(card) if card.uri == "urn:t:fell");
        assert!(suggested.len() == 1 && suggested.iter().all(is_it), "{typed}: {suggested:?}");
    }
    followers.stop();
});

both!(numbers_sites_and_accents_are_found_as_they_are_written, async |t| {
    t.import_all(&[
        of("sites", json!({ "body_text": "20minutes.fr quotes 18f.gsa.gov on 3.14 and 1,000 of $3.5bn." })),
        of("ferme", json!({ "headline": "Les congrès fermés", "language": "fr" })),
        of("capitals", json!({ "headline": "LES CONGRES FERMES", "language": "fr" })),
    ])
    .await;
    let app = t.app();
    let followers = followers::start(&app);
    let cases = [
        ("20minutes", "sites"),
        ("20minutes.fr", "sites"),
        ("gsa", "sites"),
        ("18f", "sites"),
        ("\"18f.gsa.gov\"", "sites"),
        ("3.14", "sites"),
        ("14", ""),
        ("1,000", "sites"),
        ("$3.5bn", "sites"),
        ("\"congrès fermés\"", "ferme capitals"),
        ("\"congres fermes\"", "ferme capitals"),
        ("\"les congrès fermes\"", "ferme capitals"),
        ("les -\"congrès fermés\"", ""),
        ("congrès", "ferme capitals"),
    ];
    finds(t, &app, false, &cases).await;
    followers.stop();
});

both!(a_long_query_leaves_out_what_it_says, async |t| {
    let words = (0..40).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    t.import_all(&[
        of("with", json!({ "body_text": format!("{words} dyke") })),
        of("without", json!({ "body_text": words })),
    ])
    .await;
    let app = t.app();
    let followers = followers::start(&app);
    finds(t, &app, false, &[(words.as_str(), "with without"), (format!("{words} -dyke").as_str(), "without")]).await;
    finds(t, &app, true, &[(format!("{words} -dyke").as_str(), "without")]).await;
    followers.stop();
});

both!(a_cursor_tells_nothing_of_what_was_taken_back, async |t| {
    let ferry = |n: usize| of(&n.to_string(), json!({ "headline": format!("Ferry {n}") }));
    let mut lines: Vec<Value> = (0..40).map(ferry).collect();
    lines.push(of("killed", json!({ "headline": "Ferry zyxquark" })));
    lines.push(of("corrected", json!({ "headline": "Ferry zyxlepton" })));
    t.import_all(&lines).await;
    let app = t.app();
    let followers = followers::start(&app);
    assert_eq!(found(t, &app, "zyxquark", false).await.len(), 1);
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:t:killed").await, "A reason.").await.unwrap();
    t.import_all(&[of("corrected", json!({ "headline": "Ferry corrected" }))]).await;
    let cursor = async |text: &str| {
        let reader = up_to_date(t).await;
        let search = Search::find(&reader, &app.search, text, &Wanted::default(), false).await.unwrap();
        let page = search.page(&reader, 1, None, Counting::default()).await.unwrap();
        (page.hits[0].score.to_bits(), page.hits[0].cursor.clone())
    };
    let never = cursor("ferry OR zyxneutrino").await;
    assert_eq!(cursor("ferry OR zyxquark").await, never, "of what was killed");
    assert_eq!(cursor("ferry OR zyxlepton").await, never, "of what was corrected");
    followers.stop();
});

//! Topics, sections and authors: what an editor changes of them reaches every article, old addresses lead to the new ones, and
//! the catalogue stays of one piece whatever is made, renamed, moved, merged and withdrawn in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join;
use masthead::config::NoticeSettings;
use masthead::error::Code;
use masthead::formats::skos;
use masthead::model::collection::{Filter, Rule};
use masthead::model::id::ArticleId;
use masthead::model::viewer::Viewer;
use masthead::newsroom::access::Expected;
use masthead::newsroom::collections;
use masthead::newsroom::taxonomy::Term;
use masthead::newsroom::taxonomy::forms::{AuthorForm, SectionForm, TopicForm};
use masthead::newsroom::taxonomy::vocabulary::{self, Options, Report};
use masthead::newsroom::taxonomy::{self, Form, Noun};
use masthead::newsroom::{publish, withdraw, write};
use serde_json::{Value, json};

use super::desk::{ARTICLES, Desk, id_of, people, version_of};
use crate::harness::chance::Chance;
use crate::harness::http::Said;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count, shared};

const TOPICS: &str = "/v1/newsroom/topics";
const SECTIONS: &str = "/v1/newsroom/sections";
const AUTHORS: &str = "/v1/newsroom/authors";

/// The term of this slug, as the editor sees it.
async fn term(desk: &Desk<'_>, of: &str, slug: &str) -> Value {
    let said = desk.ask("GET", &format!("{of}?query={slug}&first=100"), None, Value::Null).await;
    let found = said.body["data"].as_array().unwrap().iter().find(|term| term["slug"] == slug).cloned();
    found.unwrap_or_else(|| panic!("there is no {slug}: {said:?}"))
}

async fn change(desk: &Desk<'_>, of: &str, slug: &str, form: Value) -> Said {
    let now = term(desk, of, slug).await;
    let said = desk.ask("PATCH", &format!("{of}/{}", now["id"].as_str().unwrap()), now["version"].as_i64(), form).await;
    assert_eq!(said.status, 200, "{said:?}");
    said
}

async fn merge(desk: &Desk<'_>, of: &str, slug: &str, into: &str) -> Said {
    let now = term(desk, of, slug).await;
    let path = format!("{of}/{}/merge", now["id"].as_str().unwrap());
    desk.ask("POST", &path, now["version"].as_i64(), json!({ "into": into })).await
}

both!(a_topic_that_is_renamed_is_so_everywhere, async |t| {
    people(t).await;
    let about = json!({ "slug": "first", "subjects": [{ "name": "Fery" }] });
    t.import_all(&[with(story("urn:t:1"), about), story("urn:t:2")]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let list = ed
        .ask(
            "POST",
            "/v1/newsroom/collections",
            None,
            json!({ "slug": "boats", "name": "Boats", "rule": { "by": "LATEST", "topic": "fery" } }),
        )
        .await;
    assert_eq!(list.status, 201, "{list:?}");
    let before = server.get("/v1/articles/first").await;
    let (tag, before) = (before.headers()["etag"].clone(), Said::of(before).await);
    let said = change(&ed, TOPICS, "fery", json!({ "name": "Ferry", "slug": "ferry", "description": "Boats." })).await;
    assert_eq!((said.text("/slug"), said.body["aliases"].clone()), ("ferry", json!(["fery"])));
    // The article has another version and another tag; who follows the log learns of it.
    let after = server.get("/v1/articles/first").await;
    assert_ne!(after.headers()["etag"], tag);
    let after = Said::of(after).await;
    assert_eq!(after.text("/topics/0/name"), "Ferry");
    assert_eq!(after.body["version"].as_i64(), before.body["version"].as_i64().map(|v| v + 1));
    assert_eq!(after.text("/updatedAt"), before.text("/updatedAt"), "readers are not told of housekeeping");
    let seq = said.header("masthead-seq").to_owned();
    let changes = Said::of(server.get("/v1/changes?type=article").await).await;
    let last = changes.body["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["kind"].as_str(), last["slug"].as_str()), (Some("UPDATED"), Some("first")), "{seq}");
    // The old address leads to the new one, in filters too.
    let moved = server.get("/v1/topics/fery").await;
    assert_eq!((moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()), (308, "/v1/topics/ferry"));
    let found = Said::of(server.get("/v1/articles?topic=fery").await).await;
    assert_eq!(found.body["data"].as_array().unwrap().len(), 1);
    let query = "{ topic(slug: \"fery\") { slug name articles { nodes { slug } } } collection(slug: \"boats\") { articles { slug } } }";
    let data = server.graphql(query, Value::Null).await["data"].clone();
    assert_eq!(data["topic"]["slug"], "ferry");
    assert_eq!(data["topic"]["articles"]["nodes"], json!([{ "slug": "first" }]));
    assert_eq!(data["collection"]["articles"], json!([{ "slug": "first" }]));
    let rule = ed.ask("GET", "/v1/newsroom/collections", None, Value::Null).await;
    assert!(rule.body["data"].to_string().contains("\"topic\":\"ferry\""), "{rule:?}");
    // A search by the new name finds it, and no longer by the old one.
    let found = async |words: &str| {
        let path = format!("/v1/search?q={words}");
        let request = server.client.get(format!("{}{path}", server.base)).header("masthead-min-seq", &seq);
        Said::of(request.send().await.unwrap()).await.body["totalCount"].as_i64()
    };
    assert_eq!((found("ferry").await, found("fery").await), (Some(1), Some(0)));
    // A story that comes with the old name is about the same topic; the slug is nobody else's.
    t.import_all(&[with(story("urn:t:3"), json!({ "subjects": [{ "name": "Fery" }] }))]).await;
    assert_eq!(term(&ed, TOPICS, "ferry").await["articleCount"], 2);
    let taken = ed.ask("POST", TOPICS, None, json!({ "name": "X", "slug": "fery" })).await;
    assert_eq!((taken.status, taken.code()), (409, "CONFLICT"), "{taken:?}");
    // Taken back, the old slug is the slug again, and there is no loop.
    change(&ed, TOPICS, "ferry", json!({ "slug": "fery" })).await;
    assert_eq!(server.get("/v1/topics/fery").await.status(), 200);
    let moved = server.get("/v1/topics/ferry").await;
    assert_eq!((moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()), (308, "/v1/topics/fery"));
    whole(t).await;
});

both!(what_is_merged_is_one_thing_for_good, async |t| {
    people(t).await;
    let line = |n: u32, authors: Value, section: &str, subjects: Value| {
        let fields = json!({ "slug": format!("s{n}"), "authors": authors, "section": section, "subjects": subjects });
        with(story(&format!("urn:t:{n}")), fields)
    };
    t.import_all(&[
        line(1, json!([{ "name": "J. Doe" }]), "News/Local", json!([{ "name": "Vote" }, { "name": "Votes" }])),
        line(2, json!([{ "name": "Jane Doe" }, { "name": "J. Doe" }]), "Politics", json!([{ "name": "Votes" }])),
        line(3, json!([{ "name": "J. Doe" }]), "News/Local/Harbour", json!([{ "name": "Vote" }])),
    ])
    .await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    // A draft that names what is about to go.
    let draft = ed
        .create(json!({ "headline": "Waits", "section": "local", "authors": [{ "slug": "j-doe" }], "topics": [{ "slug": "vote" }] }))
        .await;
    let vote = term(&ed, TOPICS, "vote").await["id"].as_str().unwrap().to_owned();
    for (of, from, into) in [(TOPICS, "vote", "votes"), (AUTHORS, "j-doe", "jane-doe"), (SECTIONS, "local", "politics")]
    {
        let said = merge(&ed, of, from, into).await;
        assert_eq!((said.status, said.text("/slug")), (200, into), "{said:?}");
        let public = of.replace("/newsroom", "");
        let moved = server.get(&format!("{public}/{from}")).await;
        assert_eq!(moved.status(), 308, "{from}");
        assert_eq!(moved.headers()["location"].to_str().unwrap(), format!("{public}/{into}"));
        whole(t).await;
    }
    assert_eq!(server.get(&format!("/v1/topics/{vote}")).await.status(), 308, "the old id leads to it as well");
    let gone = Said::of(server.get("/v1/topics?query=vote").await).await;
    assert_eq!(gone.body["data"].as_array().unwrap().len(), 1, "{gone:?}");
    let query = "{ topic(slug: \"vote\") { slug articleCount } author(slug: \"j-doe\") { slug articleCount } \
        section(slug: \"politics\") { articleCount articles { nodes { slug } } } \
        two: article(slug: \"s2\") { authors { name } topics { name } } three: article(slug: \"s3\") { section { slug parent { slug } } } }";
    let data = server.graphql(query, Value::Null).await["data"].clone();
    assert_eq!(data["topic"], json!({ "slug": "votes", "articleCount": 3 }));
    assert_eq!(data["author"], json!({ "slug": "jane-doe", "articleCount": 3 }));
    assert_eq!(data["section"]["articleCount"], 3);
    assert_eq!(data["two"]["authors"], json!([{ "name": "Jane Doe" }]));
    assert_eq!(data["three"]["section"], json!({ "slug": "harbour", "parent": { "slug": "politics" } }));
    // What was above it and has nothing left is no more public.
    assert_eq!(server.get("/v1/sections/news").await.status(), 404);
    // The draft shows, and publishes, what there is now.
    let id = id_of(&draft);
    let seen = ed.see(&id).await;
    assert_eq!(
        (seen.text("/draft/section/slug"), seen.text("/draft/authors/0/slug"), seen.text("/draft/topics/0/slug")),
        ("politics", "jane-doe", "votes")
    );
    ed.step(&id, "publish", json!({})).await;
    let read = Said::of(server.get("/v1/articles/waits").await).await;
    assert_eq!((read.text("/topics/0/slug"), read.text("/section/slug")), ("votes", "politics"));
    // A story with an old name belongs to what it was merged into; a revision of old is settled when it is published.
    t.import_all(&[line(4, json!([{ "name": "J. Doe" }]), "Local", json!([{ "name": "Vote" }]))]).await;
    let data = server
        .graphql("{ article(slug: \"s4\") { section { slug } topics { slug } authors { slug } } }", Value::Null)
        .await["data"]
        .clone();
    assert_eq!(
        data["article"],
        json!({ "section": { "slug": "politics" }, "topics": [{ "slug": "votes" }], "authors": [{ "slug": "jane-doe" }] })
    );
    // Merged once more, everything of old leads to the last one.
    t.import_all(&[line(5, json!([]), "Politics", json!([{ "name": "Elections" }]))]).await;
    assert_eq!(merge(&ed, TOPICS, "votes", "elections").await.status, 200);
    for old in ["vote", "votes", vote.as_str()] {
        let moved = server.get(&format!("/v1/topics/{old}")).await;
        assert_eq!(moved.headers()["location"].to_str().unwrap(), "/v1/topics/elections", "{old}");
    }
    whole(t).await;
    // Two that cannot be one.
    let own = merge(&ed, TOPICS, "elections", "elections").await;
    assert_eq!((own.status, own.code()), (422, "INVALID_INPUT"), "{own:?}");
    let below = merge(&ed, SECTIONS, "politics", "harbour").await;
    assert_eq!((below.status, below.code()), (409, "CONFLICT"), "{below:?}");
    let none = merge(&ed, TOPICS, "elections", "nothing-here").await;
    assert_eq!((none.status, none.code()), (422, "INVALID_INPUT"), "{none:?}");
});

both!(the_id_of_what_was_merged_leads_on_over_graphql_too, async |t| {
    people(t).await;
    let line = |n: u32, author: &str, section: &str, topic: &str| {
        let fields = json!({ "authors": [{ "name": author }], "section": section, "subjects": [{ "name": topic }] });
        with(story(&format!("urn:t:{n}")), fields)
    };
    t.import_all(&[line(1, "J. Doe", "Local", "Vote"), line(2, "Jane Doe", "Politics", "Votes")]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    for (of, noun, from, into) in [
        (TOPICS, "topic", "vote", "votes"),
        (AUTHORS, "author", "j-doe", "jane-doe"),
        (SECTIONS, "section", "local", "politics"),
    ] {
        let id = term(&ed, of, from).await["id"].as_str().unwrap().to_owned();
        let left = term(&ed, of, into).await["id"].as_str().unwrap().to_owned();
        let kind = noun[..1].to_uppercase() + &noun[1..];
        let seen = async || {
            let mut slugs = Vec::new();
            for asked in [
                format!("{{ it: {noun}(id: \"{id}\") {{ id slug articleCount }} }}"),
                format!("{{ it: {noun}(slug: \"{from}\") {{ id slug articleCount }} }}"),
                format!("{{ it: node(id: \"{id}\") {{ id ... on {kind} {{ slug articleCount }} }} }}"),
                format!("{{ it: nodes(ids: [\"{id}\"]) {{ id ... on {kind} {{ slug articleCount }} }} }}"),
            ] {
                // The library makes it, then it is made in one go, then it is kept.
                for _ in 0..3 {
                    let data = server.graphql(&asked, Value::Null).await["data"]["it"].clone();
                    slugs.push(data.get(0).unwrap_or(&data).clone());
                }
            }
            slugs.dedup();
            slugs
        };
        assert_eq!(seen().await, [json!({ "id": id, "slug": from, "articleCount": 1 })]);
        assert_eq!(merge(&ed, of, from, into).await.status, 200);
        assert_eq!(seen().await, [json!({ "id": left, "slug": into, "articleCount": 2 })]);
        // What it leads to goes, and comes back.
        for uri in ["urn:t:1", "urn:t:2"] {
            ed.step(&t.id(uri).await.to_string(), "withdraw", json!({ "reason": "Wrong." })).await;
        }
        assert_eq!(seen().await, [Value::Null]);
        for (n, uri) in [(1, "urn:t:1"), (2, "urn:t:2")] {
            ed.step(&t.id(uri).await.to_string(), "publish", json!({})).await;
            assert_eq!(seen().await, [json!({ "id": left, "slug": into, "articleCount": n })]);
        }
        whole(t).await;
    }
    let none =
        server.graphql("{ topic(id: \"top_0000000000001\") { slug } author(id: \"jane-doe\") { slug } }", Value::Null);
    assert_eq!(none.await["data"], json!({ "topic": null, "author": null }), "no slug is an id");
});

both!(a_section_moves_with_all_that_stands_in_it, async |t| {
    people(t).await;
    let line = |n: u32, section: &str| {
        with(story(&format!("urn:t:{n}")), json!({ "slug": format!("s{n}"), "section": section }))
    };
    t.import_all(&[line(1, "News/Local/Harbour"), line(2, "Culture"), line(3, "News")]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    change(&ed, SECTIONS, "local", json!({ "parent": "culture" })).await;
    whole(t).await;
    let slugs = async |section: &str| {
        let said = Said::of(server.get(&format!("/v1/articles?section={section}")).await).await;
        let rows = said.body["data"].as_array().unwrap();
        rows.iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(slugs("culture").await, BTreeSet::from(["s1".to_owned(), "s2".to_owned()]));
    assert_eq!(slugs("news").await, BTreeSet::from(["s3".to_owned()]));
    let up = term(&ed, SECTIONS, "culture").await;
    let path = format!("{SECTIONS}/{}", up["id"].as_str().unwrap());
    let circle = ed.ask("PATCH", &path, up["version"].as_i64(), json!({ "parent": "harbour" })).await;
    assert_eq!((circle.status, circle.code()), (422, "INVALID_INPUT"), "{circle:?}");
    change(&ed, SECTIONS, "local", json!({ "parent": null })).await;
    assert_eq!(slugs("culture").await, BTreeSet::from(["s2".to_owned()]));
    assert_eq!(slugs("local").await, BTreeSet::from(["s1".to_owned()]));
    whole(t).await;
});

both!(a_term_is_made_listed_and_deleted, async |t| {
    people(t).await;
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first", "subjects": [{ "name": "Used" }] }))]).await;
    let server = t.serve().await;
    let (ed, cleo) = (Desk::of(&server, "ed@x.org").await, Desk::of(&server, "cleo@x.org").await);
    let key = [("idempotency-key", "one")];
    let form = json!({ "name": "Quiet", "kind": "PLACE", "externalIds": [{ "scheme": "wikidata", "code": "Q1" }] });
    let made = ed.ask_with("POST", TOPICS, None, form.clone(), &key).await;
    assert_eq!((made.status, made.text("/slug"), made.text("/kind")), (201, "quiet", "PLACE"), "{made:?}");
    assert_eq!(
        id_of(&ed.ask_with("POST", TOPICS, None, form.clone(), &key).await),
        id_of(&made),
        "a retry makes nothing"
    );
    let clash = ed.ask("POST", TOPICS, None, form).await;
    assert_eq!((clash.status, clash.code()), (409, "CONFLICT"), "a code is one topic's: {clash:?}");
    // It is not public before an article is about it, or it is listed.
    assert_eq!(server.get("/v1/topics/quiet").await.status(), 404);
    let path = format!("{TOPICS}/{}", id_of(&made));
    let missing = ed.ask("PATCH", &path, None, json!({ "listed": true })).await;
    assert_eq!((missing.status, missing.code()), (428, "PRECONDITION_REQUIRED"));
    let listed = ed.ask("PATCH", &path, Some(version_of(&made)), json!({ "listed": true })).await;
    assert_eq!((listed.status, listed.body["public"].clone()), (200, json!(true)), "{listed:?}");
    let stale = ed.ask("PATCH", &path, Some(version_of(&made)), json!({ "name": "Other" })).await;
    assert_eq!((stale.status, stale.code()), (412, "PRECONDITION_FAILED"));
    assert_eq!(server.get("/v1/topics/quiet").await.status(), 200);
    ed.ask("PATCH", &path, Some(version_of(&listed)), json!({ "listed": false })).await;
    assert_eq!(server.get("/v1/topics/quiet").await.status(), 404);
    // What something names is not deleted; what nothing names is.
    let used = term(&ed, TOPICS, "used").await;
    let of_used = format!("{TOPICS}/{}", used["id"].as_str().unwrap());
    let refused = ed.ask("DELETE", &of_used, used["version"].as_i64(), Value::Null).await;
    assert_eq!(refused.code(), "CONFLICT");
    let draft = ed.create(json!({ "headline": "Waits", "topics": [{ "slug": "quiet" }] })).await;
    let now = version_of(&ed.ask("GET", &path, None, Value::Null).await);
    assert_eq!(ed.ask("DELETE", &path, Some(now), Value::Null).await.code(), "CONFLICT");
    let gone = ed.ask("DELETE", &format!("{ARTICLES}/{}", id_of(&draft)), Some(1), Value::Null).await;
    assert_eq!(gone.status, 204);
    let rule = json!({ "slug": "quietly", "name": "Quietly", "rule": { "by": "LATEST", "topic": "quiet" } });
    let list = ed.ask("POST", "/v1/newsroom/collections", None, rule).await;
    let refused = ed.ask("DELETE", &path, Some(now), Value::Null).await;
    assert_eq!((list.status, refused.code()), (201, "CONFLICT"), "{refused:?}");
    assert!(refused.text("/detail").contains("collection quietly"), "{refused:?}");
    let of_list = format!("/v1/newsroom/collections/{}", id_of(&list));
    assert_eq!(ed.ask("DELETE", &of_list, Some(1), Value::Null).await.status, 204);
    assert_eq!(ed.ask("DELETE", &path, Some(now), Value::Null).await.status, 204);
    assert_eq!(ed.ask("GET", &path, None, Value::Null).await.status, 404);
    // A contributor sees what is settled, and not what others' drafts alone name.
    ed.create(json!({ "headline": "Secret", "topics": [{ "name": "Project Falcon" }] })).await;
    let seen = async |desk: &Desk<'_>| {
        desk.ask("GET", TOPICS, None, Value::Null).await.body.to_string().contains("project-falcon")
    };
    assert!(seen(&ed).await && !seen(&cleo).await);
    let falcon = term(&ed, TOPICS, "project-falcon").await["id"].as_str().unwrap().to_owned();
    let hidden = cleo.ask("GET", &format!("{TOPICS}/{falcon}"), None, Value::Null).await;
    let nothing = cleo.ask("GET", &format!("{TOPICS}/top_0000000000001"), None, Value::Null).await;
    assert_eq!((hidden.status, nothing.status), (404, 404));
    assert_eq!(hidden.text("/detail").replace(&falcon, ""), nothing.text("/detail").replace("top_0000000000001", ""));
    whole(t).await;
});

/// A form of this noun with these fields.
fn form_of(noun: Noun, fields: Value) -> Form {
    match noun {
        Noun::Topic => Form::Topic(serde_json::from_value(fields).unwrap()),
        Noun::Section => Form::Section(serde_json::from_value(fields).unwrap()),
        Noun::Author => Form::Author(serde_json::from_value(fields).unwrap()),
    }
}

/// A term that an editor has just made.
async fn made(t: &TestApp, noun: Noun, name: &str) -> Term {
    let form = form_of(noun, json!({ "name": name }));
    taxonomy::create(&t.db, &Viewer::system(), form, None).await.unwrap().value.term
}

/// A draft with these fields.
async fn drafted(t: &TestApp, fields: Value) -> ArticleId {
    let new = write::New { changes: serde_json::from_value(fields).unwrap(), ..write::New::default() };
    write::create(&t.db, &Viewer::system(), &t.settings().site, new, None).await.unwrap().value.entry.id
}

// Without a lock of the whole they failed on PostgreSQL.
both!(editors_who_are_at_it_at_once_leave_a_tree, async |t| {
    let (db, editor) = (&t.db, Viewer::system());
    let below = async |term: &Term, parent: &Term| {
        let form = form_of(Noun::Section, json!({ "parent": parent.slug }));
        taxonomy::change(db, &editor, term.id, Expected::Any, form).await
    };
    for round in 0..count(12, 200) {
        let new = async |name: &str| made(t, Noun::Section, &format!("{name} {round}")).await;
        // Under what is merged away.
        let (gone, left, child) = (new("Gone").await, new("Left").await, new("Child").await);
        let merged = taxonomy::merge(db, &editor, Noun::Section, gone.id, Expected::Any, &left.slug);
        let (merged, moved) = join(merged, below(&child, &gone)).await;
        merged.unwrap();
        moved.unwrap();
        // Crosswise.
        let (one, other) = (new("One").await, new("Other").await);
        let (first, second) = join(below(&one, &other), below(&other, &one)).await;
        assert_ne!(first.is_ok(), second.is_ok(), "round {round}: a circle");
        let refused = first.err().or(second.err()).unwrap();
        assert_eq!(refused.code(), Code::InvalidInput, "{refused:?}");
        // Under what is deleted.
        let (up, down) = (new("Up").await, new("Down").await);
        let deleted = taxonomy::delete(db, &editor, Noun::Section, up.id, Expected::Any);
        let (deleted, moved) = join(deleted, below(&down, &up)).await;
        match (deleted, moved) {
            (Ok(_), Err(refused)) => assert_eq!(refused.code(), Code::InvalidInput, "{refused:?}"),
            (Err(refused), Ok(_)) => assert_eq!(refused.code(), Code::Conflict, "{refused:?}"),
            (deleted, moved) => panic!("round {round}: {deleted:?} {moved:?}"),
        }
        let astray = "SELECT c.slug AS v FROM newsroom_terms c LEFT JOIN newsroom_terms p ON p.id = c.parent_id \
                      AND p.merged_into IS NULL WHERE c.parent_id IS NOT NULL AND p.id IS NULL";
        assert_eq!(t.texts(astray).await, [""; 0], "round {round}");
    }
});

both!(who_names_a_term_and_who_takes_it_away_at_once_agree, async |t| {
    let (db, editor, site) = (&t.db, Viewer::system(), t.settings().site);
    for round in 0..count(12, 200) {
        let author = made(t, Noun::Author, &format!("Author {round}")).await;
        let draft = drafted(t, json!({ "headline": "Waits" })).await;
        let id = taxonomy::id_text(Noun::Author, author.id);
        let changes = serde_json::from_value(json!({ "authors": [{ "id": id }] })).unwrap();
        let deleted = taxonomy::delete(db, &editor, Noun::Author, author.id, Expected::Any);
        let saved = write::save(db, &editor, &site, draft, Expected::Any, changes);
        match join(deleted, saved).await {
            (Ok(_), Err(refused)) => assert_eq!(refused.code(), Code::InvalidInput, "{refused:?}"),
            (Err(refused), Ok(_)) => assert_eq!(refused.code(), Code::Conflict, "{refused:?}"),
            (deleted, saved) => panic!("round {round}: {:?} {:?}", deleted.is_ok(), saved.is_ok()),
        }
        let topic = made(t, Noun::Topic, &format!("Topic {round}")).await;
        let slug = format!("new-{round}");
        let renamed = form_of(Noun::Topic, json!({ "slug": slug }));
        let renamed = taxonomy::change(db, &editor, topic.id, Expected::Any, renamed);
        let rule = Rule::Latest(Filter { topic: Some(topic.slug.clone()), ..Filter::default() });
        let new = collections::New { slug: format!("list-{round}"), name: "List".into(), rule, ..Default::default() };
        let (renamed, list) = join(renamed, collections::create(db, &editor, new, None)).await;
        renamed.unwrap();
        let list = collections::one(db, &editor, list.unwrap().value.collection.id).await.unwrap();
        let named = Rule::Latest(Filter { topic: Some(slug), ..Filter::default() });
        assert_eq!(list.collection.rule, named, "round {round}");
    }
});

both!(what_a_draft_names_by_what_it_was_is_not_deleted, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    for (of, field) in [(AUTHORS, "authors"), (TOPICS, "topics"), (SECTIONS, "section")] {
        for name in ["Old", "Mid", "New"] {
            let said = ed.ask("POST", of, None, json!({ "name": name })).await;
            assert_eq!(said.status, 201, "{said:?}");
        }
        let named = if field == "section" { json!("old") } else { json!([{ "slug": "old" }]) };
        let draft = id_of(&ed.create(json!({ "headline": "Waits", field: named })).await);
        assert_eq!(merge(&ed, of, "old", "mid").await.status, 200);
        assert_eq!(merge(&ed, of, "mid", "new").await.status, 200);
        let left = term(&ed, of, "new").await;
        let path = format!("{of}/{}", left["id"].as_str().unwrap());
        let refused = ed.ask("DELETE", &path, left["version"].as_i64(), Value::Null).await;
        assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "{refused:?}");
        assert!(refused.text("/detail").contains("1 drafts"), "{refused:?}");
        let seen = ed.see(&draft).await.body["draft"][field].to_string();
        assert!(seen.contains("\"new\""), "{seen}");
        assert_eq!(ed.ask("DELETE", &format!("{ARTICLES}/{draft}"), Some(1), Value::Null).await.status, 204);
        assert_eq!(ed.ask("DELETE", &path, left["version"].as_i64(), Value::Null).await.status, 204);
    }
    assert_eq!(t.texts("SELECT slug AS v FROM newsroom_terms").await, [""; 0]);
});

both!(what_history_names_is_not_deleted, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    for name in ["Ann Before", "Ann After", "Ann Drafted"] {
        assert_eq!(ed.ask("POST", AUTHORS, None, json!({ "name": name })).await.status, 201);
    }
    // What readers read.
    let signed = json!({ "headline": "Signed", "body": { "text": "Text." }, "authors": [{ "slug": "ann-before" }] });
    let id = id_of(&ed.create(signed).await);
    ed.step(&id, "publish", json!({})).await;
    let then = t.now();
    t.clock.advance(2 * 60 * 60 * 1_000);
    let ed = Desk::of(&server, "ed@x.org").await;
    let delete = async |slug: &str| {
        let now = term(&ed, AUTHORS, slug).await;
        let path = format!("{AUTHORS}/{}", now["id"].as_str().unwrap());
        ed.ask("DELETE", &path, now["version"].as_i64(), Value::Null).await
    };
    let changes = json!({ "authors": [{ "slug": "ann-after" }] });
    ed.step(&id, "correct", json!({ "note": "It was signed by another.", "changes": changes })).await;
    let refused = delete("ann-before").await;
    assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "{refused:?}");
    assert!(refused.text("/detail").contains(&format!("history of the article {id}")), "{refused:?}");
    let as_of = ed.ask("GET", &format!("{ARTICLES}/{id}/as-of?at={then}"), None, Value::Null).await;
    assert_eq!(as_of.text("/draft/authors/0/name"), "Ann Before", "{as_of:?}");
    // Merged, it is told by the name of what is left.
    assert_eq!(merge(&ed, AUTHORS, "ann-before", "ann-after").await.status, 200);
    let as_of = ed.ask("GET", &format!("{ARTICLES}/{id}/as-of?at={then}"), None, Value::Null).await;
    assert_eq!(as_of.text("/draft/authors/0/name"), "Ann After", "{as_of:?}");
    // What may be restored.
    let draft = id_of(&ed.create(json!({ "headline": "Waits", "authors": [{ "slug": "ann-drafted" }] })).await);
    let path = format!("{ARTICLES}/{draft}");
    assert_eq!(ed.ask("PATCH", &path, Some(1), json!({ "authors": [] })).await.status, 200);
    assert_eq!(delete("ann-drafted").await.code(), "CONFLICT");
    let restored = ed.step(&draft, "restore", json!({ "revision": 1 })).await;
    assert_eq!(restored.text("/draft/authors/0/name"), "Ann Drafted", "{restored:?}");
    let notes = async || ed.ask("GET", &format!("{path}/notes"), None, Value::Null).await.body["data"].clone();
    assert_eq!(notes().await, json!([]));
    // What an earlier release deleted is not lost without a word.
    t.execute("DELETE FROM newsroom_terms WHERE slug = 'ann-drafted'").await;
    ed.step(&draft, "restore", json!({ "revision": 1 })).await;
    let told = notes().await;
    let text = told[0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("Revision 1") && text.contains("authors (1)"), "{told}");
});

both!(a_place_that_is_none_any_more_fills_its_collections_as_before, async |t| {
    people(t).await;
    let about = |places: Value| json!({ "slug": "first", "places": places, "subjects": [{ "name": "Boats" }] });
    t.import_all(&[with(story("urn:t:1"), about(json!(["Harbour", "Quay", "Shore"])))]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let list = async |slug: &str, rule: Value| {
        let form = json!({ "slug": slug, "name": slug, "rule": rule });
        let said = ed.ask("POST", "/v1/newsroom/collections", None, form).await;
        assert_eq!(said.status, 201, "{said:?}");
        format!("/v1/newsroom/collections/{}", id_of(&said))
    };
    let seen = async |path: &str, slug: &str| {
        let query = format!("{{ collection(slug: \"{slug}\") {{ articles {{ slug }} }} }}");
        let shown = server.graphql(&query, Value::Null).await["data"]["collection"]["articles"].clone();
        let rule = ed.ask("GET", path, None, Value::Null).await.body["rule"].clone();
        (shown, rule["topic"].clone(), rule["place"].clone())
    };
    let first = json!([{ "slug": "first" }]);
    let one = list("one", json!({ "by": "LATEST", "place": "harbour" })).await;
    let two = list("two", json!({ "by": "LATEST", "place": "quay" })).await;
    let both = list("both", json!({ "by": "LATEST", "topic": "boats", "place": "shore" })).await;
    assert_eq!(seen(&one, "one").await, (first.clone(), Value::Null, json!("harbour")));
    // Renamed as well, in one go.
    change(&ed, TOPICS, "harbour", json!({ "kind": "SUBJECT", "slug": "harbours" })).await;
    assert_eq!(seen(&one, "one").await, (first.clone(), json!("harbours"), Value::Null));
    assert_eq!(merge(&ed, TOPICS, "quay", "harbours").await.status, 200);
    assert_eq!(seen(&two, "two").await, (first.clone(), json!("harbours"), Value::Null));
    // A rule that has a topic beside could not say it.
    let shore = term(&ed, TOPICS, "shore").await;
    let path = format!("{TOPICS}/{}", shore["id"].as_str().unwrap());
    let refused = ed.ask("PATCH", &path, shore["version"].as_i64(), json!({ "kind": "SUBJECT" })).await;
    assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "{refused:?}");
    assert!(refused.text("/detail").contains("collection both"), "{refused:?}");
    let refused = merge(&ed, TOPICS, "shore", "harbours").await;
    assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "{refused:?}");
    assert_eq!(seen(&both, "both").await, (first.clone(), json!("boats"), json!("shore")));
    // With the very topic it is one.
    assert_eq!(merge(&ed, TOPICS, "shore", "boats").await.status, 200);
    assert_eq!(seen(&both, "both").await, (first, json!("boats"), Value::Null));
    whole(t).await;
});

both!(a_retry_finds_what_its_term_was_merged_into, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    for (of, key) in [(TOPICS, "one"), (AUTHORS, "two"), (SECTIONS, "three")] {
        let form = json!({ "name": "Gone" });
        let again = async || ed.ask_with("POST", of, None, form.clone(), &[("idempotency-key", key)]).await;
        assert_eq!(again().await.text("/slug"), "gone");
        let left = ed.ask("POST", of, None, json!({ "name": "Left" })).await;
        assert_eq!(merge(&ed, of, "gone", "left").await.status, 200);
        let said = again().await;
        assert_eq!((said.status, said.text("/slug"), id_of(&said)), (201, "left", id_of(&left)), "{said:?}");
    }
});

both!(what_only_a_draft_named_is_the_desks_also_when_it_was_merged, async |t| {
    people(t).await;
    t.import_all(&[with(story("urn:t:1"), json!({ "subjects": [{ "name": "Business" }, { "name": "Trade" }] }))]).await;
    let server = t.serve().await;
    let (ed, cleo) = (Desk::of(&server, "ed@x.org").await, Desk::of(&server, "cleo@x.org").await);
    ed.create(json!({ "headline": "Waits", "topics": [{ "name": "Secret Merger" }] })).await;
    let secret = term(&ed, TOPICS, "secret-merger").await["id"].as_str().unwrap().to_owned();
    let trade = term(&ed, TOPICS, "trade").await["id"].as_str().unwrap().to_owned();
    for slug in ["secret-merger", "trade"] {
        assert_eq!(merge(&ed, TOPICS, slug, "business").await.status, 200);
    }
    assert_eq!(term(&ed, TOPICS, "business").await["aliases"], json!(["secret-merger", "trade"]));
    // Readers knew the one.
    assert_eq!(term(&cleo, TOPICS, "business").await["aliases"], json!(["trade"]));
    let id = term(&cleo, TOPICS, "business").await["id"].as_str().unwrap().to_owned();
    let one = cleo.ask("GET", &format!("{TOPICS}/{id}"), None, Value::Null).await;
    assert_eq!((one.status, one.body["aliases"].clone()), (200, json!(["trade"])), "{one:?}");
    let query = "query ($key: String!) { newsroomTerm(type: TOPIC, key: $key) { slug aliases } }";
    let seen = async |desk: &Desk<'_>, key: &str| {
        desk.graphql(query, json!({ "key": key })).await["newsroomTerm"]["slug"].clone()
    };
    for (key, writer) in [
        ("business", json!("business")),
        ("trade", json!("business")),
        (trade.as_str(), json!("business")),
        ("secret-merger", Value::Null),
        (secret.as_str(), Value::Null),
    ] {
        assert_eq!(seen(&ed, key).await, json!("business"), "{key}");
        assert_eq!(seen(&cleo, key).await, writer, "{key}");
    }
    // It stays the desk's when what it was merged into leaves the public side and comes back.
    let story = t.id("urn:t:1").await.to_string();
    ed.step(&story, "withdraw", json!({ "reason": "Wrong." })).await;
    assert_eq!(term(&cleo, TOPICS, "business").await["aliases"], json!(["trade"]));
    ed.step(&story, "publish", json!({})).await;
    assert_eq!(term(&cleo, TOPICS, "business").await["aliases"], json!(["trade"]));
    whole(t).await;
});

both!(what_a_term_must_have_is_not_emptied, async |t| {
    people(t).await;
    let fields = json!({ "subjects": [{ "name": "Vote" }], "section": "Politics", "authors": ["Ann Marsh"] });
    t.import_all(&[with(story("urn:t:1"), fields)]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let all: &[&str] = &["name", "slug", "kind", "listed"];
    for (of, noun, slug, needed, other) in [
        (TOPICS, "Topic", "vote", all, "description"),
        (SECTIONS, "Section", "politics", &["name", "slug", "listed"][..], "description"),
        (AUTHORS, "Author", "ann-marsh", all, "bio"),
    ] {
        let now = term(&ed, of, slug).await;
        let (path, version) = (format!("{of}/{}", now["id"].as_str().unwrap()), now["version"].as_i64());
        let one = ed.ask("GET", &path, None, Value::Null).await;
        assert_eq!((one.status, one.header("etag")), (200, format!("\"{}\"", now["version"]).as_str()), "{one:?}");
        for field in needed {
            let refused = (422, "INVALID_INPUT", *field);
            let said = ed.ask("PATCH", &path, version, json!({ *field: null })).await;
            assert_eq!((said.status, said.code(), said.text("/parameter")), refused, "{of}: {said:?}");
            let mut form = json!({ "name": "New" });
            form[*field] = Value::Null;
            let said = ed.ask("POST", of, None, form.clone()).await;
            assert_eq!((said.status, said.code(), said.text("/parameter")), refused, "{of}: {said:?}");
            let query = format!(
                "mutation ($id: ID!, $version: Int!, $changes: {noun}Changes!, $form: {noun}Changes!) {{
                    change: change{noun}(id: $id, version: $version, changes: $changes) {{ term {{ id }} userErrors {{ code field }} }}
                    create: create{noun}(input: $form) {{ term {{ id }} userErrors {{ code field }} }} }}"
            );
            let variables = json!({ "id": now["id"], "version": version, "changes": { *field: null }, "form": form });
            let said = ed.graphql(&query, variables).await;
            let refused = json!({ "term": null, "userErrors": [{ "code": "INVALID_INPUT", "field": field }] });
            assert_eq!((&said["change"], &said["create"]), (&refused, &refused), "{of}: {said}");
        }
        assert_eq!(term(&ed, of, slug).await, now, "nothing is written");
        let said = ed.ask("PATCH", &path, version, json!({ other: null })).await;
        assert_eq!((said.status, said.body["name"].clone()), (200, now["name"].clone()), "{said:?}");
    }
});

both!(graphql_edits_the_taxonomy_as_rest_does, async |t| {
    people(t).await;
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first", "subjects": [{ "name": "Vote" }] }))]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let fields =
        "term { id termId type slug name kind version public articleCount } seq userErrors { code field message }";
    let made = ed
        .graphql(&format!("mutation {{ createTopic(input: {{ name: \"Elections\" }}) {{ {fields} }} }}"), Value::Null)
        .await;
    let topic = &made["createTopic"]["term"];
    assert_eq!((topic["slug"].as_str(), topic["kind"].as_str()), (Some("elections"), Some("SUBJECT")), "{made}");
    let again = ed
        .graphql(
            &format!("mutation {{ createTopic(input: {{ name: \"E\", slug: \"elections\" }}) {{ {fields} }} }}"),
            Value::Null,
        )
        .await;
    let error = &again["createTopic"]["userErrors"][0];
    assert_eq!((error["code"].as_str(), error["field"].as_str()), (Some("CONFLICT"), Some("slug")), "{again}");
    let query = "{ newsroomTerms(type: TOPIC, filter: { query: \"vot\" }, first: 1) { edges { node { id version } } pageInfo { hasNextPage } } }";
    let found = ed.graphql(query, Value::Null).await;
    let vote = &found["newsroomTerms"]["edges"][0]["node"];
    let variables = json!({ "id": vote["id"], "version": vote["version"], "into": topic["id"] });
    let merged = ed
        .graphql(
            &format!("mutation ($id: ID!, $version: Int!, $into: String!) {{ mergeTopic(id: $id, version: $version, into: $into) {{ {fields} }} }}"),
            variables,
        )
        .await;
    assert_eq!(merged["mergeTopic"]["term"]["articleCount"], 1, "{merged}");
    let node = ed
        .graphql(
            "query ($id: ID!) { node(id: $id) { id ... on NewsroomTerm { slug aliases } } }",
            json!({ "id": topic["id"] }),
        )
        .await;
    assert_eq!(node["node"]["aliases"], json!(["vote"]), "{node}");
    assert_eq!(node["node"]["slug"], "elections");
    let gone =
        server.graphql("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": topic["id"] })).await["data"].clone();
    assert!(gone["node"].is_null(), "readers have no view of the newsroom's");
    whole(t).await;
});

both!(collections_are_run_over_both_doors, async |t| {
    people(t).await;
    let line = |n: u32| with(story(&format!("urn:t:{n}")), json!({ "slug": format!("s{n}") }));
    t.import_all(&[line(1), line(2), line(3)]).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    const LISTS: &str = "/v1/newsroom/collections";
    let made = ed.ask("POST", LISTS, None, json!({ "slug": "desk", "name": "Desk", "rule": { "by": "LATEST" } })).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("{LISTS}/{}", id_of(&made));
    let ids = [t.id("urn:t:1").await.to_string(), t.id("urn:t:3").await.to_string()];
    let pins = json!({ "pins": [{ "article": ids[0] }, { "article": ids[1], "slot": 3 }] });
    assert_eq!(ed.ask("PUT", &format!("{path}/pins"), None, pins.clone()).await.status, 428);
    let arranged = ed.ask("PUT", &format!("{path}/pins"), Some(version_of(&made)), pins).await;
    assert_eq!((arranged.status, arranged.body["pins"][1]["slot"].clone()), (200, json!(3)), "{arranged:?}");
    let shown = async || {
        let said = Said::of(server.get("/v1/collections/desk").await).await;
        let slugs = said.body["articles"].as_array().unwrap().iter().map(|a| a["slug"].as_str().unwrap().to_owned());
        slugs.collect::<Vec<_>>()
    };
    assert_eq!(shown().await, ["s1", "s2", "s3"]);
    let stale = ed.ask("DELETE", &format!("{path}/pins/{}", ids[0]), Some(version_of(&made)), Value::Null).await;
    assert_eq!((stale.status, stale.code()), (412, "PRECONDITION_FAILED"), "{stale:?}");
    let unpinned = ed.ask("DELETE", &format!("{path}/pins/{}", ids[0]), Some(version_of(&arranged)), Value::Null).await;
    assert_eq!(unpinned.status, 200, "{unpinned:?}");
    let found =
        ed.graphql("{ newsroomCollections { id slug version rule { by } pins { slug slot } } }", Value::Null).await;
    let desk =
        found["newsroomCollections"].as_array().unwrap().iter().find(|one| one["slug"] == "desk").unwrap().clone();
    assert_eq!(
        (desk["pins"].clone(), desk["rule"]["by"].clone()),
        (json!([{ "slug": "s3", "slot": 3 }]), json!("LATEST"))
    );
    let query = "mutation ($id: ID!, $version: Int!, $article: ID!) { pinArticle(id: $id, version: $version, pin: { articleId: $article }) \
        { collection { version pins { slug slot public } } userErrors { code } } }";
    let pinned = ed.graphql(query, json!({ "id": desk["id"], "version": desk["version"], "article": ids[0] })).await;
    assert_eq!(
        pinned["pinArticle"]["collection"]["pins"][0],
        json!({ "slug": "s1", "slot": 1, "public": true }),
        "{pinned}"
    );
    let unfit = ed.ask("PATCH", &path, Some(4), json!({ "rule": { "by": "LATEST", "topic": "nothing-here" } })).await;
    assert_eq!((unfit.status, unfit.code()), (422, "INVALID_INPUT"), "{unfit:?}");
    let renamed = ed.ask("PATCH", &path, Some(4), json!({ "name": "The desk", "rule": { "by": "NONE" } })).await;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    assert_eq!(shown().await, ["s1", "s3"]);
    assert_eq!(ed.ask("DELETE", &path, Some(version_of(&renamed)), Value::Null).await.status, 204);
    assert_eq!(server.get("/v1/collections/desk").await.status(), 404);
});

/// A vocabulary of a few concepts, in the form of the IPTC's.
const VOCABULARY: &str = r#"{ "prefSchemeAlias": "medtop", "conceptSet": [
    { "uri": "http://x/3", "qcode": "medtop:3", "prefLabel": { "en-GB": "rowing" }, "broader": ["http://x/2"] },
    { "uri": "http://x/1", "qcode": "medtop:1", "prefLabel": { "en-GB": "sport" }, "definition": { "en-GB": "Games." },
      "exactMatch": ["http://www.wikidata.org/entity/Q349"] },
    { "uri": "http://x/2", "qcode": "medtop:2", "prefLabel": { "en-GB": "water sports" }, "broader": ["http://x/1"] },
    { "uri": "http://x/4", "qcode": "medtop:4", "prefLabel": { "en-GB": "jousting" }, "retired": "2020-01-01" }
] }"#;

both!(a_vocabulary_comes_as_a_tree_once, async |t| {
    people(t).await;
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first", "subjects": [{ "name": "Rowing" }] }))]).await;
    let (db, system) = (&t.db, Viewer::system());
    let read = |text: &str| skos::read(text.as_bytes(), None).unwrap();
    let take = async |options| vocabulary::import(db, &system, read(VOCABULARY), options).await.unwrap().value;
    let report = |created, updated, unchanged| Report { created, updated, unchanged, retired: 1 };
    assert_eq!(take(Options { dry_run: true, ..Options::default() }).await, report(2, 1, 0));
    assert_eq!(take(Options::default()).await, report(2, 1, 0), "a trial keeps nothing");
    assert_eq!(take(Options::default()).await, report(0, 0, 3));
    whole(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    // The topic of the story is the concept's: it has a code and stands below the others, which are public with it.
    let rowing = term(&ed, TOPICS, "rowing").await;
    assert_eq!((rowing["name"].as_str(), rowing["parent"]["slug"].as_str()), (Some("Rowing"), Some("water-sports")));
    assert_eq!(rowing["externalIds"], json!([{ "scheme": "medtop", "code": "3" }]));
    let sport = term(&ed, TOPICS, "sport").await;
    assert_eq!((sport["public"].clone(), sport["description"].clone()), (json!(true), json!("Games.")));
    assert_eq!(sport["externalIds"][1], json!({ "scheme": "wikidata", "code": "Q349" }));
    // What editors have made of it stays so; a story that brings the code is about it.
    change(&ed, TOPICS, "water-sports", json!({ "name": "On the water", "slug": "on-the-water" })).await;
    assert_eq!(take(Options { listed: true, ..Options::default() }).await, report(0, 3, 0));
    assert_eq!(term(&ed, TOPICS, "on-the-water").await["name"], "On the water");
    let coded = json!({ "slug": "second", "subjects": [{ "name": "Watersports", "code": "2", "scheme": "medtop" }] });
    t.import_all(&[with(story("urn:t:2"), coded)]).await;
    let read = Said::of(server.get("/v1/articles/second").await).await;
    assert_eq!(read.text("/topics/0/slug"), "on-the-water", "{read:?}");
    whole(t).await;
});

both!(the_media_topics_of_the_iptc_come_whole, async |t| {
    let Some(file) = shared::file("data/iptc/mediatopics/cptall-en-US.json") else { return };
    let vocabulary = skos::read(&file, None).unwrap();
    let (db, system) = (&t.db, Viewer::system());
    let options = Options { listed: true, ..Options::default() };
    let first = vocabulary::import(db, &system, vocabulary.clone(), options).await.unwrap().value;
    assert_eq!(first, Report { created: 1_085, updated: 0, unchanged: 0, retired: 302 });
    let again = vocabulary::import(db, &system, vocabulary, options).await.unwrap().value;
    assert_eq!(again, Report { created: 0, updated: 0, unchanged: 1_085, retired: 302 });
    let roots = t.texts("SELECT slug AS v FROM topics WHERE parent_id IS NULL ORDER BY slug").await;
    assert_eq!(roots.len(), 17, "{roots:?}");
    whole(t).await;
});

both!(a_label_by_rule_stands_everywhere, async |t| {
    let opinion = |n: u32, kind: &str, label: Value| {
        let fields = json!({
            "slug": format!("s{n}"), "genre": "opinion", "label": label, "subjects": [{ "name": "Vote" }],
            "authors": [{ "name": format!("Author {n}"), "kind": kind }],
        });
        with(story(&format!("urn:t:{n}")), fields)
    };
    t.import_all(&[
        opinion(1, "independent", Value::Null),
        opinion(2, "staff", Value::Null),
        opinion(3, "independent", json!("Essay")),
        with(story("urn:t:4"), json!({ "slug": "s4", "subjects": [{ "name": "Vote" }] })),
    ])
    .await;
    let rule = |author_kinds: &[&str], text: &str| NoticeSettings {
        genres: vec!["opinion".to_owned()],
        author_kinds: author_kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        text: text.to_owned(),
    };
    let mut settings = t.settings();
    settings.labels = vec![rule(&["independent"], "Op-Ed"), rule(&[], "Opinion")];
    let server = t.serve_set(settings).await;
    let expected = [("s1", json!("Op-Ed")), ("s2", json!("Opinion")), ("s3", json!("Essay")), ("s4", Value::Null)];
    let said = Said::of(server.get("/v1/articles?fields=slug").await).await;
    let all = server
        .graphql("{ articles { nodes { slug label body { html } related { article { slug label } } } } }", Value::Null)
        .await;
    for (slug, label) in &expected {
        let row = said.body["data"].as_array().unwrap().iter().find(|row| row["slug"] == *slug).unwrap();
        assert_eq!(row["label"], *label, "{slug}");
        let node =
            all["data"]["articles"]["nodes"].as_array().unwrap().iter().find(|row| row["slug"] == *slug).unwrap();
        assert_eq!(node["label"], *label, "{slug}");
        let one = Said::of(server.get(&format!("/v1/articles/{slug}?include=moreAbout")).await).await;
        assert_eq!(one.body["label"], *label, "{slug}");
        if let Some(label) = label.as_str() {
            let line = format!("<p class=\"label\">{label}</p>");
            assert!(node["body"]["html"].as_str().unwrap().contains(&line), "{node}");
            assert!(one.text("/body/html").contains(&line), "{one:?}");
        }
        // Teasers of the others.
        for teaser in one.body["moreAbout"][0]["articles"].as_array().unwrap() {
            let (_, label) = expected.iter().find(|(slug, _)| teaser["slug"] == *slug).unwrap();
            assert_eq!(teaser["label"], *label, "beside {slug}: {teaser}");
        }
    }
});

/// Insists that the catalogue is of one piece: counts, links and columns say the same, everything that is named is there, and
/// newsroom and catalogue agree on the versions.
pub async fn whole(t: &TestApp) {
    let none = async |what: &str, sql: &str| {
        let rows = t.texts(sql).await;
        assert!(rows.is_empty(), "{what}: {rows:?}");
    };
    for (noun, links, key) in [
        ("topic", "article_topics", "topic_id"),
        ("author", "article_authors", "author_id"),
        ("section", "article_sections", "section_id"),
    ] {
        let table = format!("{noun}s");
        none(
            "a link to what is not in the catalogue",
            &format!("SELECT CAST({key} AS TEXT) AS v FROM {links} WHERE {key} NOT IN (SELECT id FROM {table})"),
        )
        .await;
        none(
            "a link of an article that is not in the catalogue",
            &format!(
                "SELECT CAST(article_id AS TEXT) AS v FROM {links} WHERE article_id NOT IN (SELECT id FROM articles)"
            ),
        )
        .await;
        none(
            "a count that is not what is linked",
            &format!(
                "SELECT key AS v FROM counts WHERE kind = '{noun}' AND n <> \
                 (SELECT COUNT(*) FROM {links} WHERE CAST({key} AS TEXT) = counts.key)"
            ),
        )
        .await;
        none(
            "links that are not counted",
            &format!(
                "SELECT CAST({key} AS TEXT) AS v FROM {links} WHERE CAST({key} AS TEXT) NOT IN \
                 (SELECT key FROM counts WHERE kind = '{noun}')"
            ),
        )
        .await;
        none(
            "a copy that is not what the newsroom has",
            &format!(
                "SELECT c.slug AS v FROM {table} c LEFT JOIN newsroom_terms n ON n.id = c.id WHERE n.id IS NULL OR \
                 n.slug <> c.slug OR n.name <> c.name OR n.merged_into IS NOT NULL"
            ),
        )
        .await;
        none(
            "an alias that leads nowhere",
            &format!(
                "SELECT alias AS v FROM term_aliases WHERE noun = '{noun}' AND term_id NOT IN \
                 (SELECT id FROM {table})"
            ),
        )
        .await;
        none(
            "an alias that waits for a term that is public",
            &format!(
                "SELECT alias AS v FROM newsroom_term_addresses WHERE noun = '{noun}' AND (term_id IN (SELECT id FROM {table}) \
                 OR term_id NOT IN (SELECT id FROM newsroom_terms WHERE merged_into IS NULL))"
            ),
        )
        .await;
        none(
            "a copy that nothing uses",
            &format!(
                "SELECT c.slug AS v FROM {table} c JOIN newsroom_terms n ON n.id = c.id WHERE NOT n.listed AND c.id NOT IN \
                 (SELECT {key} FROM {links}){}",
                if noun == "topic" { " AND c.id NOT IN (SELECT parent_id FROM topics WHERE parent_id IS NOT NULL)" } else { "" }
            ),
        )
        .await;
    }
    none(
        "a parent that is not there",
        "SELECT slug AS v FROM sections WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM sections) UNION ALL \
         SELECT slug AS v FROM topics WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM topics)",
    )
    .await;
    none(
        "two versions of one article",
        "SELECT a.slug AS v FROM articles a JOIN newsroom_articles n ON n.id = a.id WHERE a.version <> n.version",
    )
    .await;
    // Columns and links.
    let numbers = |json: &str| -> BTreeSet<i64> {
        match serde_json::from_str(json).unwrap() {
            Value::Array(items) => items.iter().map(|i| i.as_i64().or_else(|| i[0].as_i64()).unwrap()).collect(),
            _ => BTreeSet::new(),
        }
    };
    let mut parents: BTreeMap<String, String> = BTreeMap::new();
    for row in
        t.texts("SELECT CAST(id AS TEXT) || ' ' || COALESCE(CAST(parent_id AS TEXT), '') AS v FROM sections").await
    {
        let (id, parent) = row.split_once(' ').unwrap();
        parents.insert(id.to_owned(), parent.to_owned());
    }
    for id in t.texts("SELECT CAST(id AS TEXT) AS v FROM articles").await {
        for (column, links, key) in
            [("topics", "article_topics", "topic_id"), ("authors", "article_authors", "author_id")]
        {
            let own = t.texts(&format!("SELECT {column} AS v FROM articles WHERE id = {id}")).await.remove(0);
            let linked =
                t.texts(&format!("SELECT CAST({key} AS TEXT) AS v FROM {links} WHERE article_id = {id}")).await;
            let linked: BTreeSet<i64> = linked.iter().map(|id| id.parse().unwrap()).collect();
            assert_eq!(numbers(&own), linked, "{column} of {id}");
        }
        let section = t
            .texts(&format!("SELECT COALESCE(CAST(section_id AS TEXT), '') AS v FROM articles WHERE id = {id}"))
            .await
            .remove(0);
        let mut chain = BTreeSet::new();
        let mut next = section;
        while !next.is_empty() {
            let above = parents.get(&next).unwrap_or_else(|| panic!("no section {next}")).clone();
            chain.insert(next);
            next = above;
        }
        let linked = t
            .texts(&format!("SELECT CAST(section_id AS TEXT) AS v FROM article_sections WHERE article_id = {id}"))
            .await;
        assert_eq!(chain, linked.into_iter().collect(), "sections of {id}");
    }
}

/// What the articles are about, by the slugs of now, as a simple model has it: terms are labels, and a merge relabels.
#[derive(Default)]
struct Model {
    /// From a first slug to the label of now.
    labels: BTreeMap<(Noun, String), String>,
    articles: BTreeMap<u64, [Vec<String>; 3]>,
    public: BTreeSet<u64>,
}

const NOUNS: [Noun; 3] = [Noun::Topic, Noun::Section, Noun::Author];
const WORDS: [&str; 10] = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"];
/// How many of them articles name; the others are made by editors.
const COMMON: usize = 8;

impl Model {
    fn now(&self, noun: Noun, word: &str) -> String {
        self.labels.get(&(noun, word.to_owned())).cloned().unwrap_or_else(|| word.to_owned())
    }
}

both!(any_history_of_the_taxonomy_leaves_it_of_one_piece, async |t| {
    let mut chance = Chance::new();
    let (db, editor) = (&t.db, Viewer::system());
    let mut model = Model::default();
    let (mut renamed, mut merged, mut moved, mut deleted) = (0, 0, 0, 0);
    let steps = count(60, 1_500);
    let mut step = 0;
    // A short history goes on until each has happened.
    while step < steps || (step < 10 * steps && [renamed, merged, moved, deleted].contains(&0)) {
        step += 1;
        let noun = NOUNS[chance.below(3)];
        let word = WORDS[chance.below(WORDS.len())];
        let slug = model.now(noun, word);
        let found = taxonomy::one(db, &editor, noun, &slug).await.ok();
        match chance.below(10) {
            // A story comes, or comes again, under names of old and of now.
            0..=3 => {
                let n = chance.below(12) as u64;
                let pick = |chance: &mut Chance| WORDS[chance.below(COMMON)];
                let topics: BTreeSet<&str> = (0..chance.below(4)).map(|_| pick(&mut chance)).collect();
                let authors: BTreeSet<&str> = (0..chance.below(3)).map(|_| pick(&mut chance)).collect();
                let section = pick(&mut chance);
                let named = |words: &BTreeSet<&str>| -> Vec<Value> {
                    words.iter().map(|w| json!({ "name": w, "slug": w })).collect()
                };
                let fields = json!({
                    "slug": format!("s{n}"), "subjects": named(&topics), "authors": named(&authors),
                    "section": { "name": section, "slug": section },
                    // Every import says something new, so that it is one.
                    "description_text": format!("Step {step}."),
                });
                t.import_all(&[with(story(&format!("urn:t:{n}")), fields)]).await;
                let own = |words: &BTreeSet<&str>| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
                model.articles.insert(n, [own(&topics), vec![section.to_owned()], own(&authors)]);
                model.public.insert(n);
            }
            4 => {
                if let Some(n) = model.public.iter().nth(chance.below(model.public.len().max(1))).copied() {
                    let id = t.id(&format!("urn:t:{n}")).await;
                    withdraw::withdraw(db, &editor, id, "Wrong.").await.unwrap();
                    if chance.below(2) == 0 {
                        publish::publish(db, &editor, id).await.unwrap();
                    } else {
                        model.public.remove(&n);
                    }
                }
            }
            5..=6 => {
                let Some(look) = found else { continue };
                let to = format!("{word}-{}", chance.below(4));
                let form = form(noun, Some(to.clone()), None);
                let done = taxonomy::change(db, &editor, look.term.id, Expected::Version(look.term.edit), form).await;
                match done {
                    Ok(written) => {
                        renamed += 1;
                        let old = look.term.slug.clone();
                        assert_eq!(written.value.term.slug, to);
                        for word in WORDS {
                            if model.now(noun, word) == old {
                                model.labels.insert((noun, word.to_owned()), to.clone());
                            }
                        }
                    }
                    Err(error) => assert_eq!(error.code(), Code::Conflict, "{error:?}"),
                }
            }
            7 => {
                let Some(look) = found else { continue };
                let into = model.now(noun, WORDS[chance.below(WORDS.len())]);
                let done = taxonomy::merge(db, &editor, noun, look.term.id, Expected::Any, &into).await;
                match done {
                    Ok(_) => {
                        merged += 1;
                        for word in WORDS {
                            if model.now(noun, word) == look.term.slug {
                                model.labels.insert((noun, word.to_owned()), into.clone());
                            }
                        }
                    }
                    Err(error) => {
                        assert!(matches!(error.code(), Code::Conflict | Code::InvalidInput), "{error:?}");
                    }
                }
            }
            8 => {
                let Some(look) = found.filter(|_| noun != Noun::Author) else { continue };
                let parent = model.now(noun, WORDS[chance.below(WORDS.len())]);
                let parent = (chance.below(4) > 0).then_some(parent);
                match taxonomy::change(db, &editor, look.term.id, Expected::Any, form(noun, None, Some(parent))).await {
                    Ok(_) => moved += 1,
                    Err(error) => assert_eq!(error.code(), Code::InvalidInput, "{error:?}"),
                }
            }
            _ => {
                // What an editor makes, nobody has named yet.
                let own = *chance.pick(&WORDS[COMMON..]);
                let mut made = form(noun, Some(own.to_owned()), None);
                match &mut made {
                    Form::Topic(form) => form.name = Some(own.to_owned()),
                    Form::Section(form) => form.name = Some(own.to_owned()),
                    Form::Author(form) => form.name = Some(own.to_owned()),
                }
                if let Err(error) = taxonomy::create(db, &editor, made, None).await {
                    assert_eq!(error.code(), Code::Conflict, "{error:?}");
                }
                // It stays, or goes, or another shall go, which mostly is named.
                let look = match chance.below(3) {
                    0 => None,
                    1 => Some(taxonomy::one(db, &editor, noun, &model.now(noun, own)).await.unwrap()),
                    _ => found,
                };
                if let Some(look) = look {
                    match taxonomy::delete(db, &editor, noun, look.term.id, Expected::Any).await {
                        Ok(_) => {
                            deleted += 1;
                            assert_eq!(look.articles, 0);
                            // The names are free again.
                            for word in WORDS {
                                if model.now(noun, word) == look.term.slug {
                                    model.labels.remove(&(noun, word.to_owned()));
                                }
                            }
                        }
                        Err(error) => assert_eq!(error.code(), Code::Conflict, "{error:?}"),
                    }
                }
            }
        }
        whole(t).await;
        for (n, [topics, section, authors]) in model.articles.iter().filter(|(n, _)| model.public.contains(n)) {
            let id = t.id(&format!("urn:t:{n}")).await.0;
            for (noun, words, links, key) in [
                (Noun::Topic, topics, "article_topics", "topic_id"),
                (Noun::Author, authors, "article_authors", "author_id"),
            ] {
                let expected: BTreeSet<String> = words.iter().map(|word| model.now(noun, word)).collect();
                let sql = format!(
                    "SELECT n.slug AS v FROM {links} l JOIN newsroom_terms n ON n.id = l.{key} WHERE l.article_id = {id}"
                );
                let said: BTreeSet<String> = t.texts(&sql).await.into_iter().collect();
                assert_eq!(said, expected, "step {step}: {noun:?} of s{n}");
            }
            let sql = format!(
                "SELECT n.slug AS v FROM articles a JOIN newsroom_terms n ON n.id = a.section_id WHERE a.id = {id}"
            );
            assert_eq!(t.texts(&sql).await, [model.now(Noun::Section, &section[0])], "step {step}: section of s{n}");
        }
    }
    println!("{renamed} renamed, {merged} merged, {moved} moved, {deleted} deleted");
    assert!([renamed, merged, moved, deleted].iter().all(|n| *n > 0), "not each has happened in {step} steps");
});

fn form(noun: Noun, slug: Option<String>, parent: Option<Option<String>>) -> Form {
    match noun {
        Noun::Topic => Form::Topic(TopicForm { slug, parent, ..TopicForm::default() }),
        Noun::Section => Form::Section(SectionForm { slug, parent, ..SectionForm::default() }),
        Noun::Author => Form::Author(AuthorForm { slug, ..AuthorForm::default() }),
    }
}

//! Exports in small.

use super::*;
use crate::formats::html;
use crate::formats::item::Content;
use crate::formats::jsonl::{Line, SectionName, Status};
use serde_json::json;

fn export(post: Value) -> Vec<u8> {
    let whole = json!({ "db": [{ "meta": { "version": "5.0" }, "data": {
        "posts": [post],
        "tags": [{ "id": "t1", "name": "Politics", "slug": "politics" }, { "id": "t2", "name": "#hidden", "slug": "hash-hidden" },
                 { "id": "t3", "name": "Sea wall", "slug": "sea-wall" }],
        "posts_tags": [{ "post_id": "p1", "tag_id": "t3", "sort_order": 2 }, { "post_id": "p1", "tag_id": "t2", "sort_order": 0 },
                       { "post_id": "p1", "tag_id": "t1", "sort_order": 1 }],
        "users": [{ "id": "u1", "name": "Ada Marsh", "bio": "Writes." }, { "id": "u2", "name": "Ben Cole" }],
        "posts_authors": [{ "post_id": "p1", "author_id": "u2", "sort_order": 1 }, { "post_id": "p1", "author_id": "u1", "sort_order": 0 }],
        "posts_meta": [{ "post_id": "p1", "feature_image_alt": "A wall", "feature_image_caption": "By <b>Ben</b>" }],
    } }] });
    serde_json::to_vec(&whole).unwrap()
}

fn post(fields: Value) -> Value {
    let mut post = json!({ "id": "p1", "uuid": "0e1f", "title": "A title", "slug": "a-title", "type": "post", "status": "published",
        "visibility": "public", "published_at": "2020-05-01T10:00:00.000Z", "html": "<p>Text.</p>",
        "feature_image": "__GHOST_URL__/content/images/a.jpg" });
    for (key, value) in fields.as_object().unwrap() {
        post[key] = value.clone();
    }
    post
}

fn item(fields: Value) -> Item {
    let options = Options { site: Some("https://old.example/".to_owned()), ..Options::default() };
    read(&export(post(fields)), &options).unwrap().items.pop().unwrap()
}

fn line(item: Item) -> Line {
    match item.content {
        Content::Story(line) => *line,
        other => panic!("{other:?}"),
    }
}

fn body(fields: Value) -> String {
    html::render(&html::parse(line(item(fields)).body_html.as_deref().unwrap_or_default()).body)
}

#[test]
fn what_a_post_says_of_itself_is_kept() {
    let found = item(json!({ "custom_excerpt": "Short.", "codeinjection_head": "<script>" }));
    assert_eq!(found.notes.keys().map(String::as_str).collect::<Vec<_>>(), ["code injection", "internal tag"]);
    let line = line(found);
    assert_eq!((line.uri.as_str(), line.slug.as_deref()), ("urn:uuid:0e1f", Some("a-title")));
    assert_eq!(line.previous_urls, ["https://old.example/a-title/"]);
    let Some(SectionName::Full(section)) = &line.section else { panic!("a section") };
    assert_eq!(
        (section.name.as_str(), line.subjects[0].name.as_str(), line.subjects.len()),
        ("Politics", "Sea wall", 1)
    );
    assert_eq!(line.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Ada Marsh", "Ben Cole"]);
    let image = serde_json::to_value(&line.image).unwrap();
    assert_eq!(
        image,
        json!({ "url": "https://old.example/content/images/a.jpg", "alt": "A wall", "caption": "By Ben" })
    );
}

#[test]
fn what_is_not_for_everybody_stays_in_the_newsroom() {
    for (fields, status) in [
        (json!({}), Status::Usable),
        (json!({ "status": "scheduled" }), Status::Usable),
        (json!({ "status": "draft", "published_at": null }), Status::Draft),
        (json!({ "visibility": "members" }), Status::Draft),
        (json!({ "visibility": "paid" }), Status::Draft),
        (json!({ "status": "sent" }), Status::Draft),
    ] {
        assert_eq!(line(item(fields.clone())).status, status, "{fields}");
    }
    assert!(item(json!({ "visibility": "paid" })).notes.keys().any(|note| note.contains("no paywall")));
    assert!(matches!(item(json!({ "type": "page" })).content, Content::Passed(_)));
    assert!(matches!(item(json!({ "published_at": null })).content, Content::Fault { .. }));
    assert!(matches!(item(json!({ "published_at": "soon" })).content, Content::Fault { .. }));
}

#[test]
fn what_is_to_be_sent_by_mail_only_stays_in_the_newsroom() {
    let of = |status: &str, by_mail_only: Value| {
        let mut whole: Value = serde_json::from_slice(&export(post(json!({ "status": status })))).unwrap();
        whole["db"][0]["data"]["posts_meta"][0]["email_only"] = by_mail_only;
        let found = read(whole.to_string().as_bytes(), &Options::default()).unwrap().items.pop().unwrap();
        let noted = found.notes.contains_key("sent by mail only: kept as a draft");
        (line(found).status, noted)
    };
    for yes in [json!(1), json!(true), json!("1")] {
        assert_eq!(of("scheduled", yes.clone()), (Status::Draft, true), "{yes}");
        // Whoever publishes on the site after all leaves the mark behind.
        assert_eq!(of("published", yes.clone()), (Status::Usable, false), "{yes}");
    }
    for no in [json!(0), json!(false), json!(null)] {
        assert_eq!(of("scheduled", no.clone()), (Status::Usable, false), "{no}");
    }
}

#[test]
fn bodies_are_made_of_mobiledoc() {
    let document = json!({ "version": "0.3.1", "atoms": [["soft-return", "", {}]],
        "cards": [["image", { "src": "/i.jpg", "alt": "I", "caption": "Cap" }], ["markdown", { "markdown": "## Sub\n\n- one" }], ["poll", {}]],
        "markups": [["a", ["href", "https://a.example/", "onclick", "x"]], ["strong"]],
        "sections": [[1, "h2", [[0, [], 0, "Head"]]],
            [1, "p", [[0, [], 0, "See "], [0, [0, 1], 2, "here & there"], [1, [], 0, 0], [0, [], 0, "on"]]],
            [1, "blockquote", [[0, [], 0, "Said."]]], [3, "ol", [[[0, [], 0, "a"]], [[0, [], 0, "b"]]]],
            [10, 0], [10, 1], [10, 2], [10, 99]] });
    let fields = json!({ "html": null, "mobiledoc": document.to_string() });
    assert_eq!(
        body(fields.clone()),
        "<h2>Head</h2>\n<p>See <a href=\"https://a.example/\"><strong>here &amp; there</strong></a><br>on</p>\n<blockquote>\n<p>Said.</p>\n</blockquote>\n\
         <ol><li>a</li>\n<li>b</li></ol>\n<figure><img src=\"/i.jpg\" alt=\"I\"><figcaption>Cap</figcaption></figure>\n<h2>Sub</h2>\n<ul><li>one</li></ul>\n"
    );
    assert_eq!(item(fields).notes["card poll"], 1);
}

#[test]
fn bodies_are_made_of_lexical() {
    let words = |text: &str, format: u64| json!({ "type": "extended-text", "text": text, "format": format });
    let document = json!({ "root": { "type": "root", "children": [
        { "type": "extended-heading", "tag": "h3", "children": [words("Head", 0)] },
        { "type": "paragraph", "children": [words("A ", 0), words("bold", 3), { "type": "linebreak" },
            { "type": "link", "url": "https://a.example/", "children": [words("link", 0)] }] },
        { "type": "list", "listType": "bullet", "children": [{ "type": "listitem", "children": [words("one", 0)] }] },
        { "type": "extended-quote", "children": [words("Said.", 0)] },
        { "type": "codeblock", "code": "a < b", "language": "rust" }, { "type": "horizontalrule" },
        { "type": "embed", "url": "https://www.youtube.com/watch?v=abc" }, { "type": "signup" }] } });
    let fields = json!({ "html": null, "lexical": document.to_string() });
    let shown = body(fields.clone());
    for part in [
        "<h3>Head</h3>",
        "<a href=\"https://a.example/\">link</a>",
        "<li>one</li>",
        "<blockquote>",
        "a &lt; b",
        "<hr>",
        "watch?v=abc",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(item(fields).notes["card signup"], 1);
}

#[test]
fn what_only_members_see_of_a_post_is_left_out() {
    const NOTE: &str = "part for members only, and there is no paywall here";
    let paid = "<!--kg-gated-block:begin nonMember:false memberSegment:\"status:-free\" --><p>PAID</p><!--kg-gated-block:end-->";
    let open = "<!--kg-gated-block:begin nonMember:true memberSegment:\"\" --><p>Open.</p><!--kg-gated-block:end-->";
    for (html, shown, times) in [
        (format!("<p>A</p>{paid}<p>B</p>{paid}<p>C</p>"), "<p>A</p>\n<p>B</p>\n<p>C</p>\n", 2),
        (format!("<p>A</p>{open}{paid}<p>B</p>"), "<p>A</p>\n<p>Open.</p>\n<p>B</p>\n", 1),
        // What cannot be told apart is not shown.
        ("<p>A</p><!-- kg-gated-block:begin nonMember:false --><p>PAID</p><p>B</p>".to_owned(), "<p>A</p>\n", 1),
        ("<p>A</p><!--kg-gated-block:begin nonMember:false <p>PAID</p>".to_owned(), "<p>A</p>\n", 1),
        (format!("<p>A</p>{}<p>B</p>", paid.replace("nonMember:false ", "")), "<p>A</p>\n<p>B</p>\n", 1),
        (format!("<p>A</p>{}<p>B</p>", open.replace("<p>Open.</p>", paid)), "<p>A</p>\n<p>B</p>\n", 1),
        ("<p>A</p><!-- PAID? --><p>B</p>".to_owned(), "<p>A</p>\n<p>B</p>\n", 0),
    ] {
        assert_eq!(body(json!({ "html": html })), shown, "{html}");
        assert_eq!(item(json!({ "html": html })).notes.get(NOTE).copied().unwrap_or_default(), times, "{html}");
    }
    // A headline is made of what everybody sees.
    assert_eq!(line(item(json!({ "title": null, "html": format!("{paid}<p>Seen.</p>") }))).headline, "Seen.");

    let card =
        |visibility: Value, words: &str| json!({ "type": "callout", "calloutText": words, "visibility": visibility });
    let web = |non_member: Value| json!({ "web": { "nonMember": non_member, "memberSegment": "status:-free" } });
    let document = json!({ "root": { "type": "root", "children": [
        card(web(json!(false)), "PAID"), card(web(json!(null)), "PAID"), card(json!({ "showOnWeb": false }), "PAID"),
        card(web(json!(true)), "One"), card(json!({ "showOnWeb": true }), "Two"), card(json!(null), "Three"),
        { "type": "html", "html": format!("{paid}<p>Four</p>") } ] } });
    let fields = json!({ "html": null, "lexical": document.to_string() });
    let shown = body(fields.clone());
    assert!(!shown.contains("PAID"), "{shown}");
    for words in ["One", "Two", "Three", "Four"] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    assert_eq!(item(fields).notes[NOTE], 4);
}

#[test]
fn what_is_no_export_is_said() {
    for (bytes, says) in
        [(&b"{"[..], "line 1"), (b"{}", "no db"), (b"[1]", "no export"), (br#"{"db":[{"meta":{}}]}"#, "no db")]
    {
        let error = read(bytes, &Options::default()).unwrap_err();
        assert!(error.message().contains(says), "{}", error.message());
    }
}

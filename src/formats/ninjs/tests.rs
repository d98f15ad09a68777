//! Documents in small.

use super::*;
use crate::formats::item::Content;
use crate::formats::jsonl::{ImageName, Line, Status};
use crate::model::article::Tombstone;
use crate::model::id::ArticleId;
use serde_json::json;

fn one(document: Value) -> Item {
    read(document.to_string().as_bytes()).unwrap().items.pop().unwrap()
}

fn line(document: Value) -> Line {
    match one(document).content {
        Content::Story(line) => *line,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_three_versions_say_the_same() {
    let first = json!({ "uri": "urn:x:1", "type": "text", "pubstatus": "usable", "headline": "Wall", "byline": "By Ada Marsh",
        "firstcreated": "2020-05-01T10:00:00Z", "versioncreated": "2020-05-01T11:00:00Z", "language": "en", "body_text": "Plain.",
        "body_xhtml": "<p>Rich.</p>", "description_text": "Short.", "copyrightholder": "Courier",
        "subject": [{ "name": "politics", "scheme": "http://cv.iptc.org/newscodes/mediatopic/", "code": "11000000" }],
        "person": [{ "name": "Ada" }], "place": [{ "name": "Ellory" }],
        "associations": { "a": { "uri": "urn:x:2", "type": "picture", "byline": "Ben", "description_text": "A wall",
            "renditions": { "small": { "href": "https://x.example/s.jpg", "width": 100, "mimetype": "image/jpeg" },
                "large": { "href": "https://x.example/l.jpg", "width": 1200 }, "print": { "href": "https://x.example/p.jpg", "width": 9000 } } } } });
    let third = json!({ "uri": "urn:x:1", "type": "text", "pubStatus": "usable", "headlines": [{ "role": "short", "value": "W" }, { "role": "main", "value": "Wall" }],
        "by": "By Ada Marsh", "firstCreated": "2020-05-01T10:00:00Z", "versionCreated": "2020-05-01T11:00:00Z", "language": "en",
        "standard": { "name": "ninjs", "version": "3.0" },
        "bodies": [{ "contentType": "text/plain", "value": "Plain." }, { "contentType": "text/html", "value": "<p>Rich.</p>" }],
        "descriptions": [{ "value": "Short." }], "copyrightHolder": "Courier",
        "subjects": [{ "name": "politics", "uri": "http://cv.iptc.org/newscodes/mediatopic/11000000" }],
        "people": [{ "name": "Ada" }], "places": [{ "name": "Ellory" }],
        "associations": [{ "uri": "urn:x:2", "name": "a", "type": "picture", "by": "Ben", "descriptions": [{ "value": "A wall" }],
            "renditions": [{ "name": "s", "href": "https://x.example/s.jpg", "width": 100, "contentType": "image/jpeg" },
                { "name": "l", "href": "https://x.example/l.jpg", "width": 1200 }, { "name": "p", "href": "https://x.example/p.jpg", "width": 9000 }] }] });
    let of_first = line(first);
    assert_eq!(of_first, line(third));
    assert_eq!((of_first.headline.as_str(), of_first.body_html.as_deref()), ("Wall", Some("<p>Rich.</p>")));
    assert_eq!(
        (of_first.published.as_deref(), of_first.updated.as_deref()),
        (Some("2020-05-01T10:00:00.000Z"), Some("2020-05-01T11:00:00.000Z"))
    );
    let subject = &of_first.subjects[0];
    assert_eq!((subject.scheme.as_deref(), subject.code.as_deref()), (Some("medtop"), Some("11000000")));
    let Some(ImageName::Full(image)) = of_first.image else { panic!("an image") };
    assert_eq!(
        (image.url.as_str(), image.credit.as_deref(), image.width),
        ("https://x.example/l.jpg", Some("Ben"), Some(1200))
    );
}

#[test]
fn words_that_look_like_tags_are_words() {
    for text in ["How <select> works, and <iframe> too", "Vector<String> & co: a<b or c", "Why </p> ends it"] {
        let first = json!({ "uri": "urn:x:1", "type": "text", "headline": text, "description_text": text });
        let third = json!({ "uri": "urn:x:1", "type": "text", "standard": { "name": "ninjs", "version": "3.1" },
            "headlines": [{ "value": text }], "descriptions": [{ "value": text }] });
        for document in [first, third] {
            let line = line(document);
            assert_eq!((line.headline.as_str(), line.description_text.as_deref()), (text, Some(text)));
        }
    }
    // HTML where text is said stays what it is.
    let html = json!({ "uri": "urn:x:1", "type": "text", "headline": "The <em>wall</em> &amp; more" });
    assert_eq!(line(html).headline, "The wall & more");
}

#[test]
fn the_date_of_a_version_is_told_from_that_of_the_story() {
    let of = |fields: Value| {
        let mut document = json!({ "uri": "urn:x:1", "type": "text", "headline": "Wall" });
        fields.as_object().unwrap().iter().for_each(|(key, value)| document[key] = value.clone());
        let line = line(document);
        (line.published.is_some(), line.dates_version)
    };
    let (first, version) = ("2020-05-01T10:00:00Z", "2020-05-01T11:00:00Z");
    assert_eq!(of(json!({})), (false, false));
    assert_eq!(of(json!({ "versioncreated": version })), (true, true));
    assert_eq!(of(json!({ "firstcreated": first, "versioncreated": version })), (true, false));
}

#[test]
fn many_topics_and_texts_take_no_square_of_them() {
    let subjects: Vec<Value> = (0..40_000).map(|n| json!({ "name": format!("S {n}") })).collect();
    let headlines: Vec<Value> = (0..40_000).map(|n| json!({ "role": "main", "value": format!("H {n}") })).collect();
    let begun = std::time::Instant::now();
    let line = line(json!({ "uri": "urn:x:1", "type": "text", "standard": { "name": "ninjs", "version": "3.1" },
        "headlines": headlines, "subjects": subjects }));
    assert_eq!((line.subjects.len(), line.headline.as_str()), (40_000, "H 39999"));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn what_may_not_be_shown_is_not() {
    let base = json!({ "uri": "urn:x:1", "type": "text", "headline": "Wall" });
    let with = |fields: Value| {
        let mut document = base.clone();
        fields.as_object().unwrap().iter().for_each(|(key, value)| document[key] = value.clone());
        line(document)
    };
    assert_eq!(with(json!({})).status, Status::Usable);
    assert_eq!(with(json!({ "pubstatus": "withheld" })).status, Status::Withheld);
    assert_eq!(with(json!({ "pubstatus": "canceled" })).status, Status::Canceled);
    let waiting = with(json!({ "embargoed": "2030-01-01T00:00:00Z" }));
    assert_eq!(
        (waiting.status, waiting.embargoed_until.as_deref()),
        (Status::Usable, Some("2030-01-01T00:00:00.000Z"))
    );
    assert_eq!(with(json!({ "embargoed": "Next Monday" })).status, Status::Withheld);
}

#[test]
fn what_is_taken_back_needs_no_text() {
    for document in [
        json!({ "uri": "urn:x:1", "pubstatus": "canceled" }),
        json!({ "uri": "urn:x:1", "type": "text", "pubstatus": "canceled", "$standard": { "name": "ninjs", "version": "1.3" } }),
        json!({ "uri": "urn:x:1", "type": "text", "pubstatus": "canceled", "standard": { "name": "ninjs", "version": "2.2" } }),
        json!({ "uri": "urn:x:1", "type": "text", "pubStatus": "canceled", "standard": { "name": "ninjs", "version": "3.1" } }),
    ] {
        let item = one(document.clone());
        assert!(item.notes.is_empty(), "{document}: {:?}", item.notes);
        let Content::Story(line) = item.content else { panic!("no story: {document}") };
        assert_eq!(
            (line.status, line.uri.as_str(), line.headline.as_str()),
            (Status::Canceled, "urn:x:1", ""),
            "{document}"
        );
    }
    let picture = json!({ "uri": "urn:x:1", "type": "picture", "pubstatus": "canceled" });
    assert!(matches!(one(picture).content, Content::Passed(_)));
}

#[test]
fn what_was_killed_is_told_from_what_was_withdrawn() {
    let stone = |killed| Tombstone {
        article: ArticleId(1),
        uri: "urn:x:1".into(),
        slug: "wall".into(),
        killed,
        reason: "By order of a court.".into(),
        at: "2026-03-01T12:00:00Z".parse().unwrap(),
        touches: Box::default(),
    };
    for version in write::Version::ALL {
        for killed in [true, false] {
            let mut document = write::canceled(&stone(killed), version);
            check(&document).unwrap();
            let read = line(document.clone());
            assert_eq!((read.status, read.killed), (Status::Canceled, killed), "{document}");
            assert_eq!(read.status_reason.as_deref(), Some("By order of a court."), "{document}");
            assert_eq!(read.version_created.as_deref(), Some("2026-03-01T12:00:00.000Z"), "{document}");
            // The word of whoever else writes so is no order to kill.
            document[if version == write::Version::V2_2 { "altids" } else { "altIds" }] = json!([]);
            assert!(!line(document.clone()).killed, "{document}");
        }
    }
}

#[test]
fn what_was_written_here_says_more_than_a_document_of_others() {
    let of = |id: &str| {
        line(json!({
            "uri": "urn:x:1", "type": "text", "standard": { "name": "ninjs", "version": "3.1" }, "slugline": "the-wall",
            "firstCreated": "2026-02-01T00:00:00.000Z", "headlines": [{ "value": "Wall" }], "by": "Reuters, Berlin and Ada Marsh",
            "infoSources": [
                { "name": "The Gazette" }, { "name": "Reuters, Berlin", "role": "author" }, { "name": "Ada Marsh", "role": "author" },
            ],
            "altIds": [
                { "role": "id", "value": id }, { "role": "url", "value": "https://a.example/the-wall" },
                { "role": "canonical", "value": "https://b.example/wall" }, { "role": "publishedOn", "value": "2026-02-01" },
            ],
        }))
    };
    let (own, others) = (of(&ArticleId(1).to_string()), of("17"));
    for line in [&own, &others] {
        let names: Vec<&str> = line.authors.iter().map(|author| author.name.as_str()).collect();
        assert_eq!(names, ["Reuters, Berlin", "Ada Marsh"]);
        assert_eq!(line.infosources.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["The Gazette"]);
    }
    assert_eq!((own.slug.as_deref(), own.published.as_deref()), (Some("the-wall"), Some("2026-02-01")));
    assert_eq!(own.canonical_url.as_deref(), Some("https://b.example/wall"));
    assert_eq!((others.slug, others.canonical_url), (None, None));
    assert_eq!(others.published.as_deref(), Some("2026-02-01T00:00:00.000Z"));
}

#[test]
fn what_cannot_be_read_is_kept_whole() {
    let document = json!({ "uri": "urn:x", "pubstatus": "cancelled", "body_text": "Words. ".repeat(1_000) });
    let Content::Fault { source, whole, .. } = one(document.clone()).content else { panic!("no fault") };
    assert_eq!((source, whole), (document.to_string().into_bytes(), true));
}

#[test]
fn what_is_no_ninjs_fails_with_the_place_and_what_is_no_text_is_passed_over() {
    for (document, says) in [
        (json!({ "headline": "no uri" }), "uri"),
        (json!({ "uri": "urn:x", "type": "nonsense", "headline": "x" }), "/type"),
        (json!({ "uri": "urn:x", "pubstatus": "cancelled" }), "/pubstatus"),
        (json!({ "uri": "urn:x", "nosuch": 1 }), "nosuch"),
        (json!({ "uri": "urn:x", "standard": { "version": "3.0" }, "headline": "not of 3" }), "headline"),
        (json!({ "uri": "urn:x", "standard": { "version": "9.0" } }), "not known"),
        (json!([]), ""),
    ] {
        if document.is_array() {
            assert!(read(b"[]").unwrap().items.is_empty());
            continue;
        }
        let item = one(document.clone());
        assert!(
            matches!(&item.content, Content::Fault { reason, .. } if reason.contains(says)),
            "{document}: {item:?}"
        );
    }
    for document in [
        json!({ "uri": "urn:x", "type": "picture", "headline": "x" }),
        json!({ "uri": "urn:x" }),
        json!({ "uri": "urn:x", "title": "Meeting", "eventDetails": {} }),
    ] {
        assert!(matches!(one(document.clone()).content, Content::Passed(_)), "{document}");
    }
}

#[test]
fn one_many_and_lines() {
    let story = |n: usize| json!({ "uri": format!("urn:x:{n}"), "type": "text", "headline": "x" }).to_string();
    let count = |text: &str| read(text.as_bytes()).map(|all| all.items.len());
    assert_eq!(count(&story(1)).unwrap(), 1);
    assert_eq!(count(&format!("[{},{}]", story(1), story(2))).unwrap(), 2);
    // Arrays a line, also as the first one and beside a broken one.
    assert_eq!(count(&format!("[{},{}]\n{}\n[{}]", story(1), story(2), story(3), story(4))).unwrap(), 4);
    assert_eq!(count(&format!("{}\n[{},{}]", story(1), story(2), story(3))).unwrap(), 3);
    assert_eq!(count(&format!("[{}]\n[{}\n", story(1), story(2))).unwrap(), 2);
    // One array over several lines is one value, and says where it is broken.
    assert_eq!(count(&format!("[\n{},\n{}\n]\n", story(1), story(2))).unwrap(), 2);
    for text in [format!("[\n{}\n{}\n]", story(1), story(2)), format!("[{},\n{}", story(1), story(2))] {
        assert!(count(&text).unwrap_err().message().contains("no JSON"), "{text}");
    }
    let lines = read(format!("{}\n\n{{\"uri\"\n{}\n", story(1), story(2)).as_bytes()).unwrap();
    let faults = lines.items.iter().filter(|item| matches!(item.content, Content::Fault { .. })).count();
    assert_eq!((lines.items.len(), faults), (3, 1));
    for text in ["{\n\"uri\": \n}", "[{},", "nothing", ""] {
        assert!(count(text).unwrap_err().message().contains("no JSON"), "{text}");
    }
}

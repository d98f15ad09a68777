//! Feeds in small.

use super::*;
use crate::formats::item::Content;
use crate::formats::jsonl::{ImageName, Line, Status};
use serde_json::json;

fn line(item: &Item) -> Line {
    match &item.content {
        Content::Story(line) => (**line).clone(),
        other => panic!("{other:?}"),
    }
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel><title>The Courier</title>\
         <link>https://courier.example/</link><language>en-gb</language>\n{items}</channel></rss>"
    )
}

#[test]
fn an_item_of_rss_is_a_story() {
    let text = rss(
        "<item><title>Sea wall &amp;amp; price</title><link>https://courier.example/2020/05/wall</link><guid>https://courier.example/?p=1</guid>\
         <pubDate>Fri, 01 May 2020 12:00:00 +0200</pubDate><dc:creator>Ada Marsh</dc:creator><category domain=\"https://s.example/\">Budget</category>\
         <description>Short.</description><content:encoded><![CDATA[<h2>Sub</h2><p>Text.</p><script>x</script>]]></content:encoded>\
         <media:content url=\"https://courier.example/a.jpg\" medium=\"image\" type=\"image/jpeg\" width=\"600\"/>\
         </item>\
         <item><guid>urn:x:2</guid><title>Two</title><enclosure url=\"https://courier.example/a.mp3\" length=\"1\" type=\"audio/mpeg\"/></item>",
    );
    let items = read(text.as_bytes()).unwrap().items;
    assert_eq!(items[1].notes["enclosure (audio)"], 1);
    let line = line(&items[0]);
    assert_eq!((line.uri.as_str(), line.headline.as_str()), ("https://courier.example/?p=1", "Sea wall & price"));
    assert_eq!(line.published.as_deref(), Some("2020-05-01T10:00:00.000Z"));
    assert_eq!((line.language.as_deref(), line.source.as_deref()), (Some("en-gb"), Some("The Courier")));
    assert_eq!(line.canonical_url.as_deref(), Some("https://courier.example/2020/05/wall"));
    assert_eq!((line.authors[0].name.as_str(), line.subjects[0].name.as_str()), ("Ada Marsh", "Budget"));
    assert_eq!(line.description_text.as_deref(), Some("Short."));
    assert!(line.body_html.unwrap().starts_with("<h2>Sub</h2>"));
    let Some(ImageName::Full(image)) = line.image else { panic!("an image") };
    assert_eq!((image.url.as_str(), image.width), ("https://courier.example/a.jpg", Some(600)));
}

#[test]
fn an_entry_without_an_id_has_a_lasting_one_all_the_same() {
    let text = rss(
        "<item><title>One</title></item><item><title>Two</title></item><item><guid>17</guid><title>Three</title></item>",
    );
    let uris = |text: &str| read(text.as_bytes()).unwrap().items.iter().map(|item| line(item).uri).collect::<Vec<_>>();
    let found = uris(&text);
    assert_eq!(found, uris(&text));
    assert!(found.iter().all(|uri| uri.starts_with("urn:feed:")) && found[0] != found[1], "{found:?}");
    assert_eq!(line(&read(text.as_bytes()).unwrap().items[0]).published, None);
}

#[test]
fn atom_and_json_feeds_are_read() {
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>C</title><id>urn:x:feed</id><author><name>Desk</name></author>\
        <entry><id>urn:x:1</id><title type=\"html\">A &lt;b&gt;title&lt;/b&gt;</title><link href=\"https://c.example/1\"/><updated>2020-05-01T10:00:00Z</updated>\
        <published>2020-04-30T10:00:00Z</published><content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>In <em>it</em>.</p></div></content></entry></feed>";
    let one = line(&read(atom.as_bytes()).unwrap().items[0]);
    assert_eq!((one.uri.as_str(), one.headline.as_str(), one.authors[0].name.as_str()), ("urn:x:1", "A title", "Desk"));
    assert_eq!(
        (one.published.as_deref(), one.updated.as_deref()),
        (Some("2020-04-30T10:00:00.000Z"), Some("2020-05-01T10:00:00.000Z"))
    );
    assert!(one.body_html.unwrap().contains("<em>it</em>"));
    let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "C", "language": "de", "items": [
        { "id": "https://c.example/1", "url": "https://c.example/1", "title": "T", "content_text": "One.\n\nTwo.", "date_published": "2020-05-01T10:00:00Z",
          "image": "https://c.example/a.png", "authors": [{ "name": "Ada" }], "tags": ["x"] },
        { "id": "7", "title": 7 }, { "id": "urn:x:3", "content_html": "<p>No title here.</p>" }] });
    let items = read(feed.to_string().as_bytes()).unwrap().items;
    let first = line(&items[0]);
    assert_eq!((first.language.as_deref(), first.body_html.as_deref()), (Some("de"), Some("<p>One.</p><p>Two.</p>")));
    assert_eq!(first.image, Some(ImageName::Url("https://c.example/a.png".into())));
    assert!(matches!(items[1].content, Content::Fault { .. }), "{:?}", items[1]);
    assert_eq!(line(&items[2]).headline, "No title here.");
}

#[test]
fn an_id_of_a_json_feed_that_is_no_text_is_read_as_one() {
    let uri = |id: Value| {
        let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "C", "items": [{ "id": id, "title": "T" }] });
        line(&read(feed.to_string().as_bytes()).unwrap().items[0]).uri
    };
    assert_eq!(uri(json!(7)), uri(json!("7")));
    assert_eq!(uri(json!(9_007_199_254_740_993_u64)), uri(json!("9007199254740993")));
    assert_eq!(uri(json!(true)), uri(json!("true")));
    assert_ne!(uri(json!(7)), uri(json!(8)));
}

#[test]
fn the_year_1_is_no_date() {
    let dates = |entry: &str| {
        let text = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><entry><id>urn:x:1</id><title>T</title>{entry}</entry></feed>"
        );
        let one = line(&read(text.as_bytes()).unwrap().items[0]);
        (one.published, one.updated)
    };
    for zero in ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"] {
        let zero = format!("<published>{zero}</published><updated>{zero}</updated>");
        assert_eq!(dates(&zero), (None, None), "{zero}");
    }
    assert_eq!(
        dates("<published>0001-01-01T00:00:00Z</published><updated>2020-05-01T10:00:00Z</updated>"),
        (Some("2020-05-01T10:00:00.000Z".to_owned()), None)
    );
    let text =
        rss("<item><guid>urn:x:1</guid><title>About</title><pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate></item>");
    assert_eq!(line(&read(text.as_bytes()).unwrap().items[0]).published, None);
}

#[test]
fn titles_are_plain_where_they_say_so() {
    let in_a_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let atom = |title: &str| {
        let text = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id>{title}<rights>&lt;c&gt; C</rights><entry><id>urn:x:1</id>{title}</entry></feed>"
        );
        let one = line(&read(text.as_bytes()).unwrap().items[0]);
        assert_eq!(one.source.as_deref(), Some(one.headline.as_str()));
        assert_eq!(one.copyrightnotice.as_deref(), Some("<c> C"));
        in_a_line(&one.headline)
    };
    let json = |title: &str| {
        let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "C", "items": [{ "id": "urn:x:1", "title": title }] });
        in_a_line(&line(&read(feed.to_string().as_bytes()).unwrap().items[0]).headline)
    };
    for (title, shown) in [
        ("Why <select> and <script> still matter", "Why <select> and <script> still matter"),
        ("Why <em> and <select> matter", "Why <em> and <select> matter"),
        ("What <!-- is", "What <!-- is"),
        ("a < b, R&notes, Q&A", "a < b, R&notes, Q&A"),
        ("<b> is bold", "<b> is bold"),
        // Many feeds have HTML there all the same.
        ("The <em>Sea</em><br> &amp; the <A href='x'>wall</a>", "The Sea & the wall"),
        ("Sea wall &amp; price&#8230;", "Sea wall & price…"),
        ("Why &lt;select&gt; matters", "Why <select> matters"),
    ] {
        let escaped = crate::formats::html::escape(title);
        assert_eq!(atom(&format!("<title>{escaped}</title>")), shown, "{title}");
        assert_eq!(atom(&format!("<title type=\"text\">{escaped}</title>")), shown, "{title}");
        assert_eq!(json(title), shown, "{title}");
    }
    assert_eq!(atom("<title type=\"html\">Why &lt;i&gt;it&lt;/i&gt; matters</title>"), "Why it matters");
    // RSS does not say what its titles are.
    let text = rss("<item><guid>urn:x:1</guid><title>A &lt;span&gt;title</title></item>");
    assert_eq!(line(&read(text.as_bytes()).unwrap().items[0]).headline, "A title");
}

#[test]
fn dialects_of_old_are_read() {
    let atom = "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><title>C</title><entry><id>urn:x:1</id><title type=\"text/html\" mode=\"escaped\">A &lt;b&gt;title&lt;/b&gt;</title>\
        <issued>2004-05-01T10:00:00Z</issued><modified>2004-05-02T10:00:00Z</modified><content type=\"text/html\" mode=\"escaped\">&lt;p&gt;Text.&lt;/p&gt;</content></entry></feed>";
    let one = line(&read(atom.as_bytes()).unwrap().items[0]);
    assert_eq!((one.headline.as_str(), one.published.as_deref()), ("A title", Some("2004-05-01T10:00:00.000Z")));
    assert_eq!(one.body_html.as_deref(), Some("<p>Text.</p>"));
    for version in ["", " version=\"0.93\"", " version='1.0'"] {
        let text =
            rss("<item><title>T</title></item>").replace(" version=\"2.0\" xmlns:c", &format!("{version} xmlns:c"));
        assert!(!text.contains("version=\"2.0\""), "{text}");
        assert_eq!(line(&read(text.as_bytes()).unwrap().items[0]).headline, "T", "{version}");
    }
    let old = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://my.netscape.com/rdf/simple/0.9/\"><channel><title>C</title><link>https://c.example/</link></channel>\
        <item><title>T</title><link>https://c.example/1</link></item></rdf:RDF>";
    assert_eq!(line(&read(old.as_bytes()).unwrap().items[0]).uri, "https://c.example/1");
}

#[test]
fn what_is_broken_costs_what_is_broken() {
    let whole = rss(
        "<item><guid>urn:x:1</guid><title>One & only&nbsp;one</title></item>\n<item><guid>urn:x:2</guid><title>Two",
    );
    let cut = &whole[..whole.find("Two").unwrap() + 3];
    let read_of = |text: &str| read(text.as_bytes());
    let found = read_of(cut).unwrap();
    assert_eq!(line(&found.items[0]).headline, "One & only\u{A0}one");
    assert!(
        matches!(&found.items[1].content, Content::Fault { reason, .. } if reason.contains("line 5")),
        "{:?}",
        found.items[1]
    );
    assert!(found.notes[0].contains("What came before was read"));
    // One entry that the library refuses; the others go in.
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id>\n<entry><id>urn:x:1</id><title>1</title><content type=\"nonsense\">x</content></entry>\
        \n<entry><id>urn:x:2</id><title>2</title></entry></feed>";
    let found = read_of(atom).unwrap();
    assert!(
        matches!(&found.items[0].content, Content::Fault { reason, .. } if reason.starts_with("Line 2")),
        "{:?}",
        found.items[0]
    );
    assert_eq!(line(&found.items[1]).uri, "urn:x:2");
    for (text, says) in [
        ("", "empty"),
        ("x", "neither"),
        ("<html/>", "no feed"),
        ("{}", "cannot be read"),
        ("<rss version=\"2.0\">", "cut off"),
        ("{", "line 1"),
    ] {
        let error = read_of(text).unwrap_err();
        assert!(error.message().contains(says), "{text}: {}", error.message());
    }
}

#[test]
fn nothing_is_resolved_and_nothing_runs_away() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;\">]><rss version=\"2.0\"><channel><item><title>&b;</title></item></channel></rss>";
    assert!(read(bomb.as_bytes()).unwrap_err().message().contains("declares entities"));
    let deep = rss(&format!("<item><title>{}</title></item>", "<b>".repeat(50_000)));
    assert!(read(deep.as_bytes()).unwrap_err().message().contains("stand in each other"));
    let wide = rss(&format!("<item {}=\"1\"><title>t</title></item>", "a".repeat(5_000_000)));
    assert_eq!(read(wide.as_bytes()).unwrap().items.len(), 1);
    // A declaration of another encoding further on changes nothing.
    let late = rss("<item><title>x</title></item>")
        .replace("<channel>", "<?xml version=\"1.0\" encoding=\"utf-16\"?><channel>");
    assert_eq!(read(late.as_bytes()).unwrap().items.len(), 1);
}

fn atom(entries: &str) -> String {
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:app=\"http://www.w3.org/2007/app\" xmlns:thr=\"http://purl.org/syndication/thread/1.0\" \
         xmlns:at=\"http://purl.org/atompub/tombstones/1.0\"><title>C</title><id>urn:x:feed</id>{entries}</feed>"
    )
}

fn passed(item: &Item) -> &str {
    match &item.content {
        Content::Passed(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_draft_of_atom_is_a_draft() {
    let of = |control: &str| {
        let text = atom(&format!(
            "<entry><id>urn:x:1</id><title>T</title><updated>2020-05-01T10:00:00Z</updated>{control}</entry>"
        ));
        line(&read(text.as_bytes()).unwrap().items[0]).status
    };
    for (control, status) in [
        ("<app:control><app:draft>yes</app:draft></app:control>", Status::Draft),
        ("<control xmlns=\"http://purl.org/atom/app#\"><draft> Yes\n</draft></control>", Status::Draft),
        ("<app:control><app:draft>no</app:draft></app:control>", Status::Usable),
        ("<app:control/>", Status::Usable),
        (
            "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><draft>yes</draft></div></content>",
            Status::Usable,
        ),
    ] {
        assert_eq!(of(control), status, "{control}");
    }
    // An entry that has to be read by itself is one, too.
    let text = atom(
        "<entry><id>urn:x:0</id><title>0</title><content type=\"nonsense\">x</content></entry>\
         <entry><id>urn:x:1</id><title>1</title><app:control><app:draft>yes</app:draft></app:control></entry>",
    );
    assert_eq!(line(&read(text.as_bytes()).unwrap().items[1]).status, Status::Draft);
}

#[test]
fn of_an_export_of_blogger_the_posts_are_articles() {
    let entry = |n: u32, kind: &str, more: &str| {
        format!(
            "<entry><id>tag:blogger.com,1999:{n}</id><category scheme=\"http://schemas.google.com/g/2005#kind\" \
             term=\"http://schemas.google.com/blogger/2008/kind#{kind}\"/><title>{n}</title><published>2020-05-01T10:00:00Z</published>{more}</entry>"
        )
    };
    let text = atom(
        &[
            entry(1, "settings", ""),
            entry(2, "template", ""),
            entry(3, "post", "<category scheme=\"http://www.blogger.com/atom/ns#\" term=\"Budget\"/>"),
            entry(4, "comment", "<thr:in-reply-to ref=\"tag:blogger.com,1999:3\"/>"),
            entry(5, "page", ""),
            "<entry><id>urn:x:6</id><title>6</title><thr:in-reply-to ref=\"tag:blogger.com,1999:3\"/></entry>"
                .to_owned(),
        ]
        .concat(),
    );
    let items = read(text.as_bytes()).unwrap().items;
    let why: Vec<&str> = [0, 1, 3, 4, 5].map(|at: usize| passed(&items[at])).to_vec();
    assert_eq!(why, ["settings of the site", "template of the site", "comment", "page", "comment"]);
    let post = line(&items[2]);
    assert_eq!(post.subjects.iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>(), ["Budget"]);
    // Elsewhere an article may answer to another.
    let text = atom("<entry><id>urn:x:1</id><title>T</title><thr:in-reply-to ref=\"urn:x:0\"/></entry>");
    assert_eq!(line(&read(text.as_bytes()).unwrap().items[0]).uri, "urn:x:1");
    // As it is exported today.
    let text = |kind: &str, status: &str| {
        let of = format!("<blogger:type>{kind}</blogger:type><blogger:status>{status}</blogger:status>");
        let text = atom(&format!("<entry><id>urn:x:1</id><title>T</title>{of}</entry>"));
        text.replace("<feed ", "<feed xmlns:blogger=\"http://schemas.google.com/blogger/2018\" ")
    };
    assert_eq!(passed(&read(text("COMMENT", "LIVE").as_bytes()).unwrap().items[0]), "comment");
    for (status, read_as) in [("LIVE", Status::Usable), ("DRAFT", Status::Draft), ("SOFT_TRASHED", Status::Draft)] {
        assert_eq!(line(&read(text("POST", status).as_bytes()).unwrap().items[0]).status, read_as, "{status}");
    }
}

#[test]
fn a_date_that_cannot_be_read_holds_an_entry_back() {
    const HELD: &str = "date that cannot be read: kept as a draft";
    let in_rss = |dates: &str| rss(&format!("<item><guid>urn:x:1</guid><title>T</title>{dates}</item>"));
    let in_atom = |dates: &str| atom(&format!("<entry><id>urn:x:1</id><title>T</title>{dates}</entry>"));
    let in_json = |field: &str, date: &str| {
        json!({ "version": "https://jsonfeed.org/version/1.1", "title": "C", "items": [{ "id": "urn:x:1", "title": "T", field: date }] })
            .to_string()
    };
    for (text, date) in [
        (in_rss("<pubDate>2999-05-01 10:00:00</pubDate>"), "2999-05-01T10:00:00.000Z"),
        (in_rss("<pubDate>Fri, 01 May 2020 10:00:00 CEST</pubDate>"), "2020-05-01T08:00:00.000Z"),
        (in_rss("<pubDate>01.05.2020 10:00</pubDate>"), "2020-05-01T10:00:00.000Z"),
        (in_rss("<pubDate>Fri, 01 May 2020 24:00:00 GMT</pubDate>"), "2020-05-02T00:00:00.000Z"),
        (in_atom("<published>2020-05-01T10:00:00</published>"), "2020-05-01T10:00:00.000Z"),
        (in_json("date_published", "2020-05-01T10:00:00"), "2020-05-01T10:00:00.000Z"),
    ] {
        let found = line(&read(text.as_bytes()).unwrap().items[0]);
        assert_eq!((found.status, found.published.as_deref()), (Status::Usable, Some(date)), "{text}");
    }
    for text in [
        in_rss("<pubDate>next week</pubDate>"),
        in_rss("<pubDate>Wed, 30 Nov -0001 00:00:00 +0000</pubDate>"),
        in_atom("<published>04/05/2999</published><updated>2020-05-01T10:00:00Z</updated>"),
        in_atom("<updated>soon</updated>"),
        in_json("date_published", "soon"),
        in_json("date_modified", "soon"),
    ] {
        let items = read(text.as_bytes()).unwrap().items;
        let found = line(&items[0]);
        assert_eq!((found.status, found.published, found.updated), (Status::Draft, None, None), "{text}");
        assert_eq!(items[0].notes.get(HELD), Some(&1), "{text}");
    }
    // That of the last change keeps nothing back, and none at all is that of when it comes.
    let text = in_atom("<published>2020-05-01T10:00:00Z</published><updated>soon</updated>");
    let items = read(text.as_bytes()).unwrap().items;
    let found = line(&items[0]);
    assert_eq!((found.status, found.published.is_some(), found.updated), (Status::Usable, true, None));
    assert_eq!(items[0].notes.get("date of the last update that cannot be read"), Some(&1));
    for text in [in_rss(""), in_rss("<pubDate> </pubDate>"), in_rss("<pubDate>0000-00-00 00:00:00</pubDate>")] {
        let found = line(&read(text.as_bytes()).unwrap().items[0]);
        assert_eq!((found.status, found.published), (Status::Usable, None), "{text}");
    }
}

#[test]
fn what_was_taken_back_is_taken_back() {
    let entry = |n: u32, updated: &str| {
        format!("<entry><id>urn:x:{n}</id><title>{n}</title><updated>{updated}</updated></entry>")
    };
    let stone = |id: &str, more: &str| format!("<at:deleted-entry ref=\"{id}\"{more}</at:deleted-entry>");
    let text = atom(
        &[
            stone("urn:x:1", " when=\"2020-05-02T10:00:00Z\"><at:comment type=\"html\">&lt;b&gt;Never&lt;/b&gt; true.</at:comment>"),
            stone("urn:x:2", " when=\"2020-05-02T10:00:00Z\">"),
            stone("urn:x:3", " when=\"2020-05-02T10:00:00Z\">"),
            stone("urn:x:4", " when=\"2020-05-02T10:00:00Z\"><at:by><at:comment>x</at:comment></at:by><at:comment>Wrong &amp; old.</at:comment>"),
            stone("17", ">"),
            stone("", ">"),
            // Written again afterwards, changed for the last time before.
            entry(2, "2020-05-03T10:00:00Z"),
            entry(3, "2020-05-01T10:00:00Z"),
            "<entry><id>17</id><title>17</title></entry>".to_owned(),
        ]
        .concat(),
    );
    let items = read(text.as_bytes()).unwrap().items;
    assert_eq!(items.len(), 9);
    assert_eq!((line(&items[0]).uri.as_str(), line(&items[0]).status), ("urn:x:2", Status::Usable));
    assert_eq!((passed(&items[1]), passed(&items[2])), ("entry that was taken back", "entry that was taken back"));
    let gone = line(&items[3]);
    assert_eq!((gone.uri.as_str(), gone.status, gone.killed), ("urn:x:1", Status::Canceled, false));
    assert_eq!(gone.status_reason.as_deref(), Some("Never true."));
    assert_eq!(gone.version_created.as_deref(), Some("2020-05-02T10:00:00.000Z"));
    assert_eq!(passed(&items[4]), "taken back before what is there again");
    assert_eq!((line(&items[5]).uri.as_str(), line(&items[5]).status_reason), ("urn:x:3", None));
    assert_eq!(line(&items[6]).status_reason.as_deref(), Some("Wrong & old."));
    assert!(line(&items[7]).uri.starts_with("urn:feed:"), "{:?}", items[7]);
    assert!(matches!(&items[8].content, Content::Fault { reason, .. } if reason.contains("ref")), "{:?}", items[8]);
    // Also where each entry has to be read by itself, and where there is none.
    let broken = "<entry><id>urn:x:0</id><title>0</title><content type=\"nonsense\">x</content></entry>";
    let with_fault = atom(&format!("{}{broken}", stone("urn:x:1", ">")));
    assert_eq!(line(&read(with_fault.as_bytes()).unwrap().items[1]).status, Status::Canceled);
    let alone = atom(&stone("urn:x:1", ">"));
    assert_eq!(line(&read(alone.as_bytes()).unwrap().items[0]).status, Status::Canceled);
}

#[test]
fn relative_addresses_lead_to_where_the_feed_is_from() {
    let html = "&lt;a href=\"c\"&gt;c&lt;/a&gt;&lt;img src=\"/img/x.png\"&gt;&lt;a href=\"#n\"&gt;n&lt;/a&gt;";
    let shown =
        |page: &str, picture: &str| format!("<a href=\"{page}\">c</a><img src=\"{picture}\"><a href=\"#n\">n</a>");
    let one = |text: &str| line(&read(text.as_bytes()).unwrap().items[0]);
    let item = |link: &str| {
        one(&rss(&format!("<item><guid>urn:x:1</guid><title>T</title>{link}<description>{html}</description></item>")))
    };
    let found = item("<link>https://s.example/a/b</link>");
    assert_eq!(found.body_html, Some(shown("https://s.example/a/c", "https://s.example/img/x.png")));
    let found = item("<link>/a/b</link>");
    assert_eq!(found.canonical_url.as_deref(), Some("https://courier.example/a/b"));
    assert_eq!(found.body_html, Some(shown("https://courier.example/a/c", "https://courier.example/img/x.png")));
    let found = item("");
    assert_eq!(found.body_html, Some(shown("https://courier.example/c", "https://courier.example/img/x.png")));

    let text = atom(&format!(
        "<link href=\"https://f.example/\"/><entry xml:base=\"y/\"><id>urn:x:1</id><title>T</title><link href=\"p\"/>\
         <content type=\"html\" xml:base=\"z/\">{html}</content></entry><entry><id>urn:x:2</id><title>T</title><link href=\"/p\"/></entry>"
    ));
    let with_base = text.replace("<feed ", "<feed xml:base=\"https://b.example/x/\" ");
    let found = one(&with_base);
    assert_eq!(found.canonical_url.as_deref(), Some("https://b.example/x/y/p"));
    assert_eq!(found.body_html, Some(shown("https://b.example/x/y/z/c", "https://b.example/img/x.png")));
    let second = line(&read(text.as_bytes()).unwrap().items[1]);
    assert_eq!(second.canonical_url.as_deref(), Some("https://f.example/p"));

    let feed = |home: Value| {
        json!({ "version": "https://jsonfeed.org/version/1.1", "title": "C", "home_page_url": home, "items": [
            { "id": "urn:x:1", "title": "T", "url": "/a/b", "image": "x.png", "content_html": "<a href=\"c\">c</a>" }] })
        .to_string()
    };
    let at = |home: Value, at: Option<&str>| line(&read_at(feed(home).as_bytes(), at).unwrap().items[0]);
    for found in
        [at(json!("https://s.example/"), Some("https://o.example/")), at(Value::Null, Some("https://s.example/feed"))]
    {
        assert_eq!(found.canonical_url.as_deref(), Some("https://s.example/a/b"));
        assert_eq!(found.image, Some(ImageName::Url("https://s.example/a/x.png".into())));
        assert_eq!(found.body_html.as_deref(), Some("<a href=\"https://s.example/a/c\">c</a>"));
    }
    // Where nothing says where it is from, it stays as it is.
    assert_eq!(at(Value::Null, None).body_html.as_deref(), Some("<a href=\"c\">c</a>"));
}

#[test]
fn what_is_large_is_read_once() {
    let begun = std::time::Instant::now();
    let items: Vec<Value> = (0..500).map(|n| json!({ "id": format!("urn:x:{n}"), "title": "T" })).collect();
    let authors: Vec<Value> = (0..50_000).map(|n| json!({ "name": format!("A {n}") })).collect();
    let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "C", "description": "d".repeat(2_000_000), "authors": authors,
        "items": items });
    let items = read(feed.to_string().as_bytes()).unwrap().items;
    assert_eq!((items.len(), line(&items[499]).authors.len()), (500, 1_000));
    let many: String = (0..40_000).map(|n| format!("<category>C {n}</category>")).collect();
    let same = "<category>&lt;b&gt;One&lt;/b&gt;</category><dc:creator>A</dc:creator>".repeat(40_000);
    let text = rss(&format!(
        "<item><guid>urn:x:1</guid><title>T</title>{many}</item><item><guid>urn:x:2</guid><title>T</title>{same}</item>"
    ));
    let items = read(text.as_bytes()).unwrap().items;
    // Still too many for a story, which says so.
    assert_eq!(line(&items[0]).subjects.len(), 1_000);
    assert_eq!((line(&items[1]).subjects.len(), line(&items[1]).authors.len()), (1, 1));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

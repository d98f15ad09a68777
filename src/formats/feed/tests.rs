//! Feeds in small.

use super::*;
use crate::formats::item::Content;
use crate::formats::jsonl::{ImageName, Line};
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

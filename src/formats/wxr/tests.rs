//! Exports in small.

use super::*;
use crate::formats::html;
use crate::formats::item::Content;
use crate::formats::jsonl::{ImageName, Line, SectionName, Status};

fn export(channel: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel><wp:wxr_version>1.2</wp:wxr_version>\
         <wp:base_blog_url>https://old.example</wp:base_blog_url><language>en-US</language>\n{channel}</channel></rss>"
    )
}

fn post(fields: &str) -> String {
    format!(
        "<item><title>A title</title><link>https://old.example/2020/05/a-title/</link>\
         <guid isPermaLink=\"false\">https://old.example/?p=7</guid><wp:post_id>7</wp:post_id><wp:post_type>post</wp:post_type>\
         <wp:status>publish</wp:status><wp:post_date_gmt>2020-05-01 10:00:00</wp:post_date_gmt>\
         <wp:post_name>a-title</wp:post_name>{fields}</item>\n"
    )
}

fn items(channel: &str) -> Vec<Item> {
    let text = export(channel);
    Export::open(&text, Options::default()).unwrap().map(|item| item.unwrap()).collect()
}

fn story(channel: &str) -> Line {
    let item = items(channel).pop().unwrap();
    match item.content {
        Content::Story(line) => *line,
        other => panic!("{other:?}"),
    }
}

fn body(content: &str) -> String {
    let line = story(&post(&format!("<content:encoded><![CDATA[{content}]]></content:encoded>")));
    html::render(&html::parse(&line.body_html.unwrap_or_default()).body)
}

#[test]
fn what_a_post_says_of_itself_is_kept() {
    let channel = "<wp:author><wp:author_login>ada</wp:author_login><wp:author_display_name><![CDATA[Ada Marsh]]></wp:author_display_name></wp:author>\
        <wp:category><wp:term_id>3</wp:term_id><wp:category_nicename>politics</wp:category_nicename><wp:cat_name>Politics</wp:cat_name></wp:category>\
        <wp:category><wp:term_id>4</wp:term_id><wp:category_nicename>city</wp:category_nicename><wp:category_parent>politics</wp:category_parent><wp:cat_name>City</wp:cat_name></wp:category>\
        <item><wp:post_type>attachment</wp:post_type><wp:post_id>9</wp:post_id><guid>g9</guid><excerpt:encoded>The &lt;b&gt;wall&lt;/b&gt;</excerpt:encoded>\
        <wp:attachment_url>https://old.example/wall.jpg</wp:attachment_url><wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value>A wall</wp:meta_value></wp:postmeta></item>";
    let fields = "<dc:creator>ada</dc:creator><category domain=\"category\" nicename=\"economy\">Economy</category>\
        <category domain=\"category\" nicename=\"city\">City</category><category domain=\"post_tag\" nicename=\"sea-wall\">Sea wall</category>\
        <excerpt:encoded><![CDATA[Short &amp; good.]]></excerpt:encoded>\
        <wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>\
        <wp:postmeta><wp:meta_key>_yoast_wpseo_primary_category</wp:meta_key><wp:meta_value>4</wp:meta_value></wp:postmeta>\
        <wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>first-title</wp:meta_value></wp:postmeta>\
        <wp:comment><wp:comment_content>x</wp:comment_content></wp:comment>";
    let all = items(&format!("{channel}{}", post(fields)));
    assert!(matches!(&all[0].content, Content::Passed(why) if why.contains("attachment")));
    assert_eq!(all[1].notes["comment"], 1);
    let line = story(&format!("{channel}{}", post(fields)));
    assert_eq!((line.uri.as_str(), line.slug.as_deref()), ("https://old.example/?p=7", Some("a-title")));
    assert_eq!(line.previous_urls, ["https://old.example/2020/05/a-title/", "https://old.example/?p=7"]);
    assert_eq!(line.previous_slugs, ["first-title"]);
    assert_eq!(line.authors[0].name, "Ada Marsh");
    let Some(SectionName::Full(section)) = line.section else { panic!("a section") };
    assert_eq!((section.name.as_str(), section.parent.unwrap().name.as_str()), ("City", "Politics"));
    assert_eq!(line.subjects.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["Economy", "Sea wall"]);
    assert_eq!(line.description_text.as_deref(), Some("Short & good."));
    assert_eq!(line.published.as_deref(), Some("2020-05-01T10:00:00.000Z"));
    let Some(ImageName::Full(image)) = line.image else { panic!("an image") };
    assert_eq!((image.alt.as_deref(), image.caption.as_deref()), (Some("A wall"), Some("The wall")));
}

#[test]
fn each_status_has_its_place() {
    let status = |word: &str| post("").replace("publish", word);
    for (word, expected) in [
        ("publish", Status::Usable),
        ("future", Status::Usable),
        ("draft", Status::Draft),
        ("pending", Status::Draft),
        ("private", Status::Draft),
    ] {
        assert_eq!(story(&status(word)).status, expected, "{word}");
    }
    for word in ["trash", "auto-draft"] {
        assert!(matches!(items(&status(word))[0].content, Content::Passed(_)), "{word}");
    }
    assert_eq!(story(&post("<wp:post_password>secret</wp:post_password>")).status, Status::Draft);
    // A draft may have no date; what is public may not.
    let undated = post("").replace("2020-05-01 10:00:00", "0000-00-00 00:00:00");
    assert!(
        matches!(&items(&undated)[0].content, Content::Fault { reason, .. } if reason.contains("wp:post_date_gmt"))
    );
    assert_eq!(story(&undated.replace("publish", "draft")).published, None);
}

#[test]
fn what_is_for_members_stays_in_the_newsroom() {
    let content = |text: &str| post(&format!("<content:encoded><![CDATA[{text}]]></content:encoded>"));
    let meta = |value: &str| {
        post(&format!(
            "<wp:postmeta><wp:meta_key>_jetpack_newsletter_access</wp:meta_key><wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
        ))
    };
    for (source, note) in [
        (meta("paid_subscribers"), "for members only"),
        (meta("subscribers"), "for members only"),
        (content("All.\n\n[members_only]Some.[/members_only]"), "part for members only"),
        (content("<!-- wp:jetpack/paywall /-->\n<p>Some.</p>"), "part for members only"),
    ] {
        let item = items(&source).pop().unwrap();
        assert!(item.notes.keys().any(|what| what.starts_with(note) && what.contains("draft")), "{:?}", item.notes);
        let Content::Story(line) = item.content else { panic!("no story: {source}") };
        assert_eq!(line.status, Status::Draft, "{source}");
        // What waits for its date would come out by itself.
        assert_eq!(story(&source.replace("publish", "future")).status, Status::Draft, "{source}");
    }
    for source in [meta("everybody"), content("[poll id=\"1\"] All.")] {
        assert_eq!(story(&source).status, Status::Usable, "{source}");
    }
}

#[test]
fn galleries_show_so_many_pictures_and_no_more() {
    let pictures: String = (100..400)
        .map(|n| {
            format!(
                "<item><wp:post_type>attachment</wp:post_type><wp:post_id>{n}</wp:post_id><wp:post_parent>7</wp:post_parent>\
                 <wp:attachment_url>https://old.example/{n}.jpg</wp:attachment_url></item>"
            )
        })
        .collect();
    let content = format!("<content:encoded><![CDATA[{}]]></content:encoded>", "[gallery]\n\n".repeat(300));
    let item = items(&format!("{pictures}{}", post(&content))).pop().unwrap();
    assert_eq!(item.notes["shortcode gallery beyond 500 pictures"], 299);
    let Content::Story(line) = item.content else { panic!("no story") };
    assert_eq!(line.body_html.unwrap().matches("<img").count(), 500);
}

#[test]
fn dates_of_the_site_count_by_the_clock_of_the_site() {
    let dated = post("<wp:post_date>2020-05-01 12:00:00</wp:post_date>");
    let local = post("<wp:post_date>2020-06-01 12:00:00</wp:post_date>")
        .replace("2020-05-01 10:00:00", "0000-00-00 00:00:00")
        .replace("?p=7", "?p=8");
    assert_eq!(story(&format!("{dated}{local}")).published.as_deref(), Some("2020-06-01T10:00:00.000Z"));
}

#[test]
fn classic_text_has_its_paragraphs() {
    assert_eq!(
        body("One\ntwo.\n\nThree <b>bold</b>\n<i>it</i>."),
        "<p>One<br>two.</p>\n<p>Three <strong>bold</strong><br><em>it</em>.</p>\n"
    );
    assert_eq!(
        body(
            "Intro\n<h2>Head</h2>\nText\n\n<blockquote>Said.\n\nMore.</blockquote>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\nEnd"
        ),
        "<p>Intro</p>\n<h2>Head</h2>\n<p>Text</p>\n<blockquote>\n<p>Said.</p>\n<p>More.</p>\n</blockquote>\n<ul><li>a</li>\n<li>b</li></ul>\n<p>End</p>\n"
    );
    assert_eq!(body("<pre>a\n\nb [x]</pre>\n\nc<br />\nd"), "<pre><code>a\n\nb [x]</code></pre>\n<p>c<br>d</p>\n");
    // In blocks a line break in the source means nothing.
    assert_eq!(body("<!-- wp:paragraph -->\n<p>a\nb</p>\n<!-- /wp:paragraph -->"), "<p>a b</p>\n");
}

#[test]
fn shortcodes_are_shown_or_reported() {
    let picture = "[caption id=\"x\" width=\"300\"]<a href=\"/b\"><img src=\"/a.jpg\" alt=\"A\" /></a> The <em>wall</em>[/caption]";
    let shown = body(picture);
    assert!(
        shown.contains("<figcaption>The <em>wall</em></figcaption>") && shown.contains("src=\"/a.jpg\""),
        "{shown}"
    );
    let video = body("Look:\n\nhttps://www.youtube.com/watch?v=abc\n\n[embed]https://vimeo.com/12[/embed]");
    assert!(video.contains("watch?v=abc") && video.contains("vimeo.com/12"), "{video}");
    assert_eq!(video.matches("<figure class=\"embed\"").count(), 2, "{video}");
    assert_eq!(body("[[gallery]] was [sic] wrong [1]"), "<p>[gallery] was [sic] wrong [1]</p>\n");
    let codes = post("<content:encoded>[form id=1] [box]in <b>it</b>[/box] [gallery ids=\"1\"]</content:encoded>");
    let all = items(&codes);
    let notes: Vec<&str> = all[0].notes.keys().map(String::as_str).collect();
    assert_eq!(notes, ["shortcode box", "shortcode form", "shortcode gallery without its pictures"]);
}

#[test]
fn an_address_on_a_line_of_its_own_is_embedded() {
    let address = "https://www.youtube.com/watch?v=abcdefghijk";
    let embed =
        format!("<figure class=\"embed\" data-provider=\"youtube\"><a href=\"{address}\">{address}</a></figure>\n");
    assert_eq!(body(&format!("Intro.\n\n{address}\n\nAfter.")), format!("<p>Intro.</p>\n{embed}<p>After.</p>\n"));
    assert_eq!(body(&format!("{address}\n\nAfter.")), format!("{embed}<p>After.</p>\n"));
    assert_eq!(body(&format!("Intro.\n{address}\nAfter.")), format!("<p>Intro.</p>\n{embed}<p>After.</p>\n"));
    assert_eq!(body(&format!("<h2>Head</h2>\n{address}\n<hr>")), format!("<h2>Head</h2>\n{embed}<hr>\n"));
    for text in [format!("See {address} now."), format!("<pre>a\n{address}\nb</pre>")] {
        assert!(!body(&text).contains("embed"), "{text}");
    }
}

#[test]
fn program_text_in_shortcodes_keeps_its_lines() {
    let code = "a\n\n  b &lt;c&gt;\nhttps://www.youtube.com/watch?v=abcdefghijk\n\n\nd";
    let expected = format!("<p>One.</p>\n<pre><code>{code}</code></pre>\n<p>Two<br>three.</p>\n");
    for name in ["code", "sourcecode"] {
        for tag in [name.to_owned(), format!("{name} language=\"x\"")] {
            assert_eq!(body(&format!("One.\n\n[{tag}]\n{code}\n[/{name}]\n\nTwo\nthree.")), expected, "{tag}");
            assert_eq!(body(&format!("One.\n[{tag}]{code}[/{name}]\nTwo\nthree.")), expected, "{tag}");
        }
    }
    // What is shown, what never ends, and what is in program text already.
    assert_eq!(body("[[code]a[/code]]\n\nb"), "<p>[code]a[/code]</p>\n<p>b</p>\n");
    assert_eq!(body("<pre>[code]\n\na[/code]</pre>\nb"), "<pre><code>[code]\n\na[/code]</code></pre>\n<p>b</p>\n");
    assert_eq!(body("a [codeword]\n\nb"), "<p>a [codeword]</p>\n<p>b</p>\n");
}

#[test]
fn brackets_that_never_close_are_looked_at_once() {
    // As many that a search to the end for each would take minutes.
    let text = "[[".repeat(500_000);
    let none = |_: Option<&str>| Vec::new();
    let mut dropped = shortcodes::Dropped::default();
    assert_eq!(shortcodes::replaced(&text, &none, &mut dropped), text);
    assert_eq!(shortcodes::replaced("[[a]] [[b", &none, &mut dropped), "[a] [[b");
}

#[test]
fn two_items_with_one_guid_are_two_stories() {
    let second = post("").replace("<wp:post_id>7", "<wp:post_id>8");
    let all = items(&format!("{}{second}", post("")));
    let uris: Vec<String> = all
        .iter()
        .filter_map(|i| if let Content::Story(line) = &i.content { Some(line.uri.clone()) } else { None })
        .collect();
    assert_eq!(uris, ["https://old.example/?p=7", "https://old.example/?p=8"]);
}

#[test]
fn what_is_no_export_is_said() {
    for (text, says) in [
        (export("<item>").as_str(), "no XML at line"),
        ("<rss><channel></channel></rss>", "import feed"),
        ("<feed xmlns=\"http://www.w3.org/2005/Atom\"/>", "<feed>"),
        ("<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss>&x;</rss>", "declares entities"),
    ] {
        let error = Export::open(text, Options::default()).err().unwrap();
        assert!(error.message().contains(says), "{}", error.message());
    }
    let unnamed = export("").replace("<wp:wxr_version>1.2</wp:wxr_version>", "");
    assert!(Export::open(&unnamed, Options::default()).unwrap().notes[0].contains("no version"));
}

#[test]
fn hostile_text_takes_no_more_time_than_it_is_long() {
    // What this thread had of a processor, in nanoseconds: a clock would count what else the machine does.
    let spent = || {
        let all = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        all.split_whitespace().next()?.parse::<u64>().ok()
    };
    let taken = |piece: &str, bytes: usize| {
        let text = piece.repeat(bytes / piece.len());
        let none = |_: Option<&str>| Vec::new();
        let begun = spent();
        let mut dropped = shortcodes::Dropped::default();
        shortcodes::replaced(&autop::paragraphs(&text), &none, &mut dropped);
        Some(spent()? - begun?)
    };
    for piece in ["<pre>", "[a x=1]", "<a \"", "[gallery", "<!--", "\n\n<", "[caption]"] {
        let (short, long) = (taken(piece, 25_000), taken(piece, 200_000));
        // Eight times as long; what grows with the square takes 64 times as long. Where nobody tells what a thread takes, it
        // is only seen that it ends.
        let Some((short, long)) = short.zip(long) else { continue };
        assert!(long < short * 24 + 100_000_000, "{piece}: {short} ns, {long} ns");
    }
}

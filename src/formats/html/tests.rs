use super::*;
use crate::formats::tests::any_body;
use crate::model::body::{Body, Correction, Span};
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_written_is_read_back_equal(body in any_body()) {
        let html = render(&body);
        let parsed = parse(&html);
        prop_assert_eq!(&parsed.body, &body, "{}", html);
        prop_assert!(parsed.dropped.is_empty(), "{:?}", parsed.dropped);
    }

    #[test]
    fn json_is_read_back_equal(body in any_body()) {
        let json = serde_json::to_string(&body).unwrap();
        prop_assert_eq!(Body::from_json(&json).unwrap(), body);
    }
}

#[track_caller]
fn becomes(html: &str, expected: &str) {
    let body = parse(html).body;
    assert_eq!(render(&body), expected, "{html}");
    assert_eq!(parse(expected).body, body);
}

fn dropped(html: &str) -> Vec<(String, usize)> {
    parse(html).dropped.into_iter().map(|dropped| (dropped.what, dropped.count)).collect()
}

#[test]
fn text_outside_of_blocks_and_wrappers_is_kept() {
    becomes(
        "one <span>two</span>\n<div>three<section>four</section>five</div>",
        "<p>one two</p>\n<p>three</p>\n<p>four</p>\n<p>five</p>\n",
    );
    becomes("<details><summary>More</summary>text</details>", "<p><strong>More</strong></p>\n<p>text</p>\n");
    becomes("<dl><dt>Term<dd>meaning</dl>", "<p><strong>Term</strong></p>\n<p>meaning</p>\n");
    becomes("<p>a <q>b</q></p><p>&nbsp;</p><unknown-thing>c</unknown-thing>", "<p>a “b”</p>\n<p>c</p>\n");
    becomes("<html><head><title>x</title></head><body><p>y</p></body></html>", "<p>y</p>\n");
}

#[test]
fn quotes_keep_their_source() {
    let expected = "<blockquote cite=\"https://a.example/\">\n<p>Words.</p>\n<p>More.</p>\n<footer>Ann, minister</footer>\n</blockquote>\n";
    for html in [
        "<blockquote cite='https://a.example/'><p>Words.<p>More.<footer>— Ann, minister</footer></blockquote>",
        "<blockquote cite='https://a.example/'><p>Words.<p>More. <cite>Ann, minister</cite></blockquote>",
        "<blockquote cite='https://a.example/'><p>Words.<p>More.</p><cite>&ndash; Ann, minister</cite></blockquote>",
        "<figure><blockquote cite='https://a.example/'><p>Words.<p>More.</blockquote><figcaption>Ann, minister</figcaption></figure>",
    ] {
        becomes(html, expected);
    }
    becomes(
        "<blockquote>As <cite>The Day</cite> wrote</blockquote>",
        "<blockquote>\n<p>As <em>The Day</em> wrote</p>\n</blockquote>\n",
    );
    becomes(
        "<blockquote><ul><li>a</ul><footer>B</footer></blockquote>",
        "<blockquote>\n<ul><li>a</li></ul>\n<footer>B</footer>\n</blockquote>\n",
    );
    becomes("<blockquote><footer>Nobody</footer></blockquote>", "<p>Nobody</p>\n");
}

#[test]
fn lists_nest_number_and_survive_what_interrupts_them() {
    becomes(
        "<ul><li>a<ul><li>b</ul><li><p>c</p><p>d</p></ul>",
        "<ul><li>a<ul><li>b</li></ul></li>\n<li>c<br>d</li></ul>\n",
    );
    becomes(
        "<ol><li>a<li><img src=/i.png><li>b</ol>",
        "<ol><li>a</li></ol>\n<figure><img src=\"/i.png\" alt=\"\"></figure>\n<ol start=\"3\"><li>b</li></ol>\n",
    );
    becomes("<ol reversed><li>a<li>b</ol>", "<ol start=\"2\"><li>a</li>\n<li value=\"1\">b</li></ol>\n");
    becomes(
        "<ol><li>a<pre>x</pre>then<li>b</ol>",
        "<ol><li>a</li></ol>\n<pre><code>x</code></pre>\n<p>then</p>\n<ol start=\"2\"><li>b</li></ol>\n",
    );
    becomes("<ul><li><h3>Head</h3>text</ul>", "<h3>Head</h3>\n<ul><li>text</li></ul>\n");
}

#[test]
fn figures_have_caption_and_credit() {
    let expected = "<figure><a href=\"/big.png\"><img src=\"/a.png\" alt=\"A\" width=\"60\" height=\"40\"></a>\
        <figcaption>See <a href=\"/x\">x</a> <small class=\"credit\">Ann</small></figcaption></figure>\n";
    for html in [
        "<figure><a href=/big.png><img src=/a.png alt=A width=60 height=40px></a><figcaption>See <a href=/x>x</a><cite>Ann</cite></figcaption></figure>",
        "<figure><a href=/big.png><img src=/a.png alt=A width=60 height=40></a><figcaption>See <a href=/x>x</a></figcaption><p class=credit>Ann</p></figure>",
        "<div class=wp-caption><a href=/big.png><img src=/a.png alt=A width=60 height=40></a><p class=wp-caption-text>See <a href=/x>x</a> <small>Ann</small></p></div>",
    ] {
        becomes(html, expected);
    }
    becomes(
        "<p>a<img src=data:x data-src=/late.png>b</p>",
        "<p>a</p>\n<figure><img src=\"/late.png\" alt=\"\"></figure>\n<p>b</p>\n",
    );
    assert_eq!(dropped("<img src=data:x><img src=/p.gif width=1 height=1>").len(), 2);
}

#[test]
fn tables_are_grids() {
    becomes(
        "<table><caption>Votes</caption><tr><td></td><th>A</th></tr><tr><th scope=row>x</th><td>1<p>2</p><img src=/i.png></td></tr></table>",
        "<table><caption>Votes</caption>\n<thead>\n<tr><th scope=\"col\"></th><th scope=\"col\">A</th></tr>\n</thead>\n\
         <tbody>\n<tr><th scope=\"row\">x</th><td>1<br>2</td></tr>\n</tbody>\n</table>\n<figure><img src=\"/i.png\" alt=\"\"></figure>\n",
    );
    becomes(
        "<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>",
        "<table>\n<tbody>\n<tr><td>a</td><td>b</td><td></td></tr>\n<tr><td></td><td>c</td><td>d</td></tr>\n</tbody>\n</table>\n",
    );
    becomes("<table><tr><td><h2>Frame</h2><p>text</table>", "<h2>Frame</h2>\n<p>text</p>\n");
    becomes(
        "<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>",
        "<table>\n<tbody>\n<tr><td>a<br>b<br>c</td><td>d</td></tr>\n</tbody>\n</table>\n",
    );
}

#[test]
fn program_text_keeps_its_lines() {
    becomes(
        "<pre class=lang-rust>fn  main() {\n<br>  <b>x</b> &lt; 1\n}\n</pre>",
        "<pre><code class=\"language-rust\">fn  main() {\n\n  x &lt; 1\n}</code></pre>\n",
    );
}

#[test]
fn frames_and_quoted_posts_become_embeds() {
    becomes(
        "<iframe src='https://www.youtube.com/embed/6PdLWbkGtXk' title='Skin &amp; Bones'>x</iframe>",
        "<figure class=\"embed\" data-provider=\"youtube\"><a href=\"https://www.youtube.com/watch?v=6PdLWbkGtXk\">Skin &amp; Bones</a></figure>\n",
    );
    becomes(
        "<blockquote class=twitter-tweet><p>Hi <a href=https://t.co/x>x</a></p>&mdash; A (@a) <a href='https://twitter.com/a/status/12?s=1'>May</a></blockquote><script src=//platform.twitter.com/widgets.js></script>",
        "<figure class=\"embed\" data-provider=\"x\"><a href=\"https://x.com/a/status/12\">Hi x — A (@a) May</a></figure>\n",
    );
    becomes(
        "<video controls><source src=https://a.example/v.mp4></video>",
        "<figure class=\"embed\" data-provider=\"video\"><a href=\"https://a.example/v.mp4\">https://a.example/v.mp4</a></figure>\n",
    );
    assert_eq!(dropped("<iframe src=https://ads.example/></iframe>"), [("iframe".into(), 1)]);
}

#[test]
fn what_is_left_out_is_counted_by_name() {
    let html = "<p onclick=a onmouseover=b>x<script>alert(1)</script><svg><p>y</svg><a href='java&#9;script:x'>z</a>\
        <object data=x></object><form><input><p>kept</p></form><i hidden>secret</i>&#1;</p><p onclick=c>";
    let expected = [
        ("control character", 1),
        ("form", 1),
        ("hidden element", 1),
        ("input", 1),
        ("object", 1),
        ("onclick attribute", 2),
        ("onmouseover attribute", 1),
        ("script", 1),
        ("svg", 1),
        ("unsafe or broken address in href", 1),
    ];
    assert_eq!(dropped(html), expected.map(|(what, count)| (what.to_owned(), count)));
    let text = parse(html).body.plain_text();
    assert!(text.contains('z') && text.contains("kept") && !text.contains("secret"), "{text}");
}

#[test]
fn a_report_is_bounded_however_many_names_the_input_makes_up() {
    let attributes: String = (0..1_000).map(|i| format!(" onx{i}=1")).collect();
    let report = parse(&format!("<p{attributes}>x<a href='javascript:{}'>y", "z".repeat(1_000))).dropped;
    assert_eq!(report.len(), 201);
    assert_eq!(report.iter().map(|dropped| dropped.count).sum::<usize>(), 1_001);
    let many = parse(&"<iframe src=https://ads.example/></iframe>".repeat(300)).dropped;
    assert_eq!((many[0].count, many[0].texts.len()), (300, crate::formats::MAX_TEXTS));
}

#[test]
fn notices_are_written_but_never_read_as_notices() {
    let body = parse("<p>Text</p>").body;
    let shown = body.with_notices(
        Some("Op-Ed"),
        &["Not <our> view."],
        &[Correction { published_at: "2024-03-01T10:00:00Z", text: "A name." }],
    );
    let html = render(&shown);
    assert_eq!(
        html,
        "<p class=\"label\">Op-Ed</p>\n<aside class=\"disclaimer\" role=\"note\">Not &lt;our&gt; view.</aside>\n<p>Text</p>\n\
         <aside class=\"correction\" role=\"note\"><time datetime=\"2024-03-01T10:00:00Z\">2024-03-01</time> A name.</aside>\n"
    );
    let again = parse(&html).body;
    assert!(Body::new(again.clone().into_blocks()).is_ok());
    assert_eq!(again.plain_text(), "Op-Ed\n\nNot <our> view.\n\nText\n\n2024-03-01 A name.");
}

#[test]
fn deep_and_wide_input_ends_well() {
    for html in [
        "<div>".repeat(100_000) + "deep",
        "<blockquote><ul><li>".repeat(30_000) + "deep",
        "<b><i><a href=x>".repeat(30_000) + "deep",
        "<table><tr><td>".repeat(30_000) + "deep",
        "<figure><figcaption>".repeat(30_000) + "deep",
    ] {
        let parsed = parse(&html);
        assert!(parsed.body.plain_text().contains("deep"), "{}", &html[..40]);
        assert_eq!(parse(&render(&parsed.body)).body, parsed.body);
    }
    let many = parse(&"<p>x</p>".repeat(20_000));
    assert_eq!(many.body.blocks().len(), crate::model::body::MAX_BLOCKS);
    assert_eq!(many.dropped[0].what, "block over the limits of a body");
}

#[test]
fn a_table_that_grows_when_it_is_filled_up_is_left_out() {
    let wide = format!("<tr>{}", "<td>w".repeat(100));
    let spanned = "<tr><td colspan=100 rowspan=1000>x".to_owned() + &"<tr>".repeat(999);
    for (name, rows) in [
        ("one wide row", format!("{wide}{}", "<tr><td>x".repeat(100_000))),
        ("columns", "<tr><td colspan=100>x".repeat(2_000)),
        ("rows", spanned.repeat(10)),
    ] {
        let parsed = parse(&format!("<p>before</p><table>{rows}</table><p>after</p>"));
        assert_eq!(render(&parsed.body), "<p>before</p>\n<p>after</p>\n", "{name}");
        let said: Vec<_> = parsed.dropped.iter().map(|dropped| (dropped.what.as_str(), dropped.count)).collect();
        assert_eq!(said, [("block over the limits of a body", 1)], "{name}");
    }
}

#[test]
fn spanned_cells_are_not_made_past_the_limit() {
    use super::table::{CellTag, Grid};
    let tag = CellTag { header: false, heads_row: false, columns: 100, rows: 1000 };
    let mut grid = Grid::after(0);
    for row in 0..100_000 {
        grid.open_row();
        if row % 1000 == 0 {
            grid.cell(tag, vec![Span::plain("x")]);
        }
        grid.close_row();
    }
    assert!(grid.spanned() < 200_000, "{}", grid.spanned());
    assert_eq!(grid.finish(), None);
}

#[test]
fn a_picture_that_is_there_again_without_scripts_comes_once() {
    let once = "<figure><img src=\"/a.jpg\" alt=\"A\"></figure>\n";
    for html in [
        "<img data-src=/a.jpg src=data:x alt=A><noscript><img src=/a.jpg alt=A></noscript>",
        "<p><img data-src=/a.jpg alt=A> <noscript><img src=/a.jpg></noscript></p>",
        "<noscript><img src=/a.jpg></noscript> <img data-src=/a.jpg alt=A>",
        "<ul><li><img data-src=/a.jpg alt=A><noscript><span><img src=/a.jpg></span></noscript></ul>",
    ] {
        assert_eq!(render(&parse(html).body), once, "{html}");
    }
    becomes(
        "<figure><img data-src=/a.jpg alt=A><noscript><img src=/a.jpg></noscript><figcaption>c</figcaption></figure>",
        "<figure><img src=\"/a.jpg\" alt=\"A\"><figcaption>c</figcaption></figure>\n",
    );
    // Another picture, one after words, and words.
    let images = |html: &str| render(&parse(html).body).matches("<img").count();
    assert_eq!(images("<img src=/a.jpg><noscript><img src=/b.jpg></noscript>"), 2);
    assert_eq!(images("<img src=/a.jpg>then<noscript><img src=/a.jpg></noscript>"), 2);
    assert_eq!(images("<img src=/a.jpg><noscript>Look: <img src=/a.jpg></noscript>"), 2);
    assert_eq!(images("<noscript><img src=/a.jpg></noscript>"), 1);
}

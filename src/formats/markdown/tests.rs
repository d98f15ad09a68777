use super::*;
use crate::formats::html;
use crate::formats::tests::any_body;
use crate::model::body::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_written_is_read_back_equal(body in any_body()) {
        let markdown = render(&body);
        let parsed = parse(&markdown);
        prop_assert_eq!(&parsed.body, &body, "{}\n{}", &markdown, to_html(&markdown, &Pieces::default()));
    }
}

/// Found by the property test above.
#[test]
fn regressions_of_writing() {
    let text = |style, children| Block::Text(TextBlock { style, children, ..TextBlock::default() });
    let link = Some(Link { href: "https://example.org/".into(), title: None });
    let code = vec![Span { text: "]:".into(), marks: Marks::CODE, link }];
    for (blocks, written) in [
        // A hyphen after a backslash is no dash before a source.
        (
            vec![text(Style::Blockquote, vec![Span::plain("a")]), text(Style::Blockquote, vec![Span::plain("-->")])],
            "> a\n>\n> \\-->\n",
        ),
        // Braces at the end of a heading are attributes, escaped or not.
        (vec![text(Style::H2, vec![Span::plain("{}")])], "## &#123;}\n"),
        // Program text in a link can look like the definition of a reference.
        (vec![text(Style::Normal, code)], "[<code>&#93;:</code>](https://example.org/)\n"),
    ] {
        let body = Body::new(blocks).unwrap();
        assert_eq!(render(&body), written);
        assert_eq!(parse(written).body, body);
    }
}

#[track_caller]
fn becomes(markdown: &str, expected: &str) {
    assert_eq!(html::render(&parse(markdown).body), expected, "{markdown}");
}

fn dropped(markdown: &str) -> Vec<(String, Vec<String>)> {
    parse(markdown).dropped.into_iter().map(|dropped| (dropped.what, dropped.texts)).collect()
}

#[test]
fn markdown_and_the_html_in_it_become_blocks() {
    becomes(
        "# Head {#id}\n\nOne *two* <u>three</u>[^1]\nfour\\\nfive ~~six~~\n\n* a\n  1. b\n\n| A | B |\n|---|---|\n| [c](/c) | d |\n\n[^1]: Note.\n",
        "<h2>Head</h2>\n<p>One <em>two</em> <u>three</u><sup>[1]</sup> four<br>five <s>six</s></p>\n<ul><li>a<ol><li>b</li></ol></li></ul>\n\
         <table>\n<thead>\n<tr><th scope=\"col\">A</th><th scope=\"col\">B</th></tr>\n</thead>\n<tbody>\n<tr><td><a href=\"/c\">c</a></td><td>d</td></tr>\n</tbody>\n</table>\n<p>[1] Note.</p>\n",
    );
    becomes("[x](javascript:alert(1)) <script>alert(1)</script>", "<p>x</p>\n");
}

#[test]
fn a_dash_begins_the_source_of_a_quote() {
    let expected = "<blockquote>\n<p>Enough.</p>\n<footer>Ann</footer>\n</blockquote>\n";
    becomes("> Enough.\n>\n> — Ann", expected);
    becomes("> Enough.\n> -- Ann", expected);
    becomes("> Enough.\\\n> – Ann", expected);
    becomes("> — Ann", "<blockquote>\n<p>— Ann</p>\n</blockquote>\n");
    becomes("> wide awake\n> — and so on", "<blockquote>\n<p>wide awake — and so on</p>\n</blockquote>\n");
    becomes("> Enough.\n>\n> &mdash; Ann", "<blockquote>\n<p>Enough.</p>\n<p>— Ann</p>\n</blockquote>\n");
}

#[test]
fn content_codes_keep_their_text() {
    becomes("{{< note variant=\"x\" >}}\n**A** b.\n{{< /note >}}\n\nc", "<p><strong>A</strong> b.</p>\n<p>c</p>\n");
    becomes("We need {{< highlight >}}this{{< /highlight >}}.", "<p>We need this.</p>\n");
    becomes(
        "{{< ring title=\"Case *study*\">}}\n\nText\n{{< /ring >}}",
        "<p><strong>Case <em>study</em></strong></p>\n<p>Text</p>\n",
    );
    becomes("{% raw %}{{{% endraw %} x }} and {% raw %}{% tag %}{% endraw %}", "<p>{{ x }} and {% tag %}</p>\n");
    becomes(
        "{{< highlight rust >}}\na < *b*\n{{< /highlight >}}",
        "<pre><code class=\"language-rust\">a &lt; *b*</code></pre>\n",
    );
    becomes(
        "{{< card-prompt intro=\"**Say** it.\" button-text=\"Go\" button-url=\"https://a.example/\">}}inner{{< /card-prompt >}}",
        "<p><strong>Say</strong> it.</p>\n<p>inner</p>\n<p><a href=\"https://a.example/\">Go</a></p>\n",
    );
    assert_eq!(
        dropped("{% comment %}secret {{ x }}{% endcomment %}a"),
        [("template comment".into(), vec!["secret {{ x }}".into()])]
    );
}

#[test]
fn picture_codes_become_pictures_where_the_address_can_be_used() {
    becomes(
        "a {% image \"/assets/x.png\" \"An \\\"x\\\"\" %} b",
        "<p>a</p>\n<figure><img src=\"/assets/x.png\" alt=\"An &quot;x&quot;\"></figure>\n<p>b</p>\n",
    );
    becomes(
        "{% include \"linked-figure.html\",\n  image: \"/a.png\",\n  alt: \"It's\",\n\n  caption: \"By [B](https://b.example/)\" %}",
        "<figure><img src=\"/a.png\" alt=\"It's\"><figcaption>By <a href=\"https://b.example/\">B</a></figcaption></figure>\n",
    );
    becomes("<img src=\"{{site.baseurl}}/a.png\" alt=\"x\">", "<figure><img src=\"/a.png\" alt=\"x\"></figure>\n");
    becomes("![x]({{ \"/a b.png\" | url }})", "<figure><img src=\"/a%20b.png\" alt=\"x\"></figure>\n");
    assert_eq!(
        dropped("x {{< legacy-img src=\"2016/a.jpg\" alt=\"A map\" caption=\"C\" >}}"),
        [("template code legacy-img".into(), vec!["2016/a.jpg · A map · C".into()])]
    );
}

#[test]
fn address_codes_become_addresses() {
    becomes(
        "[a]({{< ref \"/topics/_index.md\" >}}) [b]({{< ref \"2015-x.md#y\" >}})",
        "<p><a href=\"/topics/\">a</a> <a href=\"2015-x#y\">b</a></p>\n",
    );
    becomes(
        "[a]({{ \"/2016/x/\" | url }}) [b]({% link news/x.md %})",
        "<p><a href=\"/2016/x/\">a</a> <a href=\"news/x\">b</a></p>\n",
    );
    becomes("[a][1]\n\n[1]: {{ \"/x\" | url }}", "<p><a href=\"/x\">a</a></p>\n");
    becomes("” - {{ \"maya\" | team_link}} {{ \"maya\" | team_photo }}", "<p>” - maya</p>\n");
    becomes(
        "{{< button href=\"https://a.example/\" text=\"View\" >}}",
        "<p><a href=\"https://a.example/\">View</a></p>\n",
    );
    becomes("our {{< asset-static file=\"a.pdf\" label=\"guide (PDF)\" >}}!", "<p>our guide (PDF)!</p>\n");
}

#[test]
fn provider_codes_become_embeds_and_quote_codes_quotes() {
    let embed = |provider, url, title| {
        format!("<figure class=\"embed\" data-provider=\"{provider}\"><a href=\"{url}\">{title}</a></figure>\n")
    };
    becomes(
        "{{< youtube id=\"6PdLWbkGtXk\" title=\"Skin & Bones\" >}}",
        &embed("youtube", "https://www.youtube.com/watch?v=6PdLWbkGtXk", "Skin &amp; Bones"),
    );
    becomes(
        "{{< tweet user=\"USGSA\" id=\"7738\" >}}",
        &embed("x", "https://x.com/USGSA/status/7738", "https://x.com/USGSA/status/7738"),
    );
    becomes("{{< tweet 7738 >}}", &embed("x", "https://x.com/i/status/7738", "https://x.com/i/status/7738"));
    let facebook = "https://www.facebook.com/nih/videos/1405/";
    becomes(&format!("{{{{< fb-video \"{facebook}\" >}}}}"), &embed("facebook", facebook, facebook));
    let youtube = "https://www.youtube.com/watch?v=UwOG3BrdODo";
    becomes(
        "{{ \"https://www.youtube-nocookie.com/embed/UwOG3BrdODo\" | embed: \"Title\" }}",
        &embed("youtube", youtube, "Title"),
    );
    becomes(
        "{{< quote-block text=\"...\\[GSA] was *able*\" cite=\"Ann, NIAID\" >}}",
        "<blockquote>\n<p>...[GSA] was <em>able</em></p>\n<footer>Ann, NIAID</footer>\n</blockquote>\n",
    );
    becomes(
        "{{< quote author=\"Ann\" >}}\nOne.\n\nTwo.\n{{< /quote >}}\nthree",
        "<blockquote>\n<p>One.</p>\n<p>Two.</p>\n<footer>Ann</footer>\n</blockquote>\n<p>three</p>\n",
    );
}

#[test]
fn codes_in_examples_and_escaped_codes_are_text() {
    becomes("`{{< x >}}` \\{{ y }}", "<p><code>{{&lt; x &gt;}}</code> {{ y }}</p>\n");
    becomes("```\n{{ x }} {% raw %}\n```", "<pre><code>{{ x }} {% raw %}</code></pre>\n");
    becomes("{{</* note */>}}", "<p>{{&lt; note &gt;}}</p>\n");
    becomes("{{ open and {% never closed", "<p>{{ open and {% never closed</p>\n");
    assert_eq!(dropped("a {{ page.excerpt }} b {{< unknown x=\"1\" >}}").len(), 2);
}

#[test]
fn codes_cannot_bring_in_what_html_cannot() {
    for hostile in [
        "{{< youtube id=\"x\\\"><script>alert(1)</script>\" >}}",
        "{{< img src=\"/a.png\" alt=\"x\\\" onerror=alert(1) y=\\\"\" >}}",
        "{{< button href=\"javascript:alert(1)\" text=\"<img src=x onerror=alert(1)>\" >}}",
        "{{ \"<script>alert(1)</script>\" | escape }}",
        "[x]({{ \"javascript:alert(1)\" | url }})",
        "<a href=\"{{ \"x' onclick='alert(1)\" | url }}\">x</a>",
        "{{< quote-block text=\"<svg onload=alert(1)>\" cite=\"<script>x</script>\" >}}",
    ] {
        crate::formats::hostile::assert_harmless(&html::render(&parse(hostile).body), hostile);
    }
    // Long and broken.
    for text in [
        "{{".repeat(50_000),
        "{% \"".repeat(50_000),
        "{{< a >}}".repeat(50_000),
        "{{< note >}}{{< /note >}}".repeat(20_000),
    ] {
        parse(&text);
    }
}

#[test]
fn codes_without_an_end_are_not_read_in_search_of_another_end() {
    // As many that reading each to the longest that a code may be would take minutes.
    let broken = "{{a".repeat(1_000_000);
    let parsed = parse(&format!("{{{{< comment >}}}}{broken}{{{{< /comment >}}}}b"));
    assert_eq!(html::render(&parsed.body), "<p>b</p>\n");
    assert_eq!(parsed.dropped[0].what, "template comment");
    let mut report = Report::default();
    let text = format!("{{{{< comment >}}}}{}", "{{< /comment ".repeat(500_000));
    assert_eq!(codes::resolve(&text, &mut report).0.len(), text.len() - "{{< comment >}}".len());
    for end in ["{{< /comment >}}", "{{%/ Comment%}}", "{%- endcomment -%}"] {
        let text = format!("{{{{< comment >}}}}x {{{{< /comments >}}}} {{{{ y }}}} {{% end %}}{end}b");
        assert_eq!(html::render(&parse(&text).body), "<p>b</p>\n", "{end}");
    }
}

#[test]
fn a_wide_head_over_many_short_rows_is_left_out() {
    let text = format!("a\n\n|{}\n|{}\n{}", "h|".repeat(100), "-|".repeat(100), "|x\n".repeat(2_000));
    let parsed = parse(&text);
    assert_eq!(html::render(&parsed.body), "<p>a</p>\n");
    assert_eq!(parsed.dropped.last().map(|dropped| dropped.what.as_str()), Some("block over the limits of a body"));
}

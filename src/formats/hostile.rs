//! The hostile set: whatever goes in, nothing that runs comes out.

use super::tests::{shared, shared_lines};
use super::{html, markdown, text};
use crate::model::body::Body;
use scraper::{Html, Node};

/// Read HTML as a browser does and look for what could run.
#[track_caller]
pub(super) fn assert_harmless(html: &str, from: &str) {
    const ALLOWED: &[&str] = &[
        "html",
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "footer",
        "ul",
        "ol",
        "li",
        "a",
        "strong",
        "em",
        "u",
        "s",
        "sub",
        "sup",
        "code",
        "pre",
        "br",
        "hr",
        "img",
        "figure",
        "figcaption",
        "small",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ];
    const ATTRIBUTES: &[&str] = &[
        "href",
        "src",
        "cite",
        "alt",
        "title",
        "class",
        "data-provider",
        "width",
        "height",
        "start",
        "value",
        "scope",
    ];
    for node in Html::parse_fragment(html).tree.root().descendants() {
        let Node::Element(element) = node.value() else { continue };
        assert!(ALLOWED.contains(&element.name()), "<{}> from {from:?} in {html}", element.name());
        for (name, value) in element.attrs() {
            assert!(ATTRIBUTES.contains(&name), "{name} from {from:?} in {html}");
            if matches!(name, "href" | "src" | "cite") {
                // The scheme as browsers find it: blanks at the ends and controls anywhere do not count.
                let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
                let scheme = plain.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
                let odd = ["javascript", "vbscript", "data", "file", "livescript", "mocha"];
                assert!(!scheme.is_some_and(|scheme| odd.contains(&scheme.as_str())), "{name}={value:?} from {from:?}");
            }
        }
    }
}

fn through_everything(input: &str) -> usize {
    let mut read = 0;
    for body in [html::parse(input).body, markdown::parse(input).body, text::parse(input)] {
        let html = html::render(&body);
        assert_harmless(&html, input);
        assert_eq!(html::parse(&html).body, body, "{input:?}");
        let as_markdown = markdown::render(&body);
        let again = markdown::parse(&as_markdown).body;
        assert_harmless(&html::render(&again), input);
        assert_eq!(again, body, "{input:?}\n{as_markdown}");
        assert_eq!(Body::from_json(&serde_json::to_string(&body).unwrap()).unwrap(), body, "{input:?}");
        text::render(&body);
        read += 1;
    }
    read
}

#[test]
fn nothing_of_the_hostile_set_runs() {
    let own = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"java\tscript:alert(1)\">x</a>",
        "<a href=' &#14; javascript:x'>x</a>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi xlink:href=\"data:x,<script>\">x</mi></math>",
        "<iframe srcdoc='<script>'></iframe>",
        "<table background='javascript:x'><td>y",
        "[x](data:text/html,x)",
        "<javascript:alert(1)>",
        "![x](vbscript:x)",
        "<b <script>>x",
        "\u{0}\u{1F}\u{FFFE}",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<style><img src='</style><img src=x onerror=alert(1)//'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    ];
    let mut count = own.iter().map(|input| through_everything(input)).sum::<usize>();
    let naughty =
        shared("hostile/naughty-strings/blns.json").map(|json| serde_json::from_str::<Vec<String>>(&json).unwrap());
    for input in naughty.iter().flatten() {
        count += through_everything(input);
    }
    let payloads = shared("hostile/xss/xss-payload-list.txt").unwrap_or_default();
    for input in payloads.lines() {
        count += through_everything(input);
    }
    count += through_everything(&payloads);
    for line in shared_lines("hostile/xss/feedparser_sanitize.jsonl.gz") {
        // The feed carries HTML escaped; both as it stands and unescaped it must be harmless.
        let feed = line["feed_xml"].as_str().unwrap_or_default();
        count += through_everything(feed);
        let inner: String = Html::parse_fragment(feed)
            .tree
            .values()
            .filter_map(|node| node.as_text().map(|text| text.to_string()))
            .collect();
        count += through_everything(&inner);
        count += through_everything(line["feedparser_expects"].as_str().unwrap_or_default());
    }
    println!("hostile set: {count} readings, none of them harmful");
}

//! Feeds HTML to the tokenizer without the attributes that no tag needs.
//!
//! html5ever compares each attribute of a tag with all before it, so one tag of a hundred thousand takes seconds. What is
//! a tag depends on what stands before it: in a comment, in a script or in an attribute's value it is none. So the text is
//! followed by the tokenizer's own rules, and what only the tree builder knows is asked of it after every tag.

use super::tree::Guard;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{TokenSink, Tokenizer};
use html5ever::{LocalName, TokenizerResult};

/// Attributes of one tag that are read.
const MAX_ATTRIBUTES: usize = 1024;

/// What the text after a tag is.
#[derive(Debug, Clone, Default)]
pub(super) enum Content {
    #[default]
    Markup,
    /// Text up to the end tag of this element.
    Raw(LocalName),
    /// Text to the end of the document.
    Plain,
}

/// Feeds a whole document.
pub(super) fn feed(tokenizer: &Tokenizer<Guard>, html: &str) {
    let (mut fed, mut at) = (0, 0);
    while let Some(begin) = match tokenizer.sink.content() {
        Content::Markup => html[at..].find('<').map(|found| at + found),
        Content::Raw(name) => end_tag(html, at, &name),
        Content::Plain => None,
    } {
        let rest = &html[begin..];
        if !is_tag(rest) {
            at = begin + no_tag(rest, &tokenizer.sink);
            continue;
        }
        let tag = Tag::read(rest);
        at = begin + tag.length;
        give(tokenizer, &html[fed..begin + tag.kept]);
        if tag.kept < tag.length && tag.ends {
            give(tokenizer, if rest[..tag.length].ends_with("/>") { "/>" } else { ">" });
        }
        fed = at;
    }
    give(tokenizer, &html[fed..]);
}

/// Feeds a piece of a document as it stands.
pub(super) fn give(tokenizer: &Tokenizer<Guard>, text: &str) {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    // The tokenizer pauses after a script so that it could be run; here it just goes on.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0C' | b' ')
}

/// Whether this, which begins with `<`, is a tag.
fn is_tag(text: &str) -> bool {
    match text.as_bytes() {
        [_, b'/', first, ..] => first.is_ascii_alphabetic(),
        [_, first, ..] => first.is_ascii_alphabetic(),
        _ => false,
    }
}

/// The length of what begins with `<` and is no tag: a comment, a declaration, or the sign alone.
fn no_tag(text: &str, sink: &Guard) -> usize {
    let to = |end: Option<usize>, sign: &str| end.map_or(text.len(), |end| end + sign.len());
    if let Some(inner) = text.strip_prefix("<!--") {
        let is_end = |at: usize| {
            let inner = &inner[..at];
            matches!(inner, "" | "-") || inner.ends_with("--") || inner.ends_with("--!")
        };
        let end = inner.match_indices('>').map(|(at, _)| at).find(|at| is_end(*at));
        return to(end.map(|end| "<!--".len() + end), ">");
    }
    if text.starts_with("<![CDATA[") && sink.adjusted_current_node_present_but_not_in_html_namespace() {
        return to(text.find("]]>"), "]]>");
    }
    if text.starts_with("<!") || text.starts_with("<?") || text.starts_with("</") {
        return to(text.find('>'), ">");
    }
    1
}

/// Where the next end tag of this element begins.
fn end_tag(html: &str, from: usize, name: &str) -> Option<usize> {
    let is_it = |at: &usize| {
        let after = &html.as_bytes()[at + 2..];
        after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            && after.get(name.len()).is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
    };
    html[from..].match_indices("</").map(|(at, _)| from + at).find(is_it)
}

/// A tag in the text.
struct Tag {
    length: usize,
    /// How much of it is fed: up to the first attribute that is one too many.
    kept: usize,
    /// Whether it ends before the document does.
    ends: bool,
}

impl Tag {
    /// The tag that begins here.
    fn read(text: &str) -> Tag {
        enum In {
            Name,
            Between,
            Attribute,
            AfterAttribute,
            BeforeValue,
            Value,
            Quoted(u8),
        }
        let (mut place, mut attributes, mut kept) = (In::Name, 0, None);
        for (at, byte) in text.bytes().enumerate().skip(1) {
            place = match (place, byte) {
                (In::Quoted(quote), byte) if byte == quote => In::Between,
                (In::Quoted(quote), _) => In::Quoted(quote),
                (_, b'>') => return Tag { length: at + 1, kept: kept.unwrap_or(at + 1), ends: true },
                (In::BeforeValue, b'"' | b'\'') => In::Quoted(byte),
                (In::BeforeValue, byte) if is_space(byte) => In::BeforeValue,
                (In::BeforeValue, _) => In::Value,
                (In::Value, byte) if !is_space(byte) => In::Value,
                // The solidus of an end tag.
                (In::Name, b'/') if at == 1 => In::Name,
                (In::Attribute | In::AfterAttribute, b'=') => In::BeforeValue,
                (In::Attribute | In::AfterAttribute, byte) if is_space(byte) => In::AfterAttribute,
                (_, byte) if byte == b'/' || is_space(byte) => In::Between,
                (place @ (In::Name | In::Attribute), _) => place,
                (In::Between | In::AfterAttribute | In::Value, _) => {
                    attributes += 1;
                    if attributes > MAX_ATTRIBUTES {
                        kept = kept.or(Some(at));
                    }
                    In::Attribute
                }
            };
        }
        Tag { length: text.len(), kept: kept.unwrap_or(text.len()), ends: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{parse, parse_by};
    use super::*;
    use proptest::prelude::*;

    /// The tree by the tokenizer alone.
    fn plainly(html: &str) -> String {
        parse_by(html, give).0.html()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_fed_tag_by_tag_means_the_same(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "<", ">", "/", "=", "\"", "'", " ", "\n", "\r", "\0", "a", "é", "&am", "&lt;", "p", "<p ", "</p", "<b c=\"", "<i d='",
            "<!--", "-->", "--!>", "<!", "<?", "</ ", "--", "-", "!", "<!doctype x \"", "<![CDATA[", "]]>", "]", "<svg>",
            "</svg>", "<math>", "<title>", "</title>", "<script>", "</script", "</SCRIPT x>", "<style>", "</style >",
            "<textarea>", "</textarea/>", "<xmp>", "</xmp>", "<plaintext>", "<pre>", "\u{feff}", "<table><td>", "<br/>",
            "<iframe>", "</iframe>", "<noscript>", "</noscript>", "<a/b", "<a e=/>",
        ]), 0..24)) {
            let html = pieces.concat();
            prop_assert_eq!(parse(&html).0.html(), plainly(&html), "{:?}", html);
        }
    }

    #[test]
    fn attributes_beyond_the_limit_are_left_out() {
        let many: String = (0..10_000).map(|i| format!(" a{i}=\"<b> &quot; 'c' >{i}\"/")).collect();
        for html in [
            format!("<p{many}>text</p>"),
            format!("<p{many}"),
            format!("<!-- <x y=\" --><p{many}>text</p{many}>"),
            format!("<script>\"<x y='\"</script{many}><p{many}>text</p>"),
            format!("<svg><![CDATA[<x y=\"]]></svg><p{many}>text</p>"),
            format!("<title><x y=\"</title><p{many}>text</p>"),
            format!("<p>&am<p{many}>text</p>"),
        ] {
            let (tree, _) = parse(&html);
            let most =
                tree.tree.nodes().filter_map(|node| node.value().as_element()).map(|one| one.attrs().count()).max();
            // A tag that the document ends in is none.
            let is_whole = html.contains(">text");
            assert_eq!(most.unwrap_or(0), if is_whole { MAX_ATTRIBUTES } else { 0 }, "{}", &html[..30]);
            let mut texts = tree.tree.nodes().filter_map(|node| node.value().as_text());
            assert_eq!(texts.next_back().is_some_and(|text| &**text == "text"), is_whole, "{}", &html[..30]);
        }
        // What is no tag keeps all that it has, and the last that fits is read.
        let words = "w ".repeat(2_000);
        for html in [format!("<xmp>a <b {words}</xmp>"), format!("<plaintext>a <b {words}"), format!("a < b {words}")] {
            assert_eq!(parse(&html).0.html(), plainly(&html));
        }
        let fits: String = (0..MAX_ATTRIBUTES).map(|i| format!(" a{i}")).collect();
        let html = format!("<p{fits}>text");
        assert_eq!(parse(&html).0.html(), plainly(&html));
    }
}

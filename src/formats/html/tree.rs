//! The tree of an HTML fragment, by html5ever, with bounds.
//!
//! The parsing algorithm of HTML is quadratic in the depth of the tree, and a few hundred open formatting elements are
//! repeated in every paragraph that follows. Browsers stop at 512 open elements. So does this: tags that would go
//! deeper, or that would make more nodes than any honest document of this size has, are left out while text stays.

use super::feed::{Content, feed};
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink, create_element};
use html5ever::{QualName, local_name, ns};
use scraper::{Html, HtmlTreeSink};
use std::cell::{Cell, RefCell};

type Builder = TreeBuilder<<HtmlTreeSink as TreeSink>::Handle, HtmlTreeSink>;

/// Elements that may be open at once.
const MAX_DEPTH: usize = 512;

/// Parse a fragment as the content of `body`. Returns how many tags were left out for depth or number as well.
pub(in crate::formats) fn parse(html: &str) -> (Html, usize) {
    parse_by(html, feed)
}

/// The same by this way to feed the tokenizer.
pub(super) fn parse_by(html: &str, feed: impl FnOnce(&Tokenizer<Guard>, &str)) -> (Html, usize) {
    let sink = HtmlTreeSink::new(Html::new_fragment());
    let context = create_element(&sink, QualName::new(None, ns!(html), local_name!("body")), Vec::new());
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new_for_fragment(sink, context, None, options);
    let initial_state = Some(builder.tokenizer_state_for_context_elem(false));
    let guard = Guard {
        builder,
        max_nodes: 10_000 + html.len() / 2,
        tags: Cell::new(0),
        depth: Cell::new(0),
        shut: Cell::new(0),
        left_out: Cell::new(0),
        content: RefCell::default(),
    };
    // A byte order mark stands at the beginning of the document only, not of each piece that is fed.
    let options = TokenizerOpts { initial_state, discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(guard, options);
    feed(&tokenizer, html.strip_prefix('\u{FEFF}').unwrap_or(html));
    tokenizer.end();
    let guard = tokenizer.sink;
    (guard.builder.sink.finish(), guard.left_out.get())
}

pub(super) struct Guard {
    builder: Builder,
    max_nodes: usize,
    /// Start tags seen.
    tags: Cell<usize>,
    /// Depth of the newest node when it was last measured, plus the start tags since.
    depth: Cell<usize>,
    /// Start tags left out whose end tags are still to come.
    shut: Cell<usize>,
    left_out: Cell<usize>,
    /// What the text after the last tag is.
    content: RefCell<Content>,
}

impl Guard {
    pub fn content(&self) -> Content {
        self.content.borrow().clone()
    }

    fn passes(&self, tag: &Tag) -> bool {
        // The content of these is no markup, and only the tree builder tells the tokenizer so. They do not nest.
        if matches!(
            &*tag.name,
            "script" | "style" | "title" | "textarea" | "xmp" | "iframe" | "noembed" | "noframes" | "plaintext"
        ) {
            return true;
        }
        if tag.kind == TagKind::EndTag {
            let shut = self.shut.get();
            self.shut.set(shut.saturating_sub(1));
            return shut == 0;
        }
        self.tags.set(self.tags.get() + 1);
        self.depth.set(self.depth.get() + 1);
        if self.shut.get() == 0 && self.depth.get() <= MAX_DEPTH && !self.tags.get().is_multiple_of(64) {
            return true;
        }
        // Inside of an element that was left out nothing has changed, so there is nothing to measure.
        if self.shut.get() == 0 {
            let (depth, nodes) = self.measure();
            self.depth.set(depth);
            if depth < MAX_DEPTH && nodes < self.max_nodes {
                return true;
            }
        }
        self.left_out.set(self.left_out.get() + 1);
        if !tag.self_closing && !matches!(&*tag.name, "br" | "hr" | "img" | "input" | "wbr" | "p" | "li") {
            self.shut.set(self.shut.get() + 1);
        }
        false
    }

    fn measure(&self) -> (usize, usize) {
        let html = self.builder.sink.0.borrow();
        let newest = html.tree.nodes().next_back();
        (newest.map_or(0, |node| node.ancestors().count()), html.tree.values().len())
    }
}

impl TokenSink for Guard {
    type Handle = <HtmlTreeSink as TreeSink>::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Self::Handle> {
        let Token::TagToken(tag) = &token else { return self.builder.process_token(token, line) };
        self.content.replace(Content::Markup);
        if !self.passes(tag) {
            return TokenSinkResult::Continue;
        }
        let name = tag.name.clone();
        let result = self.builder.process_token(token, line);
        match &result {
            TokenSinkResult::RawData(_) => drop(self.content.replace(Content::Raw(name))),
            TokenSinkResult::Plaintext => drop(self.content.replace(Content::Plain)),
            _ => {}
        }
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_number_of_nodes_are_bounded() {
        for (name, html) in [
            ("div", "<div>".repeat(100_000)),
            ("b", "<b>".repeat(20_000)),
            ("svg a", format!("<svg>{}", "<a>".repeat(100_000))),
            ("closed in vain", "<object><applet></object>".repeat(5_000)),
            ("fonts in every paragraph", {
                let fonts: String = (0..600).map(|i| format!("<font color={i}>")).collect();
                format!("{fonts}{}", "<p>x</p>".repeat(10_000))
            }),
        ] {
            let (tree, left_out) = parse(&html);
            assert!(left_out > 0, "{name}");
            assert!(tree.tree.values().len() < 200_000 + html.len(), "{name}: {} nodes", tree.tree.values().len());
        }
    }

    #[test]
    fn many_unclosed_paragraphs_and_items_are_not_deep() {
        let (_, left_out) = parse(&"<p>a<li>b<td>c".repeat(2_000));
        assert_eq!(left_out, 0);
    }
}

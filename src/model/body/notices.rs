//! Notices inside a rendered body.

use super::{Block, Body, Span, Style, TextBlock, tidy};

/// A correction to be shown with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction<'a> {
    /// When it was published, as RFC 3339.
    pub published_at: &'a str,
    /// What was corrected.
    pub text: &'a str,
}

impl Body {
    /// The body with its notices as blocks of their own: the label first, then the disclaimers, because a reader
    /// must know them before the text; then the body; then the corrections in the order given, as newspapers do.
    ///
    /// What comes back is for rendering and is never stored: [`Body::new`] and [`Body::from_json`] refuse it. Empty
    /// notices are left out.
    pub fn with_notices(&self, label: Option<&str>, disclaimers: &[&str], corrections: &[Correction<'_>]) -> Body {
        let mut blocks = Vec::with_capacity(self.0.len() + 1 + disclaimers.len() + corrections.len());
        blocks.extend(label.and_then(|text| notice(Style::Label, text, None)));
        blocks.extend(disclaimers.iter().filter_map(|text| notice(Style::Disclaimer, text, None)));
        blocks.extend(self.0.iter().cloned());
        blocks.extend(corrections.iter().filter_map(|c| notice(Style::Correction, c.text, Some(c.published_at))));
        Body(blocks)
    }
}

fn notice(style: Style, text: &str, published_at: Option<&str>) -> Option<Block> {
    let children = tidy::spans(vec![Span::plain(text)]);
    let published_at = published_at.map(str::to_owned);
    (!children.is_empty()).then(|| Block::Text(TextBlock { style, published_at, children, ..TextBlock::default() }))
}

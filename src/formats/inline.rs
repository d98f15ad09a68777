//! Spans with sets of marks, as properly nested marks.
//!
//! HTML and Markdown nest; Portable Text does not. The mark that lasts longest is opened first, so that a link stays
//! one link when part of its text is strong. Program text is always innermost, because Markdown reads nothing inside.

use crate::model::body::{Link, Marks, Span};

/// A mark that is opened and closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark<'a> {
    /// One decorator.
    Decorator(Marks),
    /// A link.
    Link(&'a Link),
}

/// One step of the walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step<'a> {
    /// A mark begins before span `from` and ends before span `to`.
    Open { mark: Mark<'a>, from: usize, to: usize },
    /// The mark opened last ends.
    Close(Mark<'a>),
    /// The text of a span.
    Text { span: &'a Span },
}

fn marked(span: &Span, mark: Mark<'_>) -> bool {
    match mark {
        Mark::Decorator(decorator) => span.marks.has(decorator),
        Mark::Link(link) => span.link.as_ref() == Some(link),
    }
}

/// Walk over the spans; each `Open` has its `Close`, well nested.
pub(super) fn walk<'a>(children: &'a [Span], mut step: impl FnMut(Step<'a>)) {
    let mut open: Vec<(Mark<'a>, usize)> = Vec::new();
    let mut wanted: Vec<(Mark<'a>, usize)> = Vec::new();
    for (from, span) in children.iter().enumerate() {
        let keep = open.iter().position(|(_, to)| *to <= from).unwrap_or(open.len());
        while open.len() > keep {
            if let Some((mark, _)) = open.pop() {
                step(Step::Close(mark));
            }
        }
        wanted.clear();
        let marks = span.link.iter().map(Mark::Link).chain(span.marks.each().map(|(mark, _)| Mark::Decorator(mark)));
        for mark in marks.filter(|mark| !open.iter().any(|(on, _)| on == mark)) {
            // Program text is opened anew with every span, since nothing may open inside it.
            let is_code = mark == Mark::Decorator(Marks::CODE);
            let run = || children[from..].iter().take_while(|span| marked(span, mark)).count();
            let to = from + if is_code { 1 } else { run() };
            wanted.push((mark, to));
        }
        // A stable sort: equal lengths stay in the fixed order of links and decorators.
        wanted.sort_by_key(|(mark, to)| (*mark == Mark::Decorator(Marks::CODE), std::cmp::Reverse(*to)));
        let mut limit = open.last().map_or(children.len(), |(_, to)| *to);
        for (mark, to) in wanted.drain(..) {
            let to = limit.min(to);
            limit = to;
            step(Step::Open { mark, from, to });
            open.push((mark, to));
        }
        step(Step::Text { span });
    }
    while let Some((mark, _)) = open.pop() {
        step(Step::Close(mark));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mark_is_outermost_and_everything_nests() {
        let link = Link { href: "/a".into(), title: None };
        let span =
            |text: &str, marks, linked: bool| Span { text: text.into(), marks, link: linked.then(|| link.clone()) };
        let children = [
            span("a", Marks::STRONG, false),
            span("b", Marks::STRONG, true),
            span("c", Marks::EM, true),
            span("d", Marks::EM.with(Marks::CODE), false),
        ];
        let mut seen = String::new();
        walk(&children, |step| match step {
            Step::Open { mark: Mark::Link(_), .. } => seen.push_str("[L "),
            Step::Open { mark: Mark::Decorator(mark), .. } => {
                seen.push_str(&format!("[{} ", mark.each().map(|(_, name)| name).collect::<String>()));
            }
            Step::Close(_) => seen.push(']'),
            Step::Text { span } => seen.push_str(&span.text),
        });
        assert_eq!(seen, "[strong a[L b]][em [L c][code d]]");
    }
}

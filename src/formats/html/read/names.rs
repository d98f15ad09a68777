//! Names, classes and attributes: the allow-list, and what can be told from an element alone.

use crate::formats::html::embed::recognise;
use crate::model::body::{Embed, Marks, address, is_forbidden};
use ego_tree::NodeRef;
use scraper::Node;
use scraper::node::Element;

/// The marks that an element stands for.
pub(super) fn decorator(name: &str) -> Marks {
    match name {
        "strong" | "b" => Marks::STRONG,
        "em" | "i" | "dfn" | "var" => Marks::EM,
        "u" | "ins" => Marks::UNDERLINE,
        "s" | "del" | "strike" => Marks::STRIKE,
        "sub" => Marks::SUB,
        "sup" => Marks::SUP,
        "code" | "kbd" | "samp" | "tt" => Marks::CODE,
        _ => Marks::NONE,
    }
}

/// Elements that are no content, with all that is in them.
pub(super) fn is_foreign(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "svg"
            | "math"
            | "object"
            | "embed"
            | "applet"
            | "canvas"
            | "map"
            | "frameset"
            | "frame"
            | "noframes"
            | "noembed"
            | "head"
            | "title"
            | "meta"
            | "link"
            | "base"
            | "bgsound"
            | "input"
            | "button"
            | "select"
            | "textarea"
            | "datalist"
            | "option"
            | "optgroup"
            | "meter"
            | "progress"
            | "portal"
    )
}

/// Elements that make a block of the text in them.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "aside"
            | "header"
            | "footer"
            | "nav"
            | "address"
            | "center"
            | "details"
            | "summary"
            | "dialog"
            | "dl"
            | "dt"
            | "dd"
            | "fieldset"
            | "legend"
            | "figure"
            | "figcaption"
            | "hgroup"
            | "search"
            | "blockquote"
            | "ul"
            | "ol"
            | "menu"
            | "dir"
            | "li"
            | "table"
            | "caption"
            | "tr"
            | "td"
            | "th"
            | "hr"
            | "pre"
            | "listing"
            | "xmp"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "marquee"
    )
}

pub(super) fn is_hidden(element: &Element) -> bool {
    element.attr("hidden").is_some()
        || element.attr("style").is_some_and(|style| {
            let plain: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
            plain.contains("display:none") || plain.contains("visibility:hidden")
        })
}

pub(super) fn has_class(element: &Element, class: &str) -> bool {
    element.classes().any(|one| one.eq_ignore_ascii_case(class))
}

/// The address of a picture. Pages that load pictures late keep the true one beside a placeholder.
pub(super) fn picture(element: &Element) -> Option<String> {
    let sources = ["data-src", "data-lazy-src", "data-original", "src"];
    let raw = sources.iter().filter_map(|name| element.attr(name));
    raw.map(address::repair).find(|raw| address::resource(raw).is_ok()).map(|raw| raw.into_owned())
}

/// The text in an element, in one line, to about `limit` bytes; for reports and titles.
pub(super) fn words(node: NodeRef<'_, Node>, limit: usize) -> String {
    let mut out = String::new();
    for text in node.descendants().filter_map(|node| node.value().as_text()) {
        for word in text.split_ascii_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend(word.chars().filter(|c| !is_forbidden(*c)));
        }
        if out.len() > limit {
            break;
        }
    }
    out
}

/// A table with one cell that holds blocks is a frame around them, not a table.
pub(super) fn is_layout(node: NodeRef<'_, Node>) -> bool {
    let mut cells = 0;
    let mut blocks = false;
    for name in node.descendants().skip(1).filter_map(|node| node.value().as_element().map(Element::name)) {
        cells += usize::from(matches!(name, "td" | "th"));
        if cells > 1 || name == "caption" {
            return false;
        }
        blocks |= cells == 1 && is_block(name) && !matches!(name, "td" | "th" | "tr");
    }
    blocks
}

/// First number and step of a list.
pub(super) fn counting(node: NodeRef<'_, Node>, element: &Element) -> (i64, i64) {
    let start = element.attr("start").and_then(|start| start.trim().parse::<i64>().ok());
    if element.attr("reversed").is_none() {
        return (start.unwrap_or(1), 1);
    }
    let items =
        node.children().filter(|child| child.value().as_element().is_some_and(|element| element.name() == "li"));
    (start.unwrap_or_else(|| items.count() as i64), -1)
}

/// The language of program text, from a class as highlighters write it.
pub(super) fn language(node: NodeRef<'_, Node>, element: &Element) -> Option<String> {
    let inner = node.children().filter_map(|child| child.value().as_element()).find(|child| child.name() == "code");
    let classes = inner.into_iter().chain([element]).flat_map(|element| element.classes());
    let name = classes.filter_map(|class| class.strip_prefix("language-").or(class.strip_prefix("lang-"))).next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-+#._".contains(c);
    ((1..=40).contains(&name.len()) && name.chars().all(fits)).then(|| name.to_owned())
}

/// What embedding scripts would turn into something of a provider's: our own `figure.embed`, and the usual quotes.
pub(super) fn known_embed(node: NodeRef<'_, Node>, element: &Element) -> Option<Embed> {
    let links =
        || node.descendants().filter_map(|node| node.value().as_element().filter(|e| e.name() == "a")?.attr("href"));
    let quoted =
        ["twitter-tweet", "twitter-video", "instagram-media", "tiktok-embed", "fb-post", "fb-video", "bluesky-embed"];
    if quoted.iter().any(|class| has_class(element, class)) {
        let attributes =
            ["data-instgrm-permalink", "data-href", "cite"].into_iter().filter_map(|name| element.attr(name));
        let mut found: Vec<Embed> = attributes.filter_map(recognise).collect();
        // The post's own link is the last; those before it are in its text.
        found.extend(links().filter_map(recognise).last());
        let mut embed = found.into_iter().next()?;
        embed.title = Some(words(node, 2_000));
        return Some(embed);
    }
    if element.name() != "figure" || !has_class(element, "embed") {
        return None;
    }
    let mut inside = node.descendants().skip(1).filter_map(|node| node.value().as_element());
    let link = inside.next().filter(|link| link.name() == "a" && inside.next().is_none())?;
    let url = address::repair(link.attr("href")?).into_owned();
    address::absolute(&url).ok()?;
    let said = words(node, usize::MAX);
    let title = Some(said).filter(|title| *title != url);
    let provider = element.attr("data-provider").map(str::to_owned).filter(|provider| {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=40).contains(&provider.len()) && provider.bytes().all(fits)
    });
    let provider = provider.or_else(|| recognise(&url).map(|embed| embed.provider))?;
    Some(Embed { provider, url, title })
}

//! NITF, the News Industry Text Format 3.6 (<https://iptc.org/std/NITF/>), for systems that are older than ninjs.

use ego_tree::NodeRef;
use scraper::Node;

use super::article::{self as present, Notices};
use super::html::tree;
use super::xml_out::Out;
use crate::config::SiteSettings;
use crate::error::Result;
use crate::model::story::Story;

/// The media type.
pub const MEDIA_TYPE: &str = "application/nitf+xml; charset=utf-8";

const SPACE: &str = "http://iptc.org/std/NITF/2006-10-18/";

/// The article as a document of its own.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(site: &SiteSettings, story: &Story) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    document(&mut out, site, story)?;
    Ok(out.finish())
}

/// The same, into a document of another kind.
pub(super) fn document(out: &mut Out, site: &SiteSettings, story: &Story) -> Result<()> {
    let card = &story.card;
    let version = card.version.to_string();
    out.open(
        "nitf",
        &[
            ("xmlns", SPACE),
            ("uno", &present::uri(&card.uri, &card.id.to_string())),
            ("version", "-//IPTC//DTD NITF 3.6//EN"),
        ],
    )?;
    out.open("head", &[])?;
    out.text("title", &[], &card.headline)?;
    out.open("docdata", &[("management-status", "usable")])?;
    out.empty("doc-id", &[("id-string", &card.id.to_string()), ("regsrc", &site.name)])?;
    out.empty("date.issue", &[("norm", &card.updated_at.to_string())])?;
    out.empty("date.release", &[("norm", &card.published_at.to_string())])?;
    out.empty("du-key", &[("key", &card.slug), ("version", &version)])?;
    if let Some(holder) = card.source.as_ref().or(card.copyright_notice.as_ref()) {
        out.empty("doc.copyright", &[("holder", holder)])?;
    }
    if !story.topics.is_empty() {
        out.open("key-list", &[])?;
        for name in story.topic_names() {
            out.empty("keyword", &[("key", name)])?;
        }
        out.close("key-list")?;
    }
    out.close("docdata")?;
    let section = story.section().map(|section| section.name.as_str());
    let mut publication = vec![("type", "web"), ("name", site.name.as_str())];
    publication.extend(section.map(|name| ("position.section", name)));
    let url = present::url(site, card, story.section());
    publication.push(("ex-ref", &url));
    out.empty("pubdata", &publication)?;
    out.close("head")?;
    out.open("body", &[("xml:lang", &card.language)])?;
    out.open("body.head", &[])?;
    out.open("hedline", &[])?;
    out.text("hl1", &[], &card.headline)?;
    out.maybe("hl2", &[("class", "label")], story.label.as_deref())?;
    out.close("hedline")?;
    // The order is the format's: headline, rights, bylines, abstract.
    let rights: Vec<&str> = [&card.copyright_notice, &card.license].into_iter().flatten().map(String::as_str).collect();
    if !rights.is_empty() {
        out.text("rights", &[], &rights.join(" "))?;
    }
    for author in &story.authors {
        out.open("byline", &[])?;
        out.text("person", &[], &author.name)?;
        out.maybe("byttl", &[], story.role(author).or(author.about.organisation.as_deref()))?;
        out.close("byline")?;
    }
    if !card.summary.is_empty() {
        out.open("abstract", &[])?;
        out.text("p", &[], &card.summary)?;
        out.close("abstract")?;
    }
    out.close("body.head")?;
    out.open("body.content", &[])?;
    let notices =
        Notices { label: story.label.as_deref(), disclaimers: &story.disclaimers, corrections: &card.corrections };
    let html = present::absolute_body(site, &url, &present::body_html(&story.body_html, Some(&notices)));
    let (parsed, _) = tree::parse(&html);
    children(out, *parsed.root_element())?;
    out.close("body.content")?;
    out.close("body")?;
    out.close("nitf")
}

fn children(out: &mut Out, of: NodeRef<'_, Node>) -> Result<()> {
    of.children().try_for_each(|child| node(out, child))
}

/// One node of a rendered body in the elements of the format. The renderer's own elements are all that there is.
fn node(out: &mut Out, node: NodeRef<'_, Node>) -> Result<()> {
    let element = match node.value() {
        Node::Text(text) => return out.words(text),
        Node::Element(element) => element,
        _ => return Ok(()),
    };
    let attr = |name: &str| element.attr(name);
    let class = attr("class");
    match element.name() {
        "p" | "aside" => wrapped(out, "p", &class.map(|class| ("class", class)).into_iter().collect::<Vec<_>>(), node),
        "h2" | "h3" | "h4" | "h5" | "h6" => wrapped(out, "hl2", &[("class", element.name())], node),
        "blockquote" => {
            let source: Vec<(&str, &str)> = attr("cite").map(|cite| ("quote-source", cite)).into_iter().collect();
            out.open("bq", &source)?;
            out.open("block", &[])?;
            let is_footer =
                |node: &NodeRef<'_, Node>| node.value().as_element().is_some_and(|one| one.name() == "footer");
            for child in node.children().filter(|child| !is_footer(child)) {
                self::node(out, child)?;
            }
            out.close("block")?;
            for footer in node.children().filter(is_footer) {
                wrapped(out, "credit", &[], footer)?;
            }
            out.close("bq")
        }
        "ul" | "ol" | "li" | "table" | "caption" | "thead" | "tbody" | "tr" | "th" | "td" => {
            wrapped(out, element.name(), &[], node)
        }
        // They stand in numbers only, and have nothing but text in them.
        name @ ("sub" | "sup") if node.children().all(|child| child.value().is_text()) => {
            out.open("num", &[])?;
            out.text(name, &[], &node_text(node))?;
            out.close("num")
        }
        "pre" => out.text("pre", &[], &node_text(node)),
        "hr" | "br" => out.empty(element.name(), &[]),
        "figure" if class == Some("embed") => wrapped(out, "p", &[("class", "embed")], node),
        "figure" => media(out, node),
        "a" => {
            let href: Vec<(&str, &str)> = attr("href").map(|href| ("href", href)).into_iter().collect();
            wrapped(out, "a", &href, node)
        }
        "em" => wrapped(out, "em", &[], node),
        name @ ("strong" | "u" | "s" | "code") => wrapped(out, "em", &[("class", name)], node),
        "time" => wrapped(out, "chron", &attr("datetime").map(|at| ("norm", at)).into_iter().collect::<Vec<_>>(), node),
        _ => children(out, node),
    }
}

fn wrapped(out: &mut Out, name: &str, attributes: &[(&str, &str)], of: NodeRef<'_, Node>) -> Result<()> {
    out.open(name, attributes)?;
    children(out, of)?;
    out.close(name)
}

fn node_text(of: NodeRef<'_, Node>) -> String {
    of.descendants().filter_map(|node| node.value().as_text().map(|text| text.to_string())).collect()
}

/// A picture with its caption and who made it.
fn media(out: &mut Out, figure: NodeRef<'_, Node>) -> Result<()> {
    let find =
        |name: &str| figure.descendants().find(|node| node.value().as_element().is_some_and(|one| one.name() == name));
    let Some(image) = find("img") else { return wrapped(out, "p", &[], figure) };
    let Some(about) = image.value().as_element() else { return Ok(()) };
    out.open("media", &[("media-type", "image")])?;
    // A picture cannot stand in a link here, so where it leads is said before it, where the format has such things.
    let link = image.ancestors().find_map(|node| node.value().as_element().filter(|one| one.name() == "a"));
    if let Some(href) = link.and_then(|link| link.attr("href")) {
        out.empty("media-metadata", &[("name", "href"), ("value", href)])?;
    }
    let names = [("source", "src"), ("alternate-text", "alt"), ("width", "width"), ("height", "height")];
    let reference: Vec<(&str, &str)> =
        names.into_iter().filter_map(|(name, of)| Some((name, about.attr(of)?))).collect();
    out.empty("media-reference", &reference)?;
    if let Some(caption) = find("figcaption") {
        let credit = find("small");
        out.open("media-caption", &[])?;
        for child in caption.children().filter(|child| Some(child.id()) != credit.map(|credit| credit.id())) {
            node(out, child)?;
        }
        out.close("media-caption")?;
        if let Some(credit) = credit {
            wrapped(out, "media-producer", &[], credit)?;
        }
    }
    out.close("media")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(html: &str) -> String {
        let mut out = Out::document().unwrap();
        children(&mut out, *tree::parse(html).0.root_element()).unwrap();
        let text = String::from_utf8(out.finish()).unwrap();
        text.split_once("?>").unwrap().1.trim().to_owned()
    }

    #[test]
    fn what_is_high_or_low_stands_in_a_number() {
        for (html, expected) in [
            ("<p>H<sub>2</sub>O</p>", "<p>H<num><sub>2</sub></num>O</p>"),
            ("<ul><li>m<sup>2</sup></li></ul>", "<ul><li>m<num><sup>2</sup></num></li></ul>"),
            // It has no place for more than text.
            ("<p>a<sup><a href=\"#n\">1</a></sup></p>", "<p>a<a href=\"#n\">1</a></p>"),
        ] {
            assert_eq!(written(html), expected);
        }
    }

    #[test]
    fn a_picture_says_where_it_leads() {
        let picture = "<media-reference source=\"/s.jpg\" alternate-text=\"A\"/>";
        assert_eq!(
            written(
                "<figure><a href=\"https://a.example/\"><img src=\"/s.jpg\" alt=\"A\"></a><figcaption>c</figcaption></figure>"
            ),
            format!(
                "<media media-type=\"image\"><media-metadata name=\"href\" value=\"https://a.example/\"/>{picture}\
                 <media-caption>c</media-caption></media>"
            )
        );
        assert_eq!(
            written("<figure><img src=\"/s.jpg\" alt=\"A\"></figure>"),
            format!("<media media-type=\"image\">{picture}</media>")
        );
    }
}

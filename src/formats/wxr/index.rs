//! What stories of an export refer to: authors, terms, attachments, and the offset of the site's clock.

use std::collections::{HashMap, HashSet};

use super::not_an_export;
use crate::error::Result;
use crate::formats::item::language;
use crate::formats::jsonl::SectionFull;
use crate::formats::wxr::story::{self, Raw};
use crate::formats::xml::{Elements, Node};
use crate::model::article::Image;
use crate::model::slug::is_slug;

/// How many categories may stand above each other; those of a circle end here.
const DEPTH_MOST: usize = 8;

/// A category or a tag.
#[derive(Debug, Clone, Default)]
pub(super) struct Term {
    pub name: String,
    pub parent: String,
    pub description: Option<String>,
}

/// What is known before the first item is read.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Where the site was.
    pub base: String,
    /// BCP 47.
    pub language: Option<String>,
    /// Display names by log-in.
    pub authors: HashMap<String, String>,
    /// By nicename.
    pub categories: HashMap<String, Term>,
    /// Nicenames by term id.
    pub category_ids: HashMap<String, String>,
    /// By slug.
    pub tags: HashMap<String, Term>,
    /// Pictures by post id.
    pub images: HashMap<String, Image>,
    /// The pictures of a post, in their order, by its id.
    pub attached: HashMap<String, Vec<String>>,
    /// guids that more than one item has: they name none.
    pub shared_guids: HashSet<String>,
    /// How far the site's clock was ahead of UTC, in seconds.
    pub offset: i64,
}

impl Index {
    /// Reads the whole document. Gives what is to be said of it, too.
    pub(super) fn of(text: &str) -> Result<(Index, Vec<String>)> {
        let mut elements = Elements::new(text);
        let mut index = Index::default();
        let (mut guids, mut offsets) = (HashSet::new(), HashMap::<i64, usize>::new());
        let (mut version, mut blog, mut wordpress, mut seen_channel) = (None, String::new(), false, false);
        loop {
            let Node::Start(tag) = (match elements.next()? {
                Node::Over => break,
                node => node,
            }) else {
                continue;
            };
            match (elements.open().len(), tag.name.as_str()) {
                (1, "rss") => wordpress = tag.attribute("xmlns:wp").is_some(),
                (1, other) => return Err(not_an_export(&format!("it begins with <{other}>"))),
                (2, "channel") => seen_channel = true,
                (3, "wp:wxr_version") => version = Some(elements.text()?.trim().to_owned()),
                (3, "wp:base_site_url") => index.base = elements.text()?.trim().trim_end_matches('/').to_owned(),
                (3, "wp:base_blog_url") => blog = elements.text()?.trim().trim_end_matches('/').to_owned(),
                (3, "language") => index.language = language(&elements.text()?),
                (3, "wp:author") => index.author(elements.fields()?),
                (3, "wp:category") => index.category(elements.fields()?),
                (3, "wp:tag") => index.tag(elements.fields()?),
                (3, "item") => {
                    let raw = Raw::read(&mut elements)?;
                    let guid = raw.guid.trim().to_owned();
                    if !guids.insert(guid.clone()) {
                        index.shared_guids.insert(guid);
                    }
                    if let Some(offset) = story::offset(&raw) {
                        *offsets.entry(offset).or_default() += 1;
                    }
                    index.attachment(&raw);
                }
                _ => {}
            }
        }
        if !wordpress {
            return Err(not_an_export("it has none of WordPress's elements; a feed is imported with `import feed`"));
        }
        if !seen_channel {
            return Err(not_an_export("it has no channel"));
        }
        if !blog.is_empty() {
            // Of a network of sites, the one that was exported.
            index.base = blog;
        }
        // The site's clock may have been put forward in summer; most items decide.
        index.offset =
            offsets.into_iter().max_by_key(|(offset, n)| (*n, -offset.abs())).map_or(0, |(offset, _)| offset);
        let mut notes = Vec::new();
        match version.as_deref() {
            None => notes.push("It names no version of WXR; it was read as 1.2.".to_owned()),
            Some("1.0" | "1.1" | "1.2") => {}
            Some(other) => {
                notes.push(format!("It names the version {other:?} of WXR, which is not known; it was read as 1.2."))
            }
        }
        Ok((index, notes))
    }

    fn author(&mut self, fields: Vec<(String, String)>) {
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
        let Some(login) = field("wp:author_login").filter(|login| !login.is_empty()) else { return };
        let both = [field("wp:author_first_name"), field("wp:author_last_name")];
        let both = both.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let name = field("wp:author_display_name").filter(|name| !name.is_empty()).unwrap_or(both);
        if !name.is_empty() {
            self.authors.insert(login, name);
        }
    }

    fn category(&mut self, fields: Vec<(String, String)>) {
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
        let Some(nicename) = field("wp:category_nicename") else { return };
        if let Some(id) = field("wp:term_id") {
            self.category_ids.insert(id, nicename.clone());
        }
        let term = Term {
            name: field("wp:cat_name").unwrap_or_default(),
            parent: field("wp:category_parent").unwrap_or_default(),
            description: field("wp:category_description")
                .map(|text| story::plain(&text))
                .filter(|text| !text.is_empty()),
        };
        self.categories.insert(nicename, term);
    }

    fn tag(&mut self, fields: Vec<(String, String)>) {
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
        let Some(slug) = field("wp:tag_slug") else { return };
        let description = field("wp:tag_description").map(|text| story::plain(&text)).filter(|text| !text.is_empty());
        let term = Term { name: field("wp:tag_name").unwrap_or_default(), parent: String::new(), description };
        self.tags.insert(slug, term);
    }

    fn attachment(&mut self, raw: &Raw) {
        if raw.kind != "attachment" || raw.attachment_url.is_empty() {
            return;
        }
        let some = |text: String| (!text.is_empty()).then_some(text);
        let image = Image {
            url: raw.attachment_url.clone(),
            alt: raw.meta("_wp_attachment_image_alt").map(story::plain).and_then(some),
            caption: some(story::plain(&raw.excerpt)),
            ..Image::default()
        };
        self.images.insert(raw.id.clone(), image);
        self.attached.entry(raw.parent.clone()).or_default().push(raw.id.clone());
    }

    /// The section of a category, with those above it.
    pub(super) fn section(&self, nicename: &str, name: &str) -> SectionFull {
        let mut chain = vec![(nicename.to_owned(), name.to_owned())];
        let mut at = nicename;
        while let Some(term) = self.categories.get(at)
            && let Some(parent) = self.categories.get(&term.parent)
            && chain.len() < DEPTH_MOST
        {
            chain.push((term.parent.clone(), parent.name.clone()));
            at = &term.parent;
        }
        let mut section: Option<Box<SectionFull>> = None;
        for (nicename, name) in chain.into_iter().rev() {
            let description = self.categories.get(&nicename).and_then(|term| term.description.clone());
            let name = story::plain(&name);
            let name = if name.is_empty() { nicename.clone() } else { name };
            let slug = Some(nicename).filter(|nicename| is_slug(nicename));
            section = Some(Box::new(SectionFull { slug, name, description, parent: section }));
        }
        section.map(|section| *section).unwrap_or_default()
    }
}

//! What the arguments of a template code say, whatever the site called them.

use super::code::Argument;
use super::codes::plain_name;
use super::inline_html;
use crate::formats::html::embed::recognise;
use crate::formats::html::escape;
use crate::model::body::{Embed, address};

/// The arguments of one code.
pub(super) struct Arguments(pub Vec<Argument>);

impl Arguments {
    /// The first of these keys that has a value.
    pub fn get(&self, keys: &[&str]) -> Option<&str> {
        let has = |argument: &&Argument, key: &str| {
            argument.key.as_deref().is_some_and(|k| plain_name(k) == key) && !argument.value.is_empty()
        };
        keys.iter()
            .find_map(|key| self.0.iter().find(|argument| has(argument, key)))
            .map(|argument| argument.value.as_str())
    }

    pub fn positional(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter(|argument| argument.key.is_none()).map(|argument| argument.value.as_str())
    }

    pub fn first(&self) -> Option<&str> {
        self.positional().next()
    }

    pub fn is_quote(&self, name: &str) -> bool {
        matches!(name, "quote-block" | "quote" | "blockquote" | "pullquote" | "pull-quote" | "block-quote")
    }

    pub fn is_image(&self, name: &str) -> bool {
        ["img", "image", "figure", "picture", "photo"].iter().any(|part| name.contains(part))
            || matches!(name, "include" | "render") && self.get(&["image", "src", "img"]).is_some()
    }

    /// The address of a picture where it can be used away from the site's own build: absolute, or from its root.
    pub fn source(&self) -> Option<&str> {
        let named = self.get(&["src", "image", "img", "url", "file", "path"]);
        let source = named.or(self.positional().find(|value| value.contains(['/', '.'])))?;
        (address::resource(source).is_ok() && (source.starts_with('/') || source.contains("://"))).then_some(source)
    }

    pub fn image(&self) -> Option<String> {
        let source = self.source()?;
        let words = self.positional().skip(1).last();
        let alt = self.get(&["alt"]).or(words).unwrap_or_default();
        let size = |name: &str| match self.get(&[name]).and_then(|side| side.parse::<u32>().ok()) {
            Some(side) => format!(" {name}=\"{side}\""),
            None => String::new(),
        };
        let image =
            format!("<img src=\"{}\" alt=\"{}\"{}{}>", escape(source), escape(alt), size("width"), size("height"));
        let image = match self.get(&["link", "href"]).filter(|link| address::link(link).is_ok()) {
            Some(link) => format!("<a href=\"{}\">{image}</a>", escape(link)),
            None => image,
        };
        let caption = self.get(&["caption", "title"]).map(inline_html).unwrap_or_default();
        let credit = self.get(&["credit", "attr", "attribution", "copyright", "source"]).map(inline_html);
        let credit = credit.map(|credit| format!(" <small>{credit}</small>")).unwrap_or_default();
        Some(format!("<figure>{image}<figcaption>{caption}{credit}</figcaption></figure>"))
    }

    /// What a provider's code shows, by an address or by the identifiers that the usual codes take.
    pub fn embed(&self, name: &str) -> Option<Embed> {
        let id = self.get(&["id", "video", "v", "status"]).or(self.first());
        let by_id = id.and_then(|id| match name {
            "youtube" | "youtube-video" | "yt" => recognise(&format!("https://www.youtube.com/watch?v={id}")),
            "vimeo" => recognise(&format!("https://vimeo.com/{id}")),
            "tweet" | "twitter" | "x" => {
                recognise(&format!("https://x.com/{}/status/{id}", self.get(&["user"]).unwrap_or("i")))
            }
            "instagram" => recognise(&format!("https://www.instagram.com/p/{id}/")),
            _ => None,
        });
        let embed = by_id.or_else(|| self.0.iter().find_map(|argument| recognise(&argument.value)))?;
        Some(Embed { title: self.get(&["title", "caption", "alt"]).map(str::to_owned), ..embed })
    }
}

//! The cards of Ghost's editor, which both of its forms of a body share, as HTML.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{gated, text};
use crate::formats::html::{embed, escape};
use crate::formats::{html, markdown};

/// What was left out, with how often.
#[derive(Debug, Default)]
pub(super) struct Dropped(pub BTreeMap<String, u64>);

impl Dropped {
    pub(super) fn note(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_insert(0) += 1;
    }
}

/// A card as HTML. What has no place in an article is left out with a note.
pub(super) fn html(name: &str, card: &Value, dropped: &mut Dropped) -> String {
    if gated::is_gated(card, dropped) {
        return String::new();
    }
    let of = |field: &str| text(card, field);
    match name {
        "hr" | "horizontalrule" => "<hr>".to_owned(),
        "html" => of("html").unwrap_or_default(),
        "markdown" | "card-markdown" => {
            let parsed = markdown::parse(&of("markdown").unwrap_or_default());
            for item in parsed.dropped {
                *dropped.0.entry(item.what).or_insert(0) += item.count as u64;
            }
            html::render(&parsed.body)
        }
        "image" => picture(card, of("caption")),
        "gallery" => {
            let images = card.get("images").and_then(Value::as_array);
            let mut all: String = images.into_iter().flatten().map(|image| picture(image, None)).collect();
            if let Some(caption) = of("caption") {
                all.push_str(&format!("<p>{caption}</p>"));
            }
            all
        }
        "code" | "codeblock" => {
            let language = of("language").map(|language| format!(" class=\"language-{}\"", escape(&language)));
            format!(
                "<pre><code{}>{}</code></pre>",
                language.unwrap_or_default(),
                escape(&of("code").unwrap_or_default())
            )
        }
        "embed" => {
            let known = of("url").as_deref().and_then(embed::recognise);
            let caption = of("caption").map(|caption| format!("<p>{caption}</p>")).unwrap_or_default();
            match (known, of("html")) {
                (Some(known), _) => format!("<iframe src=\"{}\"></iframe>{caption}", escape(&known.url)),
                (None, Some(source)) => source + &caption,
                (None, None) => of("url").map(|url| link(&url, &url)).unwrap_or_default(),
            }
        }
        "bookmark" => {
            let title = card.get("metadata").and_then(|metadata| text(metadata, "title")).or_else(|| of("title"));
            of("url").map(|url| link(&url, title.as_deref().unwrap_or(&url))).unwrap_or_default()
        }
        "callout" => {
            let emoji = of("calloutEmoji").map(|emoji| format!("{} ", escape(&emoji))).unwrap_or_default();
            format!("<aside><p>{emoji}{}</p></aside>", of("calloutText").unwrap_or_default())
        }
        "toggle" => {
            format!("<h4>{}</h4><div>{}</div>", of("heading").unwrap_or_default(), of("content").unwrap_or_default())
        }
        "button" => {
            let (url, words) = (of("buttonUrl").unwrap_or_default(), of("buttonText").unwrap_or_default());
            if url.is_empty() { String::new() } else { link(&url, &words) }
        }
        "audio" | "video" | "file" => {
            let title = of("title").or_else(|| of("fileTitle")).or_else(|| of("fileName")).or_else(|| of("caption"));
            of("src").map(|url| link(&url, title.as_deref().unwrap_or(&url))).unwrap_or_default()
        }
        other => {
            dropped.note(&format!("card {other}"));
            String::new()
        }
    }
}

fn link(url: &str, words: &str) -> String {
    let words = if words.is_empty() { url } else { words };
    format!("<p><a href=\"{}\">{}</a></p>", escape(url), escape(words))
}

fn picture(image: &Value, caption: Option<String>) -> String {
    let Some(url) = text(image, "src") else { return String::new() };
    let side = |name: &str| {
        let value = image.get(name).and_then(Value::as_u64);
        value.map(|value| format!(" {name}=\"{value}\"")).unwrap_or_default()
    };
    let alt = text(image, "alt").map(|alt| escape(&alt)).unwrap_or_default();
    let mut shown = format!("<img src=\"{}\" alt=\"{alt}\"{}{}>", escape(&url), side("width"), side("height"));
    if let Some(href) = text(image, "href") {
        shown = format!("<a href=\"{}\">{shown}</a>", escape(&href));
    }
    // A caption is HTML already.
    let caption = caption.map(|caption| format!("<figcaption>{caption}</figcaption>")).unwrap_or_default();
    format!("<figure>{shown}{caption}</figure>")
}

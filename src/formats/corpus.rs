//! Real news through the Markdown reader: what must survive. Runs where the shared data is present.

use super::tests::shared_lines;
use super::{html, markdown};
use crate::model::body::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;

fn words(text: &str) -> HashMap<String, usize> {
    let mut count = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *count.entry(word.to_lowercase()).or_default() += 1;
    }
    count
}

/// How many of `wanted` are in `found`, each as often as it is wanted.
fn kept(wanted: &HashMap<String, usize>, found: &HashMap<String, usize>) -> usize {
    wanted.iter().map(|(word, count)| (*count).min(found.get(word).copied().unwrap_or(0))).sum()
}

#[derive(Debug, Default)]
struct Outline {
    heads: Vec<String>,
    items: usize,
    quoted: Vec<String>,
    links: Vec<String>,
}

/// What pulldown-cmark itself finds, independent of our reader.
fn outline_of_events(text: &str) -> Outline {
    let mut outline = Outline::default();
    let (mut head, mut quotes, mut link): (Option<String>, usize, Option<(String, bool)>) = (None, 0, None);
    let mut heard: Vec<bool> = Vec::new();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Heading { .. }) => head = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => outline.heads.extend(head.take().filter(|head| !head.trim().is_empty())),
            Event::Start(Tag::BlockQuote(_)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            Event::Start(Tag::Item) => heard.push(false),
            Event::End(TagEnd::Item) => outline.items += usize::from(heard.pop() == Some(true)),
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.starts_with("http") => {
                link = Some((dest_url.to_string(), false))
            }
            Event::End(TagEnd::Link) => outline.links.extend(link.take().filter(|(_, seen)| *seen).map(|(url, _)| url)),
            Event::Text(words) | Event::Code(words) if !words.trim().is_empty() => {
                if let Some(head) = &mut head {
                    head.push_str(&words);
                } else {
                    heard.iter_mut().rev().take(1).for_each(|heard| *heard = true);
                    // A subhead in a quote is a subhead.
                    let shown = quotes > 0 && !words.contains(super::markdown::PLACE);
                    outline.quoted.extend(shown.then(|| words.to_string()));
                }
                link.iter_mut().for_each(|(_, seen)| *seen = true);
            }
            _ => {}
        }
    }
    // Two links to one address with nothing between are one link.
    outline.links.dedup();
    outline
}

fn outline_of_body(body: &Body) -> Outline {
    let mut outline = Outline { links: body.links().map(str::to_owned).collect(), ..Outline::default() };
    for block in body.blocks() {
        match block {
            Block::Text(text) => {
                let words = plain(&text.children);
                outline.items += usize::from(text.list.is_some());
                match text.style {
                    Style::Blockquote | Style::Attribution => outline.quoted.push(words),
                    style if style.is_heading() => outline.heads.push(words),
                    _ => {}
                }
            }
            // The way to a recording without a player is in its embed.
            Block::Embed(embed) => outline.links.push(embed.url.clone()),
            _ => {}
        }
    }
    outline
}

/// Letters and digits only: typographic differences are not losses.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

struct Score {
    words: (usize, usize),
    heads: (usize, usize),
    items: (usize, usize),
    quotes: (usize, usize),
    links: (usize, usize),
}

fn measure(path: &str) -> Option<Score> {
    let lines = shared_lines(path);
    let mut score = Score { words: (0, 0), heads: (0, 0), items: (0, 0), quotes: (0, 0), links: (0, 0) };
    let mut dropped: HashMap<String, usize> = HashMap::new();
    let mut blocks = 0;
    for line in &lines {
        let slug = line["slug"].as_str().unwrap_or_default();
        let source = line["body_markdown"].as_str().unwrap_or_default();
        let parsed = markdown::parse(source);
        let body = &parsed.body;
        blocks += body.blocks().len();
        for one in &parsed.dropped {
            *dropped.entry(one.what.clone()).or_default() += one.count;
        }

        // Every way out and in again gives the same body.
        assert_eq!(html::parse(&html::render(body)).body, *body, "{slug}");
        let again = markdown::render(body);
        assert_eq!(markdown::parse(&again).body, *body, "{slug}\n{again}");
        let written = serde_json::to_string(body).unwrap();
        assert_eq!(Body::from_json(&written).unwrap(), *body, "{slug}");
        assert_eq!(Body::text_of_written(&written), Some(body.plain_text()), "{slug}");

        let wanted = words(line["body_text"].as_str().unwrap_or_default());
        let found = words(&body.plain_text());
        let (has, of) = (kept(&wanted, &found), wanted.values().sum::<usize>());
        if has * 100 < of * 97 && std::env::var_os("SHOW_LOSSES").is_some() {
            let lost: Vec<_> = wanted
                .iter()
                .filter(|(word, count)| found.get(*word).copied().unwrap_or(0) < **count)
                .take(30)
                .collect();
            println!("{slug}: {has} of {of} words; lost {lost:?}");
        }
        score.words = (score.words.0 + has, score.words.1 + of);

        let (text, _) = super::markdown::resolved(source);
        let (events, ours) = (outline_of_events(&text), outline_of_body(body));
        let add = |name: &str, total: &mut (usize, usize), has: usize, of: usize| {
            if has < of {
                println!("{slug}: {has} of {of} {name}");
            }
            *total = (total.0 + has, total.1 + of);
        };
        let heads: Vec<String> = ours.heads.iter().map(|head| letters(head)).collect();
        // A picture in a subhead ends it.
        let is_head =
            |head: &&String| heads.iter().any(|ours| !ours.is_empty() && letters(head).starts_with(ours.as_str()));
        add("subheads", &mut score.heads, events.heads.iter().filter(|head| is_head(head)).count(), events.heads.len());
        add("items", &mut score.items, ours.items.min(events.items), events.items);
        let quoted = letters(&ours.quoted.concat());
        let is_quoted = |part: &&String| quoted.contains(&letters(part));
        add("quotes", &mut score.quotes, events.quoted.iter().filter(is_quoted).count(), events.quoted.len());
        let mut left = ours.links.clone();
        let mut found = 0;
        for link in &events.links {
            if let Some(at) = left.iter().position(|one| one == link) {
                left.remove(at);
                found += 1;
            } else {
                println!("{slug}: lost link {link:?}");
            }
        }
        add("links", &mut score.links, found, events.links.len());
    }
    if lines.is_empty() {
        return None;
    }
    let share = |(has, of): (usize, usize)| format!("{has}/{of} ({:.3} %)", 100.0 * has as f64 / of.max(1) as f64);
    println!("{path}: {} bodies, {blocks} blocks", lines.len());
    println!("  words {}, subheads {}, items {}", share(score.words), share(score.heads), share(score.items));
    println!("  quoted parts {}, http(s) links {}", share(score.quotes), share(score.links));
    let mut dropped: Vec<_> = dropped.into_iter().collect();
    dropped.sort_by_key(|(what, count)| (std::cmp::Reverse(*count), what.clone()));
    println!(
        "  left out: {}",
        dropped.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
    );
    Some(score)
}

#[test]
fn digitalgov_survives() {
    let Some(score) = measure("news/digitalgov.jsonl.gz") else { return };
    all_survives(&score);
}

fn all_survives(score: &Score) {
    assert!(score.words.0 * 100 >= score.words.1 * 99);
    for (has, of) in [score.heads, score.items, score.quotes, score.links] {
        assert_eq!(has, of);
    }
}

#[test]
fn eighteen_f_survives() {
    let Some(score) = measure("news/18f.jsonl.gz") else { return };
    all_survives(&score);
}

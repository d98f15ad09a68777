//! Slugs: `[a-z0-9-]{1,120}`, made from a headline or a name by transliteration.

use crate::error::{Code, Error, Result};

/// The most characters that a slug has.
pub const MOST: usize = 120;

/// Whether the text is a slug as we make them: lower-case letters, digits and single hyphens between them.
pub fn is_slug(text: &str) -> bool {
    (1..=MOST).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// A slug from any text. Text without a letter or digit that can be transliterated gives `fallback`.
pub fn slugify(text: &str, fallback: &str) -> String {
    // Transliteration can make one character many; nothing beyond this much can reach a slug of 120.
    let head: String = text.chars().take(MOST * 4).collect();
    let mut slug = slug::slugify(head);
    if slug.len() > MOST {
        let cut = slug[..MOST].rfind('-').filter(|at| *at > MOST / 2).unwrap_or(MOST);
        slug.truncate(cut);
    }
    let slug = slug.trim_matches('-');
    if is_slug(slug) { slug.to_owned() } else { fallback.to_owned() }
}

/// The slug with `-n` behind it, cut so that it stays within the length.
pub fn numbered(slug: &str, n: u32) -> String {
    let tail = format!("-{n}");
    let most = MOST - tail.len();
    let head = if slug.len() > most { slug[..most].trim_end_matches('-') } else { slug };
    format!("{head}{tail}")
}

/// The text itself when it is a slug, else an error that says what a slug is.
pub fn checked(field: &str, text: &str) -> Result<String> {
    if is_slug(text) {
        return Ok(text.to_owned());
    }
    Err(Error::new(
        Code::InvalidParameter,
        format!(
            "{field} is no slug: lower-case letters a-z, digits and single hyphens between them, {MOST} at the most."
        ),
    )
    .at(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn always_a_slug(text in "\\PC{0,300}", n in 2u32..100_000) {
            let slug = slugify(&text, "untitled");
            prop_assert!(is_slug(&slug), "{slug:?}");
            prop_assert!(is_slug(&numbered(&slug, n)));
            prop_assert_eq!(slugify(&slug, "x"), slug);
        }
    }

    #[test]
    fn transliterates() {
        assert_eq!(slugify("Zürich: Où est l’été?", "x"), "zurich-ou-est-l-ete");
        assert_eq!(slugify("北京", "x"), "bei-jing");
        assert_eq!(slugify("…", "untitled"), "untitled");
    }
}

//! Tags of languages (BCP 47): one spelling for each, so that what is stored, asked for and counted is one.
//!
//! Tags are compared without case (RFC 5646, 2.1.1), and everything that compares them here compares texts. So a tag is put
//! into its customary case where it comes in, and where somebody asks for it.

use oxilangtag::LanguageTag;
use serde::{Deserialize, Deserializer};

/// The tag in the case that RFC 5646 (2.1.1) recommends; nothing for what is no tag.
///
/// ```
/// use masthead::model::language::canonical;
/// assert_eq!(canonical("EN-us").as_deref(), Some("en-US"));
/// assert_eq!(canonical("English language"), None);
/// ```
pub fn canonical(tag: &str) -> Option<String> {
    LanguageTag::parse_and_normalize(tag).ok().map(LanguageTag::into_inner)
}

/// The same; what is no tag stays as it is, for whoever refuses it or finds nothing in it.
pub fn settled(tag: &str) -> String {
    canonical(tag).unwrap_or_else(|| tag.to_owned())
}

/// Reads a tag that was written down, in whatever case, by a person or before tags had one.
///
/// # Errors
/// What the deserialiser says of what is no text.
pub fn read<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    String::deserialize(d).map(|tag| settled(&tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_case() {
        for (written, settled_as) in [
            ("EN-us", "en-US"),
            ("en", "en"),
            ("DE", "de"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("ZH-HANT", "zh-Hant"),
            ("sl-Rozaj-BISKE-1994", "sl-rozaj-biske-1994"),
            ("es-419", "es-419"),
            ("EN-X-Desk", "en-x-desk"),
            ("X-Desk", "x-desk"),
            ("I-KLINGON", "i-klingon"),
            // These are none, and stay what they are.
            ("en_US", "en_US"),
            ("Not A Tag", "Not A Tag"),
            ("en-A", "en-A"),
            ("", ""),
        ] {
            assert_eq!(settled(written), settled_as, "{written}");
            assert_eq!(settled(settled_as), settled_as, "{settled_as}: settling it twice changes nothing");
        }
    }
}

//! The drawings of the sample newsroom. The binary carries them, so that `masthead demo` has pictures without a
//! media store; they are drawn by `assets/sample/draw.py`.

use super::{DAY, Page, SAMPLE_IMAGES, media_type};

/// Where the sample's image addresses point: `/sample/harbour.png`.
pub const SAMPLE_PATH: &str = "/sample";

/// The drawing of that file name, such as `harbour.png`; `None` where there is none.
pub fn sample_image(name: &str) -> Option<Page> {
    let at = SAMPLE_IMAGES.binary_search_by(|(n, _)| (*n).cmp(name)).ok()?;
    Some(Page::file(SAMPLE_IMAGES[at].1, media_type(name), DAY))
}

/// The file names of all drawings, sorted.
pub fn sample_images() -> impl Iterator<Item = &'static str> {
    SAMPLE_IMAGES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn newsroom() -> Vec<serde_json::Value> {
        include_str!("../../../assets/sample/newsroom.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn names_are_sorted_and_every_drawing_is_a_png_of_the_size_that_the_articles_say() {
        let names: Vec<_> = sample_images().collect();
        assert!(names.is_sorted() && names.len() >= 12, "{names:?}");
        for name in names {
            let page = sample_image(name).unwrap();
            // A PNG's header: signature, length, "IHDR", width, height (W3C PNG, 11.2.2).
            assert_eq!(&page.body[..8], b"\x89PNG\r\n\x1a\n", "{name}");
            let number = |at: usize| u32::from_be_bytes(page.body[at..at + 4].try_into().unwrap());
            assert_eq!((number(16), number(20)), (1200, 675), "{name}");
        }
        assert_eq!(sample_image("../../Cargo.toml"), None);
        assert!(SAMPLE_IMAGES.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 700_000);
    }

    #[test]
    fn the_articles_fill_every_part_of_the_reference_page() {
        let articles = newsroom();
        assert!(articles.len() >= 44);
        let texts = |key: &str| -> Vec<&str> { articles.iter().filter_map(|a| a[key].as_str()).collect() };
        for key in ["uri", "slug"] {
            let all = texts(key);
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), articles.len(), "{key} must be there and unique");
        }
        for genre in ["news", "opinion", "analysis", "interview", "review", "obituary", "explainer", "feature"] {
            assert!(texts("genre").contains(&genre), "no article of genre {genre}");
        }
        let op_ed = articles.iter().find(|a| a["label"] == "Op-Ed").unwrap();
        assert_eq!(op_ed["authors"][0]["kind"], "independent");
        for key in ["subjects", "places", "people", "organisations"] {
            assert!(op_ed[key].as_array().is_some_and(|a| !a.is_empty()), "the Op-Ed has no {key}");
        }
        assert!(articles.iter().any(|a| a["status"] == "canceled" && a["statusReason"].is_string()));
        assert!(articles.iter().any(|a| a["previousSlugs"].is_array()));
        assert!(articles.iter().any(|a| a["corrections"].as_array().is_some_and(|c| c.len() == 2)));
        assert!(texts("language").iter().collect::<HashSet<_>>().len() >= 3);
    }

    #[test]
    fn links_between_articles_and_image_addresses_lead_somewhere() {
        let articles = newsroom();
        let slugs: HashSet<&str> = articles.iter().filter_map(|a| a["slug"].as_str()).collect();
        for article in &articles {
            let slug = &article["slug"];
            if let Some(url) = article["image"]["url"].as_str() {
                let name = url.strip_prefix(SAMPLE_PATH).and_then(|n| n.strip_prefix('/')).unwrap();
                assert!(sample_image(name).is_some(), "{slug}: {url}");
            }
            let body = article["body_markdown"].as_str().or(article["body_html"].as_str()).unwrap();
            for (open, close) in [("](/", ")"), ("href=\"/", "\"")] {
                for link in body.split(open).skip(1).filter_map(|rest| rest.split(close).next()) {
                    let target = link.rsplit('/').next().unwrap();
                    assert!(slugs.contains(target), "{slug}: /{link} leads nowhere");
                }
            }
        }
    }
}

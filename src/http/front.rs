//! What caches in front are told of an answer: for how long they may keep it, and by which tags they are told to drop it.
//!
//! `Surrogate-Key` and `Cache-Tag` have the tags of what the answer depends on (`model::change::Tag`). Caches take some kilobytes of
//! them at the most, so where there are more, coarser ones take over: each change has those too. Without a cache that is told of
//! changes nobody may keep an answer for more than a few seconds, and never beyond the instant at which time alone ends it. Nor may
//! anybody where another process with other settings has taken over: caches were told then, and would not be told again of what this
//! one answers afterwards.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::reply;
use crate::app::App;
use crate::cache::{Depends, FOR_ONE};
use crate::config::Settings;
use crate::model::change::{EVERYTHING, Tag};
use crate::model::time::Instant;

const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
const DEPENDS: HeaderName = HeaderName::from_static("masthead-depends");

/// The most bytes of tags that an answer names.
const TAGS_MOST: usize = 4 << 10;
/// How many seconds a cache may keep an answer that nobody tells it to drop: a correction or a withdrawal is seen by all
/// within that time.
const UNTOLD: i64 = 5;
/// The same where it is told.
const TOLD: i64 = 24 * 60 * 60;
/// For how many seconds it may show an old answer while it asks for the new one, and while this server fails.
const WHILE_REVALIDATING: i64 = 60;
const IF_ERROR: i64 = 24 * 60 * 60;

/// Whether caches in front are told when what this process answers now is no longer so.
pub(super) fn is_told(app: &App) -> bool {
    app.settings.purge.is_on() && app.is_current()
}

/// Says on an answer what it depends on, and for how long it may be kept; that is longer where caches are told of changes.
pub(super) fn tell(headers: &mut HeaderMap, on: &Depends, settings: &Settings, is_told: bool, now: Instant) {
    let purge = &settings.purge;
    bound(headers, on.until, is_told, now);
    if !purge.is_on() && !settings.cache.explain {
        return;
    }
    let mut put = |name: HeaderName, tags: &[String], between: &str| {
        if let Ok(value) = HeaderValue::from_str(&tags.join(between)) {
            headers.insert(name, value);
        }
    };
    let tags = keys(&on.tags, TAGS_MOST);
    if purge.by_surrogate_key() {
        put(SURROGATE_KEY, &tags, " ");
    }
    if purge.by_cache_tag() {
        put(CACHE_TAG, &tags, ",");
    }
    if settings.cache.explain {
        let until = on.until.map(|at| format!("until/{at}"));
        let all: Vec<String> = on.tags.iter().map(Tag::key).chain(until).collect();
        put(DEPENDS, &all, " ");
    }
}

/// Bounds how long a public answer may be kept by what time alone ends.
pub(super) fn bound(headers: &mut HeaderMap, until: Option<Instant>, is_told: bool, now: Instant) {
    let is_public =
        headers.get(header::CACHE_CONTROL).is_some_and(|value| value.as_bytes().starts_with(reply::PUBLIC.as_bytes()));
    if !is_public {
        return;
    }
    let left = match until {
        None => i64::MAX,
        // Nobody tells when it ends.
        FOR_ONE => UNTOLD,
        Some(until) => until.millis().saturating_sub(now.millis()).max(0) / 1000,
    };
    let value = if is_told {
        // Never old beyond the instant that ends it.
        let (fresh, stale) = (left.min(TOLD), left.saturating_sub(TOLD));
        let mut value = format!("{}, s-maxage={fresh}", reply::PUBLIC);
        if stale > 0 {
            let (revalidating, error) = (stale.min(WHILE_REVALIDATING), stale.min(IF_ERROR));
            value.push_str(&format!(", stale-while-revalidate={revalidating}, stale-if-error={error}"));
        }
        value
    } else {
        format!("{}, s-maxage={}", reply::PUBLIC, left.min(UNTOLD))
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

/// The tags as caches take them, in at most so many bytes.
fn keys(tags: &[Tag], most: usize) -> Vec<String> {
    for coarseness in 0..=Tag::COARSEST {
        let mut keys: Vec<String> = tags.iter().map(|tag| tag.coarser(coarseness).key()).collect();
        keys.push(EVERYTHING.to_owned());
        keys.sort_unstable();
        keys.dedup();
        if keys.iter().map(|key| key.len() + 1).sum::<usize>() <= most {
            return keys;
        }
    }
    vec![EVERYTHING.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Label;
    use crate::config::Sources;
    use crate::model::id::{ArticleId, TopicId};

    fn settings(flags: &[(&str, &str)]) -> Settings {
        let sources = flags.iter().fold(Sources::none(), |sources, (key, value)| sources.flag(*key, *value));
        Settings::load(&sources).unwrap()
    }

    fn told(flags: &[(&str, &str)], tags: Vec<Tag>, until: Option<Instant>, given: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(given));
        let (on, settings) = (Depends { tags, label: Label::default(), until }, settings(flags));
        tell(&mut headers, &on, &settings, settings.purge.is_on(), Instant::from_millis(0));
        headers
    }

    fn value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
        headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    const FASTLY: [(&str, &str); 2] = [("purge.fastly.service", "s"), ("purge.fastly.token", "t")];
    const CLOUDFLARE: [(&str, &str); 2] = [("purge.cloudflare.zone", "z"), ("purge.cloudflare.token", "t")];

    #[test]
    fn a_cache_that_is_told_may_keep_longer_and_none_beyond_what_time_ends() {
        let at = |millis| Some(Instant::from_millis(millis));
        let control = |flags: &[(&str, &str)], until| {
            let headers = told(flags, Vec::new(), until, "public, max-age=0, s-maxage=5");
            value(&headers, &header::CACHE_CONTROL).to_owned()
        };
        assert_eq!(control(&[], None), "public, max-age=0, s-maxage=5");
        assert_eq!(control(&[], at(2_900)), "public, max-age=0, s-maxage=2");
        assert_eq!(control(&[], at(-1)), "public, max-age=0, s-maxage=0");
        assert_eq!(control(&FASTLY, FOR_ONE), "public, max-age=0, s-maxage=5");
        let told = "public, max-age=0, s-maxage=86400, stale-while-revalidate=60, stale-if-error=86400";
        assert_eq!(control(&FASTLY, None), told);
        assert_eq!(control(&FASTLY, at(60_000)), "public, max-age=0, s-maxage=60");
        assert_eq!(
            control(&FASTLY, at(86_430_000)),
            "public, max-age=0, s-maxage=86400, stale-while-revalidate=30, stale-if-error=30"
        );
        let headers = super::tests::told(&FASTLY, Vec::new(), None, "no-store");
        assert_eq!(value(&headers, &header::CACHE_CONTROL), "no-store");
        // Who is told nothing more keeps it no longer than without a cache that is told, and can still be told to drop it.
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, s-maxage=5"));
        let on = Depends { tags: vec![Tag::Articles], label: Label::default(), until: None };
        tell(&mut headers, &on, &settings(&FASTLY), false, Instant::from_millis(0));
        assert_eq!(value(&headers, &header::CACHE_CONTROL), "public, max-age=0, s-maxage=5");
        assert_eq!(value(&headers, &SURROGATE_KEY), "articles masthead");
    }

    #[test]
    fn tags_are_named_as_each_cache_reads_them_and_coarser_where_they_are_many() {
        let tags = vec![Tag::Article(ArticleId(1)), Tag::Language("zh Hant,x".into())];
        let article = Tag::Article(ArticleId(1)).key();
        let headers = told(&FASTLY, tags.clone(), None, "no-store");
        assert_eq!(value(&headers, &SURROGATE_KEY), format!("{article} language/zh%20Hant%2Cx masthead"));
        assert!(value(&headers, &CACHE_TAG).is_empty() && value(&headers, &DEPENDS).is_empty());
        let headers = told(&CLOUDFLARE, tags, None, "no-store");
        assert_eq!(value(&headers, &CACHE_TAG), format!("{article},language/zh%20Hant%2Cx,masthead"));
        assert!(told(&[], vec![Tag::Articles], None, "no-store").len() == 1);
        let many = |n: i64| (0..n).map(|n| Tag::Article(ArticleId(n))).collect::<Vec<_>>();
        let mut mixed = many(200);
        mixed.extend([Tag::Topic(TopicId(1)), Tag::Trending]);
        assert_eq!(keys(&mixed, TAGS_MOST), ["articles", "masthead", &Tag::Topic(TopicId(1)).key(), "trending"]);
        assert_eq!(keys(&many(200), 4), ["masthead"]);
        // Each change has every coarser form of what it touches.
        for coarseness in 0..=Tag::COARSEST {
            assert!(keys(&many(300), TAGS_MOST).len() < 300, "{coarseness}");
        }
    }
}

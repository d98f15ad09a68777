//! Addresses of things that other providers show: from the address in a frame to the address that a person opens.

use crate::model::body::{Embed, address};
use url::Url;

/// The embed behind the address of a frame or a player, or behind a page's own address, where the provider is known.
/// The address of what comes back is recognised again as itself.
pub fn recognise(url: &str) -> Option<Embed> {
    let url = address::repair(url);
    let url = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_start_matches("www.").trim_start_matches("m.").to_ascii_lowercase();
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (provider, url) = match (host.as_str(), path.as_slice()) {
        ("youtube.com" | "youtube-nocookie.com", ["embed", "videoseries", ..] | ["playlist"]) => {
            ("youtube", format!("https://www.youtube.com/playlist?list={}", id(&query("list")?)?))
        }
        ("youtube.com" | "youtube-nocookie.com", ["embed" | "v" | "shorts" | "live", video, ..]) => {
            ("youtube", youtube(video, query("start").or(query("t")))?)
        }
        ("youtube.com" | "youtube-nocookie.com", ["watch"]) => ("youtube", youtube(&query("v")?, query("t"))?),
        ("youtu.be", [video]) => ("youtube", youtube(video, query("t"))?),
        ("player.vimeo.com", ["video", video, ..]) => (
            "vimeo",
            match query("h").as_deref().and_then(id) {
                Some(hash) => format!("https://vimeo.com/{}/{hash}", number(video)?),
                None => format!("https://vimeo.com/{}", number(video)?),
            },
        ),
        ("vimeo.com", [video]) => ("vimeo", format!("https://vimeo.com/{}", number(video)?)),
        ("vimeo.com", [video, hash]) => ("vimeo", format!("https://vimeo.com/{}/{}", number(video)?, id(hash)?)),
        ("twitter.com" | "mobile.twitter.com" | "x.com", ["i", "status" | "web", rest @ ..]) => {
            ("x", format!("https://x.com/i/status/{}", number(rest.last().or(path.last())?)?))
        }
        ("twitter.com" | "mobile.twitter.com" | "x.com", [user, "status" | "statuses", post, ..]) => {
            ("x", format!("https://x.com/{}/status/{}", id(user)?, number(post)?))
        }
        ("platform.twitter.com", ["embed", ..]) => ("x", format!("https://x.com/i/status/{}", number(&query("id")?)?)),
        ("instagram.com", [kind @ ("p" | "reel" | "tv"), post, ..]) => {
            ("instagram", format!("https://www.instagram.com/{kind}/{}/", id(post)?))
        }
        ("facebook.com" | "web.facebook.com", ["plugins", ..]) => {
            let inner = Url::parse(&query("href")?).ok()?;
            inner.host_str().filter(|host| *host == "facebook.com" || host.ends_with(".facebook.com"))?;
            ("facebook", inner.to_string())
        }
        ("facebook.com" | "web.facebook.com", [_, "videos" | "posts" | "photos", ..] | ["watch" | "reel", ..]) => {
            ("facebook", url.to_string())
        }
        ("tiktok.com", ["embed", rest @ ..] | ["player", rest @ ..]) => {
            ("tiktok", format!("https://www.tiktok.com/embed/v2/{}", number(rest.last()?)?))
        }
        ("tiktok.com", [user, "video", video]) => {
            ("tiktok", format!("https://www.tiktok.com/@{}/video/{}", id(user.strip_prefix('@')?)?, number(video)?))
        }
        ("open.spotify.com", ["embed", kind, item] | ["embed-podcast", kind, item] | [kind, item]) => {
            ("spotify", format!("https://open.spotify.com/{}/{}", id(kind)?, id(item)?))
        }
        ("w.soundcloud.com", ["player", ..]) => {
            let inner = Url::parse(&query("url")?).ok()?;
            inner.host_str().filter(|host| *host == "soundcloud.com" || host.ends_with(".soundcloud.com"))?;
            ("soundcloud", inner.to_string())
        }
        ("soundcloud.com", [_, _, ..]) | ("api.soundcloud.com", _) => ("soundcloud", url.to_string()),
        ("datawrapper.dwcdn.net", [chart, ..]) => {
            ("datawrapper", format!("https://datawrapper.dwcdn.net/{}/", id(chart)?))
        }
        ("flo.uri.sh" | "public.flourish.studio", [kind @ ("visualisation" | "story"), item, ..]) => {
            ("flourish", format!("https://public.flourish.studio/{kind}/{}/", number(item)?))
        }
        ("e.infogram.com" | "infogram.com", [item, ..]) => ("infogram", format!("https://infogram.com/{}", id(item)?)),
        ("dailymotion.com" | "geo.dailymotion.com", ["embed", "video", video, ..] | ["video", video]) => {
            ("dailymotion", format!("https://www.dailymotion.com/video/{}", id(video)?))
        }
        ("c-span.org", ["video", ..]) => ("c-span", url.to_string()),
        ("embed.podcasts.apple.com" | "podcasts.apple.com", [_, ..]) => {
            ("apple-podcasts", format!("https://podcasts.apple.com{}{}", url.path(), search(&url)))
        }
        ("documentcloud.org" | "embed.documentcloud.org", ["documents", ..]) => {
            ("documentcloud", format!("https://www.documentcloud.org{}", url.path()))
        }
        ("google.com", ["maps", ..]) => ("google-maps", url.to_string()),
        ("bsky.app", ["profile", _, "post", _]) => ("bluesky", url.to_string()),
        ("ted.com" | "embed.ted.com", ["talks", talk]) => ("ted", format!("https://www.ted.com/talks/{}", id(talk)?)),
        ("codepen.io", [user, "embed" | "pen", pen]) => {
            ("codepen", format!("https://codepen.io/{}/pen/{}", id(user)?, id(pen)?))
        }
        _ => return None,
    };
    address::absolute(&url).ok()?;
    Some(Embed { provider: provider.to_owned(), url, title: None })
}

/// The canonical page of a video, with the second to start at where one is said.
fn youtube(video: &str, start: Option<String>) -> Option<String> {
    let start =
        start.filter(|start| !start.is_empty() && start != "0" && start.chars().all(|c| c.is_ascii_alphanumeric()));
    let start = start.map(|start| format!("&t={start}")).unwrap_or_default();
    Some(format!("https://www.youtube.com/watch?v={}{start}", id(video)?))
}

/// An identifier as providers make them.
fn id(text: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ((1..=100).contains(&text.len()) && text.chars().all(fits)).then_some(text)
}

fn number(text: &str) -> Option<&str> {
    ((1..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn search(url: &Url) -> String {
    url.query().map(|query| format!("?{query}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_become_the_addresses_that_people_open() {
        for (from, provider, to) in [
            (
                "https://www.youtube.com/embed/6PdLWbkGtXk?rel=0&start=90",
                "youtube",
                "https://www.youtube.com/watch?v=6PdLWbkGtXk&t=90",
            ),
            ("//www.youtube-nocookie.com/embed/UwOG3BrdODo", "youtube", "https://www.youtube.com/watch?v=UwOG3BrdODo"),
            ("https://youtu.be/UwOG3BrdODo?t=5s", "youtube", "https://www.youtube.com/watch?v=UwOG3BrdODo&t=5s"),
            (
                "https://www.youtube.com/embed/videoseries?list=PLa_b",
                "youtube",
                "https://www.youtube.com/playlist?list=PLa_b",
            ),
            ("https://player.vimeo.com/video/12345?h=ab1", "vimeo", "https://vimeo.com/12345/ab1"),
            (
                "https://twitter.com/Nextgov/status/804049712399552512?s=20",
                "x",
                "https://x.com/Nextgov/status/804049712399552512",
            ),
            (
                "https://platform.twitter.com/embed/Tweet.html?dnt=false&id=804049712399552512",
                "x",
                "https://x.com/i/status/804049712399552512",
            ),
            ("https://www.instagram.com/p/AbC-_1/embed/captioned", "instagram", "https://www.instagram.com/p/AbC-_1/"),
            (
                "https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fnih%2Fvideos%2F1405%2F&show_text=0",
                "facebook",
                "https://www.facebook.com/nih/videos/1405/",
            ),
            (
                "https://www.tiktok.com/@some.one/video/7012345",
                "tiktok",
                "https://www.tiktok.com/@some.one/video/7012345",
            ),
            ("https://www.tiktok.com/embed/v2/7012345", "tiktok", "https://www.tiktok.com/embed/v2/7012345"),
            (
                "https://open.spotify.com/embed/episode/4rOoJ6Egrf8?utm=1",
                "spotify",
                "https://open.spotify.com/episode/4rOoJ6Egrf8",
            ),
            (
                "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/123&auto_play=false",
                "soundcloud",
                "https://api.soundcloud.com/tracks/123",
            ),
            ("https://datawrapper.dwcdn.net/AbCd1/3/", "datawrapper", "https://datawrapper.dwcdn.net/AbCd1/"),
            (
                "https://flo.uri.sh/visualisation/123/embed?auto=1",
                "flourish",
                "https://public.flourish.studio/visualisation/123/",
            ),
        ] {
            let embed = recognise(from).unwrap_or_else(|| panic!("{from}"));
            assert_eq!((embed.provider.as_str(), embed.url.as_str()), (provider, to));
            assert_eq!(recognise(to), Some(embed), "{to} is recognised as itself");
        }
    }

    #[test]
    fn strangers_and_tricks_are_not_embeds() {
        for from in [
            "https://example.org/embed/1",
            "https://youtube.com.evil.example/embed/UwOG3BrdODo",
            "javascript:https://www.youtube.com/embed/UwOG3BrdODo",
            "https://www.youtube.com/embed/%22onload=x",
            "https://www.facebook.com/plugins/post.php?href=https://evil.example/",
            "https://w.soundcloud.com/player/?url=javascript:alert(1)",
            "https://www.youtube.com/",
            "",
        ] {
            assert_eq!(recognise(from), None, "{from}");
        }
    }
}

//! What only members of the site see: there is no paywall here, so such a post is a draft, with all of its text.
//!
//! Plugins say so in a custom field of the post, by shortcodes around a part of it, or by blocks. Which part it is cannot be told
//! for sure, and text that was paid for must not come out: one such part keeps the whole post back.

use super::story::Raw;

/// Custom fields that say who may read the post, each with the values by which everybody may.
const FIELDS: &[(&str, &[&str])] = &[
    ("_jetpack_newsletter_access", &["everybody"]),
    ("_members_access_role", &[]),
    ("pms-content-restrict-user-status", &["loggedout"]),
    ("rcp_access_level", &["None", "0"]),
    ("rcp_subscription_level", &["0"]),
    ("rcp_user_level", &["All", "0"]),
];

/// Shortcodes around what only members see, with `_` for `-`.
const CODES: &[&str] = &[
    "access",
    "groups_member",
    "hidepost",
    "ihc_hide_content",
    "is_logged_in",
    "is_member",
    "is_paid",
    "leaky_paywall_subscriber",
    "member",
    "member_only",
    "memberful",
    "members",
    "members_access",
    "members_logged_in",
    "membership",
    "mepr_active",
    "mepr_show",
    "pmpro_membership",
    "premium",
    "premium_content",
    "protected",
    "s2if",
    "s2member",
    "subscriber",
    "subscribers",
    "swpm_protected",
    "um_show_content",
    "user_only",
    "wcm_content_restricted",
    "wlm_ismember",
];

/// Parts of names of others, and of blocks.
const WORDS: &[&str] = &[
    "content_protector",
    "logged_in",
    "loggedin",
    "member_content",
    "members_only",
    "membersonly",
    "paywall",
    "private",
    "restrict",
    "subscribers_only",
    "wlm_ismember",
];

/// Blocks around what only members see, or above it, with `_` for `-`.
const BLOCKS: &[&str] = &["pmpro/", "premium_content/", "jetpack/paywall", "memberpress/", "memberful/"];

/// The longest name that is looked at.
const NAME_MOST: usize = 100;

/// What is to be said of a post that is for members as a whole or in part; nothing of one that is for everybody.
pub(super) fn gate(raw: &Raw) -> Option<&'static str> {
    let is_for_some = |(key, value): &(String, String)| {
        let value = value.trim();
        let field = FIELDS.iter().find(|(name, _)| name == key);
        field.is_some_and(|(_, open)| !value.is_empty() && !open.contains(&value))
    };
    if raw.meta.iter().any(is_for_some) {
        return Some("for members only, and there is no paywall here: kept as a draft");
    }
    let has_part = [&raw.content, &raw.excerpt].into_iter().any(|text| has_part(text));
    has_part.then_some("part for members only, and there is no paywall here: kept as a draft")
}

/// Whether a part of the text is for members only.
fn has_part(text: &str) -> bool {
    // What encloses a text has an end; without one it shows a form or a link.
    if text.split("[/").skip(1).any(|rest| is_code(&name(rest, false))) {
        return true;
    }
    let mut blocks = text.split("<!--").skip(1).filter_map(|rest| rest.trim_start().strip_prefix("wp:"));
    blocks.any(|rest| is_block(&name(rest, true)))
}

/// The name with which this text begins, in one spelling.
fn name(text: &str, slashes: bool) -> String {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (slashes && *c == '/');
    let letters = text.chars().take(NAME_MOST).take_while(is_part);
    letters.map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

fn is_code(name: &str) -> bool {
    // `[not_logged_in]` is for those who are no members.
    !name.starts_with("not") && (CODES.contains(&name) || WORDS.iter().any(|word| name.contains(*word)))
}

fn is_block(name: &str) -> bool {
    BLOCKS.iter().chain(WORDS).any(|part| name.contains(*part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(content: &str, meta: &[(&str, &str)]) -> Raw {
        let meta = meta.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Raw { content: content.to_owned(), meta, ..Raw::default() }
    }

    #[test]
    fn a_part_for_members_keeps_the_post_back() {
        for content in [
            "a [members_only]b[/members_only]",
            "[mepr-show if=\"loggedin\"]b[/mepr-show]",
            "[restrict paid=\"true\"]b[/restrict]",
            "[private]b[/private]",
            "[Private role=\"x\"]b[/Private]",
            "[pmpro_membership level=\"1\"]b[/pmpro_membership]",
            "[wlm_ismember]b[/wlm_ismember]",
            "[wlm_private_Gold]b[/wlm_private_Gold]",
            "[s2If current_user_can(access_s2member_level1)]b[/s2If]",
            "<!-- wp:jetpack/premium-content/subscriber-view --><p>b</p><!-- /wp:jetpack/premium-content/subscriber-view -->",
            "<!-- wp:premium-content/subscriber-view -->b<!-- /wp:premium-content/subscriber-view -->",
            "<p>a</p>\n<!-- wp:jetpack/paywall /-->\n<p>b</p>",
            "<!--\nwp:pmpro/membership {\"levels\":[\"1\"]} -->b<!-- /wp:pmpro/membership -->",
        ] {
            let said = gate(&post(content, &[])).unwrap_or_default();
            assert!(said.starts_with("part for members"), "{content}: {said}");
        }
        for content in [
            "[caption]a[/caption] [gallery]",
            "[team_member name=\"A\"]b[/team_member]",
            "[not_logged_in]b[/not_logged_in] [mepr-login-form]",
            "<!-- wp:paragraph --><p>private, for members [sic]</p><!-- /wp:paragraph --><!-- wp:more -->",
            "[/",
            "<!-- wp:",
        ] {
            assert_eq!(gate(&post(content, &[])), None, "{content}");
        }
    }

    #[test]
    fn a_field_for_members_keeps_the_post_back() {
        for (key, value, is_kept) in [
            ("_jetpack_newsletter_access", "paid_subscribers", true),
            ("_jetpack_newsletter_access", "subscribers", true),
            ("_jetpack_newsletter_access", "everybody", false),
            ("_jetpack_newsletter_access", "", false),
            ("_members_access_role", "subscriber", true),
            ("rcp_user_level", "All", false),
            ("_thumbnail_id", "9", false),
        ] {
            let said = gate(&post("Text.", &[("_edit_last", "1"), (key, value)]));
            assert_eq!(said.is_some_and(|said| said.starts_with("for members")), is_kept, "{key} {value}");
        }
    }

    #[test]
    fn names_without_end_are_looked_at_once() {
        for piece in ["[/private_", "[/", "<!--", "<!-- wp:a", "[/[/"] {
            gate(&post(&piece.repeat(200_000), &[]));
        }
        assert_eq!(gate(&post(&"[/".repeat(500_000), &[])), None);
    }
}

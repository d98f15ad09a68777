//! The filters of lists of articles and of searches: which articles count.

use super::parameters::{Kind, Parameter, Query};
use crate::catalogue::list::Wanted;

/// `section`.
pub const SECTION: Parameter = Parameter {
    name: "section",
    kind: Kind::Slug,
    description: "The slug of a section; articles of the sections below it count too.",
    example: "politics",
};
/// `topic`.
pub const TOPIC: Parameter =
    Parameter { name: "topic", kind: Kind::Slug, description: "The slug of a topic of any kind.", example: "ferries" };
/// `author`.
pub const AUTHOR: Parameter =
    Parameter { name: "author", kind: Kind::Slug, description: "The slug of an author.", example: "hana-whitlock" };
/// `place`.
pub const PLACE: Parameter =
    Parameter { name: "place", kind: Kind::Slug, description: "The slug of a place.", example: "port-ellory" };
/// `genre`.
pub const GENRE: Parameter =
    Parameter { name: "genre", kind: Kind::Genre, description: "A genre, in any case.", example: "news" };
/// `language`.
pub const LANGUAGE: Parameter = Parameter {
    name: "language",
    kind: Kind::Language,
    description: "A language by BCP 47, as articles name it, in any case.",
    example: "en",
};
/// `publishedFrom`.
pub const PUBLISHED_FROM: Parameter = Parameter {
    name: "publishedFrom",
    kind: Kind::Instant,
    description: "Published at this instant or later.",
    example: "2026-10-01T00:00:00Z",
};
/// `publishedBefore`.
pub const PUBLISHED_BEFORE: Parameter = Parameter {
    name: "publishedBefore",
    kind: Kind::Instant,
    description: "Published before this instant.",
    example: "2030-01-01T00:00:00Z",
};
/// `updatedFrom`.
pub const UPDATED_FROM: Parameter = Parameter {
    name: "updatedFrom",
    kind: Kind::Instant,
    description: "Updated or corrected at this instant or later.",
    example: "2026-10-01T00:00:00Z",
};
/// `updatedBefore`.
pub const UPDATED_BEFORE: Parameter = Parameter {
    name: "updatedBefore",
    kind: Kind::Instant,
    description: "Updated or corrected before this instant.",
    example: "2030-01-01T00:00:00Z",
};

/// What the filters of a request ask for.
pub fn wanted(query: &Query) -> Wanted {
    let text = |name: &str| query.text(name).map(str::to_owned);
    Wanted {
        section: text("section"),
        topic: text("topic"),
        author: text("author"),
        place: text("place"),
        genre: text("genre"),
        language: text("language"),
        published_from: query.at("publishedFrom"),
        published_before: query.at("publishedBefore"),
        updated_from: query.at("updatedFrom"),
        updated_before: query.at("updatedBefore"),
    }
}

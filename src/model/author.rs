//! Authors: people and desks who sign articles.

use serde::{Deserialize, Serialize};

use super::article::Image;
use super::id::AuthorId;

/// How an author stands to the publication; the disclaimer of an opinion piece follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthorKind {
    /// Employed by the publication.
    #[default]
    Staff,
    /// Writes for it regularly without being employed.
    Contributor,
    /// Speaks for themselves.
    Independent,
}

impl AuthorKind {
    /// Every kind.
    pub const ALL: [AuthorKind; 3] = [AuthorKind::Staff, AuthorKind::Contributor, AuthorKind::Independent];

    /// As it stands in the store and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            AuthorKind::Staff => "staff",
            AuthorKind::Contributor => "contributor",
            AuthorKind::Independent => "independent",
        }
    }

    /// From what stands in the store or in a file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

/// An author.
#[derive(Debug, Clone, PartialEq)]
pub struct Author {
    /// The id.
    pub id: AuthorId,
    /// The slug.
    pub slug: String,
    /// The name as it stands in a byline.
    pub name: String,
    /// How they stand to the publication.
    pub kind: AuthorKind,
    /// The rest.
    pub about: AuthorAbout,
}

/// What is known of an author beside the name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AuthorAbout {
    /// A sentence or two, plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Whom they work for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// A page of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A portrait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// What the source calls them, where it is not the slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl AuthorAbout {
    /// What is known, filled up with what another source says.
    #[must_use]
    pub fn joined(&self, other: AuthorAbout) -> AuthorAbout {
        AuthorAbout {
            bio: self.bio.clone().or(other.bio),
            organisation: self.organisation.clone().or(other.organisation),
            url: self.url.clone().or(other.url),
            image: self.image.clone().or(other.image),
            code: self.code.clone().or(other.code),
        }
    }
}

//! Sections: the tree that a publication is divided into ("in Politics").

use serde::{Deserialize, Serialize};

use super::id::SectionId;

/// A section.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The id.
    pub id: SectionId,
    /// The slug, unique over the tree.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The section that it is part of.
    pub parent: Option<SectionId>,
    /// The rest.
    pub about: SectionAbout,
}

/// What is known of a section beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SectionAbout {
    /// A sentence or two, plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl SectionAbout {
    /// What is known, filled up with what another source says.
    #[must_use]
    pub fn joined(&self, other: SectionAbout) -> SectionAbout {
        SectionAbout { description: self.description.clone().or(other.description) }
    }
}

/// The deepest that the tree goes; what lies deeper is refused, so that no walk to the root is long.
pub const DEPTH_MOST: usize = 8;

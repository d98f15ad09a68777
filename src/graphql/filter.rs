//! Arguments that say which articles, and in which order.

use async_graphql::{Enum, InputObject};

use super::scalars::DateTime;
use crate::catalogue::list::{Order, Wanted};
use crate::error::{Code, Error, Result};
use crate::model::language;
use crate::model::text::checked;

/// Which articles. Everything that is given must hold. A name that nothing published has gives an empty list.
#[derive(InputObject, Default)]
pub struct ArticleFilter {
    /// The slug of a section; articles of the sections below it count too.
    section: Option<String>,
    /// The slug of a topic of any kind.
    topic: Option<String>,
    /// The slug of an author.
    author: Option<String>,
    /// The slug of a place.
    place: Option<String>,
    /// A genre, such as `news` or `opinion`, in any case.
    genre: Option<String>,
    /// A language by BCP 47, as articles name it, in any case.
    language: Option<String>,
    /// Published at this instant or later.
    published_from: Option<DateTime>,
    /// Published before this instant.
    published_before: Option<DateTime>,
    /// Updated at this instant or later.
    updated_from: Option<DateTime>,
    /// Updated before this instant.
    updated_before: Option<DateTime>,
}

impl ArticleFilter {
    /// As the catalogue takes it.
    pub(super) fn wanted(self) -> Result<Wanted> {
        let text = |field: &str, value: Option<String>| value.map(|value| checked(field, &value)).transpose();
        Ok(Wanted {
            section: text("section", self.section)?,
            topic: text("topic", self.topic)?,
            author: text("author", self.author)?,
            place: text("place", self.place)?,
            genre: text("genre", self.genre)?,
            language: text("language", self.language)?.map(language_of).transpose()?,
            published_from: self.published_from.map(|at| at.0),
            published_before: self.published_before.map(|at| at.0),
            updated_from: self.updated_from.map(|at| at.0),
            updated_before: self.updated_before.map(|at| at.0),
        })
    }
}

/// The tag, or an error that says what one is.
fn language_of(tag: String) -> Result<String> {
    match language::canonical(&tag) {
        Some(tag) => Ok(tag),
        None => {
            let says = "The language is no language tag (BCP 47); write it like en, pt-BR or zh-Hant.";
            Err(Error::new(Code::InvalidParameter, says).at("language"))
        }
    }
}

/// The order of a list of articles. Equal instants are ordered by id.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArticleOrder {
    /// What was published last comes first.
    #[default]
    Newest,
    /// What was published first comes first.
    Oldest,
    /// What was updated last comes first.
    RecentlyUpdated,
}

impl From<ArticleOrder> for Order {
    fn from(order: ArticleOrder) -> Order {
        match order {
            ArticleOrder::Newest => Order::Newest,
            ArticleOrder::Oldest => Order::Oldest,
            ArticleOrder::RecentlyUpdated => Order::RecentlyUpdated,
        }
    }
}

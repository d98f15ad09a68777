//! `/v1/topics`: what articles are about.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::authors::{counts, list_price};
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::paging::{AFTER_NAME, BEFORE_NAME, FIRST, LAST, asked, links, page_info};
use super::parameters::{Kind, Parameter};
use super::view::{self, TopicList};
use super::{absence, rate, reply};
use crate::app::App;
use crate::catalogue::list::{self, CountKind, Named};
use crate::catalogue::{Reader, topic};
use crate::error::{Code, Result};
use crate::model::id::TopicId;
use crate::model::topic::{Topic, TopicKind};

/// The kinds, as they stand in addresses.
const KINDS: &[&str] = &["subject", "person", "organisation", "place", "event", "entity"];

/// `GET /v1/topics`.
pub const LIST: Endpoint = Endpoint {
    id: "listTopics",
    method: Method::Get,
    path: "/v1/topics",
    tag: Tag::Topics,
    summary: "Topics by name, page by page",
    description: "Those that at least one published article is about, of one kind or of all. Names are ordered as they are \
                  transliterated to a-z.",
    cost: "5 points and one for each row; 50 more with `query`.",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            name: "kind",
            // No default: without it topics of all kinds are listed.
            kind: Kind::Option(KINDS),
            description: "Only topics of this kind.",
            example: "place",
        },
        Parameter {
            name: "query",
            kind: Kind::Words,
            description: "Only those whose name has a word that begins so, whatever the accents and capitals.",
            example: "harb",
        },
        FIRST,
        AFTER_NAME,
        LAST,
        BEFORE_NAME,
    ],
    body: None,
    answer: Answer {
        description: "A page of the list.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("TopicList"))],
        example: None,
        headers: Headers::List,
    },
    problems: &[],
};

/// `GET /v1/topics/{idOrSlug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getTopic",
    method: Method::Get,
    path: "/v1/topics/{idOrSlug}",
    tag: Tag::Topics,
    summary: "One topic",
    description: "Its articles are `/v1/articles?topic={slug}`.",
    cost: "2 points.",
    needs: Needs::Nothing,
    parameters: &[Parameter {
        name: "idOrSlug",
        kind: Kind::Key("top"),
        description: "The id of a topic, or the slug.",
        example: "port-ellory",
    }],
    body: None,
    answer: Answer {
        description: "The topic.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("Topic"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[Code::NotFound],
};

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let page = app.settings.page;
    let query = LIST.read(&req, page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let asked = asked(&query, page);
    let (kind, words) = (query.choice("kind").and_then(TopicKind::parse), query.text("query"));
    rate::charge(&req, list_price(asked.rows(), words.is_some()))?;
    let reader = reply::reader(&req, &app).await?;
    let rows = list::topics_by_name(&reader, kind, words, &asked).await?;
    let has_rows = async |paging| Ok(!list::topics_by_name(&reader, kind, words, &paging).await?.items.is_empty());
    let page_info = page_info(&asked, &rows, |topic: &Arc<Topic>| topic.cursor(), has_rows).await?;
    let link = links(req.path(), &query, &asked, &page_info);
    let counts = counts(&reader, CountKind::Topic, rows.items.iter().map(|topic| topic.id.0)).await?;
    let parents = parents(&reader, &rows.items).await?;
    let data = rows.items.iter().zip(counts).map(|(topic, n)| whole(topic, &parents, n)).collect();
    reply::json(&req, &reader, &TopicList { data, page_info }, Some(&link)).await
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 2)?;
    let reader = reply::reader(&req, &app).await?;
    let key = query.text("idOrSlug").unwrap_or_default();
    let found = topic::by_key(&reader, key).await?;
    let Some(found) = found else {
        let says = format!("There is no topic {key:?}. /v1/topics lists those that there are.");
        return Ok(absence::nothing(&req, &reader, says));
    };
    if key != found.slug && key != found.id.to_string() {
        return Ok(absence::moved(&req, &reader, &found.slug));
    }
    let n = list::count_of(&reader, CountKind::Topic, found.id.0).await?;
    let parents = parents(&reader, std::slice::from_ref(&found)).await?;
    reply::json(&req, &reader, &whole(&found, &parents, n), None).await
}

/// The broader topics of these, by id: one statement.
async fn parents(reader: &Reader, topics: &[Arc<Topic>]) -> Result<HashMap<TopicId, Arc<Topic>>> {
    let mut ids: Vec<TopicId> = topics.iter().filter_map(|topic| topic.parent).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(topic::by_ids(reader, &ids).await?.into_iter().flatten().map(|topic| (topic.id, topic)).collect())
}

fn whole<'a>(topic: &'a Topic, parents: &'a HashMap<TopicId, Arc<Topic>>, articles: i64) -> view::Topic<'a> {
    let parent = topic.parent.and_then(|id| parents.get(&id)).map(AsRef::as_ref);
    view::Topic { article_count: Some(articles), ..view::Topic::whole(topic, parent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_asked_for() {
        assert_eq!(KINDS, TopicKind::ALL.map(TopicKind::as_str));
    }
}

//! Whether two indexes hold the same: every document is found by the same words and filters, counted by the same
//! facets, and ranked alike.

use std::fmt::Debug;
use std::time::Duration;

use masthead::model::id::ArticleId;
use masthead::search::{Asked, Facets, Filter, Index, Named, Wanted};

use crate::harness::TestApp;

const EVERYTHING: usize = 100_000;

/// What a search says, in full.
fn says(index: &Index, asked: Asked) -> (Option<u64>, Vec<(i64, u64)>, Facets) {
    let facets = Wanted { sections: true, topics: true, authors: true, genres: true, years: true };
    let asked = Asked { size: EVERYTHING, facets_most: EVERYTHING, total: true, facets, ..asked };
    let found = index.search(&asked).unwrap();
    (found.total, found.hits.iter().map(|hit| (hit.id.0, hit.score.to_bits())).collect(), found.facets)
}

fn equal<T: PartialEq + Debug>(what: &str, one: T, other: T) {
    assert_eq!(one, other, "{what}");
}

/// Insists that an index that followed the log is what one that is built from nothing would be. Merges the former.
pub async fn as_built_from_nothing(t: &TestApp, followed: &Index, words: &[&str]) -> u64 {
    let mut writer = loop {
        match followed.writer().unwrap() {
            Some(writer) => break writer,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    followed.reload().unwrap();
    // Scores depend on what was deleted and not merged yet; what is counted does not.
    let in_segments = says(followed, Asked::default());
    writer.merge(&followed.position().unwrap()).unwrap();
    writer.close().unwrap();
    let rebuilt = Index::in_memory().unwrap();
    let writer = rebuilt.writer().unwrap().unwrap();
    let mut writer = masthead::followers::fill(&t.db, writer, &mut |_| {}).await.unwrap();
    writer.merge(&rebuilt.position().unwrap()).unwrap();

    equal("position", followed.position(), rebuilt.position());
    equal("documents", followed.documents(), rebuilt.documents());
    let both = |what: &str, asked: &Asked| {
        let one = says(followed, asked.clone());
        equal(what, one.clone(), says(&rebuilt, asked.clone()));
        one
    };
    // Without words: every article, newest first, and every value of every facet.
    let (total, _, facets) = both("everything", &Asked::default());
    equal("what is counted in several segments", (in_segments.0, in_segments.2), (total, facets.clone()));
    let ids = t.texts("SELECT CAST(id AS TEXT) AS v FROM articles").await.len() as u64;
    equal("total", total, Some(ids));
    // What no search shows: what related news is made from.
    let every: Vec<ArticleId> = t
        .texts("SELECT CAST(id AS TEXT) AS v FROM articles ORDER BY id")
        .await
        .iter()
        .map(|id| ArticleId(id.parse().unwrap()))
        .collect();
    let traits = |index: &Index| {
        let mut all = index.look(&every).unwrap();
        all.sort_by_key(|one| one.id);
        all
    };
    equal("traits", traits(followed), traits(&rebuilt));
    let mut filters: Vec<Filter> = Vec::new();
    filters.extend(facets.sections.iter().map(|(id, _)| Filter { section: Some(*id), ..Filter::default() }));
    filters.extend(facets.topics.iter().map(|(id, _)| Filter { topics: vec![*id], ..Filter::default() }));
    filters.extend(facets.authors.iter().map(|(id, _)| Filter { author: Some(*id), ..Filter::default() }));
    filters.extend(facets.genres.iter().map(|(word, _)| Filter { genre: Some(word.clone()), ..Filter::default() }));
    let counts = facets.sections.iter().map(|(_, n)| n).chain(facets.topics.iter().map(|(_, n)| n));
    let counts: Vec<u64> = counts
        .chain(facets.authors.iter().map(|(_, n)| n))
        .chain(facets.genres.iter().map(|(_, n)| n))
        .copied()
        .collect();
    for (n, (filter, count)) in filters.into_iter().zip(counts).enumerate() {
        let (total, ..) = both(&format!("{filter:?}"), &Asked { filter: filter.clone(), ..Asked::default() });
        // A section is found with those below it, and counted without.
        assert!(
            total >= Some(count) && (filter.section.is_some() || total == Some(count)),
            "{filter:?} finds {total:?} of {count}"
        );
        let text = words[n % words.len()].to_owned();
        both(&format!("{text} with {filter:?}"), &Asked { text, filter, ..Asked::default() });
    }
    for text in words {
        let asked = Asked { text: (*text).to_owned(), ..Asked::default() };
        both(text, &asked);
        both(text, &Asked { newest: true, ..asked });
        let suggested: Vec<Named> = followed.suggest(text, EVERYTHING).unwrap();
        equal(text, suggested, rebuilt.suggest(text, EVERYTHING).unwrap());
    }
    ids
}

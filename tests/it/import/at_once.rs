//! Several at work at the same time on what they share: the terms that their stories name.

use futures::future::{join, join_all};
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{both, count};

both!(what_several_say_of_a_term_at_once_is_all_kept, async |t| {
    for round in 0..count(25, 300) {
        let name = format!("Topic {round}");
        let told = |n: usize| {
            let subject = json!({ "name": name, "scheme": format!("scheme-{n}"), "code": format!("{round}") });
            with(story(&format!("urn:t:{round}:{n}")), json!({ "subjects": [subject] }))
        };
        t.import_all(&[with(story(&format!("urn:t:{round}")), json!({ "subjects": [name] }))]).await;
        if round % 2 == 1 {
            // The term is known then, and not public: the first of them makes it so.
            let id = t.id(&format!("urn:t:{round}")).await;
            withdraw::withdraw(&t.db, &Viewer::system(), id, "Wrong.").await.unwrap();
        }
        let lines = [told(1), told(2), told(3), told(4)];
        join_all(lines.iter().map(|line| t.import_all(std::slice::from_ref(line)))).await;
        for table in ["newsroom_terms", "topics"] {
            let about = t.texts(&format!("SELECT about AS v FROM {table} WHERE slug = 'topic-{round}'")).await;
            let about: Value = serde_json::from_str(&about[0]).unwrap();
            let codes = about["external_ids"].as_array().map_or(0, Vec::len);
            assert_eq!(codes, 4, "round {round}, {table}: {about}");
        }
    }
});

both!(a_term_that_one_takes_up_while_another_lets_go_of_it_stays, async |t| {
    let names = |round: usize| {
        json!({
            "subjects": [format!("Topic {round}")],
            "authors": [{ "name": format!("Author {round}") }],
            "section": format!("news/section-{round}"),
        })
    };
    for round in 0..count(40, 500) {
        let (old, new) = (format!("urn:t:{round}:old"), format!("urn:t:{round}:new"));
        t.import_all(&[with(story(&old), names(round))]).await;
        let id = t.id(&old).await;
        let line = [with(story(&new), names(round))];
        let viewer = Viewer::system();
        let (gone, _) = join(withdraw::withdraw(&t.db, &viewer, id, "Wrong."), t.import_all(&line)).await;
        gone.unwrap();
        for (links, column, copies) in [
            ("article_topics", "topic_id", "topics"),
            ("article_authors", "author_id", "authors"),
            ("article_sections", "section_id", "sections"),
        ] {
            let sql = format!(
                "SELECT CAST({column} AS TEXT) AS v FROM {links} WHERE {column} NOT IN (SELECT id FROM {copies})"
            );
            assert_eq!(t.texts(&sql).await, [""; 0], "round {round}: {links} without {copies}");
        }
    }
});

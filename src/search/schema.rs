//! The fields of the index.
//!
//! One field has the text of all parts of an article, the headline several times: BM25 then sees what BM25F does, one
//! weighted frequency a word, at the price of one posting list. Nothing but numbers is stored; what is shown comes
//! from the catalogue.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Changes when an index of an older program cannot be read on: it is then built anew.
pub(super) const VERSION: u32 = 4;

/// The fields.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// Which document: the article's, topic's or author's number.
    pub id: Field,
    /// What it is: see [`super::Kind`].
    pub kind: Field,
    /// The words of all parts, stemmed, with positions.
    pub text: Field,
    /// The words of all parts as they stand, for beginnings of words.
    pub plain: Field,
    /// The words of the headline, or of a topic's or author's name, as they stand, for suggestions.
    pub name: Field,
    /// The words of the authors' names, with a place for each name: see [`super::names`].
    pub author_words: Field,
    /// The words of the topics' names, in the same way.
    pub topic_words: Field,
    /// The words of the sections' names, with those above, in the same way.
    pub section_words: Field,
    /// The sections, with those above.
    pub sections: Field,
    /// The section that it stands in itself, for counting.
    pub section: Field,
    /// The topics.
    pub topics: Field,
    /// Those of its topics that are events.
    pub events: Field,
    /// A sample of the runs of words in the body: see [`super::Runs`].
    pub runs: Field,
    /// The authors.
    pub authors: Field,
    /// The genre.
    pub genre: Field,
    /// The language.
    pub language: Field,
    /// When it was published, in milliseconds.
    pub published: Field,
    /// When it was updated, in milliseconds.
    pub updated: Field,
    /// The change of the article that put it here; 0 when it came with a rebuilding of the index.
    pub seq: Field,
    /// How much a suggestion weighs: the articles of a topic or author.
    pub weight: Field,
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let words = |option, norms| {
        let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(option).set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    // How long a text is counts in its score; of the others it does not matter.
    let with_norms = words(IndexRecordOption::WithFreqsAndPositions, true);
    let placed = words(IndexRecordOption::WithFreqsAndPositions, false);
    let basic = words(IndexRecordOption::Basic, false);
    let number = NumericOptions::from(INDEXED | FAST);
    let fields = Fields {
        id: schema.add_u64_field("id", number.clone()),
        kind: schema.add_u64_field("kind", number.clone()),
        text: schema.add_text_field("text", with_norms),
        plain: schema.add_text_field("plain", basic.clone()),
        name: schema.add_text_field("name", basic),
        author_words: schema.add_text_field("author_words", placed.clone()),
        topic_words: schema.add_text_field("topic_words", placed.clone()),
        section_words: schema.add_text_field("section_words", placed),
        sections: schema.add_u64_field("sections", INDEXED),
        section: schema.add_u64_field("section", FAST),
        topics: schema.add_u64_field("topics", number.clone()),
        events: schema.add_u64_field("events", FAST),
        runs: schema.add_u64_field("runs", FAST),
        authors: schema.add_u64_field("authors", number),
        genre: schema.add_text_field("genre", STRING | FAST),
        language: schema.add_text_field("language", STRING | FAST),
        published: schema.add_i64_field("published", FAST),
        updated: schema.add_i64_field("updated", FAST),
        seq: schema.add_i64_field("seq", FAST),
        weight: schema.add_u64_field("weight", FAST),
    };
    (schema.build(), fields)
}

//! The fields of the index.

use super::analyzer::{EXACT, STEMMED};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Number of this schema and of the analysis behind it. An index made under another number is
/// thrown away and made again from the publication log.
pub(super) const VERSION: &str = "2";

/// A text in its two forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Folded words with positions, for exact matches and phrases.
    pub(super) exact: Field,
    /// Stems.
    pub(super) stemmed: Field,
}

/// Every field of the index.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) object: Field,
    pub(super) card: Field,
    pub(super) identifier: Field,
    pub(super) title: Pair,
    /// Creators, places, denominations: what people search by name.
    pub(super) names: Pair,
    pub(super) body: Pair,
    pub(super) title_sort: Field,
    pub(super) datestamp: Field,
    /// First astronomical year of the thing, or the only end that is known.
    pub(super) begin_year: Field,
    /// Last astronomical year, or the only end that is known.
    pub(super) end_year: Field,
    pub(super) base: Field,
    pub(super) kind: Field,
    pub(super) creator: Field,
    pub(super) type_: Field,
    pub(super) place: Field,
    pub(super) period: Field,
    pub(super) provider: Field,
    pub(super) image: Field,
    pub(super) rights: Field,
    pub(super) flag: Field,
}

/// Makes the schema.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |tokenizer: &str, record: IndexRecordOption| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record),
        )
    };
    let exact = text(EXACT, IndexRecordOption::WithFreqsAndPositions);
    let stemmed = text(STEMMED, IndexRecordOption::WithFreqs);
    let fields = Fields {
        object: builder.add_text_field("object", STRING | FAST),
        card: builder.add_text_field("card", STORED),
        identifier: builder.add_text_field("identifier", STRING),
        title: Pair {
            exact: builder.add_text_field("title_exact", exact.clone()),
            stemmed: builder.add_text_field("title", stemmed.clone()),
        },
        names: Pair {
            exact: builder.add_text_field("names_exact", exact.clone()),
            stemmed: builder.add_text_field("names", stemmed.clone()),
        },
        body: Pair {
            exact: builder.add_text_field("body_exact", exact),
            stemmed: builder.add_text_field("body", stemmed),
        },
        title_sort: builder.add_text_field("title_sort", FAST),
        datestamp: builder.add_i64_field("datestamp", FAST | INDEXED),
        begin_year: builder.add_i64_field("begin_year", FAST | INDEXED),
        end_year: builder.add_i64_field("end_year", FAST | INDEXED),
        base: builder.add_text_field("base", STRING | FAST),
        kind: builder.add_text_field("kind", STRING | FAST),
        creator: builder.add_text_field("creator", STRING | FAST),
        type_: builder.add_text_field("type", STRING | FAST),
        place: builder.add_text_field("place", STRING | FAST),
        period: builder.add_text_field("period", STRING | FAST),
        provider: builder.add_text_field("provider", STRING | FAST),
        image: builder.add_text_field("image", STRING | FAST),
        rights: builder.add_text_field("rights", STRING | FAST),
        flag: builder.add_text_field("flag", STRING | FAST),
    };
    (builder.build(), fields)
}

//! The vocabularies that come with the program: the commonest types and materials of French
//! collections, with their addresses in the Art & Architecture Thesaurus.

use super::{Format, Options, read};
use domain::normalise::concept::Vocabulary;
use domain::record::Property;

/// The built-in vocabularies: works, and materials with techniques. Few terms, and only such whose
/// address is beyond doubt; the words and explanations are our own.
pub fn builtin() -> [Vocabulary; 2] {
    let of = |name: &str, properties: &[Property], bytes: &[u8]| {
        let options = Options {
            name: name.to_owned(),
            properties: properties.to_vec(),
            lang: "fr".to_owned(),
            base: String::new(),
        };
        // A test reads them, so the default hides nothing.
        read(bytes, Format::Table, &options).unwrap_or_default()
    };
    [
        of(
            "built-in works",
            &[Property::Type, Property::Subject, Property::Format],
            include_bytes!("../../tables/vocabulary-works.tsv"),
        ),
        of(
            "built-in materials",
            &[Property::Medium, Property::Format],
            include_bytes!("../../tables/vocabulary-materials.tsv"),
        ),
    ]
}

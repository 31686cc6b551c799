//! Vocabularies from their files: SKOS in RDF/XML, Turtle or N-Triples, tables, and plain lists.
//!
//! The look-ups are in [`domain::normalise::concept`].

mod builtin;
mod list;
mod rdf;
#[cfg(test)]
mod tests;

pub use builtin::builtin;

use domain::normalise::concept::{Builder, TooLarge, Vocabulary};
use domain::record::Property;

/// How a vocabulary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SKOS in RDF/XML (the exports of GINCO and `OpenTheso`).
    RdfXml,
    /// SKOS in Turtle.
    Turtle,
    /// SKOS in N-Triples (the dumps of the Getty vocabularies).
    NTriples,
    /// A table with a header: columns `uri` or `code`, a column a language (`fr`, `en`), `other`,
    /// `broader`, `exact_match`, `note`. Cells with several values are cut at `|`. Separated by
    /// tabs, semicolons or commas.
    Table,
    /// A list of terms, wider ones by fewer tabs, other labels after ` = ` (the lists of
    /// Joconde). Addresses are made from `base` and the term.
    List,
    /// Lines of a code, `|` and a label (the files of Iconclass). Addresses are made from `base`
    /// and the code.
    Codes,
}

impl Format {
    /// The names, for settings and messages.
    pub const NAMES: &str = "rdfxml, turtle, ntriples, csv, list, codes";

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "rdfxml" => Self::RdfXml,
            "turtle" => Self::Turtle,
            "ntriples" => Self::NTriples,
            "csv" => Self::Table,
            "list" => Self::List,
            "codes" => Self::Codes,
            _ => return None,
        })
    }

    /// The format that a file of that name usually has.
    pub fn of_file(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        Some(match name.rsplit('.').next()? {
            "rdf" | "xml" | "skos" => Self::RdfXml,
            "ttl" => Self::Turtle,
            "nt" => Self::NTriples,
            "csv" | "tsv" => Self::Table,
            "txt" => Self::List,
            _ => return None,
        })
    }

    /// Whether addresses of concepts are made from a base.
    pub fn needs_base(self) -> bool {
        matches!(self, Self::List | Self::Codes)
    }
}

/// What the file does not say of its vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Name, for lists and fingerprints.
    pub name: String,
    /// Properties whose values it explains.
    pub properties: Vec<Property>,
    /// Language of labels without one, and of values without one; empty: not said.
    pub lang: String,
    /// Beginning of the addresses of concepts that have only a code or a label.
    pub base: String,
}

/// Why a vocabulary cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The file is not what it should be.
    #[error("{0}")]
    Syntax(String),
    /// Too large to be kept in memory.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// There is no concept with an address and a label in it.
    #[error("no concept with an address and a preferred label in it")]
    Empty,
    /// Addresses cannot be made.
    #[error("terms of this format have no addresses: `base` must say how they begin")]
    NoBase,
}

/// Reads a vocabulary.
///
/// # Errors
/// [`VocabularyError`], with what is wrong in the file. A vocabulary is read whole or not at all.
pub fn read(
    bytes: &[u8],
    format: Format,
    options: &Options,
) -> Result<Vocabulary, VocabularyError> {
    if format.needs_base() && options.base.is_empty() {
        return Err(VocabularyError::NoBase);
    }
    let mut builder = Builder::new(&options.name, options.properties.clone(), &options.lang);
    match format {
        Format::RdfXml => rdf::xml(bytes, options, &mut builder)?,
        Format::Turtle => rdf::turtle(bytes, options, &mut builder)?,
        Format::NTriples => rdf::n_triples(bytes, options, &mut builder)?,
        Format::Table => list::table(bytes, options, &mut builder)?,
        Format::List => list::terms(bytes, options, &mut builder)?,
        Format::Codes => list::codes(bytes, options, &mut builder)?,
    }
    let vocabulary = builder.build();
    if vocabulary.is_empty() { Err(VocabularyError::Empty) } else { Ok(vocabulary) }
}

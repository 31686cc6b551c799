//! Normalisation: from what a source wrote to what machines understand.
//!
//! Pure and table-driven. It works on the EDM-shaped record, after the crosswalk, and adds
//! [`Meaning`]s beside the texts; the texts stay. What is not understood is never guessed: the
//! original stands and an issue is noted.

pub mod agent;
pub mod concept;
pub mod date;
pub mod language;
pub mod place;

use crate::issue::Issue;
use crate::meaning::Meaning;
use crate::record::{Property, Record};
use std::sync::Arc;

/// What the crosswalk knows of a record and the record itself does not say: raw codes of places,
/// languages of texts, keys of authorities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Codes and names that say where the thing is.
    pub location: place::LocationHint,
}

/// Everything that normalisation looks things up in. Made once an installation, shared by all
/// sources.
#[derive(Debug, Clone, Default)]
pub struct Normaliser {
    gazetteer: Option<Arc<place::Gazetteer>>,
    vocabularies: Vec<Arc<concept::Vocabulary>>,
}

impl Normaliser {
    /// One with the given gazetteer and vocabularies, which are asked in order.
    pub fn new(
        gazetteer: Option<Arc<place::Gazetteer>>,
        vocabularies: Vec<Arc<concept::Vocabulary>>,
    ) -> Self {
        Self { gazetteer, vocabularies }
    }

    /// Adds meanings to every value of `record` that is understood, and to `issues` what is not.
    pub fn record(&self, record: &mut Record, hints: &Hints, issues: &mut Vec<Issue>) {
        agent::normalise(record, issues);
        language::normalise(record, issues);
        for (property, values) in &mut record.values {
            for value in values.iter_mut().filter(|value| value.meanings.is_empty()) {
                value.meanings = self.meanings(*property, &value.text, value.lang.as_deref());
            }
        }
        date::normalise(record, issues);
        place::normalise(record, hints, self.gazetteer.as_deref(), issues);
    }

    /// What one text of a property that needs nothing beside it means.
    fn meanings(&self, property: Property, text: &str, lang: Option<&str>) -> Vec<Meaning> {
        match property {
            Property::Type | Property::Subject | Property::Medium => self
                .vocabularies
                .iter()
                .find_map(|vocabulary| vocabulary.meaning(property, text, lang))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Changes when the outcome for a record may have changed: the data that it looks things up
    /// in, and [`RULES`].
    pub fn fingerprint(&self) -> String {
        let mut out = format!("rules {RULES}");
        if let Some(gazetteer) = &self.gazetteer {
            out.push_str(&format!("; gazetteer {}", gazetteer.fingerprint()));
        }
        for vocabulary in &self.vocabularies {
            out.push_str(&format!("; vocabulary {}", vocabulary.fingerprint()));
        }
        out
    }
}

/// Version of the rules in this module: goes up with every change that gives another outcome, so
/// that stored records are read again.
pub const RULES: u32 = 1;

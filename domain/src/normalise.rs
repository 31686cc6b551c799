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
use crate::record::{Property, Record, Value};
use concept::Found;
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
    authorities: Option<Arc<agent::Authorities>>,
}

impl Normaliser {
    /// One with the given gazetteer and vocabularies, which are asked in order.
    pub fn new(
        gazetteer: Option<Arc<place::Gazetteer>>,
        vocabularies: Vec<Arc<concept::Vocabulary>>,
    ) -> Self {
        Self { gazetteer, vocabularies, authorities: None }
    }

    /// The same, with a file of authorities for agents.
    #[must_use]
    pub fn with_authorities(self, authorities: Option<Arc<agent::Authorities>>) -> Self {
        Self { authorities, ..self }
    }

    /// Adds meanings to every value of `record` that is understood, and to `issues` what is not.
    pub fn record(&self, record: &mut Record, hints: &Hints, issues: &mut Vec<Issue>) {
        agent::normalise(record, self.authorities.as_deref(), issues);
        language::normalise(record, issues);
        for (property, values) in &mut record.values {
            for value in values.iter_mut().filter(|value| value.meanings.is_empty()) {
                value.meanings = match property {
                    Property::Type | Property::Subject | Property::Medium | Property::Format => {
                        self.concept(*property, value, issues).into_iter().collect()
                    }
                    _ => Vec::new(),
                };
            }
        }
        date::normalise(record, issues);
        place::normalise(record, hints, self.gazetteer.as_deref(), issues);
    }

    /// The concept that a value names: by its address, else by its text in the first vocabulary
    /// that has it. A text that names several concepts, and nothing else, is noted.
    fn concept(
        &self,
        property: Property,
        value: &Value,
        issues: &mut Vec<Issue>,
    ) -> Option<Meaning> {
        let uri = value.uri.as_deref();
        if let Some(meaning) =
            uri.and_then(|uri| self.vocabularies.iter().find_map(|all| all.by_uri(uri)))
        {
            return Some(meaning);
        }
        let mut ambiguous = false;
        for vocabulary in &self.vocabularies {
            match vocabulary.look_up(property, &value.text, value.lang.as_deref()) {
                Found::Concept(meaning) => return Some(*meaning),
                Found::Ambiguous => ambiguous = true,
                Found::Nothing => {}
            }
        }
        if ambiguous {
            issues.push(Issue::new("concept_ambiguous", &value.field, &value.text));
        }
        None
    }

    /// Changes when the outcome for a record may have changed: the data that it looks things up
    /// in, and [`RULES`].
    pub fn fingerprint(&self) -> String {
        let mut out = format!("rules {RULES}");
        if let Some(gazetteer) = &self.gazetteer {
            out.extend(["; gazetteer ", gazetteer.fingerprint()]);
        }
        for vocabulary in &self.vocabularies {
            out.extend(["; vocabulary ", vocabulary.fingerprint()]);
        }
        if let Some(authorities) = &self.authorities {
            out.extend(["; authorities ", &authorities.fingerprint()]);
        }
        out
    }
}

/// Version of the rules in this module: goes up with every change that gives another outcome, so
/// that stored records are read again.
pub const RULES: u32 = 3;

//! Terms of vocabularies.

use crate::meaning::Meaning;
use crate::record::Property;

/// A vocabulary, ready for look-ups by label.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    fingerprint: String,
}

impl Vocabulary {
    /// The concept that `text` names in this vocabulary, when it is asked for that property.
    pub fn meaning(
        &self,
        _property: Property,
        _text: &str,
        _lang: Option<&str>,
    ) -> Option<Meaning> {
        None
    }

    /// Changes with the content.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

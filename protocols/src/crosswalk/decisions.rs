//! Decisions on rights that were made already: the notices of a source repeat, and every rule is
//! held against every one of them.

use domain::rights::{RightsDecision, RightsText};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most decisions that are remembered; then all are forgotten.
const MOST: usize = 2048;
/// Longest notice in bytes, and most texts, of a decision that is remembered.
const LONGEST: usize = 1024;
const MOST_TEXTS: usize = 16;

/// Decisions by the texts that they were made from. One of these belongs to one chain of policies:
/// a source and its table.
#[derive(Debug, Default)]
pub struct Decisions {
    known: Mutex<HashMap<Vec<RightsText>, RightsDecision>>,
}

impl Clone for Decisions {
    /// Remembers nothing: the clone may be given other policies.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Decisions {
    /// The decision for these texts, which `decide` makes when it is not known.
    pub(super) fn of(
        &self,
        texts: Vec<RightsText>,
        decide: impl FnOnce(&[RightsText]) -> RightsDecision,
    ) -> RightsDecision {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decision) = known().get(&texts) {
            return decision.clone();
        }
        let decision = decide(&texts);
        if texts.len() <= MOST_TEXTS && texts.iter().all(|text| text.text.len() <= LONGEST) {
            let mut known = known();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(texts, decision.clone());
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_made_once_for_the_same_texts() {
        let text = |text: &str| RightsText {
            name: "COPY".to_owned(),
            source_name: "Copyright".to_owned(),
            text: text.to_owned(),
            bears_rights: true,
        };
        let made = std::cell::Cell::new(0);
        let decisions = Decisions::default();
        let rule = |notice: &str| {
            let decide = |texts: &[RightsText]| {
                made.set(made.get() + 1);
                domain::rights::decide(&[], texts)
            };
            decisions.of(vec![text(notice)], decide).rule
        };
        assert_eq!(rule("domaine public"), "public_domain");
        assert_eq!(rule("domaine public"), "public_domain");
        assert_eq!(rule("tous droits réservés"), "subject_to_authorisation");
        assert_eq!(made.get(), 2);
    }
}

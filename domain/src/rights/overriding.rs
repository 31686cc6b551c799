//! Decisions of people, which stand above those of the rules.

use super::{ImageRight, Reuse, RightsDecision, RulePlace, normalise_uri};
use serde::{Deserialize, Serialize};

/// What a person decides for one object or one source record. What is not said is left to the rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RightsOverride {
    /// Its number in the log.
    pub number: u64,
    /// Whether the metadata may be published.
    pub metadata_open: Option<bool>,
    /// What may be shown of the images.
    pub image: Option<ImageRight>,
    /// `edm:rights` URI.
    pub statement: Option<String>,
}

/// Why an override cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadOverride {
    /// It says nothing.
    #[error("it decides nothing: give at least one of image, metadata, statement")]
    Empty,
    /// The URI is none that Europeana takes in `edm:rights`.
    #[error(
        "`{0}` is no rights statement that Europeana accepts: http://creativecommons.org/… or one \
         of the six http://rightsstatements.org/vocab/{{NoC-NC, NoC-OKLR, InC, InC-EDU, InC-OW-EU, \
         CNE}}/1.0/"
    )]
    Statement(String),
}

impl RightsOverride {
    /// Checks the override and brings its statement to the accepted form.
    ///
    /// # Errors
    /// [`BadOverride`].
    pub fn checked(mut self) -> Result<Self, BadOverride> {
        if self.metadata_open.is_none() && self.image.is_none() && self.statement.is_none() {
            return Err(BadOverride::Empty);
        }
        if let Some(given) = self.statement.take() {
            // The address and nothing else: a sentence that has one in it is not what was meant.
            let alone = !given.trim().contains(char::is_whitespace);
            let uri = normalise_uri(&given).filter(|_| alone);
            self.statement = Some(uri.ok_or(BadOverride::Statement(given))?);
        }
        Ok(self)
    }
}

/// The decision as people have it: what the rules say, with every override in force over it. Where
/// several speak (one for the object, one for the record), the strictest wins.
///
/// The text that the rules found stays: it is still what the record says.
pub fn apply_overrides(decision: &RightsDecision, overrides: &[RightsOverride]) -> RightsDecision {
    let mut result = decision.clone();
    let Some(first) = overrides.first() else { return result };
    if let Some(open) = overrides.iter().filter_map(|o| o.metadata_open).min() {
        result.metadata_open = open;
    }
    if let Some(image) = overrides.iter().filter_map(|o| o.image).min() {
        result.image = image;
    }
    let statements = overrides.iter().filter_map(|o| o.statement.as_deref());
    // max_by_key keeps the last of equals.
    if let Some(statement) = statements.rev().max_by_key(|uri| Reuse::of(uri)) {
        statement.clone_into(&mut result.statement);
    }
    "override".clone_into(&mut result.rule);
    result.written = Some(RulePlace { file: "override".to_owned(), number: first.number });
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::{CC0, IN_COPYRIGHT, NOT_EVALUATED};

    fn open() -> RightsDecision {
        RightsDecision {
            image: ImageRight::Full,
            statement: CC0.to_owned(),
            rule: "cc0".to_owned(),
            trigger: "COPY: CC0".to_owned(),
            ..RightsDecision::undecided()
        }
    }

    #[test]
    fn what_a_person_does_not_say_is_left_to_the_rules() {
        assert_eq!(apply_overrides(&open(), &[]), open());
        let none = RightsOverride { image: Some(ImageRight::None), ..RightsOverride::default() };
        let decision = apply_overrides(&open(), &[none]);
        assert_eq!((decision.image, decision.metadata_open), (ImageRight::None, true));
        assert_eq!((decision.statement.as_str(), decision.rule.as_str()), (CC0, "override"));
        assert_eq!(decision.trigger, "COPY: CC0");
    }

    #[test]
    fn a_person_may_open_what_the_rules_close_and_of_two_the_stricter_wins() {
        let undecided = RightsDecision::undecided();
        let full = RightsOverride {
            image: Some(ImageRight::Full),
            statement: Some(CC0.to_owned()),
            ..RightsOverride::default()
        };
        assert_eq!(
            apply_overrides(&undecided, std::slice::from_ref(&full)).image,
            ImageRight::Full
        );
        let small = RightsOverride {
            image: Some(ImageRight::Reduced(300)),
            statement: Some(IN_COPYRIGHT.to_owned()),
            metadata_open: Some(false),
            number: 2,
        };
        for both in [[full.clone(), small.clone()], [small, full]] {
            let decision = apply_overrides(&undecided, &both);
            assert_eq!(decision.image, ImageRight::Reduced(300));
            assert_eq!(decision.statement, IN_COPYRIGHT);
            assert!(!decision.metadata_open);
        }
    }

    #[test]
    fn an_override_that_says_nothing_or_an_unknown_statement_is_refused() {
        assert_eq!(RightsOverride::default().checked(), Err(BadOverride::Empty));
        let with = |uri: &str| RightsOverride {
            statement: Some(uri.to_owned()),
            ..RightsOverride::default()
        };
        for bad in
            ["", "CC BY", "https://example.org/", "see http://creativecommons.org/licenses/by/4.0/"]
        {
            assert_eq!(with(bad).checked(), Err(BadOverride::Statement(bad.to_owned())), "{bad}");
        }
        let page =
            with("https://rightsstatements.org/page/CNE/1.0/?language=fr").checked().unwrap();
        assert_eq!(page.statement.as_deref(), Some(NOT_EVALUATED));
    }
}

//! Why a decision is what it is: every rule, in the order in which it was tried.

use super::decide::evaluate;
use super::{RightsDecision, RightsPolicy, RightsRule, RightsText, RulePlace};
use serde::Serialize;

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was the first that matched.
    Decided,
    /// It matched behind the one that decided, and is stricter.
    Restricted,
    /// It matched behind the one that decided, and closed the metadata.
    ClosedMetadata,
    /// No text makes it match.
    DoesNotMatch,
    /// It would match, and another rule had decided already.
    ComesLater,
}

/// One rule that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Its name.
    pub rule: String,
    /// Where it is written.
    pub written: RulePlace,
    /// Fields that it looks at.
    pub fields: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Field that makes it match, as the source names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Its text, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Tried {
    pub(super) fn of(
        (policy, number, rule): (&RightsPolicy, u64, &RightsRule),
        outcome: Outcome,
        text: Option<&RightsText>,
    ) -> Self {
        Self {
            rule: rule.name.clone(),
            written: RulePlace { file: policy.written_in.clone(), number },
            fields: rule.fields.clone(),
            outcome,
            field: text.map(|text| text.source_name.clone()),
            text: text.map(|text| text.text.clone()),
        }
    }
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What the rules decide.
    pub decision: RightsDecision,
    /// All rules, in their order.
    pub tried: Vec<Tried>,
}

/// [`super::decide()`] with its reasons: the decision is the same.
pub fn explain(policies: &[&RightsPolicy], texts: &[RightsText]) -> Explanation {
    let mut tried = Vec::new();
    let decision = evaluate(policies, texts, Some(&mut tried));
    Explanation { decision, tried }
}

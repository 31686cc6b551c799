//! Rights are decided here, once per record (invariant 7), and obeyed by every exit.
//!
//! [`decide()`] is the one point; [`default_policy`] holds the built-in rules as data; the forms of
//! the statements are in [`normalise_uri`] and [`from_text`].

mod death;
mod decide;
mod defaults;
mod explain;
mod image_form;
mod mistakes;
mod overriding;
mod reuse;
mod statement;

pub use decide::{RightsText, decide};
pub use defaults::{DEFAULT_REDUCED_SIDE, default_policy};
pub use explain::{Explanation, Outcome, Tried, explain};
pub use overriding::{BadOverride, RightsOverride, apply_overrides};
pub use reuse::Reuse;
pub use statement::{from_text, is_accepted, normalise_uri};

use serde::{Deserialize, Serialize};

/// `http://rightsstatements.org/vocab/CNE/1.0/`: nothing is said. No mention is not freedom.
pub const NOT_EVALUATED: &str = "http://rightsstatements.org/vocab/CNE/1.0/";
/// `http://rightsstatements.org/vocab/InC/1.0/`: in copyright.
pub const IN_COPYRIGHT: &str = "http://rightsstatements.org/vocab/InC/1.0/";
/// Public domain mark.
pub const PUBLIC_DOMAIN: &str = "http://creativecommons.org/publicdomain/mark/1.0/";
/// CC0.
pub const CC0: &str = "http://creativecommons.org/publicdomain/zero/1.0/";

/// What may be shown of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageRight {
    /// Nothing: no pixels, no canvas, no thumbnail.
    None,
    /// Renderings whose longer side is at most so many pixels.
    Reduced(u32),
    /// Everything.
    Full,
}

impl ImageRight {
    /// Longest side in pixels that may be shown; `None` means without limit.
    pub fn max_side(self) -> Option<u32> {
        match self {
            Self::None => Some(0),
            Self::Reduced(side) => Some(side),
            Self::Full => None,
        }
    }
}

/// The decision for one record: display right, statement, and the text that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsDecision {
    /// Whether the metadata may be published at all.
    pub metadata_open: bool,
    /// What may be shown of its images.
    pub image: ImageRight,
    /// `edm:rights` URI, one of the forms that Europeana accepts.
    pub statement: String,
    /// Name of the rule that fired (`masked`, `public_domain`, …, `nothing_said`).
    pub rule: String,
    /// Field and text that triggered it; empty when nothing was said.
    pub trigger: String,
    /// Where the rule is written; absent when no rule fired, and from what the public sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<RulePlace>,
}

/// Where a rule is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePlace {
    /// The file (`mapping joconde`, `schedule louvre.toml`), `built-in`, or `override`.
    pub file: String,
    /// Number of the rule there, from 1; of an override, its number in the log.
    pub number: u64,
}

impl RightsDecision {
    /// The strictest decision, before any rule has spoken.
    pub fn undecided() -> Self {
        Self {
            metadata_open: true,
            image: ImageRight::None,
            statement: NOT_EVALUATED.to_owned(),
            rule: "undecided".to_owned(),
            trigger: String::new(),
            written: None,
        }
    }
}

/// Rights rules of a source or mapping, as its TOML says them. See `rights` in
/// `protocols/tables/*.toml` and in schedules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RightsPolicy {
    /// Rules, the first that matches decides.
    pub rules: Vec<RightsRule>,
    /// Longest side in pixels of the reduced image where a rule says `reduced` without a number.
    pub reduced_side: Option<u32>,
    /// What is shown when no rule speaks: `none` (default), `reduced` or `full`.
    pub when_silent: Option<String>,
    /// `edm:rights` when no rule speaks. Default: CNE.
    pub statement_when_silent: Option<String>,
    /// `edm:rights` of what is under the Licence Ouverte, which has no URI that Europeana accepts:
    /// CC BY 4.0, where the holder has agreed to it. Default: CNE.
    pub licence_ouverte: Option<String>,
    /// Where the policy is written, for whoever asks why. Set by whoever reads it.
    #[serde(skip)]
    pub written_in: String,
}

/// One rights rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsRule {
    /// Name, kept with the decision.
    pub name: String,
    /// Fields to look at (source names, any case); `*` for every rights-bearing field of the mapping.
    pub fields: Vec<String>,
    /// Folded text (no case, no accents) one of which the field must contain; empty: the field is
    /// not empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Folded text none of which it may contain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Folded value that the field must equal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// Folded values none of which the field may equal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// The year (Gregorian) in which, or before which, everybody whom the fields name died. A field
    /// that names somebody without a year of death does not match. The year is written and not
    /// counted from today, so that a decision made twice is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died_by: Option<i32>,
    /// Condition on another field: the producer, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<RuleCondition>,
    /// `none`, `reduced`, `reduced:800`, `max:1200x800`, `area:480000` or `full`.
    pub image: String,
    /// `edm:rights` URI, or `from-text` for the Creative Commons or rightsstatements URI that the
    /// text names.
    pub statement: String,
    /// False: not even the metadata may be published.
    #[serde(default = "yes")]
    pub metadata: bool,
    /// A restriction: it holds also when a rule in front of it has opened more. Of conflicting
    /// statements the strictest wins.
    #[serde(default, skip_serializing_if = "is_false")]
    pub restricts: bool,
    /// The last word: no restriction behind it is heard any more.
    #[serde(default, rename = "final", skip_serializing_if = "is_false")]
    pub is_final: bool,
    /// Fires only when no other rule did: what silence gives for one producer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub silent: bool,
}

/// A condition of a rule on a field of the record. All that is said must hold of one of its values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleCondition {
    /// Field (source name, any case).
    pub field: String,
    /// Folded values one of which it must equal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// Folded texts one of which it must contain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Folded texts one of which it must begin with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub begins: Vec<String>,
}

impl RightsRule {
    /// Every field that the rule looks at, `*` aside.
    pub fn named_fields(&self) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .map(String::as_str)
            .chain(self.when.iter().map(|when| when.field.as_str()))
            .filter(|field| *field != "*")
    }
}

impl Default for RightsRule {
    fn default() -> Self {
        Self {
            name: String::new(),
            fields: Vec::new(),
            contains: Vec::new(),
            without: Vec::new(),
            equals: Vec::new(),
            not_equals: Vec::new(),
            died_by: None,
            when: None,
            image: "none".to_owned(),
            statement: NOT_EVALUATED.to_owned(),
            metadata: true,
            restricts: false,
            is_final: false,
            silent: false,
        }
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

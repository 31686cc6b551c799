//! Rights are decided here, once per record (invariant 7), and obeyed by every exit.
//!
//! [`decide()`] is the one point; [`default_policy`] holds the built-in rules as data; the forms of
//! the statements are in [`normalise_uri`] and [`from_text`].

mod decide;
mod defaults;
mod reuse;
mod statement;

pub use decide::{RightsText, decide};
pub use defaults::{DEFAULT_REDUCED_SIDE, default_policy};
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
    #[serde(default)]
    pub contains: Vec<String>,
    /// Folded text none of which it may contain.
    #[serde(default)]
    pub without: Vec<String>,
    /// Folded value that the field must equal.
    #[serde(default)]
    pub equals: Vec<String>,
    /// `none`, `reduced`, `reduced:800` or `full`.
    pub image: String,
    /// `edm:rights` URI, or `from-text` for the Creative Commons or rightsstatements URI that the
    /// text names.
    pub statement: String,
    /// False: not even the metadata may be published.
    #[serde(default = "yes")]
    pub metadata: bool,
}

fn yes() -> bool {
    true
}

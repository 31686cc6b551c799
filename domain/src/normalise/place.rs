//! Places: communes by code and name, coordinates of every kind.

use super::Hints;
use crate::issue::Issue;
use crate::record::Record;

/// What the crosswalk found of codes and names that say where the thing is, verbatim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocationHint {
    /// INSEE codes.
    pub insee: Vec<String>,
}

/// The communes and other places that are known.
#[derive(Debug, Clone, Default)]
pub struct Gazetteer {
    fingerprint: String,
}

impl Gazetteer {
    /// Changes with the content.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// Gives the places of a record their meanings.
pub fn normalise(
    _record: &mut Record,
    _hints: &Hints,
    _gazetteer: Option<&Gazetteer>,
    _issues: &mut Vec<Issue>,
) {
}

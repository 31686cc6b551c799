//! Agents as producers write them: names, roles, qualifiers, dates of life.

use crate::issue::Issue;
use crate::record::Record;

/// Gives the agents of a record their meanings, and moves those who did not make the thing
/// (`d'après`) out of the creators.
pub fn normalise(_record: &mut Record, _issues: &mut Vec<Issue>) {}

//! Languages to BCP 47.

use crate::issue::Issue;
use crate::record::Record;

/// Writes the languages of the thing as BCP 47 where they are understood.
pub fn normalise(_record: &mut Record, _issues: &mut Vec<Issue>) {}

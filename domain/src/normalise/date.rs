//! Dates as French producers write them, to spans of time.

use crate::issue::Issue;
use crate::meaning::Meaning;
use crate::record::Record;

/// What a text of a date means; nothing when it is not understood whole.
pub fn meanings(_text: &str) -> Vec<Meaning> {
    Vec::new()
}

/// Notes the dates of `record` that have no meaning.
pub fn note_unread(_record: &Record, _issues: &mut Vec<Issue>) {}

//! Complaints about content. Parsing content never fails (invariant 3): what could be read is the
//! value, what could not is an [`Issue`] beside it.

pub mod catalogue;

use serde::{Deserialize, Serialize};

/// One complaint about the content of one source record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Stable machine-readable code, lower-case words joined by `_`, e.g. `row_too_long`.
    pub code: String,
    /// Where in the record: a field name, an XPath-like path, or empty for the whole record.
    pub path: String,
    /// The offending text, cut to 200 characters.
    pub value: String,
}

impl Issue {
    /// Makes an issue; a long `value` is cut at 200 characters.
    pub fn new(code: impl Into<String>, path: impl Into<String>, value: &str) -> Self {
        Self { code: code.into(), path: path.into(), value: value.chars().take(200).collect() }
    }
}

/// What was read, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What could be read.
    pub value: T,
    /// What could not, or looked wrong.
    pub issues: Vec<Issue>,
}

impl<T> Parsed<T> {
    /// A value with nothing to complain about.
    pub fn clean(value: T) -> Self {
        Self { value, issues: Vec::new() }
    }
}

//! What can be wrong with a table.

/// A mistake in a table, with where it is and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Not TOML, an unknown key, or a value outside what is allowed; the message has the line.
    #[error("{0}")]
    Toml(String),
    /// Well-formed, but it refers to something that is not there, or contradicts itself.
    #[error("line {line}, {key}: {problem}")]
    Invalid {
        /// Line of the table, from 1; 1 when it cannot be told.
        line: usize,
        /// Key of the table.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

impl TableError {
    /// An invalid value, located by looking for it in the text of the table.
    pub(super) fn at(toml: &str, key: &str, needle: &str, problem: impl Into<String>) -> Self {
        let line = toml
            .lines()
            .position(|line| line.contains(&format!("\"{needle}\"")))
            .or_else(|| toml.lines().position(|line| line.contains(needle)))
            .unwrap_or(0);
        Self::Invalid { line: line + 1, key: key.to_owned(), problem: problem.into() }
    }
}

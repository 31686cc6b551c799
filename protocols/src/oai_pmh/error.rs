//! Error codes of the protocol (section 3.6), and those that servers invent.

use std::fmt;

/// An error code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// Illegal, missing or repeated argument, or a value of bad syntax.
    BadArgument,
    /// A token that is not ours, not of this verb, or expired.
    BadResumptionToken,
    /// Missing, illegal or repeated verb.
    BadVerb,
    /// The format is unknown, of the repository or of the item.
    CannotDisseminateFormat,
    /// No such identifier.
    IdDoesNotExist,
    /// The list is empty.
    NoRecordsMatch,
    /// The item has no format.
    NoMetadataFormats,
    /// The repository has no sets.
    NoSetHierarchy,
    /// A code outside the protocol. POP invented `badArgumentsWithToken` and `noRecordsFound`,
    /// FOLIO answers `serviceUnavailable`; some send no code at all.
    Other(String),
}

impl ErrorCode {
    /// As written in answers.
    pub fn as_str(&self) -> &str {
        match self {
            Self::BadArgument => "badArgument",
            Self::BadResumptionToken => "badResumptionToken",
            Self::BadVerb => "badVerb",
            Self::CannotDisseminateFormat => "cannotDisseminateFormat",
            Self::IdDoesNotExist => "idDoesNotExist",
            Self::NoRecordsMatch => "noRecordsMatch",
            Self::NoMetadataFormats => "noMetadataFormats",
            Self::NoSetHierarchy => "noSetHierarchy",
            Self::Other(code) => code,
        }
    }

    /// Reads a code, whatever the case; unknown ones are kept.
    pub fn parse(code: &str) -> Self {
        let known = [
            Self::BadArgument,
            Self::BadResumptionToken,
            Self::BadVerb,
            Self::CannotDisseminateFormat,
            Self::IdDoesNotExist,
            Self::NoRecordsMatch,
            Self::NoMetadataFormats,
            Self::NoSetHierarchy,
        ];
        let code = code.trim();
        known
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(code))
            .unwrap_or_else(|| Self::Other(code.to_owned()))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An `error` element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct OaiError {
    /// Code.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}

impl OaiError {
    /// An error with its message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

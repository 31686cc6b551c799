//! Identifiers: of sources, and the public ids of objects (invariant 6).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a string is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// A source id must match `[a-z][a-z0-9]{0,39}`.
    #[error("source id `{0}`: expected a lower-case letter, then up to 39 of a-z and 0-9")]
    Source(String),
    /// An object id must match `[A-Za-z0-9_]+`.
    #[error("object id `{0}`: expected only A-Z, a-z, 0-9 and _")]
    Object(String),
}

/// The short name of a configured upstream, the file name of its schedule: `[a-z][a-z0-9]{0,39}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// Checks and takes a source id.
    ///
    /// # Errors
    /// [`IdentifierError::Source`] when the form is not `[a-z][a-z0-9]{0,39}`.
    pub fn new(id: &str) -> Result<Self, IdentifierError> {
        let mut chars = id.chars();
        let ok = chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            && id.len() <= 40;
        if ok { Ok(Self(id.to_owned())) } else { Err(IdentifierError::Source(id.to_owned())) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The public, permanent name of an object: `[A-Za-z0-9_]+`, never reused (invariants 5 and 6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    /// Names an object after its oldest member: `{source}_{local}`, injective.
    ///
    /// In the local part letters and digits stay, `_` becomes `__`, and every other byte of the
    /// UTF-8 form becomes `_` and two upper-case hexadecimal digits, so two different pairs never
    /// meet, not even after Europeana folds every other character to `_`.
    ///
    /// # Example
    /// ```
    /// use domain::identifier::{ObjectId, SourceId};
    /// let source = SourceId::new("memoire").unwrap();
    /// assert_eq!(ObjectId::of(&source, "IVR54_1994/1").as_str(), "memoire_IVR54__1994_2F1");
    /// ```
    pub fn of(source: &SourceId, local: &str) -> Self {
        let mut id = String::with_capacity(source.as_str().len() + 1 + local.len());
        id.push_str(source.as_str());
        id.push('_');
        for byte in local.bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => id.push(char::from(byte)),
                b'_' => id.push_str("__"),
                other => {
                    use fmt::Write as _;
                    // Writing to a String cannot fail.
                    let _infallible = write!(id, "_{other:02X}");
                }
            }
        }
        Self(id)
    }

    /// Takes an id from outside (a URL).
    ///
    /// # Errors
    /// [`IdentifierError::Object`] when it is empty, longer than 512 or holds another character.
    pub fn parse(id: &str) -> Result<Self, IdentifierError> {
        let ok = !id.is_empty()
            && id.len() <= 512
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if ok {
            Ok(Self(id.to_owned()))
        } else {
            Err(IdentifierError::Object(id.chars().take(80).collect()))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_source_id_refuses_capitals_hyphens_and_length() {
        for bad in ["", "Joconde", "a-b", "a_b", "1a", &"a".repeat(41)] {
            assert!(SourceId::new(bad).is_err(), "{bad}");
        }
        assert!(SourceId::new("merimee2").is_ok());
    }

    proptest! {
        #[test]
        fn object_ids_are_injective(s in "[a-z][a-z0-9]{0,5}", t in "[a-z][a-z0-9]{0,5}", a in "\\PC{0,8}", b in "\\PC{0,8}") {
            let (s1, t1) = (SourceId::new(&s).unwrap(), SourceId::new(&t).unwrap());
            let (x, y) = (ObjectId::of(&s1, &a), ObjectId::of(&t1, &b));
            prop_assert_eq!(x == y, s == t && a == b);
            prop_assert!(ObjectId::parse(x.as_str()).is_ok());
        }
    }
}

//! The identifier of an image in URLs.

use super::ImageError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;

/// Everything but RFC 3986 unreserved characters is encoded; more than section 9 demands, never less.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Identifier of an image, percent-decoded. It is looked up in a table and never becomes a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// Reads a raw path segment, percent-decoded exactly once (section 9: `a%252Fb` is `a%2Fb`).
    ///
    /// # Errors
    /// [`ImageError::Syntax`] (400) when it is empty, longer than 1024 bytes, has a `%` without two
    /// hexadecimal digits, is not UTF-8 or holds control characters; [`ImageError::RawSlash`] (404)
    /// for a `/` that is not encoded.
    pub fn parse(raw: &str) -> Result<Self, ImageError> {
        if raw.contains('/') {
            return Err(ImageError::RawSlash(raw.chars().take(80).collect()));
        }
        let decoded = decode(raw)
            .ok_or_else(|| ImageError::syntax("identifier", raw, "percent-encoded UTF-8 text"))?;
        if decoded.is_empty() || raw.len() > 1024 || decoded.chars().any(char::is_control) {
            return Err(ImageError::syntax("identifier", raw, "1 to 1024 printable characters"));
        }
        Ok(Self(decoded))
    }

    /// Decoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    /// Percent-encoded, as in the canonical URI.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        utf8_percent_encode(&self.0, RESERVED).fmt(f)
    }
}

/// Percent-decodes once; `None` for a stray `%` and for what is not UTF-8.
pub(super) fn decode(raw: &str) -> Option<String> {
    let stray = raw.split('%').skip(1).any(|rest| {
        let mut bytes = rest.bytes();
        !(0..2).all(|_| bytes.next().is_some_and(|b| b.is_ascii_hexdigit()))
    });
    if stray {
        return None;
    }
    percent_decode_str(raw).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_identifier_is_decoded_exactly_once() {
        assert_eq!(Identifier::parse("a%2Fb").unwrap().as_str(), "a/b");
        assert_eq!(Identifier::parse("a%252Fb").unwrap().as_str(), "a%2Fb");
        assert_eq!(Identifier::parse("a%252Fb").unwrap().to_string(), "a%252Fb");
        assert_eq!(Identifier::parse("%C3%A9").unwrap().as_str(), "é");
    }

    #[test]
    fn stray_percent_signs_and_bad_text_are_refused() {
        for bad in ["", "%", "%2", "a%zz", "%FF", "a%00", "a%0Ab"] {
            assert_eq!(Identifier::parse(bad).unwrap_err().status(), 400, "{bad}");
        }
    }

    #[test]
    fn a_raw_slash_names_no_image() {
        assert_eq!(Identifier::parse("a/b").unwrap_err().status(), 404);
    }

    proptest! {
        #[test]
        fn display_is_read_back(text in "\\PC{1,40}") {
            let raw = utf8_percent_encode(&text, RESERVED).to_string();
            let id = Identifier::parse(&raw).unwrap();
            prop_assert_eq!(id.to_string(), raw);
            prop_assert_eq!(id.as_str(), text);
        }

        #[test]
        fn no_raw_text_panics(raw in "[%0-9A-Fa-f/é]{0,20}") {
            let _any = Identifier::parse(&raw);
        }
    }
}

//! From bytes to text: character encoding, bytes before the declaration, illegal characters.

use super::is_legal;
use domain::issue::Issue;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Text of an answer, repaired so far that an XML reader may look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text: begins with `<`, holds only characters that XML allows. Empty when the bytes hold no `<`.
    pub text: String,
    /// What had to be repaired.
    pub issues: Vec<Issue>,
}

/// Decodes an XML document or an HTTP answer that should be one.
///
/// The byte order mark decides, then the encoding that the XML declaration names, then UTF-8.
/// Bytes that are not UTF-8 although it was promised are read as Windows-1252, line by line, so
/// that one line of a mixed export does not spoil the others. What XML cannot carry is dropped
/// (real servers send U+0003, U+000B and U+FFFE: DSpace#10721, IQSS/dataverse#8306), and so is what
/// stands before the first `<` (PHP warnings, blank lines: dLibra).
pub fn decode(bytes: &[u8]) -> Decoded {
    let mut issues = Vec::new();
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (declared(bytes, &mut issues).unwrap_or(UTF_8), bytes),
    };
    let text: Cow<'_, str> = if encoding == UTF_8 {
        utf8(bytes, &mut issues)
    } else {
        let (text, malformed) = encoding.decode_without_bom_handling(bytes);
        if malformed {
            issues.push(Issue::new("invalid_encoding", "", encoding.name()));
        }
        text
    };
    let Some(start) = text.find('<') else {
        return Decoded { text: String::new(), issues };
    };
    let (before, rest) = text.split_at(start);
    if !before.trim().is_empty() {
        issues.push(Issue::new("bytes_before_xml", "", before.trim()));
    }
    let text = if rest.chars().all(is_legal) {
        rest.to_owned()
    } else {
        let illegal: Vec<String> = rest
            .chars()
            .filter(|c| !is_legal(*c))
            .take(20)
            .map(|c| format!("U+{:04X}", u32::from(c)))
            .collect();
        issues.push(Issue::new("illegal_characters", "", &illegal.join(" ")));
        rest.chars().filter(|c| is_legal(*c)).collect()
    };
    Decoded { text, issues }
}

/// The encoding that the XML declaration in the first bytes names.
fn declared(bytes: &[u8], issues: &mut Vec<Issue>) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(400)).unwrap_or_default();
    // A document in UTF-16 without a mark begins with `<` and a zero byte, in one order or the other.
    match head {
        [b'<', 0, ..] => return Some(UTF_16LE),
        [0, b'<', ..] => return Some(UTF_16BE),
        _ => {}
    }
    let head = String::from_utf8_lossy(head);
    let (_, rest) = head.split_once("<?xml")?;
    let (declaration, _) = rest.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    match Encoding::for_label(label.as_bytes()) {
        // A declaration that could be read byte by byte is not UTF-16, whatever it says.
        Some(encoding) if encoding != UTF_16LE && encoding != UTF_16BE => Some(encoding),
        _ => {
            issues.push(Issue::new("unknown_encoding", "", label));
            None
        }
    }
}

fn utf8<'b>(bytes: &'b [u8], issues: &mut Vec<Issue>) -> Cow<'b, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 64);
    let mut lines = 0_u32;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Ok(line) = std::str::from_utf8(line) {
            text.push_str(line);
        } else {
            lines += 1;
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(line).0);
        }
    }
    issues.push(Issue::new("invalid_utf8", "", &format!("{lines} lines read as windows-1252")));
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(decoded: &Decoded) -> Vec<&str> {
        decoded.issues.iter().map(|issue| issue.code.as_str()).collect()
    }

    #[test]
    fn declared_latin_1_is_read_as_such() {
        let decoded = decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9t\xE9</a>");
        assert!(decoded.text.ends_with("<a>été</a>"), "{}", decoded.text);
        assert!(decoded.issues.is_empty());
    }

    #[test]
    fn bytes_that_are_not_utf8_cost_only_their_line() {
        let decoded = decode("<a>é\n\u{FFFD}</a>".replace('\u{FFFD}', "X").as_bytes());
        assert!(decoded.issues.is_empty());
        let decoded = decode(b"<a>\xC3\xA9\n\xE9</a>");
        assert_eq!(decoded.text, "<a>é\né</a>");
        assert_eq!(codes(&decoded), ["invalid_utf8"]);
    }

    #[test]
    fn what_stands_before_the_document_and_what_xml_cannot_carry_is_dropped_and_told() {
        let decoded = decode(b"Warning: x\n<?xml version=\"1.0\"?><a>1\x03\x0B2</a>");
        assert_eq!(decoded.text, "<?xml version=\"1.0\"?><a>12</a>");
        assert_eq!(codes(&decoded), ["bytes_before_xml", "illegal_characters"]);
    }

    #[test]
    fn utf_16_is_read_with_and_without_mark() {
        let units: Vec<u8> = "<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&units).text, "<a>é</a>");
        let marked = [&[0xFF, 0xFE], units.as_slice()].concat();
        assert_eq!(decode(&marked).text, "<a>é</a>");
    }

    proptest! {
        #[test]
        fn any_bytes_give_legal_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes).text.chars().all(is_legal));
        }
    }
}

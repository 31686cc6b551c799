//! From bytes to text: character encoding, bytes before the declaration, illegal characters.

use super::is_legal;
use domain::issue::Issue;
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Text of an answer, repaired so far that an XML reader may look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text: begins with `<`, holds only characters that XML allows. Empty when the bytes hold no `<`.
    pub text: String,
    /// What had to be repaired, for the document as a whole.
    pub issues: Vec<Issue>,
    /// Where it had to be repaired, in order of place; at most [`MAX_REPAIRS`] of them.
    pub repairs: Vec<Repair>,
}

/// One repaired place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Offset in the repaired text, in bytes.
    pub at: usize,
    /// What was done there.
    pub kind: RepairKind,
    /// What stood there: the character, or the byte that was no UTF-8.
    pub found: u32,
}

/// What was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepairKind {
    /// A character that XML cannot carry was dropped.
    Illegal,
    /// A control character of the C1 range was read as the character of Windows-1252.
    C1,
    /// A byte that is no UTF-8 was read as Windows-1252.
    NotUtf8,
}

impl RepairKind {
    /// Code of the issue.
    pub fn code(self) -> &'static str {
        match self {
            Self::Illegal => "illegal_characters",
            Self::C1 => "c1_as_windows_1252",
            Self::NotUtf8 => "invalid_utf8",
        }
    }
}

/// Most repairs whose place is noted; further ones are made silently.
pub const MAX_REPAIRS: usize = 10_000;
/// Bytes in which the XML declaration is looked for: warnings of PHP may stand before it.
const HEAD: usize = 4096;

/// Decodes an XML document or an HTTP answer that should be one.
///
/// The byte order mark decides, then the encoding that the XML declaration names, then UTF-8. A
/// declaration of an 8-bit encoding over bytes that are UTF-8 is not believed. Bytes that are not
/// UTF-8 although it was promised are read as Windows-1252, one by one, so that one record of a
/// mixed export does not spoil the others. C1 controls mean Windows-1252 (BnF: U+008A for `Š`),
/// except in pairs that mark what does not sort (U+0088 U+0089, U+0098 U+009C in library records).
/// What XML cannot carry is dropped (real servers send U+0003, U+000B and U+FFFE: DSpace#10721,
/// IQSS/dataverse#8306), and so is what stands before the first `<` (PHP warnings, blank lines:
/// dLibra).
pub fn decode(bytes: &[u8]) -> Decoded {
    let mut issues = Vec::new();
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (declared(bytes, &mut issues).unwrap_or(UTF_8), bytes),
    };
    let mut out = Cleaner::default();
    if encoding == UTF_8 {
        let Some(start) = bytes.iter().position(|byte| *byte == b'<') else {
            return Decoded { text: String::new(), issues, repairs: Vec::new() };
        };
        let (before, rest) = bytes.split_at(start);
        before_xml(&String::from_utf8_lossy(before), &mut issues);
        out.utf8(rest);
    } else {
        let (text, malformed) = encoding.decode_without_bom_handling(bytes);
        if malformed {
            issues.push(Issue::new("invalid_encoding", "", encoding.name()));
        }
        let Some(start) = text.find('<') else {
            return Decoded { text: String::new(), issues, repairs: Vec::new() };
        };
        let (before, rest) = text.split_at(start);
        before_xml(before, &mut issues);
        out.text(rest);
    }
    issues.extend(summary(&out.repairs));
    Decoded { text: out.text, issues, repairs: out.repairs }
}

/// One issue for each kind of repair, with what was found.
pub fn summary(repairs: &[Repair]) -> Vec<Issue> {
    [RepairKind::Illegal, RepairKind::C1, RepairKind::NotUtf8]
        .into_iter()
        .filter_map(|kind| {
            let found: Vec<String> = repairs
                .iter()
                .filter(|repair| repair.kind == kind)
                .take(20)
                .map(|repair| match kind {
                    RepairKind::NotUtf8 => format!("0x{:02X}", repair.found),
                    _ => format!("U+{:04X}", repair.found),
                })
                .collect();
            (!found.is_empty()).then(|| Issue::new(kind.code(), "", &found.join(" ")))
        })
        .collect()
}

fn before_xml(before: &str, issues: &mut Vec<Issue>) {
    let before = before.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if !before.is_empty() {
        issues.push(Issue::new("bytes_before_xml", "", before));
    }
}

/// The encoding that the XML declaration in the first bytes names.
fn declared(bytes: &[u8], issues: &mut Vec<Issue>) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    // A document in UTF-16 without a mark begins with `<` and a zero byte, in one order or the other.
    match head {
        [b'<', 0, ..] => return Some(UTF_16LE),
        [0, b'<', ..] => return Some(UTF_16BE),
        _ => {}
    }
    let head = String::from_utf8_lossy(head);
    let (before, rest) = head.split_once("<?xml")?;
    // Not that of a document which a record carries.
    if before.contains("OAI-PMH") || before.contains("record>") {
        return None;
    }
    let (declaration, _) = rest.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?.trim();
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding == UTF_8 => Some(encoding),
        // A declaration that could be read byte by byte is not UTF-16, whatever it says.
        Some(encoding) if ![UTF_16LE, UTF_16BE, REPLACEMENT].contains(&encoding) => {
            // Letters of an 8-bit encoding are not UTF-8 by chance.
            if !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() {
                issues.push(Issue::new("declared_encoding_wrong", "", label));
                return Some(UTF_8);
            }
            Some(encoding)
        }
        _ => {
            issues.push(Issue::new("unknown_encoding", "", label));
            None
        }
    }
}

/// Puts text together, repairing it.
#[derive(Default)]
struct Cleaner {
    text: String,
    repairs: Vec<Repair>,
}

impl Cleaner {
    fn utf8(&mut self, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.text(text);
            return;
        }
        let joined = join_surrogates(bytes);
        self.text.reserve(joined.len() + 64);
        for chunk in joined.utf8_chunks() {
            self.text(chunk.valid());
            let invalid = chunk.invalid();
            if let [byte] = invalid {
                self.note(RepairKind::NotUtf8, u32::from(*byte));
                self.text.push(windows_1252(*byte));
            } else if let Some(byte) = invalid.first() {
                // The beginning of a character that somebody cut in two.
                self.note(RepairKind::NotUtf8, u32::from(*byte));
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }

    /// Adds valid text; what is clean, which is nearly all, is copied at once.
    fn text(&mut self, text: &str) {
        if self.text.capacity() < text.len() {
            self.text.reserve(text.len());
        }
        let mut kept = 0;
        let mut at = 0;
        while let Some(found) = next_odd(text.as_bytes(), at) {
            let Some(c) = text.get(found..).and_then(|rest| rest.chars().next()) else { break };
            at = found + c.len_utf8();
            if is_legal(c) && !is_c1(c) {
                continue;
            }
            if is_c1(c) && in_non_sorting_pair(text, found, c) {
                continue;
            }
            self.text.push_str(text.get(kept..found).unwrap_or_default());
            kept = at;
            match u8::try_from(u32::from(c)).ok().filter(|_| is_c1(c)).map(windows_1252) {
                Some(meant) if !is_c1(meant) => {
                    self.note(RepairKind::C1, u32::from(c));
                    self.text.push(meant);
                }
                _ => self.note(RepairKind::Illegal, u32::from(c)),
            }
        }
        self.text.push_str(text.get(kept..).unwrap_or_default());
    }

    fn note(&mut self, kind: RepairKind, found: u32) {
        if self.repairs.len() < MAX_REPAIRS {
            self.repairs.push(Repair { at: self.text.len(), kind, found });
        }
    }
}

/// Next byte from `from` on that may begin a character to repair: controls, C1 (0xC2), the
/// non-characters (0xEF).
fn next_odd(bytes: &[u8], from: usize) -> Option<usize> {
    let odd = |byte: u8| {
        (byte < 0x20 && byte != b'\n' && byte != b'\t' && byte != b'\r')
            || byte == 0xC2
            || byte == 0xEF
    };
    let mut start = from;
    for chunk in bytes.get(from..)?.chunks(64) {
        if chunk.iter().fold(false, |any, byte| any | odd(*byte)) {
            return chunk.iter().position(|byte| odd(*byte)).map(|at| start + at);
        }
        start += chunk.len();
    }
    None
}

fn is_c1(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9F}')
}

/// Whether a C1 control begins or ends a passage that does not sort, in one text node.
fn in_non_sorting_pair(text: &str, at: usize, c: char) -> bool {
    // Articles are short; a text full of controls must not be searched again and again.
    let before = |mark: char| {
        let mut near = text.get(..at).unwrap_or_default().chars().rev().take(100);
        near.by_ref().take_while(|c| *c != '<').any(|c| c == mark)
    };
    let after = |mark: char| {
        let mut near = text.get(at..).unwrap_or_default().chars().take(100);
        near.by_ref().take_while(|c| *c != '<').any(|c| c == mark)
    };
    match c {
        '\u{88}' => after('\u{89}'),
        '\u{89}' => before('\u{88}'),
        '\u{98}' => after('\u{9C}'),
        '\u{9C}' => before('\u{98}'),
        _ => false,
    }
}

/// The character of a byte in Windows-1252.
pub(super) fn windows_1252(byte: u8) -> char {
    let bytes = [byte];
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Writes characters that came as two surrogates of three bytes each (CESU-8, from Java and Oracle)
/// as they should be.
fn join_surrogates(bytes: &[u8]) -> Cow<'_, [u8]> {
    let half = |six: &[u8]| match six {
        [0xED, a @ 0xA0..=0xAF, b @ 0x80..=0xBF, 0xED, c @ 0xB0..=0xBF, d @ 0x80..=0xBF] => {
            let high = (u32::from(a & 0x0F) << 6) | u32::from(b & 0x3F);
            let low = (u32::from(c & 0x0F) << 6) | u32::from(d & 0x3F);
            char::from_u32(0x1_0000 + (high << 10) + low)
        }
        _ => None,
    };
    if !bytes.windows(6).any(|six| half(six).is_some()) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let Some(c) = bytes.get(at..at + 6).and_then(half) {
            let mut buffer = [0; 4];
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            at += 6;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    Cow::Owned(out)
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
    fn a_declaration_of_latin_1_over_utf8_is_not_believed() {
        let decoded = decode("<?xml version='1.0' encoding='ISO-8859-1'?><a>été</a>".as_bytes());
        assert!(decoded.text.ends_with("<a>été</a>"), "{}", decoded.text);
        assert_eq!(codes(&decoded), ["declared_encoding_wrong"]);
    }

    #[test]
    fn a_declaration_behind_a_warning_of_php_counts() {
        let decoded = decode(b"Notice: x\n<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>");
        assert!(decoded.text.ends_with("<a>é</a>"));
        assert_eq!(codes(&decoded), ["bytes_before_xml"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_cost_only_themselves() {
        assert!(decode("<a>é</a>".as_bytes()).issues.is_empty());
        let decoded = decode(b"<a>\xC3\xA9 \xE9 \xC3\xA9 \xE2\x80</a>");
        assert_eq!(decoded.text, "<a>é é é \u{FFFD}</a>");
        assert_eq!(codes(&decoded), ["invalid_utf8"]);
        assert_eq!(decoded.repairs[0], Repair { at: 6, kind: RepairKind::NotUtf8, found: 0xE9 });
    }

    #[test]
    fn surrogates_in_three_bytes_each_are_one_character() {
        assert_eq!(decode(b"<a>\xED\xA0\xBD\xED\xB8\x80</a>").text, "<a>\u{1F600}</a>");
    }

    #[test]
    fn c1_controls_mean_windows_1252_unless_they_mark_what_does_not_sort() {
        let decoded = decode("<a>\u{8A}koda \u{93}x\u{94} \u{9A}</a>".as_bytes());
        assert_eq!(decoded.text, "<a>Škoda “x” š</a>");
        assert_eq!(codes(&decoded), ["c1_as_windows_1252"]);
        let title = "<a>\u{88}Le \u{89}Louvre \u{98}Der \u{9C}Turm</a>";
        assert_eq!(decode(title.as_bytes()).text, title);
        assert_eq!(decode("<a>\u{88}</a><a>\u{89}</a>".as_bytes()).text, "<a>ˆ</a><a>‰</a>");
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

        #[test]
        fn any_text_keeps_what_is_legal(text in "<[a\u{80}-\u{A0}é\u{3}\u{FFFE}\u{FEFF}]{0,60}") {
            let decoded = decode(text.as_bytes());
            let plain = |t: &str| t.chars().filter(|c| *c == 'é' || *c == 'a').count();
            prop_assert_eq!(plain(&decoded.text), plain(&text));
        }
    }
}

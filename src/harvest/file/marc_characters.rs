//! Characters of MARC records from before Unicode: ANSEL (ANSI/NISO Z39.47, MARC 21) and ISO 5426
//! (UNIMARC). In both a diacritic stands before its letter.

use super::encoding::Encoding;
use unicode_normalization::UnicodeNormalization;

/// Text of a field, with the code of an issue when a byte has no meaning.
///
/// UTF-8 when it is; else what `encoding` says; else ISO 5426 (`unimarc`) or ANSEL.
pub(super) fn decode(
    bytes: &[u8],
    encoding: Option<Encoding>,
    unimarc: bool,
) -> (String, Option<&'static str>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.nfc().collect(), None);
    }
    if let Some(encoding) = encoding.filter(|encoding| *encoding != Encoding::Utf8) {
        let (text, issue) = encoding.decode(bytes);
        return (text.into_owned(), issue);
    }
    let (marks, letters): (Codes, Codes) =
        if unimarc { (&ISO_5426_MARKS, &ISO_5426) } else { (&ANSEL_MARKS, &ANSEL) };
    let find = |table: &[(u8, char)], byte: u8| {
        table.iter().find(|(known, _)| *known == byte).map(|(_, c)| *c)
    };
    let mut out = String::with_capacity(bytes.len());
    let mut waiting: Vec<char> = Vec::new();
    let mut unknown = false;
    for byte in bytes {
        if let Some(mark) = find(marks, *byte) {
            waiting.push(mark);
            continue;
        }
        match *byte {
            ascii if ascii.is_ascii() => out.push(char::from(ascii)),
            byte => {
                if let Some(letter) = find(letters, byte) {
                    out.push(letter);
                } else {
                    out.push('\u{FFFD}');
                    unknown = true;
                }
            }
        }
        out.extend(waiting.drain(..));
    }
    (out.nfc().collect(), unknown.then_some("replacement_character"))
}

/// What bytes stand for.
type Codes = &'static [(u8, char)];

const ANSEL_MARKS: [(u8, char); 19] = [
    (0xE0, '\u{309}'),
    (0xE1, '\u{300}'),
    (0xE2, '\u{301}'),
    (0xE3, '\u{302}'),
    (0xE4, '\u{303}'),
    (0xE5, '\u{304}'),
    (0xE6, '\u{306}'),
    (0xE7, '\u{307}'),
    (0xE8, '\u{308}'),
    (0xE9, '\u{30C}'),
    (0xEA, '\u{30A}'),
    (0xED, '\u{315}'),
    (0xEE, '\u{30B}'),
    (0xEF, '\u{310}'),
    (0xF0, '\u{327}'),
    (0xF1, '\u{328}'),
    (0xF2, '\u{323}'),
    (0xF3, '\u{324}'),
    (0xF4, '\u{325}'),
];
const ANSEL: [(u8, char); 32] = [
    (0x88, '\u{98}'),
    (0x89, '\u{9C}'),
    (0xA1, 'Ł'),
    (0xA2, 'Ø'),
    (0xA3, 'Đ'),
    (0xA4, 'Þ'),
    (0xA5, 'Æ'),
    (0xA6, 'Œ'),
    (0xA7, 'ʹ'),
    (0xA8, '·'),
    (0xA9, '♭'),
    (0xAA, '®'),
    (0xAB, '±'),
    (0xAC, 'Ơ'),
    (0xAD, 'Ư'),
    (0xAE, 'ʼ'),
    (0xB0, 'ʻ'),
    (0xB1, 'ł'),
    (0xB2, 'ø'),
    (0xB3, 'đ'),
    (0xB4, 'þ'),
    (0xB5, 'æ'),
    (0xB6, 'œ'),
    (0xB7, 'ʺ'),
    (0xB8, 'ı'),
    (0xB9, '£'),
    (0xBA, 'ð'),
    (0xC0, '°'),
    (0xC3, '©'),
    (0xC5, '¿'),
    (0xC6, '¡'),
    (0xC7, 'ß'),
];
const ISO_5426_MARKS: [(u8, char); 15] = [
    (0xC0, '\u{309}'),
    (0xC1, '\u{300}'),
    (0xC2, '\u{301}'),
    (0xC3, '\u{302}'),
    (0xC4, '\u{303}'),
    (0xC5, '\u{304}'),
    (0xC6, '\u{306}'),
    (0xC7, '\u{307}'),
    (0xC8, '\u{308}'),
    (0xC9, '\u{308}'),
    (0xCA, '\u{30A}'),
    (0xCD, '\u{30B}'),
    (0xCF, '\u{30C}'),
    (0xD0, '\u{327}'),
    (0xD3, '\u{328}'),
];
const ISO_5426: [(u8, char); 29] = [
    (0x88, '\u{98}'),
    (0x89, '\u{9C}'),
    (0xA1, '¡'),
    (0xA2, '„'),
    (0xA3, '£'),
    (0xA4, '$'),
    (0xA5, '¥'),
    (0xA7, '§'),
    (0xA8, '\''),
    (0xA9, '‘'),
    (0xAA, '“'),
    (0xAB, '«'),
    (0xAE, '©'),
    (0xB0, 'ʻ'),
    (0xB7, '·'),
    (0xB9, '’'),
    (0xBA, '”'),
    (0xBB, '»'),
    (0xBF, '¿'),
    (0xE1, 'Æ'),
    (0xE2, 'Đ'),
    (0xE8, 'Ł'),
    (0xE9, 'Ø'),
    (0xEA, 'Œ'),
    (0xF1, 'æ'),
    (0xF8, 'ł'),
    (0xF9, 'ø'),
    (0xFA, 'œ'),
    (0xFB, 'ß'),
];

#[cfg(test)]
mod tests {
    use super::decode;
    use proptest::prelude::*;

    #[test]
    fn a_diacritic_stands_before_its_letter() {
        assert_eq!(decode(b"\xE2Etude", None, false), ("Étude".to_owned(), None));
        assert_eq!(
            decode(b"\xC2Etude fran\xD0caise", None, true),
            ("Étude française".to_owned(), None)
        );
        assert_eq!(decode("Étude".as_bytes(), None, true), ("Étude".to_owned(), None));
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_text(bytes: Vec<u8>, unimarc: bool) {
            let (text, _) = decode(&bytes, None, unimarc);
            prop_assert!(text.len() >= usize::from(bytes.iter().any(u8::is_ascii)));
        }
    }
}

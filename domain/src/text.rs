//! Repair of texts: marks of HTML, UTF-8 that was read as Windows-1252, control characters that
//! mean letters.
//!
//! Strict, since a `<` or an `Ã` may be meant: only tags and entities that HTML has go, and a text
//! is decoded again only when the whole of it decodes.

use std::borrow::Cow;

/// Code of the issue of a text in which HTML was.
pub const HTML_REMOVED: &str = "html_removed";
/// Code of the issue of a text whose characters were repaired.
pub const ENCODING_REPAIRED: &str = "encoding_repaired";

/// A text that was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The text.
    pub text: String,
    /// Tags or entities were taken out.
    pub html: bool,
    /// Characters were repaired.
    pub encoding: bool,
}

/// Elements that begin a new line.
const BREAKS: [&str; 15] =
    ["br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"];
/// Elements within a line.
const INLINE: [&str; 22] = [
    "a",
    "b",
    "i",
    "u",
    "em",
    "strong",
    "span",
    "font",
    "sup",
    "sub",
    "small",
    "big",
    "center",
    "img",
    "td",
    "th",
    "tbody",
    "cite",
    "q",
    "blockquote",
    "abbr",
    "script",
];

/// Characters that Windows-1252 has at 80 to 9F; `\0`: none.
const C1: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// Repairs a text; nothing when there is nothing to repair.
///
/// # Example
/// ```
/// let repaired = domain::text::repair("Ã‰glise<br>d&eacute;truite").unwrap();
/// assert_eq!(repaired.text, "Église\ndétruite");
/// assert!(repaired.html && repaired.encoding);
/// assert_eq!(domain::text::repair("3 < 4, église & château"), None);
/// ```
pub fn repair(text: &str) -> Option<Repaired> {
    if !suspicious(text) {
        return None;
    }
    let mut out = Cow::Borrowed(text);
    let mut encoding = false;
    if let Some(controls) = without_controls(&out) {
        out = Cow::Owned(controls);
        encoding = true;
    }
    // Twice wrong is seen, three times hardly ever.
    for _ in 0..2 {
        let Some(decoded) = decoded_again(&out) else { break };
        out = Cow::Owned(decoded);
        encoding = true;
    }
    let mut html = false;
    // `&amp;eacute;` and `&lt;br&gt;` come of escaping twice.
    for _ in 0..3 {
        let stripped = without_tags(&out);
        let changed = stripped.is_some();
        out = stripped.map_or(out, Cow::Owned);
        let resolved = without_entities(&out);
        if resolved.is_none() && !changed {
            break;
        }
        out = resolved.map_or(out, Cow::Owned);
        html = true;
    }
    (html || encoding).then(|| Repaired { text: out.trim().to_owned(), html, encoding })
}

/// Whether a text may need repair: most have none of these bytes.
fn suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.iter().any(|byte| matches!(byte, b'<' | b'&')) {
        return true;
    }
    // Ã, Â and the controls, as UTF-8; â of `â€™`.
    !text.is_ascii()
        && bytes.windows(2).any(|pair| {
            matches!(pair, [0xC3, 0x82 | 0x83 | 0xA2 | 0x85 | 0x84] | [0xC2, 0x80..=0x9F])
        })
}

/// Letters for the controls 80 to 9F. The marks of librarians around what is not sorted (98 and
/// 9C, 88 and 89) go, when both are there.
fn without_controls(text: &str) -> Option<String> {
    if !text.chars().any(|c| matches!(c, '\u{80}'..='\u{9F}')) {
        return None;
    }
    let pair = |a: char, b: char| text.contains(a) && text.contains(b);
    let (by_98, by_88) = (pair('\u{98}', '\u{9C}'), pair('\u{88}', '\u{89}'));
    let mut changed = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let mark = (by_98 && matches!(c, '\u{98}' | '\u{9C}'))
            || (by_88 && matches!(c, '\u{88}' | '\u{89}'));
        let letter = match c {
            '\u{80}'..='\u{9F}' => C1.get((u32::from(c) - 0x80) as usize).copied(),
            _ => None,
        };
        match letter {
            _ if mark => changed = true,
            Some(letter) if letter != '\0' => {
                changed = true;
                out.push(letter);
            }
            _ => out.push(c),
        }
    }
    changed.then_some(out)
}

/// The text whose UTF-8 was taken for Windows-1252, when the whole of this one comes of that.
fn decoded_again(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        let code = u32::from(c);
        // The five places that Windows-1252 leaves empty came through as they were.
        let byte = if matches!(code, 0..=0x7F | 0xA0..=0xFF | 0x81 | 0x8D | 0x8F | 0x90 | 0x9D) {
            u8::try_from(code).ok()?
        } else {
            let at = C1.iter().position(|known| *known == c && c != '\0')?;
            0x80 + u8::try_from(at).ok()?
        };
        bytes.push(byte);
    }
    let decoded = String::from_utf8(bytes).ok()?;
    // `«CAFÉ»` decodes too, to letters that no text here has: only those of Western Europe count.
    let sound = decoded.chars().all(|c| {
        matches!(c, '\0'..='\u{7F}' | '\u{A0}'..='\u{FF}' | '\u{2010}'..='\u{2030}' | '€' | '™')
            || matches!(c, 'œ' | 'Œ' | 'Š' | 'š' | 'Ž' | 'ž' | 'Ÿ' | '‹' | '›')
    });
    (sound && decoded.len() < text.len()).then_some(decoded)
}

/// The text without the tags that HTML has; nothing when it has none.
fn without_tags(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        if let Some((break_line, behind)) = tag(after) {
            changed = true;
            if break_line {
                let line = out.trim_end().len();
                out.truncate(line);
                if !out.is_empty() {
                    out.push('\n');
                }
                rest = behind.trim_start();
            } else {
                rest = behind;
            }
        } else {
            out.push('<');
            rest = after;
        }
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// What stands behind a tag, and whether the tag begins a new line; `None`: it is no tag.
fn tag(text: &str) -> Option<(bool, &str)> {
    if let Some(comment) = text.strip_prefix("!--") {
        return comment.split_once("-->").map(|(_, behind)| (false, behind));
    }
    let (inside, behind) = text.split_once('>')?;
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, attributes) = name.split_at_checked(length)?;
    // `<i>`, `<br/>`, `<a href='x'>`; not `<b et c>`.
    let sound = match attributes.trim_end_matches('/').trim() {
        "" => true,
        said => attributes.starts_with(char::is_whitespace) && said.contains('='),
    };
    let known = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let break_line = known(&BREAKS);
    (sound && !inside.contains('<') && (break_line || known(&INLINE)))
        .then_some((break_line, behind))
}

/// The text with the entities of HTML resolved; nothing when it has none.
fn without_entities(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = after
            .as_bytes()
            .iter()
            .take(10)
            .position(|byte| *byte == b';')
            .and_then(|end| Some((entity(after.get(..end)?)?, after.get(end + 1..)?)));
        if let Some((c, behind)) = named {
            changed = true;
            out.push(c);
            rest = behind;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    changed.then_some(out)
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse::<u32>().ok()?,
        };
        // HTML reads 80 to 9F as Windows-1252.
        if let 0x80..=0x9F = code {
            return C1.get((code - 0x80) as usize).copied().filter(|c| *c != '\0');
        }
        return char::from_u32(code).filter(|c| !c.is_control() || *c == '\n');
    }
    if let Some((_, c)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*c);
    }
    // Letters with an accent: `eacute`, `Ccedil`.
    let (letter, accent) = name.split_at_checked(1)?;
    let mark = match accent {
        "acute" => '\u{301}',
        "grave" => '\u{300}',
        "circ" => '\u{302}',
        "uml" => '\u{308}',
        "cedil" => '\u{327}',
        "tilde" => '\u{303}',
        "ring" => '\u{30A}',
        "caron" => '\u{30C}',
        _ => return None,
    };
    unicode_normalization::char::compose(letter.chars().next()?, mark)
}

/// Entities that are no letters with an accent.
#[rustfmt::skip]
const NAMED: &[(&str, char)] = &[
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{A0}'),
    ("laquo", '«'), ("raquo", '»'), ("lsquo", '‘'), ("rsquo", '’'), ("ldquo", '“'), ("rdquo", '”'),
    ("sbquo", '‚'), ("bdquo", '„'), ("ndash", '–'), ("mdash", '—'), ("hellip", '…'), ("bull", '•'),
    ("middot", '·'), ("oelig", 'œ'), ("OElig", 'Œ'), ("aelig", 'æ'), ("AElig", 'Æ'), ("szlig", 'ß'),
    ("oslash", 'ø'), ("Oslash", 'Ø'), ("deg", '°'), ("times", '×'), ("euro", '€'), ("pound", '£'),
    ("sect", '§'), ("copy", '©'), ("reg", '®'), ("trade", '™'), ("frac12", '½'), ("frac14", '¼'),
    ("frac34", '¾'), ("sup2", '²'), ("sup3", '³'), ("plusmn", '±'), ("iexcl", '¡'), ("iquest", '¿'),
    ("ordf", 'ª'), ("ordm", 'º'), ("shy", '\u{AD}'), ("dagger", '†'), ("ensp", ' '), ("emsp", ' '),
    ("thinsp", ' '),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_of_html_leave_the_text() {
        for (text, expected) in [
            ("Vue<br>de Rouen", "Vue\nde Rouen"),
            ("Vue <BR /> de Rouen", "Vue\nde Rouen"),
            ("<p>Un</p><p>Deux</p>", "Un\nDeux"),
            ("<i>Le Baiser</i> de Rodin", "Le Baiser de Rodin"),
            ("<a href='mailto:x'>Contact</a>", "Contact"),
            ("&eacute;glise &agrave; Ch&acirc;lons", "église à Châlons"),
            ("Fran&ccedil;ois &amp;amp; Cie", "François & Cie"),
            ("&amp;eacute;t&eacute;", "été"),
            ("&#233;t&#xE9; l&#146;autre", "été l’autre"),
            ("&lt;br&gt;Deux", "Deux"),
        ] {
            let repaired = repair(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(repaired.text, expected, "{text}");
            assert!(repaired.html && !repaired.encoding, "{text}");
        }
    }

    #[test]
    fn texts_that_were_decoded_wrongly_are_decoded_again() {
        for (text, expected) in [
            ("Ã‰glise", "Église"),
            ("dÃ©truite Ã\u{A0} NoÃ«l", "détruite à Noël"),
            ("lâ€™Å“uvre", "l’œuvre"),
            ("25Â°", "25°"),
            ("ÃƒÂ©glise", "église"),
            ("l\u{92}\u{9C}uvre", "l’œuvre"),
            ("\u{98}Le \u{9C}Baiser", "Le Baiser"),
        ] {
            let repaired = repair(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(repaired.text, expected, "{text}");
            assert!(repaired.encoding && !repaired.html, "{text}");
        }
    }

    #[test]
    fn what_is_meant_stays() {
        for text in [
            "3 < 4 > 2",
            "<nom illisible>",
            "<b et c>",
            "église & château",
            "AT&T; suite",
            "Ã",
            "São Paulo, CORAÇÃO",
            "dÃ©truite et été",
            "Âge du fer",
            "Épée",
            "«CAFÉ»",
            "É’",
            "a&b",
            "\u{81}",
        ] {
            assert_eq!(repair(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn french_texts_are_left_alone_and_come_back_from_wrong_decoding(text in "[A-Za-z éèàçêûôîÉÀœ’«»–,.;()0-9]{1,40}") {
            prop_assert_eq!(repair(&text), None);
            let wrong: String = text
                .bytes()
                .map(|byte| match byte {
                    0x80..=0x9F => {
                        let c = C1[usize::from(byte - 0x80)];
                        if c == '\0' { char::from(byte) } else { c }
                    }
                    byte => char::from(byte),
                })
                .collect();
            if wrong != text && text.trim() == text {
                prop_assert_eq!(repair(&wrong).map(|repaired| repaired.text), Some(text));
            }
        }

        #[test]
        fn repairing_never_fails(text in "[<>&;a-z/#0-9ÃÂâ€\\u{80}-\\u{9F} =]{0,40}") {
            let _ = repair(&text);
        }
    }
}

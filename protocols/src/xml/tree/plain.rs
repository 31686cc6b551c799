//! A reader of XML that is written plainly: elements, attributes in quotes, text, references; no
//! comments, sections, instructions or document types, nothing odd. It gives what the reader of all
//! of XML gives, or nothing.

use super::{Builder, Element, Scope};
use domain::issue::Parsed;
use memchr::{memchr, memchr2};

/// Longest name of a reference.
const MAX_REFERENCE: usize = 32;

/// Reads the first element of a text that begins with it; `None` when there is anything in it that
/// is not plain, or not well-formed.
pub(super) fn read(text: &str, scope: &Scope) -> Option<Parsed<Element>> {
    let bytes = text.as_bytes();
    // Ends of lines would have to be made one.
    if bytes.first() != Some(&b'<') || memchr(b'\r', bytes).is_some() {
        return None;
    }
    let mut builder = Builder::new(scope);
    let mut names: Vec<&str> = Vec::with_capacity(8);
    let mut at = 0;
    loop {
        let closed = match *bytes.get(at + 1)? {
            b'/' => {
                let name = names.pop()?;
                let end = at + 2 + name.len();
                if bytes.get(at + 2..end)? != name.as_bytes() || *bytes.get(end)? != b'>' {
                    return None;
                }
                at = end + 1;
                true
            }
            first if begins_name(first) => {
                let (name, end, is_empty) = start(&mut builder, text, at + 1)?;
                at = end;
                if !is_empty {
                    names.push(name);
                }
                is_empty
            }
            _ => return None,
        };
        if closed && let Some(value) = builder.end() {
            return Some(Parsed { value, issues: builder.issues });
        }
        at = content(&mut builder, text, at)?;
    }
}

/// Reads a start tag from its name on: the name, where the tag ends, whether the element is empty.
fn start<'t>(builder: &mut Builder, text: &'t str, from: usize) -> Option<(&'t str, usize, bool)> {
    let bytes = text.as_bytes();
    let name = name(text, from)?;
    let scope = builder.scope.len();
    let mut attributes = Vec::new();
    let mut at = from + name.len();
    let is_empty = loop {
        match *bytes.get(at)? {
            b'>' => break false,
            b'/' if *bytes.get(at + 1)? == b'>' => {
                at += 1;
                break true;
            }
            b' ' | b'\n' | b'\t' => {
                at += 1;
                if begins_name(*bytes.get(at)?) {
                    let name = self::name(text, at)?;
                    at += name.len();
                    let [b'=', quote @ (b'"' | b'\'')] = *bytes.get(at..at + 2)? else {
                        return None;
                    };
                    at += 2;
                    let value = text.get(at..at + memchr(quote, bytes.get(at..)?)?)?;
                    if value.contains('<') {
                        return None;
                    }
                    builder.attribute(name, value, &mut attributes);
                    at += value.len() + 1;
                }
            }
            _ => return None,
        }
    };
    builder.open(name, attributes, scope).ok()?;
    Some((name, at + 1, is_empty))
}

/// Reads text and references up to the next tag, and says where that is.
fn content(builder: &mut Builder, text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let length = memchr2(b'<', b'&', bytes.get(at..)?)?;
        if length > 0 {
            builder.add(text.get(at..at + length)?);
            at += length;
        }
        if *bytes.get(at)? == b'<' {
            return Some(at);
        }
        let name = bytes.get(at + 1..)?;
        let length = name.iter().take(MAX_REFERENCE).position(|byte| *byte == b';')?;
        let name = text.get(at + 1..at + 1 + length)?;
        if !super::is_reference(name) {
            return None;
        }
        builder.reference(name);
        at += length + 2;
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// The name that stands there.
fn name(text: &str, from: usize) -> Option<&str> {
    let rest = text.as_bytes().get(from..)?;
    let is_in =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    text.get(from..from + rest.iter().position(|byte| !is_in(byte))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn agree(text: &str) -> bool {
        let scope = [(Arc::from("dc"), Arc::from("http://purl.org/dc/elements/1.1/"))];
        let Some(plainly) = read(text, &scope) else { return false };
        assert_eq!(Builder::new(&scope).read(text), Ok(plainly), "{text}");
        true
    }

    #[test]
    fn what_is_plain_is_read_and_what_is_not_is_left_to_the_other_reader() {
        for text in [
            "<a/>",
            "<a x='1' dc:y=\"2>\"\n><dc:b>é &amp; &#233;&eacute;&foo; ></dc:b> <c xmlns='u'/></a> x",
            "<z:a><b xml:lang='fr'></b></z:a>",
        ] {
            assert!(agree(text), "{text}");
        }
        for text in [
            "<a>",
            "<a></b>",
            "<a x=1/>",
            "<a x/>",
            "<a><!-- --></a>",
            "<a>&</a>",
            "<a>\r</a>",
            "<a x = '1'/>",
            "<a><![CDATA[x]]></a>",
            "<?x?><a/>",
            "<a x='<'/>",
            "<a y='1'x='1'/>",
        ] {
            assert!(!agree(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_readers_give_the_same(
            parts in proptest::collection::vec(
                "<a>|</a>|<b x='1'>|</b>|<c/>|<dc:t xmlns:dc=\"u\"  dc:x='&lt;' >|</dc:t>|<z:q|/>|>| |[a-é&;#\n'\"=]{0,4}|&amp;|&#65;|&#xD83D;&#xDE00;|&nbsp;",
                0..12
            )
        ) {
            let inside: String = parts.concat();
            agree(&inside);
            agree(&format!("<r>{inside}</r>"));
        }
    }
}

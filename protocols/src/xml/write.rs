//! The one writer of XML: escapes, drops what XML cannot carry, closes what it opened.

use super::is_legal;

/// A document or fragment under construction. Elements are closed in the order in which they were
/// opened, so the output is well-formed whatever the text is; names must be literals of the code.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A fragment without XML declaration.
    pub fn fragment() -> Self {
        // About a record: growing from nothing copies it eight times.
        Self { out: String::with_capacity(2048), open: Vec::with_capacity(8) }
    }

    /// A document: begins with the XML declaration.
    pub fn document() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// Opens an element that holds elements.
    pub fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">\n");
        self.open.push(name);
    }

    /// Closes the element opened last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push_str(">\n");
        }
    }

    /// An element without content.
    pub fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>\n");
    }

    /// An element with text.
    pub fn text(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes, ">");
        escape_into(&mut self.out, text, false);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    /// Makes room for so many bytes more.
    pub fn reserve(&mut self, bytes: usize) {
        self.out.reserve(bytes);
    }

    /// A fragment that another writer made.
    pub fn raw(&mut self, fragment: &str) {
        self.out.push_str(fragment);
    }

    /// Closes what is open and hands the text over.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            escape_into(&mut self.out, value, true);
            self.out.push('"');
        }
        self.out.push_str(end);
    }
}

/// Escapes text for element content.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    escape_into(&mut out, text, false);
    out
}

/// What is left of a text when the characters that XML cannot carry are gone and white space at
/// both ends is cut.
pub fn printable(text: &str) -> String {
    if text.bytes().all(|byte| class(byte) != Class::Suspect) {
        return text.trim().to_owned();
    }
    text.chars().filter(|c| is_legal(*c)).collect::<String>().trim().to_owned()
}

/// What a byte may mean to a writer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Stands for itself.
    Plain,
    /// White space that attributes escape.
    Space,
    /// `"`, which attributes escape.
    Quote,
    /// Always escaped.
    Markup,
    /// A control character, or the first byte of U+F000 to U+FFFF, where the two illegal ones are.
    Suspect,
}

const fn class(byte: u8) -> Class {
    match byte {
        b'\t' | b'\n' => Class::Space,
        b'"' => Class::Quote,
        b'&' | b'<' | b'>' | b'\r' => Class::Markup,
        0..0x20 | 0xEF => Class::Suspect,
        _ => Class::Plain,
    }
}

fn escape_into(out: &mut String, text: &str, attribute: bool) {
    let stands = |byte: u8| match class(byte) {
        Class::Plain => true,
        Class::Space | Class::Quote => !attribute,
        Class::Markup | Class::Suspect => false,
    };
    let mut rest = text;
    // Every byte that stops the search begins a character, so the cuts are between characters.
    while let Some((plain, special)) =
        rest.bytes().position(|byte| !stands(byte)).and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            // White space in attributes and carriage returns everywhere would be normalised away.
            Some('\t') => out.push_str("&#9;"),
            Some('\n') => out.push_str("&#10;"),
            Some('\r') => out.push_str("&#13;"),
            Some(other) if is_legal(other) => out.push(other),
            _ => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::tree::Element;
    use proptest::prelude::*;

    #[test]
    fn characters_that_xml_cannot_carry_are_dropped() {
        let mut writer = Writer::fragment();
        writer.text("a", &[("b", "x\u{3}\"<y")], "1\u{0}\u{FFFE} & <2>");
        assert_eq!(writer.finish(), "<a b=\"x&quot;&lt;y\">1 &amp; &lt;2&gt;</a>\n");
    }

    proptest! {
        #[test]
        fn any_text_gives_well_formed_xml_that_reads_back(text in any::<String>(), value in any::<String>()) {
            let mut writer = Writer::document();
            writer.open("root", &[]);
            writer.text("a", &[("b", &value)], &text);
            let document = writer.finish();
            let read = Element::parse(&document, &[]).unwrap().value;
            let a = read.child("a").unwrap();
            let legal = |s: &str| s.chars().filter(|c| is_legal(*c)).collect::<String>();
            prop_assert_eq!(a.text(), legal(&text));
            prop_assert_eq!(a.attribute("b").unwrap_or(""), legal(&value));
        }
    }
}

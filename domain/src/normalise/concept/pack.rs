//! One concept as one short text, and back.
//!
//! Lines of a letter and a text; a text in a language begins with the language and a tab.

use crate::meaning::{Concept, Label};

/// Longest note that is kept, in bytes.
const NOTE: usize = 1000;

pub(super) fn pack(out: &mut String, concept: &Concept) {
    line(out, 'U', &concept.uri);
    for label in &concept.labels {
        said(out, 'L', label);
    }
    for uri in &concept.broader {
        line(out, 'B', uri);
    }
    for uri in &concept.exact_match {
        line(out, 'X', uri);
    }
    if let Some(uri) = &concept.scheme {
        line(out, 'S', uri);
    }
    for note in &concept.notes {
        said(out, 'N', note);
    }
}

fn line(out: &mut String, letter: char, text: &str) {
    out.push(letter);
    out.extend(text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }));
    out.push('\n');
}

fn said(out: &mut String, letter: char, label: &Label) {
    out.push(letter);
    out.push_str(&label.lang);
    out.push('\t');
    let end = label.text.floor_char_boundary(NOTE);
    let text = label.text.get(..end).unwrap_or_default();
    out.extend(text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }));
    out.push('\n');
}

pub(super) fn unpack(text: &str) -> Concept {
    let mut concept = Concept::default();
    let label = |text: &str| {
        let (lang, text) = text.split_once('\t').unwrap_or(("", text));
        Label { text: text.to_owned(), lang: lang.to_owned() }
    };
    for line in text.lines() {
        let mut rest = line.chars();
        let letter = rest.next();
        let rest = rest.as_str();
        match letter {
            Some('U') => rest.clone_into(&mut concept.uri),
            Some('L') => concept.labels.push(label(rest)),
            Some('B') => concept.broader.push(rest.to_owned()),
            Some('X') => concept.exact_match.push(rest.to_owned()),
            Some('S') => concept.scheme = Some(rest.to_owned()),
            Some('N') => concept.notes.push(label(rest)),
            _ => {}
        }
    }
    concept
}

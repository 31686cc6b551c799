//! Vocabularies that are tables and lists.

use super::{Options, VocabularyError};
use domain::fold::fold;
use domain::meaning::{Concept, Label};
use domain::normalise::concept::{Builder, Term};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;

/// What stays as it is in the last part of an address.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'(').remove(b')');

fn text_of(bytes: &[u8]) -> Result<&str, VocabularyError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        VocabularyError::Syntax(format!("not UTF-8 at byte {}", error.valid_up_to()))
    })
}

fn label(text: &str, lang: &str) -> Label {
    Label { text: text.to_owned(), lang: lang.to_owned() }
}

fn address(options: &Options, code: &str) -> String {
    format!("{}{}", options.base, utf8_percent_encode(code, KEPT))
}

/// A table with a header.
pub(super) fn table(
    bytes: &[u8],
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    let text = text_of(bytes)?;
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|sign| header.bytes().filter(|byte| byte == sign).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| VocabularyError::Syntax(error.to_string());
    let columns: Vec<Column> =
        reader.headers().map_err(wrong)?.iter().map(|name| Column::of(name, options)).collect();
    let has = |wanted: fn(&Column) -> bool| columns.iter().any(wanted);
    if !has(|column| matches!(column, Column::Uri | Column::Code))
        || !has(|column| matches!(column, Column::Label(_)))
    {
        return Err(VocabularyError::Syntax(format!(
            "the header must have `uri` or `code`, and a column a language (`fr`); it is `{header}`"
        )));
    }
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let mut term = Term::default();
        for (column, cell) in columns.iter().zip(&row) {
            column.take(cell.trim(), options, &mut term);
        }
        builder.add(term)?;
    }
    Ok(())
}

enum Column {
    Uri,
    Code,
    Label(String),
    Other(String),
    Broader,
    Same,
    Note(String),
    Ignored,
}

impl Column {
    fn of(name: &str, options: &Options) -> Self {
        let name = name.trim().trim_start_matches('\u{FEFF}').to_ascii_lowercase();
        let (word, lang) = match name.split_once('@') {
            Some((word, lang)) => (word, lang.to_owned()),
            None => (name.as_str(), options.lang.clone()),
        };
        match word {
            "uri" | "url" => Self::Uri,
            "code" | "id" | "notation" => Self::Code,
            "label" | "preflabel" | "pref_label" => Self::Label(lang),
            "other" | "altlabel" | "alt_label" => Self::Other(lang),
            "broader" => Self::Broader,
            "exactmatch" | "exact_match" => Self::Same,
            "note" | "definition" | "scopenote" => Self::Note(lang),
            code if code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) => {
                Self::Label(code.to_owned())
            }
            _ => Self::Ignored,
        }
    }

    fn take(&self, cell: &str, options: &Options, term: &mut Term) {
        if cell.is_empty() {
            return;
        }
        let several = || cell.split('|').map(str::trim).filter(|part| !part.is_empty());
        let concept = &mut term.concept;
        match self {
            Self::Uri => cell.clone_into(&mut concept.uri),
            Self::Code if concept.uri.is_empty() && !options.base.is_empty() => {
                concept.uri = address(options, cell);
            }
            Self::Label(lang) => concept.labels.push(label(cell, lang)),
            Self::Other(lang) => term.other_labels.extend(several().map(|text| label(text, lang))),
            Self::Broader => concept.broader.extend(several().map(str::to_owned)),
            Self::Same => concept.exact_match.extend(several().map(str::to_owned)),
            Self::Note(lang) => concept.notes.push(label(cell, lang)),
            Self::Code | Self::Ignored => {}
        }
    }
}

/// A list with wider terms by fewer tabs. A term that stands in several places is one concept.
pub(super) fn terms(
    bytes: &[u8],
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    let text = text_of(bytes)?;
    let mut order: Vec<Term> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    for line in text.lines() {
        let depth = line.chars().take_while(|c| c.is_whitespace()).filter(|c| *c == '\t').count();
        let mut names = line.split('=').map(str::trim).filter(|name| !name.is_empty());
        let Some(name) = names.next() else { continue };
        if depth == 0 && is_heading(name) {
            continue;
        }
        let uri = address(options, &slug(name));
        while above.last().is_some_and(|(upper, _)| *upper >= depth) {
            above.pop();
        }
        let at = *known.entry(uri.clone()).or_insert_with(|| {
            order.push(Term {
                concept: Concept {
                    uri: uri.clone(),
                    labels: vec![label(name, &options.lang)],
                    scheme: Some(options.base.clone()),
                    ..Concept::default()
                },
                other_labels: Vec::new(),
            });
            order.len() - 1
        });
        if let Some(term) = order.get_mut(at) {
            if let Some((_, wider)) = above.last()
                && *wider != uri
                && !term.concept.broader.contains(wider)
            {
                term.concept.broader.push(wider.clone());
            }
            term.other_labels.extend(names.map(|name| label(name, &options.lang)));
        }
        above.push((depth, uri));
    }
    for term in order {
        builder.add(term)?;
    }
    Ok(())
}

/// Heads of the lists of Joconde: title, date, and examples of use.
fn is_heading(line: &str) -> bool {
    ["Liste d", "Mise à jour", "Ex :", "Ex:"].iter().any(|start| line.starts_with(start))
        || line.ends_with('.')
}

fn slug(name: &str) -> String {
    let folded = fold(name);
    folded
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | ')'))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// Lines of a code, `|` and a label.
pub(super) fn codes(
    bytes: &[u8],
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    let text = text_of(bytes)?;
    for line in text.lines() {
        let Some((code, name)) = line.split_once('|') else { continue };
        if code.trim().is_empty() || name.trim().is_empty() {
            continue;
        }
        builder.add(Term {
            concept: Concept {
                uri: address(options, code.trim()),
                labels: vec![label(name.trim(), &options.lang)],
                scheme: Some(options.base.clone()),
                ..Concept::default()
            },
            other_labels: Vec::new(),
        })?;
    }
    Ok(())
}

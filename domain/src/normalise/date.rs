//! Dates as French producers write them, to spans of time.
//!
//! Three readers, the quickest first: EDTF and ISO ([`edtf`]), a grammar over words of dates
//! ([`grammar`]), names of periods ([`epoch`]). A text is understood whole or not at all.

mod core;
mod cursor;
mod day;
mod edtf;
mod epoch;
mod grammar;
mod marks;
mod point;
mod span;
#[cfg(test)]
mod tests;
mod token;
mod word;

use crate::issue::Issue;
use crate::meaning::{Entity, Meaning, TimeSpan};
use crate::record::{Property, Record, Value};
use token::Tokens;

/// Code of the issue of a date that has no meaning.
pub const NOT_UNDERSTOOD: &str = "date_not_understood";

/// The properties that say when.
pub const PROPERTIES: [Property; 4] =
    [Property::Created, Property::Issued, Property::Date, Property::Temporal];

/// What a text of a date means; nothing when it is not understood whole. Several dates in one
/// text are several meanings.
pub fn meanings(text: &str) -> Vec<Meaning> {
    let text = text.trim();
    if let Some(span) = edtf::read(text) {
        return vec![span.meaning()];
    }
    let Some(tokens) = Tokens::of(text) else { return Vec::new() };
    let read = read(&tokens);
    if !read.is_empty() || !text.contains(';') {
        return read;
    }
    // Periods by name beside others.
    let mut all = Vec::new();
    for part in text.split(';') {
        let Some(tokens) = Tokens::of(part) else { return Vec::new() };
        let mut found = self::read(&tokens);
        if found.is_empty() {
            return found;
        }
        all.append(&mut found);
    }
    all
}

fn read(tokens: &Tokens) -> Vec<Meaning> {
    if !tokens.foreign
        && let Some(spans) = grammar::read(tokens.list())
    {
        return spans.iter().map(span::Span::meaning).collect();
    }
    epoch::read(tokens).map(|span| span.meaning()).into_iter().collect()
}

/// The one span of time that a text means, for whoever has a date outside of a record.
pub fn time_span(text: &str) -> Option<TimeSpan> {
    let mut all = meanings(text);
    match (all.pop()?.entity, all.is_empty()) {
        (Entity::Time(span), true) => Some(span),
        _ => None,
    }
}

/// Gives the dates of a record their meanings, and notes those that have none though they look as
/// if they should.
pub fn normalise(record: &mut Record, issues: &mut Vec<Issue>) {
    for property in PROPERTIES {
        let Some(values) = record.values.get_mut(&property) else { continue };
        for value in values.iter_mut().filter(|value| value.meanings.is_empty()) {
            value.meanings = meanings(&value.text);
        }
        pair(values);
        for value in values.iter().filter(|value| value.meanings.is_empty()) {
            if looks_like_a_date(&value.text) {
                issues.push(Issue::new(NOT_UNDERSTOOD, value.field.clone(), &value.text));
            }
        }
    }
}

/// `1865 entre` and `1908 et` are one statement that a separator has cut in two.
fn pair(values: &mut [Value]) {
    for at in 0..values.len() {
        let Some(value) = values.get(at) else { return };
        if !value.meanings.is_empty() || !value.text.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        for (first, second) in [(Some(at), at.checked_add(1)), (at.checked_sub(1), Some(at))] {
            let (Some(first), Some(second)) = (first, second) else { continue };
            let (Some(a), Some(b)) = (values.get(first), values.get(second)) else { continue };
            if a.field != b.field {
                continue;
            }
            let both = meanings(&[a.text.as_str(), ", ", b.text.as_str()].concat());
            if both.len() == 1 {
                for index in [first, second] {
                    if let Some(value) = values.get_mut(index) {
                        value.meanings.clone_from(&both);
                    }
                }
                break;
            }
        }
    }
}

/// Whether a text has digits or a word of dates, and does not say that there is no date.
fn looks_like_a_date(text: &str) -> bool {
    let Some(tokens) = Tokens::of(text.trim()) else {
        return text.bytes().any(|b| b.is_ascii_digit());
    };
    tokens.digits || tokens.dated
}

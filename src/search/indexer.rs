//! Objects into the index.

use super::analyzer::{fold, identifier};
use super::card::Card;
use super::century::{centuries, centuries_between};
use super::facet::rights_class;
use super::queue::{Queue, Queued};
use super::schema::{Fields, Pair};
use crate::store::object::{ObjectRow, ObjectStatus};
use domain::meaning::Entity;
use domain::merge::MergedRecord;
use domain::record::{Property, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use tantivy::schema::Field;
use tantivy::{IndexWriter, TantivyDocument, Term};

/// Memory of the writer before it starts a new segment, in bytes.
pub(super) const WRITER_BYTES: usize = 24 << 20;

/// Segments of more documents are not merged any more: merging takes memory by the document.
pub(super) const LARGEST_MERGED: usize = 250_000;

/// Longest facet value, in characters: what is longer is prose, and no one filters by it.
const LONGEST_FACET: usize = 120;

/// Properties searched as names: fewer words, more weight than prose.
const NAMES: [Property; 6] = [
    Property::Creator,
    Property::Contributor,
    Property::Type,
    Property::Subject,
    Property::Spatial,
    Property::CurrentLocation,
];

/// Adds an object that was [removed](remove) before: live and open ones are, the others are not.
pub(super) fn put(
    writer: &IndexWriter<Queued>,
    queue: &Arc<Queue>,
    fields: &Fields,
    row: &ObjectRow,
) -> Result<(), tantivy::TantivyError> {
    if row.status == ObjectStatus::Live
        && let Some(record) = row.record.as_ref().filter(|record| record.rights.metadata_open)
    {
        writer.add_document(queue.admit(document(fields, row, record)))?;
    }
    Ok(())
}

/// Takes an object out of the index.
pub(super) fn remove(writer: &IndexWriter<Queued>, fields: &Fields, object_id: &str) {
    writer.delete_term(Term::from_field_text(fields.object, object_id));
}

fn document(fields: &Fields, row: &ObjectRow, record: &MergedRecord) -> TantivyDocument {
    let card = Card::of(row, record);
    let mut document = TantivyDocument::default();
    document.add_text(fields.object, &row.object_id);
    document.add_i64(fields.datestamp, row.datestamp);
    document.add_text(fields.title_sort, title_key(&card.title));

    let titles = [Property::Title, Property::Alternative].into_iter().flat_map(|p| record.get(p));
    let mut has_title = false;
    for value in titles {
        add_pair(&mut document, fields.title, &value.value.text);
        has_title = true;
    }
    if !has_title {
        add_pair(&mut document, fields.title, &card.title);
    }
    for (property, values) in &record.values {
        if matches!(property, Property::Title | Property::Alternative) {
            continue;
        }
        let pair = if NAMES.contains(property) { fields.names } else { fields.body };
        for value in values {
            add_pair(&mut document, pair, &value.value.text);
        }
    }
    add_pair(&mut document, fields.names, &record.data_provider);
    for image in &record.images {
        for text in image.label.iter().chain(&image.credit) {
            add_pair(&mut document, fields.body, text);
        }
    }
    for id in identifiers(row, record) {
        document.add_text(fields.identifier, id);
    }
    add_facets(&mut document, fields, record);
    // A card is made of texts and numbers: writing it as JSON cannot fail.
    document.add_text(fields.card, serde_json::to_string(&card).unwrap_or_default());
    document
}

fn add_pair(document: &mut TantivyDocument, pair: Pair, text: &str) {
    document.add_text(pair.exact, text);
    document.add_text(pair.stemmed, text);
}

/// Every name under which the object can be asked for: its id, the references of its members, its
/// inventory numbers, whole and part by part.
fn identifiers(row: &ObjectRow, record: &MergedRecord) -> BTreeSet<String> {
    let mut found = BTreeSet::from([identifier(&row.object_id)]);
    found.extend(record.members.iter().map(|member| identifier(&member.local_id)));
    for value in record.get(Property::Identifier) {
        let text = &value.value.text;
        found.insert(identifier(text));
        found.extend(text.split([';', ',', '|']).map(identifier));
    }
    found.retain(|id| id.len() >= 2);
    found
}

fn add_facets(document: &mut TantivyDocument, fields: &Fields, record: &MergedRecord) {
    document.add_text(fields.base, &record.base);
    document.add_text(fields.kind, record.kind.as_str());
    document.add_text(fields.image, if record.images.is_empty() { "no" } else { "yes" });
    document.add_text(fields.rights, rights_class(&record.rights));
    add_facet(document, fields.provider, [record.data_provider.as_str()]);
    add_facet(document, fields.flag, record.flags.iter().map(String::as_str));
    add_facet(document, fields.type_, texts(record, &[Property::Type]));
    add_facet(
        document,
        fields.creator,
        texts(record, &[Property::Creator]).map(without_parenthesis),
    );
    add_facet(
        document,
        fields.place,
        texts(record, &[Property::Spatial, Property::CurrentLocation]),
    );
    let dates = [Property::Created, Property::Issued, Property::Date, Property::Temporal];
    // What it was made in decides; other dates only speak when that is silent.
    let mut periods = BTreeSet::new();
    let mut years = None;
    for property in dates {
        for value in record.get(property) {
            let spans = years_of(&value.value);
            periods.extend(match spans {
                Some((begin, end)) => centuries_between(begin, end),
                None => centuries(&value.value.text),
            });
            years = match (years, spans) {
                (Some((begin, end)), Some((b, e))) => Some((b.min(begin), e.max(end))),
                (known, found) => known.or(found),
            };
        }
        if !periods.is_empty() || years.is_some() {
            break;
        }
    }
    if let Some((begin, end)) = years {
        document.add_i64(fields.begin_year, i64::from(begin));
        document.add_i64(fields.end_year, i64::from(end));
    }
    for century in periods {
        document.add_text(fields.period, century.to_string());
    }
}

/// First and last year of what a value means; a span that is open at one end counts as the other.
fn years_of(value: &Value) -> Option<(i32, i32)> {
    let ends = value.meanings.iter().filter_map(|meaning| match &meaning.entity {
        Entity::Time(span) => {
            let (begin, end) = (span.begin_year(), span.end_year());
            Some((begin.or(end)?, end.or(begin)?))
        }
        _ => None,
    });
    ends.reduce(|(begin, end), (b, e)| (b.min(begin), e.max(end)))
}

fn texts<'a>(
    record: &'a MergedRecord,
    properties: &'a [Property],
) -> impl Iterator<Item = &'a str> {
    properties.iter().flat_map(|property| record.get(*property)).map(|v| v.value.text.as_str())
}

fn add_facet<'a>(
    document: &mut TantivyDocument,
    field: Field,
    values: impl IntoIterator<Item = &'a str>,
) {
    let values: BTreeSet<&str> = values
        .into_iter()
        .map(str::trim)
        .filter(|value| !value.is_empty() && value.chars().count() <= LONGEST_FACET)
        .collect();
    for value in values {
        document.add_text(field, value);
    }
}

/// `MONET Claude (peintre)` → `MONET Claude`: the role must not make two authors of one.
fn without_parenthesis(text: &str) -> &str {
    let text = text.trim();
    match text.strip_suffix(')').and_then(|_| text.rfind('(')) {
        Some(at) if at > 0 => text.get(..at).unwrap_or(text).trim_end(),
        _ => text,
    }
}

/// What titles are sorted by: folded, from the first letter or digit on.
fn title_key(title: &str) -> String {
    fold(title).trim_start_matches(|c: char| !c.is_alphanumeric()).chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_does_not_make_another_author() {
        assert_eq!(without_parenthesis("MONET Claude (peintre)"), "MONET Claude");
        assert_eq!(without_parenthesis("(anonyme)"), "(anonyme)");
        assert_eq!(without_parenthesis("a (b) c"), "a (b) c");
    }

    #[test]
    fn titles_sort_by_their_first_letter() {
        assert_eq!(title_key("« Étude »"), "etude »");
    }
}

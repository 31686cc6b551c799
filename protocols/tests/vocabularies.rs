//! Concepts of real records: how many values are found, and whether they are right.

#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "tests fail by panicking"
)]

use domain::meaning::Entity;
use domain::normalise::concept::{Found, Vocabulary};
use domain::record::{Property, Record};
use domain::source_record::{Field, SourceRecord};
use protocols::crosswalk::{Context, Table};
use protocols::vocabulary::{Format, Options, builtin, read};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ASKED: [Property; 3] = [Property::Type, Property::Subject, Property::Medium];

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PASSERELLE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = root.join("data").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

fn records(path: &Path, delimiter: u8) -> Vec<Record> {
    let table = Table::builtin("joconde").unwrap();
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let fields = headers.iter().zip(&row).filter(|(_, value)| !value.is_empty());
            let source = SourceRecord {
                local_id: "1".to_owned(),
                deleted: false,
                datestamp: None,
                sets: Vec::new(),
                origin: None,
                fields: fields.map(|(name, value)| Field::new(name, value)).collect(),
            };
            table.apply(&source, &Context::default()).value
        })
        .collect()
}

fn find(
    vocabularies: &[Vocabulary],
    property: Property,
    text: &str,
    lang: Option<&str>,
) -> Option<String> {
    vocabularies.iter().find_map(|vocabulary| {
        let Found::Concept(meaning) = vocabulary.look_up(property, text, lang) else { return None };
        let Entity::Concept(concept) = meaning.entity else { return None };
        Some(concept.uri)
    })
}

fn lists() -> Option<Vec<Vocabulary>> {
    let mut out = Vec::new();
    for (file, property) in [
        ("lexdeno", Property::Type),
        ("lexdomn", Property::Type),
        ("lexdomn", Property::Subject),
        ("lextech", Property::Medium),
        ("lexrepr", Property::Subject),
    ] {
        let path = shared(&format!("thesauri/joconde-lexiques/{file}.txt"))?;
        let options = Options {
            name: file.to_owned(),
            properties: vec![property],
            lang: "fr".to_owned(),
            base: format!("https://musee.example/{file}/"),
        };
        out.push(read(&std::fs::read(path).unwrap(), Format::List, &options).unwrap());
    }
    Some(out)
}

#[test]
fn shares_of_values_and_records_with_a_concept() {
    let Some(lists) = lists() else { return };
    for (file, delimiter, built_in_at_least, with_lists_at_least) in [
        ("joconde/joconde_notices.csv", b',', 96, 100),
        ("joconde/joconde_arts_decoratifs.csv", b';', 90, 100),
    ] {
        let Some(path) = shared(file) else { return };
        let records = records(&path, delimiter);
        let own = builtin().to_vec();
        let both: Vec<Vocabulary> = lists.iter().cloned().chain(builtin()).collect();
        for (name, vocabularies, at_least) in
            [("built-in", &own, built_in_at_least), ("with lists", &both, with_lists_at_least)]
        {
            let mut counts: BTreeMap<Property, (u32, u32)> = BTreeMap::new();
            let mut with_one = 0_usize;
            for record in &records {
                let mut any = false;
                for property in ASKED {
                    for value in record.get(property) {
                        let count = counts.entry(property).or_default();
                        count.0 += 1;
                        let lang = value.lang.as_deref();
                        if find(vocabularies, property, &value.text, lang).is_some() {
                            count.1 += 1;
                            any = true;
                        }
                    }
                }
                with_one += usize::from(any);
            }
            eprintln!("{file}, {name}: {with_one} of {} records; {counts:?}", records.len());
            assert!(with_one * 100 >= at_least * records.len(), "{file} {name}");
        }
    }
}

/// The commonest 140 values that the built-in vocabularies know, read by a person.
#[test]
fn built_in_concepts_of_the_sample_are_right() {
    let own = builtin().to_vec();
    let wrong: Vec<&str> = include_str!("samples/concepts.tsv")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let property = Property::parse(cells[0]).unwrap();
            let found = find(&own, property, cells[1], Some("fr")).unwrap_or_default();
            (found != cells[2]).then_some(cells[1])
        })
        .collect();
    assert_eq!(wrong, Vec::<&str>::new());
}

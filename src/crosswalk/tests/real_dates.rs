//! How many of the distinct forms of dates in the real extracts are understood.

use super::*;
use domain::normalise::date;
use domain::record::{Kind, Property, Record, Value};
use std::collections::BTreeMap;
use std::io::Read as _;

/// A file, its columns of dates, and what cuts their values.
const COLUMNS: &[(&str, char, &[&str], &[char])] = &[
    (
        "joconde/joconde_notices.csv",
        ',',
        &[
            "Période_de_création",
            "Millésime",
            "Période_de_l'original_copié",
            "Période_d'utilisation",
            "Millésime_d'utilisation",
            "Epoque",
        ],
        &[';', ','],
    ),
    ("joconde/joconde_notices.csv", ',', &["Date_d'acquisition", "Date_de_dépôt"], &[]),
    ("joconde/joconde_arts_decoratifs.csv", ';', &["periode_de_creation", "epoque"], &[';', ',']),
    ("joconde/joconde_arts_decoratifs.csv", ';', &["millesime_de_creation"], &[';']),
    ("joconde/joconde_arts_decoratifs.csv", ';', &["date_acquisition"], &[]),
    ("joconde/wikidata_works_with_joconde_id.csv", ',', &["dateoeuvre"], &[]),
    ("memoire/memoire_mh_idf_1851_1914.csv", ';', &["scle", "datpv"], &[';']),
    ("memoire/archives_nationales_trudaine.csv", ',', &["Date du document"], &[]),
    ("museo/liste_musees_de_france_2025.csv", ';', &["Date arrêté attribution appellation"], &[]),
    ("museo/museofile_2025.json", '{', &["annee_creation"], &[]),
    ("merimee/merimee_toulouse.geojson.gz", '{', &["chpscle", "chpscld", "chpdate"], &[';']),
    ("intl/aac/NPGObjects3.csv.zst", ',', &["Dated"], &[]),
    ("intl/kuleuven/Magister_Dixit_Collection_Dataset.csv.zst", ',', &["Date_1", "Date_2"], &[]),
    ("intl/tate/tate_artworks.jsonl.zst", '{', &["dateText"], &[]),
    ("intl/wcma/wcma_objects.json.zst", '{', &["creation_date"], &[]),
    ("archives/anf_minutier_components.jsonl.zst", '{', &["date"], &[]),
];

fn content(path: &std::path::Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    let mut out = Vec::new();
    match path.extension()?.to_str()? {
        "gz" => drop(flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut out)),
        "zst" => {
            let mut decoder = zstd::Decoder::new(bytes.as_slice()).ok()?;
            decoder.window_log_max(27).ok()?;
            decoder.read_to_end(&mut out).ok()?;
        }
        _ => out = bytes,
    }
    Some(String::from_utf8_lossy(&out).trim_start_matches('\u{FEFF}').to_owned())
}

/// The cells of columns, one list a row.
fn cells(text: &str, kind: char, columns: &[&str]) -> Vec<String> {
    if kind == '{' {
        let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with('{')).count();
        let values: Vec<serde_json::Value> = if lines > 1 && !text.starts_with('[') {
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        } else {
            vec![serde_json::from_str(text).unwrap()]
        };
        let mut found = Vec::new();
        for value in &values {
            collect(value, columns, &mut found);
        }
        return found;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(kind).unwrap())
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let places: Vec<usize> = columns
        .iter()
        .filter_map(|name| headers.iter().position(|header| header == *name))
        .collect();
    assert_eq!(places.len(), columns.len(), "{columns:?} in {headers:?}");
    let rows = reader.records().filter_map(Result::ok);
    rows.flat_map(|row| {
        places.iter().filter_map(|at| row.get(*at).map(str::to_owned)).collect::<Vec<_>>()
    })
    .collect()
}

fn collect(value: &serde_json::Value, keys: &[&str], found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if keys.contains(&key.as_str()) => found.push(text.to_owned()),
                    Some(_) => {}
                    None => collect(value, keys, found),
                }
            }
        }
        serde_json::Value::Array(list) => {
            for value in list {
                collect(value, keys, found);
            }
        }
        _ => {}
    }
}

/// Whether a text has a year or a century in it: `sans date` and `style Rocaille` have none.
fn is_dated(text: &str) -> bool {
    let folded = domain::fold::fold(text);
    folded.bytes().any(|byte| byte.is_ascii_digit())
        || folded.contains("siecle")
        || folded.contains("century")
}

#[test]
fn nearly_all_forms_of_years_and_centuries_of_the_real_extracts_are_understood() {
    let shared = std::env::var_os("PASSERELLE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let mut all: BTreeMap<String, bool> = BTreeMap::new();
    for (file, kind, columns, separators) in COLUMNS {
        let path = shared.join("data").join(file);
        let Some(text) = content(&path) else {
            eprintln!("skipped: {} is not there", path.display());
            continue;
        };
        for column in *columns {
            let mut forms: BTreeMap<String, bool> = BTreeMap::new();
            for cell in cells(&text, *kind, &[*column]) {
                let mut record = Record::new(Kind::MuseumObject);
                for part in cell.split(*separators) {
                    record.push(Property::Created, Value::plain(part.trim()));
                }
                date::normalise(&mut record, &mut Vec::new());
                for value in record.get(Property::Created).iter().filter(|v| is_dated(&v.text)) {
                    let read = !value.meanings.is_empty();
                    *forms.entry(value.text.clone()).or_default() |= read;
                }
            }
            let read = forms.values().filter(|read| **read).count();
            eprintln!("{file} {column}: {read} of {} forms", forms.len());
            for (form, read) in forms {
                *all.entry(form).or_default() |= read;
            }
        }
    }
    // The forms of one large file must not carry the others: they are counted without it too.
    let is_plain_day =
        |form: &str| date::meanings(form).first().is_some_and(|meaning| meaning.rule == "date.day");
    let share = |forms: &[(&String, &bool)]| {
        let read = forms.iter().filter(|(_, read)| **read).count();
        eprintln!("{read} of {} distinct forms", forms.len());
        if forms.is_empty() { 100.0 } else { 100.0 * read as f64 / forms.len() as f64 }
    };
    assert!(share(&all.iter().collect::<Vec<_>>()) >= 99.0);
    let rest: Vec<_> = all.iter().filter(|(form, _)| !is_plain_day(form)).collect();
    assert!(share(&rest) >= 97.0);
}

//! Real files, counted against what their README says.

use crate::support::{Read, open_path, rules};
use passerelle::config::source::FileOptions;
use std::path::PathBuf;

/// A folder of the shared data: `PASSERELLE_SHARED`, else `../shared` beside the workspace.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let path = root.join("data").join(folder);
    if path.is_dir() {
        Some(path)
    } else {
        eprintln!("skipped: no shared data at {}", path.display());
        None
    }
}

struct Expected {
    file: &'static str,
    key: &'static str,
    rows: usize,
    quarantined: usize,
    options: FileOptions,
}

fn expect(file: &'static str, key: &'static str, rows: usize, quarantined: usize) -> Expected {
    Expected { file, key, rows, quarantined, options: FileOptions::default() }
}

fn check(folder: &str, expected: Vec<Expected>) {
    let Some(folder) = shared(folder) else { return };
    let mut wrong = Vec::new();
    for e in expected {
        let path = folder.join(e.file);
        let read = match open_path(&path, &e.options, &rules(&[e.key], &[])) {
            Ok(reader) => Read::all(reader),
            Err(error) => {
                wrong.push(format!("{}: {error}", e.file));
                continue;
            }
        };
        let quarantined = read.refusals().len();
        if read.error.is_some() || read.rows.len() != e.rows || quarantined != e.quarantined {
            let first = read.refusals().first().map(|r| format!("{} {}", r.code, r.detail));
            wrong.push(format!(
                "{}: {} rows of {}, {quarantined} quarantined of {} ({first:?}), {:?}",
                e.file,
                read.rows.len(),
                e.rows,
                e.quarantined,
                read.error
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Raw lines without a header: the columns of the base, and more cells than those.
fn raw(file: &'static str, columns: usize, rows: usize, quarantined: usize) -> Expected {
    let names = std::iter::once("REF".to_owned()).chain((2..=columns).map(|n| format!("C{n}")));
    let options =
        FileOptions { skip_lines: 1, columns: Some(names.collect()), ..FileOptions::default() };
    Expected { file, key: "REF", rows, quarantined, options }
}

#[test]
fn every_row_of_joconde_is_accounted_for() {
    check(
        "joconde",
        vec![
            // 654 rows have nothing in their column of references.
            expect("joconde_arts_decoratifs.csv", "reference", 4083, 654),
            expect("joconde_auteurs_peintures.csv", "Id", 14949, 0),
            expect("joconde_notices.csv", "Numéro_de_l'objet", 2197, 0),
            expect("wikidata_works_with_joconde_id.csv", "identifiant", 15435, 0),
            raw("joconde_raw_77cols_malformed.psv", 77, 202, 202),
        ],
    );
}

#[test]
fn every_row_of_memoire_and_merimee_is_accounted_for() {
    check(
        "memoire",
        vec![
            // The README says 201; Python's csv module finds 69 as well: the rest are lines in quotes.
            expect("archives_nationales_trudaine.csv", "Fichier", 69, 0),
            expect("memoire_mh_idf_1851_1914.csv", "ref", 2028, 0),
            raw("memoire_raw_116cols_malformed.psv", 116, 1, 1),
        ],
    );
    check(
        "merimee",
        vec![
            // One of the terms is empty.
            expect("denominations_latin1.json", "value", 1044, 1),
            expect("jardins_remarquables.json", "nom_du_jardin", 455, 0),
            // This file has no references; the position serves as key.
            expect("merimee_toulouse.geojson.gz", "chpcoorwgs84", 2064, 0),
            expect("monuments_grand_est.csv", "Source", 1011, 0),
            raw("merimee_raw_113cols_malformed.psv", 113, 2, 2),
        ],
    );
}

#[test]
fn every_row_of_museofile_palissy_and_mnr_is_accounted_for() {
    check(
        "museo",
        vec![
            expect("liste_musees_de_france_2025.csv", "Identifiant Muséofile", 1217, 0),
            expect("museofile_2020_labels.csv.gz", "Identifiant", 1216, 0),
            expect("museofile_2023_api.csv.gz", "ref", 1227, 0),
            expect("museofile_2025.json", "identifiant", 1225, 0),
        ],
    );
    check(
        "palissy",
        vec![
            expect("orgues_index_20200712.csv", "Codification", 7837, 0),
            expect("orgues_index_before_pop.csv.gz", "Codification_instrument", 7854, 0),
            expect("palissy_orgues.csv", "Codification", 959, 0),
            raw("palissy_raw_109cols_malformed.psv", 109, 9, 9),
        ],
    );
    check(
        "mnr",
        vec![
            expect("mnr-valid-UTF-8.csv", "REF", 1, 0),
            raw("mnr_raw_52cols_malformed.psv", 52, 4, 4),
        ],
    );
}

#[test]
fn every_row_of_the_foreign_museums_is_accounted_for() {
    check(
        "intl",
        vec![
            expect("kuleuven/Magister_Dixit_Collection_Dataset.csv.zst", "Record_ID", 552, 0),
            expect("aac/NPGConstituents3.csv.zst", "ConstituentID", 12734, 0),
            expect("aac/NPGObjConXrefs3.csv.zst", "ConXrefID", 42429, 0),
            expect("aac/NPGObjects3.csv.zst", "ObjectID", 16846, 0),
            expect("aac/NPGWebImageURLs.csv.zst", "ObjectID", 15090, 0),
            expect("tate/tate_artists.jsonl.zst", "id", 3538, 0),
            expect("tate/tate_artworks.jsonl.zst", "id", 69202, 0),
            expect("whitney/whitney_artists.csv.zst", "id", 4095, 0),
            expect("moma/moma_artists.json.zst", "ConstituentID", 14839, 0),
            expect("wcma/wcma_objects.json.zst", "id", 3600, 0),
        ],
    );
}

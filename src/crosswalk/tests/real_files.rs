//! The tables on real extracts, when these are there.

use super::*;
use std::io::Read as _;

struct Case {
    file: &'static str,
    mapping: &'static str,
    delimiter: u8,
    /// Least share of columns that the table knows, in percent.
    columns: usize,
}

const CASES: &[Case] = &[
    Case { file: "joconde/joconde_notices.csv", mapping: "joconde", delimiter: b',', columns: 97 },
    // Half of its columns were derived by whoever published it (`Domaine-1` … `Domaine-5`).
    Case {
        file: "joconde/joconde_arts_decoratifs.csv",
        mapping: "joconde",
        delimiter: b';',
        columns: 44,
    },
    Case {
        file: "memoire/memoire_mh_idf_1851_1914.csv",
        mapping: "memoire",
        delimiter: b';',
        columns: 97,
    },
    Case { file: "mnr/mnr-valid-UTF-8.csv", mapping: "mnr", delimiter: b';', columns: 100 },
    Case {
        file: "museo/liste_musees_de_france_2025.csv",
        mapping: "museofile",
        delimiter: b';',
        columns: 100,
    },
    Case {
        file: "museo/museofile_2020_labels.csv.gz",
        mapping: "museofile",
        delimiter: b';',
        columns: 100,
    },
    Case {
        file: "museo/museofile_2023_api.csv.gz",
        mapping: "museofile",
        delimiter: b';',
        columns: 100,
    },
];

fn shared() -> PathBuf {
    std::env::var_os("PASSERELLE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

#[test]
fn real_columns_are_known_and_real_records_have_titles() {
    for case in CASES {
        let path = shared().join("data").join(case.file);
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("skipped: {} is not there", path.display());
            continue;
        };
        let mut text = Vec::new();
        if path.extension().is_some_and(|ending| ending == "gz") {
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        } else {
            text = bytes;
        }
        let crosswalk =
            Crosswalk::for_source(&config(&format!("mapping = \"{}\"", case.mapping))).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(case.delimiter)
            .flexible(true)
            .from_reader(text.as_slice());
        let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let named: Vec<&String> = columns.iter().filter(|column| !column.is_empty()).collect();
        let unknown: Vec<&&String> =
            named.iter().filter(|column| crosswalk.role_of(column) == FieldRole::Unknown).collect();
        let share = 100 * (named.len() - unknown.len()) / named.len();
        assert!(
            share >= case.columns,
            "{}: {share} % of columns known; unknown: {unknown:?}",
            case.file
        );

        let (mut rows, mut titled, mut named_records) = (0, 0, 0);
        for row in reader.records() {
            let row = row.unwrap();
            let fields: Vec<(&str, &str)> = columns
                .iter()
                .map(String::as_str)
                .zip(row.iter())
                .filter(|(_, value)| !value.is_empty())
                .collect();
            let parsed = crosswalk.apply(&record(&fields)).value;
            rows += 1;
            titled += usize::from(!parsed.get(domain::record::Property::Title).is_empty());
            // A row without its key is for the quarantine.
            let key = |name: &str| {
                crosswalk.key_fields().iter().any(|key| key.to_lowercase() == name.to_lowercase())
            };
            let keyed = fields.iter().any(|(name, _)| key(name));
            named_records += usize::from(!parsed.names.is_empty() || !keyed);
            assert!(domain::rights::is_accepted(&parsed.rights.statement));
        }
        eprintln!("{}: {rows} rows, {titled} with a title, {share} % of columns", case.file);
        assert!(
            titled * 100 >= rows * 99,
            "{}: {titled} of {rows} records have a title",
            case.file
        );
        assert_eq!(named_records, rows, "{}: every record has a name", case.file);
    }
}

#[test]
fn every_schedule_of_the_real_data_has_a_crosswalk() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conformance-tests/real-data/schedules");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let mut source: SourceConfig = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        source.id =
            domain::identifier::SourceId::new(path.file_stem().unwrap().to_str().unwrap()).unwrap();
        source.folder.clone_from(&folder);
        Crosswalk::for_source(&source)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        seen += 1;
    }
    assert!(seen >= 25, "{seen}");
}

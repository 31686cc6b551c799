//! Files made to harm: read within the limits, each bad row costing itself only.

use crate::shared::shared;
use crate::support::{Read, open_path, read_as, rules};
use passerelle::config::source::FileOptions;
use passerelle::harvest::file::layers::{Counter, open};
use passerelle::harvest::file::limits::Limits;
use std::io::Write as _;

#[test]
fn a_field_of_thirty_megabytes_costs_its_row_only() {
    let huge = "é".repeat(15 << 20);
    for quoted in [true, false] {
        let field = if quoted { format!("\"{huge}\n;\"") } else { huge.clone() };
        let text = format!("REF;TITR\nA1;a\nA2;{field}\nA3;c\n");
        let read =
            read_as("a.csv", text.as_bytes(), &FileOptions::default(), &rules(&["REF"], &[]));
        assert_eq!(read.ids(), ["A1", "A3"]);
        assert_eq!(read.codes(), ["field_too_long"]);
        assert!(read.refusals()[0].body.len() <= 64 << 10);
        assert!(read.body.len() < 100);
    }
    let lines = format!("{{\"REF\":1}}\n{{\"REF\":2,\"t\":\"{huge}\"}}\n{{\"REF\":3}}\n");
    let array = format!("[{}]", lines.trim().replace('\n', ","));
    for (name, text) in [("a.jsonl", lines), ("a.json", array)] {
        let read = read_as(name, text.as_bytes(), &FileOptions::default(), &rules(&["REF"], &[]));
        assert_eq!(read.ids(), ["1", "3"]);
        assert_eq!(read.codes(), ["field_too_long"]);
    }
}

#[test]
fn a_masked_column_stays_out_of_the_quarantine_of_an_oversize_row() {
    let text = format!("REF;PRIX;TITR\nA1;1000;{}\n", "x".repeat(17 << 20));
    let read =
        read_as("a.csv", text.as_bytes(), &FileOptions::default(), &rules(&["REF"], &["PRIX"]));
    assert_eq!(read.codes(), ["field_too_long"]);
    assert!(!String::from_utf8_lossy(&read.refusals()[0].body).contains("1000"));
}

#[test]
fn a_quote_that_swallows_more_than_memory_holds_is_reported_with_its_place() {
    let rows: String = (0..1_200_000).map(|n| format!("B{n};abcdefgh\n")).collect();
    let text = format!("REF;TITR\nA1;\"open\n{rows}");
    let read = read_as("a.csv", text.as_bytes(), &FileOptions::default(), &rules(&["REF"], &[]));
    let error = format!("{:?}", read.error.unwrap());
    assert_eq!(error, "UnclosedQuote { row: 9, quote: 12 }");
}

#[test]
fn a_bomb_is_stopped_at_the_ratio_and_at_the_size() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b'x'; 20 << 20]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv.gz");
    std::fs::write(&path, bomb.finish().unwrap()).unwrap();
    for (limits, said) in [
        (Limits { ratio_from: 10 << 20, ..Limits::default() }, Some("times its size")),
        (Limits { max_bytes: 15 << 20, ..Limits::default() }, Some("more than 15728640 bytes")),
        (Limits::default(), None),
    ] {
        let mut opened = open(&path, None, &limits, &Counter::default()).unwrap();
        let copied = std::io::copy(&mut opened.reader, &mut std::io::sink());
        match said {
            Some(said) => assert!(copied.unwrap_err().to_string().contains(said)),
            None => assert_eq!(copied.unwrap(), 20 << 20),
        }
    }
}

#[test]
fn the_hostile_files_are_read_or_refused_in_bounds() {
    let Some(folder) = shared("hostile-synthetic") else { return };
    let key = rules(&["REF"], &[]);
    let options = FileOptions::default();
    let read = |name: &str| Read::all(open_path(&folder.join(name), &options, &key).unwrap());

    let utf16 = read("csv/bom_utf16le.csv");
    assert_eq!(utf16.fields(0), ["REF=A1", "TITR=Église", "AUTR=é", "PERI=c"]);
    assert_eq!(read("csv/cr_only.csv").ids(), ["A1", "A2"]);
    assert_eq!(
        read("csv/formula_injection.csv").fields(0),
        ["REF=A1", "TITR==HYPERLINK(\"http://127.0.0.1/\",\"x\")", "AUTR=+1+1", "PERI=@SUM(A1)"]
    );
    assert_eq!(read("csv/html_script.csv").ids(), ["A1"]);
    let nul = read("csv/nul_bytes.csv");
    assert_eq!(nul.fields(0), ["REF=A1", "TITR=Vue de Paris"]);
    assert_eq!(nul.issues(0), ["nul_removed TITR"]);
    let huge = read("csv/huge_field_30MB.csv.gz");
    assert_eq!(huge.codes(), ["field_too_long"]);

    for bomb in ["gz/nested3_200MiB.gz.gz.gz", "gz/zeros_1GiB.gz"] {
        match open_path(&folder.join(bomb), &options, &key) {
            Ok(reader) => assert!(Read::all(reader).error.is_some(), "{bomb}"),
            Err(error) => assert!(!error.to_string().is_empty(), "{bomb}"),
        }
    }
}

//! Reading rows: dialects, encodings, compressions, JSON.

use crate::support::{Read, open_path, read_as, refused, rules};
use passerelle::config::source::FileOptions;
use passerelle::harvest::file::columns::Columns;
use passerelle::harvest::file::cutter::{Cutter, Dialect, cells};
use passerelle::harvest::file::limits::Limits;
use passerelle::harvest::file::window::Window;
use proptest::prelude::*;
use std::io::Write as _;

fn plain() -> FileOptions {
    FileOptions::default()
}

#[test]
fn every_delimiter_is_found_in_the_first_line() {
    for (name, text) in [
        ("a.csv", "REF,TITR\nA1,\"Vue, de Paris\"\n"),
        ("a.csv", "REF;TITR\nA1;Vue, de Paris\n"),
        ("a.csv", "REF|TITR\nA1|Vue, de Paris\n"),
        ("a.csv", "REF\tTITR\nA1\tVue, de Paris\n"),
        ("a.tsv", "REF\tTITR\r\nA1\tVue, de Paris\r\n"),
        ("a.psv", "REF|TITR\nA1|\"Vue, de Paris\""),
        ("a.ssv", "REF;TITR\rA1;Vue, de Paris\r"),
        ("a", "\u{FEFF}REF;TITR\nA1;Vue, de Paris\n"),
    ] {
        let read = read_as(name, text.as_bytes(), &plain(), &rules(&["REF"], &[]));
        assert_eq!(read.fields(0), ["REF=A1", "TITR=Vue, de Paris"], "{name} {text:?}");
        assert_eq!(read.body, "REF,TITR\nA1,\"Vue, de Paris\"\n", "{name} {text:?}");
        assert_eq!(read.rows.len(), 1);
    }
}

#[test]
fn quotes_hold_line_ends_delimiters_and_doubled_quotes() {
    let text = "REF;HIST;X\nA1;\"one\r\ntwo;\"\"three\"\"\n\";x\n\nA2;;\"\"\n";
    let read = read_as("a.csv", text.as_bytes(), &plain(), &rules(&["REF"], &[]));
    assert_eq!(read.fields(0), ["REF=A1", "HIST=one\r\ntwo;\"three\"\n", "X=x"]);
    assert_eq!(read.fields(1), ["REF=A2"]);
}

#[test]
fn quotes_are_characters_when_quoting_is_off() {
    let options = FileOptions { quoting: Some(false), ..plain() };
    let text = "REF|COOR\nA1|\"0794409;6291409\"\nA2|\"open\n";
    let read = read_as("a.psv", text.as_bytes(), &options, &rules(&["REF"], &[]));
    assert_eq!(read.fields(0), ["REF=A1", "COOR=\"0794409;6291409\""]);
    assert_eq!(read.fields(1), ["REF=A2", "COOR=\"open"]);
}

#[test]
fn a_stray_quote_does_not_swallow_the_rows_after_it() {
    let text = "REF;TITR\nA1;\"Vierge dite de Pitié\nA2;b\nA3;c \"d\" e\nA4;\"f\"\nA5;\"g\n";
    let read = read_as("a.csv", text.as_bytes(), &plain(), &rules(&["REF"], &[]));
    assert_eq!(read.ids(), ["A1", "A2", "A3", "A4", "A5"]);
    assert_eq!(read.fields(0), ["REF=A1", "TITR=\"Vierge dite de Pitié"]);
    assert_eq!(read.issues(0), ["stray_quote "]);
    assert_eq!(read.fields(4), ["REF=A5", "TITR=g"]);
}

#[test]
fn short_rows_are_taken_and_long_rows_quarantined_without_harm_to_their_neighbours() {
    let text = "REF;TITR;AUTR\nA1;a\nA2;a;b;c\nA3;a;b\n;;\n  ;x;y\nA4\n";
    let read = read_as("a.csv", text.as_bytes(), &plain(), &rules(&["REF"], &[]));
    assert_eq!(read.ids(), ["A1", "A3", "A4"]);
    assert_eq!(read.codes(), ["row_too_long", "no_identifier", "no_identifier"]);
    assert_eq!(read.body, "REF,TITR,AUTR\nA1,a,\nA2,a,b,c\nA3,a,b\n,,\n  ,x,y\nA4,,\n");
    assert_eq!(read.rows.len(), 6, "every row is accounted for");
}

#[test]
fn masked_columns_are_nowhere() {
    let text = "REF;PRIX;TITR;prix\nA1;1000;a;2000\n;3000;b;4000\nA2;x;5000;c;6000\n";
    let read = read_as("a.csv", text.as_bytes(), &plain(), &rules(&["REF"], &["Prix"]));
    assert_eq!(read.fields(0), ["REF=A1", "TITR=a"]);
    let everything = format!("{read:?}");
    for secret in ["1000", "2000", "3000", "4000", "5000", "6000"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
    assert_eq!(read.body, "REF,TITR\nA1,a\n,b\nA2\n");
}

#[test]
fn columns_without_a_name_give_no_field_and_repeated_names_are_numbered() {
    let text = "REF;;TITR; TITR ;\nA1;junk;a;b;junk\n";
    let read = read_as("a.csv", text.as_bytes(), &plain(), &rules(&["ref"], &[]));
    assert_eq!(read.fields(0), ["REF=A1", "TITR=a", "TITR#2=b"]);
    assert_eq!(read.body, "REF,,TITR,TITR#2,\nA1,junk,a,b,junk\n");
}

#[test]
fn keys_are_tried_in_order_and_whatever_their_case() {
    let text = "Reference;INV\nA1;i1\n;i2\n\u{A0} ;i3 \n";
    let read =
        read_as("a.csv", text.as_bytes(), &plain(), &rules(&["REF", "REFERENCE", "inv"], &[]));
    assert_eq!(read.ids(), ["A1", "i2", "i3"]);
}

#[test]
fn comment_lines_are_skipped_and_columns_can_be_given() {
    let options = FileOptions {
        skip_lines: 2,
        columns: Some(vec!["REF".to_owned(), "TITR".to_owned()]),
        ..plain()
    };
    let text = "# a \"comment\n#\nA1|a\nA2|b\n";
    let read = read_as("a.psv", text.as_bytes(), &options, &rules(&["REF"], &[]));
    assert_eq!(read.ids(), ["A1", "A2"]);
}

#[test]
fn encodings_are_declared_marked_or_repaired() {
    let latin = |text: &str| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
    let utf16: Vec<u8> =
        "\u{FEFF}REF;TITR\nA1;Église\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let declared = FileOptions { encoding: Some("ISO-8859-1".to_owned()), ..plain() };
    let key = rules(&["REF"], &[]);
    for (bytes, options, issues) in [
        ("REF;TITR\nA1;Église\n".as_bytes().to_vec(), plain(), vec![]),
        (latin("REF;TITR\nA1;\u{C9}glise\n"), plain(), vec!["encoding_repaired TITR"]),
        (latin("REF;TITR\nA1;\u{C9}glise\n"), declared.clone(), vec![]),
        ("\u{FEFF}REF;TITR\nA1;Église\n".as_bytes().to_vec(), declared, vec![]),
        (utf16, plain(), vec![]),
    ] {
        let read = read_as("a.csv", &bytes, &options, &key);
        assert_eq!(read.fields(0), ["REF=A1", "TITR=Église"]);
        assert_eq!(read.issues(0), issues);
    }
}

#[test]
fn what_is_not_a_table_is_refused_before_anything_is_deleted_for_it() {
    let key = rules(&["REF"], &[]);
    for (bytes, expected) in [
        ("<!DOCTYPE html><html>", "HTML"),
        ("\n <?xml version='1.0'?>", "HTML"),
        ("", "empty"),
        ("Référence;Titre\nA1;b\n", "file.key"),
    ] {
        let error = refused("a.csv", bytes.as_bytes(), &plain(), &key);
        assert!(error.contains(expected), "{bytes:?}: {error}");
    }
    assert!(refused("a.csv", &vec![0; 3 << 20], &plain(), &key).contains("header"));
}

#[test]
fn gzip_zstd_and_zip_are_known_by_their_first_bytes() {
    let text = b"REF;TITR\nA1;a\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    let gzip = gzip.finish().unwrap();
    let twice: Vec<u8> = [gzip.clone(), {
        let mut more = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        more.write_all(b"A2;b\n").unwrap();
        more.finish().unwrap()
    }]
    .concat();
    let key = rules(&["REF"], &[]);
    assert_eq!(read_as("a", &gzip, &plain(), &key).ids(), ["A1"]);
    assert_eq!(read_as("a.csv.gz", &twice, &plain(), &key).ids(), ["A1", "A2"]);
    assert_eq!(
        read_as("a.csv", &zstd::encode_all(&text[..], 3).unwrap(), &plain(), &key).ids(),
        ["A1"]
    );
    assert_eq!(read_as("a.zip", &zip(&[("x/a.csv.gz", &gzip)]), &plain(), &key).ids(), ["A1"]);
    let several = zip(&[("README.md", b"?"), ("b.csv", text), ("__MACOSX/b.csv", b"?")]);
    assert_eq!(read_as("a.zip", &several, &plain(), &key).ids(), ["A1"]);
    let two = zip(&[("b.csv", text), ("c.csv", b"REF\nC1\n")]);
    assert!(refused("a.zip", &two, &plain(), &key).contains("file.entry"));
    let named = FileOptions { entry: Some("c.csv".to_owned()), ..plain() };
    assert_eq!(read_as("a.zip", &two, &named, &key).ids(), ["C1"]);
}

#[test]
fn a_damaged_archive_says_so_and_keeps_the_rows_before() {
    let rows: String = (0..40_000).map(|n| format!("A{n};{}\n", n * 7919 % 10007)).collect();
    let text = format!("REF;TITR\n{rows}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut bytes = gzip.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let read = read_as("a.csv.gz", &bytes, &plain(), &rules(&["REF"], &[]));
    assert!(read.error.is_some());
    assert!(read.rows.len() > 1000 && read.rows.len() < 40_000);
    let mut bytes = zip(&[("a.csv", text.as_bytes())]);
    let crc = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap() + 16;
    bytes[crc] ^= 1;
    let read = read_as("a.zip", &bytes, &plain(), &rules(&["REF"], &[]));
    assert!(read.error.unwrap().to_string().contains("damaged"));
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn json_is_read_from_the_root_from_a_path_from_lines_and_from_geojson() {
    let key = rules(&["id", "value"], &["secret", "contact.mail"]);
    let at = |path: &str| FileOptions { records: Some(path.to_owned()), ..plain() };
    for (name, text, options) in [
        ("a.json", r#" [ {"id":"1","t":["a","b"]} , {"id":2,"t":null} ] "#, plain()),
        (
            "a.json",
            r#"{"n":[[{}]],"r":{"items":[{"id":"1","t":["a","b"]},{"id":2}]},"z":1}"#,
            at("r.items"),
        ),
        ("a.jsonl", "{\"id\":\"1\",\"t\":[\"a\",\"b\"]}\r\n\n{\"id\":2}\n", plain()),
        ("a.json", "{\"id\":\"1\",\"t\":[\"a\",\"b\"]}\n{\n\"id\":2}\n", plain()),
        ("a", "{\"id\":\"1\",\"t\":[\"a\",\"b\"]},{\"id\":2}", plain()),
    ] {
        let read = read_as(name, text.as_bytes(), &options, &key);
        assert_eq!(read.ids(), ["1", "2"], "{text}");
        assert_eq!(read.fields(0), ["id=1", "t=a", "t=b"], "{text}");
    }
    let geo = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","geometry":{"type":"Point","coordinates":[1.5,43.6]},"properties":{"id":"1","deno":"x"}},
        {"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]},"properties":{"id":"2"}},
        {"type":"Feature","geometry":null,"properties":{"id":"3"}}]}"#;
    let read = read_as("a.geojson", geo.as_bytes(), &plain(), &key);
    assert_eq!(read.fields(0), ["id=1", "deno=x", "geometry=43.6,1.5"]);
    assert_eq!(
        read.fields(1),
        ["id=2", "geometry.type=LineString", "geometry.coordinates=[[1,2],[3,4]]"]
    );
    assert_eq!(read.ids(), ["1", "2", "3"]);
    let terms = read_as("a.json", br#"["voie","maison"]"#, &plain(), &key);
    assert_eq!(terms.ids(), ["voie", "maison"]);
}

#[test]
fn nested_json_is_flattened_and_masked_at_any_depth() {
    let key = rules(&["id"], &["secret", "contact.mail"]);
    let text = r#"{"id":1,"secret":"s1","contact":{"mail":"s2","name":"n"},"list":[{"secret":"s3","k":true},{"k":1.50}],"mail":"m","empty":""}"#;
    let read = read_as("a.jsonl", text.as_bytes(), &plain(), &key);
    assert_eq!(read.fields(0), ["id=1", "contact.name=n", "list.k=true", "list.k=1.5", "mail=m"]);
    assert_eq!(
        read.body,
        "{\"id\":1,\"contact\":{\"name\":\"n\"},\"list\":[{\"k\":true},{\"k\":1.5}],\"mail\":\"m\",\"empty\":\"\"}\n"
    );
    let broken = read_as("a.jsonl", b"{\"id\":1,\"secret\":\"s1\"\n{\"id\":2}\n", &plain(), &key);
    assert_eq!(broken.ids(), ["2"]);
    assert_eq!(broken.codes(), ["not_json"]);
    assert!(!format!("{broken:?}").contains("s1"));
}

#[test]
fn one_bad_json_value_costs_itself() {
    let key = rules(&["id"], &[]);
    let text = "[{\"id\":1},{\"id\":nonsense},nope,{\"id\":2} {\"id\":3},{\"x\":1},\"text\",{\"id\":\"\\ud800\"},{\"id\":4}]";
    let read = read_as("a.json", text.as_bytes(), &plain(), &key);
    assert_eq!(read.ids(), ["1", "2", "3", "4"]);
    assert_eq!(
        read.codes(),
        ["not_json", "not_json", "no_identifier", "no_identifier", "not_json"]
    );
    let deep =
        format!("[{{\"id\":1}},{}{},{{\"id\":2}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read_as("a.json", deep.as_bytes(), &plain(), &key).ids(), ["1", "2"]);
    let cut = read_as("a.json", br#"[{"id":1},{"id":2},{"id""#, &plain(), &key);
    assert_eq!(cut.ids(), ["1", "2"]);
    assert!(cut.error.unwrap().to_string().contains("cut short"));
    for (text, path) in [(r#"{"a":1}"#, "b"), (r#"{"a":{}}"#, "a"), ("[1]", "a"), ("", "a")] {
        let options = FileOptions { records: Some(path.to_owned()), ..plain() };
        refused("a.json", text.as_bytes(), &options, &key);
    }
}

#[test]
fn reading_goes_on_where_a_checkpoint_stands() {
    let key = rules(&["REF"], &[]);
    let rows: String = (0..2000).map(|n| format!("A{n};\"a\nb{n}\"\n")).collect();
    let csv = format!("\u{FEFF}REF;TITR\n{rows}");
    let json = format!(
        "{{\"x\":1,\"features\":[{}]}}",
        (0..2000).map(|n| format!("{{\"REF\":{n}}}")).collect::<Vec<_>>().join(" ,\n")
    );
    for (name, text) in [("a.csv", csv), ("a.json", json)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let whole = Read::all(open_path(&path, &plain(), &key).unwrap());
        assert_eq!(whole.rows.len(), 2000);
        let mut reader = open_path(&path, &plain(), &key).unwrap();
        let mut body = Vec::new();
        for _ in 0..777 {
            reader.next_row(&mut body).unwrap().unwrap();
        }
        let mut again = open_path(&path, &plain(), &key).unwrap();
        again.skip_to(reader.offset()).unwrap();
        assert_eq!(Read::all(again).rows, whole.rows[777..]);
    }
}

/// Gives its bytes in parts of the given sizes, over and over.
struct Parts<'a>(&'a [u8], Vec<usize>, usize);

impl std::io::Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.1[self.2 % self.1.len()].max(1).min(buffer.len());
        self.2 += 1;
        (&mut self.0).take(size as u64).read(buffer)
    }
}

fn cut(bytes: &[u8], dialect: Dialect, parts: Vec<usize>) -> Vec<Vec<Vec<u8>>> {
    let mut window = Window::new(Parts(bytes, parts, 0));
    let cutter = Cutter::new(dialect, Limits::default(), Vec::new());
    let mut rows = Vec::new();
    while let Some(row) = cutter.next(&mut window).unwrap() {
        rows.push(
            cells(&row.bytes, &row.strays, dialect)
                .into_iter()
                .map(std::borrow::Cow::into_owned)
                .collect(),
        );
    }
    rows
}

fn dialects() -> impl Strategy<Value = (u8, Dialect, csv::Terminator)> {
    (
        prop::sample::select(vec![b',', b';', b'\t', b'|']),
        prop::sample::select(vec![
            csv::Terminator::CRLF,
            csv::Terminator::Any(b'\n'),
            csv::Terminator::Any(b'\r'),
        ]),
    )
        .prop_map(|(delimiter, terminator)| {
            let cr_ends = matches!(terminator, csv::Terminator::Any(b'\r'));
            (delimiter, Dialect { delimiter: Some(delimiter), quoting: true, cr_ends }, terminator)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_csv_crate_writes_is_read_back(
        rows in prop::collection::vec(prop::collection::vec("[a-zé;,|\t\"\n\r ]{0,12}", 1..5), 0..12),
        (delimiter, dialect, terminator) in dialects(),
        always: bool,
        parts in prop::collection::vec(1_usize..9, 1..5),
    ) {
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter).terminator(terminator).quote_style(style).flexible(true)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let expected: Vec<Vec<Vec<u8>>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.clone().into_bytes()).collect()).collect();
        prop_assert_eq!(cut(&bytes, dialect, parts), expected);
    }

    #[test]
    fn any_bytes_in_any_parts_give_the_same_rows(
        bytes in "[ab;\"\n\r]{0,80}",
        parts in prop::collection::vec(1_usize..9, 1..5),
        quoting: bool,
        cr_ends: bool,
    ) {
        let dialect = Dialect { delimiter: Some(b';'), quoting, cr_ends };
        let whole = cut(bytes.as_bytes(), dialect, vec![1 << 20]);
        prop_assert_eq!(cut(bytes.as_bytes(), dialect, parts), whole);
    }

    #[test]
    fn without_quoting_every_line_that_is_not_empty_is_a_row(lines in prop::collection::vec("[a;\"]{0,9}", 0..9)) {
        let dialect = Dialect { delimiter: Some(b';'), quoting: false, cr_ends: false };
        let rows = cut(lines.join("\n").as_bytes(), dialect, vec![3]);
        prop_assert_eq!(rows.len(), lines.iter().filter(|line| !line.is_empty()).count());
    }

    #[test]
    fn the_canonical_page_is_read_back_as_the_same_records(
        rows in prop::collection::vec(("[a-z]{1,5}", "[a-zé;,|\t\"\n ]{0,12}", "\\PC{0,9}"), 1..12),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        writer.write_record(["REF", "A", "B"]).unwrap();
        for (a, b, c) in &rows {
            writer.write_record([a, b, c]).unwrap();
        }
        let key = rules(&["REF"], &[]);
        let semicolon = FileOptions { delimiter: Some(';'), ..plain() };
        let comma = FileOptions { delimiter: Some(','), ..plain() };
        let first = read_as("a.csv", &writer.into_inner().unwrap(), &semicolon, &key);
        let second = read_as("b.csv", first.body.as_bytes(), &comma, &key);
        prop_assert_eq!(&first.rows, &second.rows);
        prop_assert_eq!(&first.body, &second.body);
        prop_assert_eq!(first.rows.len(), rows.len());
        prop_assert!(first.codes().is_empty());
    }

    #[test]
    fn any_json_values_are_found_whatever_their_form(
        texts in prop::collection::vec("\\PC{0,12}", 0..9), lines: bool, pretty: bool,
    ) {
        let values: Vec<serde_json::Value> = texts.iter().enumerate()
            .map(|(n, text)| serde_json::json!({"id": n + 1, "t": [text, {"u": text}]})).collect();
        let text = if lines {
            values.iter().map(|v| format!("{v}\n")).collect()
        } else if pretty {
            serde_json::to_string_pretty(&values).unwrap()
        } else {
            serde_json::to_string(&values).unwrap()
        };
        prop_assume!(!text.is_empty());
        let name = if lines { "a.jsonl" } else { "a.json" };
        let read = read_as(name, text.as_bytes(), &plain(), &rules(&["id"], &[]));
        prop_assert!(read.error.is_none());
        prop_assert_eq!(read.ids().len(), texts.len());
    }

    #[test]
    fn a_header_never_gives_one_name_twice(names in prop::collection::vec("[ab]{0,1}", 1..9)) {
        let mut all = names;
        all.push("REF".to_owned());
        let columns = Columns::new(all, &rules(&["REF"], &[])).unwrap();
        let mut named: Vec<&str> = columns.header().filter(|name| !name.is_empty()).collect();
        let before = named.len();
        named.sort_unstable();
        named.dedup();
        prop_assert_eq!(named.len(), before);
    }
}

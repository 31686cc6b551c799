//! Files that are no tables: XML records, ISO 2709, "ajout piloté", spreadsheets.

use crate::support::{read_as, read_format, rules};
use passerelle::config::source::FileOptions;
use passerelle::harvest::file::row::Rules;
use std::io::Write as _;
use std::sync::Arc;

fn codes(keys: &[&str], masked: &[&str], known: &'static [&'static str]) -> Rules {
    Rules { known: Arc::new(move |name| known.contains(&name)), ..rules(keys, masked) }
}

const LIDO: &str = r#"<?xml version="1.0" encoding="ISO-8859-1"?>
<lido:lidoWrap xmlns:lido="http://www.lido-schema.org">
<lido:lido><lido:lidoRecID lido:type="local">m/1</lido:lidoRecID><lido:descriptiveMetadata xml:lang="fr">
<lido:objectIdentificationWrap><lido:titleWrap><lido:titleSet><lido:appellationValue>Étude</lido:appellationValue></lido:titleSet></lido:titleWrap></lido:objectIdentificationWrap>
</lido:descriptiveMetadata></lido:lido>
<lido:lido><lido:lidoRecID lido:type="local">m/2</lido:lidoRecID><lido:descriptiveMetadata><broken></lido:descriptiveMetadata></lido:lido>
<lido:lido><lido:lidoRecID lido:type="local">m/3</lido:lidoRecID></lido:lido>
</lido:lidoWrap>"#;

#[test]
fn a_list_of_lido_is_cut_and_a_broken_record_harms_no_neighbour() {
    let latin = encoding(LIDO);
    let read = read_as("a.xml", &latin, &FileOptions::default(), &rules(&[], &[]));
    assert_eq!(read.ids(), ["m/1", "m/3"]);
    assert!(read.fields(0).contains(&"lido:title=Étude".to_owned()), "{:?}", read.fields(0));
    assert_eq!(read.codes(), ["not_xml"]);
    assert!(read.error.is_none());
    assert!(read.body.contains("xmlns:lido=\"http://www.lido-schema.org\""), "{}", read.body);
}

/// The text in ISO-8859-1.
fn encoding(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn masked_elements_are_in_no_page_and_in_no_field() {
    let xml = "<B><MERIMEE REF='IA1'><TICO>Moulin</TICO><CONTACT>someone@example.org</CONTACT>\
               </MERIMEE></B>";
    let read = read_format("renabl", "a.xml", xml.as_bytes(), &rules(&["REF"], &["CONTACT"]));
    assert_eq!(read.fields(0), ["#element=MERIMEE", "REF=IA1", "TICO=Moulin"]);
    assert!(!read.body.contains("example.org"), "{}", read.body);
}

#[test]
fn records_of_renabl_have_their_codes_and_illustrations_their_name_and_image() {
    let xml = "<RENABL><MERIMEE REF='IA35000001'><DENO>moulin</DENO></MERIMEE>\
               <ILLUSTRATION EMET='IVR53' NUMI='20233500001NUCA'><LEG>Vue</LEG>\
               <FNU2>D:\\images\\IVR53_1.jpg</FNU2><AUT>Dupont</AUT></ILLUSTRATION></RENABL>";
    let read = read_format("renabl", "a.xml", xml.as_bytes(), &rules(&["REF"], &[]));
    assert_eq!(read.ids(), ["IA35000001", "IVR53_20233500001NUCA"]);
    let photo = read.fields(1);
    for field in ["#element=ILLUSTRATION", "LEG=Vue", "IMG=IVR53_1.jpg", "AUTP=Dupont"] {
        assert!(photo.contains(&field.to_owned()), "{photo:?}");
    }
}

const AJOUT: &str = "REF\n00000000123\nTITR\nCapitale -\ndes Eduens\nDOMN\npeinture;dessin\n//\n\
                     REF\n00000000124\nHIST\nligne une\nligne deux -\nDATE\nCOTE\n//\n";

#[test]
fn ajout_pilote_is_read_alike_with_crlf_and_with_lf() {
    let known = &["REF", "TITR", "DOMN", "HIST", "DATE"];
    for text in [AJOUT.to_owned(), AJOUT.replace('\n', "\r\n")] {
        let rules = codes(&["REF"], &[], known);
        let read = read_format("ajout-pilote", "a.txt", text.as_bytes(), &rules);
        assert_eq!(
            read.fields(0),
            ["REF=00000000123", "TITR=Capitale des Eduens", "DOMN=peinture;dessin"]
        );
        // Behind a break mark the line belongs to the value, even when it looks like a code.
        assert_eq!(read.fields(1), ["REF=00000000124", "HIST=ligne uneligne deux DATECOTE"]);
        assert_eq!(read.rows.len(), 2);
    }
}

#[test]
fn ajout_pilote_in_latin_1_needs_no_word_in_the_schedule() {
    let latin = encoding("REF\r\n1\r\nTITR\r\nPietà dorée\r\n//\r\n");
    let read =
        read_format("ajout-pilote", "a.txt", &latin, &codes(&["REF"], &[], &["REF", "TITR"]));
    assert_eq!(read.fields(0), ["REF=1", "TITR=Pietà dorée"]);
    assert_eq!(read.body, "{\"REF\":\"1\",\"TITR\":\"Pietà dorée\"}\n");
    assert!(read.issues(0).is_empty());
}

/// A record of ISO 2709.
fn iso2709(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut directory, mut data) = (Vec::new(), Vec::new());
    for (tag, content) in fields {
        write!(directory, "{tag}{:04}{:05}", content.len() + 1, data.len()).unwrap();
        data.extend_from_slice(content);
        data.push(0x1E);
    }
    directory.push(0x1E);
    let base = 24 + directory.len();
    let length = base + data.len() + 1;
    let mut out = format!("{length:05}nam  22{base:05}   4500").into_bytes();
    out.extend(directory);
    out.extend(data);
    out.push(0x1D);
    out
}

#[test]
fn marc_in_its_exchange_form_is_read_with_its_old_characters() {
    let mut file = iso2709(&[
        ("001", b"FRBNF1"),
        ("245", b"10\x1FaL'\xE2Etude /\x1FcHonor\xE2e"),
        ("650", b" 7\x1FaArt"),
    ]);
    file.extend(b"\r\n");
    file.extend(iso2709(&[("245", b"10\x1Fano number")]));
    let mut damaged = iso2709(&[("001", b"FRBNF3"), ("245", b"10\x1FaTrois")]);
    damaged[..5].copy_from_slice(b"99999");
    file.extend(damaged);
    let read = read_format("marc21", "a.mrc", &file, &rules(&[], &[]));
    assert_eq!(read.ids(), ["FRBNF1", "FRBNF3"]);
    let fields = read.fields(0);
    assert!(fields.iter().any(|field| field.starts_with("marc:245=L'Étude")), "{fields:?}");
    assert_eq!(read.codes(), ["no_identifier"]);
    assert_eq!(read.issues(2), ["marc_length_wrong leader"]);
}

#[test]
fn a_file_of_marc_that_is_cut_short_says_so_after_its_good_records() {
    let mut file = iso2709(&[("001", b"1"), ("245", b"10\x1Faone")]);
    file.extend(&iso2709(&[("001", b"2")])[..30]);
    let read = read_format("marc21", "a.mrc", &file, &rules(&[], &[]));
    assert_eq!(read.ids(), ["1"]);
    assert!(read.error.unwrap().to_string().contains("cut short"));
}

/// An ODS with one sheet.
fn ods(rows: &[&[&str]]) -> Vec<u8> {
    let mut content = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Feuille1">"#,
    );
    for row in rows {
        content.push_str("<table:table-row>");
        for cell in *row {
            let number = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let kind = if cell.is_empty() {
                String::new()
            } else if number {
                format!(" office:value-type=\"float\" office:value=\"{cell}\"")
            } else {
                " office:value-type=\"string\"".to_owned()
            };
            content.extend([
                "<table:table-cell",
                &kind,
                "><text:p>",
                cell,
                "</text:p></table:table-cell>",
            ]);
        }
        content.push_str("</table:table-row>");
    }
    content.push_str("</table:table></office:spreadsheet></office:body></office:document-content>");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#,
        ),
        ("content.xml", &content),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_spreadsheet_is_rows_of_its_first_sheet() {
    let file = ods(&[
        &["REF", "LEG", "NUMP", "REFIMG"],
        &["APMH0001", "Vue, \"de face\"", "12", "a.jpg"],
        &["", "", "", ""],
        &["APMH0002", "", "1.5", ""],
    ]);
    let read = read_format("ods", "a.ods", &file, &rules(&["REF"], &["REFIMG"]));
    assert_eq!(read.fields(0), ["REF=APMH0001", "LEG=Vue, \"de face\"", "NUMP=12"]);
    assert_eq!(read.fields(1), ["REF=APMH0002", "NUMP=1.5"]);
    assert!(!read.body.contains("a.jpg"));
}

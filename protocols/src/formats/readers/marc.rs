//! MARCXML, of MARC 21 and of UNIMARC.
//!
//! A field is one value, its descriptive subfields joined: `marc:245`, `unimarc:200`. Fields whose
//! subfields say different things give one value for each: `marc:260.b`. Names in 1xx and 7xx that
//! made the thing, by their role, are `marc:700.creator`. The kind of the record, from its leader, is
//! `marc:type` in the words of EDM.

use super::{Sink, http};
use crate::xml::Element;

/// Fields of MARC 21 that give one value for each subfield.
const SPLIT_MARC21: [&str; 27] = [
    "020", "022", "024", "033", "034", "035", "040", "041", "044", "046", "052", "080", "082",
    "084", "260", "264", "336", "337", "338", "340", "540", "541", "773", "776", "830", "852",
    "856",
];
/// The same of UNIMARC.
const SPLIT_UNIMARC: [&str; 25] = [
    "010", "011", "020", "021", "033", "035", "071", "073", "100", "101", "102", "105", "106",
    "210", "214", "219", "410", "454", "461", "463", "464", "801", "856", "930", "995",
];
/// Roles of who made the thing: relator codes and terms of MARC 21, codes of UNIMARC.
const MAKERS: [&str; 44] = [
    "aut",
    "art",
    "cre",
    "pht",
    "eng",
    "etr",
    "ill",
    "scl",
    "arc",
    "cmp",
    "ctg",
    "drm",
    "lth",
    "ltg",
    "prm",
    "wdc",
    "drt",
    "dsr",
    "author",
    "artist",
    "creator",
    "photographer",
    "engraver",
    "sculptor",
    "architect",
    "composer",
    "cartographer",
    "illustrator",
    "auteur",
    "artiste",
    "photographe",
    "graveur",
    "sculpteur",
    "architecte",
    "dessinateur",
    "peintre",
    "070",
    "040",
    "600",
    "350",
    "440",
    "705",
    "180",
    "230",
];

pub(super) fn read(format: &str, root: &Element, sink: &mut Sink<'_>) {
    let record = match root.local.as_str() {
        "collection" => super::only(root, "record", sink),
        _ if root.child("datafield").is_none() => root.find("record"),
        _ => Some(root),
    };
    let record = record.unwrap_or(root);
    let unimarc = is_unimarc(format, record);
    let prefix = if unimarc { "unimarc" } else { "marc" };
    for field in record.elements() {
        let tag = field.attribute("tag").map(str::trim).unwrap_or_default();
        match field.local.as_str() {
            "leader" => leader(field, prefix, sink),
            "controlfield" => {
                sink.text(&format!("{prefix}:{tag}"), field);
                if tag == "008" && !unimarc {
                    let language: String = field.text().chars().skip(35).take(3).collect();
                    if language.chars().all(|c| c.is_ascii_lowercase()) && !language.is_empty() {
                        sink.put("marc:008.language", &language, None, None, field);
                    }
                }
            }
            "datafield" => datafield(field, tag, prefix, unimarc, sink),
            _ => {}
        }
    }
    if sink.fields.is_empty() {
        sink.issue("metadata_empty", &root.local, &root.text());
    }
}

fn is_unimarc(format: &str, record: &Element) -> bool {
    let said = ["format", "type"].iter().filter_map(|name| record.attribute(name));
    let said: String = said.chain([format]).collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    if said.contains("unimarc") {
        return true;
    }
    let has = |tag: &str| record.elements().any(|field| field.attribute("tag") == Some(tag));
    !has("245") && has("200")
}

fn leader(field: &Element, prefix: &str, sink: &mut Sink<'_>) {
    let kind = match field.text().chars().nth(6) {
        Some('a' | 'b' | 'c' | 'd' | 't') => "TEXT",
        Some('e' | 'f' | 'k' | 'r') => "IMAGE",
        Some('g') => "VIDEO",
        Some('i' | 'j') => "SOUND",
        _ => return,
    };
    sink.put(&format!("{prefix}:type"), kind, None, None, field);
}

fn datafield(field: &Element, tag: &str, prefix: &str, unimarc: bool, sink: &mut Sink<'_>) {
    let code = |e: &Element| e.attribute("code").map(str::trim).unwrap_or_default().to_owned();
    let subfields: Vec<(String, &Element)> =
        field.elements().filter(|e| e.local == "subfield").map(|e| (code(e), e)).collect();
    let name = format!("{prefix}:{tag}");
    sink.look(&name, field);
    if sink.is_looking() {
        for (code, subfield) in &subfields {
            sink.look(&format!("{name}.{code}"), subfield);
        }
    }
    let split: &[&str] = if unimarc { &SPLIT_UNIMARC } else { &SPLIT_MARC21 };
    if split.contains(&tag) {
        for (code, subfield) in &subfields {
            let text = subfield.text();
            // Notes and addresses are sentences of their own.
            let isbd = matches!(tag, "260" | "264" | "340" | "773" | "830" | "210" | "214");
            let value = if isbd { trim(text.trim()) } else { &*text };
            sink.put(&format!("{name}.{code}"), value, None, http(value), subfield);
        }
        return;
    }
    let is_name = matches!(tag.get(..2), Some("70" | "71" | "72"))
        || (!unimarc && matches!(tag.get(..2), Some("10" | "11")));
    let is_subject = tag.starts_with('6');
    let mut value = String::new();
    for (code, subfield) in &subfields {
        let text = super::sink::clean(&subfield.text());
        if text.is_empty() || !is_descriptive(code, tag, is_name || is_subject, unimarc) {
            continue;
        }
        value.push_str(if value.is_empty() {
            ""
        } else {
            joint(code, tag, is_name, is_subject, unimarc)
        });
        value.push_str(&text);
    }
    let uri = subfields
        .iter()
        .filter(|(code, _)| matches!(code.as_str(), "0" | "1" | "3" | "u"))
        .find_map(|(_, e)| authority(&e.text()));
    let name = if is_name && made(&subfields, tag) { format!("{name}.creator") } else { name };
    sink.put(&name, trim(&value), None, uri.as_deref(), field);
}

/// Whether a subfield belongs to the value: not codes, links and roles.
fn is_descriptive(code: &str, tag: &str, is_name: bool, unimarc: bool) -> bool {
    let letter = code.len() == 1 && code.bytes().all(|b| b.is_ascii_lowercase());
    // Responsibility stands in the fields of names.
    let said_elsewhere = (unimarc && tag == "200" && matches!(code, "f" | "g" | "b" | "z"))
        || (!unimarc && tag == "245" && matches!(code, "c" | "h"))
        || (is_name && !unimarc && matches!(code, "e" | "i" | "u"))
        || (is_name && unimarc && matches!(code, "o"));
    letter && !said_elsewhere
}

/// What stands before a subfield that is not the first.
fn joint(code: &str, tag: &str, is_name: bool, is_subject: bool, unimarc: bool) -> &'static str {
    match code {
        "x" | "y" | "z" | "v" if is_subject => " -- ",
        "b" | "f" if unimarc && (is_name || tag == "600") => ", ",
        "e" if unimarc && tag == "200" => " : ",
        "h" | "i" if unimarc && tag == "200" => ". ",
        "c" if unimarc && tag == "215" => " : ",
        "d" if unimarc && tag == "215" => " ; ",
        "e" if unimarc && tag == "215" => " + ",
        _ => " ",
    }
}

/// Whether the role of a name makes it the maker's; without role the main entry is.
fn made(subfields: &[(String, &Element)], tag: &str) -> bool {
    let mut roles =
        subfields.iter().filter(|(code, _)| matches!(code.as_str(), "4" | "e")).peekable();
    if roles.peek().is_none() {
        return matches!(tag, "100" | "110" | "111");
    }
    roles.any(|(_, role)| {
        let role = role.text().to_lowercase();
        let role = role.trim_matches(|c: char| !c.is_alphanumeric());
        let last = role.rsplit('/').next().unwrap_or(role);
        MAKERS.contains(&last)
    })
}

/// An address, or the number of an authority file that has addresses.
fn authority(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(uri) = http(text) {
        return Some(uri.to_owned());
    }
    let number = text.strip_prefix("(DE-588)")?.trim();
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .then(|| format!("http://d-nb.info/gnd/{number}"))
}

/// Without the punctuation that ISBD puts before what follows.
fn trim(value: &str) -> &str {
    let value = value.trim_end_matches([' ', '/', ':', ';', ',', '=']);
    match value.strip_suffix('.') {
        // Not the dot of an initial or an abbreviation.
        Some(rest) if rest.chars().rev().take_while(|c| c.is_alphanumeric()).count() > 3 => rest,
        _ => value,
    }
}

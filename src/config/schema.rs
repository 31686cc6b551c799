//! What a schedule file may say: keys, types and allowed values, as data.
//!
//! serde stops at the first mistake; `passerelle check` must print every one with its line. So the
//! document is walked against these tables first, and read by serde only when they find nothing.

use super::load::Mistake;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What the value of a key may be.
pub(super) enum Shape {
    Text,
    /// One character.
    Character,
    Boolean,
    /// Inclusive bounds.
    Integer(i64, i64),
    Texts,
    OneOf(&'static [&'static str]),
    /// A sub-table with these keys.
    Table(&'static [Key]),
    /// A text, or a sub-table with these keys.
    TextOrTable(&'static [Key]),
    /// An array of sub-tables with these keys.
    Tables(&'static [Key]),
}

/// A key that a table may hold.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

const fn optional(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: false }
}

const fn required(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: true }
}

/// What a source can speak.
const KINDS: &[&str] =
    &["file", "oai-pmh", "database", "drop", "json-api", "iiif", "resourcesync", "sru"];

/// A schedule file: see [`super::source::SourceConfig`].
pub(super) const SCHEDULE: &[Key] = &[
    required("label", Shape::Text),
    optional("base", Shape::Text),
    required("kind", Shape::OneOf(KINDS)),
    required("location", Shape::Text),
    optional("format", Shape::Text),
    optional("file", Shape::Table(FILE)),
    optional("database", Shape::Table(DATABASE)),
    optional("drop", Shape::Table(DROP)),
    optional("json_api", Shape::Table(JSON_API)),
    optional("sru", Shape::Table(SRU)),
    optional("metadata_prefix", Shape::Text),
    optional("set", Shape::Text),
    optional("cron", Shape::Text),
    optional("time_zone", Shape::Text),
    optional("mode", Shape::OneOf(&["full", "incremental"])),
    optional("politeness", Shape::Table(POLITENESS)),
    optional("harvest", Shape::Table(HARVEST)),
    optional("trust", Shape::Integer(1, 1_000_000)),
    required("mapping", Shape::Text),
    optional("masked", Shape::Texts),
    optional("private", Shape::Texts),
    optional("data_provider", Shape::Text),
    optional("museum", Shape::Text),
    optional(
        "record_kind",
        Shape::OneOf(&[
            "museum_object",
            "monument",
            "movable_object",
            "photograph",
            "museum",
            "agent",
            "other",
        ]),
    ),
    optional("rights", Shape::Table(RIGHTS)),
    optional("images", Shape::TextOrTable(IMAGES)),
    optional("allow_private_addresses", Shape::Boolean),
];

const FILE: &[Key] = &[
    optional("encoding", Shape::OneOf(&["utf-8", "iso-8859-1", "windows-1252", "utf-16"])),
    optional("delimiter", Shape::Character),
    optional("quoting", Shape::Boolean),
    optional("columns", Shape::Texts),
    optional("skip_lines", Shape::Integer(0, 10_000)),
    optional("records", Shape::Text),
    optional("key", Shape::Texts),
    optional("entry", Shape::Text),
    optional("page_rows", Shape::Integer(1, 10_000)),
];

const DATABASE: &[Key] = &[
    required("query", Shape::Text),
    required("key", Shape::Text),
    optional("watermark", Shape::Text),
    optional("deleted", Shape::Text),
    optional("deleted_values", Shape::Texts),
    optional("json", Shape::Texts),
    optional("password_file", Shape::Text),
];

const DROP: &[Key] = &[
    optional("settle_s", Shape::Integer(0, 86_400)),
    optional("marker", Shape::Text),
    optional("order", Shape::OneOf(&["name", "time"])),
    optional("after", Shape::OneOf(&["move", "leave"])),
    optional("complete", Shape::Boolean),
    optional("endpoint", Shape::Text),
    optional("region", Shape::Text),
];

const JSON_API: &[Key] = &[
    optional("records", Shape::Text),
    optional("record", Shape::Text),
    optional("paging", Shape::OneOf(&["none", "page", "offset", "cursor", "next", "search-after"])),
    optional("parameter", Shape::Text),
    optional("value", Shape::Text),
    optional("first", Shape::Integer(0, 1_000_000)),
    optional("total", Shape::Text),
    optional("since", Shape::Text),
    optional("watermark", Shape::Text),
    optional("deleted", Shape::Text),
    optional("deleted_values", Shape::Texts),
];

const SRU: &[Key] = &[
    required("query", Shape::Text),
    optional("version", Shape::OneOf(&["1.1", "1.2", "2.0"])),
    optional("schema", Shape::Text),
    optional("size", Shape::Integer(1, 10_000)),
];

const POLITENESS: &[Key] = &[
    optional("delay_ms", Shape::Integer(0, 600_000)),
    optional("timeout_s", Shape::Integer(1, 3_600)),
    optional("attempts", Shape::Integer(1, 50)),
    optional("max_page_mib", Shape::Integer(1, 4_096)),
];

const HARVEST: &[Key] = &[
    optional("window", Shape::OneOf(&["auto", "none", "year", "month", "day"])),
    optional("overlap", Shape::Text),
    optional("absence_check", Shape::Text),
    optional("brake", Shape::Text),
    optional("brake_minimum", Shape::Integer(0, 1_000_000_000)),
    optional("max_pages", Shape::Integer(1, 1_000_000_000_000)),
    optional("max_records", Shape::Integer(1, 1_000_000_000_000)),
    optional("max_requests", Shape::Integer(2, 1_000_000_000_000)),
    optional("max_mib", Shape::Integer(1, 1_000_000_000)),
    optional("max_minutes", Shape::Integer(1, 1_000_000)),
];

const IMAGES: &[Key] = &[
    optional("from", Shape::Text),
    optional("mode", Shape::OneOf(&["copy", "reference", "none"])),
    optional("recheck", Shape::Text),
    optional("gone", Shape::OneOf(&["keep", "drop"])),
    optional("max_mib", Shape::Integer(1, 4_096)),
    optional("iiif", Shape::Boolean),
];

const RIGHTS: &[Key] = &[
    optional("rules", Shape::Tables(RULE)),
    optional("reduced_side", Shape::Integer(1, 100_000)),
    optional("when_silent", Shape::OneOf(&["none", "reduced", "full"])),
    optional("statement_when_silent", Shape::Text),
    optional("licence_ouverte", Shape::Text),
];

const RULE: &[Key] = &[
    required("name", Shape::Text),
    required("fields", Shape::Texts),
    optional("contains", Shape::Texts),
    optional("without", Shape::Texts),
    optional("equals", Shape::Texts),
    optional("not_equals", Shape::Texts),
    optional("died_by", Shape::Integer(1, 3_000)),
    optional("when", Shape::Table(RULE_CONDITION)),
    required("image", Shape::Text),
    required("statement", Shape::Text),
    optional("metadata", Shape::Boolean),
    optional("restricts", Shape::Boolean),
    optional("final", Shape::Boolean),
    optional("silent", Shape::Boolean),
];

const RULE_CONDITION: &[Key] = &[
    required("field", Shape::Text),
    optional("equals", Shape::Texts),
    optional("contains", Shape::Texts),
    optional("begins", Shape::Texts),
];

/// Walks a table and reports every key and value that `keys` does not allow.
pub(super) fn walk(
    file: &Path,
    text: &str,
    path: &str,
    table: &DeTable<'_>,
    keys: &[Key],
    table_start: usize,
    mistakes: &mut Vec<Mistake>,
) {
    for (name, value) in table {
        let found: &str = name.get_ref();
        let Some(key) = keys.iter().find(|key| key.name == found) else {
            let allowed: Vec<&str> = keys.iter().map(|key| key.name).collect();
            mistakes.push(Mistake::at(
                file,
                text,
                name.span().start,
                format!("unknown key `{path}{found}`; allowed: {}", allowed.join(", ")),
            ));
            continue;
        };
        check_value(file, text, &format!("{path}{found}"), value, &key.shape, mistakes);
    }
    for key in keys.iter().filter(|key| key.required) {
        if !table.iter().any(|(name, _)| {
            let found: &str = name.get_ref();
            found == key.name
        }) {
            mistakes.push(Mistake::at(
                file,
                text,
                table_start,
                format!("key `{path}{}` is missing; expected {}", key.name, describe(&key.shape)),
            ));
        }
    }
}

fn check_value(
    file: &Path,
    text: &str,
    path: &str,
    value: &Spanned<DeValue<'_>>,
    shape: &Shape,
    mistakes: &mut Vec<Mistake>,
) {
    let inner = value.get_ref();
    let fits = match shape {
        Shape::Text => inner.is_str(),
        Shape::Character => inner.as_str().is_some_and(|s| s.chars().count() == 1),
        Shape::Boolean => inner.is_bool(),
        Shape::Integer(low, high) => inner
            .as_integer()
            .and_then(|i| i64::from_str_radix(i.as_str(), i.radix()).ok())
            .is_some_and(|i| (*low..=*high).contains(&i)),
        Shape::Texts => {
            inner.as_array().is_some_and(|array| array.iter().all(|v| v.get_ref().is_str()))
        }
        Shape::OneOf(allowed) => inner.as_str().is_some_and(|s| allowed.contains(&s)),
        Shape::TextOrTable(_) if inner.is_str() => true,
        Shape::Table(keys) | Shape::TextOrTable(keys) => match inner.as_table() {
            Some(table) => {
                walk(file, text, &format!("{path}."), table, keys, value.span().start, mistakes);
                true
            }
            None => false,
        },
        Shape::Tables(keys) => match inner.as_array() {
            Some(array) => {
                for item in array {
                    match item.get_ref().as_table() {
                        Some(table) => walk(
                            file,
                            text,
                            &format!("{path}[]."),
                            table,
                            keys,
                            item.span().start,
                            mistakes,
                        ),
                        None => mistakes.push(Mistake::at(
                            file,
                            text,
                            item.span().start,
                            format!("`{path}`: expected {}", describe(shape)),
                        )),
                    }
                }
                true
            }
            None => false,
        },
    };
    if !fits {
        let found =
            inner.as_str().map_or_else(|| inner.type_str().to_owned(), |s| format!("`{s}`"));
        mistakes.push(Mistake::at(
            file,
            text,
            value.span().start,
            format!("`{path}`: found {found}, expected {}", describe(shape)),
        ));
    }
}

fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Text => "a text in quotes".to_owned(),
        Shape::Character => "one character in quotes".to_owned(),
        Shape::Boolean => "true or false".to_owned(),
        Shape::Integer(low, high) => format!("a whole number from {low} to {high}"),
        Shape::Texts => "a list of texts".to_owned(),
        Shape::OneOf(allowed) => format!("one of {}", allowed.join(", ")),
        Shape::Table(_) => "a table".to_owned(),
        Shape::TextOrTable(_) => "a text in quotes or a table".to_owned(),
        Shape::Tables(_) => "a list of tables".to_owned(),
    }
}

//! From a file on disk and what its schedule says to a reader of its rows.

use super::checkpoint::Input;
use super::delimited::{DelimitedOptions, DelimitedReader};
use super::encoding::{Encoding, Transcoder};
use super::gertrude::{self, GertrudeReader};
use super::json::{JsonOptions, JsonReader};
use super::layers::{self, Counter};
use super::limits::Limits;
use super::marc_binary::{self, MarcReader};
use super::row::{ReadError, RowReader, Rules};
use super::sheet;
use super::tagged::TaggedReader;
use super::xml::{XmlOptions, XmlReader};
use crate::config::source::SourceConfig;
use protocols::formats::READABLE;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::Arc;

/// The format of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Delimited, by this character or the one that the first line shows.
    Delimited(Option<u8>),
    /// A JSON array or a sequence of JSON values.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// XML records, or ISO 2709, of this format; `None`: the root element says which.
    Xml(Option<String>),
    /// ISO 2709, of this format.
    Marc(String),
    /// Joconde's "ajout piloté".
    Tagged,
    /// A spreadsheet.
    Sheet,
}

/// Formats of files, as a schedule names them, besides those of records in XML
/// ([`protocols::formats::READABLE`]).
pub const FORMATS: [&str; 11] =
    ["csv", "tsv", "psv", "ssv", "json", "ndjson", "xml", "renabl", "marc", "ajout-pilote", "ods"];

impl Format {
    /// The format of a word of the schedule ([`FORMATS`], [`protocols::formats::READABLE`]) or of
    /// the ending of a file name. `None`: it does not say.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "csv" | "txt" => Some(Self::Delimited(None)),
            "tsv" | "tab" => Some(Self::Delimited(Some(b'\t'))),
            "psv" => Some(Self::Delimited(Some(b'|'))),
            "ssv" => Some(Self::Delimited(Some(b';'))),
            "json" | "geojson" => Some(Self::Json),
            "ndjson" | "jsonl" | "jsonlines" => Some(Self::JsonLines),
            "xml" | "rdf" => Some(Self::Xml(None)),
            "renabl" => Some(Self::Xml(Some("renabl".to_owned()))),
            "mrc" | "marc" | "iso2709" => Some(Self::Marc("marc21".to_owned())),
            "ajout-pilote" => Some(Self::Tagged),
            "ods" => Some(Self::Sheet),
            format if READABLE.contains(&format) => Some(Self::Xml(Some(format.to_owned()))),
            _ => None,
        }
    }
}

/// What does not differ from file to file of a source.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// How the schedule says to read.
    pub config: &'a SourceConfig,
    /// Key and mask.
    pub rules: &'a Rules,
    /// Limits.
    pub limits: Limits,
    /// Counts what is read of the file itself.
    pub read: &'a Counter,
}

/// Opens a file for reading rows. Its name for people may say the format better than that of a
/// temporary file does; `strays` are the places of quotes that an earlier pass
/// found unclosed.
///
/// # Errors
/// [`ReadError`] when it cannot be opened or is not what the schedule says.
pub fn open(
    input: &Input,
    source: Source<'_>,
    strays: &[u64],
) -> Result<Box<dyn RowReader>, ReadError> {
    let Some(base) = gertrude::base(&input.name) else { return plain(input, source, strays) };
    let rules = gertrude::rules(source.rules, base);
    let mut config = source.config.clone();
    config.format.get_or_insert_with(|| "psv".to_owned());
    config.file.quoting.get_or_insert(false);
    let source = Source { config: &config, rules: &rules, ..source };
    let inner = plain(input, source, strays)?;
    Ok(Box::new(GertrudeReader { inner, base, pictures: Arc::clone(&input.pictures) }))
}

fn plain(
    input: &Input,
    source: Source<'_>,
    strays: &[u64],
) -> Result<Box<dyn RowReader>, ReadError> {
    let (path, name) = (input.path.as_path(), input.name.as_str());
    let Source { config, rules, limits, read } = source;
    let options = &config.file;
    let said = config.format.as_deref().and_then(Format::parse);
    let entry = input.entry.as_deref().or(options.entry.as_deref());
    if said == Some(Format::Sheet) || (said.is_none() && sheet::is_sheet(name)) {
        let csv = match &input.entry {
            None => sheet::as_csv(path, limits, read)?,
            // A zip in a zip: the sheet is unpacked first. Its file is open until it was read.
            Some(entry) => {
                let mut inside = layers::open(path, Some(entry), &limits, read)?.reader;
                let mut unpacked = tempfile::NamedTempFile::with_prefix("passerelle-")?;
                std::io::copy(&mut inside, &mut unpacked)?;
                sheet::as_csv(unpacked.path(), limits, &Counter::default())?
            }
        };
        let options = DelimitedOptions {
            encoding: Some(Encoding::Utf8),
            delimiter: Some(b','),
            quoting: true,
            columns: options.columns.clone(),
            skip_lines: options.skip_lines,
            strays: strays.to_vec(),
        };
        return Ok(Box::new(DelimitedReader::new(csv, &options, rules, limits)?));
    }
    let opened = layers::open(path, entry, &limits, read)?;
    let mut stream = opened.reader;
    let mut encoding = match options.encoding.as_deref() {
        None => None,
        Some(word) => Some(Encoding::parse(word).ok_or_else(|| {
            ReadError::Form(format!(
                "encoding `{word}` is not read; expected utf-8, iso-8859-1, windows-1252 or utf-16"
            ))
        })?),
    };
    let mark = Encoding::of_mark(stream.fill_buf()?).map(|(encoding, _)| encoding);
    let decoded: Box<dyn Read + Send> = match mark.or(encoding) {
        Some(wide @ (Encoding::Utf16Le | Encoding::Utf16Be)) => {
            encoding = Some(Encoding::Utf8);
            Box::new(Transcoder::new(stream, wide == Encoding::Utf16Be))
        }
        _ => Box::new(stream),
    };
    let mut stream = BufReader::with_capacity(1 << 17, decoded);
    let format = match said {
        Some(format) => format,
        None => match by_name(&opened.name).or_else(|| by_name(name)) {
            Some(format) => format,
            None => by_look(stream.fill_buf()?),
        },
    };
    match format {
        Format::Delimited(delimiter) => {
            let options = DelimitedOptions {
                encoding,
                delimiter: match options.delimiter {
                    None => delimiter,
                    Some(c) => {
                        Some(u8::try_from(c).ok().filter(u8::is_ascii).ok_or_else(|| {
                            ReadError::Form(format!("delimiter `{c}` is not an ASCII character"))
                        })?)
                    }
                },
                quoting: options.quoting.unwrap_or(true),
                columns: options.columns.clone(),
                skip_lines: options.skip_lines,
                strays: strays.to_vec(),
            };
            Ok(Box::new(DelimitedReader::new(stream, &options, rules, limits)?))
        }
        // A partner's library says MARC 21 or UNIMARC, and the file which of its two forms it has.
        Format::Xml(Some(format)) if marc_binary::looks_like(stream.fill_buf()?) => {
            Ok(Box::new(MarcReader::new(stream, &format, encoding, rules, limits)))
        }
        Format::Marc(format) => {
            let format = if config.mapping.contains("unimarc") { "unimarc" } else { &format };
            Ok(Box::new(MarcReader::new(stream, format, encoding, rules, limits)))
        }
        Format::Xml(format) => {
            let format = match format {
                Some(format) => format,
                None => by_root(stream.fill_buf()?).to_owned(),
            };
            let options = XmlOptions { format, records: options.records.clone(), encoding };
            Ok(Box::new(XmlReader::new(stream, options, rules, limits)?))
        }
        Format::Tagged => Ok(Box::new(TaggedReader::new(stream, encoding, rules, limits)?)),
        Format::Sheet => Err(ReadError::Form(
            "a spreadsheet inside an archive is not read; unpack it first".to_owned(),
        )),
        Format::Json | Format::JsonLines => {
            let options = JsonOptions {
                encoding,
                lines: format == Format::JsonLines,
                records: options.records.clone(),
                skip_lines: options.skip_lines,
            };
            Ok(Box::new(JsonReader::new(stream, &options, rules, limits)?))
        }
    }
}

/// What a file name says, compressions and query of a URL taken off.
fn by_name(name: &str) -> Option<Format> {
    let name = name.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let plain = [".gz", ".zst", ".zip"].iter().find_map(|end| name.strip_suffix(end));
    Format::parse(plain.unwrap_or(&name).rsplit_once('.')?.1)
}

/// What the first character says.
fn by_look(head: &[u8]) -> Format {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Format::Json,
        Some(b'<') => Format::Xml(None),
        Some(_) if marc_binary::looks_like(head) => Format::Marc("marc21".to_owned()),
        _ => Format::Delimited(None),
    }
}

/// The format of XML records that the root element says, by its local name; `xml` when it does not.
fn by_root(head: &[u8]) -> &'static str {
    let head = String::from_utf8_lossy(head.get(..8192).unwrap_or(head)).into_owned();
    let root = head.match_indices('<').find_map(|(at, _)| {
        let rest = head.get(at + 1..)?;
        let tag = rest.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next()?;
        tag.starts_with(|c: char| c.is_alphabetic()).then_some((tag, rest))
    });
    let Some((tag, rest)) = root else { return "xml" };
    match tag.rsplit(':').next().unwrap_or(tag).to_ascii_lowercase().as_str() {
        "lido" | "lidowrap" => "lido",
        "mods" | "modscollection" => "mods",
        "collection" | "record" if rest.contains("MARC21") || rest.contains("marcxchange") => {
            "marc21"
        }
        "ead" => "ead",
        "mets" => "mets",
        "rdf" if rest.contains("europeana.eu/schemas/edm") => "edm",
        "dc" => "oai_dc",
        _ => "xml",
    }
}

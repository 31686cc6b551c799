//! Records of XML files: lists of a format that partners send, and Renabl's.
//!
//! **The form of a stored page.** One record after the other, each complete in itself (namespaces
//! declared), masked elements left out.

use super::encoding::Encoding;
use super::limits::Limits;
use super::row::{
    CONTENT_KEY, QUARANTINE_BYTES, ReadError, Refusal, Row, RowReader, Rules, content_identifier,
};
use super::window::Window;
use super::xml_cutter::{Records, XmlCutter};
use domain::fold::fold_name;
use domain::issue::Issue;
use domain::source_record::Field;
use protocols::formats;
use protocols::oai_pmh::client::mask::{mask_metadata, may_hold_masked};
use protocols::xml::tree::declarations;
use protocols::xml::{Element, decode};
use std::io::Read;
use std::sync::Arc;

/// The name of the field that holds the local name of a record's element.
pub const ELEMENT: &str = "#element";

/// How an XML file is to be read.
#[derive(Debug, Clone, Default)]
pub struct XmlOptions {
    /// Format as the schedule says it: one of [`formats::READABLE`], `renabl`, or `xml`.
    pub format: String,
    /// Local name of the elements that are records, when it is not that of the format.
    pub records: Option<String>,
    /// Encoding, when the schedule says it; else the declaration says it.
    pub encoding: Option<Encoding>,
}

/// Reads the records of an XML file.
#[derive(Debug)]
pub struct XmlReader<R> {
    window: Window<R>,
    cutter: XmlCutter,
    /// The XML declaration, which says the encoding of every piece.
    declaration: Vec<u8>,
    taker: Taker,
}

/// From the XML of one record to a row.
#[derive(Debug)]
pub(in crate::harvest) struct Taker {
    pub(in crate::harvest) format: String,
    pub(in crate::harvest) rules: Rules,
    pub(in crate::harvest) limits: Limits,
}

impl<R: Read + Send> XmlReader<R> {
    /// Reads up to the first markup.
    ///
    /// # Errors
    /// [`ReadError::Form`] when the file has no markup, or is an HTML page.
    pub fn new(
        source: R,
        options: XmlOptions,
        rules: &Rules,
        limits: Limits,
    ) -> Result<Self, ReadError> {
        let mut window = Window::new(source);
        window.fill_to(4096)?;
        if let Some((_, length)) = Encoding::of_mark(window.bytes()) {
            window.consume(length);
        }
        let head = window.bytes();
        let text = String::from_utf8_lossy(head.get(..1024).unwrap_or(head)).to_ascii_lowercase();
        if text.contains("<!doctype html") || text.contains("<html") {
            let message = "an HTML page where XML records were expected";
            return Err(ReadError::Form(message.to_owned()));
        }
        let declaration = match (options.encoding, text.find("<?xml"), text.find("?>")) {
            (Some(encoding), _, _) => {
                format!("<?xml version=\"1.0\" encoding=\"{}\"?>", encoding.name()).into_bytes()
            }
            (None, Some(start), Some(end)) if start < end => {
                head.get(start..end + 2).unwrap_or_default().to_vec()
            }
            _ => Vec::new(),
        };
        let records = match (&options.records, options.format.as_str()) {
            (Some(name), _) => Records::Named(vec![name.clone()]),
            (None, format) => records_of(format),
        };
        let cutter = XmlCutter::new(records);
        let taker = Taker { format: options.format, rules: rules.clone(), limits };
        Ok(Self { window, cutter, declaration, taker })
    }

    fn read(&self, bytes: &[u8], body: &mut Vec<u8>) -> Row {
        let decoded = decode(&[self.declaration.as_slice(), bytes].concat());
        let text = decoded
            .text
            .find("?>")
            .filter(|_| !self.declaration.is_empty())
            .and_then(|end| decoded.text.get(end + 2..))
            .unwrap_or(&decoded.text);
        let scope: Vec<(Arc<str>, Arc<str>)> = self
            .cutter
            .around()
            .iter()
            .flat_map(|tag| declarations(&String::from_utf8_lossy(tag)))
            .collect();
        self.taker.take(text, &scope, decoded.issues, body)
    }
}

impl Taker {
    pub(super) fn refused(&self, code: &'static str, detail: String, text: &str) -> Row {
        let masked = may_hold_masked(&self.format, text, &*self.rules.masked);
        let body = if masked {
            b"(withheld: it may hold a masked field)".to_vec()
        } else {
            text.bytes().take(QUARANTINE_BYTES).collect()
        };
        Row::Refused(Refusal::new(code, detail, body))
    }

    /// Reads, masks and names one record; its canonical form is added to `body`.
    pub(in crate::harvest) fn take(
        &self,
        text: &str,
        scope: &[(Arc<str>, Arc<str>)],
        mut issues: Vec<Issue>,
        body: &mut Vec<u8>,
    ) -> Row {
        let parsed = match Element::parse(text, scope) {
            Ok(parsed) => parsed,
            Err(error) => return self.refused("not_xml", error.to_string(), text),
        };
        issues.extend(parsed.issues);
        let masked = &*self.rules.masked;
        let Some(element) = mask_metadata(&self.format, parsed.value, masked) else {
            return self.refused("metadata_empty", "nothing but masked elements".to_owned(), text);
        };
        let xml = element.to_xml();
        let mut fields = match self.format.as_str() {
            "renabl" => renabl(&element),
            "xml" => plain(&element),
            format => {
                let read = formats::read_element(format, &element);
                issues.extend(read.issues);
                read.value
            }
        };
        fields.retain(|field| !field.value.trim().is_empty() || field.uri.is_some());
        let most = self.limits.max_field;
        if let Some(field) = fields.iter().find(|field| field.value.len() > most) {
            let detail = format!("field {} is longer than {most} bytes", field.name);
            return Row::Refused(Refusal::new("field_too_long", detail, Vec::new()));
        }
        body.extend_from_slice(xml.as_bytes());
        body.push(b'\n');
        let named = identifier(&fields, &self.rules.keys)
            .or_else(|| self.rules.keys.is_empty().then(|| own_identifier(&fields)).flatten());
        let by_content = || {
            let allowed = self.rules.keys.iter().any(|key| key == CONTENT_KEY);
            allowed.then(|| content_identifier(xml.as_bytes()))
        };
        if let Some(local_id) = named.or_else(by_content) {
            Row::Record { local_id, fields, issues }
        } else {
            let keys = match self.rules.keys.as_slice() {
                [] => IDENTIFIERS.join(" or "),
                keys => keys.join(" or "),
            };
            let detail = format!("nothing in {keys}: no identifier; set file.key");
            Row::Refused(Refusal::new("no_identifier", detail, xml.into_bytes()))
        }
    }
}

impl<R: Read + Send> RowReader for XmlReader<R> {
    fn head(&self, _body: &mut Vec<u8>) {}

    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError> {
        let Some(cut) = self.cutter.next(&mut self.window, &self.taker.limits)? else {
            return Ok(None);
        };
        if cut.oversize {
            let detail = format!("the record is longer than {} bytes", self.taker.limits.max_row);
            let text = String::from_utf8_lossy(&cut.bytes);
            return Ok(Some(self.taker.refused("record_too_large", detail, &text)));
        }
        Ok(Some(self.read(&cut.bytes, body)))
    }

    fn offset(&self) -> u64 {
        self.window.offset()
    }

    /// Reads over what is before: what is around the records must be known.
    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError> {
        while self.window.offset() < offset {
            if self.cutter.next(&mut self.window, &self.taker.limits)?.is_none() {
                let message = "the file is shorter than it was";
                return Err(ReadError::Truncated(message.to_owned()));
            }
        }
        Ok(())
    }
}

/// Elements that are records, by format.
fn records_of(format: &str) -> Records {
    let names: &[&str] = match format {
        "lido" => &["lido"],
        "mods" => &["mods"],
        "marc21" | "unimarc" => &["record"],
        "ead" => &["ead"],
        "mets" => &["mets"],
        "edm" => &["RDF"],
        "oai_dc" => &["dc"],
        "oai_qdc" => &["qualifieddc", "dc"],
        _ => return Records::Children,
    };
    Records::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

/// Fields that identify a record of a format whose table names no key, the surest first.
const IDENTIFIERS: [&str; 15] = [
    "lido:lidoRecID",
    "mods:recordIdentifier",
    "marc:001",
    "unimarc:001",
    "ead:identifier",
    "mets:identifier",
    "edm:ProvidedCHO",
    "lido:recordID",
    "mods:identifier",
    "lido:objectPublishedID",
    "ead:unitid",
    "dc:identifier",
    "dcterms:identifier",
    "REF",
    "id",
];

fn own_identifier(fields: &[Field]) -> Option<String> {
    let keys: Vec<String> = IDENTIFIERS.iter().map(|name| (*name).to_owned()).collect();
    identifier(fields, &keys)
}

/// The first key field that is not empty, whatever case, accents and signs of its name.
fn identifier(fields: &[Field], keys: &[String]) -> Option<String> {
    keys.iter().find_map(|key| {
        let key = fold_name(key);
        fields
            .iter()
            .filter(|field| fold_name(&field.name) == key)
            .map(|field| field.value.trim())
            .find(|value| !value.is_empty())
            .map(str::to_owned)
    })
}

/// A record of an unknown format: attributes and texts by local names, parts joined by dots.
fn plain(element: &Element) -> Vec<Field> {
    let mut fields = vec![field(ELEMENT, &element.local)];
    walk(element, "", &mut fields);
    fields
}

fn walk(element: &Element, path: &str, fields: &mut Vec<Field>) {
    for attribute in &element.attributes {
        let local = attribute.name.rsplit(':').next().unwrap_or(&attribute.name);
        let name = if path.is_empty() { local.to_owned() } else { format!("{path}.{local}") };
        fields.push(field(&name, attribute.value.trim()));
    }
    for child in element.elements() {
        let name =
            if path.is_empty() { child.local.clone() } else { format!("{path}.{}", child.local) };
        if child.elements().next().is_none() {
            fields.push(field(&name, child.text().trim()));
        }
        walk(child, &name, fields);
    }
}

/// A record of Renabl (pop.md 2.0.2): field codes as elements; illustrations are named by their
/// emitter and number and hold the path of their image on the producer's disk in `FNU2`.
fn renabl(element: &Element) -> Vec<Field> {
    let mut fields = plain(element);
    let of = |fields: &[Field], name: &str| {
        fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.clone())
            .filter(|value| !value.is_empty())
    };
    if of(&fields, "REF").is_none()
        && let (Some(emitter), Some(number)) = (of(&fields, "EMET"), of(&fields, "NUMI"))
    {
        fields.push(field("REF", &format!("{emitter}_{number}")));
    }
    if let Some(path) = of(&fields, "FNU2")
        && of(&fields, "IMG").is_none()
        && let Some(name) = path.rsplit(['\\', '/']).next().filter(|name| !name.is_empty())
    {
        fields.push(field("IMG", name));
    }
    if of(&fields, "AUTP").is_none()
        && let Some(author) = of(&fields, "AUT")
    {
        fields.push(field("AUTP", &author));
    }
    fields
}

fn field(name: &str, value: &str) -> Field {
    Field::new(name, value)
}

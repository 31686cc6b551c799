//! A static repository: a whole repository in one file, which a gateway serves as OAI-PMH
//! (guidelines-static-repository, 2004). No sets, no deletions, datestamps of days.
//!
//! Written piece by piece, so that memory does not grow with the number of records: [`head`], then
//! for each format [`open_list`], [`record`]…, [`CLOSE_LIST`], and at the end [`TAIL`].

use super::datestamp::{Granularity, format};
use super::provider::MetadataFormat;
use crate::xml::Writer;
use crate::xml::write::escape;

/// Namespace.
pub const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/static-repository";
const SCHEMA: &str = "http://www.openarchives.org/OAI/2.0/static-repository.xsd";

/// End of the records of one format.
pub const CLOSE_LIST: &str = "</ListRecords>\n";
/// End of the file.
pub const TAIL: &str = "</Repository>\n";

/// What the file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description<'a> {
    /// Name.
    pub name: &'a str,
    /// Where the gateway serves it: `{gateway}/{host of the file}/{path of the file}`.
    pub base_url: &'a str,
    /// E-mail of who runs it.
    pub admin_email: &'a str,
    /// Seconds since the epoch; written as a day.
    pub earliest_datestamp: i64,
}

/// The file up to the first list of records.
pub fn head(description: &Description<'_>, formats: &[MetadataFormat]) -> String {
    let mut w = Writer::fragment();
    w.text("oai:repositoryName", &[], description.name);
    w.text("oai:baseURL", &[], description.base_url);
    w.text("oai:protocolVersion", &[], "2.0");
    w.text("oai:adminEmail", &[], description.admin_email);
    w.text("oai:earliestDatestamp", &[], &format(description.earliest_datestamp, Granularity::Day));
    w.text("oai:deletedRecord", &[], "no");
    w.text("oai:granularity", &[], "YYYY-MM-DD");
    let identify = w.finish();
    let mut w = Writer::fragment();
    w.open("ListMetadataFormats", &[]);
    for one in formats {
        w.open("oai:metadataFormat", &[]);
        w.text("oai:metadataPrefix", &[], one.prefix);
        w.text("oai:schema", &[], &one.schema);
        w.text("oai:metadataNamespace", &[], one.namespace);
        w.close();
    }
    let formats = w.finish();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Repository xmlns=\"{NAMESPACE}\" xmlns:oai=\"{}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"{NAMESPACE} {SCHEMA}\">\n<Identify>\n{identify}</Identify>\n{formats}",
        super::NAMESPACE
    )
}

/// The beginning of the records of one format.
pub fn open_list(prefix: &str) -> String {
    format!("<ListRecords metadataPrefix=\"{}\">\n", escape(prefix))
}

/// One record. `metadata` is what a format writer made.
pub fn record(identifier: &str, datestamp: i64, metadata: &str) -> String {
    let mut w = Writer::fragment();
    w.open("oai:record", &[]);
    w.open("oai:header", &[]);
    w.text("oai:identifier", &[], identifier);
    w.text("oai:datestamp", &[], &format(datestamp, Granularity::Day));
    w.close();
    w.open("oai:metadata", &[]);
    w.raw(metadata);
    w.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_static_repository_is_one_file() {
        let description = Description {
            name: "Musée <de> la Vallée",
            base_url: "https://gateway.example.org/oai/musee.example.org/records.xml",
            admin_email: "admin@musee.example.org",
            earliest_datestamp: 1_767_225_600,
        };
        let format = MetadataFormat {
            prefix: "oai_dc",
            schema: "http://www.openarchives.org/OAI/2.0/oai_dc.xsd".into(),
            namespace: "http://www.openarchives.org/OAI/2.0/oai_dc/",
        };
        let file = [
            head(&description, &[format]),
            open_list("oai_dc"),
            record("oai:musee.example.org:a_1", 1_767_312_000, "<a/>\n"),
            record("oai:musee.example.org:a_2", 1_767_312_001, "<b/>\n"),
            CLOSE_LIST.to_owned(),
            TAIL.to_owned(),
        ]
        .concat();
        insta::assert_snapshot!(file);
    }
}

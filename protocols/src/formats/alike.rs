//! Whether what we disseminate says the same as what a source sent (`altered` of its provenance).

use super::{Format, ObjectContext, edm, lido, oai_dc, read};
use domain::merge::MergedRecord;
use domain::record::Property;
use domain::source_record::Field;

/// Whether it is worth comparing: one source, which sent this very format, and knows our URI of the
/// thing. Every format of ours names that URI, so a record without it cannot say the same, and
/// nothing needs to be read to know it.
pub fn may_be_unaltered(
    format: Format,
    record: &MergedRecord,
    context: &ObjectContext<'_>,
) -> bool {
    let [member] = record.members.as_slice() else { return false };
    let namespace = match format {
        Format::OaiDc => oai_dc::NAMESPACE,
        Format::Edm => edm::NAMESPACE,
        Format::Lido => lido::NAMESPACE,
        Format::Raw => return false,
    };
    member.origin.as_ref().is_some_and(|o| o.metadata_namespace == namespace && !o.masked) && {
        let uri = context.uri();
        record.get(Property::Identifier).iter().any(|v| v.value.text == uri)
    }
}

/// Whether the fields that a source sent are those that a reader finds in what we wrote, whatever
/// their order and the white space around and between words.
pub fn says_the_same(format: Format, written: &str, sent: &[Field]) -> bool {
    let parsed = read(format.prefix(), written.as_bytes());
    canonical(&parsed.value) == canonical(sent)
}

fn canonical(fields: &[Field]) -> Vec<(String, String, Option<&str>, Option<&str>)> {
    let mut canonical: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = field.value.split_whitespace().collect::<Vec<_>>().join(" ");
            (field.name.clone(), value, field.lang.as_deref(), field.uri.as_deref())
        })
        .collect();
    canonical.sort();
    canonical.dedup();
    canonical
}

//! Fields that are stored and never shown: service e-mails, initials of writers.

use super::Crosswalk;
use crate::config::source::SourceConfig;
use crate::store::run::SourceRecordRow;
use protocols::crosswalk::{BUILTIN_NAMES, FieldRole, Table};
use std::collections::BTreeMap;

/// Which fields of which source must not leave the gateway.
#[derive(Debug, Clone)]
pub struct PrivateFields {
    by_source: BTreeMap<String, Crosswalk>,
    builtin: Vec<Table>,
}

impl PrivateFields {
    /// The private fields of the configured sources. Of a source that is configured no longer,
    /// every field is private that any built-in table calls so.
    pub fn new(sources: &[SourceConfig]) -> Self {
        let by_source = sources
            .iter()
            .filter_map(|source| Some((source.id.to_string(), Crosswalk::for_source(source).ok()?)))
            .collect();
        Self {
            by_source,
            builtin: BUILTIN_NAMES.iter().filter_map(|name| Table::builtin(name)).collect(),
        }
    }

    /// Takes the private fields out of records that are about to be shown.
    pub fn hide(&self, records: &mut [SourceRecordRow]) {
        for row in records {
            let source = row.source_id.as_str();
            row.source_record.fields.retain(|field| !self.is_private(source, &field.name));
        }
    }

    /// Whether a field of a source must not leave.
    pub fn is_private(&self, source: &str, field: &str) -> bool {
        match self.by_source.get(source) {
            Some(crosswalk) => crosswalk.is_private(field),
            None => self.builtin.iter().any(|table| {
                matches!(table.role_of(field), FieldRole::Private | FieldRole::Masked)
            }),
        }
    }
}

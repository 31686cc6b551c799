//! The crosswalk of one source: its table, with what its schedule adds.

pub mod private;
pub mod reference;

use crate::config::source::SourceConfig;
use domain::fold::fold_name;
use domain::issue::Parsed;
use domain::normalise::Normaliser;
use domain::record::{Kind, Record};
use domain::rights::{Explanation, RightsPolicy};
use domain::source_record::SourceRecord;
use protocols::crosswalk::{BUILTIN_NAMES, Context, Decisions, FieldRole, Table, TableError};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a source has no crosswalk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrosswalkError {
    /// The mapping is neither a built-in name nor a file that can be read.
    #[error(
        "mapping `{mapping}`: no built-in table of that name and no file {path} ({source}); built-in: {builtin}"
    )]
    Missing {
        /// As the schedule says it.
        mapping: String,
        /// Where the file was looked for.
        path: PathBuf,
        /// Why it could not be read.
        source: std::io::Error,
        /// The names of the built-in tables.
        builtin: String,
    },
    /// The table has a mistake.
    #[error("{path}: {source}")]
    Table {
        /// File of the table.
        path: PathBuf,
        /// The mistake, with its line.
        source: TableError,
    },
    /// The rights rules of the schedule have mistakes.
    #[error("rights of source `{source_id}`: {}", mistakes.join("; "))]
    Rights {
        /// Source.
        source_id: String,
        /// Each with what is allowed.
        mistakes: Vec<String>,
    },
    /// The gazetteer or a vocabulary cannot be used.
    #[error(transparent)]
    Reference(#[from] reference::ReferenceError),
}

/// The table of one source with the source's own kind, holder, museum, mask and rights.
#[derive(Debug, Clone)]
pub struct Crosswalk {
    table: Table,
    kind: Option<Kind>,
    data_provider: Option<String>,
    museum: Option<String>,
    rights: Option<RightsPolicy>,
    /// Folded names that the schedule masks.
    masked: Vec<String>,
    /// Folded names that the schedule calls private.
    private: Vec<String>,
    normaliser: Arc<Normaliser>,
    decisions: Decisions,
}

/// Whether a list of folded names has the name, or one that it is below of (`CONTACT` has
/// `CONTACT.email`).
fn listed(list: &[String], field: &str) -> bool {
    if list.is_empty() {
        return false;
    }
    let folded = fold_name(field);
    list.iter().any(|name| {
        folded == *name
            || folded.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
    })
}

impl Crosswalk {
    /// The crosswalk of a source: `mapping` is a built-in name or a path relative to the schedule.
    ///
    /// # Errors
    /// [`CrosswalkError`] when there is no such table, or it or the source's rights rules have a
    /// mistake.
    pub fn for_source(config: &SourceConfig) -> Result<Self, CrosswalkError> {
        let table = match Table::builtin(&config.mapping) {
            Some(table) => table,
            None => Self::read_table(config)?,
        };
        let mistakes = config.rights.as_ref().map(RightsPolicy::mistakes).unwrap_or_default();
        if !mistakes.is_empty() {
            return Err(CrosswalkError::Rights { source_id: config.id.to_string(), mistakes });
        }
        Ok(Self {
            table,
            kind: config.record_kind,
            data_provider: config.data_provider.clone(),
            museum: config.museum.clone(),
            rights: config.rights.clone().map(|policy| RightsPolicy {
                written_in: format!("schedule {}.toml", config.id),
                ..policy
            }),
            masked: config.masked.iter().map(|field| fold_name(field)).collect(),
            private: config.private.iter().map(|field| fold_name(field)).collect(),
            normaliser: config.reference.normaliser()?,
            decisions: Decisions::default(),
        })
    }

    fn read_table(config: &SourceConfig) -> Result<Table, CrosswalkError> {
        let path = config.folder.join(&config.mapping);
        let toml = std::fs::read_to_string(&path).map_err(|source| CrosswalkError::Missing {
            mapping: config.mapping.clone(),
            path: path.clone(),
            source,
            builtin: BUILTIN_NAMES.join(", "),
        })?;
        Table::parse(&toml).map_err(|source| CrosswalkError::Table { path, source })
    }

    /// Makes the EDM-shaped record, meanings and rights decision included. Never fails: what is not understood
    /// is an issue beside it.
    pub fn apply(&self, record: &SourceRecord) -> Parsed<Record> {
        let (Parsed { value: mut made, mut issues }, hints) =
            self.table.apply_with_hints(&self.without_private(record), &self.context());
        self.normaliser.record(&mut made, &hints, &mut issues);
        Parsed { value: made, issues }
    }

    /// Why the rights of a record are what they are: every rule that was tried.
    pub fn explain_rights(&self, record: &SourceRecord) -> Explanation {
        self.table.explain_rights(&self.without_private(record), &self.context())
    }

    /// What the schedule calls private is mapped to nothing, and decides nothing: the text of a
    /// decision is shown to people.
    fn without_private<'a>(&self, record: &'a SourceRecord) -> Cow<'a, SourceRecord> {
        if self.private.is_empty() {
            return Cow::Borrowed(record);
        }
        let mut shown = record.clone();
        shown.fields.retain(|field| !listed(&self.private, &field.name));
        Cow::Owned(shown)
    }

    fn context(&self) -> Context<'_> {
        Context {
            kind: self.kind,
            data_provider: self.data_provider.as_deref(),
            museum: self.museum.as_deref(),
            rights: self.rights.as_ref(),
            decisions: Some(&self.decisions),
        }
    }

    /// Whether a field must be taken out before anything is stored (invariant 8): masked by the
    /// table or by the schedule, whatever the case, accents, spaces and underscores of the name.
    /// A masked name takes everything below it with it (`HISTORIQUE` also `HISTORIQUE.email`).
    pub fn is_masked(&self, field: &str) -> bool {
        listed(&self.masked, field) || self.table.is_masked(field)
    }

    /// Whether any field is masked at all.
    pub fn masks_anything(&self) -> bool {
        !self.masked.is_empty() || self.table.masks_anything()
    }

    /// Whether a field, though stored, must never be shown: service e-mails.
    pub fn is_private(&self, field: &str) -> bool {
        listed(&self.private, field)
            || matches!(self.table.role_of(field), FieldRole::Private | FieldRole::Masked)
    }

    /// Names (all dialects) of the fields that identify a record, in the order in which to try them.
    pub fn key_fields(&self) -> &[String] {
        self.table.key_fields()
    }

    /// What the table does with a field of that name.
    pub fn role_of(&self, field: &str) -> FieldRole {
        self.table.role_of(field)
    }
}

#[cfg(test)]
mod tests;

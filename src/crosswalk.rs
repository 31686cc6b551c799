//! The crosswalk of one source: its table, with what its schedule adds.

pub mod family;
pub mod private;
pub mod reference;

use crate::config::source::SourceConfig;
use domain::fold::fold_name;
use domain::issue::{Issue, Parsed};
use domain::normalise::Normaliser;
use domain::record::{Kind, Record};
use domain::rights::{Explanation, RightsPolicy};
use domain::source_record::SourceRecord;
use family::Family;
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

/// The table of one source (or its tables, when it sends records of several bases) with the source's own kind, holder, museum, mask and rights.
#[derive(Debug, Clone)]
pub struct Crosswalk {
    family: Family,
    kind: Option<Kind>,
    data_provider: Option<String>,
    museum: Option<String>,
    rights: Option<RightsPolicy>,
    /// Folded names that the schedule masks.
    masked: Vec<String>,
    /// Folded names that the schedule calls private.
    private: Vec<String>,
    normaliser: Arc<Normaliser>,
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
        let family = match (Family::builtin(&config.mapping), Table::builtin(&config.mapping)) {
            (Some(family), _) => family,
            (None, Some(table)) => Family::single(table),
            (None, None) => Family::single(Self::read_table(config)?),
        };
        let mistakes = config.rights.as_ref().map(RightsPolicy::mistakes).unwrap_or_default();
        if !mistakes.is_empty() {
            return Err(CrosswalkError::Rights { source_id: config.id.to_string(), mistakes });
        }
        Ok(Self {
            family,
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
        })
    }

    fn read_table(config: &SourceConfig) -> Result<Table, CrosswalkError> {
        let path = config.folder.join(&config.mapping);
        let toml = std::fs::read_to_string(&path).map_err(|source| CrosswalkError::Missing {
            mapping: config.mapping.clone(),
            path: path.clone(),
            source,
            builtin: [&BUILTIN_NAMES[..], &[family::POP]].concat().join(", "),
        })?;
        Table::parse(&toml).map_err(|source| CrosswalkError::Table { path, source })
    }

    /// Makes the EDM-shaped record, meanings and rights decision included. Never fails: what is not understood
    /// is an issue beside it.
    pub fn apply(&self, record: &SourceRecord) -> Parsed<Record> {
        let branch = self.family.of(record);
        let unknown = branch.is_none();
        let branch = branch.unwrap_or(self.family.first());
        let (Parsed { value: mut made, mut issues }, hints) = branch
            .table
            .apply_with_hints(&self.without_private(record), &self.context(&branch.decisions));
        made.base = branch.base.map(str::to_owned);
        if unknown {
            issues.push(Issue::new("base_unknown", "", &record.local_id));
        }
        self.normaliser.record(&mut made, &hints, &mut issues);
        Parsed { value: made, issues }
    }

    /// Why the rights of a record are what they are: every rule that was tried.
    pub fn explain_rights(&self, record: &SourceRecord) -> Explanation {
        let branch = self.family.of(record).unwrap_or(self.family.first());
        let context = self.context(&branch.decisions);
        branch.table.explain_rights(&self.without_private(record), &context)
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

    fn context<'a>(&'a self, decisions: &'a Decisions) -> Context<'a> {
        Context {
            kind: self.kind,
            data_provider: self.data_provider.as_deref(),
            museum: self.museum.as_deref(),
            rights: self.rights.as_ref(),
            decisions: Some(decisions),
        }
    }

    /// Whether a field must be taken out before anything is stored (invariant 8): masked by the
    /// table or by the schedule, whatever the case, accents, spaces and underscores of the name.
    /// A masked name takes everything below it with it (`HISTORIQUE` also `HISTORIQUE.email`).
    pub fn is_masked(&self, field: &str) -> bool {
        listed(&self.masked, field) || self.family.tables().any(|table| table.is_masked(field))
    }

    /// Whether any field is masked at all.
    pub fn masks_anything(&self) -> bool {
        !self.masked.is_empty() || self.family.tables().any(Table::masks_anything)
    }

    /// Whether a field, though stored, must never be shown: service e-mails.
    pub fn is_private(&self, field: &str) -> bool {
        listed(&self.private, field)
            || self
                .family
                .tables()
                .any(|t| matches!(t.role_of(field), FieldRole::Private | FieldRole::Masked))
    }

    /// Names (all dialects) of the fields that identify a record, in the order in which to try them.
    pub fn key_fields(&self) -> &[String] {
        self.family.first().table.key_fields()
    }

    /// What the table does with a field of that name; of several tables the first that knows it.
    pub fn role_of(&self, field: &str) -> FieldRole {
        let mut roles = self.family.tables().map(|table| table.role_of(field));
        roles.find(|role| *role != FieldRole::Unknown).unwrap_or(FieldRole::Unknown)
    }
}

#[cfg(test)]
mod tests;

//! Crosswalk tables as data: from the fields of a source record to the EDM-shaped record.
//!
//! A table is a TOML file (`protocols/tables/*.toml`, or one beside a schedule). It says what each
//! source field is called in every dialect that was seen, which property it becomes, where its
//! values are split, and which names, keys, links, images and rights come out of the record. The
//! engine here knows no base by name.
//!
//! Names are compared folded ([`domain::fold::fold_name`]): no case, no accents, no spaces,
//! underscores or apostrophes. Values of a property come in the order of the table, and in source
//! order within one field.

mod apply;
mod builtin;
mod compile;
mod decisions;
mod error;
mod spec;
mod template;
mod transform;
mod url_key;

pub use builtin::{BUILTIN_NAMES, builtin_text};
pub use compile::Table;
pub use decisions::Decisions;
pub use error::TableError;

use domain::record::Kind;
use domain::rights::RightsPolicy;

/// What the source configuration adds to a table.
#[derive(Debug, Clone, Default)]
pub struct Context<'a> {
    /// Kind of the records when the source knows better than the table.
    pub kind: Option<Kind>,
    /// Holder when the record names none.
    pub data_provider: Option<&'a str>,
    /// Muséofile code of the museum that sends these records: `{museum}` in templates.
    pub museum: Option<&'a str>,
    /// Rights rules of the source, which speak before those of the table.
    pub rights: Option<&'a RightsPolicy>,
    /// Decisions on rights that were made before with these rules and this table.
    pub decisions: Option<&'a Decisions>,
}

/// What a table does with a field of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRole {
    /// Becomes values, a link, a name, an image, a right…
    Mapped,
    /// Known, and left verbatim: technical, or without meaning outside its base.
    Ignored,
    /// Kept in the store, never shown (service e-mails).
    Private,
    /// Never enters the store.
    Masked,
    /// Not in the table: stays verbatim.
    Unknown,
}

#[cfg(test)]
mod tests;

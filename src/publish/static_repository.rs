//! The published objects as a static repository: one file that a gateway serves as OAI-PMH.

use super::PublishError;
use crate::config::settings::RepositorySettings;
use crate::store::object::{ObjectQuery, ObjectStatus};
use crate::store::{Store, StoreError};
use protocols::formats::{Format, ObjectContext};
use protocols::oai_pmh::provider::response::identifier;
use protocols::oai_pmh::static_repository::{
    CLOSE_LIST, Description, TAIL, head, open_list, record,
};
use std::io::{self, Write};

/// Objects read at once.
const BATCH: i64 = 250;

/// What is exported.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// Formats, one list of records each.
    pub formats: &'a [Format],
    /// Only the objects of this set.
    pub set: Option<&'a str>,
    /// Last closed second.
    pub horizon: i64,
    /// Base URL of this gateway, without final slash.
    pub public_url: &'a str,
    /// Where the file will be served as a repository.
    pub base_url: &'a str,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The store.
    #[error("export: {0}")]
    Publish(#[from] PublishError),
    /// The file.
    #[error("export: the file cannot be written: {0}")]
    Write(#[from] io::Error),
    /// No object is in the selection: the schema wants at least one record.
    #[error("export: no live object is in the selection")]
    Empty,
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Publish(error.into())
    }
}

/// Writes the live objects of a selection and returns how many there are.
///
/// # Errors
/// [`ExportError`].
pub async fn write(
    store: &Store,
    settings: &RepositorySettings,
    selection: &Selection<'_>,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let description = Description {
        name: &settings.name,
        base_url: selection.base_url,
        admin_email: &settings.admin_email,
        earliest_datestamp: store.earliest_datestamp().await?.unwrap_or(selection.horizon),
    };
    let formats: Vec<_> = selection
        .formats
        .iter()
        .map(|format| format.metadata_format(selection.public_url))
        .collect();
    out.write_all(head(&description, &formats).as_bytes())?;
    let mut written = 0;
    for format in selection.formats {
        out.write_all(open_list(format.prefix()).as_bytes())?;
        written = list(store, settings, selection, *format, out).await?;
        if written == 0 {
            return Err(ExportError::Empty);
        }
        out.write_all(CLOSE_LIST.as_bytes())?;
    }
    out.write_all(TAIL.as_bytes())?;
    out.flush()?;
    Ok(written)
}

async fn list(
    store: &Store,
    settings: &RepositorySettings,
    selection: &Selection<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let mut query = ObjectQuery {
        set: selection.set.map(str::to_owned),
        until: selection.horizon,
        limit: BATCH,
        with_record: true,
        ..ObjectQuery::default()
    };
    let mut written = 0;
    loop {
        let rows = store.list_objects(&query).await?;
        let Some(last) = rows.last() else { return Ok(written) };
        query.after = Some((last.datestamp, last.object_id.clone()));
        for row in rows.iter().filter(|row| row.status == ObjectStatus::Live) {
            let Some(merged) = &row.record else { continue };
            let context = ObjectContext {
                object_id: &row.object_id,
                public_url: selection.public_url,
                provider: &settings.provider,
            };
            let metadata = format.write(merged, &context);
            let name = identifier(&settings.identifier_domain, &row.object_id);
            out.write_all(record(&name, row.datestamp, &metadata).as_bytes())?;
            written += 1;
        }
    }
}

//! What the tests of reading share.

use passerelle::config::source::{FileOptions, SourceConfig};
use passerelle::harvest::file::checkpoint::Input;
use passerelle::harvest::file::layers::Counter;
use passerelle::harvest::file::limits::Limits;
use passerelle::harvest::file::open::{Source, open};
use passerelle::harvest::file::row::{ReadError, Refusal, Row, RowReader, Rules};
use std::path::Path;
use std::sync::Arc;

/// Rules with keys and masked names.
pub(crate) fn rules(keys: &[&str], masked: &[&str]) -> Rules {
    let masked: Vec<String> = masked.iter().map(|name| name.to_lowercase()).collect();
    Rules {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        masked: Arc::new(move |field| masked.contains(&field.to_lowercase())),
        known: Arc::new(|_| true),
    }
}

/// Everything that a reader gives: rows and the body of one page of them all.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) rows: Vec<Row>,
    pub(crate) body: String,
    pub(crate) error: Option<ReadError>,
}

impl Read {
    pub(crate) fn all(mut reader: Box<dyn RowReader>) -> Self {
        let (mut rows, mut body) = (Vec::new(), Vec::new());
        reader.head(&mut body);
        let error = loop {
            match reader.next_row(&mut body) {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        Self { rows, body: String::from_utf8(body).unwrap(), error }
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.rows
            .iter()
            .filter_map(|row| match row {
                Row::Record { local_id, .. } => Some(local_id.as_str()),
                Row::Refused(_) => None,
            })
            .collect()
    }

    pub(crate) fn refusals(&self) -> Vec<&Refusal> {
        self.rows
            .iter()
            .filter_map(|row| match row {
                Row::Refused(refusal) => Some(refusal),
                Row::Record { .. } => None,
            })
            .collect()
    }

    pub(crate) fn codes(&self) -> Vec<&str> {
        self.refusals().iter().map(|refusal| refusal.code).collect()
    }

    /// `name=value` of the record at a place.
    pub(crate) fn fields(&self, at: usize) -> Vec<String> {
        match &self.rows[at] {
            Row::Record { fields, .. } => {
                fields.iter().map(|field| format!("{}={}", field.name, field.value)).collect()
            }
            Row::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    /// `code path` of the issues of the record at a place.
    pub(crate) fn issues(&self, at: usize) -> Vec<String> {
        match &self.rows[at] {
            Row::Record { issues, .. } => {
                issues.iter().map(|issue| format!("{} {}", issue.code, issue.path)).collect()
            }
            Row::Refused(refusal) => panic!("{refusal:?}"),
        }
    }
}

/// Opens a file on disk.
pub(crate) fn open_path(
    path: &Path,
    options: &FileOptions,
    rules: &Rules,
) -> Result<Box<dyn RowReader>, ReadError> {
    let mut config: SourceConfig =
        toml::from_str("label = 'x'\nkind = 'file'\nlocation = 'x'\nmapping = 'x'").unwrap();
    config.file = options.clone();
    let (limits, read) = (Limits::default(), Counter::default());
    let source = Source { config: &config, rules, limits, read: &read };
    open(&Input::new(path.to_owned(), String::new()), source, &[])
}

/// Reads bytes as a file of that name and format.
pub(crate) fn read_format(format: &str, name: &str, bytes: &[u8], rules: &Rules) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut config: SourceConfig =
        toml::from_str("label = 'x'\nkind = 'file'\nlocation = 'x'\nmapping = 'x'").unwrap();
    config.format = Some(format.to_owned());
    let (limits, read) = (Limits::default(), Counter::default());
    let source = Source { config: &config, rules, limits, read: &read };
    let input = Input::new(path, name.to_owned());
    Read::all(open(&input, source, &[]).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// Reads bytes as a file of that name.
pub(crate) fn read_as(name: &str, bytes: &[u8], options: &FileOptions, rules: &Rules) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Read::all(open_path(&path, options, rules).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// Why bytes cannot be read as a file of that name.
pub(crate) fn refused(name: &str, bytes: &[u8], options: &FileOptions, rules: &Rules) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    match open_path(&path, options, rules) {
        Ok(reader) => Read::all(reader).error.expect("an error").to_string(),
        Err(error) => error.to_string(),
    }
}

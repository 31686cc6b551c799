//! One configured upstream: the content of one `schedules/*.toml`.

use super::database::DatabaseOptions;
use super::drop::DropOptions;
use super::harvest::HarvestOptions;
use super::images::ImageOptions;
use domain::identifier::SourceId;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One source as its schedule file says it. The file name (without `.toml`) is the source id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Set from the file name by the loader.
    #[serde(skip, default = "no_id")]
    pub id: SourceId,
    /// Folder of the schedule file; relative paths in the file start there. Set by the loader.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Reference data of the installation. Set by whoever loads the schedules.
    #[serde(skip)]
    pub reference: crate::crosswalk::reference::Reference,
    /// Shown to people.
    pub label: String,
    /// Base that its records belong to (`joconde`, …, or a word of its own): OAI set, facet.
    /// Default: the source id.
    #[serde(default)]
    pub base: Option<String>,
    /// What to speak.
    pub kind: SourceKind,
    /// A path (relative to the schedule), a folder with one `*` pattern as last part, or a URL. Of
    /// a database its URL, in which `${NAME}` stands until it is connected to: no password is
    /// ever stored.
    pub location: String,
    /// Format of the records: `csv`, `tsv`, `psv`, `ssv` (semicolon), `json`, `ndjson` for files
    /// (default by file name); for OAI-PMH one of `protocols::formats::READABLE` (`oai_dc`,
    /// `oai_qdc`, `edm`, `lido`, `mods`, `marc21`, `unimarc`, `ead`, `mets`, `raw`): the
    /// metadataPrefix unless that is said apart. What comes is read by its own namespace first.
    #[serde(default)]
    pub format: Option<String>,
    /// For files: how to read them.
    #[serde(default)]
    pub file: FileOptions,
    /// For databases: what to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseOptions>,
    /// For `json-api`: where its rows are, and how it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_api: Option<protocols::walk::json_api::JsonApi>,
    /// For `sru`: what is searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sru: Option<protocols::walk::sru::Sru>,
    /// For drop folders: when a file is whole, and what becomes of it.
    #[serde(default)]
    pub drop: DropOptions,
    /// For OAI-PMH: metadataPrefix when it is not the format's usual one.
    #[serde(default)]
    pub metadata_prefix: Option<String>,
    /// For OAI-PMH: setSpec to harvest.
    #[serde(default)]
    pub set: Option<String>,
    /// Cron expression (5 or 6 fields; with seconds first when 6). Absent: only by hand.
    #[serde(default)]
    pub cron: Option<String>,
    /// IANA time zone of the cron expression.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
    /// Whether a run reads everything or only what changed since the last complete run.
    #[serde(default)]
    pub mode: HarvestMode,
    /// Courtesy towards the source.
    #[serde(default)]
    pub politeness: Politeness,
    /// Windows, bounds, absence and brake of a harvest.
    #[serde(default)]
    pub harvest: HarvestOptions,
    /// Rank of trust when records merge: 1 is the most trusted.
    #[serde(default = "default_trust")]
    pub trust: u32,
    /// Crosswalk table: a built-in name (`joconde`, `merimee`, `oai_dc`, …) or a path to a TOML.
    pub mapping: String,
    /// Fields (source names, any case) that never enter the store, pages included.
    #[serde(default)]
    pub masked: Vec<String>,
    /// Fields (source names, any case) that are stored and never shown: contacts, names of staff.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<String>,
    /// Kind of its records where the source knows better than the mapping: `museum_object`,
    /// `monument`, `movable_object`, `photograph`, `museum`, `agent`, `other`.
    #[serde(default)]
    pub record_kind: Option<domain::record::Kind>,
    /// Muséofile code of the museum that sends these records (`M0017`): with the inventory number
    /// it makes a certain key.
    #[serde(default)]
    pub museum: Option<String>,
    /// `edm:dataProvider` when the record names no holder.
    #[serde(default)]
    pub data_provider: Option<String>,
    /// Rights rules and defaults of this source; absent: the rules of the mapping, then the default ones.
    #[serde(default)]
    pub rights: Option<domain::rights::RightsPolicy>,
    /// Where images named by records are found, and what is done with them.
    #[serde(default)]
    pub images: Option<ImageOptions>,
    /// Allow addresses of private networks for this source (invariant 9).
    #[serde(default)]
    pub allow_private_addresses: bool,
}

fn no_id() -> SourceId {
    // "unnamed" has the right form; the loader replaces it at once.
    SourceId::new("unnamed").expect("a literal source id of the right form")
}

fn default_time_zone() -> String {
    "Europe/Paris".to_owned()
}

fn default_trust() -> u32 {
    100
}

impl SourceConfig {
    /// The base: the one given, else the source id.
    pub fn base(&self) -> &str {
        self.base.as_deref().unwrap_or(self.id.as_str())
    }
}

/// What a source speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A file or URL of rows or JSON values.
    File,
    /// An OAI-PMH repository.
    OaiPmh,
    /// A producer's database: PostgreSQL, MySQL, MariaDB or SQLite.
    Database,
    /// A folder, of this machine or in S3, into which files are dropped.
    Drop,
    /// An interface that gives rows of JSON page by page.
    JsonApi,
    /// IIIF collections and manifests, or a stream of changes.
    Iiif,
    /// Lists of resources and of changes.
    #[serde(rename = "resourcesync")]
    ResourceSync,
    /// A catalogue that is searched.
    Sru,
}

impl SourceKind {
    /// The word of the schedule.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::OaiPmh => "oai-pmh",
            Self::Database => "database",
            Self::Drop => "drop",
            Self::JsonApi => "json-api",
            Self::Iiif => "iiif",
            Self::ResourceSync => "resourcesync",
            Self::Sru => "sru",
        }
    }

    /// Whether it is one of those that [`protocols::walk`] reads.
    pub fn is_walked(self) -> bool {
        matches!(self, Self::JsonApi | Self::Iiif | Self::ResourceSync | Self::Sru)
    }
}

/// Full or incremental.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HarvestMode {
    /// Every run reads everything; what a complete run does not see is deleted.
    #[default]
    Full,
    /// A run reads what changed (from/until); nothing is deleted by absence.
    Incremental,
}

/// How to read a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileOptions {
    /// `utf-8`, `iso-8859-1`, `windows-1252`; absent: UTF-8, and Windows-1252 for a row that is not.
    pub encoding: Option<String>,
    /// Delimiter, one character; absent: by format or by looking at the first line.
    pub delimiter: Option<char>,
    /// Whether `"` quotes fields. Absent: yes.
    pub quoting: Option<bool>,
    /// Column names when the file has no header line.
    pub columns: Option<Vec<String>>,
    /// Lines to skip before the header (comment lines that start with `#` are data otherwise).
    pub skip_lines: u32,
    /// For JSON: path to the array of records, keys joined by `.` (`features`, `result.items`).
    pub records: Option<String>,
    /// Field that identifies a record; several are tried in order. Absent: the mapping says.
    /// `#content` names a record by its content, for a file without any identifier: a changed row
    /// is then a new record.
    pub key: Vec<String>,
    /// Name of the entry when the file is a zip of several.
    pub entry: Option<String>,
    /// Rows a page.
    pub page_rows: Option<u32>,
}

/// Courtesy towards a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Politeness {
    /// Pause between requests, in milliseconds.
    pub delay_ms: u64,
    /// Seconds to wait for an answer.
    pub timeout_s: u64,
    /// Attempts a request before the run stops as partial.
    pub attempts: u32,
    /// Largest answer, in mebibytes.
    pub max_page_mib: u64,
}

impl Default for Politeness {
    fn default() -> Self {
        Self { delay_ms: 0, timeout_s: 120, attempts: 5, max_page_mib: 64 }
    }
}

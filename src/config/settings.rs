//! Settings of this installation: `passerelle.toml`, overridden by the environment.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that an operator sets for the whole installation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of the embedded database, the search index and derived images. `PASSERELLE_DATA`.
    pub data: PathBuf,
    /// Folder of the search index of this node; two processes never share one.
    /// `PASSERELLE_INDEX`. Default: `{data}/index`.
    pub index: Option<PathBuf>,
    /// Folder of the schedules. `PASSERELLE_SCHEDULES`.
    pub schedules: PathBuf,
    /// `sqlite:PATH` or `postgres://…`. `DATABASE_URL`. Default: `sqlite:{data}/passerelle.db`.
    pub database_url: Option<String>,
    /// Address to listen on. `PASSERELLE_LISTEN`.
    pub listen: String,
    /// Public base URL, without final slash: every `id` starts with it. `PASSERELLE_PUBLIC_URL`.
    /// Default: `http://{listen}`, or what a trusted proxy forwards.
    pub public_url: Option<String>,
    /// Addresses (CIDR) of proxies whose `Forwarded`/`X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<String>,
    /// `json` or `text`. `PASSERELLE_LOG_FORMAT`; the filter is `RUST_LOG`.
    pub log_format: LogFormat,
    /// What the repository says of itself.
    pub repository: RepositorySettings,
    /// Image limits.
    pub images: ImageSettings,
    /// Places and vocabularies that normalisation looks things up in.
    pub reference: ReferenceSettings,
    /// Background work.
    pub jobs: JobSettings,
    /// Imports by hand.
    pub imports: ImportSettings,
    /// File to which every request is written, a line each (combined log format and the
    /// microseconds that it took); none when absent.
    pub access_log: Option<PathBuf>,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text an event.
    Text,
    /// One JSON object an event.
    Json,
}

/// What OAI-PMH `Identify`, the front page and manifests say of the institution.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepositorySettings {
    /// Name of the repository.
    pub name: String,
    /// `adminEmail` of Identify.
    pub admin_email: String,
    /// Domain name in `oai:{domain}:{object}`. Frozen once published.
    pub identifier_domain: String,
    /// `edm:provider`.
    pub provider: String,
    /// Licence of the metadata that is disseminated, a URI; a partner's own goes before it.
    pub metadata_rights: String,
    /// Records a page of OAI-PMH lists. Validators want 100 to 500; what a page costs by itself is
    /// shared by its records.
    pub page_size: u32,
    /// Base URLs of other repositories, for the `friends` container of Identify.
    pub friends: Vec<String>,
    /// Icon of the collection, for the `branding` container of Identify.
    pub branding: Option<BrandingSettings>,
    /// Whether Identify says which program answers. The schema of that container is on a host that
    /// does not always answer: validators that fetch schemas may stumble.
    pub toolkit: bool,
}

/// Icon of the collection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandingSettings {
    /// URL of the picture.
    pub icon: String,
    /// Where a click on it leads.
    pub link: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

/// Limits of the image service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageSettings {
    /// Largest master that is opened, in pixels.
    pub max_pixels: u64,
    /// Largest rendering, in pixels (`maxArea`).
    pub max_area: u64,
    /// Memory for all of the image service, in mebibytes: what renderings under way may take is
    /// reckoned before they begin.
    #[serde(alias = "cache_mib")]
    pub memory: u64,
    /// Where serving files are kept: a folder, or `s3://BUCKET/PREFIX`. Default: `serving` in the
    /// data folder.
    pub serving: Option<String>,
    /// Server of that bucket, where it is not Amazon's.
    pub serving_endpoint: Option<String>,
    /// Whether that server may be on a private network.
    pub serving_allow_private_addresses: bool,
    /// Local copies of serving files of a bucket, in mebibytes.
    pub serving_cache: u64,
    /// Renderings kept on disk, in mebibytes; 0 keeps none.
    pub derivatives: u64,
    /// Side of tiles in pixels: 512 or 256.
    pub tile: u32,
    /// Serving files held open.
    pub open_files: u32,
    /// Images served under a fixed identifier besides those of records: id → file.
    pub pinned: BTreeMap<String, PathBuf>,
}

/// Data that normalisation looks things up in. Paths are relative to the working folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReferenceSettings {
    /// Files of communes: names, codes, positions.
    pub gazetteer: Vec<PathBuf>,
    /// Vocabularies, asked in this order.
    pub vocabularies: Vec<VocabularySettings>,
    /// Leaves out the built-in vocabularies (the commonest types and materials).
    pub without_builtin: bool,
    /// Files of names of agents: `.txt` (`AACHEN Hans von = VON AACHEN Hans`) or `.csv` (columns
    /// `name`, `other`, `born`, `died`, `uri`, `same_as`).
    pub authorities: Vec<PathBuf>,
}

/// One vocabulary: a file or a URL.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularySettings {
    /// The file. `.gz` and `.zst` are opened.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Where it is fetched from by `passerelle vocabularies refresh`; the copy is kept in the data
    /// folder.
    #[serde(default)]
    pub url: Option<String>,
    /// `rdfxml`, `turtle`, `ntriples`, `csv`, `list` or `codes`; default: by the ending of the name.
    #[serde(default)]
    pub format: Option<String>,
    /// Properties whose values it explains (`type`, `subject`, `medium`, `format`).
    #[serde(rename = "for")]
    pub properties: Vec<String>,
    /// Beginning of the addresses of terms that have none (`list`, `codes`).
    #[serde(default)]
    pub base: String,
    /// Language of labels and of values that do not say theirs; default: `fr`.
    #[serde(default)]
    pub lang: Option<String>,
    /// Whether the URL may be on a private network.
    #[serde(default)]
    pub allow_private_addresses: bool,
}

/// Background work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobSettings {
    /// Harvests that go on at the same time; never two requests at a time to one host.
    pub harvests: u32,
    /// Minutes after which a harvest makes way for another that waits.
    pub slice_minutes: u64,
}

/// Imports by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportSettings {
    /// Largest file that is taken over HTTP, in mebibytes.
    pub max_mib: u64,
}

impl Default for ImportSettings {
    fn default() -> Self {
        Self { max_mib: 2048 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            index: None,
            schedules: PathBuf::from("schedules"),
            database_url: None,
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            trusted_proxies: Vec::new(),
            log_format: LogFormat::Text,
            repository: RepositorySettings::default(),
            images: ImageSettings::default(),
            reference: ReferenceSettings::default(),
            jobs: JobSettings::default(),
            imports: ImportSettings::default(),
            access_log: None,
        }
    }
}

impl Settings {
    /// Folder of the copies of vocabularies that were fetched.
    pub fn vocabulary_folder(&self) -> PathBuf {
        self.data.join("vocabularies")
    }
}

impl Default for JobSettings {
    fn default() -> Self {
        Self { harvests: 8, slice_minutes: 10 }
    }
}

impl Default for RepositorySettings {
    fn default() -> Self {
        Self {
            name: "Passerelle".to_owned(),
            admin_email: "admin@example.org".to_owned(),
            identifier_domain: "passerelle.example.org".to_owned(),
            provider: "Passerelle".to_owned(),
            metadata_rights: domain::rights::CC0.to_owned(),
            page_size: 250,
            friends: Vec::new(),
            branding: None,
            toolkit: false,
        }
    }
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self {
            max_pixels: 1_000_000_000,
            max_area: 60_000_000,
            memory: 256,
            serving: None,
            serving_endpoint: None,
            serving_allow_private_addresses: false,
            serving_cache: 10_240,
            derivatives: 1024,
            tile: 512,
            open_files: 512,
            pinned: BTreeMap::new(),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("settings file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not what is expected; the message names line, key and what is allowed.
    #[error("settings file {path}: {message}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        message: String,
    },
    /// An environment variable has a value that is not allowed.
    #[error("environment variable {name}: found `{value}`, expected {expected}")]
    Environment {
        /// Which.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
}

impl Settings {
    /// Reads the settings file (`path`, else `PASSERELLE_CONFIG`, else `passerelle.toml` when it is
    /// there) and lets the environment override it.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load(path: Option<&std::path::Path>) -> Result<Self, SettingsError> {
        use super::environment::variable;
        let named = path
            .map(ToOwned::to_owned)
            .or_else(|| variable("PASSERELLE_CONFIG").map(PathBuf::from));
        let default = PathBuf::from("passerelle.toml");
        let mut settings = match named {
            Some(path) => Self::read(path)?,
            None if default.exists() => Self::read(default)?,
            None => Self::default(),
        };
        if let Some(value) = variable("PASSERELLE_DATA") {
            settings.data = PathBuf::from(value);
        }
        if let Some(value) = variable("PASSERELLE_INDEX") {
            settings.index = Some(PathBuf::from(value));
        }
        if let Some(value) = variable("PASSERELLE_SCHEDULES") {
            settings.schedules = PathBuf::from(value);
        }
        if let Some(value) = variable("DATABASE_URL") {
            settings.database_url = Some(value);
        }
        if let Some(value) = variable("PASSERELLE_LISTEN") {
            settings.listen = value;
        }
        if let Some(value) = variable("PASSERELLE_PUBLIC_URL") {
            settings.public_url = Some(value);
        }
        match variable("PASSERELLE_LOG_FORMAT").as_deref() {
            None => {}
            Some("text") => settings.log_format = LogFormat::Text,
            Some("json") => settings.log_format = LogFormat::Json,
            Some(other) => {
                return Err(SettingsError::Environment {
                    name: "PASSERELLE_LOG_FORMAT",
                    value: other.to_owned(),
                    expected: "text or json",
                });
            }
        }
        Ok(settings)
    }

    fn read(path: PathBuf) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| SettingsError::Unreadable { path: path.clone(), source })?;
        toml::from_str(&text)
            .map_err(|error| SettingsError::Invalid { path, message: error.to_string() })
    }

    /// Who asks, for the headers of outgoing requests: the public URL and the address of the
    /// operator, as far as they are set.
    pub fn contact(&self) -> crate::fetch::Contact {
        let email = Some(self.repository.admin_email.clone())
            .filter(|email| *email != RepositorySettings::default().admin_email);
        crate::fetch::Contact { url: self.public_url.clone(), email }
    }

    /// URL of the database: the one given, else SQLite in the data folder.
    pub fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data.join("passerelle.db").display()))
    }

    /// Folder of the search index.
    pub fn index_folder(&self) -> PathBuf {
        self.index.clone().unwrap_or_else(|| self.data.join("index"))
    }
}

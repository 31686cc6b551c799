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
    /// Records a page of OAI-PMH lists.
    pub page_size: u32,
}

/// Limits of the image service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageSettings {
    /// Largest master that is opened, in pixels.
    pub max_pixels: u64,
    /// Largest rendering, in pixels (`maxArea`).
    pub max_area: u64,
    /// Memory for decoded images, in mebibytes.
    pub cache_mib: u64,
    /// Images served under a fixed identifier besides those of records: id → file.
    pub pinned: BTreeMap<String, PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            schedules: PathBuf::from("schedules"),
            database_url: None,
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            trusted_proxies: Vec::new(),
            log_format: LogFormat::Text,
            repository: RepositorySettings::default(),
            images: ImageSettings::default(),
        }
    }
}

impl Default for RepositorySettings {
    fn default() -> Self {
        Self {
            name: "Passerelle".to_owned(),
            admin_email: "admin@example.org".to_owned(),
            identifier_domain: "passerelle.example.org".to_owned(),
            provider: "Passerelle".to_owned(),
            page_size: 100,
        }
    }
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self { max_pixels: 1_000_000_000, max_area: 60_000_000, cache_mib: 512, pinned: BTreeMap::new() }
    }
}

//! Where files are dropped: a folder of this machine, or a bucket.

use crate::config::source::SourceConfig;
use crate::harvest::file::inputs::fits;
use crate::storage::Bucket;
use std::path::{Path, PathBuf};

/// Endings of names under which programs write what is not whole yet.
const UNFINISHED: [&str; 5] = [".part", ".partial", ".tmp", ".filepart", ".crdownload"];

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name, without folder.
    pub name: String,
    /// Another one is another file: size and time of change, or ETag.
    pub version: String,
    /// Second since the epoch of its last change.
    pub modified: i64,
    /// Whether nobody writes it any more.
    pub whole: bool,
}

/// A folder or a bucket.
#[derive(Debug)]
pub enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket and the prefix in it, without slashes around.
    Bucket(Bucket, String),
}

impl Place {
    /// The place of a source, and the pattern that its files fit.
    ///
    /// # Errors
    /// In words.
    pub async fn open(config: &SourceConfig) -> Result<(Self, String), String> {
        if let Some(rest) = config.location.strip_prefix("s3://") {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            let (prefix, pattern) = match key.rsplit_once('/') {
                Some((prefix, last)) if last.contains('*') => (prefix, last),
                None if key.contains('*') => ("", key),
                _ => (key, "*"),
            };
            let (endpoint, region) =
                (config.drop.endpoint.as_deref(), config.drop.region.as_deref());
            let private = config.allow_private_addresses;
            let bucket = Bucket::open(bucket, endpoint, region, private);
            let bucket = bucket.await.map_err(|error| error.to_string())?;
            let prefix = prefix.trim_matches('/').to_owned();
            return Ok((Self::Bucket(bucket, prefix), pattern.to_owned()));
        }
        let path = config.folder.join(&config.location);
        let last = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(if last.contains('*') {
            (Self::Folder(path.parent().unwrap_or(Path::new(".")).to_owned()), last)
        } else {
            (Self::Folder(path), "*".to_owned())
        })
    }

    /// The files that fit, in no particular order.
    ///
    /// # Errors
    /// In words.
    pub async fn list(
        &self,
        pattern: &str,
        config: &SourceConfig,
        now: i64,
    ) -> Result<Vec<Found>, String> {
        let marker = config.drop.marker.as_deref();
        let mut all = match self {
            Self::Folder(folder) => files(folder, config.drop.settle_s, now)?,
            Self::Bucket(bucket, prefix) => {
                let listed = bucket.list(prefix).await.map_err(|error| error.to_string())?;
                let found = listed.into_iter().map(|object| Found {
                    name: object.key.rsplit('/').next().unwrap_or_default().to_owned(),
                    version: object.version,
                    modified: object.modified,
                    whole: true,
                });
                found.collect()
            }
        };
        if let Some(marker) = marker {
            let names: Vec<String> = all.iter().map(|found| found.name.clone()).collect();
            all.retain(|found| !found.name.ends_with(marker));
            for found in &mut all {
                found.whole = names.iter().any(|n| n.strip_suffix(marker) == Some(&found.name));
            }
        }
        all.retain(|found| {
            let lower = found.name.to_lowercase();
            !found.name.is_empty()
                && !found.name.starts_with('.')
                && !UNFINISHED.iter().any(|ending| lower.ends_with(ending))
                && fits(pattern, &found.name)
        });
        Ok(all)
    }

    /// Copies a file to this machine.
    ///
    /// # Errors
    /// In words.
    pub async fn copy(&self, name: &str, to: &Path, most: u64) -> Result<(), String> {
        match self {
            Self::Folder(folder) => {
                let from = folder.join(name);
                let copied = tokio::fs::copy(&from, to).await;
                copied.map(|_| ()).map_err(|error| format!("{}: {error}", from.display()))
            }
            Self::Bucket(bucket, prefix) => {
                let got = bucket.download(&key(prefix, "", name), to, most).await;
                got.map_err(|error| error.to_string())
            }
        }
    }

    /// Moves a file into a folder below.
    ///
    /// # Errors
    /// In words.
    pub async fn put_aside(&self, name: &str, below: &str) -> Result<(), String> {
        match self {
            Self::Folder(folder) => {
                let to = folder.join(below);
                let wrong = |error: std::io::Error| format!("{}: {error}", to.display());
                tokio::fs::create_dir_all(&to).await.map_err(wrong)?;
                tokio::fs::rename(folder.join(name), to.join(name)).await.map_err(wrong)
            }
            Self::Bucket(bucket, prefix) => {
                let moved = bucket.rename(&key(prefix, "", name), &key(prefix, below, name)).await;
                moved.map_err(|error| error.to_string())
            }
        }
    }

    /// Deletes a file; one that is not there is no error.
    ///
    /// # Errors
    /// In words.
    pub async fn delete(&self, name: &str) -> Result<(), String> {
        match self {
            Self::Folder(folder) => match tokio::fs::remove_file(folder.join(name)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(format!("{}: {error}", folder.join(name).display()))
                }
                _ => Ok(()),
            },
            Self::Bucket(bucket, prefix) => {
                bucket.delete(&key(prefix, "", name)).await.map_err(|error| error.to_string())
            }
        }
    }

    /// Writes a small file into a folder below.
    ///
    /// # Errors
    /// In words.
    pub async fn write(&self, below: &str, name: &str, body: Vec<u8>) -> Result<(), String> {
        match self {
            Self::Folder(folder) => {
                let to = folder.join(below);
                let wrong = |error: std::io::Error| format!("{}: {error}", to.display());
                tokio::fs::create_dir_all(&to).await.map_err(wrong)?;
                tokio::fs::write(to.join(name), body).await.map_err(wrong)
            }
            Self::Bucket(bucket, prefix) => {
                let put = bucket.put(&key(prefix, below, name), body).await;
                put.map_err(|error| error.to_string())
            }
        }
    }
}

fn key(prefix: &str, below: &str, name: &str) -> String {
    let parts: Vec<&str> =
        [prefix, below, name].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// The files of a folder, not of those below.
fn files(folder: &Path, settle_s: u64, now: i64) -> Result<Vec<Found>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let data = entry.path().metadata();
        let Some(data) = data.ok().filter(std::fs::Metadata::is_file) else { continue };
        let since = data.modified().ok();
        let since = since.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let since = since.unwrap_or_default();
        let modified = i64::try_from(since.as_secs()).unwrap_or(0);
        found.push(Found {
            name: entry.file_name().to_string_lossy().into_owned(),
            version: format!("{} bytes, {}.{:09}", data.len(), modified, since.subsec_nanos()),
            modified,
            whole: now - modified >= i64::try_from(settle_s).unwrap_or(i64::MAX),
        });
    }
    Ok(found)
}

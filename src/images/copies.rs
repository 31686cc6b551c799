//! Local copies of serving files that are kept in a bucket, within a budget on disk.

use super::ImagesError;
use super::cache::Cache;
use super::derivatives::listed;
use crate::config::settings::ImageSettings;
use crate::storage::Bucket;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::OnceCell;

/// A bucket of serving files, and which of them have a copy here.
#[derive(Debug)]
pub struct Copies {
    name: String,
    prefix: String,
    endpoint: Option<String>,
    allow_private: bool,
    budget: u64,
    bucket: OnceCell<Arc<Bucket>>,
    here: OnceLock<Mutex<Cache<String, ()>>>,
}

impl Copies {
    /// A bucket of these settings. It is asked for nothing yet.
    pub fn new(name: &str, prefix: &str, settings: &ImageSettings) -> Self {
        Self {
            name: name.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint: settings.serving_endpoint.clone(),
            allow_private: settings.serving_allow_private_addresses,
            budget: settings.serving_cache.saturating_mul(1 << 20),
            bucket: OnceCell::new(),
            here: OnceLock::new(),
        }
    }

    /// The bucket, opened when it is asked for first.
    ///
    /// # Errors
    /// [`ImagesError::Storage`].
    pub async fn bucket(&self) -> Result<Arc<Bucket>, ImagesError> {
        let opened = self.bucket.get_or_try_init(|| async {
            let endpoint = self.endpoint.as_deref();
            Bucket::open(&self.name, endpoint, None, self.allow_private).await.map(Arc::new)
        });
        Ok(opened.await?.clone())
    }

    /// The key of a file.
    pub fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    /// Makes a copy of a file of the bucket, unless there is one or none would fit.
    ///
    /// # Errors
    /// [`ImagesError`].
    pub async fn fetch(&self, name: &str, folder: &Path) -> Result<(), ImagesError> {
        let path = folder.join(name);
        if path.exists() {
            return Ok(());
        }
        let shelf = path.parent().unwrap_or(folder).to_owned();
        let failed = |source| ImagesError::File { path: shelf.clone(), source };
        std::fs::create_dir_all(&shelf).map_err(failed)?;
        let beside = tempfile::Builder::new().prefix(".making-").tempfile_in(&shelf);
        let beside = beside.map_err(failed)?.into_temp_path();
        self.bucket().await?.download(&self.key(name), &beside, self.budget).await?;
        let length = std::fs::metadata(&beside).map_err(failed)?.len();
        beside.persist(&path).map_err(|error| failed(error.error))?;
        self.count(name, length, folder);
        Ok(())
    }

    /// Puts a file that was made here into the bucket; it stays here as a copy.
    ///
    /// # Errors
    /// [`ImagesError`].
    pub async fn keep(&self, name: &str, folder: &Path) -> Result<(), ImagesError> {
        let path = folder.join(name);
        let (bucket, key) = (self.bucket().await?, self.key(name));
        if bucket.length(&key).await?.is_none() {
            bucket.put_file(&key, &path).await?;
        }
        if let Ok(found) = std::fs::metadata(&path) {
            self.count(name, found.len(), folder);
        }
        Ok(())
    }

    /// Notes that a copy is used.
    pub fn touch(&self, name: &str, folder: &Path) {
        self.here(folder).get(&name.to_owned());
    }

    fn here(&self, folder: &Path) -> MutexGuard<'_, Cache<String, ()>> {
        let here = self.here.get_or_init(|| Mutex::new(self.found(folder)));
        here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a copy, and deletes those that must go for it.
    fn count(&self, name: &str, length: u64, folder: &Path) {
        let gone = self.here(folder).put(name.to_owned(), (), length);
        for name in gone {
            let _gone_already = std::fs::remove_file(folder.join(name));
        }
    }

    /// What an earlier process left, in the order of its age.
    fn found(&self, folder: &Path) -> Cache<String, ()> {
        let shelves = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = shelves
            .filter_map(|shelf| Some((shelf.file_name().into_string().ok()?, shelf.path())))
            .flat_map(|(shelf, path): (String, PathBuf)| {
                listed(&path)
                    .into_iter()
                    .map(move |(time, name, length)| (time, format!("{shelf}/{name}"), length))
            })
            .collect();
        files.sort();
        let mut here = Cache::new(self.budget);
        for (_, name, length) in files {
            for name in here.put(name, (), length) {
                let _gone_already = std::fs::remove_file(folder.join(name));
            }
        }
        here
    }
}

//! Renderings that were made, kept on disk within a budget, the least recently used go first.
//!
//! A file is named by what it shows: the bytes of the master, what may be shown of it, and the
//! canonical request. It never changes, is written beside and renamed, and may be deleted at any
//! time.

use super::cache::Cache;
use bytes::Bytes;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

/// A file that is still half-written after so long was left by a process that is gone.
const ABANDONED: Duration = Duration::from_hours(24);

/// The renderings of this installation.
#[derive(Debug)]
pub struct Derivatives {
    folder: PathBuf,
    budget: u64,
    kept: OnceLock<Mutex<Cache<String, ()>>>,
}

impl Derivatives {
    /// Renderings in a folder, which is looked at when the first one is asked for.
    pub fn new(folder: PathBuf, budget: u64) -> Self {
        Self { folder, budget, kept: OnceLock::new() }
    }

    /// A rendering that was kept. Blocks.
    pub fn get(&self, name: &str) -> Option<Bytes> {
        self.kept().get(&name.to_owned())?;
        if let Ok(bytes) = std::fs::read(self.folder.join(name)) {
            return Some(bytes.into());
        }
        self.kept().remove(&name.to_owned());
        None
    }

    /// Keeps a rendering. Blocks. A disk that refuses costs the next one who asks time, no more.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        if bytes.len() as u64 > self.budget / 4 {
            return;
        }
        if let Err(error) = self.write(name, bytes) {
            tracing::warn!(folder = %self.folder.display(), %error, "a rendering was not kept");
            return;
        }
        let gone = self.kept().put(name.to_owned(), (), bytes.len() as u64);
        for name in gone {
            let _gone_already = std::fs::remove_file(self.folder.join(name));
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut beside = tempfile::NamedTempFile::new_in(&self.folder)?;
        beside.write_all(bytes)?;
        beside.persist(self.folder.join(name))?;
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Cache<String, ()>> {
        let kept = self.kept.get_or_init(|| Mutex::new(self.found()));
        kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an earlier process left, in the order of its age.
    fn found(&self) -> Cache<String, ()> {
        let mut kept = Cache::new(self.budget);
        for (_, name, bytes) in listed(&self.folder) {
            for name in kept.put(name, (), bytes) {
                let _gone_already = std::fs::remove_file(self.folder.join(name));
            }
        }
        kept
    }
}

/// The files of a folder of a cache with their sizes, the oldest first. What a killed process left
/// half-written is removed.
pub(super) fn listed(folder: &Path) -> Vec<(SystemTime, String, u64)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            let modified = metadata.modified().ok()?;
            if name.starts_with('.') {
                if modified.elapsed().is_ok_and(|age| age > ABANDONED) {
                    let _gone_already = std::fs::remove_file(entry.path());
                }
                return None;
            }
            Some((modified, name, metadata.len()))
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "an age of files, which have the clock's times")]
    fn renderings_outlive_the_process_and_stay_within_the_budget() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("derivatives");
        let first = Derivatives::new(path.clone(), 100);
        assert_eq!(first.get("a.jpg"), None);
        for name in ["a.jpg", "b.jpg", "c.jpg", "d.jpg"] {
            first.put(name, &[7; 25]);
        }
        assert!(first.get("a.jpg").is_some());
        first.put("e.jpg", &[7; 25]);
        assert_eq!((first.get("b.jpg"), first.get("a.jpg").map(|b| b.len())), (None, Some(25)));
        first.put("large.jpg", &[7; 26]);
        assert_eq!(first.get("large.jpg"), None);

        std::fs::write(path.join(".tmpNow"), [7; 10]).unwrap();
        let left = std::fs::File::create(path.join(".tmpLong-ago")).unwrap();
        left.set_modified(SystemTime::now() - 2 * ABANDONED).unwrap();
        let second = Derivatives::new(path.clone(), 60);
        assert_eq!(listed(&path).len(), 4);
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 5);
        let left = ["a.jpg", "c.jpg", "d.jpg", "e.jpg"].map(|name| second.get(name).is_some());
        assert_eq!(left.iter().filter(|there| **there).count(), 2);
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 3);
    }

    #[test]
    fn a_file_that_somebody_deleted_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Derivatives::new(folder.path().to_owned(), 100);
        kept.put("a.jpg", b"x");
        std::fs::remove_file(folder.path().join("a.jpg")).unwrap();
        assert_eq!(kept.get("a.jpg"), None);
        kept.put("a.jpg", b"y");
        assert_eq!(kept.get("a.jpg").unwrap().as_ref(), b"y");
    }
}

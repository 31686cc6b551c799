//! A file that comes: kept in `{data}/imports` until its import has ended.

use super::ImportError;
use crate::harvest::session::hex;
use crate::store::Store;
use crate::store::import::{Import, NewImport};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A file that was kept.
#[derive(Debug)]
pub struct Kept {
    /// Where.
    pub path: PathBuf,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub bytes: u64,
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// It is only looked at until it is approved.
    pub dry_run: bool,
    /// What is not in it is deleted.
    pub complete: bool,
}

/// The folder of kept files.
pub fn folder(data: &Path) -> PathBuf {
    data.join("imports")
}

/// Copies a file into the folder of kept files.
///
/// # Errors
/// [`ImportError::File`].
pub fn keep(data: &Path, file: &Path) -> Result<Kept, ImportError> {
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |source| ImportError::File { path, source }
    };
    let folder = folder(data);
    std::fs::create_dir_all(&folder).map_err(wrong(&folder))?;
    let mut from = std::fs::File::open(file).map_err(wrong(file))?;
    let mut to =
        tempfile::NamedTempFile::with_prefix_in("import-", &folder).map_err(wrong(&folder))?;
    std::io::copy(&mut from, &mut to).map_err(wrong(file))?;
    let (_, path) = to.keep().map_err(|error| wrong(&folder)(error.error))?;
    let (sha256, bytes) = hash(&path).map_err(wrong(&path))?;
    // The file is found again after a restart wherever that is started from.
    let path = std::path::absolute(&path).map_err(wrong(&path))?;
    Ok(Kept { path, sha256, bytes })
}

/// SHA-256 of a file and its size.
///
/// # Errors
/// What the system says.
pub fn hash(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0_u8; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hex(&hash.finalize()), bytes));
        }
        bytes += read as u64;
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Makes an import of a kept file. When the same file was begun for the same and not ended, that
/// one is gone on with.
///
/// # Errors
/// [`ImportError::Store`].
pub async fn register(
    store: &Store,
    source_id: &str,
    name: &str,
    kept: &Kept,
    wish: Wish,
    now: i64,
) -> Result<Import, ImportError> {
    let begun =
        store.unfinished_import(source_id, &kept.sha256, wish.dry_run, wish.complete).await?;
    if let Some(import) = begun.filter(|import| Path::new(&import.file_path).exists()) {
        // The file is kept already. A second copy that stays costs room and nothing else.
        let _stays = tokio::fs::remove_file(&kept.path).await;
        return Ok(import);
    }
    let path = kept.path.to_string_lossy();
    let new = NewImport {
        source_id,
        file_name: name,
        file_path: &path,
        sha256: &kept.sha256,
        byte_count: i64::try_from(kept.bytes).unwrap_or(i64::MAX),
        dry_run: wish.dry_run,
        complete: wish.complete,
    };
    Ok(store.new_import(new, now).await?)
}

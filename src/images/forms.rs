//! Serving files: where they lie, which are open, and how they come to be.
//!
//! A serving file is named by the SHA-256 of its master and the way in which it was made. It is
//! written beside and renamed, and never changes; a reader may hold it open for as long as it
//! likes.

use super::ImagesError;
use super::cache::Cache;
use super::gates::Gates;
use super::masters;
pub use super::form::{OpenForm, Slice};
use crate::config::settings::ImageSettings;
use crate::store::image::Master;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// To be raised when the bytes that are written change.
const MADE: &str = "1";
/// Memory for the indexes of open serving files, in bytes.
const INDEXES: u64 = 16 << 20;

/// The serving files of an installation.
#[derive(Debug)]
pub struct Forms {
    folder: PathBuf,
    tile: u32,
    max_pixels: u64,
    open: Mutex<Cache<String, Arc<OpenForm>>>,
    /// An open file weighs this much at least.
    least: u64,
    gates: Gates<String>,
}

impl Forms {
    /// The serving files in a folder.
    pub fn new(folder: PathBuf, settings: &ImageSettings) -> Self {
        Self {
            folder,
            tile: settings.tile,
            max_pixels: settings.max_pixels,
            open: Mutex::new(Cache::new(INDEXES)),
            least: INDEXES / u64::from(settings.open_files.max(1)),
            gates: Gates::default(),
        }
    }

    /// The file of a master, whether it is there or not.
    pub fn path(&self, master: &Master) -> PathBuf {
        let name = format!("{}-{}-{MADE}.tif", master.sha256, self.tile);
        let shelf = master.sha256.get(..2).unwrap_or("00");
        self.folder.join(shelf).join(name)
    }

    /// The open serving file of a master; `None` when it was not made yet.
    ///
    /// # Errors
    /// [`ImagesError`] when it is there and cannot be read.
    pub async fn opened(&self, master: &Master) -> Result<Option<Arc<OpenForm>>, ImagesError> {
        let key = &master.sha256;
        if let Some(form) = self.kept(key) {
            return Ok(Some(form));
        }
        let path = self.path(master);
        let opened = tokio::task::spawn_blocking(move || match OpenForm::open(&path) {
            Ok(form) => Ok(Some(Arc::new(form))),
            Err(ImagesError::File { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        });
        let form = opened.await.map_err(|_| ImagesError::Interrupted)??;
        if let Some(form) = &form {
            let weight = form.weight().max(self.least);
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.put(key.clone(), form.clone(), weight);
        }
        Ok(form)
    }

    fn kept(&self, key: &String) -> Option<Arc<OpenForm>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(key)
    }

    /// The serving file of a master, made if need be, once however many ask.
    ///
    /// # Errors
    /// [`ImagesError`], also when the master is at fault.
    pub async fn ensured(
        self: &Arc<Self>,
        master: &Master,
    ) -> Result<Arc<OpenForm>, ImagesError> {
        if let Some(form) = self.opened(master).await? {
            return Ok(form);
        }
        let held = self.gates.enter(&master.sha256).await;
        if let Some(form) = self.opened(master).await? {
            return Ok(form);
        }
        let (forms, wanted) = (self.clone(), master.clone());
        // The gate goes into the work: a client that leaves neither wastes it nor lets a second
        // one begin beside it.
        let made = tokio::task::spawn_blocking(move || {
            let _held = held;
            forms.make(&wanted)
        });
        made.await.map_err(|_| ImagesError::Interrupted)??;
        let form = self.opened(master).await?;
        form.ok_or(ImagesError::Interrupted)
    }

    /// Makes the serving file of a master unless it is there. Blocks.
    ///
    /// # Errors
    /// [`ImagesError`], also when the master is at fault.
    pub fn make(&self, master: &Master) -> Result<(), ImagesError> {
        let path = self.path(master);
        if path.exists() {
            return Ok(());
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ImagesError::File { path, source }
        };
        let shelf = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(shelf).map_err(failed(shelf))?;
        let beside = tempfile::Builder::new()
            .prefix(".making-")
            .tempfile_in(shelf)
            .map_err(failed(shelf))?
            .into_temp_path();
        let bytes = masters::read(Path::new(&master.path))?;
        OpenForm::build(&bytes, &beside, self.max_pixels, self.tile)?;
        std::fs::rename(beside.with_extension("idx"), path.with_extension("idx"))
            .map_err(failed(&path))?;
        beside.persist(&path).map_err(|error| ImagesError::File { path, source: error.error })
    }
}

//! Serving files: where they lie, which are open, and how they come to be.
//!
//! A serving file is named by the SHA-256 of its master and the way in which it was made. It is
//! written beside and renamed, and never changes; whoever has it open may go on reading it when it
//! is deleted. Kept in a bucket, it is read in ranges until a copy of it is here; the copies have a
//! budget on disk, the least recently used go first.

use super::ImagesError;
use super::cache::Cache;
use super::copies::Copies;
use super::form::{OpenForm, Source};
use super::gates::Gates;
use super::remote_form::RemoteForm;
use crate::config::settings::{ImageSettings, Settings};
use crate::store::image::Master;
use iiif::image::ingest::{Ingested, Options, ingest};
use iiif::image::serving::ServingError;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// To be raised when the bytes that are written change.
const MADE: &str = "1";
/// Memory for the indexes of open serving files, in bytes.
const INDEXES: u64 = 16 << 20;
/// Longest wait for a bucket to say whether it has a file.
const SOON: Duration = Duration::from_secs(5);
/// Longest time that the making of one may take.
const PATIENCE: Duration = Duration::from_mins(15);
/// Waits before a copy out of the bucket is tried again.
const COPY_WAITS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)];

/// The serving files of an installation.
#[derive(Debug)]
pub struct Forms {
    folder: PathBuf,
    copies: Option<Copies>,
    settings: Arc<ImageSettings>,
    open: Mutex<Cache<String, Arc<OpenForm>>>,
    /// What an open file weighs at least, so that there are not too many.
    least: u64,
    gates: Gates<String>,
}

impl Forms {
    /// The serving files of these settings. Nothing is opened yet.
    pub fn new(settings: &Settings) -> Self {
        let images = Arc::new(settings.images.clone());
        let place = images.serving.as_deref();
        let copies = place.and_then(|place| place.strip_prefix("s3://")).map(|place| {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            Copies::new(bucket, prefix, &images)
        });
        let folder = match (place, &copies) {
            (Some(folder), None) => PathBuf::from(folder),
            _ => settings.data.join("serving"),
        };
        Self {
            folder,
            copies,
            open: Mutex::new(Cache::new(INDEXES)),
            least: INDEXES / u64::from(images.open_files.max(1)),
            settings: images,
            gates: Gates::default(),
        }
    }

    /// Name of the file of a master, below the folder or the prefix.
    fn name(&self, master: &Master) -> String {
        let shelf = master.sha256.get(..2).unwrap_or("00");
        format!("{shelf}/{}-{}-{MADE}.tif", master.sha256, self.settings.tile)
    }

    fn kept(&self) -> MutexGuard<'_, Cache<String, Arc<OpenForm>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open serving file of a master; `None` when it was not made yet.
    ///
    /// # Errors
    /// [`ImagesError::Form`] when it is there and cannot be read.
    pub async fn opened(
        self: &Arc<Self>,
        master: &Master,
    ) -> Result<Option<Arc<OpenForm>>, ImagesError> {
        let name = self.name(master);
        let kept = self.kept().get(&name);
        if let Some(form) = kept
            && (form.is_local() || !self.folder.join(&name).exists())
        {
            return Ok(Some(form));
        }
        let path = self.folder.join(&name);
        let here = tokio::task::spawn_blocking(move || OpenForm::local(&path));
        let form = match here.await.map_err(|_| ImagesError::Interrupted)? {
            Ok(form) => {
                if let Some(copies) = &self.copies {
                    copies.touch(&name, &self.folder);
                }
                form
            }
            Err(ServingError::Read(error)) if error.kind() == ErrorKind::NotFound => {
                match self.far(&name).await? {
                    Some(form) => form,
                    None => return Ok(None),
                }
            }
            Err(error) => {
                if matches!(error, ServingError::Damaged(_)) {
                    self.discard(&name);
                }
                return Err(error.into());
            }
        };
        let form = Arc::new(form);
        let weight = (form.serving().memory() as u64).max(self.least);
        self.kept().put(name, form.clone(), weight);
        Ok(Some(form))
    }

    /// The serving file in the bucket, when there is a bucket and it is there; a copy of it is on
    /// its way then.
    async fn far(self: &Arc<Self>, name: &str) -> Result<Option<OpenForm>, ImagesError> {
        let Some(copies) = &self.copies else { return Ok(None) };
        let bucket = copies.bucket().await?;
        let key = copies.key(name);
        let length = tokio::time::timeout(SOON, bucket.length(&key)).await;
        let Some(length) = length.map_err(|_| ImagesError::Busy)?? else { return Ok(None) };
        let remote = RemoteForm::new(bucket, key, length);
        let opened = tokio::task::spawn_blocking(move || OpenForm::of(Source::Remote(remote)));
        let form = opened.await.map_err(|_| ImagesError::Interrupted)??;
        let (forms, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move { forms.copied(&name).await });
        Ok(Some(form))
    }

    /// Copies a file of the bucket here, with patience: a line that broke may heal. When it does
    /// not, the next request for the file begins again.
    async fn copied(&self, name: &str) {
        let Some(copies) = &self.copies else { return };
        let mut waits = COPY_WAITS.iter();
        loop {
            let held = self.gates.enter(&name.to_owned()).await;
            let Err(error) = copies.fetch(name, &self.folder).await else { return };
            drop(held);
            let Some(wait) = waits.next() else {
                tracing::warn!(%name, %error, "no copy of a serving file");
                self.kept().remove(&name.to_owned());
                return;
            };
            tokio::time::sleep(*wait).await;
        }
    }

    /// Throws a damaged file away, so that it is made anew.
    pub fn discard(&self, name: &str) {
        tracing::warn!(%name, "damaged serving file thrown away");
        self.kept().remove(&name.to_owned());
        let _gone_already = std::fs::remove_file(self.folder.join(name));
    }

    /// As [`Forms::discard`], by the master.
    pub fn discard_of(&self, master: &Master) {
        self.discard(&self.name(master));
    }

    /// The serving file of a master, made if need be, once however many ask. The making takes at
    /// most `max_memory` bytes; `guard` is held meanwhile.
    ///
    /// # Errors
    /// [`ImagesError`], also when the master is at fault.
    pub async fn ensured<G: Send + 'static>(
        self: &Arc<Self>,
        master: &Master,
        max_memory: u64,
        guard: impl Future<Output = Result<G, ImagesError>>,
    ) -> Result<Arc<OpenForm>, ImagesError> {
        if let Some(form) = self.opened(master).await? {
            return Ok(form);
        }
        let held = self.gates.enter(&self.name(master)).await;
        if let Some(form) = self.opened(master).await? {
            return Ok(form);
        }
        let guard = guard.await?;
        let (forms, wanted) = (self.clone(), master.clone());
        // The gate goes into the work: a client that leaves neither wastes it nor lets a second
        // one begin beside it.
        let made = tokio::task::spawn_blocking(move || {
            let _held = (held, guard);
            forms.make(&wanted, max_memory, 2)
        });
        made.await.map_err(|_| ImagesError::Interrupted)??;
        self.keep_far(master).await?;
        self.opened(master).await?.ok_or(ImagesError::Interrupted)
    }

    /// Puts a serving file that was made here into the bucket, when there is one.
    ///
    /// # Errors
    /// [`ImagesError::Storage`].
    pub async fn keep_far(&self, master: &Master) -> Result<(), ImagesError> {
        let Some(copies) = &self.copies else { return Ok(()) };
        copies.keep(&self.name(master), &self.folder).await
    }

    /// Makes the serving file of a master unless it is there. Blocks.
    ///
    /// # Errors
    /// [`ImagesError`], also when the master is at fault.
    pub fn make(&self, master: &Master, max_memory: u64, threads: u8) -> Result<(), ImagesError> {
        let path = self.folder.join(self.name(master));
        if path.exists() {
            return Ok(());
        }
        let options =
            Options { max_memory, threads, checksum: checksum_of(master), ..Options::default() };
        let begin = Instant::now();
        let made = self.write(Path::new(&master.path), &path, &options)?;
        let size = made.facts.size;
        if (size.width, size.height) != (master.width, master.height) {
            self.discard_of(master);
            let reason = "the file changed since it was ingested; harvest its source again";
            let reason = reason.to_owned();
            return Err(iiif::image::ImageError::Decode { format: "changed", reason }.into());
        }
        tracing::debug!(master = %master.path, way = ?made.way, reason = ?made.reason,
            ms = begin.elapsed().as_millis() as u64, "serving file made");
        Ok(())
    }

    /// Writes a serving file beside its place and puts it there. Blocks.
    ///
    /// # Errors
    /// [`ImagesError`], also when the master is at fault.
    pub fn write(
        &self,
        from: &Path,
        to: &Path,
        options: &Options,
    ) -> Result<Ingested, ImagesError> {
        let shelf = to.parent().filter(|shelf| !shelf.as_os_str().is_empty());
        let shelf = shelf.unwrap_or(Path::new("."));
        let failed = |source| ImagesError::File { path: shelf.to_owned(), source };
        std::fs::create_dir_all(shelf).map_err(failed)?;
        let mut beside =
            tempfile::Builder::new().prefix(".making-").tempfile_in(shelf).map_err(failed)?;
        let mut source = File::open(from)
            .map_err(|source| ImagesError::File { path: from.to_owned(), source })?;
        let options = Options {
            tile_side: self.settings.tile,
            max_pixels: self.settings.max_pixels,
            ..options.clone()
        };
        let begin = Instant::now();
        let too_long = || begin.elapsed() > PATIENCE;
        let made = ingest(&mut source, &options, beside.as_file_mut(), &too_long)?;
        beside.as_file().set_len(made.length).map_err(failed)?;
        beside.as_file().sync_all().map_err(failed)?;
        // Who may read it is for the folder to say.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let readable = std::fs::Permissions::from_mode(0o644);
            beside.as_file().set_permissions(readable).map_err(failed)?;
        }
        beside.persist(to).map_err(|error| failed(error.error))?;
        Ok(made)
    }
}

fn checksum_of(master: &Master) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(master.sha256.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).unwrap_or("00");
        *byte = u8::from_str_radix(digits, 16).unwrap_or(0);
    }
    bytes
}

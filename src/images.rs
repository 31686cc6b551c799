//! Masters, serving files and renderings: the I/O around `iiif::image`.
//!
//! At ingest a master becomes a serving file (see `iiif::image::serving`): tiles and the common
//! sizes lie ready in it. A request for one of them is a look into memory ([`access`]) and a read
//! of a file that is open already ([`forms`]); everything else is made in the costly lane
//! ([`lanes`]), once however many ask, and kept for a while ([`derivatives`]).

pub mod access;
pub mod cache;
mod copies;
pub mod derivatives;
pub mod error;
pub mod form;
pub mod forms;
pub mod gates;
pub mod ingest;
pub mod lanes;
pub mod masters;
pub mod remote;
mod remote_form;
pub mod render;
pub mod served;
pub mod workers;

pub use access::Known;
pub use error::ImagesError;
pub use ingest::IngestReport;
pub use render::Pixels;
pub use served::ServedImage;

use crate::config::settings::{ImageSettings, Settings};
use crate::fetch::Fetcher;
use crate::store::Store;
use access::Access;
use derivatives::Derivatives;
use domain::rights::ImageRight;
use forms::Forms;
use gates::Gates;
use iiif::image::ingest::{Ingested, Options};
use lanes::Lane;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use workers::Workers;

const MEBIBYTE: u64 = 1 << 20;

/// Handle to the image service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {
    store: Store,
    settings: Arc<ImageSettings>,
    pinned: Arc<BTreeMap<String, Arc<ServedImage>>>,
    /// Folder of the copies of images of other sites.
    copies: Arc<Path>,
    /// Absent where nothing is fetched: images of other sites wait then.
    fetcher: Option<Fetcher>,
    access: Arc<Access>,
    /// One reading of a decision at a time.
    readers: Arc<Gates<String>>,
    forms: Arc<Forms>,
    lane: Arc<Lane>,
    workers: Arc<Workers>,
    /// One making of a rendering at a time.
    makers: Arc<Gates<String>>,
    derivatives: Arc<Derivatives>,
}

impl Images {
    /// Opens the service. Pinned images are looked at now.
    ///
    /// # Errors
    /// [`ImagesError`] when a pinned image cannot be read.
    pub fn open(settings: &Settings, store: Store) -> Result<Self, ImagesError> {
        let copies = std::path::absolute(settings.data.join("masters"))
            .map_err(|source| ImagesError::File { path: settings.data.clone(), source })?;
        let mut pinned = BTreeMap::new();
        for (id, path) in &settings.images.pinned {
            let path = std::fs::canonicalize(path)
                .map_err(|source| ImagesError::File { path: path.clone(), source })?;
            let master = masters::inspect(&path, settings.images.max_pixels)?;
            let modified = std::fs::metadata(&path).and_then(|found| found.modified()).ok();
            let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
            let modified = since.map_or(0, |since| since.as_secs() as i64);
            let (right, none) = (ImageRight::Full, String::new());
            let image =
                ServedImage::new(id.clone(), master, right, none, modified, &settings.images);
            pinned.insert(id.clone(), Arc::new(image));
        }
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        // Of the budget, a part is for what is always there: indexes, answers on their way, and
        // what the allocator keeps back.
        let lane = Lane::new(cores, settings.images.memory.saturating_mul(MEBIBYTE) / 2);
        let derivatives = settings.images.derivatives.saturating_mul(MEBIBYTE);
        Ok(Self {
            store,
            pinned: Arc::new(pinned),
            copies: copies.into(),
            fetcher: None,
            access: Arc::default(),
            readers: Arc::default(),
            forms: Arc::new(Forms::new(settings)),
            lane: Arc::new(lane),
            workers: Arc::new(Workers::new(cores)),
            makers: Arc::default(),
            derivatives: Arc::new(Derivatives::new(settings.data.join("derivatives"), derivatives)),
            settings: Arc::new(settings.images.clone()),
        })
    }

    /// The service, with the means to copy images of other sites.
    #[must_use]
    pub fn with_fetcher(self, fetcher: Fetcher) -> Self {
        Self { fetcher: Some(fetcher), ..self }
    }

    /// Makes the serving file of a master wherever it is wanted. Blocks.
    ///
    /// # Errors
    /// [`ImagesError`].
    pub fn make(&self, master: &Path, to: &Path) -> Result<Ingested, ImagesError> {
        self.forms.write(master, to, &Options { max_memory: ingest::MEMORY, ..Options::default() })
    }

    /// The limits of this installation.
    pub fn settings(&self) -> &ImageSettings {
        &self.settings
    }

    /// What is known of an image and still holds; `None` when it must be read.
    pub fn known_now(&self, id: &str) -> Option<Arc<Known>> {
        let (known, renew) = self.access.get(id, self.store.commits())?;
        if renew {
            let (images, id) = (self.clone(), id.to_owned());
            tokio::spawn(async move {
                if let Err(error) = images.read(&id).await {
                    tracing::warn!(%error, image = %id, "rights of an image cannot be read");
                }
            });
        }
        Some(known)
    }

    /// The image of that identifier, with its serving file if that was made. It has no image when
    /// there is none, when it belongs to no live object, and when its rights allow nothing: what may
    /// not be shown does not exist.
    ///
    /// # Errors
    /// [`ImagesError::Store`]; [`ImagesError::Form`] or [`ImagesError::Storage`] when there is a
    /// serving file that cannot be read.
    pub async fn known(&self, id: &str) -> Result<Arc<Known>, ImagesError> {
        if let Some(known) = self.known_now(id) {
            return Ok(known);
        }
        let _one = self.readers.enter(&id.to_owned()).await;
        match self.known_now(id) {
            Some(known) => Ok(known),
            None => self.read(id).await,
        }
    }

    async fn read(&self, id: &str) -> Result<Arc<Known>, ImagesError> {
        // Both before anything is read: what changes meanwhile is read again.
        let (commits, begin) = (self.store.commits(), Instant::now());
        let image = match self.pinned.get(id) {
            Some(image) => Some(image.clone()),
            None => self.published(id).await?,
        };
        let form = match &image {
            Some(image) if !image.master.format.starts_with("iiif/") => {
                self.forms.opened(&image.master).await?
            }
            _ => None,
        };
        let known = Arc::new(Known::new(image, form, commits, begin));
        self.access.put(id, known.clone());
        Ok(known)
    }

    async fn published(&self, id: &str) -> Result<Option<Arc<ServedImage>>, ImagesError> {
        let Some(found) = self.store.published_image(id, crate::clock::now()).await? else {
            return Ok(None);
        };
        if matches!(found.right, ImageRight::None | ImageRight::Reduced(0)) {
            return Ok(None);
        }
        let image = ServedImage::new(
            id.to_owned(),
            found.master,
            found.right,
            found.statement,
            found.modified,
            &self.settings,
        );
        Ok(Some(Arc::new(image)))
    }
}

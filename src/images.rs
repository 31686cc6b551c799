//! Masters and derivatives: the I/O around `iiif::image`.
//!
//! A master is read from disk, decoded into a pyramid and kept in memory within a budget; renderings
//! are cut from the pyramid on the blocking pool, at most one a core at a time. Whoever asks twice at
//! once for the same master waits for one decoding.

pub mod cache;
pub mod error;
pub mod ingest;
pub mod masters;
pub mod remote;
pub mod served;
mod workshop;

pub use error::ImagesError;
pub use ingest::IngestReport;
pub use served::ServedImage;

use crate::config::settings::{ImageSettings, Settings};
use crate::fetch::Fetcher;
use crate::store::Store;
use bytes::Bytes;
use domain::rights::ImageRight;
use iiif::image::{Plan, Request};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use workshop::Workshop;

/// Handle to the image service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {
    store: Store,
    settings: Arc<ImageSettings>,
    pinned: Arc<BTreeMap<String, ServedImage>>,
    /// Folder of the copies of images of other sites.
    copies: Arc<Path>,
    /// Absent where nothing is fetched: images of other sites wait then.
    fetcher: Option<Fetcher>,
    workshop: Arc<Workshop>,
}

impl Images {
    /// Opens the service. Pinned images are looked at now.
    ///
    /// # Errors
    /// [`ImagesError`] when a pinned image cannot be read.
    pub fn open(settings: &Settings, store: Store) -> Result<Self, ImagesError> {
        let copies = std::path::absolute(settings.data.join("masters"))
            .map_err(|source| ImagesError::File { path: settings.data.clone(), source })?;
        let settings = Arc::new(settings.images.clone());
        let mut pinned = BTreeMap::new();
        for (id, path) in &settings.pinned {
            let path = std::fs::canonicalize(path)
                .map_err(|source| ImagesError::File { path: path.clone(), source })?;
            let master = masters::inspect(&path, settings.max_pixels)?;
            let image = ServedImage::new(id.clone(), master, ImageRight::Full, String::new());
            pinned.insert(id.clone(), image);
        }
        let workshop = Arc::new(Workshop::new(&settings));
        let (pinned, copies) = (Arc::new(pinned), copies.into());
        Ok(Self { store, settings, pinned, copies, fetcher: None, workshop })
    }

    /// The service, with the means to copy images of other sites.
    #[must_use]
    pub fn with_fetcher(self, fetcher: Fetcher) -> Self {
        Self { fetcher: Some(fetcher), ..self }
    }

    /// The limits of this installation.
    pub fn settings(&self) -> &ImageSettings {
        &self.settings
    }

    /// The image of that identifier; `None` when there is none, when it belongs to no live object,
    /// and when its rights allow nothing: what may not be shown does not exist.
    ///
    /// # Errors
    /// [`ImagesError::Store`].
    pub async fn image_info(&self, id: &str) -> Result<Option<ServedImage>, ImagesError> {
        if let Some(image) = self.pinned.get(id) {
            return Ok(Some(image.clone()));
        }
        let Some(published) = self.store.published_image(id, crate::clock::now()).await? else {
            return Ok(None);
        };
        let right = published.right;
        let image = ServedImage::new(id.to_owned(), published.master, right, published.statement);
        Ok((!matches!(right, ImageRight::None | ImageRight::Reduced(0))).then_some(image))
    }

    /// The bytes of a rendering of an image.
    ///
    /// # Errors
    /// [`ImagesError`] with the status of the request's mistake, or 503 when too many renderings
    /// wait. A master that cannot be decoded is withdrawn, so that it disappears from the site.
    pub async fn render(&self, image: &ServedImage, plan: &Plan) -> Result<Bytes, ImagesError> {
        let rendered = self.workshop.render(image, plan).await;
        if let Err(error) = &rendered
            && error.is_bad_master()
            && !self.pinned.contains_key(&image.id)
        {
            tracing::warn!(image = %image.id, error = %error, "master withdrawn");
            let now = crate::clock::now();
            self.store.withdraw_image(&image.id, &error.to_string(), now).await?;
        }
        rendered
    }

    /// The bytes of a rendering that a request asks for; `None` when there is no such image.
    ///
    /// # Errors
    /// As [`Images::render`].
    pub async fn render_request(&self, request: &Request) -> Result<Option<Bytes>, ImagesError> {
        let Some(image) = self.image_info(request.identifier.as_str()).await? else {
            return Ok(None);
        };
        let plan = Plan::new(request, &image.info(&self.settings))?;
        self.render(&image, &plan).await.map(Some)
    }
}

//! From a plan to bytes: what lies ready is read, what was made before is found again, all else is
//! made in the costly lane.

use super::form::OpenForm;
use super::{Images, ImagesError, Known, ServedImage};
use bytes::Bytes;
use domain::rights::ImageRight;
use iiif::image::format::Format;
use iiif::image::serving::ServingError;
use iiif::image::{Plan, encode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The bytes of a rendering.
#[derive(Debug)]
pub enum Pixels {
    /// All of them.
    Bytes(Bytes),
    /// A file that is sent as it is.
    File {
        /// Open, at its beginning.
        file: tokio::fs::File,
        /// Bytes.
        length: u64,
    },
}

/// Tells work that nobody waits for it any more.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Images {
    /// The bytes of a rendering of an image that may be shown so.
    ///
    /// # Errors
    /// [`ImagesError`]: 413 for a rendering that takes more memory than there is, 503 when too many
    /// wait or a store does not answer. A master that cannot be decoded is withdrawn, so that it
    /// disappears from the site; a damaged serving file is thrown away, to be made anew.
    pub async fn render(&self, known: &Known, plan: &Plan) -> Result<Pixels, ImagesError> {
        let Some(image) = &known.image else { return Err(ImagesError::Interrupted) };
        let rendered = self.rendered(image, known.form.as_ref(), plan).await;
        if let Err(error) = &rendered {
            if matches!(error, ImagesError::Form(ServingError::Damaged(_))) {
                self.forms.discard_of(&image.master);
                self.access.forget(&image.id);
            }
            if error.is_bad_master() && !self.pinned.contains_key(&image.id) {
                tracing::warn!(image = %image.id, error = %error, "master withdrawn");
                let now = crate::clock::now();
                self.store.withdraw_image(&image.id, &error.to_string(), now).await?;
            }
        }
        rendered
    }

    async fn rendered(
        &self,
        image: &Arc<ServedImage>,
        form: Option<&Arc<OpenForm>>,
        plan: &Plan,
    ) -> Result<Pixels, ImagesError> {
        let form = match form {
            Some(form) if form.is_local() => form.clone(),
            Some(_) => self.nearest(image).await?,
            None => self.form_of(image).await?,
        };
        if let Some(slice) = form.serving().stream_for(plan) {
            return blocking(move || form.read(slice)).await.map(Pixels::Bytes);
        }
        if is_whole(image, plan) && form.serving().facts().master.is_web_jpeg {
            return whole(image).await;
        }
        self.made(image, form, plan).await.map(Pixels::Bytes)
    }

    /// The copy of a serving file of the bucket, from the moment that there is one.
    async fn nearest(&self, image: &ServedImage) -> Result<Arc<OpenForm>, ImagesError> {
        let Some(form) = self.forms.opened(&image.master).await? else {
            return self.form_of(image).await;
        };
        if form.is_local() {
            self.access.forget(&image.id);
        }
        Ok(form)
    }

    /// The serving file of an image, made now when it was not made at ingest.
    async fn form_of(&self, image: &ServedImage) -> Result<Arc<OpenForm>, ImagesError> {
        let most = self.lane.budget() / 2;
        let form = self.forms.ensured(&image.master, most, self.lane.enter(most)).await?;
        self.access.forget(&image.id);
        Ok(form)
    }

    /// A rendering that must be made, unless it was made before; once however many ask.
    async fn made(
        &self,
        image: &Arc<ServedImage>,
        form: Arc<OpenForm>,
        plan: &Plan,
    ) -> Result<Bytes, ImagesError> {
        let name = image.file_name(plan);
        let _one = self.makers.enter(&name).await;
        let (kept, wanted) = (self.derivatives.clone(), name.clone());
        if let Some(bytes) = blocking(move || Ok(kept.get(&wanted))).await? {
            return Ok(bytes);
        }
        let place = self.lane.enter(cost(&form, plan)).await?;
        let given_up = Arc::new(AtomicBool::new(false));
        let _wanted = Wanted(given_up.clone());
        let (kept, plan) = (self.derivatives.clone(), plan.clone());
        let work = move || {
            let cancelled = || given_up.load(Ordering::Relaxed);
            let raster = form.serving().render(form.source(), &plan, &cancelled)?;
            if cancelled() {
                return Err(ServingError::Cancelled.into());
            }
            let bytes = Bytes::from(encode::encode(&raster, plan.format)?);
            drop(raster);
            // The memory is free; the disk may take its time.
            drop(place);
            kept.put(&name, &bytes);
            Ok(bytes)
        };
        self.workers.run(work).await
    }
}

/// What rendering and encoding take, in bytes.
fn cost(form: &OpenForm, plan: &Plan) -> u64 {
    let cost = form.serving().cost(plan);
    // A picture that is turned by any angle lies in a box of up to twice its area.
    let turned = if plan.rotation.quarter_turns().is_none() { 2 } else { 1 };
    let pixels = plan.size.area().saturating_mul(turned);
    // The encoders write into memory: JPEG takes a buffer for the worst case, the others about as
    // much as the pixels.
    let written = match plan.format {
        Format::Jpg => pixels.saturating_mul(3) / 2,
        _ => pixels.saturating_mul(4),
    };
    cost.memory.saturating_add(cost.stored_bytes).saturating_add(written)
}

/// Whether a plan is the whole master as it is stored, by somebody who may see all of it.
fn is_whole(image: &ServedImage, plan: &Plan) -> bool {
    image.right == ImageRight::Full
        && plan.format == Format::Jpg
        && plan.size == image.info.dimensions()
        && matches!(plan.canonical.as_str(), "full/max/0/default.jpg" | "full/full/0/default.jpg")
}

/// The master itself.
async fn whole(image: &ServedImage) -> Result<Pixels, ImagesError> {
    let path = std::path::PathBuf::from(&image.master.path);
    let failed = |source| ImagesError::File { path: path.clone(), source };
    let file = tokio::fs::File::open(&path).await.map_err(failed)?;
    let length = file.metadata().await.map_err(failed)?.len();
    if length != image.master.byte_count {
        let reason = "the file changed since it was ingested; harvest its source again".to_owned();
        return Err(iiif::image::ImageError::Decode { format: "changed", reason }.into());
    }
    Ok(Pixels::File { file, length })
}

/// Work that may block, away from the reactor. A panic in it is one failed request.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImagesError> + Send + 'static,
) -> Result<T, ImagesError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ImagesError::Interrupted)?
}

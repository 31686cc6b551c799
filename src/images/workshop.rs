//! Where pixels are made: decoded masters in memory, renderings on the blocking pool.

use super::cache::Cache;
use super::{ImagesError, ServedImage, masters};
use crate::config::settings::ImageSettings;
use bytes::Bytes;
use domain::rights::ImageRight;
use iiif::image::{Dimensions, Plan, Pyramid, decode, encode, render};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Gate, Semaphore};

/// Renderings that may wait for a core; more are told to come back.
const MAX_WAITING: usize = 512;
const MEBIBYTE: u64 = 1 << 20;

/// A master in memory is known by its bytes and by what may be shown of it.
type MasterKey = (String, ImageRight);
type TileKey = (MasterKey, Plan);

#[derive(Debug)]
pub(super) struct Workshop {
    settings: ImageSettings,
    pyramids: Mutex<Cache<MasterKey, Arc<Pyramid>>>,
    tiles: Mutex<Cache<TileKey, Bytes>>,
    gates: Mutex<HashMap<MasterKey, Arc<Gate<()>>>>,
    cores: Arc<Semaphore>,
    /// Mebibytes that decoding may take beside the cache.
    memory: Arc<Semaphore>,
    memory_mib: u32,
    waiting: AtomicUsize,
}

/// Counts a waiting rendering for as long as it lives, also when the client goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A cache is whole after every statement, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Workshop {
    pub(super) fn new(settings: &ImageSettings) -> Self {
        let budget = settings.cache_mib.saturating_mul(MEBIBYTE);
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let memory_mib = u32::try_from(settings.cache_mib).unwrap_or(u32::MAX).clamp(64, 1 << 20);
        Self {
            settings: settings.clone(),
            // An eighth for finished tiles: they are small and asked for again.
            pyramids: Mutex::new(Cache::new(budget - budget / 8)),
            tiles: Mutex::new(Cache::new(budget / 8)),
            gates: Mutex::new(HashMap::new()),
            cores: Arc::new(Semaphore::new(cores)),
            memory: Arc::new(Semaphore::new(memory_mib as usize)),
            memory_mib,
            waiting: AtomicUsize::new(0),
        }
    }

    pub(super) async fn render(
        self: &Arc<Self>,
        image: &ServedImage,
        plan: &Plan,
    ) -> Result<Bytes, ImagesError> {
        let key = (image.master.sha256.clone(), image.right);
        let tile_key = (key.clone(), plan.clone());
        if let Some(bytes) = lock(&self.tiles).get(&tile_key) {
            return Ok(bytes);
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            return Err(ImagesError::Busy);
        }
        let pyramid = self.pyramid(&key, image, plan).await?;
        let permit =
            self.cores.clone().acquire_owned().await.map_err(|_| ImagesError::Interrupted)?;
        let workshop = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let (_, plan) = &tile_key;
            let raster = render::render(&pyramid, plan)?;
            let bytes = Bytes::from(encode::encode(&raster, plan.format)?);
            let weight = bytes.len() as u64;
            lock(&workshop.tiles).put(tile_key, bytes.clone(), weight);
            Ok(bytes)
        });
        let bytes = task.await.map_err(|_| ImagesError::Interrupted)?;
        drop(waiting);
        bytes
    }

    /// The decoded master, fine enough for this plan; decoded once however many ask.
    async fn pyramid(
        self: &Arc<Self>,
        key: &MasterKey,
        image: &ServedImage,
        plan: &Plan,
    ) -> Result<Arc<Pyramid>, ImagesError> {
        let kept = || lock(&self.pyramids).get(key).filter(|pyramid| pyramid.serves(plan));
        if let Some(pyramid) = kept() {
            return Ok(pyramid);
        }
        let gate = lock(&self.gates).entry(key.clone()).or_default().clone();
        let held = gate.clone().lock_owned().await;
        if let Some(pyramid) = kept() {
            return Ok(pyramid);
        }
        let full = Dimensions { width: image.master.width, height: image.master.height };
        let info = image.info(&self.settings);
        let shrink = Pyramid::shrink_for(plan, full, &info.limits);
        let permits = self.mebibytes(full, shrink, image.master.byte_count);
        let closed = |_| ImagesError::Interrupted;
        let memory = self.memory.clone().acquire_many_owned(permits).await.map_err(closed)?;
        let core = self.cores.clone().acquire_owned().await.map_err(closed)?;
        let workshop = self.clone();
        let (key, path) = (key.clone(), image.master.path.clone());
        let max_pixels = self.settings.max_pixels;
        // Everything is moved into the task: a client that goes away neither wastes the decoding nor
        // lets a second one begin beside it.
        let task = tokio::task::spawn_blocking(move || {
            let _held = (held, memory, core);
            let decoded = decoded(&path, max_pixels, shrink, full, &info.limits);
            if let Ok(pyramid) = &decoded {
                lock(&workshop.pyramids).put(key.clone(), pyramid.clone(), pyramid.bytes());
            }
            lock(&workshop.gates).remove(&key);
            decoded
        });
        task.await.map_err(|_| ImagesError::Interrupted)?
    }

    /// What decoding takes: the file, four bytes a pixel, and a third for the levels. An image that
    /// takes more than there is may still be decoded, alone.
    fn mebibytes(&self, full: Dimensions, shrink: u32, file: u64) -> u32 {
        let pixels = full.reduced(1 << shrink).area();
        let bytes = file.saturating_add(pixels.saturating_mul(16) / 3);
        u32::try_from(bytes / MEBIBYTE + 1).unwrap_or(u32::MAX).min(self.memory_mib)
    }
}

fn decoded(
    path: &str,
    max_pixels: u64,
    shrink: u32,
    full: Dimensions,
    limits: &iiif::image::Limits,
) -> Result<Arc<Pyramid>, ImagesError> {
    let bytes = masters::read(Path::new(path))?;
    let (raster, shrink) = decode::decode(&bytes, max_pixels, shrink)?;
    if raster.size() != full.reduced(1 << shrink) {
        let reason = "the file changed since it was ingested; harvest its source again".to_owned();
        return Err(iiif::image::ImageError::Decode { format: "changed", reason }.into());
    }
    drop(bytes);
    Ok(Arc::new(Pyramid::build(raster, shrink, full, limits)?))
}

//! Looks at the images that harvested records name: found, of a known format, how large.

use super::remote::Wanted;
use super::{Images, ImagesError, masters};
use crate::config::images::ImageMode;
use crate::config::source::SourceConfig;
use crate::store::image::{ImageFinding, ImageOutcome, LinkState, PendingImage};
use futures_util::StreamExt;
use iiif::image::ImageError;
use std::collections::HashMap;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// Images a batch: one transaction each.
const BATCH: i64 = 200;

/// What an ingestion did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IngestReport {
    /// Can be served now.
    pub ready: u64,
    /// Cannot; the reasons are with the images.
    pub failed: u64,
    /// At other sites.
    pub remote: u64,
    /// Of sources that were not given, or of sites that ask to come later; they keep waiting.
    pub skipped: u64,
    /// Copies that were looked at again.
    pub rechecked: u64,
}

/// Where the images of a source are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Folder(PathBuf),
    Site,
    Nowhere,
    NotWanted,
}

impl Images {
    /// Looks at every waiting image of these sources, batch by batch, and stores what it finds; their
    /// records become stale, so that publication follows. Stops between batches when cancelled.
    ///
    /// # Errors
    /// [`ImagesError::Store`]; a bad image is no error but a finding.
    pub async fn ingest_pending(
        &self,
        sources: &[SourceConfig],
        cancel: &CancellationToken,
    ) -> Result<IngestReport, ImagesError> {
        let places: HashMap<String, Place> =
            sources.iter().map(|source| (source.id.to_string(), place_of(source))).collect();
        let copied = self.copied_sources(sources);
        let mut report = IngestReport::default();
        let mut after: Option<String> = None;
        while !cancel.is_cancelled() {
            let batch = self.store.pending_images(after.as_deref(), BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.image_id.clone());
            let (far, batch): (Vec<PendingImage>, Vec<PendingImage>) =
                batch.into_iter().partition(|image| {
                    copied.get(&image.source_id).is_some_and(|copied| copied.has(&image.location))
                });
            self.copy_images(
                far.into_iter().map(Wanted::first).collect(),
                &copied,
                &mut report,
                cancel,
            )
            .await?;
            let outcomes = self.look_at(batch, &places, &mut report).await?;
            let now = crate::clock::now();
            self.store.finish_images(&outcomes, now).await?;
        }
        self.recheck_images(&copied, &mut report, cancel).await?;
        Ok(report)
    }

    async fn look_at(
        &self,
        batch: Vec<PendingImage>,
        places: &HashMap<String, Place>,
        report: &mut IngestReport,
    ) -> Result<Vec<ImageOutcome>, ImagesError> {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let max_pixels = self.settings.max_pixels;
        let known = batch.into_iter().filter_map(|image| {
            let place = places.get(&image.source_id).cloned();
            if place.is_none() {
                report.skipped += 1;
            }
            Some((image, place?))
        });
        let known: Vec<(PendingImage, Place)> = known.collect();
        let mut findings = futures_util::stream::iter(known)
            .map(|(image, place)| {
                tokio::task::spawn_blocking(move || {
                    let finding = find(&place, &image.location, max_pixels);
                    ImageOutcome { image, finding }
                })
            })
            .buffer_unordered(cores);
        let mut outcomes = Vec::new();
        while let Some(outcome) = findings.next().await {
            let outcome = outcome.map_err(|_| ImagesError::Interrupted)?;
            match &outcome.finding {
                ImageFinding::Ready(_) => report.ready += 1,
                ImageFinding::Remote | ImageFinding::NotWanted => report.remote += 1,
                ImageFinding::Failed { reason, .. } => {
                    report.failed += 1;
                    tracing::debug!(image = %outcome.image.image_id, %reason, "image not usable");
                }
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
}

fn place_of(source: &SourceConfig) -> Place {
    let Some(images) = &source.images else { return Place::Nowhere };
    match images.from.as_deref() {
        _ if images.mode == ImageMode::None => Place::NotWanted,
        None => Place::Nowhere,
        Some(from) if masters::is_remote(from) => Place::Site,
        Some(from) => Place::Folder(source.folder.join(from)),
    }
}

fn find(place: &Place, location: &str, max_pixels: u64) -> ImageFinding {
    if *place == Place::NotWanted {
        return ImageFinding::NotWanted;
    }
    if masters::is_remote(location) {
        return ImageFinding::Remote;
    }
    let folder = match place {
        Place::Folder(folder) => folder,
        Place::Site => return ImageFinding::Remote,
        Place::Nowhere | Place::NotWanted => {
            let reason = "the source names no folder of images; add `images` to its schedule";
            return ImageFinding::Failed { code: LinkState::Missing, reason: reason.to_owned() };
        }
    };
    let found = masters::resolve_or_unpacked(folder, location)
        .and_then(|path| masters::inspect(&path, max_pixels));
    match found {
        Ok(master) => ImageFinding::Ready(master),
        Err(error) => ImageFinding::Failed { code: state_of(&error), reason: error.to_string() },
    }
}

/// What the link report calls a master that cannot be used.
pub(super) fn state_of(error: &ImagesError) -> LinkState {
    match error {
        ImagesError::TooManyBytes { .. } | ImagesError::Image(ImageError::TooManyPixels { .. }) => {
            LinkState::TooBig
        }
        ImagesError::Image(_) => LinkState::WrongType,
        ImagesError::Location { .. } => LinkState::Refused,
        _ => LinkState::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_ready_failed_with_a_reason_or_remote() {
        let folder = tempfile::tempdir().unwrap();
        let gif = b"GIF89a\x02\x00\x03\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x02\x00\x03\x00\x00\x02\x03\x8c\x8f\x01\x00;";
        std::fs::write(folder.path().join("a.jpg"), gif).unwrap();
        std::fs::write(folder.path().join("b.jpg"), b"text").unwrap();
        let place = Place::Folder(folder.path().to_owned());
        let ImageFinding::Ready(master) = find(&place, "a.jpg", 100) else { panic!("not ready") };
        // Told by its bytes, not by its name.
        assert_eq!((master.width, master.height, master.format.as_str()), (2, 3, "image/gif"));
        let reason = |location: &str, max_pixels: u64| match find(&place, location, max_pixels) {
            ImageFinding::Failed { reason, .. } => reason,
            other => panic!("{other:?}"),
        };
        assert!(reason("b.jpg", 100).contains("not a JPEG"));
        assert!(reason("a.jpg", 5).contains("more than the 5"));
        assert!(reason("../a.jpg", 100).contains("not followed"));
        assert_eq!(find(&place, "https://example.org/a.jpg", 100), ImageFinding::Remote);
        assert!(matches!(find(&Place::Nowhere, "a.jpg", 100), ImageFinding::Failed { .. }));
    }
}

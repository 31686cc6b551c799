//! A decoded master at full size and halved again and again, so that every tile is a small cut.

use super::raster::Raster;
use super::render::resize;
use super::{Dimensions, ImageError, Limits, Plan};

/// A decoded image in levels, each half of the one before (rounded up).
///
/// The finest level is not always the master: a rendering that needs only an eighth of it is served
/// from a master decoded at an eighth, and of an image with restricted rights nothing finer than the
/// published resolution is kept, so that no request can reach it.
#[derive(Debug, Clone)]
pub struct Pyramid {
    levels: Vec<Level>,
    shrink: u32,
    restricted: bool,
}

/// One level, and how many of its pixels a pixel of the full image is.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) raster: Raster,
    pub(super) scale_x: f64,
    pub(super) scale_y: f64,
}

impl Pyramid {
    /// Builds the levels of a master of `full` pixels that was decoded at 1/2^`shrink`.
    ///
    /// # Errors
    /// [`ImageError::Decode`] when the resolution that the rights leave cannot be made.
    pub fn build(
        raster: Raster,
        shrink: u32,
        full: Dimensions,
        limits: &Limits,
    ) -> Result<Self, ImageError> {
        let whole = super::Rect { x: 0, y: 0, width: full.width, height: full.height };
        let published = limits.resolution(full, whole);
        let by = 1.0 / f64::from(1u32 << shrink.min(16));
        let base = match published {
            None => Level { raster, scale_x: by, scale_y: by },
            Some(size) => reduced_to(size, raster, full, by)?,
        };
        let mut levels = vec![base];
        while let Some(last) = levels.last()
            && last.raster.size().longest() > 128
        {
            let next = Level {
                raster: last.raster.halved(),
                scale_x: last.scale_x / 2.0,
                scale_y: last.scale_y / 2.0,
            };
            levels.push(next);
        }
        Ok(Self { levels, shrink, restricted: published.is_some() })
    }

    /// How often a decoder may halve the master and the pyramid still serves this plan (3 at most).
    pub fn shrink_for(plan: &Plan, full: Dimensions, limits: &Limits) -> u32 {
        let whole = super::Rect { x: 0, y: 0, width: full.width, height: full.height };
        match limits.resolution(full, whole) {
            // All that can ever be asked for.
            Some(published) => (0..=3u32)
                .take_while(|k| {
                    let level = full.reduced(1 << k);
                    level.width >= published.width && level.height >= published.height
                })
                .last()
                .unwrap_or(0),
            None => plan.halvings().min(3),
        }
    }

    /// Whether it is fine enough for this plan.
    pub fn serves(&self, plan: &Plan) -> bool {
        self.restricted || self.shrink <= plan.halvings()
    }

    /// Bytes of pixels held.
    pub fn bytes(&self) -> u64 {
        self.levels.iter().map(|level| level.raster.pixels().len() as u64).sum()
    }

    /// The coarsest level that has at least the pixels asked for, else the finest.
    pub(super) fn level_for(&self, plan: &Plan) -> Option<&Level> {
        let (w, h) = (f64::from(plan.crop.width), f64::from(plan.crop.height));
        let (out_w, out_h) = (f64::from(plan.size.width), f64::from(plan.size.height));
        self.levels
            .iter()
            .rev()
            // Sizes of tiles at the edge are rounded up, so almost a pixel less is enough.
            .find(|level| w * level.scale_x > out_w - 1.0 && h * level.scale_y > out_h - 1.0)
            .or_else(|| self.levels.first())
    }
}

/// A level of exactly the size that the rights leave. Halved first as far as that goes, so that the
/// resizer has little to do.
fn reduced_to(
    size: Dimensions,
    raster: Raster,
    full: Dimensions,
    by: f64,
) -> Result<Level, ImageError> {
    let (mut raster, mut by) = (raster, by);
    while raster.size().width >= size.width * 2 && raster.size().height >= size.height * 2 {
        raster = raster.halved();
        by /= 2.0;
    }
    // The last column of a halved image may stand for less than a whole pixel.
    let frame = (
        0.0,
        0.0,
        (f64::from(full.width) * by).min(f64::from(raster.size().width)),
        (f64::from(full.height) * by).min(f64::from(raster.size().height)),
    );
    Ok(Level {
        raster: resize(&raster, frame, size)?,
        scale_x: f64::from(size.width) / f64::from(full.width),
        scale_y: f64::from(size.height) / f64::from(full.height),
    })
}

//! Renderings band by band.

use super::super::Plan;
use super::super::raster::Raster;
use super::super::render::finished;
use super::super::rotation::Rotation;
use super::part::{Source, TileRows};
use super::{ReadAt, Serving, ServingError};

/// Rows of a band: some 1.5 million pixels, in whole rows of MCUs of 16.
pub(super) fn band_rows(plan: &Plan) -> u32 {
    let rows = 1_500_000 / plan.size.width.max(1) / 16 * 16;
    rows.clamp(16, 512).min(plan.size.height.max(1))
}

/// Bands of a rendering, top to bottom; all but the last have the same number of rows, a multiple
/// of 16.
#[derive(Debug)]
pub struct Strips<'a, R: ReadAt + ?Sized> {
    serving: &'a Serving,
    source: &'a R,
    plan: &'a Plan,
    from: Source,
    tiles: TileRows,
    rows: u32,
    next: u32,
}

impl<'a, R: ReadAt + ?Sized> Strips<'a, R> {
    pub(super) fn new(serving: &'a Serving, source: &'a R, plan: &'a Plan) -> Option<Self> {
        plan.rotation.quarter_turns().filter(|turns| turns.is_multiple_of(2))?;
        let (from, tiles) = (Source::of(serving, plan), TileRows::default());
        Some(Self { serving, source, plan, from, tiles, rows: band_rows(plan), next: 0 })
    }

    /// Rows of each band but the last.
    pub fn band_rows(&self) -> u32 {
        self.rows
    }

    /// The next band; `None` after the last.
    ///
    /// # Errors
    /// [`ServingError`]; do not go on after one.
    pub fn next_band(
        &mut self,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Result<Raster, ServingError>> {
        let height = self.plan.size.height;
        if self.next >= height {
            return None;
        }
        let end = (self.next + self.rows).min(height);
        let half_turn = self.plan.rotation.quarter_turns() == Some(2);
        let (top, bottom) =
            if half_turn { (height - end, height - self.next) } else { (self.next, end) };
        self.next = end;
        Some(self.band(top, bottom, half_turn, cancelled))
    }

    fn band(
        &mut self,
        top: u32,
        bottom: u32,
        half_turn: bool,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Raster, ServingError> {
        let window = self.from.window(self.plan, top, bottom);
        let level = self.from.level;
        let pixels =
            self.tiles.window(self.serving, self.source, level, window, half_turn, cancelled)?;
        let raster = self.from.rows(self.plan, window, pixels, top, bottom)?;
        let mirror = self.plan.rotation.mirror;
        // A half turn of the whole is one of each band, from the lowest up.
        let raster = if half_turn { raster.turned(2) } else { raster };
        let raster = if mirror { raster.mirrored() } else { raster };
        let upright = Plan { rotation: Rotation::NONE, ..self.plan.clone() };
        Ok(finished(raster, &upright)?)
    }
}

//! Pixels of a part of a level: which tiles, decoded, side by side.

use super::super::raster::{Channels, Raster};
use super::super::render::{Frame, finished, reached, resize};
use super::super::{Dimensions, ImageError, Plan, jpeg};
use super::{Cost, ReadAt, Serving, ServingError};

/// What a plan takes of which level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) level: u32,
    pub(super) size: Dimensions,
    pub(super) frame: Frame,
}

impl Source {
    /// The coarsest level that has at least the pixels asked for, else the finest.
    pub(super) fn of(serving: &Serving, plan: &Plan) -> Self {
        let (w, h) = (f64::from(plan.crop.width), f64::from(plan.crop.height));
        let (out_w, out_h) = (f64::from(plan.size.width), f64::from(plan.size.height));
        let scale = |level: u32| 1.0 / f64::from(1u32 << level.min(31));
        let level = (0..serving.level_total())
            .rev()
            // Sizes of tiles at the edge are rounded up, so almost a pixel less is enough.
            .find(|level| w * scale(*level) > out_w - 1.0 && h * scale(*level) > out_h - 1.0)
            .unwrap_or(0);
        let size = serving.dimensions().reduced(1 << level);
        let frame = Frame::of(plan, (scale(level), scale(level)), size);
        Self { level, size, frame }
    }

    /// Pixels of the level that rows `top..bottom` of the result are made of: left, top, right,
    /// bottom.
    pub(super) fn window(&self, plan: &Plan, top: u32, bottom: u32) -> (u32, u32, u32, u32) {
        match self.frame {
            Frame::Copy { x, y } => (x, y + top, x + plan.size.width, y + bottom),
            Frame::Scale(frame) => {
                let size = Dimensions { width: plan.size.width, height: bottom - top };
                let (l, t, r, b) = reached(band(frame, plan.size.height, top, bottom), size);
                let (width, height) = (self.size.width, self.size.height);
                let left = (l as u32).min(width - 1);
                let top = (t as u32).min(height - 1);
                (left, top, (r as u32).clamp(left + 1, width), (b as u32).clamp(top + 1, height))
            }
        }
    }

    /// Rows `top..bottom` of the result, out of the pixels of their window.
    pub(super) fn rows(
        &self,
        plan: &Plan,
        window: (u32, u32, u32, u32),
        pixels: Raster,
        top: u32,
        bottom: u32,
    ) -> Result<Raster, ImageError> {
        match self.frame {
            Frame::Copy { .. } => Ok(pixels),
            Frame::Scale(frame) => {
                let (left, upper, width, height) = band(frame, plan.size.height, top, bottom);
                let have = pixels.size();
                let left = (left - f64::from(window.0)).max(0.0);
                let upper = (upper - f64::from(window.1)).max(0.0);
                let width = width.min(f64::from(have.width) - left);
                let height = height.min(f64::from(have.height) - upper);
                let size = Dimensions { width: plan.size.width, height: bottom - top };
                resize(&pixels, (left, upper, width, height), size)
            }
        }
    }
}

/// The part of a frame that rows `top..bottom` of a result of `rows` come from.
fn band(
    (left, upper, width, height): (f64, f64, f64, f64),
    rows: u32,
    top: u32,
    bottom: u32,
) -> (f64, f64, f64, f64) {
    let step = height / f64::from(rows);
    (left, upper + f64::from(top) * step, width, f64::from(bottom - top) * step)
}

/// Rows of tiles that were decoded, side by side, for the next window to take from.
#[derive(Debug, Default)]
pub(super) struct TileRows {
    rows: Vec<(u32, Raster)>,
}

impl TileRows {
    /// The pixels of a window; decodes the rows of tiles that are not there, drops those above it.
    pub(super) fn window<R: ReadAt + ?Sized>(
        &mut self,
        serving: &Serving,
        source: &R,
        level: u32,
        (left, top, right, bottom): (u32, u32, u32, u32),
        upwards: bool,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Raster, ServingError> {
        let side = serving.tile_side();
        let (first, last) = (top / side, (bottom - 1) / side);
        let (first_column, last_column) = (left / side, (right - 1) / side);
        let channels = if serving.is_gray() { Channels::Gray } else { Channels::Rgb };
        let n = channels.count();
        let width = (right - left) as usize;
        let mut pixels = Vec::with_capacity(width * (bottom - top) as usize * n);
        self.rows.retain(|(row, _)| if upwards { *row <= last } else { *row >= first });
        for row in first..=last {
            if !self.rows.iter().any(|(held, _)| *held == row) {
                let columns = (first_column, last_column);
                let strip = tile_row(serving, source, level, row, columns, channels, cancelled)?;
                self.rows.push((row, strip));
            }
            let strip = self.rows.iter().find(|(held, _)| *held == row).map(|(_, strip)| strip);
            let from = top.max(row * side) - row * side;
            let to = bottom.min((row + 1).saturating_mul(side)) - row * side;
            let start = (left - first_column * side) as usize * n;
            for line in
                strip.into_iter().flat_map(Raster::rows).take(to as usize).skip(from as usize)
            {
                let part = line.get(start..start + width * n);
                pixels.extend_from_slice(
                    part.ok_or(ServingError::Damaged("a tile has another size"))?,
                );
            }
        }
        Raster::new(Dimensions { width: right - left, height: bottom - top }, channels, pixels)
            .ok_or(ServingError::Damaged("a tile has another size"))
    }
}

/// One row of tiles, decoded into one raster.
fn tile_row<R: ReadAt + ?Sized>(
    serving: &Serving,
    source: &R,
    level: u32,
    row: u32,
    (first, last): (u32, u32),
    channels: Channels,
    cancelled: &dyn Fn() -> bool,
) -> Result<Raster, ServingError> {
    let side = serving.tile_side();
    let size = serving.dimensions().reduced(1 << level);
    let left = first * side;
    let right = (last + 1).saturating_mul(side).min(size.width);
    let height = side.min(size.height.saturating_sub(row * side));
    let n = channels.count();
    let stride = (right - left) as usize * n;
    let mut pixels = vec![0; stride * height as usize];
    for column in first..=last {
        if cancelled() {
            return Err(ServingError::Cancelled);
        }
        let slice =
            serving.tile(level, column, row).ok_or(ServingError::Damaged("a tile is missing"))?;
        let bytes = source.read_at(slice.offset, slice.length as usize)?;
        if crc32fast::hash(&bytes) != slice.checksum {
            return Err(ServingError::Damaged("the checksum of a tile"));
        }
        let tile = jpeg::decode(&bytes, 0)?;
        let width = side.min(size.width - column * side);
        if tile.size() != (Dimensions { width, height }) || tile.channels() != channels {
            return Err(ServingError::Damaged("a tile has another size"));
        }
        let start = (column - first) as usize * side as usize * n;
        for (to, from) in pixels.chunks_exact_mut(stride).zip(tile.rows()) {
            if let Some(to) = to.get_mut(start..start + from.len()) {
                to.copy_from_slice(from);
            }
        }
    }
    Raster::new(Dimensions { width: right - left, height }, channels, pixels)
        .ok_or(ServingError::Damaged("a tile has another size"))
}

/// See [`Serving::render`].
pub(super) fn render<R: ReadAt + ?Sized>(
    serving: &Serving,
    source: &R,
    plan: &Plan,
    cancelled: &dyn Fn() -> bool,
) -> Result<Raster, ServingError> {
    let from = Source::of(serving, plan);
    let window = from.window(plan, 0, plan.size.height);
    let mut tiles = TileRows::default();
    let pixels = tiles.window(serving, source, from.level, window, false, cancelled)?;
    drop(tiles);
    let raster = from.rows(plan, window, pixels, 0, plan.size.height)?;
    Ok(finished(raster, plan)?)
}

/// See [`Serving::cost`].
pub(super) fn cost(serving: &Serving, plan: &Plan) -> Cost {
    let from = Source::of(serving, plan);
    let (left, top, right, bottom) = from.window(plan, 0, plan.size.height);
    let side = serving.tile_side();
    let (first_column, last_column) = (left / side, (right - 1) / side);
    let (first_row, last_row) = (top / side, (bottom - 1) / side);
    let mut stored_bytes = 0;
    for row in first_row..=last_row {
        for column in first_column..=last_column {
            stored_bytes +=
                serving.tile(from.level, column, row).map_or(0, |slice| u64::from(slice.length));
        }
    }
    let columns = u64::from(last_column - first_column + 1);
    let rows = u64::from(last_row - first_row + 1);
    let n = if serving.is_gray() { 1 } else { 3 };
    let area = u64::from(right - left) * u64::from(bottom - top);
    let scaled = matches!(from.frame, Frame::Scale(_));
    let output = plan.size.area();
    let turns = plan.rotation.quarter_turns();
    // Tiles and their window together; then the window with its copy in four channels, and the
    // result in four; then what turning holds twice.
    let tile_pixels = columns * rows * u64::from(side) * u64::from(side) * n;
    let scaling = if scaled { area * 4 + output * 4 } else { 0 };
    let turning = match turns {
        Some(0) if !plan.rotation.mirror => 0,
        Some(_) => output * 2 * n,
        None => output * 4 * 3,
    };
    let memory = (area * n + tile_pixels.max(scaling)).max(output * n + turning);
    let strip_rows = u64::from(super::strips::band_rows(plan));
    let share = |bytes: u64| bytes * strip_rows / u64::from(plan.size.height).max(1);
    let held = (share(u64::from(bottom - top)) + 2).div_ceil(u64::from(side)) + 1;
    let strip_memory = if turns.is_some_and(|turns| turns % 2 == 0) {
        let strip_tiles = columns * held.min(rows) * u64::from(side) * u64::from(side) * n;
        (strip_tiles + share(area) * n + share(scaling) + share(output) * 2 * n).min(memory)
    } else {
        memory
    };
    Cost { tiles: columns * rows, stored_bytes, memory, strip_memory }
}

//! Pixels of a master that is not cut: coloured, turned upright, handed to the cascade.

use super::cascade::Made;
use super::colour::{Kind, Painter};
use super::feed::{self, Feed, Order};
use super::planes::Band;
use super::sink::Sink;
use super::{IngestError, Options};
use crate::image::raster::{Channels, Raster};
use crate::image::{Dimensions, ImageError, decode};
use image::metadata::Orientation;
use std::io::{Seek, Write};
use std::sync::Mutex;

/// Rows of a band.
const BAND_ROWS: usize = 64;

/// What comes out of a decoder.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Pixels as stored.
    pub(super) size: Dimensions,
    pub(super) orientation: Orientation,
    pub(super) kind: Kind,
    pub(super) profile: Option<Vec<u8>>,
}

impl Picture {
    /// Pixels when it stands upright.
    pub(super) fn upright(&self) -> Dimensions {
        upright(self.size, self.orientation)
    }

    /// Bytes that its pixels take when it must be held as a whole to be turned.
    pub(super) fn memory_to_turn(&self) -> u64 {
        let channels = if self.kind.is_gray() { 1 } else { 3 };
        if self.orientation == Orientation::NoTransforms {
            0
        } else {
            self.size.area().saturating_mul(3 * channels)
        }
    }
}

/// Size after turning.
pub(super) fn upright(size: Dimensions, orientation: Orientation) -> Dimensions {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => Dimensions { width: size.height, height: size.width },
        _ => size,
    }
}

/// Takes rows of pixels of the picture's kind.
pub(super) type Emit<'a> = dyn FnMut(&[u8]) -> Result<(), IngestError> + 'a;

/// Runs a decoder that emits all rows of a picture, and makes all levels.
pub(super) fn encode<W: Write + Seek + Send>(
    picture: &Picture,
    options: &Options,
    cancelled: &(dyn Fn() -> bool + Sync),
    sink: &Mutex<Sink<W>>,
    produce: impl FnOnce(&mut Emit<'_>) -> Result<(), IngestError>,
) -> Result<Made, IngestError> {
    let gray = picture.kind.is_gray();
    let channels = if gray { Channels::Gray } else { Channels::Rgb };
    let size = picture.upright();
    let mut painter = Painter::new(picture.kind, picture.profile.as_deref());
    let order = Order { size, gray, first: 0, options, profile: None };
    let ((), made) = feed::run(order, sink, |feed: &mut dyn Feed| {
        let mut rows = Rows::new(size, channels, feed);
        if picture.orientation == Orientation::NoTransforms {
            let mut painted = Vec::new();
            produce(&mut |pixels| {
                if cancelled() {
                    return Err(IngestError::Cancelled);
                }
                painted.clear();
                painter.paint(pixels, &mut painted);
                rows.take(&painted)
            })?;
        } else {
            let mut all = Vec::new();
            produce(&mut |pixels| {
                if cancelled() {
                    return Err(IngestError::Cancelled);
                }
                painter.paint(pixels, &mut all);
                Ok(())
            })?;
            let raster = Raster::new(picture.size, channels, all).ok_or_else(too_short)?;
            let raster = decode::oriented(raster, picture.orientation);
            for pixels in raster.pixels().chunks(raster.stride() * BAND_ROWS) {
                rows.take(pixels)?;
            }
        }
        rows.finish()
    })?;
    Ok(made)
}

fn too_short() -> IngestError {
    ImageError::Decode { format: "any", reason: "fewer rows than it says".to_owned() }.into()
}

/// Rows that wait until they are a band.
struct Rows<'a> {
    size: Dimensions,
    stride: usize,
    gray: bool,
    pending: Vec<u8>,
    taken: usize,
    feed: &'a mut dyn Feed,
}

impl<'a> Rows<'a> {
    fn new(size: Dimensions, channels: Channels, feed: &'a mut dyn Feed) -> Self {
        let stride = size.width as usize * channels.count();
        let gray = channels == Channels::Gray;
        Self { size, stride, gray, pending: Vec::new(), taken: 0, feed }
    }

    fn take(&mut self, pixels: &[u8]) -> Result<(), IngestError> {
        let full = self.stride * BAND_ROWS;
        let mut pixels = pixels;
        while !pixels.is_empty() {
            if self.pending.is_empty() && pixels.len() >= full {
                let (band, rest) = pixels.split_at_checked(full).unwrap_or((pixels, &[]));
                self.push(band)?;
                pixels = rest;
                continue;
            }
            let wanted = (full - self.pending.len()).min(pixels.len());
            let (part, rest) = pixels.split_at_checked(wanted).unwrap_or((pixels, &[]));
            self.pending.extend_from_slice(part);
            pixels = rest;
            if self.pending.len() == full {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        let mut band = std::mem::take(&mut self.pending);
        self.push(&band)?;
        band.clear();
        self.pending = band;
        Ok(())
    }

    fn push(&mut self, pixels: &[u8]) -> Result<(), IngestError> {
        let width = self.size.width as usize;
        let fresh = || Band::new(width, BAND_ROWS, self.gray);
        let mut band = self.feed.emptied().unwrap_or_else(fresh);
        band.append_pixels(pixels, width);
        self.taken += band.rows;
        self.feed.push(band)
    }

    fn finish(mut self) -> Result<(), IngestError> {
        if !self.pending.is_empty() {
            self.flush()?;
        }
        if self.taken == self.size.height as usize { Ok(()) } else { Err(too_short()) }
    }
}

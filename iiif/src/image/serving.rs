//! The serving form: one file an image, a pyramid of JPEG tiles that are sent as they lie there.
//!
//! # The file
//! A little-endian BigTIFF of one chain of directories, the full image first, each next half the
//! size of the one before, rounded up, until one tile holds it. Tiles are 512 pixels wide (or 256),
//! each a complete JPEG stream with its own tables, in grey or YCbCr. libvips and iipsrv open it as
//! any pyramidal TIFF.
//!
//! TIFF wants tiles at the right and lower edge padded to full size; clients want them exact. So
//! edge tiles are there twice, and the exact ones are known only to the private index, as are the
//! common whole sizes (`!200,200`, `!400,400`, `!800,800`, `!1024,1024`). TIFF readers never see
//! them. Forty-eight bytes behind the TIFF header (offset 16) say where the index is, how long the
//! file is, and the CRC-32 of the index; see [`index`] for its layout.
//!
//! # Use
//! [`Serving::open`] reads header and index (two reads) and checks every number against the length
//! of the file; a [`Serving`] then answers without reading:
//! - [`Serving::stream_for`]: a [`Plan`] whose answer lies ready, as a [`Slice`] of the file: send it.
//! - [`Serving::tile`], [`Serving::stored_size`]: the same by coordinates.
//! - [`Serving::cost`]: what a rendering would decode and hold, before it is begun.
//! - [`Serving::render`] and [`Serving::strips`]: everything else, decoding only the tiles that the
//!   plan needs from the nearest level.
//!
//! Streams and renderings have the colours of [`Serving::profile`]: sRGB when it is `None`, else
//! every stored stream carries the profile (a compact one), and renderings are converted to sRGB.
//! JPEG has no transparency: masters that have it lie on white.

pub mod index;
mod part;
mod read;
mod strips;

pub use index::{Facts, Index, MasterFacts, Slice};
pub use read::ReadAt;
pub use strips::Strips;

use super::format::Format;
use super::quality::Quality;
use super::raster::Raster;
use super::{Dimensions, ImageError, Plan};

/// Boxes of the whole sizes that are stored beside the tiles.
pub const STORED_BOXES: [u32; 4] = [200, 400, 800, 1024];
/// Sides that tiles may have, pixels.
pub const TILE_SIDES: [u32; 2] = [256, 512];

/// What can go wrong while a serving form is read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServingError {
    /// The store did not give the bytes; may heal (503).
    #[error("the serving form cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is not a serving form, or it is damaged: make it anew from the master.
    #[error("the serving form is damaged: {0}")]
    Damaged(&'static str),
    /// The rendering failed.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The caller said stop.
    #[error("the rendering was given up")]
    Cancelled,
}

/// What a rendering takes, known before it is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Tiles that are read and decoded.
    pub tiles: u64,
    /// Bytes of these tiles in the file.
    pub stored_bytes: u64,
    /// Peak bytes of pixels held by [`Serving::render`].
    pub memory: u64,
    /// Peak bytes of pixels held by [`Serving::strips`]; the same when the plan cannot be made in
    /// strips (turned by other than 0 or 180 degrees).
    pub strip_memory: u64,
}

/// An opened serving form: its index in memory (16 bytes a tile), no file handle.
///
/// # Example
/// ```no_run
/// # fn main() -> Result<(), iiif::image::serving::ServingError> {
/// use iiif::image::serving::{ReadAt, Serving};
/// let bytes: Vec<u8> = std::fs::read("image.tif").unwrap_or_default();
/// let serving = Serving::open(bytes.as_slice())?;
/// if let Some(slice) = serving.tile(0, 0, 0) {
///     let jpeg = bytes.as_slice().read_at(slice.offset, slice.length as usize)?;
///     assert!(jpeg.starts_with(&[0xFF, 0xD8]));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    index: Index,
}

impl Serving {
    /// Reads and checks header and index.
    ///
    /// # Errors
    /// [`ServingError::Damaged`] for anything that this program did not write so, [`ServingError::Read`]
    /// from the reader.
    pub fn open<R: ReadAt + ?Sized>(source: &R) -> Result<Self, ServingError> {
        let length = source.length();
        let head = source.read_at(0, length.min(index::HEAD as u64) as usize)?;
        let place = index::Place::read(&head, length)?;
        let body = source.read_at(place.offset, place.length as usize)?;
        Ok(Self { index: Index::read(&body, &place)? })
    }

    /// Width and height of the full image, upright.
    pub fn dimensions(&self) -> Dimensions {
        self.index.facts.size
    }

    /// What was written down at ingest.
    pub fn facts(&self) -> &Facts {
        &self.index.facts
    }

    /// Bytes of the file.
    pub fn length(&self) -> u64 {
        self.index.file_length
    }

    /// Bytes that this value holds in memory, roughly.
    pub fn memory(&self) -> usize {
        self.index.entries.len() * size_of::<Slice>() + 512 + self.profile().map_or(0, <[u8]>::len)
    }

    /// Side of the tiles: 256 or 512 pixels.
    pub fn tile_side(&self) -> u32 {
        self.index.facts.tile_side
    }

    /// Whether there is no colour: one component.
    pub fn is_gray(&self) -> bool {
        self.index.facts.gray
    }

    /// ICC profile of the stored streams (each carries it); `None`: sRGB, or plain grey.
    pub fn profile(&self) -> Option<&[u8]> {
        self.index.facts.profile.as_deref()
    }

    /// Sizes of the levels: the full image first, each next half, rounded up.
    pub fn levels(&self) -> impl ExactSizeIterator<Item = Dimensions> + '_ {
        (0..self.index.level_starts.len()).map(|level| self.dimensions().reduced(1 << level))
    }

    /// A tile, at its exact size.
    pub fn tile(&self, level: u32, column: u32, row: u32) -> Option<Slice> {
        self.index.tile(level, column, row)
    }

    /// A whole size that is stored.
    pub fn stored_size(&self, width: u32, height: u32) -> Option<Slice> {
        let size = Dimensions { width, height };
        self.index.stored.iter().find(|(stored, _)| *stored == size).map(|(_, slice)| *slice)
    }

    /// The whole sizes that are stored, for `sizes` of `info.json` (beside [`Serving::levels`] that
    /// fit into a tile).
    pub fn stored_sizes(&self) -> impl Iterator<Item = Dimensions> + '_ {
        self.index.stored.iter().map(|(size, _)| *size)
    }

    /// The stored stream that answers a plan, if one does: a tile on the grid or a whole stored
    /// size, not turned, in the colours of the image, as `jpg`.
    pub fn stream_for(&self, plan: &Plan) -> Option<Slice> {
        let plain = plan.format == Format::Jpg
            && !plan.rotation.mirror
            && plan.rotation.quarter_turns() == Some(0)
            && match plan.quality {
                Quality::Default | Quality::Color => true,
                Quality::Gray => self.is_gray(),
                Quality::Bitonal => false,
            };
        if !plain {
            return None;
        }
        let (image, crop) = (self.dimensions(), plan.crop);
        let is_whole = crop.dimensions() == image;
        if is_whole && let Some(slice) = self.stored_size(plan.size.width, plan.size.height) {
            return Some(slice);
        }
        (0..self.level_total())
            .filter(|level| crop.dimensions().reduced(1 << level) == plan.size)
            .find_map(|level| self.tile_of_crop(level, plan))
    }

    fn tile_of_crop(&self, level: u32, plan: &Plan) -> Option<Slice> {
        let (image, crop) = (self.dimensions(), plan.crop);
        let span = self.tile_side().checked_shl(level)?;
        let exact = |start: u32, length: u32, end: u32| {
            start.is_multiple_of(span) && length == span.min(end.saturating_sub(start))
        };
        (exact(crop.x, crop.width, image.width) && exact(crop.y, crop.height, image.height))
            .then(|| self.tile(level, crop.x / span, crop.y / span))
            .flatten()
    }

    /// What [`Serving::render`] of a plan would take.
    pub fn cost(&self, plan: &Plan) -> Cost {
        part::cost(self, plan)
    }

    /// Renders a plan, in memory: reads and decodes the tiles that it needs from the nearest level,
    /// then cuts, scales, turns and colours as [`super::render::render`] does. In sRGB.
    ///
    /// `cancelled` is asked before each tile.
    ///
    /// # Errors
    /// [`ServingError`].
    pub fn render<R: ReadAt + ?Sized>(
        &self,
        source: &R,
        plan: &Plan,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Raster, ServingError> {
        part::render(self, source, plan, cancelled)
    }

    /// The same as bands of rows, top to bottom, so that a rendering of any size needs a few rows of
    /// tiles only. `None` for plans that must be turned by other than 0 or 180 degrees.
    pub fn strips<'a, R: ReadAt + ?Sized>(
        &'a self,
        source: &'a R,
        plan: &'a Plan,
    ) -> Option<Strips<'a, R>> {
        Strips::new(self, source, plan)
    }

    fn level_total(&self) -> u32 {
        self.index.level_starts.len() as u32
    }
}

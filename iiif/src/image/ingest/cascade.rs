//! Levels of a pyramid, each filled from above by halving, each emitting rows of tiles.

use super::super::raster::{Channels, Raster};
use super::super::serving::STORED_BOXES;
use super::super::serving::Slice;
use super::super::serving::index::{grid, level_count};
use super::super::{Dimensions, ImageError};
use super::planes::{Band, Kept};
use super::sink::{LevelStreams, Sink};
use super::{IngestError, Options};
use std::io::{Seek, Write};
use std::sync::{Mutex, PoisonError};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp, YuvPlanesImage};

/// One level while it is made.
#[derive(Debug)]
struct Level {
    size: Dimensions,
    strip: Band,
    streams: LevelStreams,
}

/// All levels from the first that must be encoded on.
#[derive(Debug)]
pub(super) struct Cascade {
    first: u32,
    side: usize,
    levels: Vec<Level>,
    kept: Option<Kept>,
    kept_level: u32,
    encoder: TileEncoder,
    full_quality: u8,
    quality: u8,
}

/// What the cascade made: levels from its first on, and the level that was kept, if it saw it.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) levels: Vec<LevelStreams>,
    pub(super) kept: Option<Kept>,
}

/// The coarsest level that has 1024 pixels a side: what the stored sizes are made of.
pub(super) fn kept_level(size: Dimensions, side: u32) -> u32 {
    let most = STORED_BOXES.into_iter().max().unwrap_or(1024);
    (0..level_count(size, side))
        .take_while(|level| size.reduced(1 << level).longest() >= most)
        .last()
        .unwrap_or(0)
}

impl Cascade {
    /// For an image of this size; level 0 is not made when `first` is 1.
    pub(super) fn new(
        size: Dimensions,
        gray: bool,
        first: u32,
        options: &Options,
        profile: Option<&[u8]>,
    ) -> Result<Self, IngestError> {
        let side = options.tile_side;
        let mut levels = Vec::new();
        for level in first..level_count(size, side) {
            let (columns, _) = grid(size, side, level);
            let size = size.reduced(1 << level);
            // Level rows beyond the image are padding of the last row of tiles.
            let strip = Band::new(columns as usize * side as usize, side as usize, gray);
            let sampling = if gray { (1, 1) } else { (2, 2) };
            let streams = LevelStreams { sampling, ..LevelStreams::default() };
            levels.push(Level { size, strip, streams });
        }
        let kept_level = kept_level(size, side);
        let kept = (kept_level >= first).then(|| Kept::new(size.reduced(1 << kept_level), gray));
        Ok(Self {
            first,
            side: side as usize,
            levels,
            kept,
            kept_level,
            encoder: TileEncoder::new(profile)?,
            full_quality: options.full_quality,
            quality: options.quality,
        })
    }

    /// Takes rows of the first level.
    pub(super) fn push<W: Write + Seek>(
        &mut self,
        band: &Band,
        sink: &Mutex<Sink<W>>,
    ) -> Result<(), IngestError> {
        let mut from = 0;
        while from < band.rows {
            let Some(level) = self.levels.first_mut() else { return Ok(()) };
            let count = (self.side - level.strip.rows).min(band.rows - from);
            level.strip.append(band, from, count);
            from += count;
            if level.strip.rows == self.side {
                self.flush(0, sink)?;
            }
        }
        Ok(())
    }

    /// What is left, at the end of the image.
    pub(super) fn finish<W: Write + Seek>(
        mut self,
        sink: &Mutex<Sink<W>>,
    ) -> Result<Made, IngestError> {
        for index in 0..self.levels.len() {
            if self.levels.get(index).is_some_and(|level| level.strip.rows > 0) {
                self.flush(index, sink)?;
            }
        }
        let levels = self.levels.into_iter().map(|level| level.streams).collect();
        Ok(Made { levels, kept: self.kept })
    }

    /// Emits the row of tiles of a level, and hands half of it down.
    fn flush<W: Write + Seek>(
        &mut self,
        index: usize,
        sink: &Mutex<Sink<W>>,
    ) -> Result<(), IngestError> {
        let number = self.first + index as u32;
        let Some((upper, lower)) = self.levels.split_at_mut_checked(index + 1) else {
            return Ok(());
        };
        let Some(level) = upper.last_mut() else { return Ok(()) };
        let (rows, width) = (level.strip.rows, level.size.width as usize);
        if let Some(kept) = self.kept.as_mut().filter(|_| number == self.kept_level) {
            kept.band.append(&level.strip, 0, rows);
        }
        if let Some(next) = lower.first_mut() {
            let at = next.strip.rows;
            for ((by, from), (_, to)) in level.strip.planes().zip(next.strip.planes_mut()) {
                from.halve_into(width.div_ceil(by), rows.div_ceil(by), to, at / by);
            }
            next.strip.rows += rows.div_ceil(2);
        }
        level.strip.pad(width);
        let quality = if number == 0 { self.full_quality } else { self.quality };
        for left in (0..width).step_by(self.side) {
            let exact = (self.side.min(width - left), rows);
            let whole = (self.side, self.side);
            let stream = self.encoder.encode(&level.strip, left, whole, quality)?;
            let padded = put(sink, stream)?;
            level.streams.padded.push(padded);
            let slice = if exact == whole {
                padded
            } else {
                let stream = self.encoder.encode(&level.strip, left, exact, quality)?;
                put(sink, stream)?
            };
            level.streams.exact.push(slice);
        }
        level.strip.rows = 0;
        let is_full = lower.first().is_some_and(|next| next.strip.rows == self.side);
        if is_full { self.flush(index + 1, sink) } else { Ok(()) }
    }
}

pub(super) fn put<W: Write + Seek>(
    sink: &Mutex<Sink<W>>,
    stream: &[u8],
) -> Result<Slice, IngestError> {
    sink.lock().unwrap_or_else(PoisonError::into_inner).put(stream)
}

/// libjpeg-turbo for tiles, with the profile put in.
pub(super) struct TileEncoder {
    compressor: Compressor,
    profile: Vec<u8>,
    buffer: Vec<u8>,
    stream: Vec<u8>,
}

impl std::fmt::Debug for TileEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TileEncoder").field("profile", &self.profile.len()).finish_non_exhaustive()
    }
}

fn failed(error: &turbojpeg::Error) -> IngestError {
    ImageError::Encode { format: "jpg", reason: error.to_string() }.into()
}

impl TileEncoder {
    pub(super) fn new(profile: Option<&[u8]>) -> Result<Self, IngestError> {
        Ok(Self {
            compressor: Compressor::new().map_err(|error| failed(&error))?,
            profile: profile.map(profile_segments).unwrap_or_default(),
            buffer: Vec::new(),
            stream: Vec::new(),
        })
    }

    /// A part of the rows, from the column `left` (even) on.
    fn encode(
        &mut self,
        band: &Band,
        left: usize,
        (width, height): (usize, usize),
        quality: u8,
    ) -> Result<&[u8], IngestError> {
        fn from(plane: &super::planes::Plane, left: usize) -> &[u8] {
            plane.samples.get(left..).unwrap_or_default()
        }
        let failed = |error: turbojpeg::Error| failed(&error);
        self.compressor.set_quality(i32::from(quality)).map_err(failed)?;
        let most = turbojpeg::compressed_buf_len(width, height, Subsamp::Sub2x2).map_err(failed)?;
        self.buffer.resize(most, 0);
        let length = if let Some([blue, red]) = &band.chroma {
            let image = YuvPlanesImage {
                y_plane: from(&band.luma, left),
                u_plane: from(blue, left / 2),
                v_plane: from(red, left / 2),
                width,
                height,
                y_stride: band.luma.stride,
                u_stride: blue.stride,
                v_stride: red.stride,
                subsamp: Subsamp::Sub2x2,
            };
            self.compressor.compress_yuv_planes_to_slice(&image, &mut self.buffer)
        } else {
            let image = Image {
                pixels: from(&band.luma, left),
                width,
                pitch: band.luma.stride,
                height,
                format: PixelFormat::GRAY,
            };
            self.compressor.set_subsamp(Subsamp::Gray).map_err(failed)?;
            self.compressor.compress_to_slice(image, &mut self.buffer)
        }
        .map_err(failed)?;
        let stream = self.buffer.get(..length).unwrap_or_default();
        if self.profile.is_empty() {
            return Ok(stream);
        }
        self.stream = with_segments(stream, &self.profile);
        Ok(&self.stream)
    }
}

impl TileEncoder {
    /// A whole image, grey or RGB.
    pub(super) fn encode_raster(
        &mut self,
        raster: &Raster,
        quality: u8,
    ) -> Result<&[u8], IngestError> {
        let Dimensions { width, height } = raster.size();
        let (width, height) = (width as usize, height as usize);
        let mut band = Band::new(width, height, raster.channels() == Channels::Gray);
        band.append_pixels(raster.pixels(), width);
        band.pad(width);
        self.encode(&band, 0, (width, height), quality)
    }
}

/// APP2 segments of an ICC profile (ICC.1 annex B.4).
pub(super) fn profile_segments(profile: &[u8]) -> Vec<u8> {
    let pieces = profile.chunks(65_519);
    let count = pieces.len() as u8;
    let mut out = Vec::with_capacity(profile.len() + 18 * pieces.len());
    for (number, piece) in pieces.enumerate() {
        out.extend([0xFF, 0xE2]);
        out.extend((piece.len() as u16 + 16).to_be_bytes());
        out.extend(b"ICC_PROFILE\0");
        out.extend([number as u8 + 1, count]);
        out.extend(piece);
    }
    out
}

/// A JPEG stream with segments put in behind its JFIF segment.
pub(super) fn with_segments(stream: &[u8], segments: &[u8]) -> Vec<u8> {
    let at = match stream {
        [0xFF, 0xD8, 0xFF, 0xE0, high, low, ..] => {
            4 + usize::from(u16::from_be_bytes([*high, *low]))
        }
        _ => 2,
    };
    let (head, rest) = stream.split_at_checked(at).unwrap_or((stream, &[]));
    [head, segments, rest].concat()
}

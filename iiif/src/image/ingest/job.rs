//! One ingest: which way a master goes.

use super::cascade::{Made, TileEncoder, put};
use super::cut::cut;
use super::cut::header::{Header, HeaderError};
use super::feed::{self, Feed, Order};
use super::planes::Band;
use super::sink::{LevelStreams, Sink};
use super::{IngestError, Ingested, Options, Way};
use crate::image::format::MasterFormat;
use crate::image::raster::{Channels, Raster};
use crate::image::serving::{Facts, MasterFacts, STORED_BOXES, Slice, TILE_SIDES};
use crate::image::{Dimensions, ImageError, decode};
use image::metadata::Orientation;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Bytes of a header that are read at most, before a JPEG's scan: profiles, previews, Exif.
const MAX_HEADER: usize = 32 << 20;
/// Largest profile that streams carry.
const MAX_PROFILE: usize = 4096;

/// Everything that an ingest works with.
pub(super) struct Job<'a, R, W> {
    source: &'a mut R,
    options: &'a Options,
    out: &'a mut W,
    cancelled: &'a (dyn Fn() -> bool + Sync),
    format: MasterFormat,
    bytes: u64,
}

impl<'a, R: Read + Seek + Send, W: Write + Seek + Send> Job<'a, R, W> {
    pub(super) fn new(
        source: &'a mut R,
        options: &'a Options,
        out: &'a mut W,
        cancelled: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Self, IngestError> {
        if !TILE_SIDES.contains(&options.tile_side) {
            let what = format!("a tile side of {} pixels", options.tile_side);
            return Err(IngestError::Unsupported { format: "any", what });
        }
        let bytes = source.seek(SeekFrom::End(0)).map_err(IngestError::Read)?;
        source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
        let head = read_some(source, 16)?;
        let format = MasterFormat::of(&head).ok_or(ImageError::UnknownFormat)?;
        Ok(Self { source, options, out, cancelled, format, bytes })
    }

    pub(super) fn run(&mut self) -> Result<Ingested, IngestError> {
        let mut position = 0;
        let mut reason = None;
        if self.format == MasterFormat::Jpeg {
            match self.try_cut(&mut position)? {
                Ok(ingested) => return Ok(ingested),
                Err(why) => reason = Some(why),
            }
        }
        self.whole(position, reason)
    }

    /// The lossless cut, or why not.
    fn try_cut(&mut self, position: &mut u64) -> Result<Result<Ingested, String>, IngestError> {
        let head = self.jpeg_head()?;
        let Some((header, head)) = head else { return Ok(Err("a damaged header".to_owned())) };
        let Some(size) = header.size else { return Ok(Err("no frame".to_owned())) };
        self.allow(size)?;
        if let Some(obstacle) = header.obstacle() {
            return Ok(Err(obstacle.to_owned()));
        }
        let orientation = header.exif.as_deref().and_then(Orientation::from_exif_chunk);
        if orientation.is_some_and(|orientation| orientation != Orientation::NoTransforms) {
            return Ok(Err("turned by Exif".to_owned()));
        }
        let profile = match kept_profile(header.profile()) {
            Ok(profile) => profile,
            Err(why) => return Ok(Err(why)),
        };
        let gray = header.component_count() == 1;
        let master = self.master(1, size, true);
        let sink = Mutex::new(Sink::new(&mut *self.out, 0)?);
        let order =
            Order { size, gray, first: 1, options: self.options, profile: profile.as_deref() };
        let (source, cancelled, options) = (&mut *self.source, self.cancelled, self.options);
        let scan_head = head.get(header.scan_at()..).unwrap_or_default();
        let (first, made) = feed::run(order, &sink, |feed: &mut dyn Feed| {
            cut(&header, scan_head, source, &sink, options, order.profile, feed, cancelled)
        })?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = first else {
            *position = sink.position();
            return Ok(Err("a damaged scan".to_owned()));
        };
        let facts = Facts {
            size,
            tile_side: options.tile_side,
            gray,
            lossless: true,
            master,
            profile,
        };
        let Made { mut levels, kept } = made;
        levels.insert(0, first);
        let kept = match kept {
            Some(kept) => raster(kept.size, gray, kept.pixels()),
            None => {
                let bytes = whole_file(self.source, self.bytes)?;
                decode::decode(&bytes, self.options.max_pixels, 0).map(|(raster, _)| raster).ok()
            }
        };
        let closed = close(sink, facts, levels, kept, options)?;
        Ok(Ok(Ingested { way: Way::LosslessCut, reason: None, ..closed }))
    }

    /// Header of a JPEG and the bytes that were read for it.
    fn jpeg_head(&mut self) -> Result<Option<(Header, Vec<u8>)>, IngestError> {
        self.source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
        let mut bytes = Vec::new();
        loop {
            let more = read_some(self.source, bytes.len().max(64 << 10))?;
            let is_over = more.is_empty();
            bytes.extend(more);
            match Header::read(&bytes) {
                Ok(header) => return Ok(Some((header, bytes))),
                Err(HeaderError::Short) if !is_over && bytes.len() < MAX_HEADER => {}
                Err(_) => return Ok(None),
            }
        }
    }

    /// Decodes all of it, then encodes.
    fn whole(&mut self, position: u64, reason: Option<String>) -> Result<Ingested, IngestError> {
        let bytes = whole_file(self.source, self.bytes)?;
        let probe = decode::probe(&bytes, self.options.max_pixels)?;
        let size = probe.dimensions();
        let needed = self.bytes.saturating_add(size.area().saturating_mul(8));
        if needed > self.options.max_memory {
            let allowed = self.options.max_memory;
            return Err(IngestError::Memory { needed, allowed });
        }
        let (raster, _) = decode::decode(&bytes, self.options.max_pixels, 0)?;
        drop(bytes);
        let had_alpha = raster.channels() == Channels::Rgba;
        let raster = raster.on_white();
        let gray = raster.channels() == Channels::Gray;
        let mut master = self.master(1, size, false);
        master.had_alpha = had_alpha;
        let sink = Mutex::new(Sink::new(&mut *self.out, position)?);
        let order = Order { size, gray, first: 0, options: self.options, profile: None };
        let cancelled = self.cancelled;
        let ((), made) = feed::run(order, &sink, |feed: &mut dyn Feed| {
            for rows in raster.pixels().chunks(raster.stride() * 64) {
                if cancelled() {
                    return Err(IngestError::Cancelled);
                }
                let width = size.width as usize;
                let mut band = feed.emptied().unwrap_or_else(|| Band::new(width, 64, gray));
                band.append_pixels(rows, width);
                feed.push(band)?;
            }
            Ok(())
        })?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        let facts = Facts {
            size,
            tile_side: self.options.tile_side,
            gray,
            lossless: false,
            master,
            profile: None,
        };
        let kept = made.kept.and_then(|kept| self::raster(kept.size, gray, kept.pixels()));
        let closed = close(sink, facts, made.levels, kept, self.options)?;
        Ok(Ingested { way: Way::Whole, reason, ..closed })
    }

    fn allow(&self, size: Dimensions) -> Result<(), IngestError> {
        let Dimensions { width, height } = size;
        let max_pixels = self.options.max_pixels;
        if size.area() > max_pixels {
            return Err(ImageError::TooManyPixels { width, height, max_pixels }.into());
        }
        Ok(())
    }

    fn master(&self, orientation: u8, stored: Dimensions, is_web_jpeg: bool) -> MasterFacts {
        MasterFacts {
            format: self.format,
            orientation,
            stored,
            bytes: self.bytes,
            checksum: self.options.checksum,
            is_web_jpeg,
            had_alpha: false,
        }
    }
}

/// The profile that streams carry: none for sRGB; an error when it is too large for them.
fn kept_profile(profile: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, String> {
    match profile {
        Some(profile) if profile.windows(4).any(|name| name == b"sRGB") => Ok(None),
        Some(profile) if profile.len() > MAX_PROFILE => {
            Err(format!("a profile of {} bytes", profile.len()))
        }
        other => Ok(other),
    }
}

fn raster(size: Dimensions, gray: bool, pixels: Vec<u8>) -> Option<Raster> {
    Raster::new(size, if gray { Channels::Gray } else { Channels::Rgb }, pixels)
}

/// Stored sizes, directories and index.
fn close<W: Write + Seek>(
    sink: Sink<W>,
    facts: Facts,
    levels: Vec<LevelStreams>,
    kept: Option<Raster>,
    options: &Options,
) -> Result<Ingested, IngestError> {
    let sink = Mutex::new(sink);
    let mut stored: Vec<(Dimensions, Slice)> = Vec::new();
    if let Some(mut from) = kept {
        let mut encoder = TileEncoder::new(facts.profile.as_deref())?;
        for side in STORED_BOXES.into_iter().rev() {
            let size = facts.size.shrunk_into(side, side, u64::MAX);
            // A size that one tile is already needs no second copy.
            let is_tile = (0..levels.len() as u32).any(|level| {
                facts.size.reduced(1 << level) == size && size.longest() <= facts.tile_side
            });
            if is_tile || stored.iter().any(|(have, _)| *have == size) {
                continue;
            }
            if size != from.size() {
                let Dimensions { width, height } = from.size();
                let frame = (0.0, 0.0, f64::from(width), f64::from(height));
                from = crate::image::render::resize(&from, frame, size)?;
            }
            let stream = encoder.encode_raster(&from, options.quality)?;
            stored.push((size, put(&sink, stream)?));
        }
    }
    let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
    let length = sink.finish(&facts, levels, stored)?;
    Ok(Ingested { facts, length, way: Way::Whole, reason: None })
}

/// Up to so many bytes; fewer only at the end.
fn read_some<R: Read>(source: &mut R, wanted: usize) -> Result<Vec<u8>, IngestError> {
    let mut bytes = Vec::with_capacity(wanted);
    source.take(wanted as u64).read_to_end(&mut bytes).map_err(IngestError::Read)?;
    Ok(bytes)
}

fn whole_file<R: Read + Seek>(source: &mut R, length: u64) -> Result<Vec<u8>, IngestError> {
    source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
    let mut bytes = Vec::with_capacity(length as usize);
    source.read_to_end(&mut bytes).map_err(IngestError::Read)?;
    Ok(bytes)
}

//! One ingest: which way a master goes.

use super::canvas::{Emit, Picture, encode};
use super::cascade::{Made, TileEncoder, put};
use super::colour::{Kind, kept_profile};
use super::cut::cut;
use super::cut::header::{Header, HeaderError};
use super::feed::{self, Feed, Order};
use super::masters::{self, Png};
use super::sink::{LevelStreams, Sink};
use super::tiff::Tiff;
use super::{IngestError, Ingested, Look, Options, Way};
use crate::image::format::MasterFormat;
use crate::image::raster::{Channels, Raster};
use crate::image::serving::{Facts, MasterFacts, STORED_BOXES, Slice, TILE_SIDES};
use crate::image::{Dimensions, ImageError, decode};
use image::metadata::Orientation;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Bytes of a header that are read at most, before a JPEG's scan: profiles, previews, Exif.
const MAX_HEADER: usize = 32 << 20;
/// Pixels a byte that a compressed file may hold: Deflate makes a thousand bytes of one, of eight
/// pixels each.
const MAX_EXPANSION: u64 = 1 << 14;

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

    pub(super) fn run(mut self) -> Result<Ingested, IngestError> {
        match self.format {
            MasterFormat::Jpeg => self.jpeg(),
            MasterFormat::Tiff => self.tiff(),
            MasterFormat::Png => self.png(),
            MasterFormat::Jp2 | MasterFormat::Webp | MasterFormat::Gif => self.other(),
        }
    }

    fn jpeg(&mut self) -> Result<Ingested, IngestError> {
        let head = self.jpeg_head()?;
        let mut position = 0;
        let header = match head {
            Some((header, head)) => match self.try_cut(&header, &head, &mut position)? {
                Ok(ingested) => return Ok(ingested),
                Err(why) => Ok((header, why)),
            },
            None => Err("a damaged header".to_owned()),
        };
        let (header, reason) = match header {
            Ok((header, why)) => (Some(header), why),
            Err(why) => (None, why),
        };
        let bytes = self.whole_file()?;
        let size = decode::probe(&bytes, self.options.max_pixels)?.dimensions();
        // Coefficients of a progressive file are held too, and a turned copy.
        let is_plain = header.as_ref().is_some_and(|header| header.frame < 0xC2);
        self.allow(size, if is_plain { 3 } else { 7 })?;
        let whole = masters::jpeg(&bytes, header.as_ref())?;
        drop(bytes);
        let is_web_jpeg = whole.picture.orientation == Orientation::NoTransforms
            && header.as_ref().is_some_and(|header| {
                header.frame <= 0xC2
                    && header.precision == 8
                    && (header.component_count() == 1 || header.is_ycbcr())
            });
        let picture = whole.picture.clone();
        let master = self.master(&picture, is_web_jpeg);
        let made = self.encode(&picture, position, |emit| whole.emit(emit))?;
        self.close(made, master, &picture, Way::Whole, Some(reason))
    }

    fn png(&mut self) -> Result<Ingested, IngestError> {
        let (options, cancelled, length) = (self.options, self.cancelled, self.bytes);
        self.source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
        let png = Png::open(&mut *self.source)?;
        let picture = png.picture.clone();
        let held = if png.is_interlaced { picture.kind.samples() as u64 + 1 } else { 0 };
        let is_streamed = held == 0 && picture.memory_to_turn() == 0;
        let memory = picture.size.area().saturating_mul(held);
        allowed(options, &picture, memory.saturating_add(picture.memory_to_turn()), length)?;
        let sink = Mutex::new(Sink::new(&mut *self.out, 0)?);
        let made = encode(&picture, options, cancelled, &sink, |emit| png.emit(emit))?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        let master = master(self.format, length, options, &picture, false);
        let way = if is_streamed { Way::Streamed } else { Way::Whole };
        finished(sink, made, master, &picture, options, way, None)
    }

    fn tiff(&mut self) -> Result<Ingested, IngestError> {
        let (options, cancelled, length) = (self.options, self.cancelled, self.bytes);
        let mut tiff = Tiff::open(&mut *self.source, length)?;
        let page = tiff.page(options.page)?;
        let picture = Picture {
            size: page.size,
            orientation: Orientation::from_exif(page.orientation)
                .unwrap_or(Orientation::NoTransforms),
            kind: page.kind,
            profile: page.profile.clone(),
        };
        allowed(options, &picture, page.memory.saturating_add(picture.memory_to_turn()), length)?;
        let sink = Mutex::new(Sink::new(&mut *self.out, 0)?);
        let made = encode(&picture, options, cancelled, &sink, |emit| tiff.read(&page, emit))?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        let master = master(self.format, length, options, &picture, false);
        let is_streamed = picture.memory_to_turn() == 0;
        let way = if is_streamed { Way::Streamed } else { Way::Whole };
        finished(sink, made, master, &picture, options, way, None)
    }

    fn other(&mut self) -> Result<Ingested, IngestError> {
        let bytes = self.whole_file()?;
        let whole = if self.format == MasterFormat::Jp2 {
            masters::jpeg_2000(&bytes, &|size, held| self.allow(size, held))?
        } else {
            let size = decode::probe(&bytes, self.options.max_pixels)?.dimensions();
            self.allow(size, 8)?;
            masters::general(&bytes, self.format)?
        };
        drop(bytes);
        let picture = whole.picture.clone();
        let master = self.master(&picture, false);
        let made = self.encode(&picture, 0, |emit| whole.emit(emit))?;
        self.close(made, master, &picture, Way::Whole, None)
    }

    /// The lossless cut, or why not.
    fn try_cut(
        &mut self,
        header: &Header,
        head: &[u8],
        position: &mut u64,
    ) -> Result<Result<Ingested, String>, IngestError> {
        let Some(size) = header.size else { return Ok(Err("no frame".to_owned())) };
        self.allow(size, 0)?;
        if let Some(obstacle) = header.obstacle() {
            return Ok(Err(obstacle.to_owned()));
        }
        let orientation = masters::orientation_of(header.exif.as_deref());
        if orientation != Orientation::NoTransforms {
            return Ok(Err("turned by Exif".to_owned()));
        }
        let gray = header.component_count() == 1;
        let kind = if gray { Kind::Gray } else { Kind::Rgb };
        let profile = match kept_profile(header.profile(), kind) {
            Ok(profile) => profile,
            Err(why) => return Ok(Err(why)),
        };
        let picture = Picture { size, orientation, kind, profile: None };
        let master = self.master(&picture, true);
        let sink = Mutex::new(Sink::new(&mut *self.out, 0)?);
        let order =
            Order { size, gray, first: 1, options: self.options, profile: profile.as_deref() };
        let (source, cancelled, options) = (&mut *self.source, self.cancelled, self.options);
        let scan_head = head.get(header.scan_at()..).unwrap_or_default();
        let (first, made) = feed::run(order, &sink, |feed: &mut dyn Feed| {
            cut(header, scan_head, source, &sink, options, order.profile, feed, cancelled)
        })?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = first else {
            *position = sink.position();
            return Ok(Err("a damaged scan".to_owned()));
        };
        let facts =
            Facts { size, tile_side: options.tile_side, gray, lossless: true, master, profile };
        let Made { mut levels, kept } = made;
        levels.insert(0, first);
        let kept = if let Some(kept) = kept {
            raster(kept.size, gray, kept.pixels())
        } else {
            self.source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
            let bytes = read_some(self.source, self.bytes as usize)?;
            decode::decode(&bytes, options.max_pixels, 0).map(|(raster, _)| raster).ok()
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

    fn whole_file(&mut self) -> Result<Vec<u8>, IngestError> {
        let (needed, allowed) = (self.bytes, self.options.max_memory);
        if needed > allowed {
            return Err(IngestError::Memory { needed, allowed });
        }
        self.source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
        read_some(self.source, self.bytes as usize)
    }

    fn encode(
        &mut self,
        picture: &Picture,
        position: u64,
        produce: impl FnOnce(&mut Emit<'_>) -> Result<(), IngestError>,
    ) -> Result<(Made, u64), IngestError> {
        let needed = picture.memory_to_turn();
        allowed(self.options, picture, needed, self.bytes)?;
        let sink = Mutex::new(Sink::new(&mut *self.out, position)?);
        let made = encode(picture, self.options, self.cancelled, &sink, produce)?;
        let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((made, sink.position()))
    }

    fn close(
        &mut self,
        (made, position): (Made, u64),
        master: MasterFacts,
        picture: &Picture,
        way: Way,
        reason: Option<String>,
    ) -> Result<Ingested, IngestError> {
        let sink = Sink::new(&mut *self.out, position)?;
        finished(sink, made, master, picture, self.options, way, reason)
    }

    /// Whether a picture may be decoded while so many bytes a pixel are held.
    fn allow(&self, size: Dimensions, held: u64) -> Result<(), IngestError> {
        let Dimensions { width, height } = size;
        let max_pixels = self.options.max_pixels;
        if size.area() > max_pixels {
            return Err(ImageError::TooManyPixels { width, height, max_pixels }.into());
        }
        let needed = size.area().saturating_mul(held).saturating_add(self.bytes);
        let allowed = self.options.max_memory;
        if held > 0 && needed > allowed {
            return Err(IngestError::Memory { needed, allowed });
        }
        Ok(())
    }

    fn master(&self, picture: &Picture, is_web_jpeg: bool) -> MasterFacts {
        master(self.format, self.bytes, self.options, picture, is_web_jpeg)
    }
}

/// Whether a picture may be decoded while so many bytes are held, beside the rows of its levels.
fn allowed(options: &Options, picture: &Picture, held: u64, file: u64) -> Result<(), IngestError> {
    let Dimensions { width, height } = picture.size;
    let max_pixels = options.max_pixels;
    if picture.size.area() > max_pixels {
        return Err(ImageError::TooManyPixels { width, height, max_pixels }.into());
    }
    // A file of a few bytes that says it is huge: no compression that is read reaches this.
    if picture.size.area() > file.saturating_mul(MAX_EXPANSION).saturating_add(256 << 20) {
        let reason = format!("{width}x{height} pixels in {file} bytes");
        return Err(ImageError::Decode { format: "any", reason }.into());
    }
    let strip = picture.upright().width.next_multiple_of(options.tile_side);
    let strips = u64::from(strip) * u64::from(options.tile_side) * 4;
    let needed = held.saturating_add(strips).saturating_add(16 << 20);
    if needed > options.max_memory {
        return Err(IngestError::Memory { needed, allowed: options.max_memory });
    }
    Ok(())
}

fn master(
    format: MasterFormat,
    bytes: u64,
    options: &Options,
    picture: &Picture,
    is_web_jpeg: bool,
) -> MasterFacts {
    MasterFacts {
        format,
        orientation: picture.orientation.to_exif(),
        stored: picture.size,
        bytes,
        checksum: options.checksum,
        is_web_jpeg,
        had_alpha: picture.kind.has_alpha(),
    }
}

/// Closes a file whose level 0 was encoded.
fn finished<W: Write + Seek>(
    sink: Sink<W>,
    made: Made,
    master: MasterFacts,
    picture: &Picture,
    options: &Options,
    way: Way,
    reason: Option<String>,
) -> Result<Ingested, IngestError> {
    let gray = picture.kind.is_gray();
    let facts = Facts {
        size: picture.upright(),
        tile_side: options.tile_side,
        gray,
        lossless: false,
        master,
        profile: None,
    };
    let kept = made.kept.and_then(|kept| raster(kept.size, gray, kept.pixels()));
    let closed = close(sink, facts, made.levels, kept, options)?;
    Ok(Ingested { way, reason, ..closed })
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

/// See [`super::look`].
pub(super) fn look<R: Read + Seek>(source: &mut R) -> Result<Look, IngestError> {
    let length = source.seek(SeekFrom::End(0)).map_err(IngestError::Read)?;
    source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
    let head = read_some(source, 16)?;
    let format = MasterFormat::of(&head).ok_or(ImageError::UnknownFormat)?;
    source.seek(SeekFrom::Start(0)).map_err(IngestError::Read)?;
    let pages = match format {
        MasterFormat::Tiff => Tiff::open(source, length)?.sizes()?,
        MasterFormat::Png => vec![Png::open(source)?.picture.upright()],
        MasterFormat::Jp2 => vec![masters::jpeg_2000_size(&read_some(source, length as usize)?)?],
        MasterFormat::Jpeg | MasterFormat::Webp | MasterFormat::Gif => {
            let bytes = read_some(source, length as usize)?;
            vec![decode::probe(&bytes, u64::MAX)?.dimensions()]
        }
    };
    Ok(Look { format, pages })
}

//! Masters: looked at without decoding, then decoded within limits.

use super::format::MasterFormat;
use super::jpeg;
use super::raster::{Channels, Raster};
use super::{Dimensions, ImageError};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError as CodecError, Limits as CodecLimits};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the header of a master says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Pixels, after orientation.
    pub width: u32,
    /// Pixels, after orientation.
    pub height: u32,
    /// Format.
    pub format: MasterFormat,
    /// Exif says that it must be turned or mirrored to stand upright.
    pub turned: bool,
}

impl Probe {
    /// Width and height.
    pub fn dimensions(&self) -> Dimensions {
        Dimensions { width: self.width, height: self.height }
    }

    /// How often a decoder can halve the image while it decodes, if that is asked for: JPEG up to
    /// three times, others never. Not when it is turned: the rounded-up edge would come to lie at
    /// the wrong end.
    pub fn max_shrink(&self) -> u32 {
        if self.format == MasterFormat::Jpeg && !self.turned { 3 } else { 0 }
    }
}

/// Reads the dimensions only; cheap, whatever the image claims to be.
///
/// # Errors
/// [`ImageError::UnknownFormat`], [`ImageError::Decode`] for a header that cannot be read, and
/// [`ImageError::TooManyPixels`] above `max_pixels`.
pub fn probe(bytes: &[u8], max_pixels: u64) -> Result<Probe, ImageError> {
    let (format, stored, orientation) = look(bytes)?;
    let Dimensions { width, height } = stored;
    if stored.area() > max_pixels {
        return Err(ImageError::TooManyPixels { width, height, max_pixels });
    }
    let sideways = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (width, height) = if sideways { (height, width) } else { (width, height) };
    Ok(Probe { width, height, format, turned: orientation != Orientation::NoTransforms })
}

/// Decodes a master upright, to 8 bits a channel, at 1/2^`shrink` of its size when its decoder can
/// (see [`Probe::max_shrink`]; a larger `shrink` is cut to that).
///
/// Returns the pixels and the shrink that they have.
///
/// # Errors
/// As [`probe`], and [`ImageError::Decode`] for content that cannot be read.
pub fn decode(bytes: &[u8], max_pixels: u64, shrink: u32) -> Result<(Raster, u32), ImageError> {
    let probe = probe(bytes, max_pixels)?;
    let (format, _, orientation) = look(bytes)?;
    let shrink = shrink.min(probe.max_shrink());
    let raster = if format == MasterFormat::Jpeg {
        match jpeg::decode(bytes, shrink) {
            Ok(raster) => oriented(raster, orientation),
            // Subsampling or precision that the fast decoder does not know: the general one may.
            Err(_) if shrink == 0 => general(bytes, format, max_pixels)?,
            Err(_) => return decode(bytes, max_pixels, 0),
        }
    } else {
        general(bytes, format, max_pixels)?
    };
    let expected = probe.dimensions().reduced(1 << shrink);
    if raster.size() != expected {
        let reason = format!("header and content differ: {expected:?}, {:?}", raster.size());
        return Err(ImageError::Decode { format: format.name(), reason });
    }
    Ok((raster.without_idle_alpha(), shrink))
}

pub(super) fn codec_error(format: MasterFormat) -> impl Fn(CodecError) -> ImageError {
    move |error| ImageError::Decode { format: format.name(), reason: error.to_string() }
}

/// Format, stored dimensions and orientation.
fn look(bytes: &[u8]) -> Result<(MasterFormat, Dimensions, Orientation), ImageError> {
    let format = MasterFormat::of(bytes).ok_or(ImageError::UnknownFormat)?;
    if format == MasterFormat::Jpeg
        && let Ok(size) = jpeg::dimensions(bytes)
    {
        let orientation = jpeg::markers(bytes)
            .exif
            .and_then(Orientation::from_exif_chunk)
            .unwrap_or(Orientation::NoTransforms);
        return Ok((format, size, orientation));
    }
    let ((width, height), orientation) = guarded(format, || {
        let mut decoder = open(bytes, format, CodecLimits::default())?;
        // Unreadable metadata must not hide a readable picture.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        Ok((decoder.dimensions(), orientation))
    })?;
    if width == 0 || height == 0 {
        let reason = "no pixels".to_owned();
        return Err(ImageError::Decode { format: format.name(), reason });
    }
    Ok((format, Dimensions { width, height }, orientation))
}

pub(super) fn open<'a>(
    bytes: &'a [u8],
    format: MasterFormat,
    limits: CodecLimits,
) -> Result<Box<dyn ImageDecoder + 'a>, ImageError> {
    let codec = match format {
        MasterFormat::Jpeg => image::ImageFormat::Jpeg,
        MasterFormat::Png => image::ImageFormat::Png,
        MasterFormat::Tiff => image::ImageFormat::Tiff,
        MasterFormat::Webp => image::ImageFormat::WebP,
        MasterFormat::Gif => image::ImageFormat::Gif,
        MasterFormat::Jp2 => return Err(ImageError::UnknownFormat),
    };
    let mut reader = image::ImageReader::with_format(Cursor::new(bytes), codec);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(codec_error(format))?;
    Ok(Box::new(decoder))
}

/// The `image` crate, with a bound on what it may allocate: eight bytes a pixel (16-bit RGBA), and
/// some for tables.
fn general(bytes: &[u8], format: MasterFormat, max_pixels: u64) -> Result<Raster, ImageError> {
    let mut limits = CodecLimits::default();
    limits.max_alloc = Some(max_pixels.saturating_mul(8).saturating_add(16 << 20));
    let picture = guarded(format, || {
        let mut decoder = open(bytes, format, limits)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut picture = DynamicImage::from_decoder(decoder).map_err(codec_error(format))?;
        picture.apply_orientation(orientation);
        Ok(picture)
    })?;
    raster_of(picture)
        .ok_or_else(|| ImageError::Decode { format: format.name(), reason: "no pixels".to_owned() })
}

/// Runs a decoder that may panic on content that nobody thought of (seen: tiff 0.11.3,
/// `expand_chunk`, on a file of the odd ones): that is a bad master, not a defect of the service.
pub(super) fn guarded<T>(
    format: MasterFormat,
    run: impl FnOnce() -> Result<T, ImageError>,
) -> Result<T, ImageError> {
    // Nothing outlives a panic: the decoder and its buffers are dropped with the closure.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let reason = "the decoder failed on this content".to_owned();
        Err(ImageError::Decode { format: format.name(), reason })
    })
}

fn raster_of(picture: DynamicImage) -> Option<Raster> {
    use image::ColorType::{L8, L16, Rgb8, Rgb16, Rgb32F};
    let size = Dimensions { width: picture.width(), height: picture.height() };
    match picture.color() {
        L8 | L16 => Raster::new(size, Channels::Gray, picture.into_luma8().into_raw()),
        Rgb8 | Rgb16 | Rgb32F => Raster::new(size, Channels::Rgb, picture.into_rgb8().into_raw()),
        _ => Raster::new(size, Channels::Rgba, picture.into_rgba8().into_raw()),
    }
}

pub(super) fn oriented(raster: Raster, orientation: Orientation) -> Raster {
    match orientation {
        Orientation::NoTransforms => raster,
        Orientation::Rotate90 => raster.turned(1),
        Orientation::Rotate180 => raster.turned(2),
        Orientation::Rotate270 => raster.turned(3),
        Orientation::FlipHorizontal => raster.mirrored(),
        Orientation::FlipVertical => raster.mirrored().turned(2),
        // `image` turns first and mirrors then.
        Orientation::Rotate90FlipH => raster.turned(1).mirrored(),
        Orientation::Rotate270FlipH => raster.turned(3).mirrored(),
    }
}

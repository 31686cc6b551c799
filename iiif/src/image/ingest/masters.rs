//! Masters by format: PNG row by row; JPEG, JPEG 2000, WebP and GIF as a whole.

use super::IngestError;
use super::canvas::{Emit, Picture};
use super::colour::Kind;
use super::cut::header::Header;
use crate::image::format::MasterFormat;
use crate::image::{Dimensions, ImageError, decode, jpeg};
use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder};
use std::io::{BufReader, Read, Seek};

/// A picture that is in memory: rows of it are emitted.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) picture: Picture,
    pub(super) pixels: Vec<u8>,
}

impl Whole {
    /// Emits all of it.
    pub(super) fn emit(self, emit: &mut Emit<'_>) -> Result<(), IngestError> {
        let stride = self.picture.size.width as usize * self.picture.kind.samples();
        self.pixels.chunks(stride * 64).try_for_each(emit)
    }
}

/// Orientation of an Exif structure.
pub(super) fn orientation_of(exif: Option<&[u8]>) -> Orientation {
    exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

/// A JPEG that is not cut. Damage that browsers pass over is passed over.
pub(super) fn jpeg(bytes: &[u8], header: Option<&Header>) -> Result<Whole, IngestError> {
    let orientation = orientation_of(header.and_then(|header| header.exif.as_deref()));
    let profile = header.and_then(Header::profile);
    let (size, channels, mut pixels) = match jpeg::decode_raw(bytes) {
        Ok(decoded) => decoded,
        // What libjpeg-turbo refuses, the other decoder may know.
        Err(first) => {
            let whole = general(bytes, MasterFormat::Jpeg).map_err(|_| first)?;
            return Ok(whole);
        }
    };
    let kind = match channels {
        1 => Kind::Gray,
        4 => Kind::Cmyk,
        _ => Kind::Rgb,
    };
    if kind == Kind::Cmyk && header.is_some_and(|header| header.adobe.is_some()) {
        // Adobe stores 255 for "no ink".
        for ink in &mut *pixels {
            *ink = 255 - *ink;
        }
    }
    Ok(Whole { picture: Picture { size, orientation, kind, profile }, pixels })
}

/// JPEG 2000.
pub(super) fn jpeg_2000(bytes: &[u8], allow: &Allow<'_>) -> Result<Whole, IngestError> {
    decode::guarded(MasterFormat::Jp2, || Ok(jpeg_2000_unguarded(bytes, allow)))?
}

/// Says whether a picture of this size, with so many bytes a pixel held at once, may be decoded.
pub(super) type Allow<'a> = dyn Fn(Dimensions, u64) -> Result<(), IngestError> + 'a;

fn jp2_error(error: impl std::fmt::Display) -> IngestError {
    let format = MasterFormat::Jp2.name();
    ImageError::Decode { format, reason: error.to_string() }.into()
}

fn jpeg_2000_unguarded(bytes: &[u8], allow: &Allow<'_>) -> Result<Whole, IngestError> {
    let settings = DecodeSettings::default();
    let image = hayro_jpeg2000::Image::new(bytes, &settings).map_err(jp2_error)?;
    let size = Dimensions { width: image.width(), height: image.height() };
    allow(size, 24)?;
    let has_alpha = image.has_alpha();
    let (count, profile) = match image.color_space() {
        ColorSpace::Icc { profile, num_channels } => (*num_channels, Some(profile.clone())),
        other => (other.num_channels(), None),
    };
    let kind = match (count, has_alpha) {
        (1, false) => Kind::Gray,
        (1, true) => Kind::GrayAlpha,
        (3, false) => Kind::Rgb,
        (3, true) => Kind::Rgba,
        (4, false) => Kind::Cmyk,
        _ => {
            let what = format!("{count} channels");
            return Err(IngestError::Unsupported { format: "JPEG 2000", what });
        }
    };
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(jp2_error)?;
    let pixels = decoded.data_u8();
    if pixels.len() as u64 != size.area() * kind.samples() as u64 {
        return Err(jp2_error("header and content differ"));
    }
    let orientation = Orientation::NoTransforms;
    Ok(Whole { picture: Picture { size, orientation, kind, profile }, pixels })
}

/// Size of a JPEG 2000.
pub(super) fn jpeg_2000_size(bytes: &[u8]) -> Result<Dimensions, IngestError> {
    let size = decode::guarded(MasterFormat::Jp2, || {
        let image = hayro_jpeg2000::Image::new(bytes, &DecodeSettings::default());
        Ok(image.map(|image| Dimensions { width: image.width(), height: image.height() }))
    })?;
    size.map_err(jp2_error)
}

/// The `image` crate.
pub(super) fn general(bytes: &[u8], format: MasterFormat) -> Result<Whole, IngestError> {
    let (picture, profile, orientation) = decode::guarded(format, || {
        let mut decoder = decode::open(bytes, format, image::Limits::default())?;
        let profile = decoder.icc_profile().ok().flatten();
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(u64::MAX);
        let error = decode::codec_error(format);
        decoder.set_limits(limits).map_err(&error)?;
        let picture = DynamicImage::from_decoder(decoder).map_err(&error)?;
        Ok((picture, profile, orientation))
    })?;
    let size = Dimensions { width: picture.width(), height: picture.height() };
    let color = picture.color();
    let (kind, pixels) = match (color.has_color(), color.has_alpha()) {
        (false, false) => (Kind::Gray, picture.into_luma8().into_raw()),
        (false, true) => (Kind::GrayAlpha, picture.into_luma_alpha8().into_raw()),
        (true, false) => (Kind::Rgb, picture.into_rgb8().into_raw()),
        (true, true) => (Kind::Rgba, picture.into_rgba8().into_raw()),
    };
    Ok(Whole { picture: Picture { size, orientation, kind, profile }, pixels })
}

/// A PNG whose header was read.
pub(super) struct Png<'a, R: Read + Seek> {
    reader: png::Reader<BufReader<&'a mut R>>,
    pub(super) picture: Picture,
    pub(super) is_interlaced: bool,
}

fn png_error(error: png::DecodingError) -> IngestError {
    match error {
        png::DecodingError::IoError(error)
            if error.kind() != std::io::ErrorKind::UnexpectedEof
                && error.kind() != std::io::ErrorKind::InvalidData =>
        {
            IngestError::Read(error)
        }
        other => ImageError::Decode { format: "PNG", reason: other.to_string() }.into(),
    }
}

impl<'a, R: Read + Seek> Png<'a, R> {
    pub(super) fn open(source: &'a mut R) -> Result<Self, IngestError> {
        let source = BufReader::with_capacity(64 << 10, source);
        let mut decoder = png::Decoder::new(source);
        // To eight bits, with the colours of the palette and transparency as a channel.
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let reader = decoder.read_info().map_err(png_error)?;
        let info = reader.info();
        let size = Dimensions { width: info.width, height: info.height };
        let kind = match reader.output_color_type().0 {
            png::ColorType::Grayscale => Kind::Gray,
            png::ColorType::GrayscaleAlpha => Kind::GrayAlpha,
            png::ColorType::Rgba => Kind::Rgba,
            png::ColorType::Rgb | png::ColorType::Indexed => Kind::Rgb,
        };
        let profile = info.icc_profile.as_ref().map(|profile| profile.to_vec());
        // An sRGB chunk outranks a profile.
        let profile = profile.filter(|_| info.srgb.is_none());
        let orientation = orientation_of(info.exif_metadata.as_deref());
        let is_interlaced = info.interlaced;
        let picture = Picture { size, orientation, kind, profile };
        Ok(Self { reader, picture, is_interlaced })
    }

    pub(super) fn emit(mut self, emit: &mut Emit<'_>) -> Result<(), IngestError> {
        if self.is_interlaced {
            let length = self.reader.output_buffer_size().unwrap_or(0);
            let mut pixels = vec![0; length];
            self.reader.next_frame(&mut pixels).map_err(png_error)?;
            return Whole { picture: self.picture, pixels }.emit(emit);
        }
        while let Some(row) = self.reader.next_row().map_err(png_error)? {
            emit(row.data())?;
        }
        Ok(())
    }
}

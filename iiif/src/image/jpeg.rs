//! JPEG by libjpeg-turbo: header, decode (also at 1/2, 1/4, 1/8), encode.

use super::raster::{Channels, Raster};
use super::{Dimensions, ImageError};
use turbojpeg::{
    Colorspace, Compressor, DecompressHeader, Decompressor, Image, PixelFormat, ScalingFactor,
    Subsamp,
};

/// Scans that a progressive file may have; real ones have 10 or so, bombs thousands
/// ("Two issues with the JPEG standard", libjpeg-turbo project).
const MAX_SCANS: u32 = 100;
/// Visually the same as 90 at two thirds of the bytes; what pyramids of peers are made with.
const QUALITY: i32 = 85;

/// What the markers before the first scan say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Markers<'a> {
    /// The TIFF structure of the Exif segment.
    pub(super) exif: Option<&'a [u8]>,
    /// An Adobe segment is there: CMYK values are stored inverted.
    pub(super) adobe: bool,
}

/// Reads the segments before the first scan.
pub(super) fn markers(bytes: &[u8]) -> Markers<'_> {
    let mut markers = Markers::default();
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xFF, code, tail @ ..] = rest {
        match code {
            // Fill bytes.
            0xFF => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            // Start of scan, end of image.
            0xDA | 0xD9 => break,
            // Stand-alone markers.
            0x01 | 0xD0..=0xD8 => {
                rest = tail;
                continue;
            }
            _ => {}
        }
        let [high, low, ..] = tail else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(body) = tail.get(2..length) else { break };
        if *code == 0xE1 && markers.exif.is_none() {
            markers.exif = body.strip_prefix(b"Exif\0\0");
        }
        if *code == 0xEE && body.starts_with(b"Adobe") {
            markers.adobe = true;
        }
        rest = tail.get(length..).unwrap_or_default();
    }
    markers
}

fn failed(error: &turbojpeg::Error) -> ImageError {
    ImageError::Decode { format: "JPEG", reason: error.to_string() }
}

/// Width and height as stored, before orientation.
pub(super) fn dimensions(bytes: &[u8]) -> Result<Dimensions, ImageError> {
    let header = turbojpeg::read_header(bytes).map_err(|error| failed(&error))?;
    size_of(header.width, header.height)
}

fn size_of(width: usize, height: usize) -> Result<Dimensions, ImageError> {
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(width), Ok(height)) if width > 0 && height > 0 => Ok(Dimensions { width, height }),
        _ => Err(ImageError::Decode { format: "JPEG", reason: "no pixels".to_owned() }),
    }
}

/// Decodes at 1/2^`shrink` (0 to 3), sizes rounded up.
pub(super) fn decode(bytes: &[u8], shrink: u32) -> Result<Raster, ImageError> {
    let (size, channels, pixels) = decode_samples(bytes, shrink)?;
    let (channels, pixels) = match channels {
        1 => (Channels::Gray, pixels),
        4 => (Channels::Rgb, rgb_of_cmyk(&pixels, markers(bytes).adobe)),
        _ => (Channels::Rgb, pixels),
    };
    Raster::new(size, channels, pixels).ok_or_else(|| ImageError::Decode {
        format: "JPEG",
        reason: "wrong number of pixels".to_owned(),
    })
}

/// Decodes at full size to grey, RGB or CMYK (as stored): size, samples a pixel, and they.
pub(super) fn decode_raw(bytes: &[u8]) -> Result<(Dimensions, usize, Vec<u8>), ImageError> {
    decode_samples(bytes, 0)
}

fn decode_samples(bytes: &[u8], shrink: u32) -> Result<(Dimensions, usize, Vec<u8>), ImageError> {
    let mut decompressor = Decompressor::new().map_err(|error| failed(&error))?;
    decompressor.set_scan_limit(MAX_SCANS).map_err(|error| failed(&error))?;
    let header = decompressor.read_header(bytes).map_err(|error| failed(&error))?;
    let factor = ScalingFactor::new(1, 1 << shrink.min(3));
    if shrink > 0 {
        decompressor.set_scaling_factor(factor).map_err(|error| failed(&error))?;
    }
    let DecompressHeader { width, height, colorspace, .. } = header.scaled(factor);
    let size = size_of(width, height)?;
    let (format, bytes_a_pixel) = match colorspace {
        Colorspace::Gray => (PixelFormat::GRAY, 1),
        Colorspace::RGB | Colorspace::YCbCr => (PixelFormat::RGB, 3),
        Colorspace::CMYK | Colorspace::YCCK => (PixelFormat::CMYK, 4),
    };
    let pitch = width * bytes_a_pixel;
    let mut pixels = vec![0u8; pitch * height];
    let output = Image { pixels: pixels.as_mut_slice(), width, pitch, height, format };
    match decompressor.decompress(bytes, output) {
        Ok(()) => {}
        Err(turbojpeg::Error::TurboJpegError(message)) if is_warning(&message) => {}
        Err(error) => return Err(failed(&error)),
    }
    Ok((size, bytes_a_pixel, pixels))
}

/// Complaints after which libjpeg-turbo has filled the picture all the same, as browsers show it
/// (jdmarker.c, jdhuff.c, jerror.h: the `JWRN_` messages).
fn is_warning(message: &str) -> bool {
    const WARNINGS: [&str; 6] = [
        "Corrupt JPEG data",
        "Premature end of JPEG file",
        "Inconsistent progression sequence",
        "Unknown Adobe color transform code",
        "Invalid SOS parameters for sequential JPEG",
        "Application transferred too many scanlines",
    ];
    WARNINGS.iter().any(|warning| message.contains(warning))
}

/// Naive conversion without a profile. Adobe stores 255 for "no ink".
fn rgb_of_cmyk(pixels: &[u8], inverted: bool) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(pixels.len() / 4 * 3);
    for pixel in pixels.chunks_exact(4) {
        if let [c, m, y, k] = pixel {
            let light = |ink: u8| u32::from(if inverted { ink } else { 255 - ink });
            let mix = |ink: u8| ((light(ink) * light(*k) + 127) / 255) as u8;
            rgb.extend([mix(*c), mix(*m), mix(*y)]);
        }
    }
    rgb
}

/// Encodes at quality 85 with 4:2:0 chroma; grey stays grey.
pub(super) fn encode(raster: &Raster) -> Result<Vec<u8>, ImageError> {
    let failed =
        |error: turbojpeg::Error| ImageError::Encode { format: "jpg", reason: error.to_string() };
    let (format, subsamp) = match raster.channels() {
        Channels::Gray => (PixelFormat::GRAY, Subsamp::Gray),
        Channels::Rgb => (PixelFormat::RGB, Subsamp::Sub2x2),
        Channels::Rgba => (PixelFormat::RGBA, Subsamp::Sub2x2),
    };
    let mut compressor = Compressor::new().map_err(failed)?;
    compressor.set_quality(QUALITY).map_err(failed)?;
    compressor.set_subsamp(subsamp).map_err(failed)?;
    let image = Image {
        pixels: raster.pixels(),
        width: raster.size().width as usize,
        pitch: raster.stride(),
        height: raster.size().height as usize,
        format,
    };
    compressor.compress_to_vec(image).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exif_and_adobe_segments_are_found_before_the_scan() {
        let mut file = vec![0xFF, 0xD8];
        file.extend([0xFF, 0xE1, 0, 10]);
        file.extend(b"Exif\0\0II");
        file.extend([0xFF, 0xEE, 0, 7]);
        file.extend(b"Adobe");
        file.extend([0xFF, 0xDA, 0, 2, 1, 2, 3]);
        assert_eq!(markers(&file), Markers { exif: Some(b"II"), adobe: true });
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _any = markers(&bytes);
            let mut jpeg = vec![0xFF, 0xD8, 0xFF];
            jpeg.extend(&bytes);
            let _any = (markers(&jpeg), dimensions(&jpeg).is_ok());
        }
    }
}

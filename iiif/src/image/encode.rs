//! Bytes of renderings.

use super::ImageError;
use super::format::Format;
use super::jpeg;
use super::raster::{Channels, Raster};
use image::codecs::gif::GifEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError as CodecError};
use std::io::Cursor;

/// Encodes a rendering.
///
/// JPEG by libjpeg-turbo at quality 85 with 4:2:0 chroma (see [`super::jpeg`]); PNG with fast
/// compression; WebP lossless, which is what the pure encoder can; GIF with a palette of 256; TIFF
/// uncompressed.
///
/// # Errors
/// [`ImageError::Encode`] when the encoder refuses.
pub fn encode(raster: &Raster, format: Format) -> Result<Vec<u8>, ImageError> {
    if format == Format::Jpg {
        return jpeg::encode(raster);
    }
    let size = raster.size();
    let color = match raster.channels() {
        Channels::Gray => ExtendedColorType::L8,
        Channels::Rgb => ExtendedColorType::Rgb8,
        Channels::Rgba => ExtendedColorType::Rgba8,
    };
    let mut bytes = Vec::new();
    let result = match format {
        Format::Jpg => Ok(()),
        Format::Png => {
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
                .write_image(raster.pixels(), size.width, size.height, color)
        }
        Format::Webp => WebPEncoder::new_lossless(&mut bytes).write_image(
            raster.pixels(),
            size.width,
            size.height,
            color,
        ),
        Format::Tif => {
            let mut cursor = Cursor::new(&mut bytes);
            TiffEncoder::new(&mut cursor).write_image(
                raster.pixels(),
                size.width,
                size.height,
                color,
            )
        }
        Format::Gif => gif(raster, &mut bytes),
    };
    result
        .map_err(|error| ImageError::Encode { format: name(format), reason: error.to_string() })?;
    Ok(bytes)
}

fn gif(raster: &Raster, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    // The GIF encoder takes no grey; speed 10 of 30 is its middle between palette quality and time.
    let rgba = raster.clone().with_alpha();
    GifEncoder::new_with_speed(bytes, 10).encode(
        rgba.pixels(),
        rgba.size().width,
        rgba.size().height,
        ExtendedColorType::Rgba8,
    )
}

fn name(format: Format) -> &'static str {
    match format {
        Format::Jpg => "jpg",
        Format::Png => "png",
        Format::Webp => "webp",
        Format::Gif => "gif",
        Format::Tif => "tif",
    }
}

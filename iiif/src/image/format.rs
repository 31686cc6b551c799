//! The format parameter (section 4.5), and the formats of masters.

use super::ImageError;
use std::fmt;

/// Format of a rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `jpg`
    Jpg,
    /// `png`
    Png,
    /// `webp`, lossless.
    Webp,
    /// `gif`
    Gif,
    /// `tif`
    Tif,
}

impl Format {
    /// Reads the extension. `jp2` and `pdf` are formats of the specification that we do not write;
    /// section 4.5 wants 400 for them as for unknown ones.
    ///
    /// # Errors
    /// [`ImageError::Syntax`] (400).
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        match text {
            "jpg" => Ok(Self::Jpg),
            "png" => Ok(Self::Png),
            "webp" => Ok(Self::Webp),
            "gif" => Ok(Self::Gif),
            "tif" => Ok(Self::Tif),
            _ => Err(ImageError::syntax("format", text, "jpg, png, webp, gif or tif")),
        }
    }

    /// MIME type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Tif => "image/tiff",
        }
    }

    /// Whether transparency survives; in the other formats it lies on white.
    pub fn keeps_alpha(self) -> bool {
        matches!(self, Self::Png | Self::Webp)
    }

    /// Longest side that a file of this format can hold.
    pub fn max_side(self) -> u32 {
        match self {
            Self::Jpg | Self::Gif => 65_500,
            Self::Webp => 16_383,
            Self::Png | Self::Tif => u32::MAX,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Tif => "tif",
        })
    }
}

/// Format of a master, told by its first bytes, never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterFormat {
    /// JPEG
    Jpeg,
    /// PNG
    Png,
    /// TIFF and BigTIFF
    Tiff,
    /// WebP
    Webp,
    /// GIF
    Gif,
    /// JPEG 2000, in a JP2 file or bare
    Jp2,
}

impl MasterFormat {
    /// All, in the order in which serving forms number them.
    pub const ALL: [Self; 6] =
        [Self::Jpeg, Self::Png, Self::Tiff, Self::Webp, Self::Gif, Self::Jp2];

    /// The format of these bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => {
                Some(Self::Jp2)
            }
            _ => None,
        }
    }

    /// Name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
            Self::Jp2 => "JPEG 2000",
        }
    }

    /// MIME type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Jp2 => "image/jp2",
        }
    }
}

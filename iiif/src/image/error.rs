//! What can go wrong between a path and a rendering, with the HTTP status that it deserves.

/// An error of the image service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A part of the path has not the form that the specification gives it.
    #[error("{part} `{value}`: expected {expected}")]
    Syntax {
        /// Which part: `region`, `size`, …
        part: &'static str,
        /// As received, cut to 80 characters.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// An identifier with a raw `/`, which section 3 does not allow: it names no image.
    #[error("there is no image `{0}`; a slash in an identifier is written %2F")]
    RawSlash(String),
    /// The region is empty or lies wholly outside the image (section 4.1).
    #[error("region {region}: empty or outside the image of {width}x{height} pixels")]
    RegionOutside {
        /// As understood.
        region: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The size would upscale without `^`, vanish, or pass the limits of the server (section 4.2).
    #[error("size {size}: {reason}")]
    Size {
        /// As understood.
        size: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// The rights of the image end below this resolution: such a rendering does not exist.
    #[error("size {size}: this image is published at {max_side} pixels at most")]
    BeyondRights {
        /// As understood.
        size: String,
        /// Longest side in pixels that is published.
        max_side: u32,
    },
    /// Valid, but not implemented.
    #[error("{0} is not supported for this image")]
    Unsupported(&'static str),
    /// The master has more pixels than the installation opens.
    #[error("master of {width}x{height} pixels: more than the {max_pixels} that are opened")]
    TooManyPixels {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// The bytes are of no format that is read.
    #[error("not a JPEG, PNG, TIFF, WebP or GIF file")]
    UnknownFormat,
    /// The decoder gave up.
    #[error("{format} master: {reason}")]
    Decode {
        /// Format of the master.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// The encoder gave up.
    #[error("{format} encoder: {reason}")]
    Encode {
        /// Format asked for.
        format: &'static str,
        /// What the encoder says.
        reason: String,
    },
    /// The rendering is larger than the format asked for can hold.
    #[error(
        "{width}x{height} pixels are more than a {format} file can hold; ask for png or a smaller size"
    )]
    TooLargeForFormat {
        /// Format asked for.
        format: &'static str,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
}

impl ImageError {
    /// A [`ImageError::Syntax`] with the value cut to 80 characters.
    pub fn syntax(part: &'static str, value: &str, expected: &'static str) -> Self {
        Self::Syntax { part, value: value.chars().take(80).collect(), expected }
    }

    /// HTTP status (Image API 3.0 section 7.3).
    pub fn status(&self) -> u16 {
        match self {
            Self::Syntax { .. } | Self::RegionOutside { .. } | Self::Size { .. } => 400,
            Self::BeyondRights { .. } | Self::RawSlash(_) => 404,
            Self::TooManyPixels { .. } | Self::TooLargeForFormat { .. } => 413,
            Self::Unsupported(_) => 501,
            Self::UnknownFormat | Self::Decode { .. } | Self::Encode { .. } => 500,
        }
    }
}

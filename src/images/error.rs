//! What can go wrong with images.

use crate::store::StoreError;
use iiif::image::ImageError;
use std::path::PathBuf;

/// An error of the image service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImagesError {
    /// The request, the master or a codec.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read.
    #[error("image file {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A master is too large to be read.
    #[error("image file {path}: {bytes} bytes are more than the {limit} that are read")]
    TooManyBytes {
        /// Which.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A record names an image in a way that is not followed.
    #[error("image `{location}`: {reason}")]
    Location {
        /// As the record names it.
        location: String,
        /// Why not.
        reason: &'static str,
    },
    /// Too many renderings wait already.
    #[error("the image service is busy; ask again in a few seconds")]
    Busy,
    /// The worker was stopped, because the program ends or because of a defect in a codec.
    #[error("rendering was interrupted")]
    Interrupted,
}

impl ImagesError {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Image(error) => error.status(),
            Self::Location { .. } => 404,
            Self::TooManyBytes { .. } => 413,
            Self::Busy => 503,
            Self::Store(_) | Self::File { .. } | Self::Interrupted => 500,
        }
    }

    /// Whether the master itself is at fault, and will be next time too.
    pub fn is_bad_master(&self) -> bool {
        matches!(
            self,
            Self::Image(
                ImageError::Decode { .. }
                    | ImageError::UnknownFormat
                    | ImageError::TooManyPixels { .. }
            )
        )
    }
}

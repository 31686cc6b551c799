//! What can go wrong with images.

use crate::storage::StorageError;
use crate::store::StoreError;
use iiif::image::ImageError;
use iiif::image::ingest::IngestError;
use iiif::image::serving::ServingError;
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
    /// A serving file cannot be read, or a rendering of it fails.
    #[error(transparent)]
    Form(#[from] ServingError),
    /// No serving file can be made of a master.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The bucket of the serving files.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// One rendering would take more memory than all of them may.
    #[error(
        "this rendering would take {bytes} bytes of memory, more than the {budget} that there are; \
         ask for a smaller size or for jpg"
    )]
    TooCostly {
        /// Estimate.
        bytes: u64,
        /// What all renderings together may take.
        budget: u64,
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
            Self::Image(error)
            | Self::Form(ServingError::Image(error))
            | Self::Ingest(IngestError::Image(error)) => error.status(),
            Self::Location { .. } => 404,
            Self::TooManyBytes { .. }
            | Self::TooCostly { .. }
            | Self::Ingest(IngestError::Memory { .. }) => 413,
            // What a store does not give now it may give soon; a damaged file is made anew.
            Self::Busy
            | Self::Storage(_)
            | Self::Form(ServingError::Read(_) | ServingError::Damaged(_)) => 503,
            _ => 500,
        }
    }

    /// Whether the master itself is at fault, and will be next time too.
    pub fn is_bad_master(&self) -> bool {
        let of_image = |error: &ImageError| {
            matches!(
                error,
                ImageError::Decode { .. }
                    | ImageError::UnknownFormat
                    | ImageError::TooManyPixels { .. }
            )
        };
        match self {
            Self::Image(error) | Self::Ingest(IngestError::Image(error)) => of_image(error),
            Self::Ingest(error) => matches!(
                error,
                IngestError::Unsupported { .. }
                    | IngestError::NoSuchPage { .. }
                    | IngestError::Cancelled
            ),
            _ => false,
        }
    }
}

//! An image as it may be served.

use crate::config::settings::ImageSettings;
use crate::hex::hex;
use crate::store::image::Master;
use domain::rights::ImageRight;
use iiif::image::{ImageInfo, Limits};
use sha2::{Digest, Sha256};

/// Renderings of another version of the program may differ in their bytes: to be raised when the
/// pixels change, so that caches ask again.
const RENDERER: &str = "1";

/// An image that may be shown, in full or reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedImage {
    /// Identifier in IIIF URLs.
    pub id: String,
    /// The file.
    pub master: Master,
    /// What may be shown; never `None`.
    pub right: ImageRight,
    /// Rights URI; empty when nothing is said.
    pub statement: String,
}

impl ServedImage {
    /// An image with its rights.
    pub fn new(id: String, master: Master, right: ImageRight, statement: String) -> Self {
        Self { id, master, right, statement }
    }

    /// What the Image API says of it.
    pub fn info(&self, settings: &ImageSettings) -> ImageInfo {
        ImageInfo {
            width: self.master.width,
            height: self.master.height,
            limits: limits(settings, self.right),
            rights: (!self.statement.is_empty()).then(|| self.statement.clone()),
        }
    }

    /// Strong entity tag of a rendering, known before any pixel is read: of the bytes of the master,
    /// what may be shown of it, and the canonical request.
    pub fn etag(&self, canonical: &str) -> String {
        let mut hash = Sha256::new();
        for part in [RENDERER, &self.master.sha256, &format!("{:?}", self.right), canonical] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        format!("\"{}\"", hex(digest.get(..16).unwrap_or_default()))
    }
}

/// The limits that the installation and the rights set.
pub fn limits(settings: &ImageSettings, right: ImageRight) -> Limits {
    Limits {
        max_width: None,
        max_height: None,
        max_area: Some(settings.max_area),
        max_side: right.max_side(),
    }
}

//! An image as it may be served.

use crate::config::settings::ImageSettings;
use crate::hex::hex;
use crate::store::image::Master;
use domain::rights::ImageRight;
use iiif::image::{ImageInfo, Limits, Plan};
use sha2::{Digest, Sha256};

/// Renderings of another version of the program may differ in their bytes: to be raised when the
/// pixels change, so that caches ask again.
const RENDERER: &str = "2";

/// An image that may be shown, in full or reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedImage {
    /// Identifier in IIIF URLs.
    pub id: String,
    /// The file.
    pub master: Master,
    /// What may be shown; never `None`.
    pub right: ImageRight,
    /// Last second, since the epoch, in which the file or what the public sees of it changed.
    pub modified: i64,
    /// What the Image API says of it.
    pub info: ImageInfo,
    /// Hash of the bytes of the master and what may be shown of them.
    key: [u8; 8],
}

impl ServedImage {
    /// An image with its rights.
    pub fn new(
        id: String,
        master: Master,
        right: ImageRight,
        statement: String,
        modified: i64,
        settings: &ImageSettings,
    ) -> Self {
        let info = ImageInfo {
            width: master.width,
            height: master.height,
            limits: limits(settings, right, &master.format, (master.width, master.height)),
            rights: Some(statement).filter(|statement| !statement.is_empty()),
            tile: settings.tile,
        };
        let mut hash = Sha256::new();
        for part in [RENDERER, &master.sha256, &format!("{right:?}")] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let key = hash.finalize().first_chunk().copied().unwrap_or_default();
        Self { id, master, right, modified, info, key }
    }

    /// Where the partner's service gives this rendering, of an image that stays there.
    pub fn elsewhere(&self, canonical: &str) -> Option<String> {
        let version = self.master.format.strip_prefix("iiif/")?;
        // Image API 2 (section 4.2) has another word for the whole, and no `^`.
        let canonical = if version == "2" {
            canonical.replacen("/max/", "/full/", 1)
        } else {
            canonical.to_owned()
        };
        Some(format!("{}/{canonical}", self.master.path))
    }

    /// Strong entity tag of a rendering, known before any pixel is read: of the bytes of the master,
    /// what may be shown of it, and the canonical request.
    pub fn etag(&self, canonical: &str) -> String {
        let image = u64::from_be_bytes(self.key);
        format!("\"{image:016x}{:016x}\"", fnv(canonical.as_bytes()))
    }

    /// Name under which a rendering is kept.
    pub fn file_name(&self, plan: &Plan) -> String {
        let mut hash = Sha256::new();
        for part in [RENDERER, &self.master.sha256, &format!("{:?}", self.right), &plan.canonical] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        format!("{}.{}", hex(&hash.finalize()), plan.format)
    }
}

/// FNV-1a: tells the renderings of one image apart, which nobody gains by confusing.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// The limits that the installation and the rights set on an image of that format and size.
///
/// The whole of a JPEG is sent as it is stored, which costs nothing: it may be larger than what is
/// rendered.
pub fn limits(
    settings: &ImageSettings,
    right: ImageRight,
    format: &str,
    (width, height): (u32, u32),
) -> Limits {
    let sent = right == ImageRight::Full && format == "image/jpeg";
    let area = if sent { u64::from(width) * u64::from(height) } else { 0 };
    Limits {
        max_width: None,
        max_height: None,
        max_area: Some(settings.max_area.max(area)),
        max_side: right.max_side(),
    }
}

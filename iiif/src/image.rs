//! IIIF Image API 3.0 and 2.1: from the raw path of a request to the bytes of a rendering.
//!
//! The way of a request: [`request::Resource::parse`] reads the raw path (one type a parameter),
//! [`plan::Plan::new`] turns the request, the facts of the image and the limits into arithmetic that
//! cannot fail later, [`pyramid::Pyramid`] holds the decoded master, [`render::render`] makes the
//! pixels and [`encode::encode`] the bytes. [`info::document`] writes `info.json`.
//!
//! # Not supported
//! Output as `jp2` and `pdf`; ICC profiles are ignored (pixels are taken as sRGB); of a TIFF the
//! first page, of a GIF or animated WebP the first frame.

pub mod decimal;
pub mod decode;
pub mod encode;
pub mod error;
pub mod format;
pub mod identifier;
pub mod info;
pub mod ingest;
mod jpeg;
pub mod limits;
pub mod plan;
pub mod pyramid;
pub mod quality;
pub mod raster;
pub mod region;
pub mod render;
pub mod request;
pub mod rotation;
pub mod serving;
pub mod size;

pub use error::ImageError;
pub use info::ImageInfo;
pub use limits::{Dimensions, Limits, Rect};
pub use plan::Plan;
pub use pyramid::Pyramid;
pub use raster::Raster;
pub use request::{Request, Resource};

/// Version of the Image API that a request speaks. The pixels are the same; a few forms of the
/// size, the canonical URI and `info.json` differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// Image API 2.1 (and 2.0).
    V2,
    /// Image API 3.0.
    V3,
}

impl Version {
    /// The number in URLs.
    pub fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }

    /// URI of the compliance level that we claim, for `Link: <…>;rel="profile"`. It is `http:`, not
    /// `https:`, in both specifications.
    pub fn profile(self) -> &'static str {
        match self {
            Self::V2 => "http://iiif.io/api/image/2/level2.json",
            Self::V3 => "http://iiif.io/api/image/3/level2.json",
        }
    }

    /// URI of the JSON-LD context.
    pub fn context(self) -> &'static str {
        match self {
            Self::V2 => "http://iiif.io/api/image/2/context.json",
            Self::V3 => "http://iiif.io/api/image/3/context.json",
        }
    }
}

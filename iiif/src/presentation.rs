//! IIIF Presentation API 3.0: manifests and collections out of plain inputs.
//!
//! The builders know no record model: whoever calls them maps titles, dates and images to the inputs
//! here, and every `id` in them is the full URL that it is served under. They return
//! [`serde_json::Value`] with keys in a fixed order.
//!
//! # Not supported
//! Ranges, annotations beside the painting of images, time-based media, Presentation 2.1.

pub mod collection;
pub mod language;
pub mod link;
pub mod manifest;
pub mod place;

pub use collection::{CollectionInput, CollectionItem, ItemKind};
pub use language::LanguageMap;
pub use link::{Agent, Link, Reference};
pub use manifest::{CanvasInput, ManifestInput};
pub use place::Place;

/// The JSON-LD context; it comes last where there are several (section 4.6).
pub const CONTEXT: &str = "http://iiif.io/api/presentation/3/context.json";

/// MIME type of every document, with the profile that section 6.3 asks for.
pub const MEDIA_TYPE: &str =
    "application/ld+json;profile=\"http://iiif.io/api/presentation/3/context.json\"";

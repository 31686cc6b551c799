//! IIIF, pure CPU: Image API 2.1 and 3.0, Presentation 3.0.
//!
//! Nothing here touches a network, a disk, a database or the clock: bytes of masters come in,
//! documents and bytes of renderings go out. Modules in suggested reading order.

pub mod image;
pub mod presentation;

//! Masters and derivatives: the I/O around `iiif::image`.

/// Handle to the image service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {}

//! IIIF Presentation API 3.0.

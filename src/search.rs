//! The search index: tantivy, fed from the publication log, disposable.

/// Handle to the index; cheap to clone.
#[derive(Debug, Clone)]
pub struct Search {}

//! LIDO 1.1, the exchange format of museums and of the ministry's LIDO-MC profile, which is not
//! public: what is written is LIDO, and claims no profile.

mod write;

pub use write::write;

/// Namespace of LIDO 1.0 and 1.1 alike.
pub const NAMESPACE: &str = "http://www.lido-schema.org";
/// Schema.
pub const SCHEMA: &str = "http://www.lido-schema.org/schema/v1.1/lido-v1.1.xsd";
